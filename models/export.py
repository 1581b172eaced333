"""Write a trained recipe's model folder: `python -m models.export <recipe>`. Refuses files that disagree with torch."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from models.data import DataSetDamaged, DataSetMissing
from models.exporting.folder import export
from models.exporting.graphs import Mismatch
from models.manifest import model_hash
from models.train import RUNS
from models.training.recipes import RECIPES
from models.training.state import DamagedState

CHECKPOINTS = RUNS.parent / "checkpoints"


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m models.export", description=__doc__)
    parser.add_argument("recipe", choices=sorted(RECIPES))
    parser.add_argument("--checkpoints", type=Path, default=CHECKPOINTS, help="where model folders go")
    parser.add_argument("--quick", action="store_true", help="leave out the figures that need a trained classifier")
    chosen = parser.parse_args(arguments)
    try:
        manifest = export(RECIPES[chosen.recipe], runs=RUNS, checkpoints=chosen.checkpoints, quick=chosen.quick)
    except FileNotFoundError as missing:
        hint = "" if isinstance(missing, DataSetMissing) else f"Train it first: python -m models.train {chosen.recipe}"
        print(f"{missing}\n{hint}".strip(), file=sys.stderr)
        return 1
    except (Mismatch, DataSetDamaged, DamagedState) as wrong:
        print(f"Nothing was written. {wrong}", file=sys.stderr)
        return 1
    print((chosen.checkpoints / manifest.name / "CARD.md").read_text(encoding="utf-8"))
    print(f"{chosen.checkpoints / manifest.name}: model hash {model_hash(manifest)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
