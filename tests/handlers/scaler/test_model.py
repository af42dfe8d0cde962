"""Looks, claims, drains, crashes, interruptions and stale copies in any order: no render is killed, and all
comes to rest.

The code under test is the real `scale` with the real `decide`. Between any two of its calls to the world
the world goes on: workers claim and finish, instances boot, fail or are taken away, a second copy runs a
whole pass. Any call may be throttled, may succeed without an answer, or may be the last one before the pass
is cut short.
"""

from dataclasses import dataclass, field, replace
from random import Random

import pytest

from handlers.jobs.errors import TryAgainLater
from handlers.scaler.decision import Decision, Instance, Limits, Snapshot, Stage
from handlers.scaler.decision.history import History, News
from handlers.scaler.decision.learning import learned
from handlers.scaler.ports import StaleCopyError, State
from handlers.scaler.service import scale

STEPS = 400


class CutShort(BaseException):
    """The function is ended between two calls: no exception that it could see."""


@dataclass
class Worker:
    stage: Stage
    since: float
    launched_at: float
    dead_at: float | None = None


@dataclass
class Model:
    """A group, its workers and a queue; also the scaler's fleet and its record."""

    chance: Random
    limits: Limits
    now: float = 1_000.0
    desired: int = 0
    queued: int = 0
    rendered: int = 0
    submitted: int = 0
    killed: int = 0
    overtaken: int = 0
    cut_short: int = 0
    failed: int = 0
    refused: int = 0
    taken_away: int = 0
    depth: int = 0
    workers: dict[str, Worker] = field(default_factory=dict)
    state: State = field(default_factory=State)
    news: list[News] = field(default_factory=list)
    batch: str = ""
    launched: int = 0
    calm: bool = False

    # The world

    def step(self) -> None:
        """One thing happens."""
        self.now += self.chance.random() * 10
        self.chance.choices(
            [
                self.submit,
                self.claim,
                self.finish,
                self.boot,
                self.crash,
                self.interrupt,
                self.take_away,
                self.reconcile,
                self.wake,
            ],
            [2, 6, 4, 4, 0.15, 0.2, 0.2, 3, 2],
        )[0]()

    def submit(self) -> None:
        jobs = self.chance.choice([1, 1, 1, 8])
        self.queued += jobs
        self.submitted += jobs
        self.news.append(News(arrived=(self.now,) * jobs))

    def claim(self) -> None:
        """Only an idle worker can claim: a conditional write."""
        if self.queued and (name := self.any_of(Stage.IDLE)) and self.workers[name].dead_at is None:
            self.queued -= 1
            self.workers[name] = replace(self.workers[name], stage=Stage.BUSY, since=self.now)

    def finish(self) -> None:
        name = self.any_of(Stage.BUSY)
        if name and self.workers[name].dead_at is None:
            self.rendered += 1
            self.workers[name] = replace(self.workers[name], stage=Stage.IDLE, since=self.now)
            self.news.append(News(served=(20.0,), waits=(5.0,)))

    def boot(self) -> None:
        if name := self.any_of(Stage.ONLINE):
            if self.chance.random() < 0.05:
                return
            self.workers[name] = replace(self.workers[name], stage=Stage.IDLE, since=self.now)
            self.news.append(News(boots=(self.now - self.workers[name].launched_at,)))

    def crash(self) -> None:
        """The agent dies with whatever it has; its job's lease runs out and the job is queued again."""
        name = self.any_of(self.chance.choice([Stage.IDLE, Stage.BUSY]))
        if name and self.workers[name].dead_at is None:
            self.queued += self.workers[name].stage is Stage.BUSY
            self.workers[name] = replace(self.workers[name], dead_at=self.now)

    def interrupt(self) -> None:
        """A spot notice: the agent hands its job back and leaves a draining record."""
        name = self.any_of(self.chance.choice([Stage.IDLE, Stage.BUSY]))
        if name and self.workers[name].dead_at is None:
            self.queued += self.workers[name].stage is Stage.BUSY
            self.workers[name] = replace(self.workers[name], stage=Stage.DRAINING, since=self.now)

    def take_away(self) -> None:
        """EC2 takes an instance that had its notice; desired stays, so the group launches another."""
        if name := self.any_of(Stage.DRAINING):
            self.taken_away += 1
            del self.workers[name]

    def reconcile(self) -> None:
        """The group brings the number of instances to desired; protected ones are never ended for that."""
        while len(self.workers) < self.desired:
            self.launched += 1
            self.workers[f"i-{self.launched}"] = Worker(Stage.ONLINE, self.now, self.now)

    def wake(self) -> None:
        """A copy of the scaler makes a pass; at most one other may overtake it."""
        if self.depth > 1:
            return
        self.depth += 1
        try:
            self.failed += bool(scale(self, self, self, self.limits, self.now).failed)
        except StaleCopyError:
            self.overtaken += 1
        except TryAgainLater:
            self.failed += 1
        except CutShort:
            self.cut_short += 1
        finally:
            self.depth -= 1

    def meanwhile(self) -> None:
        for _ in range(0 if self.calm else self.chance.choice([0, 0, 1, 3])):
            self.step()

    def trouble(self) -> None:
        """Before a call's effect it is throttled, after it the answer is lost; or nothing follows at all."""
        what = 1.0 if self.calm else self.chance.random()
        if what < 0.02:
            raise CutShort
        if what < 0.05:
            raise TryAgainLater("Throttling")

    def any_of(self, stage: Stage) -> str | None:
        names = [name for name, worker in self.workers.items() if worker.stage is stage]
        return self.chance.choice(names) if names else None

    # The scaler's ports

    def read(self) -> State:  # type: ignore[override]
        return self.state

    def look(self, state: State, now: float) -> Snapshot:
        news, self.news = self.news, []
        history: History = state.history
        for one in news:
            history = learned(history, state.memory, one, self.limits, now)
        seen = Snapshot(
            taken_at=now,
            queued=self.queued,
            oldest_s=0.0,
            desired=self.desired,
            instances=tuple(
                Instance(
                    id=name,
                    stage=worker.stage,
                    launched_at=worker.launched_at,
                    since=worker.since,
                    silent_s=0.0 if worker.dead_at is None else now - worker.dead_at,
                )
                for name, worker in self.workers.items()
            ),
            history=history,
            memory=state.memory,
        )
        self.meanwhile()
        self.trouble()
        return seen

    def write(self, before: State, snapshot: Snapshot, decision: Decision, batch: str) -> None:
        self.trouble()
        if self.state.version != before.version:
            raise StaleCopyError("overtaken")
        self.state = State(
            version=before.version + 1,
            history=snapshot.history,
            memory=decision.memory,
            taken_at=snapshot.taken_at,
        )
        self.meanwhile()
        self.trouble()

    def raise_desired(self, desired: int) -> None:
        self.trouble()
        if desired > self.limits.maximum:
            self.refused += 1
            raise ValueError(f"New SetDesiredCapacity value {desired} is above max value")
        self.desired = desired
        self.meanwhile()
        self.trouble()

    def drain(self, instance: str) -> bool:
        """As the conditional write and the call of the real one."""
        self.trouble()
        worker = self.workers.get(instance)
        if worker is None or worker.stage not in {Stage.IDLE, Stage.DRAINING}:
            return False
        self.workers[instance] = replace(worker, stage=Stage.DRAINING)
        self.meanwhile()
        self.trouble()
        if self.end(instance) and self.desired > self.limits.minimum:
            self.desired -= 1
        self.trouble()
        return True

    def replace(self, instance: str, *, now: float, heard_after: float) -> bool:
        """As the conditional writes of the real one: a worker that lives and works is spared."""
        self.trouble()
        worker = self.workers.get(instance)
        if worker is None or (worker.stage is Stage.BUSY and worker.dead_at is None):
            return False
        self.workers[instance] = replace(worker, stage=Stage.DRAINING)
        self.meanwhile()
        self.trouble()
        self.end(instance)
        self.trouble()
        return True

    def end(self, instance: str) -> bool:
        worker = self.workers.pop(instance, None)
        self.killed += worker is not None and worker.stage is Stage.BUSY and worker.dead_at is None
        return worker is not None

    def release(self, instance: str, *, heard_after: float) -> bool:
        raise AssertionError("the model's group holds nobody back")

    def mix(self, spot_share: float) -> None:
        raise AssertionError("the model's group is not mixed")


@pytest.fixture
def model(limits):
    def build(seed: int) -> Model:
        minimum = (0, 2)[seed % 2]
        chosen = limits(
            minimum=minimum,
            maximum=20,
            boot_s=60,
            service_s=20,
            replacements=50,
            bootstrap_deadline_s=150,
        )
        chance = Random(seed)  # noqa: S311 - chance that can be repeated
        return Model(chance=chance, limits=chosen, desired=minimum)

    return build


@pytest.mark.short_form(10)
@pytest.mark.parametrize("seed", range(25))
def test_no_interleaving_kills_a_render_and_the_fleet_comes_to_rest(model, seed) -> None:
    world = model(seed)
    for _ in range(STEPS):
        world.step()
        assert world.limits.minimum <= world.desired <= world.limits.maximum
    world.calm = True
    looks_at_rest = 0
    for _ in range(1_500):
        world.now += 5
        for happens in (world.claim, world.finish, world.boot, world.reconcile, world.wake):
            happens()
        at_rest = world.queued == 0 and len(world.workers) == world.desired == world.limits.minimum
        looks_at_rest = looks_at_rest + 1 if at_rest else 0
        if looks_at_rest == 60:
            break
    assert (world.killed, world.refused) == (0, 0)
    assert world.queued == 0
    assert world.rendered >= world.submitted, "a crashed attempt is rendered again, none is lost"
    assert len(world.workers) == world.desired, "what is asked for and what is there agree"
    assert world.desired == world.limits.minimum, "nothing idles forever"


def test_the_model_sees_all_that_it_is_about(model) -> None:
    worlds = [model(seed) for seed in range(5)]
    for world in worlds:
        for _ in range(STEPS):
            world.step()
    for happened in ("overtaken", "cut_short", "failed", "taken_away", "rendered"):
        assert sum(getattr(world, happened) for world in worlds) > 0, happened
