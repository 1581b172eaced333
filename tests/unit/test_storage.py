"""The storage: whole or not at all, and results go first."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from server.errors import BadRequest
from server.storage import Storage


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    made = Storage(tmp_path / "data", results_bytes=1000)
    made.open()
    return made


def test_what_is_put_is_got_listed_and_deleted(storage: Storage) -> None:
    storage.put("sets", "mine.npy", b"abc")
    assert storage.get("sets", "mine.npy") == b"abc"
    storage.put("sets", "mine.npy", b"new")
    assert storage.get("sets", "mine.npy") == b"new"
    assert storage.list("sets") == ["mine.npy"]
    assert storage.delete("sets", "mine.npy")
    assert not storage.delete("sets", "mine.npy")
    assert storage.get("sets", "mine.npy") is None


def test_a_failed_put_leaves_the_old_content_and_no_rest(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    storage.put("models", "a", b"old")

    def full(handle: int) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        storage.put("models", "a", b"new")
    assert storage.get("models", "a") == b"old"
    assert storage.list("tmp") == []


def test_what_a_crash_left_is_cleared_at_start(storage: Storage) -> None:
    (storage.folder / "tmp" / "half").write_bytes(b"x")
    (storage.folder / "tmp" / "folder").mkdir()
    storage.open()
    assert storage.list("tmp") == []


def test_the_least_recently_used_results_go_and_nothing_else_does(storage: Storage) -> None:
    storage.put("models", "mine", b"x" * 5000)
    for index, name in enumerate(("first", "second")):
        storage.put("results", name, b"x" * 400)
        os.utime(storage.folder / "results" / name, (index, index))
    storage.get("results", "first")
    storage.put("results", "third", b"x" * 400)
    assert storage.list("results") == ["first", "third"]
    storage.put("results", "huge", b"x" * 2000)
    assert storage.list("results") == ["huge"]
    assert storage.list("models") == ["mine"]


@pytest.mark.parametrize("name", ["../a", "a/b", "", ".hidden", "a" * 200, "a\0b"])
def test_names_that_could_leave_the_room_are_refused(storage: Storage, name: str) -> None:
    with pytest.raises(BadRequest):
        storage.put("models", name, b"")


def test_an_unknown_room_is_refused(storage: Storage) -> None:
    with pytest.raises(BadRequest):
        storage.list("elsewhere")
