"""What routes are handed: the engine of the application, people's own sets, and whether the owner asks."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from server.engine import Engine
from server.errors import Refused
from server.own_sets.store import OwnSets


def _engine(connection: HTTPConnection) -> Engine:
    engine: Engine = connection.app.state.engine
    return engine


TheEngine = Annotated[Engine, Depends(_engine)]


def _own_sets(engine: TheEngine) -> OwnSets:
    sets = engine.catalog.own_sets
    if sets is None:
        raise RuntimeError("the application was made without a place for own sets")
    return sets


TheSets = Annotated[OwnSets, Depends(_own_sets)]


def owns(connection: HTTPConnection) -> bool:
    """Whether whoever asks may add and delete: everybody without tokens, with them who brings the owner's."""
    role: str | None = connection.scope.get("state", {}).get("role")
    return role in (None, "owner")


def has_class_link(connection: HTTPConnection) -> bool:
    """Whether there is a link for viewers, and whoever asks may hand it out."""
    return bool(connection.app.state.settings.viewer_token) and owns(connection)


def owner_only(connection: HTTPConnection) -> None:
    """Raise Refused for a viewer: for the routes that change what is stored."""
    if not owns(connection):
        raise Refused("Only the owner of this server may add and delete sets. Open it with the owner's token.")


OWNER = [Depends(owner_only)]  # `@router.delete(..., dependencies=OWNER)`


def owner_reads(connection: HTTPConnection) -> None:
    """Raise Refused for a viewer: for what is the owner's own to know."""
    if not owns(connection):
        raise Refused("Only the owner of this server may see this. Open it with the owner's token.")


OWNER_READS = [Depends(owner_reads)]
