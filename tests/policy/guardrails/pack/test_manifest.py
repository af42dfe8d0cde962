"""PulumiPolicy.yaml: what the pack presents itself as, and what it says of a broken file."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from guardrails.pack.manifest import Manifest, ManifestError, load

POLICY = Path(__file__).parents[4] / "policy"


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    return tmp_path / "PulumiPolicy.yaml"


def test_each_value_is_taken_as_it_is_written(manifest: Path):
    manifest.write_text("name: 007\nversion: 2027-02-30\ndescription: yes\n")
    assert load(manifest) == Manifest(name="007", version="2027-02-30", description="yes")


def test_what_a_copy_leaves_out_is_filled_in(manifest: Path):
    manifest.write_text("runtime: python\n")
    assert load(manifest) == Manifest(name=manifest.parent.name, version="0.0.1", description="")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("name: [", "line 1: expected the node content"),
        ("- name", "must be a mapping"),
        ("name: [a]", "name must be a string"),
        ("version: !!python/name:os.system x", "could not determine a constructor"),
        ("name: a\nname: b\n", "name appears more than once, on lines 1 and 2"),
        ("name: " + "[" * 3000, "nested too deeply"),
    ],
)
def test_a_broken_file_is_told_in_a_sentence(manifest: Path, text: str, complaint: str):
    manifest.write_text(text)
    with pytest.raises(ManifestError, match=r"^PulumiPolicy\.yaml") as told:
        load(manifest)
    assert complaint in str(told.value)


def test_a_pack_with_a_broken_file_ends_with_that_sentence_and_no_traceback(tmp_path: Path):
    copy = shutil.copytree(POLICY, tmp_path / "policy", ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "PulumiPolicy.yaml").write_text("name: a\nname: b\n")
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:0", str(copy)]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == (
        "the policy pack cannot start: PulumiPolicy.yaml cannot be used: "
        "name appears more than once, on lines 1 and 2; only the last one would count\n"
    )
