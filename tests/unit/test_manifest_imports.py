"""Reading a manifest and adapting a graph need numpy and the standard library, nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LISTED = "import sys; print(*{name.partition('.')[0] for name in sys.modules})"


def imported(statement: str) -> set[str]:
    """The top-level modules that are there after a statement, in an interpreter of its own."""
    command = [sys.executable, "-c", f"{statement}; {LISTED}"]
    return set(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split())


@pytest.mark.parametrize("module", ["models.manifest", "models.adapter"])
def test_numpy_is_all_it_needs(module: str) -> None:
    # What an interpreter brings along by itself (an editable install, a coverage hook) is not counted.
    found = imported(f"import {module}") - imported("import numpy") - set(sys.stdlib_module_names)
    assert found == {"models"}
