"""What routes are handed: the engine of the application."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from server.engine import Engine


def _engine(connection: HTTPConnection) -> Engine:
    engine: Engine = connection.app.state.engine
    return engine


TheEngine = Annotated[Engine, Depends(_engine)]
