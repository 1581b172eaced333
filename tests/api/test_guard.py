"""Who may ask, from where, and how much."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from server.guard import HEADERS
from server.settings import Settings
from tests.api.conftest import make_client
from tests.api.pictures import VAE
from tests.api.waiting import ready

VIEWER, OWNER = "v" * 20, "o" * 20


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:8000", "LOCALHOST"])
def test_loopback_names_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/health/live", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "10.0.0.1:8000", "[", "localhost@evil"])
def test_other_names_are_refused(client: TestClient, host: str) -> None:
    answer = client.get("/api/models", headers={"host": host})
    assert answer.status_code == 403
    assert answer.json()["error"]["field"] == "Host"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"},
    ],
)
def test_another_page_may_neither_ask_nor_connect(client: TestClient, headers: dict[str, str]) -> None:
    assert client.get("/api/models", headers=headers).status_code == 403
    answer = client.post(f"/api/models/{VAE}/decode", json={"latents": [[0.0] * 16]}, headers=headers)
    assert answer.status_code == 403
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect("/api/live", headers={"host": "127.0.0.1:8000", **headers}),
    ):
        pass


def test_a_link_from_elsewhere_to_the_page_is_followed(client: TestClient) -> None:
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert client.get("/", headers=headers).status_code == 200
    assert client.post("/", headers=headers).status_code == 403


def test_our_own_page_may_ask(client: TestClient) -> None:
    headers = {"origin": "http://127.0.0.1:8000", "sec-fetch-site": "same-origin"}
    assert client.get("/api/models", headers=headers).status_code == 200


@pytest.mark.parametrize("address", ["/", "/api/models", "/api/none", "/none"])
def test_every_answer_carries_the_policy(client: TestClient, address: str) -> None:
    answer = client.get(address)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value


def test_a_body_over_the_limit_is_refused_announced_or_not(client: TestClient) -> None:
    large = b"x" * (5 * 2**20)  # the client's settings allow 4 MB
    announced = client.post(f"/api/models/{VAE}/encode", files={"file": ("p", large)})
    assert announced.status_code == 413
    assert announced.json()["error"]["code"] == "too_large"

    def pieces() -> Iterator[bytes]:
        yield b'--b\r\ncontent-disposition: form-data; name="file"; filename="p"\r\n\r\n'
        for start in range(0, len(large), 2**16):
            yield large[start : start + 2**16]

    unannounced = client.post(
        f"/api/models/{VAE}/encode", content=pieces(), headers={"content-type": "multipart/form-data; boundary=b"}
    )
    assert unannounced.status_code == 413


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[TestClient]:
    settings = Settings(
        host="0.0.0.0",  # noqa: S104 (what is tested)
        viewer_token=VIEWER,
        owner_token=OWNER,
        allowed_hosts=("explorer.example",),
        data=tmp_path,
        checkpoints=tmp_path / "none",
    )
    with make_client(settings, follow_redirects=False) as made:
        yield made


def test_without_a_token_nothing_but_health_is_answered(guarded: TestClient) -> None:
    answer = guarded.get("/api/models")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert guarded.get("/").status_code == 401
    assert guarded.get("/?token=wrong").status_code == 401
    assert ready(guarded)["status"] == "ok"
    with pytest.raises(WebSocketDisconnect), guarded.websocket_connect("/api/live", headers={"host": "127.0.0.1"}):
        pass


@pytest.mark.parametrize("token", [VIEWER, OWNER])
def test_a_token_in_the_address_is_exchanged_once_for_a_cookie(guarded: TestClient, token: str) -> None:
    exchange = guarded.get(f"/?token={token}&a=1")
    assert exchange.status_code == 303
    assert exchange.headers["location"] == "/?a=1"
    cookie = exchange.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert token not in cookie
    assert guarded.get("/api/models").status_code == 200  # the client keeps the cookie


def test_a_bearer_token_is_accepted_and_a_wrong_one_is_not(guarded: TestClient) -> None:
    assert guarded.get("/api/models", headers={"authorization": f"Bearer {VIEWER}"}).status_code == 200
    assert guarded.get("/api/models", headers={"authorization": "Bearer nonsense"}).status_code == 401
    assert guarded.get("/api/models", headers={"authorization": f"Basic {VIEWER}"}).status_code == 401


def test_allowed_hosts_and_addresses_are_answered_off_loopback(guarded: TestClient) -> None:
    bearer = {"authorization": f"Bearer {VIEWER}"}
    for host, status in (("explorer.example", 200), ("192.0.2.7:8000", 200), ("other.example", 403)):
        assert guarded.get("/api/models", headers={"host": host, **bearer}).status_code == status


def test_a_visitor_gets_a_cookie_that_scripts_cannot_read(client: TestClient) -> None:
    client.cookies.clear()
    cookie = client.get("/").headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert "set-cookie" not in client.get("/").headers


@pytest.mark.parametrize("before", ['foo={"a":"b"}', "version=1", "flag", "x=a b", 'l=[1,"2"]'])
def test_another_programs_cookies_do_not_lock_a_visitor_out(guarded: TestClient, before: str) -> None:
    cookie = guarded.get(f"/?token={VIEWER}").headers["set-cookie"].split(";")[0]
    guarded.cookies.clear()
    assert guarded.get("/api/models", headers={"cookie": f"{before}; {cookie}"}).status_code == 200


def test_a_cookie_of_other_letters_is_no_token_and_no_failure(guarded: TestClient) -> None:
    cookie = 'latent_explorer_token="\xe9"'.encode("latin-1")
    assert guarded.get("/api/models", headers=[(b"cookie", cookie)]).status_code == 401


def test_the_token_exchange_never_leads_to_another_host(guarded: TestClient) -> None:
    for path in ("//evil.example/x", "/%2fevil.example"):
        answer = guarded.get(f"http://127.0.0.1:8000{path}?token={VIEWER}")
        assert not answer.headers["location"].startswith("//")


def test_two_hosts_are_refused(client: TestClient) -> None:
    answer = client.get("/health/live", headers=[("host", "localhost"), ("host", "evil.example")])
    assert answer.status_code == 403


def test_only_uploads_may_be_large(client: TestClient, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, checkpoints=tmp_path / "none", body_mb=32)
    with make_client(settings) as roomy:
        body = b'{"latents": [[' + b"0," * (3 * 2**20) + b"0]]}"
        headers = {"content-type": "application/json"}
        assert roomy.post(f"/api/models/{VAE}/decode", content=body, headers=headers).status_code == 413
        upload = roomy.post(f"/api/models/{VAE}/encode", files={"file": ("p", body)})
        assert upload.status_code == 404  # taken, but there is no such model


def test_a_wrong_body_is_told_by_its_first_error_alone(client: TestClient) -> None:
    """A million errors would be gigabytes, and seconds in which nobody else is answered."""
    from pydantic import ValidationError

    from server.schemas import DecodeRequest

    with pytest.raises(ValidationError) as wrong:
        DecodeRequest.model_validate({"latents": [[""] * 50_000] * 4})
    assert wrong.value.error_count() == 1
