"""What tests of components build with: the names and settings of a made-up environment."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from components.bundles import Bundle
from components.naming import Naming
from components.settings import NAMESPACE, Settings, parse

ROOT = Path(__file__).parents[2]


def sections(stack: str) -> dict[str, object]:
    config = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    prefix = f"{NAMESPACE}:"
    return {key.removeprefix(prefix): value for key, value in config.items() if key.startswith(prefix)}


@pytest.fixture(scope="session")
def stack_sections() -> Callable[[str], dict[str, object]]:
    """The sections of a committed stack file, free to be changed."""
    return sections


@pytest.fixture(scope="session")
def prod() -> Settings:
    return parse(sections("prod"))


@pytest.fixture(scope="session")
def dev() -> Settings:
    return parse(sections("dev"))


@pytest.fixture(scope="session")
def naming(prod: Settings) -> Naming:
    return Naming.of(prod.deployment)


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A file in place of a built bundle."""
    path = tmp_path_factory.mktemp("bundle") / "bundle.zip"
    path.write_bytes(b"zip")
    return Bundle(path=str(path), sha256="ab" * 32)
