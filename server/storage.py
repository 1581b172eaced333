"""Where everything that is written goes: put, get, list and delete, each whole or not at all.

Rooms: `models` and `sets` are a person's own and never go by themselves; `results` are named by their content, can be
computed again, and the least recently used go first when they outgrow their bound; `tmp` is emptied at start.

A set is a folder of files, `<model>/<set>/<file>`. The large ones grow by `append`, and nobody reads them before a head
that was put whole says how far they go.

`Storage` is the interface, and its implementation by files; `object_storage.py` puts results into an object store.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from server.errors import BadRequest, Full, NotFound

if TYPE_CHECKING:
    from server.settings import Settings

ROOMS = {"models": 1, "sets": 3, "results": 1, "tmp": 1}  # and the most parts that a name has there
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,127}")
_NO_SPACE = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
_NO_RIGHT = (errno.EACCES, errno.EPERM, errno.EROFS)


class Storage:
    """Files by room and name under one folder. Names are letters, digits and ._+- in parts with slashes between."""

    def __init__(self, folder: Path, *, results_bytes: int, sets_bytes: int | None = None) -> None:
        """`results_bytes` and `sets_bytes` bound the rooms; None: only the disk does."""
        self.folder = folder
        self.results_bytes = results_bytes
        self.sets_bytes = sets_bytes

    def open(self) -> None:
        """Make the rooms and clear what a crash left half written. Raises OSError where the folder can't be written."""
        self.prepare()
        for left in (self.folder / "tmp").iterdir():
            shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()

    def prepare(self) -> None:
        """Make the rooms, for a second process beside the server: what lies in `tmp` may be the server's."""
        for room in ROOMS:
            (self.folder / room).mkdir(parents=True, exist_ok=True)

    def put(self, room: str, name: str, content: bytes) -> None:
        """Store `content`; a reader sees the old file or the new one, never a part. Raises Full as `append` does."""
        path = self._path(room, name)
        self._refuse_more(room, len(content))
        with _told_when_full(room):
            handle, temporary = tempfile.mkstemp(dir=self.folder / "tmp")
            try:
                with os.fdopen(handle, "wb") as stream:
                    stream.write(content)
                    stream.flush()
                    os.fsync(stream.fileno())
                path.parent.mkdir(parents=True, exist_ok=True)
                Path(temporary).replace(path)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise
        if room == "results":
            self._evict(keep=path)

    def append(self, room: str, name: str, at: int, content: bytes | memoryview) -> None:
        """Let a file grow: `content` stands from byte `at` on, and what stood there before is cut off.

        It is on the disk when this returns. Raises NotFound where the folder has gone meanwhile or the file is shorter
        than `at`, Full where the room's bound or the disk is reached: nothing is written then.
        """
        path = self._path(room, name)
        self._refuse_more(room, len(content))
        try:
            how = os.O_RDWR | getattr(os, "O_BINARY", 0) | (0 if at else os.O_CREAT | os.O_TRUNC)
            with _told_when_full(room), os.fdopen(os.open(path, how, 0o600), "r+b") as stream:
                if stream.seek(0, os.SEEK_END) < at:
                    raise NotFound(f"{name} is shorter than it was.", field="name")
                stream.truncate(at)
                stream.seek(at)
                try:
                    stream.write(content)
                    stream.flush()
                    os.fsync(stream.fileno())
                except OSError:
                    stream.truncate(at)
                    raise
        except FileNotFoundError as gone:
            raise NotFound(f"There is no {name} any more.", field="name") from gone

    def get(self, room: str, name: str) -> bytes | None:
        """The content, or None when there is none. Counts as a use."""
        path = self._path(room, name)
        try:
            content = path.read_bytes()
            now = time.time_ns()  # a file system's own clock ticks slowly, and two uses within a tick would look alike
            os.utime(path, ns=(now, now))
        except FileNotFoundError:
            return None
        return content

    def has(self, room: str, name: str) -> bool:
        """Whether there is such a file; that is no use of it."""
        return self.find(room, name) is not None

    def find(self, room: str, name: str) -> Path | None:
        """The file itself, for what is mapped into memory or locked; None where there is none."""
        path = self._path(room, name)
        return path if path.is_file() else None

    def list(self, room: str, folder: str = "") -> list[str]:
        """The names in a room, or in a folder of it, sorted; none where there is no such folder."""
        place = self._path(room, folder) if folder else self._room(room)
        return sorted(path.name for path in place.iterdir()) if place.is_dir() or not folder else []

    def size(self, room: str, folder: str = "") -> int:
        """The bytes of all files in a room, or in a folder of it."""
        place = self._path(room, folder) if folder else self._room(room)
        return sum(_bytes_of(path) for path in place.rglob("*"))

    def delete(self, room: str, name: str) -> bool:
        """Remove a file, or a folder with all that is in it; returns whether there was one."""
        path = self._path(room, name)
        if path.is_dir():
            away = Path(tempfile.mkdtemp(dir=self.folder / "tmp"))
            path.rename(away / "gone")  # at once: nobody finds half of it
            shutil.rmtree(away, ignore_errors=True)
            return True
        existed = path.exists()
        path.unlink(missing_ok=True)
        return existed

    def _room(self, room: str) -> Path:
        if room not in ROOMS:
            raise BadRequest(f"There is no room {room!r} in the storage.", field="room")
        return self.folder / room

    def _path(self, room: str, name: str) -> Path:
        place, parts = self._room(room), name.split("/")
        if len(parts) > ROOMS[room] or not all(_PART.fullmatch(part) for part in parts):
            raise BadRequest(f"{name!r} cannot be a file's name.", field="name")
        return place.joinpath(*parts)

    def _refuse_more(self, room: str, size: int) -> None:
        if room != "sets" or self.sets_bytes is None:
            return
        if self.size("sets") + size > self.sets_bytes:
            raise Full(
                f"The sets of pictures would take more than the {self.sets_bytes / 2**30:.3g} GB that this server "
                "keeps for them. Delete a set, or set LATENT_EXPLORER_SETS_GB higher."
            )

    def _evict(self, *, keep: Path) -> None:
        files = [(path, path.stat()) for path in self._room("results").iterdir()]
        total = sum(stat.st_size for _, stat in files)
        for path, stat in sorted(files, key=lambda item: item[1].st_mtime_ns):
            if total <= self.results_bytes:
                return
            if path != keep:
                path.unlink(missing_ok=True)
                total -= stat.st_size


def storage_of(settings: Settings) -> Storage:
    """The storage that the settings choose. Raises SettingError where it needs what is not installed."""
    bounds = {"results_bytes": settings.results_mb * 2**20, "sets_bytes": int(settings.sets_gb * 2**30)}
    if not settings.storage:
        return Storage(settings.data, **bounds)
    from server.object_storage import ObjectStorage

    return ObjectStorage(settings.data, settings.storage, **bounds)


def _bytes_of(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:  # gone meanwhile
        return 0


@contextlib.contextmanager
def _told_when_full(room: str) -> Iterator[None]:
    """A disk without space is told to whoever adds a set; results are simply not kept then."""
    try:
        yield
    except OSError as wrong:
        if room == "sets" and wrong.errno in _NO_SPACE:
            raise Full("The disk that the server writes to is full. Make room on it and try again.") from wrong
        if room == "sets" and wrong.errno in _NO_RIGHT:
            raise Full("The server may not write to its data folder, so no set can be kept.") from wrong
        raise
