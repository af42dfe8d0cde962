"""Who may see the console: one browser of this machine, by a token that works once. Pure ASGI middleware."""

import hmac
import secrets
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""Of every response. No script runs, whoever wrote it; only our own style sheet and icon are loaded."""
_HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)
_REFUSED = (
    "open the address that `clipit console` printed; it works once. For another browser, start it again.\n"
)


@dataclass
class Admission:
    """The token that works once, and the session that it opens."""

    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    session: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    used: bool = False

    def open_with(self, token: str) -> bool:
        """Whether the token opens the session; it does so once."""
        if self.used or not hmac.compare_digest(token.encode(), self.token.encode()):
            return False
        self.used = True
        return True

    def knows(self, session: str) -> bool:
        """Whether a cookie is the session's."""
        return self.used and hmac.compare_digest(session.encode(), self.session.encode())


@dataclass(frozen=True)
class Shell:
    """Lets requests to our own address with our cookie through, and no others.

    The Host check keeps out pages elsewhere whose name was bound again to 127.0.0.1 (DNS rebinding).
    """

    app: ASGIApp
    admission: Admission
    host: str

    @property
    def cookie(self) -> str:
        """The cookie's name: browsers send cookies to all ports of a host, and two consoles may run."""
        return f"clipit_console_{self.host.rpartition(':')[2]}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let through; every response carries the policy."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close"})
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_HEADERS]
            await send(message)

        response = self._refusal(Request(scope))
        await (response or self.app)(scope, receive, send_guarded)

    def _refusal(self, request: Request) -> Response | None:
        """The response instead of the page; None to let the request through."""
        if request.headers.getlist("host") != [self.host]:
            return PlainTextResponse(f"this is the console at {self.host} only\n", status_code=421)
        if request.method not in {"GET", "HEAD"}:
            return PlainTextResponse("the console only reads\n", status_code=405)
        token = parse_qs(request.url.query).get("token", [""])[0]
        if request.url.path == "/open" and request.method == "GET" and self.admission.open_with(token):
            answer = RedirectResponse("/", status_code=303)
            answer.set_cookie(self.cookie, self.admission.session, httponly=True, samesite="strict")
            return answer
        if not self.admission.knows(request.cookies.get(self.cookie, "")):
            return PlainTextResponse(_REFUSED, status_code=403)
        return None
