"""What is added to moto: every module of this room that has an `install`."""

from importlib import import_module
from pkgutil import walk_packages

from local import emulator


def install_all() -> None:
    """Put every answer of our own into moto; doing it twice does it once."""
    for found in walk_packages(emulator.__path__, f"{emulator.__name__}."):
        if install := getattr(import_module(found.name), "install", None):
            install()
