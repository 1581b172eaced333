"""Work is named by its content."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from server.jobs import Work

WORK = Work("video", "vae", {"fps": 24, "size": 256}, {"latents": np.arange(6, dtype=np.float32).reshape(2, 3)})


def test_the_same_work_has_the_same_name() -> None:
    other = Work("video", "vae", {"size": 256, "fps": 24}, {"latents": WORK.arrays["latents"].copy()})
    assert WORK.name("a" * 16, 1) == other.name("a" * 16, 1)
    assert WORK.name("a" * 16, 1).startswith("video-")


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "geodesic"},
        {"model": "gan"},
        {"parameters": {"fps": 25, "size": 256}},
        {"arrays": {"latents": np.arange(6, dtype=np.float32).reshape(3, 2)}},
        {"arrays": {"latents": np.arange(6, dtype=np.float64).reshape(2, 3)}},
        {"arrays": {"target": np.arange(6, dtype=np.float32).reshape(2, 3)}},
        {"arrays": {"latents": np.ones((2, 3), np.float32)}},
    ],
)
def test_whatever_decides_the_result_decides_the_name(change: dict[str, Any]) -> None:
    assert replace(WORK, **change).name("a" * 16, 1) != WORK.name("a" * 16, 1)


def test_another_version_of_the_model_or_of_the_work_has_another_name() -> None:
    assert len({WORK.name("a" * 16, 1), WORK.name("b" * 16, 1), WORK.name("a" * 16, 2)}) == 3


def test_a_row_that_does_not_lie_in_order_in_memory_has_the_name_of_its_values() -> None:
    values = np.arange(6, dtype=np.float32).reshape(3, 2).T
    turned, plain = (Work("video", "vae", {}, {"x": each}) for each in (values, np.ascontiguousarray(values)))
    assert turned.name("a" * 16, 1) == plain.name("a" * 16, 1)


def test_what_json_cannot_write_has_no_name() -> None:
    with pytest.raises(ValueError, match="JSON"):
        Work("video", "vae", {"fps": float("nan")}).name("a" * 16, 1)
