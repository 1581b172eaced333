"""A storage whose results lie in an object store, through fsspec: the same interface, and the same suite of tests.

Results alone: they are put whole, named by their content and read whole. Sets stay files. They grow by `append`, which
no object can; they are mapped into memory; and their heads are read for every list of a model's sets, which would be a
journey over the network each time. `tmp` and the cache of compiled code are this machine's own in any case.
"""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from server.errors import SettingError
from server.storage import Storage

ROOM = "results"
# What the implementations of fsspec call the moment at which an object was written.
_WRITTEN = ("LastModified", "mtime", "last_modified", "modified", "updated", "created")


class ObjectStorage(Storage):
    """Results under a URL such as `s3://bucket/prefix`, everything else as files under `folder`.

    An object's PUT is whole by nature; where fsspec's store is a folder, the object is moved into its place. The store
    tells when an object was written, not when it was read: what this process has read counts as a use, what others or
    an earlier one have read does not. Every failure is an OSError that repeats neither the URL nor the store's own
    words, for both may hold a key.
    """

    def __init__(self, folder: Path, url: str, *, results_bytes: int, sets_bytes: int | None = None) -> None:
        """Raises SettingError where fsspec, or its part for this kind of store, is not installed."""
        super().__init__(folder, results_bytes=results_bytes, sets_bytes=sets_bytes)
        self._store, place = _opened(url)
        self._place = f"{place.rstrip('/')}/{ROOM}"
        self._used: dict[str, float] = {}  # name -> when this process last read it

    def put(self, room: str, name: str, content: bytes) -> None:
        if room != ROOM:
            super().put(room, name, content)
            return
        self._path(room, name)  # refuses what is no name
        with _told():
            self._write(name, content)
            self._make_room(keep=name)

    def get(self, room: str, name: str) -> bytes | None:
        if room != ROOM:
            return super().get(room, name)
        self._path(room, name)
        with _told():
            try:
                content = bytes(self._store.cat_file(f"{self._place}/{name}"))
            except FileNotFoundError:
                return None
        self._used[name] = time.time()
        return content

    def has(self, room: str, name: str) -> bool:
        if room != ROOM:
            return super().has(room, name)
        self._path(room, name)
        with _told():
            return bool(self._store.isfile(f"{self._place}/{name}"))

    def find(self, room: str, name: str) -> Path | None:
        """As the files' own; an object is no file, so there is none of a result."""
        found = super().find(room, name)
        return found if room != ROOM else None

    def list(self, room: str, folder: str = "") -> list[str]:
        if room != ROOM:
            return super().list(room, folder)
        if folder:
            self._path(room, folder)
            return []
        with _told():
            return sorted(self._objects())

    def size(self, room: str, folder: str = "") -> int:
        if room != ROOM:
            return super().size(room, folder)
        if folder:
            self._path(room, folder)
            return 0
        with _told():
            return sum(_size(found) for found in self._objects().values())

    def delete(self, room: str, name: str) -> bool:
        if room != ROOM:
            return super().delete(room, name)
        self._path(room, name)
        self._used.pop(name, None)
        with _told():
            return self._remove(name)

    def _write(self, name: str, content: bytes) -> None:
        place = f"{self._place}/{name}"
        if "file" not in _protocols(self._store):
            self._store.pipe_file(place, content)
            return
        beside = f"{self._place}/.{secrets.token_hex(8)}"
        try:
            self._store.pipe_file(beside, content)
            self._store.mv(beside, place)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                self._store.rm_file(beside)
            raise

    def _objects(self) -> dict[str, dict[str, Any]]:
        """What is there, by name; without what is just being written."""
        found = self._store.find(self._place, detail=True)
        named = {str(place).rpartition("/")[2]: details for place, details in found.items()}
        return {name: details for name, details in named.items() if not name.startswith(".")}

    def _make_room(self, *, keep: str) -> None:
        there = self._objects()
        self._used = {name: when for name, when in self._used.items() if name in there}
        used = {name: max(_written(found), self._used.get(name, 0.0)) for name, found in there.items()}
        total = sum(_size(found) for found in there.values())
        for name in sorted(there, key=used.__getitem__):
            if total <= self.results_bytes:
                return
            if name != keep:
                self._remove(name)
                total -= _size(there[name])

    def _remove(self, name: str) -> bool:
        try:
            if not self._store.isfile(f"{self._place}/{name}"):
                return False
            self._store.rm_file(f"{self._place}/{name}")
        except FileNotFoundError:  # another one was faster
            return False
        return True


def _opened(url: str) -> tuple[Any, str]:
    """fsspec's file system of a URL, and the path there."""
    kind = urlsplit(url).scheme
    try:
        from fsspec.core import url_to_fs

        more = {"auto_mkdir": True} if kind in ("file", "local") else {}
        store, place = url_to_fs(url, use_listings_cache=False, **more)
    except ModuleNotFoundError as missing:
        raise SettingError(
            "LATENT_EXPLORER_STORAGE needs fsspec, which is in the extra for clusters: python3 run.py cluster "
            "installs it."
        ) from missing
    except ImportError as missing:
        raise SettingError(f"LATENT_EXPLORER_STORAGE: {missing} (into .venv, with its pip).") from None
    except Exception as wrong:  # whatever that store's own part raises for what it is told
        raise SettingError(
            f"LATENT_EXPLORER_STORAGE: a store of the kind {kind!r} cannot be opened ({type(wrong).__name__})."
        ) from None
    return store, str(place)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Whatever a store raises as an OSError, without the store's words."""
    try:
        yield
    except Exception as wrong:
        raise OSError(f"The object store of LATENT_EXPLORER_STORAGE failed ({type(wrong).__name__}).") from None


def _protocols(store: Any) -> tuple[str, ...]:
    return (store.protocol,) if isinstance(store.protocol, str) else tuple(store.protocol)


def _size(found: dict[str, Any]) -> int:
    return int(found.get("size") or 0)


def _written(found: dict[str, Any]) -> float:
    """When an object was written, in seconds; 0 where its store does not tell, so that it goes first."""
    when = next((found[name] for name in _WRITTEN if found.get(name) is not None), 0.0)
    if isinstance(when, str):
        with contextlib.suppress(ValueError):
            when = datetime.fromisoformat(when)
    return when.timestamp() if isinstance(when, datetime) else float(when) if isinstance(when, int | float) else 0.0
