"""The buckets expire after a day what the handlers store for test spaces, and nothing else."""

from components.job_store import OF_TEST_KEYS
from handlers.jobs.store import keys
from handlers.jobs.tenants.spaces import PREFIX, space_of


def test_the_buckets_expire_what_begins_as_the_objects_of_test_spaces_do() -> None:
    space = space_of("acme")
    names = {
        "inputs": (keys.asset_object(space, "a_1"), keys.composition_object(space, "r_1")),
        "outputs": (keys.video_object(space, "r_1", 1),),
    }
    for bucket, objects in names.items():
        assert [name.partition(PREFIX)[0] + PREFIX for name in objects] == [*OF_TEST_KEYS[bucket]]
