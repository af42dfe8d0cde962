"""What the provider does for every type, with a type that lives in a dictionary."""

from dataclasses import dataclass, field

import pytest

from local.provider.naming import Naming
from local.provider.operations import Found, Lifecycle, UnknownTypeError, Urn
from local.provider.types.aws import GoneError
from local.provider.types.checks import length, required
from local.provider.types.resource import Created, ResourceType
from local.provider.values import UNKNOWN, Asset, Secret, plain

THING = Urn(token="test:index:Thing", name="logical")


@dataclass
class World:
    """An AWS of dictionaries: it upper-cases nothing, but it adds and forgets as the real one does."""

    region: str = "eu-central-1"
    account: str = "123456789012"
    things: dict = field(default_factory=dict)

    def create(self, _aws, new):
        identity = f"id-{len(self.things)}"
        self.things[identity] = {**new}
        return Created(id=identity, outputs={"onlyOnce": "shown"})

    def read(self, _aws, it):
        if it.id not in self.things:
            return None
        return {**self.things[it.id], "arn": f"arn:{it.id}"}

    def update(self, _aws, it, change):
        self.things[it.id] = {**change.inputs}

    def delete(self, _aws, it):
        if it.id not in self.things:
            raise GoneError("test:delete", "NotFound", it.id)
        del self.things[it.id]


@pytest.fixture
def world():
    return World()


@pytest.fixture
def lifecycle(world):
    thing = ResourceType(
        create=world.create,
        read=world.read,
        update=world.update,
        delete=world.delete,
        replace_on=frozenset({"name", "zone"}),
        checks=(required("size"), length("size", 1, 3)),
        autoname="name",
        name_limit=20,
        defaults={"color": "blue"},
        changing=frozenset({"version"}),
        secret=frozenset({"password"}),
    )
    return Lifecycle(aws=world, default_tags={"Owner": "me"}, types={THING.token: thing})


def checked(lifecycle, new, old=None, seed=b"seed"):
    return lifecycle.check(THING, old or {}, new, Naming(seed=seed))


def made(lifecycle, **inputs):
    given = checked(lifecycle, {"size": "s", **inputs}).inputs
    identity, outputs = lifecycle.create(THING, given, preview=False)
    return Found(id=identity, outputs=outputs, inputs=given)


def test_a_urn_gives_type_and_name():
    text = "urn:pulumi:local::clip-it::clip-it:network:Network$aws:ec2/vpc:Vpc::a::b"

    assert Urn.parse(text) == Urn(token="aws:ec2/vpc:Vpc", name="a::b")


def test_a_type_without_an_entry_is_an_error_that_says_where_to_add_one(lifecycle):
    with pytest.raises(UnknownTypeError, match=r"aws:x:Y.*local/provider/types"):
        lifecycle.check(Urn(token="aws:x:Y", name="n"), {}, {}, Naming())


def test_check_fills_in_defaults_name_and_default_tags(lifecycle):
    inputs = checked(lifecycle, {"size": "s", "tags": {"a": "1"}}).inputs

    assert inputs["color"] == "blue"
    assert inputs["tags"] == {"Owner": "me", "a": "1"}
    assert str(inputs["name"]).startswith("logical-")
    assert len(str(inputs["name"])) == len("logical-1234567")


def test_an_invented_name_stays_through_updates_and_changes_with_a_replacement(lifecycle):
    first = checked(lifecycle, {"size": "s"}).inputs
    second = checked(lifecycle, {"size": "m"}, old=first, seed=b"other").inputs
    replaced = checked(lifecycle, {"size": "m"}, seed=b"other").inputs

    assert second["name"] == first["name"]
    assert replaced["name"] != first["name"]


def test_the_naming_rules_of_a_stack_are_obeyed(lifecycle):
    proposed = lifecycle.check(THING, {}, {"size": "s"}, Naming(proposed="mine"))
    forbidden = lifecycle.check(THING, {}, {"size": "s"}, Naming(forbidden=True))

    assert proposed.inputs["name"] == "mine"
    assert [failure.property for failure in forbidden.failures] == ["name"]


def test_a_name_that_is_too_long_is_refused_with_its_limit(lifecycle):
    failures = checked(lifecycle, {"size": "s", "name": "n" * 21}).failures

    assert "21 characters, at most 20" in failures[0].reason


def test_a_check_waits_for_what_is_not_known_yet(lifecycle):
    assert checked(lifecycle, {"size": UNKNOWN}).failures == []
    assert checked(lifecycle, {"size": "long!"}).failures != []
    assert [one.reason for one in checked(lifecycle, {"size": ["s"]}).failures] == [
        "must be a text, not list"
    ]


def test_a_file_that_does_not_exist_is_refused(lifecycle):
    failures = checked(lifecycle, {"size": "s", "content": {"inner": Asset(path="no/such/file")}}).failures

    assert [(one.property, one.reason) for one in failures] == [
        ("content", "there is no file or folder 'no/such/file'")
    ]


def test_secrets_reach_the_type_as_plain_values_and_stay_secret_in_the_state(lifecycle, world):
    found = made(lifecycle, note=Secret("hidden"), password="generated")

    assert world.things[found.id]["note"] == "hidden"
    assert found.outputs["note"] == Secret("hidden")
    assert found.outputs["password"] == Secret("generated")


def test_outputs_are_what_was_created_and_what_can_be_read(lifecycle):
    found = made(lifecycle)

    assert found.outputs["onlyOnce"] == "shown"
    assert found.outputs["arn"] == "arn:id-0"
    assert found.outputs["region"] == "eu-central-1"
    assert found.outputs["tagsAll"] == {"Owner": "me"}


def test_a_preview_creates_nothing_and_knows_the_inputs_alone(lifecycle, world):
    identity, outputs = lifecycle.create(THING, {"size": "s"}, preview=True)

    assert (identity, world.things) == ("", {})
    assert "arn" not in outputs


def test_a_change_is_found_and_replaces_where_it_must(lifecycle):
    old = {"size": "s", "name": "a", "zone": "x"}

    assert lifecycle.diff(THING, old, {**old, "size": "m"}).replaces == frozenset()
    assert lifecycle.diff(THING, old, dict(old)).keys == frozenset()
    assert lifecycle.diff(THING, old, {**old, "zone": "y"}).delete_first
    assert not lifecycle.diff(THING, old, {**old, "zone": "y", "name": "b"}).delete_first


def test_drift_shows_in_outputs_and_inputs(lifecycle, world):
    before = made(lifecycle, tags={"a": "1"}, note=Secret("hidden"))
    world.things[before.id] |= {"color": "red", "tags": {"a": "2"}, "note": "changed", "extra": 1}
    found = lifecycle.read(THING, before.id, before.outputs, before.inputs)

    assert found.inputs["color"] == "red"
    assert found.inputs["note"] == Secret("changed")
    assert found.outputs["tagsAll"] == {"a": "2"}
    assert found.outputs["extra"] == 1
    assert "extra" not in found.inputs


def test_what_did_not_change_is_no_drift(lifecycle):
    before = made(lifecycle)
    found = lifecycle.read(THING, before.id, before.outputs, before.inputs)

    assert (found.inputs, found.outputs) == (before.inputs, before.outputs)


def test_a_resource_that_is_gone_has_no_id(lifecycle):
    assert lifecycle.read(THING, "id-9", {"a": 1}, {}).id == ""


def test_an_import_takes_everything_that_can_be_seen(lifecycle):
    before = made(lifecycle)
    found = lifecycle.read(THING, before.id, {}, {})

    assert plain(found.inputs)["size"] == "s"


def test_an_update_changes_and_a_previewed_one_only_says_what_it_cannot_know(lifecycle, world):
    before = made(lifecycle, version=1)
    new = {**before.inputs, "size": "m"}
    previewed = lifecycle.update(THING, before, new, preview=True)

    assert previewed["version"] is UNKNOWN
    assert previewed["arn"] == "arn:id-0"
    assert world.things[before.id]["size"] == "s"
    assert lifecycle.update(THING, before, new, preview=False)["size"] == "m"
    assert world.things[before.id]["size"] == "m"


def test_deleting_what_is_gone_is_no_error(lifecycle, world):
    before = made(lifecycle)
    lifecycle.delete(THING, before.id, before.outputs)
    lifecycle.delete(THING, before.id, before.outputs)

    assert world.things == {}
