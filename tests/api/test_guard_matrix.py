"""Every combination of origin, host, token and method, WebSockets too: refused unless all are right."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from server.guard import TOKEN_COOKIE, _sealed
from server.settings import Settings
from tests.api.conftest import make_client

VIEWER, OWNER = "v" * 20, "o" * 20
OWN = "127.0.0.1:8000"
ORIGINS = {  # by what a browser sends along
    "own": f"http://{OWN}",
    "none": None,
    "foreign": "http://evil.example",
    "another port": "http://127.0.0.1:9999",
    "a name that begins alike": f"http://{OWN}.evil.example",
    "sandboxed": "null",
}
HOSTS = {
    "own": OWN,
    "foreign": "evil.example",
    "a name that begins alike": "127.0.0.1.evil.example",
    "an address in the network": "10.0.0.1:8000",
    "empty": "",
}
TOKENS: dict[str, dict[str, str]] = {
    "viewer's": {"authorization": f"Bearer {VIEWER}"},
    "owner's": {"authorization": f"Bearer {OWNER}"},
    "viewer's cookie": {"cookie": f"{TOKEN_COOKIE}={_sealed(VIEWER)}"},
    "none": {},
    "wrong": {"authorization": f"Bearer {VIEWER[:-1]}"},
    "wrong kind": {"authorization": f"Basic {VIEWER}"},
    "cookie with the token itself": {"cookie": f"{TOKEN_COOKIE}={VIEWER}"},
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "WEBSOCKET")
RIGHT_ORIGINS, RIGHT_TOKENS = {"own", "none"}, {"viewer's", "owner's", "viewer's cookie"}
ALL = list(product(ORIGINS, HOSTS, TOKENS, METHODS))
RIGHT = [case for case in ALL if case[0] in RIGHT_ORIGINS and case[1] == "own" and case[2] in RIGHT_TOKENS]
WRONG = [case for case in ALL if case not in set(RIGHT)]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("data")
    settings = Settings(viewer_token=VIEWER, owner_token=OWNER, data=folder, checkpoints=folder / "none")
    with make_client(settings) as made:
        yield made


def answered(client: TestClient, origin: str, host: str, token: str, method: str) -> tuple[int, str]:
    """The status and the code of the error; a WebSocket that is accepted has 101."""
    headers = {"host": HOSTS[host], **TOKENS[token]}
    if ORIGINS[origin] is not None:
        headers["origin"] = str(ORIGINS[origin])
    client.cookies.clear()
    if method == "WEBSOCKET":
        try:
            with client.websocket_connect("/api/live", headers=headers):
                return 101, ""
        except WebSocketDisconnect as refused:
            return (403 if refused.code == 1008 else 0), refused.reason
    answer = client.request(method, "/api/models", headers=headers)
    return answer.status_code, answer.json()["error"]["code"] if answer.content and answer.status_code >= 400 else ""


def test_the_product_is_whole() -> None:
    assert len(ALL) == 6 * 5 * 7 * 8 == 1680
    assert len(RIGHT) == 2 * 1 * 3 * 8 == 48
    assert len(WRONG) == len(set(WRONG)) == 1632


@pytest.mark.parametrize(("origin", "host", "token", "method"), WRONG)
def test_one_wrong_thing_is_enough(client: TestClient, origin: str, host: str, token: str, method: str) -> None:
    status, code = answered(client, origin, host, token, method)
    if method == "WEBSOCKET":
        assert status == 403
        return
    foreign = origin not in RIGHT_ORIGINS or host != "own"
    assert status == (403 if foreign else 401)  # who comes from elsewhere is not even told that there are tokens
    assert code == ("" if method == "HEAD" else "refused" if foreign else "token_needed")


@pytest.mark.parametrize(("origin", "host", "token", "method"), RIGHT)
def test_with_all_of_them_right_it_is_answered(
    client: TestClient, origin: str, host: str, token: str, method: str
) -> None:
    status, _ = answered(client, origin, host, token, method)
    assert status == {"GET": 200, "WEBSOCKET": 101}.get(method, 405)
