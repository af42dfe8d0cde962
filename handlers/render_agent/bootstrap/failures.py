"""Notes a failed bootstrap in the table, so that the scaler can say why no worker comes."""

import sys
import time
from collections.abc import Mapping

from handlers.jobs.foreign.foreign_text import printable
from handlers.jobs.model import BootFailure
from handlers.jobs.store.boot_failures import BootFailures
from handlers.jobs.store.table import connect
from handlers.render_agent.metadata import InstanceMetadata
from handlers.render_agent.retrying import TROUBLE
from handlers.render_agent.settings import from_environment

LONGEST_WORDS = 400


def record(environment: Mapping[str, str], words: str) -> None:
    """Write it down; where that is not possible, Systems Manager's own record has the words all the same."""
    try:
        settings = from_environment(environment)
        instance_id = InstanceMetadata(settings.metadata_endpoint).instance_id()
        BootFailures(connect(settings.table, settings.region)).record(
            BootFailure(
                instance_id=instance_id,
                fleet=settings.fleet,
                at=time.time(),
                words=printable(words, LONGEST_WORDS),
            )
        )
    except (*TROUBLE, ValueError) as error:
        sys.stderr.write(f"The failure could not be noted in the table: {error}\n")
