"""Metrics as they are sent: their outcome, their dimensions, and the line that carries them."""

from dataclasses import replace

import pytest

from handlers.jobs.model import Failure
from handlers.jobs.reasons import FailureCode
from handlers.jobs.states import JobState
from handlers.telemetry.embedded import embedded
from handlers.telemetry.metrics import BOOT, BOOTSTRAP, RENDERS_ENDED, Outcome, dimensions_of
from handlers.telemetry.outcomes import outcome_of
from tests.handlers.conftest import a_job

JOB = a_job(now=1_000.0)


@pytest.mark.parametrize("code", FailureCode)
def test_a_failure_counts_as_the_customers_own_or_as_ours(code: FailureCode) -> None:
    failed = replace(JOB, state=JobState.FAILED, failure=Failure(code=code, detail=""))
    own = {
        FailureCode.COMPOSITION_REFUSED,
        FailureCode.ASSET_MISSING,
        FailureCode.ASSET_REFUSED,
        FailureCode.ASSET_UNREACHABLE,
        FailureCode.ASSET_TOO_LARGE,
    }
    assert outcome_of(failed) is (Outcome.REFUSED if code in own else Outcome.FAILED)


def test_a_render_has_an_outcome_once_it_has_ended() -> None:
    found = {state: outcome_of(replace(JOB, state=state)) for state in JobState}
    assert found == {
        JobState.QUEUED: None,
        JobState.RENDERING: None,
        JobState.SUCCEEDED: Outcome.SUCCEEDED,
        JobState.FAILED: Outcome.FAILED,
        JobState.CANCELLED: Outcome.CANCELLED,
    }


def test_a_metric_is_sent_with_the_dimensions_of_the_catalogue_or_not_at_all() -> None:
    given = dimensions_of(RENDERS_ENDED, "dev", fleet="cpu", outcome="failed")
    assert given == {"service": "renders", "environment": "dev", "fleet": "cpu", "outcome": "failed"}
    with pytest.raises(ValueError, match="RendersEnded has the dimensions"):
        dimensions_of(RENDERS_ENDED, "dev", fleet="cpu", tenant="acme")


def test_a_line_carries_its_metrics_in_the_embedded_format() -> None:
    assert embedded({BOOTSTRAP: 61.23456, BOOT: 70.0}, at=1_700_000_000.5) == {
        "_aws": {
            "Timestamp": 1_700_000_000_500,
            "CloudWatchMetrics": [
                {
                    "Namespace": "ClipIt",
                    "Dimensions": [["service", "environment", "fleet"]],
                    "Metrics": [
                        {"Name": "BootstrapSeconds", "Unit": "Seconds"},
                        {"Name": "BootSeconds", "Unit": "Seconds"},
                    ],
                }
            ],
        },
        "service": "renders",
        "BootstrapSeconds": 61.235,
        "BootSeconds": 70.0,
    }
