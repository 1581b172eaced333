"""Where trainings keep their states and where model folders lie, in this checkout."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNS = ROOT / "runs"
CHECKPOINTS = ROOT / "checkpoints"
