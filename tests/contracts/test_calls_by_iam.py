"""What the handlers ask of S3, SQS, Systems Manager, Auto Scaling and KMS, judged by the program's roles.

Each adapter is driven once with boto3's own clients; what they would send is recorded where it leaves them,
as the request that IAM sees. Nothing is refused, and nothing is granted that none of them asks for.
Calls about items are in test_roles_by_iam.py. Does not prove that AWS evaluates as `tests/iam.py` does.
"""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.response import StreamingBody

from components.naming import Naming
from components.naming.fleet_names import LAUNCH_HOOK, TERMINATE_HOOK, FleetNames
from components.naming.store_names import StoreNames
from components.naming.webhook_names import WebhookNames
from components.permissions.operator_read import operator_read
from components.settings import parse
from handlers.job_server.aws import Buckets, FleetQueues
from handlers.job_server.readiness import probes
from handlers.jobs.messages.dead_letters import DeadLetters
from handlers.jobs.messages.queue_depth import read_depths
from handlers.jobs.messages.render_queue import Dispatcher, RenderMessage, url_for
from handlers.jobs.messages.webhooks import Webhooks
from handlers.jobs.model import Failure, Priority
from handlers.jobs.reasons import FailureCode
from handlers.jobs.states import JobState
from handlers.jobs.store import keys
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.customers.asset_deletions import AssetDeletion
from handlers.jobs.store.customers.deletions import Deletion
from handlers.jobs.store.dispatch_marks import DispatchMarks
from handlers.notifier.aws import SqsQueue, SsmSecrets
from handlers.render_agent.attempt import Delivery
from handlers.render_agent.aws import AutoScalingMember, S3Files, SqsInbox
from handlers.scaler.group import Group, Hooks
from handlers.sweeper.aws import BucketFiles
from handlers.sweeper.aws import FleetQueues as SweeperQueues
from tests.components.conftest import sections
from tests.handlers.conftest import START, a_job
from tests.handlers.life.memory_table import MemoryTable
from tests.hostile.items import job as ended_job
from tests.iam import Request, allowed, matches

FLEET, TENANT = "cpu", "acme"
LARGE = 9 * 1024 * 1024
"""Beyond this boto3 uploads in parts."""
GROUP: dict[str, Any] = {
    "DesiredCapacity": 1,
    "Instances": [{"InstanceId": "i-1", "LifecycleState": "Pending:Wait", "HealthStatus": "Healthy"}],
    "MixedInstancesPolicy": {"InstancesDistribution": {"OnDemandPercentageAboveBaseCapacity": 20}},
}
ANSWERS: dict[str, dict[str, Any]] = {
    "DescribeAutoScalingGroups": {"AutoScalingGroups": [GROUP]},
    "DescribeScalingActivities": {"Activities": []},
    "GetParameter": {"Parameter": {"Value": "whsec_x"}},
    "GetQueueAttributes": {
        "Attributes": {f"ApproximateNumberOfMessages{kind}": "0" for kind in ("", "Delayed", "NotVisible")}
    },
    "HeadObject": {"ContentLength": 1, "ETag": '"x"'},
    "CreateMultipartUpload": {"UploadId": "u"},
    "UploadPart": {"ETag": '"x"'},
    "SendMessage": {"MessageId": "m"},
}
OBJECTS = {
    "SendMessageBatch": "SendMessage",
    "HeadObject": "GetObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "DeleteObjects": "DeleteObjectVersion",
    "ListObjectVersions": "ListBucketVersions",
}
KEY_USE = {"s3:GetObject": ("kms:Decrypt",), "s3:PutObject": ("kms:GenerateDataKey", "kms:Decrypt")}
"""With the bucket's own key; the second one for uploads in parts (S3 user guide, "Using SSE-KMS")."""


@dataclass
class Wire:
    """Clients of AWS that reach nothing; notes what each would ask."""

    naming: Naming
    requests: list[Request] = field(default_factory=list)
    listed: int = 0

    def client(self, service: str) -> Any:
        made = boto3.client(
            service,  # type: ignore[call-overload]
            region_name=self.naming.region,
            aws_access_key_id="x",
            aws_secret_access_key="x",
            config=Config(retries={"total_max_attempts": 1}),
        )
        made.meta.events.register("provide-client-params", self._note)
        made.meta.events.register("before-call", self._answer)
        return made

    def _note(self, params: dict[str, Any], model: Any, **_: object) -> None:
        service, name = model.service_model.service_name, model.name
        self.note(service, name, params)

    def note(self, service: str, name: str, params: dict[str, Any]) -> None:
        action = f"{service}:{OBJECTS.get(name, name)}"
        context = {"s3:prefix": params["Prefix"]} if "Prefix" in params else {}
        self.requests += [
            Request(action=action, resource=resource, keys=context)
            for resource in self._resources(service, name, params)
        ]
        for use in KEY_USE.get(action, ()):
            alias = {"kms:ResourceAliases": [StoreNames.of(self.naming).key_alias]}
            self.requests.append(Request(action=use, resource=self.naming.arn("kms", "key/1"), keys=alias))

    def _resources(self, service: str, name: str, params: dict[str, Any]) -> list[str]:
        if name != "DeleteObjects":
            return [self._resource(service, name, params)]
        return [f"arn:aws:s3:::{params['Bucket']}/{one['Key']}" for one in params["Delete"]["Objects"]]

    def _resource(self, service: str, name: str, params: dict[str, Any]) -> str:
        match service:
            case "s3":
                bucket = f"arn:aws:s3:::{params['Bucket']}"
                return bucket if name.startswith("List") else f"{bucket}/{params['Key']}"
            case "sqs":
                return self.naming.arn("sqs", params["QueueUrl"].rpartition("/")[2])
            case "ssm":
                return self.naming.arn("ssm", f"parameter{params['Name']}")
            case "autoscaling" if not name.startswith("Describe"):
                group = FleetNames.of(self.naming, FLEET).group
                assert params.get("AutoScalingGroupName", group) == group
                return self.naming.arn("autoscaling", f"autoScalingGroup:1-2:autoScalingGroupName/{group}")
        return "*"

    def _answer(self, model: Any, **_: object) -> tuple[AWSResponse, dict[str, Any]]:
        answer = dict(ANSWERS.get(model.name, {}))
        if model.name == "GetObject":
            answer = {"Body": StreamingBody(io.BytesIO(b"x"), 1), "ContentLength": 1, "ETag": '"x"'}
        if model.name == "ListObjectVersions":
            self.listed += 1
            found = (
                keys.composition_object(TENANT, "r_1"),
                keys.outputs_prefix(TENANT, "r_1"),
                keys.asset_object(TENANT, "a_1"),
            )
            versions = [{"Key": found[self.listed - 1], "VersionId": "v"}]
            answer = {"Versions": versions, "IsTruncated": False}
        return AWSResponse("", 200, {}, io.BytesIO()), answer  # type: ignore[arg-type]


def failed_job() -> Any:
    failure = Failure(code=FailureCode.ENGINE_CRASHED, detail="x")
    return a_job(now=START, state=JobState.FAILED, failure=failure, finished_at=START, attempt=3)


def job_server(wire: Wire, names: FleetNames, folder: Path) -> None:
    store, s3 = StoreNames.of(wire.naming), wire.client("s3")
    buckets = Buckets(s3, inputs=store.inputs, outputs=store.outputs, credentials_end=lambda: START + 999)
    buckets.store_composition(keys.composition_object(TENANT, "r_1"), b"{}")
    buckets.pixels_of([keys.asset_object(TENANT, "a_1")])
    # Links are used by others with this role's rights.
    buckets.upload_link(keys.asset_object(TENANT, "a_1"), content_type="image/png", size=1, now=START)
    wire.note("s3", "PutObject", {"Bucket": store.inputs, "Key": keys.asset_object(TENANT, "a_1")})
    buckets.download_link(keys.video_object(TENANT, "r_1", 1), now=START)
    wire.note("s3", "GetObject", {"Bucket": store.outputs, "Key": keys.video_object(TENANT, "r_1", 1)})
    table, sqs = MemoryTable(), wire.client("sqs")
    made = a_job(now=START)
    CustomerJobs(table).submit(made, record=None, actor="api:acme", now=START)
    queues = FleetQueues(Dispatcher(sqs), DispatchMarks(table), {FLEET: names.queue_url})
    queues.send(made, now=START)
    bulk = a_job(now=START, priority=Priority.BULK)
    CustomerJobs(table).submit(bulk, record=None, actor="api:acme", now=START)
    queues.send_all([made, bulk], now=START)
    asked = probes(table, buckets, sqs, {FLEET: names.queue_url})
    for name in asked.keys() - {"table"}:
        asked[name]()


def sweeper(wire: Wire, names: FleetNames, folder: Path) -> None:
    sqs, table = wire.client("sqs"), MemoryTable()
    queues = SweeperQueues(sqs, DispatchMarks(table), {FLEET: names.queue_url})
    for priority in Priority:
        queues.send(a_job(now=START, priority=priority))
    queues.waiting(FLEET)
    DeadLetters(sqs, table).leave(names.queue_url + "-dead-letters", failed_job(), now=START)
    Webhooks(sqs, table, webhooks_url(wire)).queue(ended_job(1), now=START)
    store = StoreNames.of(wire.naming)
    files = BucketFiles(wire.client("s3"), inputs=store.inputs, outputs=store.outputs)
    assert files.erase(Deletion(job_id="r_1", tenant=TENANT, at=START))
    assert files.erase_asset(AssetDeletion(asset_id="a_1", tenant=TENANT, at=START))


def notifier(wire: Wire, names: FleetNames, folder: Path) -> None:
    sqs = wire.client("sqs")
    Webhooks(sqs, MemoryTable(), webhooks_url(wire)).queue(ended_job(1), now=START)
    SqsQueue(sqs, webhooks_url(wire)).postpone("receipt", 1)
    SsmSecrets(wire.client("ssm"), wire.naming.path("webhook-secrets")).of(TENANT)


def scaler(wire: Wire, names: FleetNames, folder: Path) -> None:
    group = Group(
        wire.client("autoscaling"), names.group, Hooks(launch=LAUNCH_HOOK, terminate=TERMINATE_HOOK)
    )
    group.describe()
    group.launch_errors(START)
    group.set_desired(2)
    group.mix(0.5)
    group.end("i-2")
    group.replace("i-1")
    group.replace("i-2")
    group.release("i-2")
    read_depths(wire.client("sqs"), names.queue_url)


def agent(wire: Wire, names: FleetNames, folder: Path) -> None:
    store, sqs = StoreNames.of(wire.naming), wire.client("sqs")
    inbox = SqsInbox(sqs, names.queue_url)
    for priority in Priority:
        delivery = Delivery(message_id="m", body="", receipt="r", receive_count=1, priority=priority)
        inbox.receive(priority, wait_seconds=0, hold_seconds=1)
        inbox.hold(delivery, 1)
        inbox.remove(delivery)
        again = RenderMessage(job_id="r_1", attempt=1)
        Dispatcher(sqs).send(url_for(names.queue_url, priority), again, tenant=TENANT)
    DeadLetters(sqs, MemoryTable()).leave(names.queue_url + "-dead-letters", failed_job(), now=START)
    files = S3Files(wire.client("s3"), inputs=store.inputs, outputs=store.outputs)
    files.fetch(keys.asset_object(TENANT, "a_1"), folder / "asset")
    for size in (1, LARGE):
        (folder / "video").write_bytes(b"\0" * size)
        files.store(folder / "video", keys.video_object(TENANT, "r_1", 1), "video/mp4")
    member = AutoScalingMember(
        wire.client("autoscaling"),
        group_name=names.group,
        launch_hook=LAUNCH_HOOK,
        terminate_hook=TERMINATE_HOOK,
    )
    member.launched("i-1")
    member.may_terminate("i-1")
    member.still_leaving("i-1")
    member.unhealthy("i-1")


def webhooks_url(wire: Wire) -> str:
    return f"https://sqs.{wire.naming.region}.amazonaws.com/1/{WebhookNames.of(wire.naming).queue}"


DRIVEN: dict[str, Callable[[Wire, FleetNames, Path], None]] = {
    "job-server-handler": job_server,
    "sweeper-handler": sweeper,
    "notifier-handler": notifier,
    "cpu-scaler-handler": scaler,
    "cpu-fleet-agent": agent,
}
REASONS = {
    # S3 asks for it when an upload in parts breaks off, and answers 404 for what is missing only with it.
    ("cpu-fleet-agent", "s3:AbortMultipartUpload"),
    ("cpu-fleet-agent", "s3:ListBucket"),
}
"""Granted, and asked for by no call of its own."""


def statements_of(world: Any, role: str) -> list[dict[str, Any]]:
    """Of the handler's policy, and of the platform's beside it."""
    stem = role.rpartition("-")[0]
    return [
        statement
        for one in world.of("aws:iam/rolePolicy:RolePolicy")
        if one.name.startswith(f"{stem}-")
        for statement in json.loads(one.inputs["policy"])["Statement"]
    ]


def granted(world: Any, role: str) -> Iterator[tuple[str, str]]:
    (policy,) = (one for one in world.of("aws:iam/rolePolicy:RolePolicy") if one.name == role)
    for statement in json.loads(policy.inputs["policy"])["Statement"]:
        for action in statement["Action"]:
            if not action.startswith("dynamodb:"):
                yield from ((action, resource) for resource in statement["Resource"])


@pytest.fixture(params=DRIVEN)
def role(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def asked(role: str, tmp_path: Path) -> list[Request]:
    wire = Wire(Naming.of(parse(sections("prod")).deployment))
    DRIVEN[role](wire, FleetNames.of(wire.naming, FLEET), tmp_path)
    return wire.requests


def test_a_role_allows_every_call(program: Any, role: str, asked: list[Request]) -> None:
    assert len(asked) >= 3
    statements = statements_of(program("prod"), role)
    assert [one for one in asked if not allowed(statements, one)] == []


def test_a_role_grants_no_call_and_no_resource_that_nobody_asks_for(
    program: Any, role: str, asked: list[Request]
) -> None:
    unused = [
        (action, resource)
        for action, resource in granted(program("prod"), role)
        if (role, action) not in REASONS
        and not any(matches(action, one.action) and matches(resource, one.resource) for one in asked)
    ]
    others = FleetNames.of(Naming.of(parse(sections("prod")).deployment), "gpu")
    assert [one for one in unused if others.queue not in one[1]] == []


ELSEWHERE = [
    ("s3:GetObject", "arn:aws:s3:::{outputs}/outputs/zenith/r_1/1/video.mp4"),
    ("s3:PutObject", "arn:aws:s3:::{inputs}/compositions/zenith/r_1.json"),
    ("s3:PutObject", "arn:aws:s3:::{artifacts}/agent/x.zip"),
    ("s3:DeleteObject", "arn:aws:s3:::{outputs}/outputs/zenith/r_1/1/video.mp4"),
    ("s3:DeleteObjectVersion", "arn:aws:s3:::{outputs}/outputs/zenith/r_1/1/video.mp4"),
    ("s3:PutObjectAcl", "arn:aws:s3:::{outputs}/outputs/zenith/r_1/1/video.mp4"),
    ("s3:ListBucket", "arn:aws:s3:::{outputs}"),
    ("sqs:SendMessage", "arn:aws:sqs:{region}:{account}:{webhooks}"),
    ("sqs:ReceiveMessage", "arn:aws:sqs:{region}:{account}:{gpu}"),
    ("ssm:GetParameter", "arn:aws:ssm:{region}:{account}:parameter{secrets}/acme"),
    ("ssm:SendCommand", "*"),
    ("autoscaling:SetDesiredCapacity", "{group}"),
    ("autoscaling:TerminateInstanceInAutoScalingGroup", "{group}"),
    *(
        (f"autoscaling:{action}", "{gpu_group}")
        for action in ("CompleteLifecycleAction", "RecordLifecycleActionHeartbeat", "SetInstanceHealth")
    ),
    # What the agents of the platform call, whose calls are not recorded, about anything but their own.
    ("logs:PutLogEvents", "arn:aws:logs:{region}:{account}:log-group:{gpu_logs}:log-stream:i-1"),
    ("logs:CreateLogStream", "arn:aws:logs:{region}:{account}:log-group:{gpu_logs}:log-stream:i-1"),
    ("logs:CreateLogGroup", "arn:aws:logs:{region}:{account}:log-group:{cpu_logs}"),
    ("logs:GetLogEvents", "arn:aws:logs:{region}:{account}:log-group:{cpu_logs}:log-stream:i-1"),
    ("logs:DeleteLogStream", "arn:aws:logs:{region}:{account}:log-group:{cpu_logs}:log-stream:i-1"),
    ("cloudwatch:PutMetricData", "*"),
    ("s3:PutObject", "arn:aws:s3:::{logs}/load-balancer/x"),
    ("s3:GetObject", "arn:aws:s3:::{logs}/systems-manager/bootstrap/i-9/stderr"),
    ("ssm:GetParameter", "arn:aws:ssm:{region}:{account}:parameter{gpu_settings}"),
    ("sts:AssumeRole", "*"),
    ("iam:PassRole", "*"),
]


@pytest.mark.parametrize(("action", "resource"), ELSEWHERE)
def test_what_a_hostile_instance_tries_elsewhere_is_refused(program: Any, action: str, resource: str) -> None:
    naming = Naming.of(parse(sections("prod")).deployment)
    store, cpu, gpu = StoreNames.of(naming), FleetNames.of(naming, FLEET), FleetNames.of(naming, "gpu")
    meant = resource.format(
        inputs=store.inputs,
        outputs=store.outputs,
        artifacts=store.artifacts,
        region=naming.region,
        account=naming.account_id,
        webhooks=WebhookNames.of(naming).queue,
        gpu=gpu.queue,
        gpu_group=gpu.group_arn.replace("*", "1-2"),
        gpu_logs=gpu.log_group,
        gpu_settings=gpu.environment_parameter,
        cpu_logs=cpu.log_group,
        logs=store.logs,
        secrets=naming.path("webhook-secrets"),
        group=cpu.group_arn.replace("*", "1-2"),
    )
    statements = statements_of(program("prod"), "cpu-fleet-agent")
    assert not allowed(statements, Request(action=action, resource=meant))


SEEN_BY_AN_OPERATOR = [
    ("s3:GetObject", "outputs/acme/r_1/1/engine.log", True),
    ("s3:GetObject", "outputs/acme/r_1/1/video.mp4", False),
    ("dynamodb:GetItem", "JOB#r_1", True),
    ("dynamodb:GetItem", "DELIVERY#r_1", True),
    ("dynamodb:GetItem", "COMPOSITION#r_1", False),
    ("dynamodb:GetItem", "KEY#0", False),
    ("dynamodb:GetItem", "WEBHOOK#r_1", False),
    ("dynamodb:UpdateItem", "JOB#r_1", False),
    ("ssm:GetParameter", "acme", False),
]


@pytest.mark.parametrize(("action", "about", "may"), SEEN_BY_AN_OPERATOR)
def test_an_operator_sees_what_the_page_says(action: str, about: str, *, may: bool) -> None:
    naming = Naming.of(parse(sections("prod")).deployment)
    store = StoreNames.of(naming)
    statements = json.loads(operator_read(naming, [FLEET]))["Statement"]
    resource, context = {
        "s3": (f"arn:aws:s3:::{store.outputs}/{about}", {}),
        "dynamodb": (store.table_arn, {"dynamodb:LeadingKeys": [about]}),
        "ssm": (naming.arn("ssm", f"parameter{naming.path('webhook-secrets')}/{about}"), {}),
    }[action.partition(":")[0]]
    assert allowed(statements, Request(action=action, resource=resource, keys=context)) is may


def test_only_the_notifier_reads_webhook_secrets(program: Any) -> None:
    naming = Naming.of(parse(sections("prod")).deployment)
    secret = naming.arn("ssm", f"parameter{naming.path('webhook-secrets')}/acme")
    asked = Request(action="ssm:GetParameter", resource=secret)
    world = program("prod")
    able = {
        one.name
        for one in world.of("aws:iam/rolePolicy:RolePolicy")
        if allowed(json.loads(one.inputs["policy"])["Statement"], asked)
    }
    assert able == {"notifier-handler"}
