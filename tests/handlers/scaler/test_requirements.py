"""The requirements on the scaler (`docs/scaling.md`), each from a complaint of a real project."""

from collections import Counter
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from handlers.jobs.errors import TryAgainLater
from handlers.jobs.model import WorkerState
from handlers.jobs.reasons import WAIT_TEXTS, WaitReason
from handlers.jobs.store import keys
from handlers.jobs.store.table import PRESENT, Put
from handlers.scaler.aws import PATIENT
from handlers.scaler.decision import decide
from handlers.scaler.decision.history import History, News
from handlers.scaler.decision.memory import Breaker, Circuit, Memory
from handlers.scaler.decision.snapshot import LaunchError, Snapshot
from handlers.scaler.group import GroupView
from handlers.scaler.ports import BlindLookError, StaleCopyError, State
from handlers.scaler.service import scale

NOW = 10_000.0


class RefusedError(Exception):
    """As when the role may not, or AWS knows better."""


def test_r1_only_a_named_drain_lowers_desired(look, limits, instances):
    decision = decide(look(instances=instances(idle=3, busy=2)), limits(idle_before_scale_in_s=0))
    assert decision.raise_to is None
    assert decision.desired == 5 - len(decision.drain)


def test_r1_a_drain_that_was_marked_but_not_ended_is_ended_at_the_next_look(look, limits, instances):
    decision = decide(look(instances=instances(draining=1, busy=1)), limits())
    assert decision.drain == ("i-draining-0",)


def test_r1_ending_an_instance_that_is_gone_is_harmless(stubbed_group):
    group, stub = stubbed_group
    message = "Instance Id not found - No managed instance found for instance ID: i-1"
    stub.add_client_error("terminate_instance_in_auto_scaling_group", "ValidationError", message)
    group.end("i-1")


def test_r1_an_instance_is_ended_also_where_desired_cannot_be_lowered(stubbed_group):
    """A marked worker never works again; without this it would idle forever in a group at its minimum."""
    group, stub = stubbed_group
    message = (
        "Currently, desiredSize equals minSize (1). Terminating instance without replacement will violate "
        "group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower "
        "group's min size."
    )
    call = "terminate_instance_in_auto_scaling_group"
    wanted = {"InstanceId": "i-1", "ShouldDecrementDesiredCapacity": True}
    stub.add_client_error(call, "ValidationError", message, expected_params=wanted)
    stub.add_response(call, {}, {**wanted, "ShouldDecrementDesiredCapacity": False})
    group.end("i-1")
    stub.assert_no_pending_responses()


def test_r1_more_instances_than_desired_leave_and_desired_stays_what_it_can_be(look, limits, instances):
    """Somebody lowered desired by hand; the instances are protected and stay until they are drained."""
    decision = decide(look(desired=1, instances=instances(idle=4)), limits(idle_before_scale_in_s=0))
    assert (len(decision.drain), decision.desired) == (4, 0)


def test_r1_an_end_that_is_throttled_is_tried_again_later(stubbed_group):
    group, stub = stubbed_group
    stub.add_client_error("terminate_instance_in_auto_scaling_group", "Throttling", "Rate exceeded")
    with pytest.raises(TryAgainLater):
        group.end("i-1")


def test_r2_a_worker_that_took_a_job_since_the_look_is_spared(
    look, limits, instances, fake_fleet, fake_ledger, fake_news
):
    fleet = fake_fleet(look(instances=instances(idle=2)), takes_jobs=frozenset({"i-idle-0"}))
    done = scale(fleet, fake_ledger(), fake_news(), limits(idle_before_scale_in_s=0), NOW)
    assert (done.drained, done.spared) == (("i-idle-1",), ("i-idle-0",))


def test_r2_the_mark_comes_before_the_end(deployed):
    (instance,) = deployed.launch(1)
    deployed.register(instance, state=WorkerState.BUSY)
    assert not deployed.fleet.drain(instance)
    assert deployed.desired() == 1, "a busy worker's instance is never ended"


def test_r3_an_idle_flag_of_a_silent_worker_is_neither_capacity_nor_drained(look, limits, instances):
    silent = tuple(replace(one, silent_s=31) for one in instances(idle=2))
    decision = decide(look(instances=silent), limits(idle_before_scale_in_s=0))
    assert decision.drain == ()
    assert set(decision.replace) == {"i-idle-0", "i-idle-1"}


def test_r4_booting_counts_as_coming_and_draining_as_none(look, limits, instances):
    booting = decide(
        look(queued=3, instances=instances(launched=1, online=1, registered=1, since=9_990.0)), limits()
    )
    draining = decide(look(queued=3, instances=instances(draining=3)), limits())
    assert booting.raise_to is None
    assert draining.replace, "draining ones are not counted, so their places are needed again"


@pytest.mark.parametrize(
    ("stage", "deadline_s"), [("launched", 540), ("online", 300), ("registered", 60)], ids=str
)
def test_r4_a_boot_past_its_stage_deadline_is_replaced(look, limits, instances, stage, deadline_s):
    late, fine = (
        instances(**{stage: 1}, since=NOW - deadline_s - 1),
        instances(**{stage: 1}, since=NOW - deadline_s + 1),
    )
    assert decide(look(queued=1, instances=late), limits()).replace == (late[0].id,)
    assert decide(look(queued=1, instances=fine), limits()).replace == ()


@pytest.mark.parametrize("stack", ["local", "dev", "prod"])
def test_r5_nobody_but_the_scaler_ends_an_instance_to_even_out_zones_or_sizes(program, stack):
    groups = [one.inputs for one in program(stack).of("aws:autoscaling/group:Group")]
    assert groups
    for group in groups:
        assert "AZRebalance" in group["suspendedProcesses"]
        assert not group.get("capacityRebalance")
        assert group["protectFromScaleIn"]
        assert "desiredCapacity" not in group, "desired has one owner"


def test_r6_draining_instances_are_replaced_before_any_is_launched_beside_them(look, limits, instances):
    decision = decide(look(queued=4, instances=instances(draining=2)), limits())
    assert decision.replace == ("i-draining-0", "i-draining-1")
    assert decision.raise_to == 4
    assert decision.drain == ()


def test_r6_the_replacement_of_a_draining_instance_leaves_desired_alone(
    look, limits, instances, fake_fleet, fake_ledger, fake_news
):
    fleet = fake_fleet(look(queued=1, instances=instances(draining=1)))
    scale(fleet, fake_ledger(), fake_news(), limits(maximum=1), NOW)
    assert fleet.orders == [("replace", "i-draining-0", 30)]


def test_a_mix_that_is_refused_keeps_no_capacity_back_and_is_not_hushed_up(
    look, limits, fake_fleet, fake_ledger, fake_news
):
    class Refusing(type(fake_fleet(look()))):
        def mix(self, spot_share: float) -> None:
            raise RefusedError(spot_share)

    fleet = Refusing(replace(look(queued=2), spot_share=0.5))
    done = scale(fleet, fake_ledger(), fake_news(), limits(), NOW)
    assert fleet.orders == [("raise", 2)]
    with pytest.raises(ExceptionGroup) as raised:
        done.check()
    assert raised.group_contains(RefusedError)


def test_r6_an_interrupted_instance_is_neither_replaced_nor_drained(look, limits, instances):
    taken = tuple(replace(one, interrupted=True) for one in instances(draining=1))
    decision = decide(look(queued=1, instances=taken), limits())
    assert decision.replace == decision.drain == ()


def test_r7_the_capacity_breaker_opens_probes_and_closes(look, limits, instances):
    waiting = Memory(unfulfilled_since=NOW - 200, members=2)
    stuck = look(queued=9, desired=6, instances=instances(busy=2), memory=waiting)
    opened = decide(stuck, limits(unfulfilled_s=180, breaker_open_s=300))
    assert opened.memory.capacity.circuit is Circuit.OPEN
    assert opened.raise_to is None
    assert opened.code is WaitReason.CAPACITY_BREAKER_OPEN
    arrived = instances(busy=2, online=4, since=NOW + 310)
    closed = decide(look(queued=9, instances=arrived, memory=opened.memory, taken_at=NOW + 310), limits())
    assert closed.memory.capacity.circuit is Circuit.CLOSED
    assert closed.raise_to is not None


def test_r7_a_cooled_breaker_lets_one_probe_through(look, limits, instances):
    memory = Memory(capacity=Breaker(circuit=Circuit.OPEN, since=NOW - 301, cause="no capacity"), members=2)
    decision = decide(look(queued=9, instances=instances(busy=2), memory=memory), limits())
    assert decision.raise_to == 3


@pytest.mark.parametrize("error", [LaunchError.QUOTA, LaunchError.CONFIGURATION])
def test_r7_errors_that_waiting_does_not_cure_open_the_breaker_at_once(look, limits, error):
    decision = decide(look(queued=9, desired=2, launch_errors=(error,)), limits())
    assert decision.memory.capacity.circuit is Circuit.OPEN
    assert error.value in decision.memory.capacity.cause


def test_r8_mass_sickness_opens_the_fleet_breaker_after_the_windows_limit(look, limits, instances):
    silent = tuple(replace(one, silent_s=99) for one in instances(busy=30))
    decision = decide(look(instances=silent), limits(replacements=5))
    assert len(decision.replace) == 5
    assert decision.memory.fleet.circuit is Circuit.OPEN
    again = decide(look(instances=silent, memory=decision.memory, taken_at=NOW + 10), limits(replacements=5))
    assert again.replace == ()


def test_r8_after_cooling_one_replacement_at_a_time_probes(look, limits, instances):
    memory = Memory(fleet=Breaker(circuit=Circuit.OPEN, since=NOW - 301, cause="boots"))
    silent = tuple(replace(one, silent_s=99) for one in instances(idle=4))
    probing = decide(look(instances=silent, memory=memory), limits())
    assert len(probing.replace) == 1
    healthy = decide(look(instances=instances(idle=4), memory=memory), limits())
    assert healthy.memory.fleet.circuit is Circuit.CLOSED


def test_r9_the_state_survives_the_function(deployed, limits, fake_news):
    scale(deployed.fleet, deployed.store(), fake_news(), limits(minimum=2), NOW)
    assert deployed.store().read().memory.last_out == NOW


def test_r9_a_stale_copy_does_nothing(deployed, limits, fake_news):
    first, second = deployed.store(), deployed.store()
    scale(deployed.fleet, first, fake_news(), limits(), NOW)
    scale(deployed.fleet, second, fake_news(), limits(), NOW + 1)
    with pytest.raises(StaleCopyError):
        scale(deployed.fleet, first, fake_news(), limits(minimum=5), NOW + 2)
    assert deployed.desired() == 0


def test_r9_a_state_that_this_code_cannot_read_begins_anew_and_is_told(deployed, limits, fake_news, table):
    scale(deployed.fleet, deployed.store(), fake_news("7..9"), limits(minimum=2), NOW)
    item = table.get(keys.scaler("cpu"))
    table.put(Put(item={**item, "history": '{"of_another_version":1}'}, condition=PRESENT))
    state = deployed.store().read()
    assert state.history == History()
    assert (state.memory.last_out, state.batches) == (NOW, ("7..9",)), "what can be read is kept"
    assert state.lost == ("history: History.of_another_version is unknown",)
    scale(deployed.fleet, deployed.store(), fake_news(), limits(minimum=3), NOW + 60)
    assert (deployed.desired(), deployed.store().read().lost) == (3, ())


@pytest.mark.parametrize("order", [("a", "a"), ("a", "b", "a"), ("a", "b", "", "c", "b", "a")], ids=str)
def test_r9_news_that_are_delivered_again_are_learned_once(
    look, limits, fake_fleet, deployed, fake_news, order
):
    """Each shard of the stream tries its own batch again, whatever came from another one meanwhile."""

    class Keeping(fake_fleet):
        def look(self, state: State, now: float) -> Snapshot:
            return replace(super().look(state, now), history=state.history)

    for batch in order:
        news = fake_news(batch, News(arrived=(NOW - 9,) * 5 if batch else ()))
        scale(Keeping(look()), deployed.store(), news, limits(), NOW)
    assert sum(one.jobs for one in deployed.store().read().history.arrived) == 5 * len(set(order) - {""})


def test_r9_blind_it_adds_and_never_takes_away(look, limits, instances):
    silent = tuple(replace(one, silent_s=99) for one in instances(idle=3))
    memory = Memory(peaks=((0.0, 0),))
    seen = look(
        instances=(*silent, *instances(idle=3, draining=1)), memory=memory, blind="the workers' records"
    )
    decision = decide(seen, limits(idle_before_scale_in_s=0))
    assert decision.drain == decision.replace == ()
    assert decide(replace(seen, queued=20), limits()).raise_to is not None


def test_r10_a_blind_pass_acts_and_then_fails(look, limits, fake_fleet, fake_ledger, fake_news):
    fleet = fake_fleet(look(queued=3, blind="the workers' records are unreachable"))
    done = scale(fleet, fake_ledger(), fake_news(), limits(), NOW)
    assert fleet.orders == [("raise", 3)]
    with pytest.raises(ExceptionGroup) as raised:
        done.check()
    assert raised.group_contains(BlindLookError, match="workers' records")


@pytest.mark.parametrize(
    ("trouble", "given"),
    [(TryAgainLater("Rate exceeded"), ["i-idle-0"]), (RefusedError(), ["i-idle-0", "i-idle-1", "i-idle-2"])],
    ids=["throttling ends the row until the next look", "any other trouble concerns one instance"],
)
def test_r10_an_order_that_fails_keeps_no_other_back_and_fails_the_pass(
    look, limits, instances, fake_fleet, fake_ledger, fake_news, trouble, given
):
    class Failing(fake_fleet):
        def replace(self, instance: str, **_: float) -> bool:
            raise trouble

        def drain(self, instance: str) -> bool:
            self.orders.append(("drain", instance))
            raise trouble

    silent = tuple(replace(one, silent_s=99) for one in instances(busy=1))
    fleet = Failing(look(instances=(*silent, *instances(idle=3))))
    done = scale(fleet, fake_ledger(), fake_news(), limits(idle_before_scale_in_s=0), NOW)
    assert [name for _, name in fleet.orders] == given
    assert done.drained == done.spared == ()
    with pytest.raises(ExceptionGroup) as raised:
        done.check()
    assert len(raised.value.exceptions) == 1 + len(given), "the replacement, and each drain that was tried"


def test_r11_zero_seconds_means_now_and_never_is_another_word(look, limits, instances):
    seen = look(instances=instances(idle=2), memory=Memory(peaks=((0.0, 0),)))
    assert len(decide(seen, limits(idle_before_scale_in_s=0)).drain) == 2
    assert decide(seen, limits(idle_before_scale_in_s="never")).drain == ()
    with pytest.raises(ValueError, match="spend_ceiling is 0"):
        limits(spend_ceiling=0)


def test_r15_every_reason_is_one_the_api_can_tell(look, limits, instances):
    broken = Breaker(circuit=Circuit.OPEN, since=NOW, cause="")
    cases = {
        WaitReason.INSTANCE_BOOTING: (look(queued=1), limits()),
        WaitReason.LAUNCHES_FAIL: (look(queued=1, boot_failure="engine: no license"), limits()),
        WaitReason.FLEET_AT_MAXIMUM: (look(queued=9, instances=instances(busy=2)), limits(maximum=2)),
        WaitReason.SPEND_CEILING: (look(queued=9, instances=instances(busy=1)), limits(spend_ceiling=0.41)),
        WaitReason.CAPACITY_BREAKER_OPEN: (
            look(queued=9, instances=instances(busy=1), memory=Memory(capacity=broken, members=1)),
            limits(),
        ),
        WaitReason.FLEET_BREAKER_OPEN: (
            look(queued=9, instances=instances(busy=1), memory=Memory(fleet=broken)),
            limits(),
        ),
        WaitReason.NO_CAPACITY: (look(queued=9, desired=1, launch_errors=(LaunchError.CAPACITY,)), limits()),
        WaitReason.QUOTA_REACHED: (look(queued=9, desired=1, launch_errors=(LaunchError.QUOTA,)), limits()),
        WaitReason.LAUNCH_REFUSED: (
            look(queued=9, desired=1, launch_errors=(LaunchError.QUOTA, LaunchError.CONFIGURATION)),
            limits(),
        ),
        WaitReason.STARTING: (look(), limits()),
        WaitReason.WORKER_AVAILABLE: (look(queued=1, instances=instances(idle=1)), limits()),
    }
    assert {code: decide(*case).code for code, case in cases.items()} == {code: code for code in cases}
    silent = {WaitReason.SCALER_SILENT}  # told by the job server when the scaler says nothing
    assert set(cases) | silent == set(WaitReason) == set(WAIT_TEXTS), "no code that nobody gives, none untold"


def test_r15_the_reason_of_a_decision_has_the_words_of_a_failed_boot(look, limits):
    decision = decide(look(queued=1, boot_failure="engine: no license"), limits())
    assert "; the last boot failed: engine: no license" in decision.reason


def test_r15_throttled_launches_are_on_their_way(look, limits):
    decision = decide(look(queued=9, desired=1, launch_errors=(LaunchError.THROTTLED,)), limits())
    assert decision.code is WaitReason.INSTANCE_BOOTING


def test_the_spending_ceiling_holds_while_spot_is_out_of_stock(look, limits):
    """1 on-demand and 5 at a fifth on-demand cost 1.44; without spot the same money pays for three."""
    priced = limits(
        on_demand_base=1, spot_share=0.8, on_demand_price=0.4, spot_price=0.16, spend_ceiling=1.45
    )
    assert decide(look(queued=9), priced).raise_to == 6
    none_left = decide(look(queued=9, launch_errors=(LaunchError.SPOT_CAPACITY,)), priced)
    assert (none_left.spot_share, none_left.raise_to) == (0.0, 3)
    assert none_left.desired * 0.4 <= 1.45


def test_a_ceiling_that_does_not_pay_for_the_minimum_is_refused(limits):
    with pytest.raises(ValueError, match=r"must pay for the minimum: 4 instances of 0.4 an hour"):
        limits(minimum=4, spend_ceiling=1.5)
    assert limits(minimum=4, spend_ceiling=1.6)


def test_r18_a_look_costs_at_most_six_calls_at_a_hundred_thousand_jobs_and_a_thousand_instances(
    big_fleet, limits, fake_news
):
    fleet, store, calls = big_fleet(jobs=100_000, instances=1_000)
    scale(fleet, store, fake_news(), limits(maximum=1_000, idle_before_scale_in_s="never"), NOW)
    reads = Counter({name: count for name, count in calls.items() if name != "PutItem"})
    assert sum(reads.values()) <= 6, reads
    calls.clear()
    scale(fleet, store, fake_news(), limits(maximum=1_000, idle_before_scale_in_s="never"), NOW + 10)
    assert sum(calls.values()) <= 6, f"with its own record: {calls}"


def test_r18_throttling_is_retried_with_jitter():
    retries = PATIENT.retries
    attempts = retries.get("total_max_attempts") or retries["max_attempts"]
    assert retries["mode"] == "standard", "the mode that waits with full jitter"
    assert attempts >= 5


@pytest.mark.parametrize(
    "trouble",
    [
        TryAgainLater("query: ThrottlingException"),
        ClientError({"Error": {"Code": "AccessDeniedException", "Message": "not authorized"}}, "Query"),
        ValueError("attribute 'state' of item 'WORKER#i-1': expected a string, found nothing"),
    ],
    ids=["throttled for good", "refused", "a record that cannot be read"],
)
def test_r18_a_look_goes_on_without_the_part_that_is_out_of_reach(deployed, monkeypatch, trouble):
    def fail(_: object) -> None:
        raise trouble

    monkeypatch.setattr(deployed.table, "query", fail)
    deployed.sqs.send_message(QueueUrl=deployed.queue_url, MessageBody="one")
    snapshot = deployed.fleet.look(State(), NOW)
    assert snapshot.queued == 1
    assert snapshot.blind is not None
    for part in ("workers' records", "job store", str(trouble)):
        assert part in snapshot.blind


def test_r18_activities_that_are_out_of_reach_keep_no_launch_back(deployed, monkeypatch):
    def fail(_: object) -> None:
        raise TryAgainLater("describe the group's activities: Throttling")

    monkeypatch.setattr(deployed.fleet._group, "launch_errors", fail)
    monkeypatch.setattr(
        deployed.fleet._group, "describe", lambda: GroupView(desired=2, members=(), spot_share=None)
    )
    waiting = State(cached=True, memory=Memory(unfulfilled_since=NOW - 60))
    snapshot = deployed.fleet.look(waiting, NOW)
    assert "activities" in (snapshot.blind or "")
