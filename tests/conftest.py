"""What holds for every test: where compiled code is kept, and how a test says that it needs torch or a cluster.

What numba compiles for the methods of the map, a minute of it, is kept from one run of the tests to the next.

`pytestmark = pytest.mark.needs_torch` on a module lets it import torch at its top; `@pytest.mark.needs_torch` on one
test lets that test import it inside. Without the train extra both are skipped with a reason, and with REQUIRE_TORCH=1
(as CI runs it) the same tests fail, so that no skip passes unseen there.

`cluster` marks what starts Ray, for which a machine of two cores is small: it runs with REQUIRE_CLUSTER=1 alone, and
fails then where the extra is missing. CI runs it in a step of its own.
"""

from __future__ import annotations

import ast
import importlib.util
import os
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples each time, and none is too slow: a change is judged by what it does, not by chance or by what else
# the machine is doing. `--hypothesis-profile=search` looks for new ones.
settings.register_profile("same", deadline=None, derandomize=True, database=None)
settings.register_profile("search", deadline=None, max_examples=1000)
settings.load_profile("same")

os.environ.setdefault("NUMBA_CACHE_DIR", str(Path(__file__).resolve().parents[1] / ".pytest_cache" / "numba"))
TRAIN_EXTRA = ("torch", "onnxscript", "safetensors", "tqdm")
MISSING = tuple(name for name in TRAIN_EXTRA if importlib.util.find_spec(name) is None)
REASON = f"needs the train extra, and {', '.join(MISSING)} cannot be imported"


CLUSTER_MISSING = tuple(name for name in ("ray", "fsspec") if importlib.util.find_spec(name) is None)


def _required(what: str = "REQUIRE_TORCH") -> bool:
    return os.environ.get(what, "0") not in ("", "0")


def _marked(path: Path) -> bool:
    """Whether a module's own `pytestmark` names needs_torch; read from its text, for it may not be importable."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="pytestmark")]):
                return "needs_torch" in ast.unparse(node.value)
    return False


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, or where it is required fail, a marked test whose extra is missing."""
    if MISSING and item.get_closest_marker("needs_torch"):
        if _required():
            pytest.fail(f"REQUIRE_TORCH=1, but this test {REASON}", pytrace=False)
        pytest.skip(REASON)
    if item.get_closest_marker("cluster"):
        if not _required("REQUIRE_CLUSTER"):
            pytest.skip("starts Ray; REQUIRE_CLUSTER=1 runs it")
        if CLUSTER_MISSING:
            missing = ", ".join(CLUSTER_MISSING)
            pytest.fail(f"REQUIRE_CLUSTER=1, but {missing} of the cluster extra cannot be imported", pytrace=False)


def pytest_unconfigure() -> None:
    """End the cluster that tests shared, if one was started."""
    host = sys.modules.get("tests.cluster.host")
    if host is not None:
        host.stop_shared()


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
