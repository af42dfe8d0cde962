"""Scaler, sweeper and notifier: what they are told, what wakes them, what they may do."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from components.bundles import Bundle
from components.naming import Naming
from components.notifier import Notifier, NotifierArgs
from components.scaler import Scaler, ScalerArgs
from components.settings import Settings
from components.sweeper import Sweeper, SweeperArgs

Deployed = Callable[[Callable[[], object]], Any]
STREAM = "arn:aws:dynamodb:eu-central-1:444455556666:table/clip-it-prod-jobs/stream/1"


@pytest.fixture(scope="module")
def scaler(deployed: Deployed, naming: Naming, prod: Settings, bundle: Bundle) -> Any:
    args = ScalerArgs(
        naming=naming,
        deployment=prod.deployment,
        fleet="gpu",
        settings=prod.fleets["gpu"],
        heartbeat_seconds=10,
        bundle=bundle,
        table_name="jobs",
        stream_arn=STREAM,
        queue_url="https://queue",
        group_name="group",
    )
    return deployed(lambda: Scaler("gpu-scaler", args))


@pytest.fixture(scope="module")
def sweeper(deployed: Deployed, naming: Naming, prod: Settings, bundle: Bundle) -> Any:
    args = SweeperArgs(
        naming=naming,
        deployment=prod.deployment,
        renders=prod.renders,
        bundle=bundle,
        table_name="jobs",
        inputs_bucket="inputs",
        outputs_bucket="outputs",
        queue_urls={"cpu": "https://cpu", "gpu": "https://gpu"},
        dead_letter_urls={"cpu": "https://dead-cpu", "gpu": "https://dead-gpu"},
        notification_queue_url="https://webhooks",
        removed_fleets=["old"],
    )
    return deployed(lambda: Sweeper("sweeper", args))


@pytest.fixture(scope="module")
def notifier(deployed: Deployed, naming: Naming, prod: Settings, bundle: Bundle) -> Any:
    args = NotifierArgs(
        naming=naming,
        deployment=prod.deployment,
        webhooks=prod.webhooks,
        bundle=bundle,
        table_name="jobs",
        stream_arn=STREAM,
    )
    return deployed(lambda: Notifier("notifier", args))


def function(world: Any) -> dict[str, Any]:
    (function,) = world.of("aws:lambda/function:Function")
    inputs: dict[str, Any] = function.inputs
    return inputs


def statements(world: Any, name: str) -> list[dict[str, Any]]:
    policy = json.loads(world.one("aws:iam/rolePolicy:RolePolicy", name).inputs["policy"])
    found: list[dict[str, Any]] = policy["Statement"]
    return found


def patterns(world: Any) -> list[dict[str, Any]]:
    mappings = world.of("aws:lambda/eventSourceMapping:EventSourceMapping")
    (stream,) = [one for one in mappings if one.inputs["eventSourceArn"] == STREAM]
    return [json.loads(one["pattern"]) for one in stream.inputs["filterCriteria"]["filters"]]


def test_scalers_never_race(scaler: Any) -> None:
    assert function(scaler)["reservedConcurrentExecutions"] == 1


def test_the_scaler_is_told_its_limits_in_one_variable(scaler: Any, prod: Settings) -> None:
    variables = function(scaler)["environment"]["variables"]
    limits = json.loads(variables["CLIPIT_SCALER_LIMITS"])
    assert limits["spot_share"] == 0.5
    assert limits["silence_s"] == 30
    assert (limits["minimum"], limits["maximum"]) == (0, 10)
    assert limits["wait_objective_s"] == prod.fleets["gpu"].scaling.wait_objective_s
    assert variables["CLIPIT_FLEET"] == "gpu"


def test_jobs_of_its_own_fleet_wake_a_scaler_when_they_wait_start_or_are_done(scaler: Any) -> None:
    def job(state: str) -> dict[str, Any]:
        return {"entity": {"S": ["JOB"]}, "state": {"S": [state]}, "fleet": {"S": ["gpu"]}}

    assert patterns(scaler) == [
        {"dynamodb": {"NewImage": job("queued")}},
        {"dynamodb": {"OldImage": job("queued"), "NewImage": job("rendering")}},
        {"dynamodb": {"OldImage": job("rendering"), "NewImage": job("succeeded")}},
    ]


def test_the_sweeper_may_send_renders_dead_letters_and_webhooks_and_nothing_else(sweeper: Any) -> None:
    (sending,) = [
        one for one in statements(sweeper, "sweeper-handler") if one["Action"] == ["sqs:SendMessage"]
    ]
    assert sorted(arn.rpartition(":")[2] for arn in sending["Resource"]) == [
        "clip-it-prod-cpu-renders",
        "clip-it-prod-cpu-renders-bulk",
        "clip-it-prod-cpu-renders-dead-letters",
        "clip-it-prod-gpu-renders",
        "clip-it-prod-gpu-renders-bulk",
        "clip-it-prod-gpu-renders-dead-letters",
        "clip-it-prod-webhooks",
    ]


@pytest.mark.parametrize(
    ("world", "name"), [("scaler", "clip-it-prod-gpu-scaler"), ("sweeper", "clip-it-prod-sweeper")]
)
def test_a_schedule_wakes_it_every_minute(world: str, name: str, request: pytest.FixtureRequest) -> None:
    (schedule,) = request.getfixturevalue(world).of("aws:scheduler/schedule:Schedule")
    assert schedule.inputs["scheduleExpression"] == "rate(1 minute)"
    assert schedule.inputs["name"] == name
    (call,) = statements(request.getfixturevalue(world), f"{schedule.name}-schedule")
    assert call["Resource"] == [f"arn:aws:lambda:eu-central-1:444455556666:function:{name}"]


def test_the_scaler_resizes_its_own_group_and_no_other(scaler: Any) -> None:
    resizing = [
        one
        for one in statements(scaler, "gpu-scaler-handler")
        if "autoscaling:SetDesiredCapacity" in one["Action"]
    ]
    assert [one["Resource"] for one in resizing] == [
        [
            (
                "arn:aws:autoscaling:eu-central-1:444455556666:"
                "autoScalingGroup:*:autoScalingGroupName/clip-it-prod-gpu"
            )
        ]
    ]


def test_the_sweeper_knows_every_queue(sweeper: Any) -> None:
    variables = function(sweeper)["environment"]["variables"]
    assert json.loads(variables["CLIPIT_QUEUE_URLS"]) == {"cpu": "https://cpu", "gpu": "https://gpu"}
    assert variables["CLIPIT_NOTIFICATION_QUEUE_URL"] == "https://webhooks"
    assert variables["CLIPIT_DISPATCH_GRACE_SECONDS"] == "30"


def test_the_sweeper_erases_what_customers_may_delete_and_nothing_else(sweeper: Any) -> None:
    erasing = [
        one for one in statements(sweeper, "sweeper-handler") if "s3:DeleteObjectVersion" in one["Action"]
    ]
    assert [[arn.partition("/")[2] for arn in one["Resource"]] for one in erasing] == [
        ["assets/*", "compositions/*", "outputs/*"]
    ]


def test_a_webhook_is_dead_lettered_after_its_last_delivery(notifier: Any) -> None:
    queue = notifier.one("aws:sqs/queue:Queue", "notifier-webhooks")
    assert json.loads(queue.inputs["redrivePolicy"])["maxReceiveCount"] == 10
    # Lambda's guide asks for six times the timeout of the function that reads.
    assert queue.inputs["visibilityTimeoutSeconds"] >= 6 * function(notifier)["timeout"]


def test_the_notifier_answers_for_single_messages(notifier: Any) -> None:
    mappings = notifier.of("aws:lambda/eventSourceMapping:EventSourceMapping")
    assert [one.inputs["functionResponseTypes"] for one in mappings] == [["ReportBatchItemFailures"]] * 2


@pytest.mark.parametrize("world", ["scaler", "notifier"])
def test_a_mapping_of_the_stream_is_deleted_before_another_takes_its_place(
    world: str, request: pytest.FixtureRequest
) -> None:
    """Lambda refuses a second one of the same stream to the same function."""
    mappings = request.getfixturevalue(world).of("aws:lambda/eventSourceMapping:EventSourceMapping")
    (of_stream,) = [one for one in mappings if "startingPosition" in one.inputs]
    assert of_stream.request.deleteBeforeReplace


def test_the_scaler_may_launch_from_its_fleet_s_template_alone_or_could_not_change_the_mix(
    scaler: Any,
) -> None:
    """Auto Scaling tries a launch with the permissions of whoever changes the mix."""
    own = [one for one in statements(scaler, "gpu-scaler-platform") if "ec2:RunInstances" in one["Action"]]
    template = "arn:aws:ec2:eu-central-1:444455556666:launch-template/*"
    assert [one["Condition"] for one in own] == [
        {
            "StringEquals": {
                "aws:ResourceTag/Project": "clip-it",
                "aws:ResourceTag/Environment": "prod",
                "aws:ResourceTag/Fleet": "gpu",
            }
        },
        {"ArnLike": {"ec2:LaunchTemplate": template}},
    ]
    assert own[0]["Resource"] == [template]
    assert template not in own[1]["Resource"]
    (passing,) = [one for one in statements(scaler, "gpu-scaler-platform") if "iam:PassRole" in one["Action"]]
    assert passing["Resource"] == ["arn:aws:iam::444455556666:role/clip-it-prod-gpu-instances-eu-central-1"]
    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}


@pytest.mark.parametrize("world", ["scaler", "sweeper", "notifier"])
def test_a_function_is_logged_and_loses_no_event_and_x_ray_records_nothing(
    world: str, request: pytest.FixtureRequest
) -> None:
    built = request.getfixturevalue(world)
    inputs = function(built)
    (logs,) = built.of("aws:cloudwatch/logGroup:LogGroup")
    assert logs.inputs["name"] == f"/aws/lambda/{inputs['name']}"
    assert logs.inputs["retentionInDays"] == 365
    # A function that was traced before is so until the mode is stated.
    assert inputs["tracingConfig"] == {"mode": "PassThrough"}
    policies = built.of("aws:iam/rolePolicy:RolePolicy")
    assert not [one for one in policies if "xray" in one.inputs["policy"]]
    assert inputs["deadLetterConfig"]["targetArn"].endswith("dead-letters")
    assert inputs["handler"] == f"handlers.{world}.entrypoint.handler"
    assert inputs["runtime"] == "python3.13"


@pytest.mark.parametrize("world", ["scaler", "sweeper", "notifier"])
def test_no_statement_has_a_wildcard_action(world: str, request: pytest.FixtureRequest) -> None:
    policies = request.getfixturevalue(world).of("aws:iam/rolePolicy:RolePolicy")
    actions = [
        action
        for policy in policies
        for statement in json.loads(policy.inputs["policy"])["Statement"]
        for action in statement["Action"]
    ]
    assert actions
    assert not [action for action in actions if "*" in action]
