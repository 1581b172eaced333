"""Measure a model folder: `python -m models.evaluate <id>`. Figures go into its metrics.json and card.

Without --only every protocol that fits the model is run but the slow one, `fid-inception`. docs/measures.md says what
each figure means.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from models.analysis.packaged import MetricMissing
from models.data import DataSetDamaged, DataSetMissing
from models.evaluating import store
from models.evaluating.opened import Figures, open_folder
from models.evaluating.protocols import BY_NAME, chosen, run
from models.manifest import ManifestError, model_hash
from models.places import CHECKPOINTS, RUNS
from models.training.recipe import Recipe
from models.training.recipes import RECIPES


def evaluate(
    recipe: Recipe, *, runs: Path, checkpoints: Path, only: tuple[str, ...] = (), quick: bool = False
) -> Figures:
    """Run protocols on `checkpoints/<id>` and store what they find; returns all figures of the folder.

    Raises ManifestError for a folder that is not whole, ValueError for a protocol that does not fit, MetricMissing,
    DataSetMissing, and store.Replaced when the model was exported anew meanwhile.
    """
    folder = checkpoints / recipe.id
    opened = open_folder(folder, recipe, runs)
    found = {}
    for protocol in chosen(opened, only, quick=quick):
        start = time.monotonic()
        found[protocol.name] = run(opened, protocol)
        print(f"{recipe.id} {protocol.name}: {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    return store.save(folder, found, recipe, opened.test, model_hash(opened.manifest))


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m models.evaluate", description=__doc__)
    parser.add_argument("model", nargs="?", choices=sorted(RECIPES))
    parser.add_argument("--all", action="store_true", help="every model folder that is there")
    parser.add_argument("--only", default="", help=f"protocols, with commas between them: {', '.join(BY_NAME)}")
    parser.add_argument("--quick", action="store_true", help="leave out what needs the networks of the extra `measure`")
    parser.add_argument("--checkpoints", type=Path, default=CHECKPOINTS, help="where model folders are")
    chosen_arguments = parser.parse_args(arguments)
    if chosen_arguments.all == bool(chosen_arguments.model):
        parser.error("name one model, or say --all")
    checkpoints = chosen_arguments.checkpoints
    names = [chosen_arguments.model]
    if chosen_arguments.all:
        names = [name for name in RECIPES if (checkpoints / name / "model.json").exists()]
    only = tuple(name for name in chosen_arguments.only.split(",") if name)
    status = 0
    for name in names:
        try:
            figures = evaluate(
                RECIPES[name], runs=RUNS, checkpoints=checkpoints, only=only, quick=chosen_arguments.quick
            )
        except (ManifestError, MetricMissing, DataSetMissing, DataSetDamaged, ValueError, store.Replaced) as wrong:
            print(f"{name}: nothing was stored. {wrong}", file=sys.stderr)
            status = 1
        else:
            print(json.dumps({name: figures}, indent=1, ensure_ascii=False))
    return status


if __name__ == "__main__":
    sys.exit(main())
