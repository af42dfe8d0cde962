"""Looks, claims, drains, crashes and stale copies in any order: no render is killed, and all comes to rest.

The code under test is the real `scale` with the real `decide`. Between any two of its calls to the world
the world goes on: workers claim and finish, instances boot or fail, a second copy runs a whole pass.
"""

from dataclasses import dataclass, field, replace
from random import Random

import pytest

from handlers.scaler.decision import Decision, Instance, Limits, Snapshot, Stage
from handlers.scaler.history import History, News
from handlers.scaler.ports import StaleCopyError, State
from handlers.scaler.service import scale

STEPS = 400


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
            [self.submit, self.claim, self.finish, self.boot, self.crash, self.reconcile, self.wake],
            [2, 6, 4, 4, 0.15, 3, 2],
        )[0]()

    def submit(self) -> None:
        jobs = self.chance.choice([1, 1, 1, 8])
        self.queued += jobs
        self.submitted += jobs
        self.news.append(News(arrived=jobs))

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
            self.news.append(News(served=((20.0, None),), waits=(5.0,)))

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
            scale(self, self, self, self.limits, self.now)
        except StaleCopyError:
            self.overtaken += 1
        finally:
            self.depth -= 1

    def meanwhile(self) -> None:
        for _ in range(0 if self.calm else self.chance.choice([0, 0, 1, 3])):
            self.step()

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
            history = history.after(one, now=now, objective_s=60, quantile=0.95)
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
            history=history.at(now),
            memory=state.memory,
        )
        self.meanwhile()
        return seen

    def write(self, before: State, snapshot: Snapshot, decision: Decision, batch: str) -> None:
        if self.state.version != before.version:
            raise StaleCopyError("overtaken")
        self.state = State(
            version=before.version + 1,
            history=snapshot.history,
            memory=decision.memory,
            taken_at=snapshot.taken_at,
        )
        self.meanwhile()

    def raise_desired(self, desired: int) -> None:
        self.desired = desired
        self.meanwhile()

    def drain(self, instance: str) -> bool:
        worker = self.workers.get(instance)
        if worker is None or worker.stage not in {Stage.IDLE, Stage.DRAINING}:
            return False
        self.workers[instance] = replace(worker, stage=Stage.DRAINING)
        self.meanwhile()
        if instance in self.workers:
            self.killed += self.workers[instance].stage is Stage.BUSY
            del self.workers[instance]
            self.desired -= 1
        return True

    def reuse(self, instance: str) -> bool:
        return False

    def replace(self, instance: str, *, now: float, heard_after: float) -> bool:
        """As the conditional writes of the real one: a worker that lives and works is spared."""
        worker = self.workers.get(instance)
        if worker is None or (worker.stage is Stage.BUSY and worker.dead_at is None):
            return False
        self.workers[instance] = replace(worker, stage=Stage.DRAINING)
        self.meanwhile()
        if instance in self.workers:
            self.killed += self.workers[instance].stage is Stage.BUSY and worker.dead_at is None
            del self.workers[instance]
        return True

    def mix(self, spot_share: float) -> None:
        raise AssertionError("the model's group is not mixed")


@pytest.fixture
def model(limits):
    def build(seed: int) -> Model:
        chosen = limits(maximum=20, boot_s=60, service_s=20, replacements=50, bootstrap_deadline_s=150)
        return Model(chance=Random(seed), limits=chosen)  # noqa: S311 - chance that can be repeated

    return build


@pytest.mark.parametrize("seed", range(25))
def test_no_interleaving_kills_a_render_and_the_fleet_comes_to_rest(model, seed) -> None:
    world = model(seed)
    for _ in range(STEPS):
        world.step()
        assert world.desired <= world.limits.maximum
    world.calm = True
    for _ in range(1_500):
        world.now += 5
        for happens in (world.claim, world.finish, world.boot, world.reconcile, world.wake):
            happens()
    assert world.killed == 0
    assert world.queued == 0
    assert world.rendered >= world.submitted, "a crashed attempt is rendered again, none is lost"
    assert len(world.workers) == world.desired, "what is asked for and what is there agree"
    assert world.desired == 0, "nothing idles for ever"


def test_the_model_sees_copies_overtaking_each_other(model) -> None:
    worlds = [model(seed) for seed in range(5)]
    for world in worlds:
        for _ in range(STEPS):
            world.step()
    assert sum(world.overtaken for world in worlds) > 0
