"""The extensions of moto: every module of this package that has an `install`."""

from importlib import import_module
from pkgutil import walk_packages

from local import emulator


def install_all() -> None:
    """Install every extension in moto; a second call changes nothing."""
    for found in walk_packages(emulator.__path__, f"{emulator.__name__}."):
        if install := getattr(import_module(found.name), "install", None):
            install()
