"""`clipit batch` against an API of a few lines."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from cli.batch import command
from cli.exits import Exit
from tests.cli.renders.test_command import Api, api, clipit  # noqa: F401 - fixtures
from tests.clients.python.clipit_client.documents import BATCH

ACCEPTED = {"id": "b_1", "renders": ["r_1", "r_2"], "links": BATCH["links"]}
ENDED = {**BATCH, "ended": True, "renders": {**BATCH["renders"], "queued": 0, "failed": 1}}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "batch.json"
    path.write_text('{"shared": {"fleet": "gpu"}, "items": [{"template": "t"}, {}]}')
    return path


def test_a_file_is_posted_under_its_key_and_the_id_is_printed(
    api: Api,  # noqa: F811
    clipit: Callable[..., Result],  # noqa: F811
    file: Path,
) -> None:
    api.answers["POST /v1/batches"] = (202, ACCEPTED)
    result = clipit("batch", "submit", file, "--idempotency-key", "monday")
    assert (result.exit_code, result.stdout.strip()) == (Exit.OK, "b_1")
    _, headers, body = api.asked[0]
    assert (headers["Idempotency-Key"], body) == ("monday", json.loads(file.read_text()))
    assert json.loads(clipit("batch", "submit", file, "--json").stdout) == ACCEPTED


def test_a_batch_is_followed_until_all_have_ended(
    api: Api,  # noqa: F811
    clipit: Callable[..., Result],  # noqa: F811
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(command, "_ASK_S", 0.0)
    api.answers["POST /v1/batches"] = (202, ACCEPTED)
    going_on = {**BATCH, "poll_after_s": 0}
    api.answers["GET /v1/batches/b_1"] = [(200, going_on), (200, going_on), (200, ENDED)]
    result = clipit("batch", "submit", file, "--watch")
    assert result.exit_code == Exit.FAILED, "one of them failed"
    assert result.stdout.splitlines() == [
        "b_1",
        "b_1: 1 queued, 1 succeeded",
        "b_1: 1 succeeded, 1 failed",
    ]
    api.answers["GET /v1/batches/b_1"] = (200, BATCH)
    late = clipit("batch", "watch", "b_1", "--timeout", "1")
    assert (late.exit_code, "still has 1 renders to come" in late.stderr) == (Exit.TOO_LATE, True)
    assert clipit("batch", "get", "b_1").stdout.strip() == "b_1: 1 queued, 1 succeeded"


@pytest.mark.parametrize("text", ["[]", "{}", '{"items": [1]}', '{"items": [], "more": 1}', "nonsense"])
def test_what_is_no_batch_is_not_sent(
    api: Api,  # noqa: F811
    clipit: Callable[..., Result],  # noqa: F811
    file: Path,
    text: str,
) -> None:
    file.write_text(text)
    assert clipit("batch", "submit", file).exit_code == Exit.USAGE
    assert api.asked == []
