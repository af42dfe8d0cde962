"""Sees what became of renders on a local stack: by its table, its API, its buckets and its queues."""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from clipit_client import Client

from handlers.jobs.model import Job
from handlers.jobs.states import TERMINAL
from handlers.jobs.store.attributes import decode_item
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.items import job_from_item
from handlers.jobs.store.keys import Entity
from handlers.jobs.store.table import Table
from local.stack.runner import LocalStack
from tests.handlers.life.stack_chaos.customers import Customers
from tests.handlers.life.stack_chaos.judge import Facts
from tests.handlers.life.stack_chaos.messages import Queues


@dataclass(frozen=True, kw_only=True)
class Eyes:
    """Somebody who may read everything."""

    stack: LocalStack
    table: str
    customers: Customers

    def facts(self, posted: Mapping[str, Collection[str]], witnessed: Mapping[str, int]) -> Facts:
        """What there is now; every dead letter is hidden for a minute."""
        jobs = self._jobs()
        reader = CustomerJobs(Table(self.stack.connection.dynamodb(), self.table))
        shown, usage = dict[str, str](), dict[str, Counter[str]]()
        for tenant, key in self.customers.keys.items():
            with Client(url=self.stack.api_url() or "", key=key) as client:
                shown |= {one.id: one.state for one in client.renders.list()}
                usage[tenant] = _counted(client)
        return Facts(
            accepted=list(self.customers.accepted),
            jobs=jobs,
            shown=shown,
            events={one: reader.events(one) for one in jobs},
            witnessed=witnessed,
            posted=posted,
            videos=self._videos(),
            letters=_about(Queues(self.stack.connection).letters()),
            usage=usage,
            answers=self.customers.answers,
        )

    def _jobs(self) -> dict[str, Job]:
        found = dict[str, Job]()
        pages = self.stack.connection.dynamodb().get_paginator("scan")
        for page in pages.paginate(TableName=self.table, ConsistentRead=True):
            for item in map(decode_item, page["Items"]):
                if item["entity"] == Entity.JOB:
                    job = job_from_item(item)
                    found[job.id] = job
        return found

    def _videos(self) -> Mapping[str, Collection[str]]:
        s3 = self.stack.connection.s3()
        (bucket,) = (one["Name"] for one in s3.list_buckets()["Buckets"] if "-outputs-" in one["Name"])
        found = dict[str, set[str]]()
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix="outputs/"):
            for one in page.get("Versions", []):
                if one["Key"].endswith(".mp4"):
                    found.setdefault(one["Key"], set()).add(one["ETag"])
        return found


def _counted(client: Client) -> Counter[str]:
    today = datetime.now(UTC).date()
    days = client.usage(today - timedelta(days=1), today)
    return Counter({state.value: sum(getattr(day, state.value) for day in days) for state in TERMINAL})


def _about(letters: Sequence[str]) -> set[str]:
    return {str(json.loads(letter)["job"]) for letter in letters}
