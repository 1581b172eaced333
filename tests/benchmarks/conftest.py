"""Each benchmark once, with counts so small that it takes seconds: that it still measures, and what needs no clock."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here as a benchmark."""
    for item in items:
        if "tests/benchmarks" in item.path.as_posix():
            item.add_marker(pytest.mark.bench)
