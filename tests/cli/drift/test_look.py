"""Whether a stack drifted, by a Pulumi CLI that ends as the real one was seen to end."""

from pathlib import Path

import pytest

from cli.drift import look
from cli.drift.look import UnseenError
from tests.cli.drift.fake_pulumi import fake

REFRESHES = Path(__file__).with_name("refreshes")
DRIFTED = REFRESHES / "drifted.jsonl"
SAME = REFRESHES / "same.jsonl"


def test_a_refresh_that_found_nothing_is_no_drift(tmp_path: Path) -> None:
    pulumi = fake(tmp_path / "bin", log=SAME)
    assert look.differences_of(pulumi.executable, tmp_path, "prod") == ()
    (words,) = pulumi.calls
    assert {"--preview-only", "--expect-no-changes", "--non-interactive"} < set(words)


def test_exit_code_7_is_drift(tmp_path: Path) -> None:
    pulumi = fake(tmp_path / "bin", log=DRIFTED, code=7)
    assert len(look.differences_of(pulumi.executable, tmp_path, "prod")) == 2


@pytest.mark.parametrize("code", [1, 2, 6, 255])
def test_any_other_end_says_nothing_about_drift(tmp_path: Path, code: int) -> None:
    pulumi = fake(tmp_path / "bin", log=DRIFTED, code=code, complaint="error: no credentials")
    with pytest.raises(UnseenError, match="could not look at prod: error: no credentials"):
        look.differences_of(pulumi.executable, tmp_path, "prod")


@pytest.mark.parametrize(("code", "log"), [(0, None), (7, None), (0, DRIFTED), (7, SAME)])
def test_an_end_that_the_log_contradicts_says_nothing_about_drift(
    tmp_path: Path, code: int, log: Path | None
) -> None:
    pulumi = fake(tmp_path / "bin", log=log, code=code)
    with pytest.raises(UnseenError, match="could not look"):
        look.differences_of(pulumi.executable, tmp_path, "prod")


def test_a_state_that_cannot_be_read_is_not_audited(tmp_path: Path) -> None:
    pulumi = fake(tmp_path / "bin", command="stack", code=1, complaint="error: access denied")
    with pytest.raises(UnseenError, match="could not read the state of prod: error: access denied"):
        look.audit(pulumi.executable, tmp_path, "prod")
