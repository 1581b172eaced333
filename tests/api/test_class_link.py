"""The link for a class on the wire: the owner's to see, with what viewers may not do beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from server.settings import Settings
from tests.api.conftest import make_client
from tests.api.test_live import ORIGIN

VIEWER, OWNER = "v" * 20, "o" * 20


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[TestClient]:
    settings = Settings(viewer_token=VIEWER, owner_token=OWNER, data=tmp_path, checkpoints=tmp_path / "none")
    with make_client(settings) as made:
        yield made


def test_the_owner_sees_the_link_its_code_and_how_many_are_there(guarded: TestClient) -> None:
    answer = guarded.get("/api/class-link", headers=bearer(OWNER))
    assert answer.status_code == 200
    found = answer.json()
    assert found["address"] == f"http://127.0.0.1:8000/?token={VIEWER}"
    assert found["svg"].startswith("<svg ")
    assert found["visitors"] == 0
    assert OWNER not in answer.text
    assert "no-store" in answer.headers["cache-control"]
    opened = guarded.get("/", params={"token": VIEWER}, headers={"sec-fetch-mode": "navigate"})
    assert opened.status_code == 200  # the link lets in


def test_visitors_are_counted_once_each_while_they_are_connected(guarded: TestClient) -> None:
    def connected() -> int:
        return int(guarded.get("/api/class-link", headers=bearer(OWNER)).json()["visitors"])

    def cookie(letter: str) -> dict[str, str]:
        return {**ORIGIN, **bearer(VIEWER), "cookie": f"latent_explorer_visitor={letter * 32}"}

    with guarded.websocket_connect("/api/live", headers=cookie("a")):
        assert connected() == 1
        with (
            guarded.websocket_connect("/api/live", headers=cookie("a")),  # another tab
            guarded.websocket_connect("/api/live", headers=cookie("b")),
        ):
            assert connected() == 2
        assert connected() == 1
    assert connected() == 0


def test_a_viewer_may_not_see_it_nor_what_else_is_the_owners(guarded: TestClient) -> None:
    for method, path in (
        ("GET", "/api/class-link"),
        ("GET", "/metrics"),
        ("DELETE", "/api/models/none/sets/any"),
        ("POST", "/api/models/none/sets"),
    ):
        answer = guarded.request(method, path, headers=bearer(VIEWER))
        assert answer.status_code == 403, path
        assert answer.json()["error"]["code"] == "refused"
        assert VIEWER not in answer.text
    assert guarded.get("/api/about", headers=bearer(VIEWER)).json()["class_link"] is False
    assert guarded.get("/api/about", headers=bearer(OWNER)).json()["class_link"] is True


def test_without_tokens_there_is_none(client: TestClient) -> None:
    answer = client.get("/api/class-link")
    assert answer.status_code == 404
    assert "python3 run.py class" in answer.json()["error"]["message"]
    assert client.get("/api/about").json()["class_link"] is False


def test_the_public_address_is_the_one_that_is_shown_and_answered_to(tmp_path: Path) -> None:
    settings = Settings(
        viewer_token=VIEWER,
        owner_token=OWNER,
        data=tmp_path,
        checkpoints=tmp_path / "none",
        public_url="https://explorer.example/class",
    )
    with make_client(settings) as client:
        found = client.get("/api/class-link", headers=bearer(OWNER)).json()
        assert found["address"] == f"https://explorer.example/class/?token={VIEWER}"
        theirs = {"host": "explorer.example", "origin": "https://explorer.example", **bearer(VIEWER)}
        assert client.get("/api/models", headers=theirs).status_code == 200
