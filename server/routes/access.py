"""What every route is handed: the engine, the settings and the storage of the application."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from server.engine import Engine
from server.settings import Settings
from server.storage import Storage


def _engine(connection: HTTPConnection) -> Engine:
    engine: Engine = connection.app.state.engine
    return engine


def _settings(connection: HTTPConnection) -> Settings:
    settings: Settings = connection.app.state.settings
    return settings


def _storage(connection: HTTPConnection) -> Storage:
    storage: Storage = connection.app.state.storage
    return storage


TheEngine = Annotated[Engine, Depends(_engine)]
TheSettings = Annotated[Settings, Depends(_settings)]
TheStorage = Annotated[Storage, Depends(_storage)]
