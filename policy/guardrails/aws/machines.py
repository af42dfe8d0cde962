"""Whatever launches instances, made alike: templates, single instances, launch configurations."""

from __future__ import annotations

from collections.abc import Callable

from guardrails.aws import types
from guardrails.resources.resource import Resource
from guardrails.resources.values import Block, Value, block, flag, items, present, text, unknown

# Where a machine that is no template states its volumes.
ROOT, OTHERS = "rootBlockDevice", "ebsBlockDevices"


def is_template(machine: Resource) -> bool:
    """Whether it is a launch template, which has its own form for almost everything."""
    return machine.type in types.LAUNCH_TEMPLATES


def leaves_to_template(machine: Resource, key: str) -> bool:
    """Whether an instance takes a property from the launch template that it names, which is judged itself."""
    return present(machine.props, "launchTemplate") and not present(machine.props, key)


def volumes(machine: Resource) -> list[tuple[str, str, Value]]:
    """The EBS volumes that are made with a machine: device, argument and what is stated."""
    if is_template(machine):
        return [("block_device_mappings[...].ebs", *mapping) for mapping in _mappings(machine)]
    found: list[tuple[str, str, Value]] = []
    if not leaves_to_template(machine, ROOT):
        found.append(("root_block_device", "root", machine.props.get(ROOT)))
    others = [] if unknown(machine.props, OTHERS) else items(machine.props, OTHERS)
    found += [("ebs_block_devices[...]", _device(other), other) for other in others]
    if unknown(machine.props, OTHERS):
        found.append(("ebs_block_devices", "?", machine.props.get(OTHERS)))
    return found


def _mappings(template: Resource) -> list[tuple[str, Value]]:
    mappings = items(template.props, "blockDeviceMappings")
    return [
        (_device(mapping), _ebs(mapping))
        for mapping in mappings
        if unknown(mapping) or (isinstance(mapping, dict) and mapping.get("ebs") is not None)
    ]


def _device(mapping: Value) -> str:
    return "?" if unknown(mapping, "deviceName") else text(mapping, "deviceName")


def _ebs(mapping: Value) -> Value:
    return mapping.get("ebs") if isinstance(mapping, dict) else mapping


def with_ebs(template: Resource, change: Callable[[Block], Block]) -> Block | None:
    """The block device mappings of a template with each EBS part changed, None when nothing changes.

    The volumes of other machines are left to people: a change of one replaces the machine.
    """
    if not is_template(template):
        return None
    mappings = items(template.props, "blockDeviceMappings")
    changed: list[Value] = []
    for mapping in mappings:
        if isinstance(mapping, dict) and mapping.get("ebs") is not None:
            changed.append({**mapping, "ebs": {**block(mapping, "ebs"), **change(block(mapping, "ebs"))}})
        else:
            changed.append(mapping)
    return {"blockDeviceMappings": changed} if changed != mappings else None


def has_profile(machine: Resource) -> bool:
    """Whether a machine names an instance profile; one that only the deployment knows is one."""
    profile = machine.props.get("iamInstanceProfile")
    if unknown(profile) or present(profile, "arn") or present(profile, "name"):
        return True
    return isinstance(profile, str) and present(profile)


def monitored(machine: Resource) -> bool:
    """Whether a machine reports its metrics every minute, as a launch configuration does unasked."""
    if machine.type in types.LAUNCH_CONFIGURATIONS:
        return flag(machine.props, "enableMonitoring") is not False
    path = ("monitoring", "enabled") if is_template(machine) else ("monitoring",)
    return flag(machine.props, *path) is True


def user_data(machine: Resource) -> list[tuple[str, Value]]:
    """The user data by argument; only one of the two forms is taken."""
    forms = (("user_data", "userData"), ("user_data_base64", "userDataBase64"))
    return [(argument, machine.props[key]) for argument, key in forms if key in machine.props]
