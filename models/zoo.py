"""Write docs/zoo.md and its pictures from what is stored in the model folders: `python -m models.zoo`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from models.data import DataSetMissing
from models.evaluating.opened import open_folder
from models.manifest import ManifestError
from models.places import ROOT, RUNS
from models.reporting import bars, sheets, shelf, tables
from models.reporting.asked import BARS
from models.reporting.shelf import FAMILIES, Shown

START = """# The zoo

Written by `python -m models.zoo` from the figures stored in the model folders. What each of them means, and from
how many pictures, is in [measures.md](measures.md). A dash: not measured, or it does not fit the model. Where there
are two figures with a slash between them, the first is of the prior (of the first sampler, where there is no prior)
and the second of the best of the other samplers. Of a model with several seeds the one that ships is shown; all
others have one seed.
"""


def document(models: Sequence[Shown], sheet_rows: dict[str, list[str]]) -> str:
    """docs/zoo.md. `sheet_rows` holds what the rows of each model's sheet show; a model without one has no picture."""
    lines = [START]
    for _, group in groupby(models, key=lambda shown: shown.manifest.provenance.dataset):
        same = list(group)
        lines += [f"## {same[0].manifest.provenance.dataset}", "", *tables.table(same), ""]
    lines += ["## Bars", "", "Set before the training; each with what was reached.", ""]
    lines += [*bars.table(BARS, {shown.recipe.id: shown for shown in models}), "", "## Sheets", ""]
    lines += ["What the seed gave, unchosen. From top to bottom:", ""]
    for shown in models:
        name = shown.recipe.id
        lines += [
            f"### {name}",
            "",
            f"{shown.recipe.title} ({FAMILIES[shown.recipe.kind]}). {shown.recipe.description}",
            "",
        ]
        lines += (
            [f"Rows: {'; '.join(sheet_rows[name])}.", "", f"![{name}](zoo/{name}.webp)", ""]
            if name in sheet_rows
            else []
        )
    return "\n".join(lines)


def write(checkpoints: Path, docs: Path, runs: Path, *, pictures: bool = True) -> list[Shown]:
    """Write `docs/zoo.md` and, unless told otherwise, a sheet for each model; returns the models.

    Raises ManifestError for a folder that is not whole, and DataSetMissing.
    """
    models = shelf.models(checkpoints)
    rows = {}
    (docs / "zoo").mkdir(parents=True, exist_ok=True)
    for shown in models:
        found = sheets.rows(open_folder(shown.folder, shown.recipe, runs)) if pictures else []
        if found:
            rows[shown.recipe.id] = [title for title, _ in found]
            (docs / "zoo" / f"{shown.recipe.id}.webp").write_bytes(sheets.sheet([each for _, each in found]))
    (docs / "zoo.md").write_text(document(models, rows), encoding="utf-8")
    return models


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m models.zoo", description=__doc__)
    parser.add_argument("--checkpoints", type=Path, default=ROOT / "checkpoints", help="where model folders are")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs", help="where zoo.md goes")
    chosen = parser.parse_args(arguments)
    try:
        models = write(chosen.checkpoints, chosen.docs, RUNS)
    except (ManifestError, DataSetMissing) as wrong:
        print(wrong, file=sys.stderr)
        return 1
    print(f"{chosen.docs / 'zoo.md'}: {len(models)} models")
    return 0


if __name__ == "__main__":
    sys.exit(main())
