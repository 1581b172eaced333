"""Jobs over HTTP."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from server import visitors
from server.jobs import Work
from server.jobs.work import KINDS, Kind
from server.routes.jobs import TheDesk
from server.settings import Settings
from tests.api.conftest import make_client
from tests.api.pictures import VAE
from tests.unit.job_works import MODULE

COOKIE = visitors.COOKIE


@pytest.fixture(autouse=True)
def kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "test", Kind(MODULE, 1, "Starting the test."))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path, job_workers=1, job_queue=2)


def served(settings: Settings) -> TestClient:
    """A client of an application with a route that starts the tests' own kind of work."""
    client = make_client(settings)

    @client.app.post("/api/test", status_code=202)  # type: ignore[attr-defined, untyped-decorator]
    async def begin(desk: TheDesk, do: str, keep: bool = True) -> Any:
        return await desk.begin(Work("test", VAE, {"do": do}, {"x": np.ones(4, np.float32)}, keep))

    return client


def events(client: TestClient, address: str) -> list[dict[str, Any]]:
    """The job at each of its events, until it is over."""
    answer = client.get(f"{address}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    lines = [line for line in answer.text.splitlines() if line.startswith("data: ")]
    return [json.loads(line.removeprefix("data: ")) for line in lines]


def test_a_job_is_started_followed_and_its_result_fetched(settings: Settings) -> None:
    with served(settings) as client:
        begun = client.post("/api/test?do=work")
        assert begun.status_code == 202
        address = begun.headers["location"]
        assert re.fullmatch(r"/api/jobs/[0-9a-f]{32}", address)
        assert set(begun.json()) == {
            "id", "kind", "model", "state", "progress", "message", "partial", "error", "result"
        }  # fmt: skip
        assert begun.json()["result"] is None
        seen = events(client, address)
        assert [each["state"] for each in seen[-1:]] == ["done"]
        assert any(each["partial"] for each in seen)
        assert client.get(address).json() == seen[-1]
        result = client.get(seen[-1]["result"])
        assert result.text == "fashion-vae-16 4"
        assert result.headers["content-type"].startswith("text/plain")
        assert 'filename="answer.txt"' in result.headers["content-disposition"]
        assert events(client, address) == [seen[-1]]  # one that is over has one event


def test_a_result_survives_a_restart(settings: Settings) -> None:
    with served(settings) as client:
        events(client, client.post("/api/test?do=work").headers["location"])
    with served(settings) as client:
        again = client.post("/api/test?do=work")
        assert again.status_code == 200
        assert again.json()["state"] == "done"
        assert client.get(again.json()["result"]).text == "fashion-vae-16 4"


def test_a_failed_job_says_why(settings: Settings) -> None:
    with served(settings) as client:
        last = events(client, client.post("/api/test?do=refuse").headers["location"])[-1]
        assert last["state"] == "failed"
        assert last["error"] == {"code": "invalid", "message": "There is no such colour.", "field": "colour"}
        answer = client.get(f"/api/jobs/{last['id']}/result")
        assert answer.status_code == 404
        assert "failed" in answer.json()["error"]["message"]


def test_a_job_is_cancelled(settings: Settings) -> None:
    with served(settings) as client:
        address = client.post("/api/test?do=sleep").headers["location"]
        stopped = client.delete(address)
        assert stopped.status_code == 200
        assert stopped.json()["state"] == "cancelled"
        assert client.get(address).json()["state"] == "cancelled"
        assert client.delete(address).status_code == 200  # forgets it
        assert client.get(address).status_code == 404
        assert client.delete(address).status_code == 404


def test_nobody_else_sees_or_stops_a_job(settings: Settings) -> None:
    with served(settings) as client:
        begun = client.post("/api/test?do=sleep")
        assert re.fullmatch(r"[0-9a-f]{32}", begun.cookies[COOKIE])
        for cookie in ("", "0" * 32, "not a token"):
            client.cookies.set(COOKIE, cookie, domain="127.0.0.1", path="/")
            stranger = {"cookie": f"{COOKIE}={cookie}"}
            for method, tail in (("get", ""), ("get", "/events"), ("get", "/result"), ("delete", "")):
                client.cookies.clear()
                answer = client.request(method, begun.headers["location"] + tail, headers=stranger)
                assert answer.status_code == 404, (method, tail)
                assert answer.json()["error"]["code"] == "not_found"


def test_the_visitor_of_the_page_and_of_its_jobs_are_one(settings: Settings) -> None:
    with served(settings) as client:
        cookie = client.get("/").headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "samesite=strict" in cookie.lower()
        begun = client.post("/api/test?do=work")
        assert "set-cookie" not in begun.headers
        assert client.get(begun.headers["location"]).status_code == 200


def test_following_a_link_from_elsewhere_leaves_the_visitor_who_they_are(settings: Settings) -> None:
    # A browser withholds the cookie then, so a new one would take the old one's place, and running jobs with it.
    with served(settings) as client:
        arriving = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
        assert "set-cookie" not in client.get("/", headers=arriving).headers


def test_too_many_jobs_are_answered_with_when_to_come_back(settings: Settings) -> None:
    with served(settings) as client:
        for do in ("sleep", "be stubborn", "exit"):
            assert client.post(f"/api/test?do={do}").status_code == 202
        answer = client.post("/api/test?do=work")
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) > 0
        assert answer.json()["error"]["code"] == "busy"


def test_the_address_holds_the_path_of_the_proxy(tmp_path: Path) -> None:
    with served(Settings(data=tmp_path, root_path="/latent")) as client:
        begun = client.post("/latent/api/test?do=work")
        assert begun.headers["location"].startswith("/latent/api/jobs/")
        assert "path=/latent/" in begun.headers["set-cookie"].lower()
        last = events(client, begun.headers["location"])[-1]
        assert last["result"].startswith("/api/jobs/")  # the page adds its root, as to all addresses


def test_the_guard_stands_before_jobs_too(settings: Settings) -> None:
    with served(settings) as client:
        elsewhere = {"origin": "http://evil.example"}
        assert client.get("/api/jobs/x/events", headers=elsewhere).status_code == 403
        assert client.delete("/api/jobs/x", headers=elsewhere).status_code == 403


def test_a_server_with_jobs_going_closes_promptly(settings: Settings) -> None:
    with served(settings) as client:
        assert client.post("/api/test?do=sleep").status_code == 202
        assert client.post("/api/test?do=be stubborn").status_code == 202
