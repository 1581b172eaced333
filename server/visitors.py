"""A visitor is a random number in a cookie, for fairness and the ownership of jobs. It says nothing about a person."""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar
from dataclasses import dataclass

from starlette.requests import HTTPConnection
from starlette.responses import Response

COOKIE = "latent_explorer_visitor"
CURRENT: ContextVar[str] = ContextVar("visitor", default="")  # whom the running request is for; "": the server itself
_TOKEN = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Visitor:
    """Who asks. `new` when the request brought no cookie: the answer should bring one."""

    id: str
    new: bool

    def remember(self, response: Response, connection: HTTPConnection, root: str) -> None:
        """Let the browser keep a new visitor's number until it is closed."""
        if self.new:
            secure = connection.url.scheme == "https"
            response.set_cookie(COOKIE, self.id, httponly=True, samesite="strict", secure=secure, path=f"{root}/")


def visitor(connection: HTTPConnection) -> Visitor:
    """The visitor of a request, a new one where it names none."""
    token = connection.cookies.get(COOKIE, "")
    return Visitor(token, new=False) if _TOKEN.fullmatch(token) else Visitor(secrets.token_hex(16), new=True)


def asking() -> str:
    """The visitor for whom the current task works; "" for what the server does by itself."""
    return CURRENT.get()


def known(connection: HTTPConnection) -> bool:
    """Whether a request brings a visitor's number of its own."""
    return _TOKEN.fullmatch(connection.cookies.get(COOKIE, "")) is not None


def identity(connection: HTTPConnection) -> str:
    """Who shares a turn: the browser that brings its number, else all that come from one address without."""
    if known(connection):
        return connection.cookies[COOKIE]
    return f"at {connection.client.host}" if connection.client else "at an unknown address"
