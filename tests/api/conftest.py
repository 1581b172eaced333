"""The application over the shipped models, without a socket."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from server.app import create_app
from server.catalog import Catalog
from server.engine import Engine
from server.runtimes import choose
from server.settings import ROOT, Settings


def make_client(settings: Settings, **options: object) -> TestClient:
    """A client of a fresh application; enter it as a context to start the application."""
    engine = Engine(Catalog(settings.checkpoints), lambda: choose("onnx", "cpu"), workers=2)
    return TestClient(create_app(engine, settings), base_url="http://127.0.0.1:8000", **options)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = Settings(checkpoints=ROOT / "checkpoints", data=tmp_path_factory.mktemp("data"), body_mb=4)
    with make_client(settings) as made:
        yield made
