"""Who may ask: the Host, the page a request comes from, tokens, and the size of bodies, on HTTP and WebSocket alike.

CORS and a trusted host alone let a foreign page open a WebSocket to a local server, so both are checked here, before
anything is parsed.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.errors import ExplorerError, Refused, TokenNeeded, TooLarge
from server.routes import failures
from server.settings import Settings

POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; worker-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Scripts and style sheets are no documents: what is said of those would only make the page's forty parts larger.
PART_HEADERS = {name: HEADERS[name] for name in ("X-Content-Type-Options", "Cross-Origin-Resource-Policy")}
PARTS = ("text/javascript", "text/css")
LOOPBACK = ("localhost", "127.0.0.1", "::1")
TOKEN_COOKIE = "latent_explorer_token"  # noqa: S105 (a name)
HEALTH = ("/health/live", "/health/ready")
ARCHIVE = re.compile(r"/api/models/[^/]+/sets/[^/]+/archive")
JSON_LIMIT = 4 * 2**20


class Guard:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings
        self.limit = settings.body_mb * 2**20
        self.hosts = {entry.lower() for entry in settings.hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        scope = self._rooted(scope)
        headers = Headers(scope=scope)
        try:
            self._check_host(headers)
            self._check_page(scope, headers)
            if await self._exchange_token(scope, receive, send):
                return
            self._check_token(scope, headers)
            length = headers.get("content-length", "0")
            if length.isdigit() and int(length) > self._limit(scope, headers):
                raise self._too_large(scope, headers)
        except ExplorerError as refusal:
            await self._refuse(scope, receive, send, refusal)
            return
        if scope["type"] == "websocket":
            await self.app(scope, receive, send)
        else:
            await self._pass(scope, receive, send)

    def _rooted(self, scope: Scope) -> Scope:
        """The scope with the root path in its path, whether or not a proxy stripped it: one form from here on."""
        root = self.settings.root_path
        if not root:
            return scope
        scope = {**scope, "root_path": root}
        if not f"{scope['path']}/".startswith(f"{root}/"):
            scope |= {"path": root + scope["path"], "raw_path": root.encode() + scope.get("raw_path", b"")}
        return scope

    def _limit(self, scope: Scope, headers: Headers) -> int:
        """Bytes that a body may have. Only uploads are large: JSON is parsed on the event loop."""
        if self._brings_archive(scope):
            return int(self.settings.archive_gb * 2**30)
        upload = headers.get("content-type", "").startswith("multipart/")
        return self.limit if upload else min(self.limit, JSON_LIMIT)

    def _brings_archive(self, scope: Scope) -> bool:
        """Whether the body is written to the disk as it comes: the only kind that may be larger than memory."""
        path = scope["path"].removeprefix(self.settings.root_path)
        return scope.get("method") == "PUT" and ARCHIVE.fullmatch(path) is not None

    def _check_host(self, headers: Headers) -> None:
        hosts = headers.getlist("host")
        host = hosts[0].lower() if len(hosts) == 1 else ""
        name = _name(host)
        allowed = self.hosts
        if host in allowed or name in allowed or name in LOOPBACK or name == self.settings.host.lower():
            return
        # A name can be made to point here by a stranger's DNS, an address cannot.
        if not self.settings.loopback and _is_address(name):
            return
        raise Refused(
            f"This server does not answer to the name {name[:100]!r}. "
            "If it should, add it to LATENT_EXPLORER_ALLOWED_HOSTS.",
            field="Host",
        )

    def _check_page(self, scope: Scope, headers: Headers) -> None:
        """Only our own page may make a browser ask us; following a link to the page is no asking."""
        site = headers.get("sec-fetch-site")
        navigation = (
            scope["type"] == "http" and scope["method"] == "GET" and headers.get("sec-fetch-mode") == "navigate"
        )
        if site in ("cross-site", "same-site") and not navigation:
            raise Refused("Another site's page may not use this server.", field="Sec-Fetch-Site")
        origin = headers.get("origin")
        # A proxy may have put another name into Host; the names that it serves us under are in the settings.
        own = {headers.get("host", "").lower(), *self.hosts}
        if origin is not None and origin.lower().partition("://")[2] not in own:
            raise Refused("Another site's page may not use this server.", field="Origin")

    async def _exchange_token(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """A token in a page's address becomes a cookie once, and leaves the address."""
        if scope["type"] != "http" or scope["method"] != "GET" or b"token=" not in scope["query_string"]:
            return False
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        token = dict(query).get("token", "")
        if not self._role_of(token):
            return False
        rest = urlencode([(key, value) for key, value in query if key != "token"])
        path = "/" + scope["path"].lstrip("/")  # two slashes would lead to another host
        response = RedirectResponse(f"{path}{'?' + rest if rest else ''}", 303)
        # Lax, not Strict: the first visit follows a link from elsewhere and must arrive with the cookie. Requests
        # other than navigations are held to our own page by the Origin and Sec-Fetch-Site checks above.
        response.set_cookie(
            TOKEN_COOKIE,
            _sealed(token),
            max_age=30 * 86_400,
            httponly=True,
            samesite="lax",
            secure=scope.get("scheme") == "https",
            path=f"{self.settings.root_path}/",
        )
        await response(scope, receive, send)
        return True

    def _check_token(self, scope: Scope, headers: Headers) -> None:
        open_to_all = scope["path"].removeprefix(self.settings.root_path) in HEALTH
        if open_to_all or not (self.settings.viewer_token or self.settings.owner_token):
            return
        kind, _, given = headers.get("authorization", "").partition(" ")
        role = self._role_of(given.strip()) if kind.lower() == "bearer" else None
        role = role or self._role_of_cookie(headers.get("cookie", ""))
        if role is None:
            raise TokenNeeded(
                "This server needs a token. Open the address with ?token=... once, or send it as Authorization: Bearer."
            )
        scope.setdefault("state", {})["role"] = role

    def _role_of(self, token: str) -> str | None:
        roles = {"owner": self.settings.owner_token, "viewer": self.settings.viewer_token}
        return next((r for r, t in roles.items() if t and hmac.compare_digest(t.encode(), token.encode())), None)

    def _role_of_cookie(self, header: str) -> str | None:
        # Starlette's parser goes on after a cookie that it dislikes; all ports of a machine share its cookies.
        given = cookie_parser(header).get(TOKEN_COOKIE, "").encode()
        roles = {"owner": self.settings.owner_token, "viewer": self.settings.viewer_token}
        return next((r for r, t in roles.items() if t and hmac.compare_digest(_sealed(t).encode(), given)), None)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on, with the body counted as it comes and the headers of every answer added.

        Starlette's own limit answers an announced length in plain text; here every error has the one shape.
        """
        limit = self._limit(scope, Headers(scope=scope))
        taken = 0
        over = started = False

        async def counted() -> Message:
            nonlocal taken, over
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                over = True
                return {"type": "http.request", "body": b"", "more_body": False}
            return message

        async def dressed(message: Message) -> None:
            nonlocal started
            if over and not started:
                started = True
                await self._refuse(scope, receive, send, self._too_large(scope, Headers(scope=scope)))
            if over:
                return
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                headers.update(PART_HEADERS if _is_part(headers) else HEADERS)
            await send(message)

        try:
            await self.app(scope, counted, dressed)
        except Exception as wrong:
            if started:
                raise
            await failures.answer(wrong, scope)(scope, receive, dressed)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, refusal: ExplorerError) -> None:
        response = failures.answer(refusal, scope)
        response.headers.update(HEADERS)
        if scope["type"] == "websocket":
            # Closing before accepting is answered with 403. (A body for it is possible, but no browser shows it to a
            # page, and uvicorn logs each one as an error.)
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": refusal.message[:120]})
            return
        await response(scope, receive, send)

    def _too_large(self, scope: Scope, headers: Headers) -> TooLarge:
        limit = self._limit(scope, headers) / 2**20
        if self._brings_archive(scope):
            return TooLarge(
                f"This archive is larger than the {limit / 1024:.3g} GB that the server takes. "
                "Add its pictures as several sets, or set LATENT_EXPLORER_ARCHIVE_GB higher.",
                field="body",
            )
        return TooLarge(
            f"This is larger than the {limit:g} MB that the server takes. "
            "Save a picture smaller, or as JPEG; ask for fewer latents at a time.",
            field="body",
        )


def _is_part(headers: MutableHeaders) -> bool:
    return headers.get("content-type", "").split(";")[0] in PARTS


def _name(host: str) -> str:
    """A Host header without its port: "[::1]:8000" -> "::1"; "" for one that is malformed."""
    try:
        parts = urlsplit(f"//{host}")
    except ValueError:
        return ""
    return "" if "@" in host else parts.hostname or ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _sealed(token: str) -> str:
    """What the cookie holds in place of the token itself."""
    return hashlib.sha256(b"latent-explorer cookie " + token.encode()).hexdigest()
