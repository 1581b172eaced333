"""The weight of the KL term over a training."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.tiny_recipes import VAE

pytestmark = pytest.mark.needs_torch


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [1.0] * 6),
        ({"warm_up": 4}, [0.0, 0.25, 0.5, 0.75, 1.0, 1.0]),
        ({"start": 16, "anneal": 4}, [16.0, 8.0, 4.0, 2.0, 1.0, 1.0]),
    ],
)
def test_it_comes_up_from_nothing_or_down_from_above_and_stays_at_one(
    options: dict[str, float], expected: list[float]
) -> None:
    from models.training.tasks.common import kl_weight

    stage = replace(VAE.stages[0], options=options)
    assert [kl_weight(stage, step) for step in range(6)] == pytest.approx(expected)
