"""A handler's role allows exactly the actions that its adapters declare, and adapters declare what they call.

Does not prove that resources and conditions fit: the demo runs without IAM enforcement.
"""

import ast
import importlib
import json
import re
from pathlib import Path

import botocore.session
import pytest
from botocore import xform_name

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "job-server-handler": "handlers.job_server.aws",
    "sweeper-handler": "handlers.sweeper.entrypoint",
    "notifier-handler": "handlers.notifier.entrypoint",
    r".+-scaler-handler": "handlers.scaler.entrypoint",
    r".+-fleet-agent": "handlers.render_agent.aws",
}
SERVICES = ("autoscaling", "dynamodb", "s3", "sqs", "ssm")
# Calls whose permission has another name; a transaction needs the permission of each of its parts.
OTHER_NAMES = {
    "s3:HeadObject": {"s3:GetObject"},
    "s3:ListObjectVersions": {"s3:ListBucketVersions"},
    # Each of them names its version.
    "s3:DeleteObjects": {"s3:DeleteObjectVersion"},
    "s3:HeadBucket": {"s3:ListBucket"},
    "s3:ListObjectsV2": {"s3:ListBucket"},
    "sqs:SendMessageBatch": {"sqs:SendMessage"},
    "dynamodb:TransactWriteItems": {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"},
}
# Words of the libraries and of our own ports that are also names of AWS calls.
OUR_OWN_WORDS = {"query"}


def actions_in_role(policy: str) -> set[str]:
    statements = json.loads(policy)["Statement"]
    return {action for one in statements if one["Effect"] == "Allow" for action in one["Action"]}


@pytest.mark.parametrize("stack", ["local", "dev", "prod"])
@pytest.mark.parametrize(("role", "module"), PACKAGES.items(), ids=PACKAGES.keys())
def test_a_role_allows_exactly_what_its_handler_declares(program, stack, role, module) -> None:
    policies = [
        one for one in program(stack).of("aws:iam/rolePolicy:RolePolicy") if re.fullmatch(role, one.name)
    ]
    assert policies
    for policy in policies:
        assert actions_in_role(policy.inputs["policy"]) == set(importlib.import_module(module).ACTIONS), (
            policy.name
        )


def test_every_role_of_a_handler_is_compared(program) -> None:
    of_handlers = {
        one.name
        for one in program("prod").of("aws:iam/rolePolicy:RolePolicy")
        if one.name.endswith(("-handler", "-agent"))
    }
    assert all(any(re.fullmatch(role, name) for role in PACKAGES) for name in of_handlers)


def calls_of_aws() -> dict[str, set[str]]:
    """Method name of boto3 -> actions it needs."""
    session, found = botocore.session.get_session(), dict[str, set[str]]()
    for service in SERVICES:
        for operation in session.get_service_model(service).operation_names:
            action = f"{service}:{operation}"
            found.setdefault(xform_name(operation), set()).update(OTHER_NAMES.get(action, {action}))
    found["upload_file"] = found["upload_fileobj"] = {"s3:PutObject"}
    found["download_file"] = found["download_fileobj"] = {"s3:GetObject"}
    return found


# A header of a request may need a permission beside that of its operation (S3 user guide, "Required
# permissions for Amazon S3 API operations").
PERMISSION_OF_HEADER = {
    "x-amz-acl": "s3:PutObjectAcl",
    "x-amz-grant-": "s3:PutObjectAcl",
    "x-amz-tagging": "s3:PutObjectTagging",
    "x-amz-object-lock-mode": "s3:PutObjectRetention",
    "x-amz-object-lock-retain-until-date": "s3:PutObjectRetention",
    "x-amz-object-lock-legal-hold": "s3:PutObjectLegalHold",
}


def parameters_with_permissions() -> dict[str, str]:
    """Parameter of boto3's S3 calls -> the action that it needs; read from the service's model."""
    members = botocore.session.get_session().get_service_model("s3").operation_model("PutObject").input_shape
    return {
        name: action
        for name, shape in members.members.items()
        for header, action in PERMISSION_OF_HEADER.items()
        if shape.serialization.get("name", "").lower().startswith(header)
    }


def named_in(call: ast.Call) -> set[str]:
    """Arguments by name, those in a dictionary that is handed over among them."""
    keys = (key for node in ast.walk(call) if isinstance(node, ast.Dict) for key in node.keys)
    texts = {key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}
    return texts | {keyword.arg for keyword in call.keywords if keyword.arg}


def undeclared_headers(source: str, declared: set[str]) -> set[str]:
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    used = {name for call in calls for name in named_in(call)}
    return {action for name, action in parameters_with_permissions().items() if name in used} - declared


def test_an_adapter_declares_what_the_headers_of_its_requests_need() -> None:
    for path in declaring_modules():
        module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        assert undeclared_headers(path.read_text(), set(module.ACTIONS)) == set(), path


def test_a_header_that_needs_a_permission_of_its_own_is_noticed() -> None:
    put = "client.put_object(Bucket=b, Key=k, Body=c, ACL='bucket-owner-full-control')"
    upload = "client.upload_file(p, b, k, ExtraArgs={'Tagging': 'a=b', 'GrantRead': 'x'})"
    assert undeclared_headers(put, {"s3:PutObject"}) == {"s3:PutObjectAcl"}
    assert undeclared_headers(upload, set()) == {"s3:PutObjectAcl", "s3:PutObjectTagging"}
    assert undeclared_headers(put, {"s3:PutObject", "s3:PutObjectAcl"}) == set()


def declaring_modules() -> list[Path]:
    paths = (ROOT / "handlers").rglob("*.py")
    return [path for path in paths if re.search(r"^ACTIONS\b", path.read_text(), re.MULTILINE)]


def test_an_adapter_declares_every_action_that_it_calls() -> None:
    known, seen = calls_of_aws(), 0
    for path in declaring_modules():
        declared = set(
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts)).ACTIONS
        )
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            name = node.func.attr
            if name in known and name not in OUR_OWN_WORDS:
                seen += 1
                assert known[name] & declared, f"{path.relative_to(ROOT)}:{node.lineno} calls {name}"
    assert seen > 10, "this test found hardly a call: it would prove nothing"


def test_only_modules_that_declare_actions_call_aws() -> None:
    known, declaring = calls_of_aws(), set(declaring_modules())
    # The table's client is handed to the modules that declare; `table.py` makes their calls for them.
    through = {ROOT / "handlers/jobs/store/table.py"}
    for path in set((ROOT / "handlers").rglob("*.py")) - declaring - through:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and "_" in node.func.attr:
                assert node.func.attr not in known, f"{path.relative_to(ROOT)}:{node.lineno} {node.func.attr}"
