"""What holds for every test: where compiled code is kept, and how a test says that it needs torch.

What numba compiles for the methods of the map, a minute of it, is kept from one run of the tests to the next.

`pytestmark = pytest.mark.needs_torch` on a module lets it import torch at its top; `@pytest.mark.needs_torch` on one
test lets that test import it inside. Without the train extra both are skipped with a reason, and with REQUIRE_TORCH=1
(as CI runs it) the same tests fail, so that no skip passes unseen there.
"""

from __future__ import annotations

import ast
import importlib.util
import os
from collections.abc import Generator
from pathlib import Path

import pytest

os.environ.setdefault("NUMBA_CACHE_DIR", str(Path(__file__).resolve().parents[1] / ".pytest_cache" / "numba"))
TRAIN_EXTRA = ("torch", "onnxscript", "safetensors", "tqdm")
MISSING = tuple(name for name in TRAIN_EXTRA if importlib.util.find_spec(name) is None)
REASON = f"needs the train extra, and {', '.join(MISSING)} cannot be imported"


def _required() -> bool:
    return os.environ.get("REQUIRE_TORCH", "0") not in ("", "0")


def _marked(path: Path) -> bool:
    """Whether a module's own `pytestmark` names needs_torch; read from its text, for it may not be importable."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="pytestmark")]):
                return "needs_torch" in ast.unparse(node.value)
    return False


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, or with REQUIRE_TORCH=1 fail, a marked test when the train extra is missing."""
    if MISSING and item.get_closest_marker("needs_torch"):
        if _required():
            pytest.fail(f"REQUIRE_TORCH=1, but this test {REASON}", pytrace=False)
        pytest.skip(REASON)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A marked module whose import failed for want of the train extra is a skip, not an error."""
    report = yield
    if not (report.failed and MISSING and isinstance(collector, pytest.Module)) or _required():
        return report
    if any(f"No module named '{name}" in str(report.longrepr) for name in MISSING) and _marked(collector.path):
        report.outcome = "skipped"
        report.longrepr = (str(collector.path), 1, f"Skipped: {REASON}")
    return report
