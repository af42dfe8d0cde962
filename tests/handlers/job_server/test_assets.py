"""A customer deletes a file: what it is answered, and who else is touched."""

import pytest

from handlers.jobs.errors import TryAgainLater
from handlers.jobs.ids import new_asset_id
from handlers.jobs.store import keys
from tests.handlers.conftest import START, Clock
from tests.handlers.job_server.conftest import INPUTS, Server
from tests.handlers.job_server.fakes import World


@pytest.fixture
def asset(server: Server) -> str:
    found = new_asset_id(START)
    server.s3.put_object(Bucket=INPUTS, Key=keys.asset_object("acme", found), Body=b"png")
    return found


def using(asset: str) -> dict[str, object]:
    scene = {"duration_s": 1, "image": {"asset": asset}}
    return {"composition": {"version": 1, "width": 64, "height": 64, "rate": 10, "scenes": [scene]}}


def erased(server: Server, asset: str) -> None:
    """As the sweeper does."""
    server.s3.delete_object(Bucket=INPUTS, Key=keys.asset_object("acme", asset))


def test_a_deleted_asset_is_on_record_and_unknown_to_submissions_when_its_file_is_gone(
    server: Server, asset: str, clock: Clock
) -> None:
    assert server.submit(using(asset)).status_code == 202
    assert server.http.delete(f"/v1/assets/{asset}").status_code == 204
    record = server.table.get(keys.asset_deletion("acme", asset))
    assert record
    assert (record["actor"], record["deleted_at"]) == ("api:acme", clock())
    assert record["expires_at"] == int(clock()) + 30 * 86_400
    erased(server, asset)
    refused = server.submit(using(asset))
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/composition/scenes/0/image/asset"


def test_deleting_again_is_the_same_before_and_after_the_file_is_gone(server: Server, asset: str) -> None:
    for _ in range(2):
        assert server.http.delete(f"/v1/assets/{asset}").status_code == 204
    erased(server, asset)
    assert server.http.delete(f"/v1/assets/{asset}").status_code == 204


def test_the_first_deletion_stays_on_record_once_the_file_is_gone(
    server: Server, asset: str, clock: Clock
) -> None:
    first = clock()
    server.http.delete(f"/v1/assets/{asset}")
    erased(server, asset)
    clock.forward(60)
    server.http.delete(f"/v1/assets/{asset}")
    record = server.table.get(keys.asset_deletion("acme", asset))
    assert record
    assert record["deleted_at"] == first


@pytest.mark.parametrize("name", ["a_01hf7yat00ctrvp23f3052bsev", "a_1", "r_" + "0" * 26, "..%2f..%2fx"])
def test_what_is_no_asset_is_not_found(server: Server, name: str) -> None:
    answer = server.http.delete(f"/v1/assets/{name}")
    assert answer.status_code == 404


def test_nobody_else_deletes_it_or_learns_of_it(server: Server, asset: str) -> None:
    assert server.as_other("DELETE", f"/v1/assets/{asset}").status_code == 404
    server.http.delete(f"/v1/assets/{asset}")
    answer = server.as_other("DELETE", f"/v1/assets/{asset}")
    assert (answer.status_code, answer.json()["detail"]) == (404, "You have no asset with this id.")
    assert server.table.get(keys.asset_deletion("zenith", asset)) is None


def test_the_log_names_who_deleted_which(
    server: Server, asset: str, capsys: pytest.CaptureFixture[str]
) -> None:
    server.http.delete(f"/v1/assets/{asset}")
    (line,) = [one for one in capsys.readouterr().out.splitlines() if '"DELETE"' in one]
    assert f'"asset": "{asset}"' in line
    assert '"tenant": "acme"' in line


def test_a_deletion_that_cannot_be_recorded_is_to_be_repeated(world: World) -> None:
    asset = new_asset_id(START)
    world.objects.stored[keys.asset_object("acme", asset)] = b"png"
    world.jobs.error = TryAgainLater("table")
    answer = world.http.delete(f"/v1/assets/{asset}")
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:clip-it:problem:unavailable")
    assert "Retry-After" in answer.headers
