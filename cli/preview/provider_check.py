"""Changes a registration as Pulumi and the aws provider's Check do before a policy sees it.

docs/decisions/0017-offline-inputs.md lists what differs without them, and where each difference is closed.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pulumi.runtime

from cli.preview.registered import Registered

PROVIDER = "pulumi:providers:aws"
# How Pulumi's protocol marks a secret.
SIGNATURE_KEY = pulumi.runtime.rpc._special_sig_key
SECRET_SIGNATURE = pulumi.runtime.rpc._special_secret_sig
AUTONAMING = "pulumi:autonaming"
WITHOUT_DEFAULTS = "pulumi:disable-default-providers"
RANDOM_CHARACTERS = 7
REGION_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")


class NoProviderError(ValueError):
    """A resource would get a default provider, which the stack forbids."""


def invented_name(
    kind: str, name: str, inputs: Mapping[str, object], computed: frozenset[str]
) -> dict[str, str]:
    """The physical name that Check generates if a program gives none: `<logical>-<7 hex digits>`.

    A preview knows it. With a prefix, or for a type whose name is no input, AWS generates it later.
    """
    key = "bucket" if kind.startswith("aws:s3/bucket") else "name"
    if key not in computed or key not in _arguments(kind) or key in inputs or f"{key}Prefix" in inputs:
        return {}
    digits = hashlib.sha256(f"{kind}::{name}".encode()).hexdigest()[:RANDOM_CHARACTERS]
    return {key: f"{name}-{digits}{'.fifo' if inputs.get('fifoQueue') is True else ''}"}


def documents_as_text(inputs: Mapping[str, object], texts: frozenset[str], unknown: str) -> dict[str, object]:
    """An object that a program gives for a text property, as JSON.

    It is unknown or secret if a part of it is.
    """
    stated = {key: value for key, value in inputs.items() if key in texts and isinstance(value, dict | list)}
    return {key: _as_text(value, unknown) for key, value in stated.items() if not _is_secret(value)}


def _as_text(value: object, unknown: str) -> object:
    document = json.dumps(_opened(value))
    text = unknown if unknown in document else document
    closed = SECRET_SIGNATURE in json.dumps(value)
    return {SIGNATURE_KEY: SECRET_SIGNATURE, "value": text} if closed else text


def _is_secret(value: object) -> bool:
    return isinstance(value, dict) and value.get(SIGNATURE_KEY) == SECRET_SIGNATURE


def _opened(value: object) -> object:
    if isinstance(value, dict):
        return (
            _opened(value["value"]) if _is_secret(value) else {key: _opened(it) for key, it in value.items()}
        )
    return [_opened(it) for it in value] if isinstance(value, list) else value


def _arguments(kind: str) -> frozenset[str]:
    package, module, name = (*kind.split(":"), "", "")[:3]
    if package != "aws":
        return frozenset()
    folder = module.split("/")[0]
    found = importlib.import_module(f"pulumi_aws.{'lambda_' if folder == 'lambda' else folder}")
    return frozenset(vars(getattr(found, f"{name}Args", object)))


def with_default_provider(
    resources: Sequence[Registered], configuration: Mapping[str, str], prefix: str
) -> tuple[Registered, ...]:
    """The resources, plus the default provider that Pulumi creates for those without a provider.

    Raises NoProviderError if the stack's configuration forbids default providers.
    """
    bare = [it for it in resources if it.custom and it.type.startswith("aws:") and not it.provider]
    if not bare:
        return tuple(resources)
    forbidden = json.loads(configuration.get(WITHOUT_DEFAULTS, "[]"))
    if "aws" in forbidden or "*" in forbidden:
        raise NoProviderError(
            f"{bare[0].urn} names no provider, and {WITHOUT_DEFAULTS} forbids the default one; pass it one"
        )
    version = importlib.metadata.version("pulumi-aws")
    name = f"default_{version.replace('.', '_')}"
    urn = f"{prefix}{PROVIDER}::{name}"
    stated = {
        key.removeprefix("aws:"): value for key, value in configuration.items() if key.startswith("aws:")
    }
    region = next((os.environ[it] for it in REGION_VARIABLES if os.environ.get(it)), "")
    inputs: dict[str, object] = {**({"region": region} if region else {}), **stated, "version": version}
    made = replace(
        bare[0],
        urn=urn,
        type=PROVIDER,
        name=name,
        parent="",
        inputs=inputs,
        outputs=dict(inputs),
        provider="",
        protect=False,
        ignore_changes=(),
        dependencies=(),
        property_dependencies={},
    )
    named = [replace(it, provider=f"{urn}::{name}") if it in bare else it for it in resources]
    return (made, *named)
