"""Wire values, there and back."""

import io
import zipfile

import pytest
from google.protobuf import json_format, struct_pb2

from local.provider import values
from local.provider.values import UNKNOWN, Archive, Asset, ContentsAbsentError, Secret

MARK = values.SIGNATURE


def wire(**properties):
    struct = struct_pb2.Struct()
    json_format.ParseDict(properties, struct)
    return struct


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        7,
        0.5,
        "text",
        [1, "a", [None]],
        {"a": {"b": [1]}},
        Secret("hidden"),
        {"nested": [Secret({"a": 1})]},
        UNKNOWN,
        Asset(hash="h", text="t"),
        Asset(hash="h", path="p"),
        Archive(hash="h", path="p"),
        Archive(hash="h", assets={"a": Asset(text="1"), "b": Archive(path="p")}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_survives_the_way_there_and_back(value):
    assert values.decode(values.encode({"key": value})) == {"key": value}


def test_whole_numbers_arrive_as_whole_numbers():
    decoded = values.decode(wire(port=443, share=0.5))["port"]

    assert (decoded, type(decoded)) == (443, int)


@pytest.mark.parametrize("text", sorted(values.UNKNOWN_TEXTS))
def test_every_kind_of_unknown_is_unknown(text):
    assert values.decode(wire(key=text)) == {"key": UNKNOWN}


@pytest.mark.parametrize(
    ("marked", "plain"),
    [
        ({MARK: values.OUTPUT, "value": "v"}, "v"),
        ({MARK: values.OUTPUT}, UNKNOWN),
        ({MARK: values.OUTPUT, "value": "v", "secret": True, "dependencies": []}, Secret("v")),
        ({MARK: values.OUTPUT, "secret": True}, Secret(UNKNOWN)),
        ({MARK: values.REFERENCE, "urn": "urn:x", "id": "i-1"}, "i-1"),
        ({MARK: values.REFERENCE, "urn": "urn:x", "id": ""}, UNKNOWN),
        ({MARK: values.REFERENCE, "urn": "urn:x"}, "urn:x"),
    ],
    ids=["output", "unknown", "secret", "secret and unknown", "custom", "not created", "component"],
)
def test_outputs_and_references_become_what_they_stand_for(marked, plain):
    assert values.decode(wire(key=marked)) == {"key": plain}


def test_secrets_are_found_and_taken_off_at_any_depth():
    hidden = {"a": [Secret({"b": Secret("c")})]}

    assert values.contains_secret(hidden)
    assert values.plain(hidden) == {"a": [{"b": "c"}]}


def test_an_archive_of_a_folder_has_the_same_bytes_each_time(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c.txt").write_text("1")
    (tmp_path / "a.txt").write_text("2")
    archive = Archive(path=str(tmp_path))

    assert [name for name, _ in archive.files()] == ["a.txt", "b/c.txt"]
    assert archive.zip() == archive.zip()


def test_an_archive_of_named_members_holds_them_all(tmp_path):
    (tmp_path / "f.txt").write_text("1")
    archive = Archive(assets={"lib": Archive(path=str(tmp_path)), "main.py": Asset(text="print()")})

    with zipfile.ZipFile(io.BytesIO(archive.zip())) as opened:
        assert {name: opened.read(name) for name in opened.namelist()} == {
            "lib/f.txt": b"1",
            "main.py": b"print()",
        }


def test_a_zip_file_is_read_as_what_is_in_it(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as made:
        made.writestr("x/y.txt", "1")

    assert list(Archive(path=str(tmp_path / "a.zip")).files()) == [("x/y.txt", b"1")]


def test_a_file_of_which_only_the_hash_is_known_says_so():
    with pytest.raises(ContentsAbsentError, match="hash only"):
        Asset(hash="h").read()
    with pytest.raises(ContentsAbsentError, match="hash only"):
        Archive(hash="h").zip()
