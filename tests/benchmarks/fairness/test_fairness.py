"""One tenant attacks and another hardly notices: simulated rows here, those over HTTP in `make test-long`."""

import json
from pathlib import Path

import pytest
import yaml

from benchmarks.fairness import __main__ as bench
from benchmarks.fairness import renders, served, submissions, webhooks
from benchmarks.fairness.rows import MOST, as_text, row
from components import notifier
from components.parts.job_server import firewall
from handlers.jobs.messages.render_queue import Dispatcher, RenderMessage


def test_another_tenants_renders_are_as_fast_while_one_holds_engines_for_an_hour() -> None:
    quiet = renders.measure(None)
    attacked = renders.measure(renders.FLOODS[-1])
    assert row("render", "x", quiet, attacked).is_fair
    assert max(attacked) < 3 * max(quiet)


def test_without_a_share_of_the_fleet_they_would_not_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """The benchmark can fail."""
    monkeypatch.setattr(renders, "TENANT_MAXIMUM", renders.MAXIMUM)
    assert row("render", "x", renders.measure(None), renders.measure(renders.FLOODS[-1])).factor > 10


@pytest.mark.parametrize("attack", webhooks.ATTACKS, ids=lambda one: one.name)
def test_another_tenants_webhooks_are_as_fast_while_receivers_hang(attack: webhooks.Receivers) -> None:
    quiet, attacked = webhooks.measure(None, seconds=300), webhooks.measure(attack, seconds=300)
    assert row("webhook", attack.name, quiet, attacked).is_fair


def test_without_that_memory_they_would_not_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks.SlowReceivers, "has", lambda *_: False)
    attacked = webhooks.measure(webhooks.ATTACKS[0], seconds=300)
    assert row("webhook", "x", webhooks.measure(None, seconds=300), attacked).factor > MOST


def test_the_benchmark_has_the_numbers_of_the_program() -> None:
    prod = yaml.safe_load((Path(__file__).parents[3] / "Pulumi.prod.yaml").read_text())["config"]
    cpu = prod["clip-it:fleets"]["cpu"]
    assert (cpu["maximum"], cpu["tenant_maximum"]) == (renders.MAXIMUM, renders.TENANT_MAXIMUM)
    assert prod["clip-it:renders"]["tenant_queued_limit"] == served.TENANT_QUEUED_LIMIT
    assert webhooks.AT_A_TIME == notifier.MOST_DELIVERIES
    assert submissions.FIREWALL_LIMIT == firewall.RATE_LIMIT


def test_the_queue_is_told_whose_message_it_is() -> None:
    """The fair queue of the benchmark goes by this."""
    sent: list[dict[str, object]] = []

    class Queue:
        def send_message(self, **message: object) -> dict[str, str]:
            sent.append(message)
            return {"MessageId": "m"}

    message = RenderMessage(job_id="r_1", attempt=1)
    Dispatcher(Queue()).send("queue", message, tenant="acme")  # type: ignore[arg-type]
    assert sent[0]["MessageGroupId"] == "acme"


def test_it_prints_a_table_or_json_and_says_by_its_code_whether_all_is_fair(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fair, unfair = row("x", "a", [1.0], [1.9]), row("x", "b", [0.1], [0.3])
    monkeypatch.setattr(bench, "rows", lambda _: iter([fair]))
    assert bench.main([]) == 0
    assert "1.90 \n" in capsys.readouterr().out
    monkeypatch.setattr(bench, "rows", lambda _: iter([fair, unfair]))
    assert bench.main(["--json"]) == 1
    assert [one["fair"] for one in json.loads(capsys.readouterr().out)] == [True, False]
    assert as_text([unfair]).endswith("3.00!")


@pytest.mark.long
@pytest.mark.timeout(120)
def test_another_tenants_submissions_are_as_fast_while_bodies_drip() -> None:
    quiet = submissions.measure(None, seconds=2)
    attacked = submissions.measure(None, seconds=2, slow=True)
    assert row("submission", submissions.SLOW, quiet, attacked).factor < 4
