"""Add a folder or a zip of pictures to a model: `python -m server.add_set <model> <folder-or-zip> --name "Mine"`.

For whoever sits at the machine: the pictures are read where they are, nothing is uploaded. A run that was interrupted
goes on where it ended when the same command is given again. The set then is in the page beside `data`.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

from server.catalog import Catalog  # noqa: E402  # numpy reads the variables when it is imported
from server.errors import BadRequest, ExplorerError, NotFound  # noqa: E402
from server.opened import OpenedModel  # noqa: E402
from server.own_sets import heads  # noqa: E402
from server.own_sets.encoding import Encoding, refuse_without_encoder  # noqa: E402
from server.own_sets.labels import Table  # noqa: E402
from server.own_sets.naming import slug_of, title_of  # noqa: E402
from server.own_sets.sources import Archives, Folder  # noqa: E402
from server.own_sets.store import OwnSets  # noqa: E402
from server.runtimes import choose  # noqa: E402
from server.settings import Settings, from_environment  # noqa: E402
from server.storage import storage_of  # noqa: E402

REST = 0.2  # seconds between two lines of progress


def add(
    settings: Settings,
    model: str,
    place: Path,
    *,
    title: str,
    labels: Path | None = None,
    tell: Callable[[float | None, str], None] = lambda share, words: None,
) -> tuple[str, heads.Head]:
    """Add a set, or go on with it, and answer its name and head. Raises ExplorerError and its kinds."""
    if not place.exists():
        raise NotFound(f"There is no {place}.", field="place")
    table = None if labels is None else labels.read_bytes()
    if table is not None:
        Table(table)  # one that cannot be used is told before anything is begun
    storage = storage_of(settings)
    storage.prepare()
    catalog = Catalog(settings.checkpoints, only=model)
    catalog.own_sets = sets = OwnSets(storage)
    opened = OpenedModel(catalog, choose("onnx", "cpu"), model)
    refuse_without_encoder(opened)
    tell(None, f"Looking through {place.name}.")
    with contextlib.ExitStack() as stack:
        source = Folder(place) if place.is_dir() else stack.enter_context(contextlib.closing(Archives([place])))
        size = source.bytes if isinstance(source, Folder) else place.stat().st_size
        wanted = heads.Source("place", place.name, size, len(source.names))
        name = _begun(opened, sets, title, wanted)
        if table is not None and sets.progress(model, name, sets.draft(model, name)) is None:
            sets.receive_labels(model, name, table)
        return name, Encoding(opened, sets, name).run(source, tell)


def _begun(opened: OpenedModel, sets: OwnSets, title: str, wanted: heads.Source) -> str:
    """The name of the set: a new one, or one that was interrupted. Raises BadRequest where the pictures are others."""
    try:
        name = slug_of(title_of(title))
    except ValueError as wrong:
        raise BadRequest(str(wrong), field="name") from wrong
    for each in sets.unfinished(opened.id):
        if each.name == name and each.draft.source.kind == "place":
            if each.draft.source != wanted:
                raise BadRequest(
                    f"{name} was begun with other files ({each.draft.source.name}). Delete it in the page, or choose "
                    "another name.",
                    field="name",
                )
            return name
    shipped = [spec.name for spec in opened.manifest.sets]
    return sets.begin(opened.id, opened.hash, title, wanted, shipped)


def _line() -> Callable[[float | None, str], None]:
    """Tells on one line of the terminal, a few times a second."""
    last = 0.0
    begun = time.monotonic()

    def tell(share: float | None, words: str) -> None:
        nonlocal last
        now = time.monotonic()
        if share is None or share in (0.0, 1.0) or now - last > REST:
            last = now
            print(f"\r{words} {now - begun:.0f} s".ljust(79), end="", file=sys.stderr, flush=True)

    return tell


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m server.add_set", description=__doc__)
    parser.add_argument("model", help="the model's id, like fashion-vae-16")
    parser.add_argument("place", type=Path, help="a folder of pictures, or a zip archive")
    parser.add_argument("--name", default="", help="what the set is called (the folder's name, where none is given)")
    parser.add_argument("--labels", type=Path, help="CSV with the header file,label and columns of factors after it")
    chosen = parser.parse_args(arguments)
    try:
        name, head = add(
            from_environment(),
            chosen.model,
            chosen.place,
            title=chosen.name or chosen.place.stem,
            labels=chosen.labels,
            tell=_line(),
        )
    except ExplorerError as wrong:
        print(f"\n{wrong.message}", file=sys.stderr)
        return 1
    except OSError as wrong:
        print(f"\nThis cannot be read: {wrong}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on from here.", file=sys.stderr)
        return 130
    print(f"\n{name}: {head.count:,} pictures; {head.tally.skipped:,} skipped", file=sys.stderr)
    for skipped in head.tally.named:
        print(f"  {skipped.file}: {skipped.reason}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
