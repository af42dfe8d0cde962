"""What the provider does for every type, with a type that lives in a dictionary."""

from dataclasses import dataclass, field

import pytest

from local.provider.naming import Naming
from local.provider.operations import Found, ResourceOperations, UnknownTypeError, Urn
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
def operations(world):
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
    return ResourceOperations(aws=world, default_tags={"Owner": "me"}, types={THING.token: thing})


def checked(operations, new, old=None, seed=b"seed"):
    return operations.check(THING, old or {}, new, Naming(seed=seed))


def made(operations, **inputs):
    given = checked(operations, {"size": "s", **inputs}).inputs
    identity, outputs = operations.create(THING, given, preview=False)
    return Found(id=identity, outputs=outputs, inputs=given)


def test_a_urn_gives_type_and_name():
    text = "urn:pulumi:local::clip-it::clip-it:network:Network$aws:ec2/vpc:Vpc::a::b"

    assert Urn.parse(text) == Urn(token="aws:ec2/vpc:Vpc", name="a::b")


def test_a_type_without_an_entry_is_an_error_that_says_where_to_add_one(operations):
    with pytest.raises(UnknownTypeError, match=r"aws:x:Y.*local/provider/types"):
        operations.check(Urn(token="aws:x:Y", name="n"), {}, {}, Naming())


def test_check_fills_in_defaults_name_and_default_tags(operations):
    inputs = checked(operations, {"size": "s", "tags": {"a": "1"}}).inputs

    assert inputs["color"] == "blue"
    assert inputs["tags"] == {"Owner": "me", "a": "1"}
    assert str(inputs["name"]).startswith("logical-")
    assert len(str(inputs["name"])) == len("logical-1234567")


def test_an_invented_name_stays_through_updates_and_changes_with_a_replacement(operations):
    first = checked(operations, {"size": "s"}).inputs
    second = checked(operations, {"size": "m"}, old=first, seed=b"other").inputs
    replaced = checked(operations, {"size": "m"}, seed=b"other").inputs

    assert second["name"] == first["name"]
    assert replaced["name"] != first["name"]


def test_the_naming_rules_of_a_stack_are_obeyed(operations):
    proposed = operations.check(THING, {}, {"size": "s"}, Naming(proposed="mine"))
    forbidden = operations.check(THING, {}, {"size": "s"}, Naming(forbidden=True))

    assert proposed.inputs["name"] == "mine"
    assert [failure.property for failure in forbidden.failures] == ["name"]


def test_a_name_that_is_too_long_is_refused_with_its_limit(operations):
    failures = checked(operations, {"size": "s", "name": "n" * 21}).failures

    assert "21 characters, at most 20" in failures[0].reason


def test_a_check_waits_for_what_is_not_known_yet(operations):
    assert checked(operations, {"size": UNKNOWN}).failures == []
    assert checked(operations, {"size": "long!"}).failures != []
    assert [one.reason for one in checked(operations, {"size": ["s"]}).failures] == [
        "must be a text, not list"
    ]


def test_a_file_that_does_not_exist_is_refused(operations):
    failures = checked(operations, {"size": "s", "content": {"inner": Asset(path="no/such/file")}}).failures

    assert [(one.property, one.reason) for one in failures] == [
        ("content", "there is no file or folder 'no/such/file'")
    ]


def test_secrets_reach_the_type_as_plain_values_and_stay_secret_in_the_state(operations, world):
    found = made(operations, note=Secret("hidden"), password="generated")

    assert world.things[found.id]["note"] == "hidden"
    assert found.outputs["note"] == Secret("hidden")
    assert found.outputs["password"] == Secret("generated")


def test_outputs_are_what_was_created_and_what_can_be_read(operations):
    found = made(operations)

    assert found.outputs["onlyOnce"] == "shown"
    assert found.outputs["arn"] == "arn:id-0"
    assert found.outputs["region"] == "eu-central-1"
    assert found.outputs["tagsAll"] == {"Owner": "me"}


def test_a_preview_creates_nothing_and_knows_the_inputs_alone(operations, world):
    identity, outputs = operations.create(THING, {"size": "s"}, preview=True)

    assert (identity, world.things) == ("", {})
    assert "arn" not in outputs


def test_a_change_is_found_and_replaces_where_it_must(operations):
    old = {"size": "s", "name": "a", "zone": "x"}

    assert operations.diff(THING, old, {**old, "size": "m"}).replaces == frozenset()
    assert operations.diff(THING, old, dict(old)).keys == frozenset()
    assert operations.diff(THING, old, {**old, "zone": "y"}).delete_first
    assert not operations.diff(THING, old, {**old, "zone": "y", "name": "b"}).delete_first


def test_drift_shows_in_outputs_and_inputs(operations, world):
    before = made(operations, tags={"a": "1"}, note=Secret("hidden"))
    world.things[before.id] |= {"color": "red", "tags": {"a": "2"}, "note": "changed", "extra": 1}
    found = operations.read(THING, before.id, before.outputs, before.inputs)

    assert found.inputs["color"] == "red"
    assert found.inputs["note"] == Secret("changed")
    assert found.outputs["tagsAll"] == {"a": "2"}
    assert found.outputs["extra"] == 1
    assert "extra" not in found.inputs


def test_what_did_not_change_is_no_drift(operations):
    before = made(operations)
    found = operations.read(THING, before.id, before.outputs, before.inputs)

    assert (found.inputs, found.outputs) == (before.inputs, before.outputs)


def test_a_resource_that_is_gone_has_no_id(operations):
    assert operations.read(THING, "id-9", {"a": 1}, {}).id == ""


def test_an_import_takes_everything_that_can_be_seen(operations):
    before = made(operations)
    found = operations.read(THING, before.id, {}, {})

    assert plain(found.inputs)["size"] == "s"


def test_an_update_changes_and_a_previewed_one_only_says_what_it_cannot_know(operations, world):
    before = made(operations, version=1)
    new = {**before.inputs, "size": "m"}
    previewed = operations.update(THING, before, new, preview=True)

    assert previewed["version"] is UNKNOWN
    assert previewed["arn"] == "arn:id-0"
    assert world.things[before.id]["size"] == "s"
    assert operations.update(THING, before, new, preview=False)["size"] == "m"
    assert world.things[before.id]["size"] == "m"


def test_deleting_what_is_gone_is_no_error(operations, world):
    before = made(operations)
    operations.delete(THING, before.id, before.outputs)
    operations.delete(THING, before.id, before.outputs)

    assert world.things == {}
