"""Text of others in a Markdown comment: it stays in its cell, calls nobody and cannot become markup."""

from __future__ import annotations

import re

LONGEST_COMMENT = 60_000
"""A comment on GitHub may have 65,536 characters; the rest is for what stands around a report."""

# What is between backticks is shown as it is; without these characters it cannot end the cell or the span.
_CODE = re.compile(r"(`[^`|\\\n]+`)")
_SPECIAL = re.compile(r"([\\`*_\[\]|~$])")
_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def cell(text: str) -> str:
    """Put the text on one line, with its code shown as code and everything else as it is written."""
    parts = _CODE.split(" ".join(text.split()))
    return "".join(part if _CODE.fullmatch(part) else escaped(part) for part in parts)


def escaped(text: str) -> str:
    """Show the text as it is written."""
    # A zero-width space keeps a name that begins with @ from calling somebody.
    return _SPECIAL.sub(r"\\\1", text).translate(_HTML).replace("@", "@&#8203;")


def code(text: str) -> str:
    """Show the text as code, `-` when it is empty."""
    return f"`{' '.join(text.replace('`', chr(39)).replace('|', '/').split()) or '-'}`"
