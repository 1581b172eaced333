"""Where everything that is written goes: put, get, list and delete, each whole or not at all.

Rooms: `models` and `sets` are a person's own and never go by themselves; `results` are named by their content, can be
computed again, and the least recently used go first when they outgrow their bound; `tmp` is emptied at start.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

from server.errors import BadRequest

ROOMS = ("models", "sets", "results", "tmp")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


class Storage:
    """Files by room and name under one folder. Names are letters, digits, dots, underscores and dashes."""

    def __init__(self, folder: Path, *, results_bytes: int) -> None:
        self.folder = folder
        self.results_bytes = results_bytes

    def open(self) -> None:
        """Make the rooms and clear what a crash left half written. Raises OSError where the folder can't be written."""
        for room in ROOMS:
            (self.folder / room).mkdir(parents=True, exist_ok=True)
        for left in (self.folder / "tmp").iterdir():
            shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()

    def put(self, room: str, name: str, content: bytes) -> None:
        """Store `content`; a reader sees the old file or the new one, never a part."""
        path = self._path(room, name)
        handle, temporary = tempfile.mkstemp(dir=self.folder / "tmp")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        if room == "results":
            self._evict(keep=path)

    def get(self, room: str, name: str) -> bytes | None:
        """The content, or None when there is none. Counts as a use."""
        path = self._path(room, name)
        try:
            content = path.read_bytes()
            os.utime(path)
        except FileNotFoundError:
            return None
        return content

    def has(self, room: str, name: str) -> bool:
        """Whether there is such a file; that is no use of it."""
        return self._path(room, name).is_file()

    def list(self, room: str) -> list[str]:
        """The names in a room, sorted."""
        return sorted(path.name for path in self._room(room).iterdir())

    def delete(self, room: str, name: str) -> bool:
        """Remove a file; returns whether there was one."""
        path = self._path(room, name)
        existed = path.exists()
        path.unlink(missing_ok=True)
        return existed

    def _room(self, room: str) -> Path:
        if room not in ROOMS:
            raise BadRequest(f"There is no room {room!r} in the storage.", field="room")
        return self.folder / room

    def _path(self, room: str, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise BadRequest(f"{name!r} cannot be a file's name.", field="name")
        return self._room(room) / name

    def _evict(self, *, keep: Path) -> None:
        files = [(path, path.stat()) for path in self._room("results").iterdir()]
        total = sum(stat.st_size for _, stat in files)
        for path, stat in sorted(files, key=lambda item: item[1].st_mtime_ns):
            if total <= self.results_bytes:
                return
            if path != keep:
                path.unlink(missing_ok=True)
                total -= stat.st_size
