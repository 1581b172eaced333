"""One suite for the storage's results over files and over object stores, and what is said of a store that fails."""

from __future__ import annotations

import builtins
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from server.errors import BadRequest, SettingError
from server.settings import Settings
from server.storage import Storage, storage_of

pytest.importorskip("fsspec", reason="needs fsspec, which torch and the cluster extra bring")

from fsspec.implementations.memory import MemoryFileSystem

from server.object_storage import ObjectStorage

Make = Callable[[], Storage]
KEY = "very-secret-key"


@pytest.fixture(params=["files", "memory", "local"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """What opens the storage, as often as it is asked: what one has written, the next one finds."""
    MemoryFileSystem.store.clear()
    bounds: dict[str, Any] = {"results_bytes": 1000, "sets_bytes": 10_000}
    urls = {"memory": "memory://bucket/prefix", "local": (tmp_path / "bucket").as_uri()}

    def open_one() -> Storage:
        folder = tmp_path / "data"
        made = Storage(folder, **bounds)
        if request.param in urls:
            made = ObjectStorage(folder, urls[request.param], **bounds)
        made.open()
        return made

    return open_one


@pytest.fixture
def storage(make: Make) -> Storage:
    return make()


def test_what_is_put_is_got_listed_measured_and_deleted(storage: Storage, make: Make) -> None:
    assert storage.list("results") == []
    assert storage.get("results", "a") is None
    assert not storage.has("results", "a")
    storage.put("results", "b", b"abc")
    storage.put("results", "a", b"")
    storage.put("results", "b", b"newer")
    for each in (storage, make()):
        assert each.list("results") == ["a", "b"]
        assert each.get("results", "b") == b"newer"
        assert each.get("results", "a") == b""
        assert each.has("results", "a")
        assert each.size("results") == 5
    assert storage.delete("results", "b")
    assert not storage.delete("results", "b")
    assert storage.get("results", "b") is None
    assert storage.list("results") == ["a"]


def test_the_least_recently_used_results_go_and_nothing_else_does(storage: Storage) -> None:
    storage.put("models", "mine", b"x" * 5000)
    storage.put("sets", "vae/mine/set.json", b"x" * 5000)
    for name in ("first", "second"):
        storage.put("results", name, b"x" * 400)
    storage.get("results", "first")
    storage.put("results", "third", b"x" * 400)
    assert storage.list("results") == ["first", "third"]
    storage.put("results", "huge", b"x" * 2000)
    assert storage.list("results") == ["huge"]
    assert storage.list("models") == ["mine"]
    assert storage.list("sets") == ["vae"]


def test_a_put_that_fails_leaves_what_was_there_and_no_rest(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    storage.put("results", "a", b"old")

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(28, f"No space left for {KEY}")

    if isinstance(storage, ObjectStorage):
        wrong = "pipe_file" if "memory" in storage._store.protocol else "mv"
        monkeypatch.setattr(storage._store, wrong, refuse)
    else:
        monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match=r"No space|failed"):
        storage.put("results", "a", b"new")
    monkeypatch.undo()
    assert storage.get("results", "a") == b"old"
    assert storage.list("results") == ["a"]
    if isinstance(storage, ObjectStorage):
        assert [str(found).rpartition("/")[2] for found in storage._store.find(storage._place)] == ["a"]


@pytest.mark.parametrize("name", ["../a", "a/b", "", ".hidden", "a" * 200, "a\0b"])
def test_names_that_could_leave_the_room_are_refused(storage: Storage, name: str) -> None:
    for attempt in (storage.get, storage.has, storage.find, storage.delete):
        with pytest.raises(BadRequest):
            attempt("results", name)
    with pytest.raises(BadRequest):
        storage.put("results", name, b"")
    with pytest.raises(BadRequest):
        storage.list("elsewhere")


def test_sets_are_files_wherever_results_are(storage: Storage) -> None:
    storage.put("sets", "vae/mine/draft.json", b"")
    storage.append("sets", "vae/mine/pictures.u8", 0, b"abc")
    storage.append("sets", "vae/mine/pictures.u8", 3, b"def")
    found = storage.find("sets", "vae/mine/pictures.u8")
    assert found is not None
    assert found.read_bytes() == storage.get("sets", "vae/mine/pictures.u8") == b"abcdef"
    assert storage.has("sets", "vae/mine/pictures.u8")
    assert storage.size("sets", "vae/mine") == 6
    assert storage.delete("sets", "vae/mine")
    assert storage.list("sets", "vae") == []


def test_it_travels_to_the_process_of_a_job(storage: Storage) -> None:
    """A memory store does not, by its nature; the storage over it does, and finds its own there."""
    storage.put("results", "a", b"abc")
    assert pickle.loads(pickle.dumps(storage)).get("results", "a") == b"abc"  # noqa: S301 (our own bytes)


def test_a_store_that_fails_is_told_without_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = ObjectStorage(tmp_path, f"memory://{KEY}/x", results_bytes=10)

    def refuse(*_: Any, **__: Any) -> None:
        raise ValueError(f"403 for {KEY}")

    for method in ("cat_file", "pipe_file", "isfile", "find"):
        monkeypatch.setattr(storage._store, method, refuse)
    for attempt in (
        lambda: storage.get("results", "a"),
        lambda: storage.has("results", "a"),
        lambda: storage.delete("results", "a"),
        lambda: storage.put("results", "a", b""),
        lambda: storage.list("results"),
        lambda: storage.size("results"),
    ):
        with pytest.raises(OSError, match=r"LATENT_EXPLORER_STORAGE failed \(ValueError\)") as told:
            attempt()
        assert KEY not in str(told.value)
        assert told.value.__suppress_context__


def test_a_store_without_times_lets_what_was_never_read_go_first(tmp_path: Path, monkeypatch: Any) -> None:
    storage = ObjectStorage(tmp_path, "memory://untimed", results_bytes=1000)
    for name in ("a", "b"):
        storage.put("results", name, b"x" * 400)
    storage.get("results", "a")
    found = storage._store.find

    def untimed(*arguments: Any, **more: Any) -> dict[str, dict[str, Any]]:
        return {place: {"size": each["size"]} for place, each in found(*arguments, **more).items()}

    monkeypatch.setattr(storage._store, "find", untimed)
    storage.put("results", "c", b"x" * 400)
    assert storage.list("results") == ["a", "c"]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (f"s3://user:{KEY}@bucket/prefix", "Install s3fs"),
        (f"nothing-known://{KEY}", "of the kind 'nothing-known' cannot be opened"),
    ],
)
def test_a_store_that_is_not_installed_is_told_at_the_start(tmp_path: Path, url: str, told: str) -> None:
    if url.startswith("s3") and _installed("s3fs"):
        pytest.skip("s3fs is installed here")
    settings = Settings(data=tmp_path, storage=url)
    assert KEY not in repr(settings)
    with pytest.raises(SettingError, match=told) as wrong:
        storage_of(settings)
    assert KEY not in wrong.value.message


def test_fsspec_is_needed_only_where_a_store_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = builtins.__import__

    def without(name: str, *more: Any, **others: Any) -> ModuleType:
        if name.startswith("fsspec"):
            raise ModuleNotFoundError("No module named 'fsspec'", name="fsspec")
        return found(name, *more, **others)

    monkeypatch.setattr(builtins, "__import__", without)
    assert type(storage_of(Settings(data=tmp_path))) is Storage
    with pytest.raises(SettingError, match=r"run\.py cluster installs it"):
        storage_of(Settings(data=tmp_path, storage="memory://x"))


def _installed(name: str) -> bool:
    import importlib.util

    return importlib.util.find_spec(name) is not None
