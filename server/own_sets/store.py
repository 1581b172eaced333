"""The sets that people have added, by model and name: begun, received, read, deleted."""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.manifest import PointSet
from server.errors import BadRequest, Full, NotFound, Taken, TooLarge
from server.own_sets import heads
from server.own_sets.heads import Draft, Head, Progress, Source
from server.own_sets.labels import Table
from server.own_sets.naming import RESERVED, slug_of, title_of
from server.own_sets.pictures import LATENTS_FILE, OwnPictures, mapped
from server.own_sets.sources import looks_like_zip
from server.storage import Storage

ROOM = "sets"
DRAFT, PROGRESS, HEAD, LABELS_CSV = "draft.json", "progress.json", "set.json", "labels.csv"
PIECE = 4 * 2**20  # bytes of an archive that are written at a time
_BESIDE = 8192  # bytes at most that an archive holds of a file beside its content: twice its name, and two records


@dataclass(frozen=True)
class Kept:
    """A whole set, ready to be looked at."""

    head: Head
    spec: PointSet
    latents: NDArray[np.float32]  # (N, D), on the disk
    pictures: OwnPictures


@dataclass(frozen=True)
class Unfinished:
    """A set that is being added, or whose model has become another."""

    name: str
    draft: Draft
    bytes: int  # on the disk
    received: int  # bytes of the archive, or batches of files
    labels: bool
    progress: Progress | None


class OwnSets:
    """All of them, in the room `sets` of the storage. Called from several threads."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self._lock = threading.Lock()  # two requests that bring the same bytes must not be mixed
        self._read: dict[tuple[str, str], Kept] = {}

    def names(self, model: str) -> list[str]:
        """The names of a model's whole sets, those of another version of it too."""
        return [name for name in self._folders(model) if self.storage.find(ROOM, f"{model}/{name}/{HEAD}")]

    def head(self, model: str, name: str) -> Head | None:
        """The head of a set, None where there is no whole one."""
        try:
            return heads.read(Head, self.storage.get(ROOM, f"{model}/{name}/{HEAD}"))
        except BadRequest:  # no name that anything here has
            return None

    def read(self, model: str, name: str, model_hash: str) -> Kept | None:
        """A set that is whole and was made with this version of the model, else None."""
        head = self.head(model, name)
        if head is None or head.model_hash != model_hash:
            self._read.pop((model, name), None)
            return None
        known = self._read.get((model, name))
        if known is None or known.head != head:
            folder = self.folder(model, name)
            try:
                latents = mapped(folder / LATENTS_FILE, np.float32, (head.count, head.dimensions))
            except (OSError, ValueError):  # files that somebody has cut off
                return None
            spec = PointSet(name, head.title, LATENTS_FILE, head.space, None, False)
            known = Kept(head, spec, latents, OwnPictures(folder, head))
            self._read[model, name] = known
        return known

    def folder(self, model: str, name: str) -> Path:
        """Where its files lie."""
        return self.storage.folder / ROOM / model / name

    def size(self, model: str, name: str) -> int:
        """Its bytes on the disk."""
        return self.storage.size(ROOM, f"{model}/{name}")

    def begin(self, model: str, model_hash: str, title: str, source: Source, shipped: Collection[str] = ()) -> str:
        """Make room for a set and answer its name.

        Raises BadRequest for a title without a letter, Taken where there is one of that name, TooLarge
        where it can never fit, Full where others leave too little room.
        """
        try:
            shown = title_of(title)
        except ValueError as wrong:
            raise BadRequest(str(wrong), field="title") from wrong
        name = slug_of(shown)
        with self._lock:
            if name in shipped or name in RESERVED or name in self._folders(model):
                raise Taken(f"There is a set called {name} already. Choose another name, or delete it.", field="title")
            bound = self.storage.sets_bytes
            used = self.storage.size(ROOM)
            if bound is not None and source.bytes > bound:
                raise TooLarge(
                    f"{_amount(source.bytes)} are more than the {_amount(bound)} that this server keeps of all own "
                    "sets. Add fewer pictures, or set LATENT_EXPLORER_SETS_GB higher.",
                    field="bytes",
                )
            if bound is not None and used + source.bytes > bound:
                raise Full(
                    f"{_amount(source.bytes)} do not fit: own sets take {_amount(used)} of the {_amount(bound)} that "
                    "this server keeps for them. Delete a set, or set LATENT_EXPLORER_SETS_GB higher."
                )
            begun = datetime.now(UTC).isoformat(timespec="seconds")
            draft = Draft(secrets.token_hex(16), shown, model_hash, begun, source)
            self.storage.put(ROOM, f"{model}/{name}/{DRAFT}", heads.written(draft))
        return name

    def draft(self, model: str, name: str) -> Draft:
        """What is being added. Raises NotFound where nothing of that name is."""
        found: Draft | None = None
        with contextlib.suppress(BadRequest):  # no name that anything here has
            found = heads.read(Draft, self.storage.get(ROOM, f"{model}/{name}/{DRAFT}"))
        if found is None:
            raise NotFound(f"No set {name!r} is being added to {model}. It may have been deleted.", field="set")
        return found

    def unfinished(self, model: str) -> list[Unfinished]:
        """What is being added to a model."""
        found = []
        for name in self._folders(model):
            draft = heads.read(Draft, self.storage.get(ROOM, f"{model}/{name}/{DRAFT}"))
            if draft is None or self.storage.find(ROOM, f"{model}/{name}/{HEAD}"):
                continue
            labels = self.storage.find(ROOM, f"{model}/{name}/{LABELS_CSV}") is not None
            received = self.received(model, name, draft)
            size = self.size(model, name)
            found.append(Unfinished(name, draft, size, received, labels, self.progress(model, name, draft)))
        return found

    def received(self, model: str, name: str, draft: Draft) -> int:
        """Bytes of the archive that have arrived, or batches of files."""
        sources = self.sources(model, name)
        if draft.source.kind == "files":
            return len(sources)
        return sources[0].stat().st_size if sources else 0

    def sources(self, model: str, name: str) -> list[Path]:
        """The archives that have arrived, in their order."""
        listed = self.storage.list(ROOM, f"{model}/{name}")
        return [self.folder(model, name) / each for each in listed if each.startswith("source-")]

    def receive(self, model: str, name: str, at: int, content: bytes) -> int:
        """Add bytes to the archive at the place where it ends, and answer where it ends then.

        Raises Taken where it ends elsewhere, BadRequest for bytes beyond those announced or for what is no zip archive,
        Full, and NotFound.
        """
        with self._lock:
            draft = self._waiting(model, name, "archive")
            have = self.received(model, name, draft)
            if at != have:
                raise Taken(f"{have} bytes of this archive have arrived; go on from there.", field="offset")
            if have + len(content) > draft.source.bytes:
                raise BadRequest(f"This archive was announced with {draft.source.bytes} bytes.", field="offset")
            if at == 0 and not looks_like_zip(content[:4]):
                raise BadRequest("This is not a zip archive. Please pack the pictures as .zip.", field="archive")
            self.storage.append(ROOM, f"{model}/{name}/source-00000.zip", at, content)
            return have + len(content)

    def receive_files(self, model: str, name: str, batch: int, packed: bytes) -> int:
        """Keep a batch of files (a zip archive without compression), and answer how many there are then.

        Batches come in their order; one that has arrived already takes its own place. Raises as `receive` does.
        """
        with self._lock:
            draft = self._waiting(model, name, "files")
            have = self.received(model, name, draft)
            if batch > have:
                raise Taken(f"{have} batches have arrived; go on with number {have}.", field="batch")
            if self._sent(model, name) + len(packed) > draft.source.bytes + _BESIDE * draft.source.files:
                raise BadRequest(f"These files were announced with {draft.source.bytes} bytes.", field="batch")
            self.storage.put(ROOM, f"{model}/{name}/source-{batch:05}.zip", packed)
            return max(have, batch + 1)

    def _sent(self, model: str, name: str) -> int:
        return sum(path.stat().st_size for path in self.sources(model, name))

    def receive_labels(self, model: str, name: str, content: bytes) -> Table:
        """Keep the CSV of labels. Raises BadRequest for one that cannot be used, NotFound, Full."""
        table = Table(content)
        with self._lock:
            draft = self.draft(model, name)
            if self.progress(model, name, draft) is not None:
                raise Taken("The encoding has begun; its labels stay as they are.", field="labels")
            self.storage.put(ROOM, f"{model}/{name}/{LABELS_CSV}", content)
        return table

    def progress(self, model: str, name: str, draft: Draft) -> Progress | None:
        """How far the encoding of a draft is, None where it has not begun."""
        found = heads.read(Progress, self.storage.get(ROOM, f"{model}/{name}/{PROGRESS}"))
        return found if found is not None and found.id == draft.id else None

    def finish(self, model: str, name: str, head: Head) -> None:
        """Make a set whole: the head is written, then what led to it goes."""
        self.storage.put(ROOM, f"{model}/{name}/{HEAD}", heads.written(head))
        for path in self.sources(model, name):
            path.unlink(missing_ok=True)
        for each in (LABELS_CSV, PROGRESS, DRAFT):
            self.storage.delete(ROOM, f"{model}/{name}/{each}")

    def delete(self, model: str, name: str) -> None:
        """Remove a set, whole or unfinished. Raises NotFound."""
        try:
            there = self.storage.delete(ROOM, f"{model}/{name}")
        except BadRequest:
            there = False
        self._read.pop((model, name), None)
        if not there:
            raise NotFound(f"{model} has no set of your own called {name!r}.", field="set")

    def _waiting(self, model: str, name: str, kind: str) -> Draft:
        """A draft that waits for this kind of source and is not being encoded."""
        draft = self.draft(model, name)
        if draft.source.kind != kind:
            raise BadRequest(
                f"The set {name} does not take {'an archive' if kind == 'archive' else 'files'}.", field="set"
            )
        if self.progress(model, name, draft) is not None:
            raise Taken("The encoding has begun; nothing more is taken for this set.", field="set")
        return draft

    def _folders(self, model: str) -> list[str]:
        return self.storage.list(ROOM, model)


def _amount(size: int) -> str:
    return f"{size / 2**30:.3g} GB" if size >= 2**30 else f"{max(1, round(size / 2**20)):,} MB"
