"""Where pictures come from: zip archives, or a folder of the machine. Names are labels here, never paths to write to.

An archive's members are read into memory one at a time, at most LARGEST bytes of each and not more than RATIO times
the archive in all. Links are not followed, archives in archives are no pictures, and what is encrypted is said.
"""

from __future__ import annotations

import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from server.errors import BadRequest, TooLarge

MOST: Final = 1_000_000  # files of one set
LARGEST: Final = 64 * 2**20  # bytes of one file
RATIO: Final = 100  # pictures are packed already; a text of zeros packs a thousandfold
FREE: Final = 256 * 2**20  # bytes that any archive may unpack to
_LONGEST = 200  # characters of a name
_HIDDEN = ("__MACOSX", "Thumbs.db", "desktop.ini")
_END, _END_64 = 22, 56 + 20  # bytes of the end record, and of the two of zip64 before it


class Unreadable(Exception):
    """A file that is not read; the message is the reason, as a sentence."""


class Source(Protocol):
    """Files in a fixed order."""

    names: list[str]  # with the folders inside the source, slashes between

    def read(self, index: int) -> bytes:
        """A file's content. Raises Unreadable for this one, TooLarge where the whole has to end."""


def plain(name: str) -> str:
    """A member's name as it is told and matched: its path inside the archive; the last part of one that leads out."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    drive = len(parts) > 0 and len(parts[0]) == 2 and parts[0][1] == ":"
    if name.startswith(("/", "\\")) or ".." in parts or drive:
        parts = [part for part in parts[-1:] if part != ".."]
    shown = "".join(each if each.isprintable() else "\ufffd" for each in "/".join(parts))
    return shown[-_LONGEST:] or "a file without a name"


def hidden(name: str) -> bool:
    """Whether a system wrote this beside the pictures."""
    return any(part in _HIDDEN or (part.startswith(".") and part != "..") for part in name.split("/"))


class Archives:
    """The members of one zip archive, or of several one after the other."""

    def __init__(self, paths: Sequence[Path]) -> None:
        """List the members. Raises BadRequest for what is no zip archive, TooLarge for too many members."""
        self.names: list[str] = []
        self.hidden = 0  # members that are no person's
        self._members: list[tuple[int, zipfile.ZipInfo]] = []
        self._paths = list(paths)
        self._open: tuple[int, zipfile.ZipFile] | None = None
        self._unpacked = 0
        self._most = max(FREE, RATIO * sum(path.stat().st_size for path in paths))
        seen: set[str] = set()
        self._twice: set[int] = set()
        for number, path in enumerate(paths):
            for info in _members(path):
                name = plain(info.filename)
                folder = info.filename.endswith("/")  # `is_dir` fails on a name that is empty
                if folder or hidden(name):
                    self.hidden += not folder
                    continue
                if name in seen:
                    self._twice.add(len(self.names))
                seen.add(name)
                self.names.append(name)
                self._members.append((number, info))
                if len(self.names) > MOST:
                    raise _too_many()

    def read(self, index: int) -> bytes:
        """See Source."""
        number, info = self._members[index]
        if index in self._twice:
            raise Unreadable("This name stands in the archive before; the first one was used.")
        if stat.S_ISLNK(info.external_attr >> 16):
            raise Unreadable("This is a link, which is not followed.")
        if info.flag_bits & 1:
            raise Unreadable("This file is encrypted. Pack the archive without a password.")
        if info.file_size > LARGEST:
            raise Unreadable(_too_large())
        try:
            with self._archive(number).open(info) as stream:
                content = stream.read(LARGEST)  # not all: what lies about its size would unpack before it is cut off
        except NotImplementedError as wrong:
            raise Unreadable("This file is packed in a way that is not read here; pack it with Deflate.") from wrong
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, struct.error) as wrong:
            raise Unreadable("This file is damaged in the archive.") from wrong
        self._unpacked += len(content)
        if self._unpacked > self._most:
            raise TooLarge(
                f"This archive unpacks to more than {RATIO} times its size, which no pictures do. It is not read on.",
                field="archive",
            )
        return content

    def close(self) -> None:
        """Close the archive that is open."""
        if self._open is not None:
            self._open[1].close()
            self._open = None

    def _archive(self, number: int) -> zipfile.ZipFile:
        if self._open is None or self._open[0] != number:
            self.close()
            self._open = (number, zipfile.ZipFile(self._paths[number]))
        return self._open[1]


class Folder:
    """The files of a folder and its subfolders in the order of their names."""

    def __init__(self, folder: Path) -> None:
        """List them. Raises TooLarge for too many."""
        self.folder = folder
        self.names: list[str] = []
        self._paths: list[Path] = []
        self.bytes = 0
        for path in _walked(folder):
            name = plain(path.relative_to(folder).as_posix())
            if hidden(name):
                continue
            self.names.append(name)
            self._paths.append(path)
            self.bytes += path.lstat().st_size
            if len(self.names) > MOST:
                raise _too_many()

    def read(self, index: int) -> bytes:
        """See Source."""
        path = self._paths[index]
        try:
            if path.is_symlink():
                raise Unreadable("This is a link, which is not followed.")
            if not path.is_file():
                raise Unreadable("This is not a file.")
            if path.stat().st_size > LARGEST:
                raise Unreadable(_too_large())
            return path.read_bytes()
        except OSError as wrong:
            raise Unreadable("This file cannot be read from the disk.") from wrong


def looks_like_zip(start: bytes) -> bool:
    """Whether a file that begins so may be a zip archive; an empty one begins with its end."""
    return start.startswith((b"PK\3\4", b"PK\5\6"))


def _walked(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            yield Path(place) / name


def _members(path: Path) -> list[zipfile.ZipInfo]:
    try:
        if _counted(path) > MOST:
            raise _too_many()
        with zipfile.ZipFile(path) as archive:
            return archive.infolist()
    except (zipfile.BadZipFile, OSError, struct.error, ValueError, NotImplementedError, EOFError) as wrong:
        raise BadRequest(
            "This is not a zip archive, or it is damaged. Please pack the pictures again.", field="archive"
        ) from wrong


def _counted(path: Path) -> int:
    """Members of an archive, counted in its directory before Python makes an object of each (APPNOTE.TXT 4.3)."""
    with path.open("rb") as stream:
        if not looks_like_zip(stream.read(4)):
            raise zipfile.BadZipFile("no zip signature")
        end = stream.seek(max(0, stream.seek(0, os.SEEK_END) - _END - 2**16))
        tail = stream.read()
        at = tail.rfind(b"PK\5\6")
        if at < 0 or len(tail) < at + _END:
            raise zipfile.BadZipFile("no end record")
        (size,) = struct.unpack_from("<I", tail, at + 12)
        begin = end + at - size
        if at >= _END_64 and tail[at - 20 : at - 16] == b"PK\6\7":
            (size,) = struct.unpack_from("<Q", tail, at - _END_64 + 40)
            begin = end + at - _END_64 - size
        return _walk(stream, begin, size)


def _walk(stream: BinaryIO, begin: int, size: int) -> int:
    count, at = 0, 0
    while at < size and count <= MOST:
        stream.seek(begin + at)  # before the file: OSError
        entry = stream.read(46)
        if len(entry) < 46 or entry[:4] != b"PK\1\2":
            raise zipfile.BadZipFile("the directory is damaged")
        at += 46 + sum(struct.unpack("<3H", entry[28:34]))
        count += 1
    return count


def _too_many() -> TooLarge:
    return TooLarge(f"A set may have {MOST:,} files; this has more. Split it.", field="archive")


def _too_large() -> str:
    return f"This file has more than {LARGEST // 2**20} MB."
