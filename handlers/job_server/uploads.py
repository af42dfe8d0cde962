"""Files that customers upload for their renders."""

from collections.abc import Callable

from handlers.job_server.ports import Jobs, Link, Objects
from handlers.job_server.renders.callers import DAY, Caller
from handlers.job_server.renders.refusals import AssetNotFoundError
from handlers.job_server.schemas.requests import AssetRequest
from handlers.jobs.ids import new_asset_id
from handlers.jobs.store import keys
from handlers.jobs.store.customers.asset_deletions import AssetDeletion


class Uploads:
    """Announces and deletes assets."""

    def __init__(
        self, *, jobs: Jobs, objects: Objects, retention_days: int, clock: Callable[[], float]
    ) -> None:
        self._jobs, self._objects, self._retention_days, self._clock = jobs, objects, retention_days, clock

    def announce(self, caller: Caller, request: AssetRequest) -> tuple[str, Link]:
        """A new asset id for the caller, and the request that uploads the file."""
        now = self._clock()
        asset_id = new_asset_id(now)
        link = self._objects.upload_link(
            keys.asset_object(caller.tenant, asset_id),
            content_type=request.content_type,
            size=request.size,
            now=now,
        )
        return asset_id, link

    def delete(self, caller: Caller, asset_id: str) -> None:
        """Delete an asset; its file goes within minutes. Deleting it again changes nothing.

        A render that waits and names it fails unless a worker has fetched the file before.

        Raises:
            AssetNotFoundError: there is none, or it is somebody else's.
        """
        now, name = round(self._clock(), 3), keys.asset_object(caller.tenant, asset_id)
        if not self._objects.holds(name):
            if self._jobs.has_deleted_asset(caller.tenant, asset_id):
                return
            raise AssetNotFoundError(asset_id)
        self._jobs.delete_asset(
            AssetDeletion(asset_id=asset_id, tenant=caller.tenant, at=now),
            actor=caller.actor,
            expires_at=int(now) + self._retention_days * DAY,
        )
        self._objects.forget(name)
