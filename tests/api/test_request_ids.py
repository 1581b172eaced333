"""The number of a request: in its answer, in every record made meanwhile, and in what a person is told of a mistake."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from server.logs import FACTS, OURS, request_id
from server.settings import Settings
from tests.api.conftest import make_client
from tests.api.test_live import ORIGIN

OWN = re.compile(r"[0-9a-f]{16}")


class Notes(logging.Handler):
    """Keeps each record with the number of the request that it was made for."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.kept: list[tuple[str, logging.LogRecord]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.kept.append((request_id.get(), record))


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> Notes:
    made = Notes()
    logger = logging.getLogger(OURS)
    monkeypatch.setattr(logger, "handlers", [made])
    monkeypatch.setattr(logger, "level", logging.DEBUG)
    logger.manager._clear_cache()  # type: ignore[attr-defined]
    return made


def test_each_answer_has_a_number_of_its_own_refusals_included(client: TestClient) -> None:
    answers = [client.get(address) for address in ("/api/models", "/api/models", "/none", "/health/live")]
    answers.append(client.get("/api/models", headers={"host": "evil.example"}))
    numbers = [answer.headers["x-request-id"] for answer in answers]
    assert all(OWN.fullmatch(number) for number in numbers)
    assert len(set(numbers)) == len(numbers)
    with client.websocket_connect("/api/live", headers=ORIGIN) as socket:
        given: Any = socket.extra_headers
        headers = dict(given)
        assert OWN.fullmatch(headers[b"x-request-id"].decode())


@pytest.mark.parametrize("given", ["0123456789abcdef", "2f1e4b6a-9c3d-4e5f-8a7b-0c1d2e3f4a5b", "A" * 64])
def test_a_proxys_number_is_taken(client: TestClient, given: str) -> None:
    assert client.get("/health/live", headers={"x-request-id": given}).headers["x-request-id"] == given


@pytest.mark.parametrize(
    "given", ["", "short", "a" * 65, "telling name", "0123456789abcdeg", '0123456789abcdef"', "-" * 20]
)
def test_nothing_else_is(client: TestClient, given: str) -> None:
    assert OWN.fullmatch(client.get("/health/live", headers={"x-request-id": given}).headers["x-request-id"])
    twice = [("x-request-id", "0123456789abcdef"), ("x-request-id", "fedcba9876543210")]
    assert client.get("/health/live", headers=twice).headers["x-request-id"] not in dict(twice).values()


def test_it_stands_in_every_record_and_in_what_a_person_is_told(tmp_path: Path, notes: Notes) -> None:
    made = make_client(Settings(checkpoints=tmp_path, data=tmp_path / "data"), raise_server_exceptions=False)

    @made.app.get("/api/fails/{name}")  # type: ignore[attr-defined, untyped-decorator]
    def fails(name: str) -> None:
        logging.getLogger(OURS).info("about to fail")
        raise RuntimeError(name)

    with made as client:
        answer = client.get("/api/fails/telling?telling=1")
    number = answer.headers["x-request-id"]
    assert f"under {number};" in answer.json()["error"]["message"]
    mine = [record for known, record in notes.kept if known == number]
    assert [record.getMessage().split(",")[0] for record in mine] == [
        "about to fail",
        "A request failed",
        "GET /api/fails/{name} 500 internal",
    ]
    facts = getattr(mine[-1], FACTS)
    assert facts["route"] == "/api/fails/{name}"
    assert (facts["method"], facts["status"], facts["code"]) == ("GET", 500, "internal")
    assert facts["bytes"] == len(answer.content)
    assert facts["ms"] >= 0


def test_every_request_has_a_line_files_of_the_page_at_debug(client: TestClient, notes: Notes) -> None:
    page = client.get("/")
    script = re.search(r'src="(/static/[^"]+/theme\.js)"', page.text)
    assert script
    client.get(script[1])
    client.get("/health/live")
    with client.websocket_connect("/api/live", headers=ORIGIN):
        pass
    lines = [(record.levelname, getattr(record, FACTS)["route"]) for _, record in notes.kept]
    assert lines == [("INFO", "/"), ("DEBUG", "/static/"), ("DEBUG", "/health/live"), ("INFO", "/api/live")]
