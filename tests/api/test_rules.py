"""What holds for every route: documented, one error shape, and never blocking the loop."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from server.settings import ROOT

ROUTES = sorted((ROOT / "server/routes").glob("*.py"))


def handlers(path: Path) -> list[ast.AsyncFunctionDef | ast.FunctionDef]:
    """Functions with a route decorator, those inside other functions included."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef):
            decorators = [ast.unparse(decorator) for decorator in node.decorator_list]
            if any(text.startswith("router.") for text in decorators):
                found.append(node)
    return found


def test_a_handler_is_async_exactly_when_it_awaits() -> None:
    seen = [(path.name, handler) for path in ROUTES for handler in handlers(path)]
    assert len(seen) >= 16
    for name, handler in seen:
        awaits = any(isinstance(node, ast.Await | ast.AsyncWith | ast.AsyncFor) for node in ast.walk(handler))
        assert isinstance(handler, ast.AsyncFunctionDef) == awaits, f"{name}: {handler.name}"


def test_every_operation_is_described_for_a_stranger(client: TestClient) -> None:
    schema = client.get("/api/openapi.json").json()
    operations = [(path, op) for path, methods in schema["paths"].items() for op in methods.values()]
    assert len(operations) >= 13
    for path, operation in operations:
        assert operation["summary"], path
        assert len(operation["description"]) > 20, path
    for name, model in schema["components"]["schemas"].items():
        if not name.startswith(("HTTPValidation", "ValidationError", "Body_")):
            assert model.get("description"), name


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("get", "/nothing"),
        ("get", "/api/nothing"),
        ("delete", "/api/models"),
        ("get", "/api/models/none"),
        ("post", "/api/models/fashion-vae-16/decode"),
        ("get", "/api/models/fashion-vae-16/sample?seed=-1"),
        ("get", "/static/none.js"),
    ],
)
def test_every_error_has_the_one_shape(client: TestClient, method: str, address: str) -> None:
    answer = client.request(method, address)
    assert 400 <= answer.status_code < 500
    body = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "field"}
    assert body["error"]["message"]


def test_an_unforeseen_error_is_told_without_its_insides(tmp_path: Path) -> None:
    from server.settings import Settings
    from tests.api.conftest import make_client

    made = make_client(Settings(checkpoints=tmp_path, data=tmp_path / "data"), raise_server_exceptions=False)

    @made.app.get("/api/fails")  # type: ignore[attr-defined, untyped-decorator]
    def fails() -> None:
        raise RuntimeError("the secret inside")

    with made as client:
        answer = client.get("/api/fails")
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "internal"
    assert "secret" not in answer.text
