"""From a source of pictures to a set: prepared as an upload is, encoded in chunks, each kept when it is done.

It may be killed at any moment: what it goes on from is `progress.json`, put whole after a chunk is on the disk, and
whatever lies in the growing files beyond that is cut off.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from models.adapter.pictures import to_pixels
from models.manifest.schema import Space
from server.classes import by_name
from server.engine import translated
from server.errors import BadRequest, StaleModel, Taken, Unsupported
from server.imaging import PictureRefused, prepare
from server.opened import OpenedModel
from server.own_sets import heads, labels
from server.own_sets.heads import MOST_NAMED, Draft, Head, Progress, Skipped, Tally
from server.own_sets.labels import Known, Table
from server.own_sets.pictures import FACTORS_FILE, LABELS_FILE, LATENTS_FILE, NAMES_FILE, PICTURES_FILE
from server.own_sets.sources import Source, Unreadable
from server.own_sets.store import DRAFT, LABELS_CSV, PROGRESS, ROOM, OwnSets

Floats = NDArray[np.float32]
Tell = Callable[[float | None, str], None]

CHUNK_BYTES: Final = 8 * 2**20  # of pictures, after which the work is kept
MOST_IN_CHUNK: Final = 1000
PASS: Final = 32  # pictures through the encoder at a time
_PIECE = 2**22


@dataclass
class _Chunk:
    """What a chunk of files gives."""

    pixels: list[NDArray[np.uint8]] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)  # where each one stands in the source
    skipped: list[Skipped] = field(default_factory=list)
    steps: Counter[str] = field(default_factory=Counter)


class Encoding:
    """The work on one set."""

    def __init__(self, opened: OpenedModel, sets: OwnSets, name: str) -> None:
        """Raises NotFound for a set that nobody began, StaleModel, Unsupported for a model without an encoder."""
        self.opened, self.sets, self.name = opened, sets, name
        self.draft: Draft = sets.draft(opened.id, name)
        if self.draft.model_hash != opened.hash:
            raise StaleModel(
                f"The set {name} was begun with another version of {opened.id}. Delete it and begin again.", field="set"
            )
        refuse_without_encoder(opened)
        image = opened.manifest.image
        self._shape = (image.height, image.width, image.channels)
        self._chunk = max(PASS, min(MOST_IN_CHUNK, CHUNK_BYTES // int(np.prod(self._shape))))

    def run(self, source: Source, tell: Tell = lambda share, words: None) -> Head:
        """Encode what is not encoded yet and finish the set.

        Raises Taken where somebody is at it already, BadRequest where no file is a picture, Full, NotFound where the
        set was deleted meanwhile.
        """
        with self._alone():
            before = self.sets.progress(self.opened.id, self.name, self.draft)
            progress = before or Progress(self.draft.id)
            known = self._known(source.names, source.names)
            total = len(source.names)
            tell(progress.done / max(1, total), _words(progress, total))
            while progress.done < total:
                chunk = self._read(source, progress, tell)
                progress = self._keep(progress, chunk, known, source.names)
                tell(progress.done / total, _words(progress, total))
            if progress.rows == 0:
                raise BadRequest(_nothing(progress.tally, total), field="archive")
            tell(1.0, "Writing down what is known of the pictures.")
            return self._finish(progress, source)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else, in this process or another, encodes this set; a killed process holds nothing."""
        try:
            import fcntl
        except ImportError:  # a system without it has no such lock
            yield
            return
        with (self.sets.folder(self.opened.id, self.name) / DRAFT).open("rb") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as wrong:
                raise Taken(f"The set {self.name} is being encoded already.", field="set") from wrong
            yield

    def _known(self, files: list[str], among: list[str]) -> Known:
        content = self.sets.storage.get(ROOM, f"{self.opened.id}/{self.name}/{LABELS_CSV}")
        return labels.by_folder(files, among) if content is None else Table(content).known(files)

    def _read(self, source: Source, before: Progress, tell: Tell) -> _Chunk:
        """Prepare the next files; what is skipped is counted once the chunk is kept."""
        chunk, image, total = _Chunk(), self.opened.manifest.image, len(source.names)
        for index in range(before.done, min(before.done + self._chunk, total)):
            name = source.names[index]
            if index % PASS == 0:
                tell(index / total, _words(before, total, index))
            try:
                prepared = prepare(source.read(index), image)
            except (Unreadable, PictureRefused) as refusal:
                chunk.skipped.append(Skipped(name, _first_sentence(str(refusal))))
                continue
            chunk.steps.update(step.id for step in prepared.steps if step.applied)
            chunk.pixels.append(to_pixels(prepared.pixels))
            chunk.rows.append(index)
        return chunk

    def _keep(self, before: Progress, chunk: _Chunk, known: Known, names: list[str]) -> Progress:
        """Encode a chunk and put it beside what is there."""
        done = min(before.done + self._chunk, len(names))
        pixels = np.stack(chunk.pixels) if chunk.pixels else np.zeros((0, *self._shape), np.uint8)
        latents, sure = self._encoded(pixels, known.labels[chunk.rows], known.classes)
        whole: NDArray[np.bool_] = np.asarray(np.isfinite(latents).all(axis=1))
        read = [(names[row], fine) for row, fine in zip(chunk.rows, whole, strict=True)]
        chunk.skipped += [Skipped(name, "The encoder finds no place for it.") for name, fine in read if not fine]
        files = [name for name, fine in read if fine]
        text = "".join(json.dumps(name, ensure_ascii=False) + "\n" for name in files).encode()
        self._append(PICTURES_FILE, before.rows * int(np.prod(self._shape)), pixels[whole])
        self._append(LATENTS_FILE, before.rows * latents.shape[1] * 4, latents[whole].astype("<f4"))
        self.sets.storage.append(ROOM, self._at(NAMES_FILE), before.text, text)
        tally = _added(before.tally, chunk, int((~sure[whole]).sum()))
        progress = Progress(self.draft.id, done, before.rows + len(files), before.text + len(text), tally)
        self.sets.storage.put(ROOM, self._at(PROGRESS), heads.written(progress))
        return progress

    def _encoded(
        self, pixels: NDArray[np.uint8], given: NDArray[np.int32], names: tuple[str, ...]
    ) -> tuple[Floats, NDArray[np.bool_]]:
        """Posterior means (N, D) of pictures, and whether each one's class is one that the model knows."""
        classes, sure = by_name(self.opened, given, names)
        encoded = [np.zeros((0, self.opened.model.latent_size()), np.float32)]
        for first in range(0, len(pixels), PASS):
            rows = slice(first, first + PASS)
            part = {name: values[rows] for name, values in classes.items()}
            with translated():
                images = pixels[rows].astype(np.float32) / np.float32(255)
                encoded.append(self.opened.model.encode(images, conditions=part).mean)
        return np.concatenate(encoded), sure

    def _finish(self, progress: Progress, source: Source) -> Head:
        model = self.opened
        folder = self.sets.folder(model.id, self.name)
        for file, size in ((PICTURES_FILE, int(np.prod(self._shape))), (LATENTS_FILE, 4 * model.model.latent_size())):
            self.sets.storage.append(ROOM, self._at(file), progress.rows * size, b"")  # cuts off what a kill left
        self.sets.storage.append(ROOM, self._at(NAMES_FILE), progress.text, b"")
        files = [json.loads(line) for line in (folder / NAMES_FILE).read_text("utf-8").split("\n") if line]
        known = self._known(files, files)
        self.sets.storage.put(ROOM, self._at(LABELS_FILE), known.labels.astype("<i4").tobytes())
        self.sets.storage.put(ROOM, self._at(FACTORS_FILE), known.values.astype("<f4").tobytes())
        names = (PICTURES_FILE, LATENTS_FILE, NAMES_FILE, LABELS_FILE, FACTORS_FILE)
        sums = {name: _sha256(folder / name) for name in names}
        meaning = json.dumps([sums, known.classes, [(f.name, f.kind, f.categories) for f in known.factors]])
        image = model.manifest.image
        head = Head(
            id=self.draft.id,
            title=self.draft.title,
            model_hash=model.hash,
            made=datetime.now(UTC).isoformat(timespec="seconds"),
            source=self.draft.source.name,
            count=progress.rows,
            height=image.height,
            width=image.width,
            channels=image.channels,
            colour=image.colour,
            dimensions=model.model.latent_size(),
            space=cast("Space", model.model.default_space),
            classes=known.classes,
            factors=known.factors,
            files=sums,
            hash=hashlib.sha256(meaning.encode()).hexdigest()[:16],
            unlabelled=int((known.labels < 0).sum()) if known.classes else 0,
            unmatched=known.unmatched,
            tally=progress.tally,
        )
        self.sets.finish(model.id, self.name, head)
        return head

    def _append(self, file: str, at: int, values: NDArray[Any]) -> None:
        self.sets.storage.append(ROOM, self._at(file), at, values.tobytes())

    def _at(self, file: str) -> str:
        return f"{self.opened.id}/{self.name}/{file}"


def refuse_without_encoder(opened: OpenedModel) -> None:
    """Raise Unsupported for a model that cannot place pictures."""
    if opened.manifest.encoder is None:
        raise Unsupported(f"{opened.id} has no encoder, so pictures cannot be placed in its space.", field="model")


def _added(before: Tally, chunk: _Chunk, assumed: int) -> Tally:
    room = max(0, MOST_NAMED - len(before.named))
    steps = Counter(before.steps) + chunk.steps
    return Tally(
        skipped=before.skipped + len(chunk.skipped),
        named=(*before.named, *chunk.skipped[:room]),
        steps=dict(steps),
        assumed=before.assumed + assumed,
    )


def _words(progress: Progress, total: int, done: int | None = None) -> str:
    at = progress.done if done is None else done
    skipped = progress.tally.skipped
    return f"{at:,} of {total:,} pictures" + (f"; {skipped:,} skipped." if skipped else ".")


def _nothing(tally: Tally, total: int) -> str:
    if total == 0:
        return "There is no file in this archive or folder."
    first = tally.named[0] if tally.named else None
    why = f" The first one, {first.file}: {first.reason}" if first else ""
    return f"None of the {total:,} files is a picture that can be read.{why}"


def _first_sentence(text: str) -> str:
    head, dot, _ = text.partition(". ")
    return head + "." if dot else text


def _sha256(path: Any) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()
