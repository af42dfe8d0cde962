"""How grave a change is: danger for data and traffic, rolls for fleets and services, routine for the rest."""

import pytest

from cli.impact.losses import LOST_WITH, REBUILT, Impact, judge
from cli.impact.preview import Action, Change

TABLE = "aws:dynamodb/table:Table"
BUCKET_RULES = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"


def change(kind: str, action: Action = Action.UPDATE, **more: object) -> Change:
    return Change(urn=f"urn:pulumi:prod::clip-it::clip-it:a:B${kind}::one", action=action, **more)  # type: ignore[arg-type]


def expiring(days: object, status: str = "Enabled") -> dict[str, object]:
    return {"rules": [{"id": "outputs", "status": status, "expiration": {"days": days}}]}


def test_a_type_holds_something_or_is_rebuilt_and_not_both() -> None:
    assert set(LOST_WITH) & REBUILT == set()


@pytest.mark.parametrize("action", [Action.DELETE, Action.REPLACE])
@pytest.mark.parametrize("kind", LOST_WITH)
def test_deleting_what_holds_data_or_traffic_is_danger_and_says_what_is_lost(kind, action) -> None:
    judged = judge(change(kind, action))
    assert (judged.impact, judged.reason) == (Impact.DANGER, LOST_WITH[kind])


def test_a_type_that_nobody_has_described_is_danger() -> None:
    assert judge(change("aws:rds/instance:Instance", Action.REPLACE)).impact is Impact.DANGER


@pytest.mark.parametrize("action", [Action.CREATE, Action.IMPORT, Action.UPDATE])
def test_what_neither_deletes_nor_lifts_a_guard_is_routine(action) -> None:
    assert judge(change(TABLE, action)).impact is Impact.ROUTINE


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"deletionProtectionEnabled": True}, {"deletionProtectionEnabled": False}),
        ({"deletionProtectionEnabled": True}, {}),
        ({"enableDeletionProtection": True}, {"enableDeletionProtection": "04da6b54-unknown"}),
        ({"pointInTimeRecovery": {"enabled": True}}, {}),
        (
            {"versioningConfiguration": {"status": "Enabled"}},
            {"versioningConfiguration": {"status": "Suspended"}},
        ),
        ({"forceDestroy": False}, {"forceDestroy": True}),
        ({"retentionInDays": 365}, {"retentionInDays": 30}),
        ({"retentionInDays": 0}, {"retentionInDays": 30}),
        ({}, {"messageRetentionSeconds": 60}),
        (expiring(90), expiring(14)),
        (expiring(90, "Disabled"), expiring(90)),
        ({"rules": []}, expiring(90)),
    ],
)
def test_an_update_that_lifts_a_guard_or_keeps_less_is_danger(before, after) -> None:
    judged = judge(change(TABLE, before=before, after=after))
    assert judged.impact is Impact.DANGER
    assert judged.reason


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"deletionProtectionEnabled": False}, {"deletionProtectionEnabled": True}),
        ({"forceDestroy": True}, {"forceDestroy": False}),
        ({"retentionInDays": 30}, {"retentionInDays": 365}),
        ({"retentionInDays": 30}, {"retentionInDays": 0}),
        ({"retentionInDays": "unknown"}, {"retentionInDays": "unknown"}),
        (expiring(14), expiring(90)),
        (expiring(14), {"rules": "unknown"}),
        (expiring(14), {"rules": [None, {}, {"expiration": []}]}),
    ],
)
def test_an_update_that_guards_or_keeps_more_is_routine(before, after) -> None:
    assert judge(change(BUCKET_RULES, before=before, after=after)).impact is Impact.ROUTINE


@pytest.mark.parametrize(
    ("kind", "because"),
    [
        ("aws:autoscaling/group:Group", "mixedInstancesPolicy"),
        ("aws:ecs/service:Service", "taskDefinition"),
        ("aws:ssm/association:Association", "parameters"),
    ],
)
def test_a_new_template_rolls_what_runs(kind, because) -> None:
    assert judge(change(kind, because=("tags", because))).impact is Impact.ROLLS
    assert judge(change(kind, because=("tags",))).impact is Impact.ROUTINE
    assert judge(change(kind, Action.CREATE, because=(because,))).impact is Impact.ROUTINE
