"""Pulumi's wire values: structs with marks for secrets, unknowns, files, references and outputs."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from google.protobuf import struct_pb2

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
ASSET: Final = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE: Final = "0def7320c3a5731c473e5ecbe6d01bc7"
SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  the protocol's marker, no secret
REFERENCE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
UNKNOWN_TEXT: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWN_TEXTS: Final = frozenset(
    {
        UNKNOWN_TEXT,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # a truth value
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # a number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # a list
        "030794c1-ac77-496b-92df-f27374a8bd58",  # an asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # an archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # an object
    }
)


@dataclass(frozen=True)
class Unknown:
    """A value that is decided only when the resource it comes from exists."""


UNKNOWN: Final = Unknown()


class ContentsAbsentError(OSError):
    """The contents of a file are not at hand: it is remote, or the Pulumi CLI sent nothing but its hash."""


@dataclass(frozen=True, kw_only=True)
class Asset:
    """One file: its text, or the path it lies at."""

    hash: str = ""
    text: str | None = None
    path: str | None = None
    uri: str | None = None

    def read(self) -> bytes:
        """The bytes of the file."""
        if self.text is not None:
            return self.text.encode()
        if self.path is not None:
            return Path(self.path).read_bytes()
        raise ContentsAbsentError(f"the asset has no contents here ({self.uri or 'hash only'}); give a file")


@dataclass(frozen=True, kw_only=True)
class Archive:
    """Many files: a folder or an archive file at a path, or named assets and archives."""

    hash: str = ""
    path: str | None = None
    uri: str | None = None
    assets: Mapping[str, "Asset | Archive"] | None = None

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Every file with its name inside the archive, in a stable order."""
        if self.assets is not None:
            for name, member in sorted(self.assets.items()):
                if isinstance(member, Asset):
                    yield name, member.read()
                else:
                    yield from ((f"{name}/{inner}", data) for inner, data in member.files())
        elif self.path is not None:
            yield from _files_at(Path(self.path))
        else:
            given = self.uri or "hash only"
            raise ContentsAbsentError(
                f"the archive has no contents here ({given}); give a folder or a zip file"
            )

    def zip(self) -> bytes:
        """The files as one zip whose bytes depend on nothing but names and contents."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in self.files():
                archive.writestr(zipfile.ZipInfo(name), data)
        return buffer.getvalue()


Value: TypeAlias = (
    "bool | int | float | str | Asset | Archive | Unknown | Secret | list[Value] | dict[str, Value] | None"
)
Properties: TypeAlias = "dict[str, Value]"


@dataclass(frozen=True)
class Secret:
    """A value that must be kept encrypted in the state and out of every message."""

    value: Value


def decode(struct: struct_pb2.Struct) -> Properties:
    """The properties of a wire struct, with secrets still wrapped."""
    return {key: _decoded(value) for key, value in struct.fields.items()}


def encode(properties: Mapping[str, Value]) -> struct_pb2.Struct:
    """The wire struct of properties; the reverse of `decode`."""
    return struct_pb2.Struct(fields={key: _encoded(value) for key, value in properties.items()})


def plain(value: Value) -> Value:
    """The value with every secret unwrapped, at any depth."""
    if isinstance(value, Secret):
        return plain(value.value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


def contains_secret(value: Value) -> bool:
    """Whether a secret is anywhere inside the value."""
    return any(isinstance(inner, Secret) for inner in walk(value))


def as_value(value: object) -> Value:
    """Any Python value in the shape of a property; what has no such shape becomes its text."""
    if value is None or isinstance(value, bool | int | float | str | Asset | Archive | Unknown | Secret):
        return value
    if isinstance(value, Mapping):
        return as_values(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [as_value(inner) for inner in value]
    return str(value)


def as_values(values: Mapping[str, object]) -> Properties:
    """The same for named values."""
    return {str(key): as_value(inner) for key, inner in values.items()}


def walk(value: Value) -> Iterator[Value]:
    """The value and everything inside it."""
    yield value
    if isinstance(value, Secret):
        yield from walk(value.value)
    elif isinstance(value, list):
        for item in value:
            yield from walk(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from walk(item)


def _files_at(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            if file.is_file():
                yield file.relative_to(path).as_posix(), file.read_bytes()
    else:
        with zipfile.ZipFile(path) as archive:
            for name in sorted(archive.namelist()):
                if not name.endswith("/"):
                    yield name, archive.read(name)


def _decoded(value: struct_pb2.Value) -> Value:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return UNKNOWN if value.string_value in UNKNOWN_TEXTS else value.string_value
    if kind == "number_value":
        return int(value.number_value) if value.number_value.is_integer() else value.number_value
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [_decoded(item) for item in value.list_value.values]
    if kind == "struct_value":
        return _decoded_struct(value.struct_value)
    return None


def _decoded_struct(struct: struct_pb2.Struct) -> Value:
    fields = struct.fields
    signature = fields[SIGNATURE].string_value if SIGNATURE in fields else ""
    if signature == SECRET:
        return Secret(_decoded(fields["value"]))
    if signature == OUTPUT:
        value = _decoded(fields["value"]) if "value" in fields else UNKNOWN
        return Secret(value) if "secret" in fields and fields["secret"].bool_value else value
    if signature == REFERENCE:
        name = _decoded(fields["id"]) if "id" in fields else _decoded(fields["urn"])
        return UNKNOWN if name == "" else name
    if signature == ASSET:
        return Asset(
            **{key: fields[key].string_value for key in ("hash", "text", "path", "uri") if key in fields}
        )
    if signature == ARCHIVE:
        return _decoded_archive(fields)
    return {key: _decoded(item) for key, item in fields.items()}


def _decoded_archive(fields: Mapping[str, struct_pb2.Value]) -> Archive:
    members: dict[str, Asset | Archive] | None = None
    if "assets" in fields:
        inner = {name: _decoded(item) for name, item in fields["assets"].struct_value.fields.items()}
        members = {name: item for name, item in inner.items() if isinstance(item, Asset | Archive)}
    texts = {key: fields[key].string_value for key in ("hash", "path", "uri") if key in fields}
    return Archive(**texts, assets=members)


def _encoded(value: Value) -> struct_pb2.Value:  # noqa: PLR0911  one line for each kind of value
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, int | float):
        return struct_pb2.Value(number_value=value)
    if isinstance(value, str):
        return struct_pb2.Value(string_value=value)
    if isinstance(value, Unknown):
        return struct_pb2.Value(string_value=UNKNOWN_TEXT)
    if isinstance(value, list):
        return struct_pb2.Value(list_value=struct_pb2.ListValue(values=[_encoded(item) for item in value]))
    return struct_pb2.Value(struct_value=encode(_as_fields(value)))


def _as_fields(value: "dict[str, Value] | Secret | Asset | Archive") -> Mapping[str, Value]:
    if isinstance(value, Secret):
        return {SIGNATURE: SECRET, "value": value.value}
    if isinstance(value, Asset):
        texts = {"hash": value.hash or None, "text": value.text, "path": value.path, "uri": value.uri}
        return {SIGNATURE: ASSET, **{key: text for key, text in texts.items() if text is not None}}
    if isinstance(value, Archive):
        texts = {"hash": value.hash or None, "path": value.path, "uri": value.uri}
        members: dict[str, Value] = dict(value.assets or {})
        inner: dict[str, Value] = {} if value.assets is None else {"assets": members}
        return {SIGNATURE: ARCHIVE, **{key: text for key, text in texts.items() if text is not None}, **inner}
    return value
