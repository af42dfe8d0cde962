"""What a bundle carries of others: their licenses and notices, and a list of them (CycloneDX 1.6).

The same installed files give the same bytes: no time, no serial number, no name of a machine.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

SBOM = "sbom.cdx.json"
LICENSES = "licenses"
_LEGAL = ("licen", "copying", "notice", "authors")
"""How such files begin, in either spelling of the word."""


def bill(names: Iterable[str]) -> bytes:
    """The list of the distributions, each with version, license and a checksum of its files."""
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "components": [_component(distribution(name)) for name in sorted(names)],
    }
    return (json.dumps(document, indent=1, sort_keys=True) + "\n").encode()


def legal_files(name: str) -> Iterator[tuple[str, Path]]:
    """The name in a bundle and the place of each license and notice of a distribution.

    Raises:
        FileNotFoundError: it carries none, so nothing of it may be shipped before somebody has looked.
    """
    installed = distribution(name)
    found = [
        file
        for file in installed.files or ()
        if ".dist-info" in file.parts[0] and file.name.lower().startswith(_LEGAL)
    ]
    if not found:
        raise FileNotFoundError(f"The distribution {name} carries no license; look it up and add its text.")
    for file in found:
        yield f"{LICENSES}/{name}-{installed.version}/{file.name}", Path(str(installed.locate_file(file)))


def _component(installed: Distribution) -> dict[str, object]:
    name, version = installed.metadata["Name"], installed.version
    stated = installed.metadata["License-Expression"] or installed.metadata["License"] or "NOASSERTION"
    digest = hashlib.sha256()
    for file in sorted(installed.files or (), key=str):
        # RECORD's own hash of each file; those of the installer have none.
        if file.hash is not None:
            digest.update(f"{file} {file.hash.mode}={file.hash.value}\n".encode())
    return {
        "type": "library",
        "name": name,
        "version": version,
        "purl": f"pkg:pypi/{name.lower()}@{version}",
        "licenses": [{"license": {"name": stated}}],
        "hashes": [{"alg": "SHA-256", "content": digest.hexdigest()}],
    }
