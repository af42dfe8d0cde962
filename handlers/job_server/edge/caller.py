"""Who calls: the tenant of the API key in a request, which pays for the request."""

from collections.abc import Callable

from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from starlette.requests import Request

from handlers.job_server import problems
from handlers.job_server.edge.parameters import refuse_others
from handlers.job_server.edge.scopes import require
from handlers.job_server.edge.spending import Spending, token
from handlers.job_server.edge.threads import in_thread
from handlers.job_server.ports import Keys
from handlers.job_server.problems import Problem
from handlers.job_server.renders.callers import Caller
from handlers.jobs.store.api_keys import KeyOwner
from handlers.jobs.store.customers.tenant_limits import TenantLimits


class CallerByKey(SecurityBase):
    """Both the security scheme of the API's description and the dependency of the routes.

    As one: the framework spends as long on each dependency of a look at a render as on its route.
    """

    def __init__(self, keys: Keys, spending: Spending, limits_of: Callable[[KeyOwner], TenantLimits]) -> None:
        self.scheme_name = "HTTPBearer"
        self.model = HTTPBearer(description="An API key, as `clipit keys create` shows it once.")
        self._keys, self._spending, self._limits_of = keys, spending, limits_of

    async def __call__(self, request: Request) -> Caller:
        """The caller of a request.

        Raises:
            Problem: nobody has the key, it may not do this or has nothing left, or a parameter is wrong.
        """
        given = token(request)
        owner = self._keys.recall(given) if given else None
        if given and owner is None:
            owner = await in_thread(self._keys.owner_of, given)
        if owner is None:
            raise Problem(
                kind=problems.UNAUTHORIZED,
                detail="Send a valid key in the header `Authorization: Bearer <key>`.",
                headers={"WWW-Authenticate": 'Bearer realm="clip-it"'},
            )
        self._spending.enter(request, owner)
        require(owner.scope, request)
        refuse_others(request, request.state.parameters)
        limits = self._limits_of(owner)
        return Caller(tenant=owner.tenant, traceparent=request.state.traceparent, limits=limits)
