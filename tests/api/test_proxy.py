"""Behind a proxy that serves us under a path, whether or not it strips the path."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

from server.settings import ROOT, Settings
from tests.api.conftest import make_client
from tests.api.pictures import VAE
from tests.api.test_live import ORIGIN, answer, frame

VIEWER, OWNER = "v" * 20, "o" * 20


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    data = tmp_path_factory.mktemp("data")
    settings = Settings(root_path="/latent", data=data, checkpoints=ROOT / "checkpoints")
    with make_client(settings, follow_redirects=False) as made:
        yield made


@pytest.mark.parametrize("prefix", ["", "/latent"], ids=["stripped", "kept"])
def test_everything_answers_with_the_path_stripped_or_kept(client: TestClient, prefix: str) -> None:
    page = client.get(f"{prefix}/")
    assert page.status_code == 200
    addresses = [part.split('"')[0] for part in page.text.split('src="')[1:]]
    addresses += [part.split('"')[0] for part in page.text.split('rel="stylesheet" href="')[1:]]
    assert len(addresses) > 3
    for address in addresses:
        assert address.startswith("/latent/")
        assert client.get(prefix + address.removeprefix("/latent")).status_code == 200, address
    assert client.get(f"{prefix}/health/live").status_code == 200
    assert client.get(f"{prefix}/api/models/{VAE}/sample?seed=1").status_code == 200
    with client.websocket_connect(f"{prefix}/api/live", headers=ORIGIN) as socket:
        socket.send_bytes(frame(np.zeros((1, 16), np.float32), 3))
        assert answer(socket)[0]["stamp"] == 3


@pytest.mark.parametrize("prefix", ["", "/latent"], ids=["stripped", "kept"])
def test_the_token_exchange_stays_under_the_path(tmp_path: Path, prefix: str) -> None:
    settings = Settings(
        root_path="/latent", viewer_token=VIEWER, owner_token=OWNER, data=tmp_path, checkpoints=tmp_path / "none"
    )
    with make_client(settings, follow_redirects=False) as client:
        exchange = client.get(f"{prefix}/?token={VIEWER}")
        assert exchange.headers["location"] == "/latent/"
        assert "path=/latent/" in exchange.headers["set-cookie"].lower()
        assert client.get(f"{prefix}/health/live").status_code == 200
        client.cookies.clear()
        assert client.get(f"{prefix}/api/models").status_code == 401
