"""The application over the shipped models, without a socket.

With LATENT_EXPLORER_TEST_HOST=cluster (which needs REQUIRE_CLUSTER=1) the same tests run against Ray: what asks the
session's one application goes through Serve's proxy to an application in a replica; applications with settings of
their own stay in this process, and their graphs run in the cluster's replicas.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import cast

import pytest
from starlette.testclient import TestClient

from server.app import create_app
from server.catalog import Catalog
from server.engine import Engine
from server.runtimes import Runtime, choose
from server.settings import ROOT, Settings

# Of this process alone: the matrix of what the guard refuses runs no graph, and the numbers of requests are read from
# the records that are made here; behind Serve its proxy adds a number of its own to each answer.
HERE = ("test_guard_matrix.py", "test_request_ids.py")
ON_CLUSTER = os.environ.get("LATENT_EXPLORER_TEST_HOST") == "cluster"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Against a cluster, every test of the API is one of a cluster, but those of `HERE`."""
    for item in items:
        if ON_CLUSTER and "/tests/api/" in item.path.as_posix() and item.path.name not in HERE:
            item.add_marker(pytest.mark.cluster)


def runtimes() -> Callable[[], Runtime]:
    """What makes the runtime of an application in this process. A cluster is started now: Ray wants the main thread."""
    if ON_CLUSTER:
        from tests.cluster.host import shared

        behind = shared().runtime
        return lambda: behind
    return lambda: choose("onnx", "cpu")


def make_client(settings: Settings, **options: object) -> TestClient:
    """A client of a fresh application; enter it as a context to start the application."""
    engine = Engine(Catalog(settings.checkpoints), runtimes(), workers=2)
    return TestClient(create_app(engine, settings), base_url="http://127.0.0.1:8000", **options)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    if ON_CLUSTER:
        from tests.cluster.client import RealClient
        from tests.cluster.host import shared

        with RealClient(shared().port, shared().settings) as real:
            yield cast(TestClient, real)
        return
    settings = Settings(checkpoints=ROOT / "checkpoints", data=tmp_path_factory.mktemp("data"), body_mb=4)
    with make_client(settings) as made:
        yield made
