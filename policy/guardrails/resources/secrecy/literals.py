"""Whether a value stands for itself, and neither for something fetched later nor for nothing."""

from __future__ import annotations

import re

from guardrails.resources.secrecy.names import names_a_secret

# Values that are fetched when the text is used, each by its beginning or, up to \Z, as a whole.
REFERENCES = re.compile(
    r"""
      \$(?:[({\[]|[\w.$:/}-]+\Z)                # shell and PowerShell variables, JSON paths
    | [`{<(\[]                                  # commands, templates, placeholders, expressions
    | %(?:\w+%|[({]|[sdv]\Z)                    # variables of Windows, fields of a format
    | !(?:Ref|Sub|GetAtt|ImportValue|Join|Select|Split|FindInMap|If|Base64|Transform|vault|secret|env)\b
    | --[A-Za-z]                                # the next flag
    | /[\w.@-]+(?:/[\w.@-]+)*/?\Z               # a path
    | [a-z][\w+.-]{0,40}://                     # an address, whose own shape is looked at elsewhere
    | (?:arn|ssm|ssm-secure|secretsmanager|vault|file|env|op):
    """,
    re.VERBOSE,
)
# A call or an element in a script, where no quote says that it is a text.
EXPRESSION = re.compile(r"[A-Za-z_][\w.]*[(\[]|[A-Z][a-z]+-[A-Z]\w+\Z")
NOTHING = """
true false none null nil yes no required optional string str text securestring noecho
redacted masked hidden placeholder undefined unset todo tbd
"""
NO_VALUES = frozenset(NOTHING.split())
MASK = re.compile(r"[*.#_~•-]+|[xX]{3,}")
TO_BE_REPLACED = re.compile(r"(?:your|insert|replace|enter|fill)[-_]\S+", re.IGNORECASE)
CONSTANT = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*")


def is_literal(value: str) -> bool:
    """Whether a value is the text itself."""
    return bool(value) and not REFERENCES.match(value) and not _says_nothing(value)


def is_expression(value: str) -> bool:
    """Whether an unquoted value in a script is computed there."""
    return bool(EXPRESSION.match(value))


def _says_nothing(value: str) -> bool:
    if value.lower() in NO_VALUES or MASK.fullmatch(value) or TO_BE_REPLACED.fullmatch(value):
        return True
    # As in `--password PASSWORD`, which stands where the reader puts their own.
    return bool(CONSTANT.fullmatch(value)) and names_a_secret(value)
