"""What is remembered, for how long, and how much of it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from handlers.job_server.memory import KEY_SECONDS, Memory, RememberedKeys
from handlers.jobs.store.api_keys import KeyOwner


class Source:
    """Where values are looked up, and how often that was."""

    def __init__(self, **values: str) -> None:
        self.values, self.asked = values, [""][:0]

    def of(self, name: str) -> Callable[[], str | None]:
        return lambda: self.look_up(name)

    def look_up(self, name: str) -> str | None:
        self.asked.append(name)
        return self.values.get(name)


def test_a_value_is_looked_up_once_in_its_time() -> None:
    source, now = Source(a="1"), [0.0]
    memory: Memory[str, str] = Memory(30, clock=lambda: now[0])
    assert [memory.get("a", source.of("a")) for _ in range(3)] == ["1"] * 3
    now[0] = 29.9
    source.values["a"] = "2"
    assert (memory.get("a", source.of("a")), source.asked) == ("1", ["a"])
    now[0] = 30.0
    assert (memory.get("a", source.of("a")), source.asked) == ("2", ["a", "a"])


def test_that_there_is_none_is_looked_up_each_time() -> None:
    source = Source()
    memory: Memory[str, str] = Memory(30, clock=lambda: 0.0)
    assert [memory.get("a", source.of("a")) for _ in range(2)] == [None, None]
    source.values["a"] = "1"
    assert memory.get("a", source.of("a")) == "1"
    assert source.asked == ["a"] * 3


def test_a_value_that_is_gone_when_its_time_is_over_is_gone() -> None:
    source, now = Source(a="1"), [0.0]
    memory: Memory[str, str] = Memory(30, clock=lambda: now[0])
    memory.get("a", source.of("a"))
    source.values.clear()
    now[0] = 31.0
    assert memory.get("a", source.of("a")) is None


def test_of_too_many_values_the_ones_asked_for_last_stay() -> None:
    source = Source(a="1", b="2", c="3")
    memory: Memory[str, str] = Memory(30, most=2, clock=lambda: 0.0)
    for name in ("a", "b", "a", "c", "a", "b"):
        memory.get(name, source.of(name))
    assert source.asked == ["a", "b", "c", "b"]


def test_of_values_that_weigh_too_much_together_the_ones_asked_for_last_stay() -> None:
    source = Source(a="1", b="22", c="333", large="x" * 9)
    memory: Memory[str, str] = Memory(30, most=5, weigh=len, clock=lambda: 0.0)
    for name in ("a", "b", "c"):  # 6 in all, so that a leaves
        memory.get(name, source.of(name))
    assert [memory.recall(name) for name in ("a", "b", "c")] == [None, "22", "333"]
    memory.forget("b")
    memory.get("a", source.of("a"))
    assert [memory.recall(name) for name in ("a", "c")] == ["1", "333"]
    assert memory.get("large", source.of("large")) == "x" * 9
    assert [memory.recall(name) for name in ("a", "c", "large")] == [None] * 3


@dataclass
class FakeApiKeys:
    """The table's keys, and how often they were asked."""

    tenants: dict[str, str]
    asked: list[str] = field(default_factory=list)

    def owner_of(self, token: str) -> KeyOwner | None:
        self.asked.append(token)
        return KeyOwner(tenant=self.tenants[token]) if token in self.tenants else None


def test_a_key_is_looked_up_once_in_its_time_and_not_kept_itself() -> None:
    source, now = FakeApiKeys({"ck_secret": "acme"}), [0.0]
    keys = RememberedKeys(source, clock=lambda: now[0])  # type: ignore[arg-type]
    assert [keys.owner_of("ck_secret") for _ in range(2)] == [KeyOwner(tenant="acme")] * 2
    assert source.asked == ["ck_secret"]
    assert "ck_secret" not in repr(vars(keys._owners))
    source.tenants.clear()
    now[0] = KEY_SECONDS
    assert keys.owner_of("ck_secret") is None
