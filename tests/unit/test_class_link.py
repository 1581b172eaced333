"""The link for a class: tokens that are kept for their owner alone, addresses without a packet, codes to read."""

from __future__ import annotations

import json
import re
import signal
import socket
from pathlib import Path

import httpx2
import pytest
import segno

from server import class_link
from server.class_link import FILE, Tokens, addresses, drawn, greeting, kept_tokens, own_addresses, svg
from server.classroom import settings_for_class
from server.errors import SettingError
from server.settings import PREFIX, Settings
from tests.unit.own_server import own_server

V, O = "v" * 22, "o" * 22  # noqa: E741


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(PREFIX + name.upper(), raising=False)
    monkeypatch.setenv(f"{PREFIX}DATA", str(tmp_path / "data"))


def test_tokens_are_made_once_and_kept_for_their_owner_alone(tmp_path: Path) -> None:
    first = kept_tokens(tmp_path / "data")
    assert len(first.viewer) >= 20
    assert first.viewer != first.owner
    path = tmp_path / "data" / FILE
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    assert kept_tokens(tmp_path / "data") == first
    assert path.stat().st_mode & 0o777 == 0o600
    assert kept_tokens(tmp_path / "data", new=True) != first
    assert [found.name for found in (tmp_path / "data").iterdir()] == [FILE]


@pytest.mark.parametrize(
    "damaged", ["", "{", "[]", "{}", '{"viewer": 1, "owner": 2}', json.dumps({"viewer": V, "owner": V})]
)
def test_damaged_ones_are_made_anew(tmp_path: Path, damaged: str) -> None:
    (tmp_path / FILE).write_text(damaged)
    made = kept_tokens(tmp_path)
    assert kept_tokens(tmp_path) == made


def test_where_they_cannot_be_kept_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingError, match="cannot be kept"):
        kept_tokens(tmp_path / "file")


def test_this_machines_addresses_are_found_and_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds: list[int] = []
    asked: list[str] = []

    class Probe:
        """A socket that could not send: it has no method for it."""

        def __init__(self, _family: int, kind: int) -> None:
            kinds.append(kind)

        def __enter__(self) -> Probe:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def connect(self, target: tuple[str, int]) -> None:
            asked.append(target[0])
            if target[0].startswith("10."):
                raise OSError("no way there")

        def getsockname(self) -> tuple[str, int]:
            return ("192.168.1.5" if asked[-1] == "192.0.2.1" else "172.16.0.2", 5)

    monkeypatch.setattr("server.class_link.socket.socket", Probe)
    assert own_addresses() == ["192.168.1.5", "172.16.0.2"]
    assert set(kinds) == {socket.SOCK_DGRAM}  # one that is connected sends nothing, unlike a stream
    monkeypatch.setattr(class_link, "own_addresses", list)
    nowhere = Settings(host="0.0.0.0", viewer_token=V, owner_token=O)  # noqa: S104 (what is tested)
    assert addresses(nowhere, 80) == ["http://127.0.0.1:80/"]


@pytest.mark.parametrize(
    ("given", "asked", "shared"),
    [
        ({}, "http://127.0.0.1:8000/", "http://192.168.1.5:8000/"),
        ({}, "http://localhost/", "http://192.168.1.5:80/"),
        ({}, "http://10.1.2.3:8000/", "http://10.1.2.3:8000/"),
        ({"host": "192.168.7.7"}, "http://127.0.0.1:8000/", "http://192.168.7.7:8000/"),
        ({"host": "127.0.0.1"}, "http://127.0.0.1:8000/", "http://127.0.0.1:8000/"),
        ({"host": "127.0.0.1", "root_path": "/latent"}, "https://a.example/latent/", "https://a.example/latent/"),
        ({"public_url": "https://b.example/x"}, "http://127.0.0.1:8000/", "https://b.example/x/"),
    ],
)
def test_the_address_that_is_shown_is_one_that_others_reach(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], asked: str, shared: str
) -> None:
    monkeypatch.setattr(class_link, "own_addresses", lambda: ["192.168.1.5", "10.0.0.5"])
    settings = Settings(**{"host": "0.0.0.0", "viewer_token": V, "owner_token": O, **given})  # type: ignore[arg-type]  # noqa: S104
    assert class_link.shared_address(settings, asked) == shared


def test_the_code_on_a_terminal_is_the_code() -> None:
    text = class_link.with_token("http://192.168.1.5:8000/", V)
    lines = drawn(text).split("\n")
    colours = re.compile(r"\033\[38;5;16;48;5;231m([ ▄▀█]+)\033\[0m")  # black on white, whatever the theme
    halves = [colours.fullmatch(line) for line in lines]
    rows: list[list[int]] = []
    for half in halves:
        assert half is not None
        rows += [[int(each in "▀█") for each in half[1]], [int(each in "▄█") for each in half[1]]]
    wanted = [list(row) for row in segno.make(text, error="l", micro=False).matrix_iter(border=2)]
    assert rows[: len(wanted)] == wanted
    assert not any(any(row) for row in rows[len(wanted) :])


def test_the_code_in_the_page_is_one_image_without_scripts_or_addresses() -> None:
    made = svg(class_link.with_token("http://192.168.1.5:8000/", V))
    assert made.startswith("<svg ")
    assert V not in made
    assert "script" not in made
    assert "viewBox" in made  # so that it can be shown in any size


def test_what_is_printed_keeps_the_owners_address_apart() -> None:
    said = greeting(["http://192.168.1.5:8000/", "http://10.0.0.5:8000/"], Tokens(V, O), code=True)
    before, after = said.split("Do not share it")
    assert f"http://192.168.1.5:8000/?token={V}" in before
    assert f"or http://10.0.0.5:8000/?token={V}" in before
    assert "█" in before
    assert O not in before
    assert f"http://192.168.1.5:8000/?token={O}" in after
    assert V not in after
    assert "█" not in greeting(["http://a/"], Tokens(V, O), code=False)


def test_a_class_needs_no_setting_and_heeds_those_there_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made = settings_for_class(None, new=False)
    assert (made.host, made.log_level) == ("0.0.0.0", "warning")  # noqa: S104 (what is tested)
    assert settings_for_class("192.168.1.5", new=False).viewer_token == made.viewer_token
    other = settings_for_class(None, new=True)
    assert other.viewer_token != made.viewer_token
    monkeypatch.setenv(f"{PREFIX}HOST", "192.168.1.6")
    monkeypatch.setenv(f"{PREFIX}LOG_LEVEL", "debug")
    heeded = settings_for_class(None, new=False)
    assert (heeded.host, heeded.log_level, heeded.viewer_token) == ("192.168.1.6", "debug", other.viewer_token)
    monkeypatch.setenv(f"{PREFIX}VIEWER_TOKEN", V)
    with pytest.raises(SettingError, match="both"):
        settings_for_class(None, new=False)
    monkeypatch.setenv(f"{PREFIX}OWNER_TOKEN", O)
    assert settings_for_class(None, new=False).viewer_token == V
    with pytest.raises(SettingError, match="--new"):
        settings_for_class(None, new=True)


def test_the_command_prints_the_link_which_works_and_stands_in_no_log(tmp_path: Path) -> None:
    links = []
    for _ in range(2):
        with own_server(tmp_path, "class", "--host", "127.0.0.1", LOG_LEVEL="debug") as server:
            said = server.out.read_text()
            found = re.findall(r"http://127\.0\.0\.1:\d+/\?token=(\S+)", said)
            viewer, owner = found
            assert said.index(viewer) < said.index("Do not share it") < said.index(owner)
            assert server.status("/api/models") == 401
            assert httpx2.get(f"{server.address}/?token={viewer}").status_code == 303
            server.signal(signal.SIGTERM)
            assert server.process.wait(20) == 0
            logged = server.err.read_text()
            assert "GET none 303" in logged
            assert viewer not in logged
            assert owner not in logged
            links.append(found)
    assert links[0] == links[1]  # a restart keeps them
    assert (tmp_path / "data" / FILE).stat().st_mode & 0o777 == 0o600
