"""The storage: whole or not at all, and results go first."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from server.errors import BadRequest, Full, NotFound
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


def test_a_set_is_a_folder_that_goes_as_a_whole(storage: Storage) -> None:
    storage.put("sets", "vae/mine/set.json", b"{}")
    storage.append("sets", "vae/mine/pictures.u8", 0, b"abc")
    assert storage.list("sets") == ["vae"]
    assert storage.list("sets", "vae/mine") == ["pictures.u8", "set.json"]
    assert storage.list("sets", "vae/none") == []
    assert storage.size("sets", "vae/mine") == storage.size("sets") == 5
    found = storage.find("sets", "vae/mine/pictures.u8")
    assert found is not None
    assert found.read_bytes() == b"abc"
    assert storage.find("sets", "vae/mine") is None
    assert storage.delete("sets", "vae/mine")
    assert not storage.delete("sets", "vae/mine")
    assert storage.list("sets", "vae") == storage.list("tmp") == []


def test_a_file_grows_and_what_stands_behind_is_cut_off(storage: Storage) -> None:
    storage.put("sets", "vae/mine/draft.json", b"")
    name = "vae/mine/pictures.u8"
    storage.append("sets", name, 0, b"abcdef")
    assert (storage.folder / "sets" / name).stat().st_mode & 0o077 == 0  # nobody else's
    storage.append("sets", name, 3, b"XY")
    assert storage.get("sets", name) == b"abcXY"
    storage.append("sets", name, 2, b"")
    assert storage.get("sets", name) == b"ab"
    with pytest.raises(NotFound, match="shorter"):
        storage.append("sets", name, 3, b"c")
    storage.delete("sets", "vae/mine")
    for at in (0, 2):
        with pytest.raises(NotFound):
            storage.append("sets", name, at, b"c")
    assert storage.list("sets", "vae") == []


def test_the_bound_on_sets_is_told_and_nothing_written(tmp_path: Path) -> None:
    storage = Storage(tmp_path / "data", results_bytes=10, sets_bytes=100)
    storage.open()
    storage.put("sets", "vae/mine/draft.json", b"x" * 60)
    with pytest.raises(Full, match="SETS_GB"):
        storage.put("sets", "vae/mine/set.json", b"x" * 60)
    with pytest.raises(Full):
        storage.append("sets", "vae/mine/pictures.u8", 0, b"x" * 60)
    assert storage.list("sets", "vae/mine") == ["draft.json"]
    storage.put("models", "large", b"x" * 600)


@pytest.mark.parametrize(("number", "told"), [(errno.ENOSPC, "disk"), (errno.EROFS, "may not write"), (errno.EIO, "")])
def test_a_full_disk_is_told_and_leaves_what_was_there(
    storage: Storage, monkeypatch: pytest.MonkeyPatch, number: int, told: str
) -> None:
    storage.put("sets", "vae/mine/draft.json", b"old")
    storage.append("sets", "vae/mine/pictures.u8", 0, b"abc")

    def refuse(handle: int) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr(os, "fsync", refuse)
    expected = Full if told else OSError
    with pytest.raises(expected, match=told or "no"):
        storage.put("sets", "vae/mine/draft.json", b"new")
    with pytest.raises(expected, match=told or "no"):
        storage.append("sets", "vae/mine/pictures.u8", 3, b"def")
    assert storage.get("sets", "vae/mine/draft.json") == b"old"
    assert storage.get("sets", "vae/mine/pictures.u8") == b"abc"


@pytest.mark.parametrize("name", ["vae/../x", "vae//x", "a/b/c/d", "vae/", "/vae", "vae/.x", "vae/a\\b"])
def test_no_part_of_a_set_s_name_leads_out(storage: Storage, name: str) -> None:
    for attempt in (storage.get, storage.find, storage.delete, storage.list, storage.size):
        with pytest.raises(BadRequest):
            attempt("sets", name)
    with pytest.raises(BadRequest):
        storage.append("sets", name, 0, b"")
