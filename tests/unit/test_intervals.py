"""Means of groups with their intervals."""

from __future__ import annotations

import numpy as np
import pytest

from models.analysis import intervals
from models.analysis.intervals import mean_interval, thirds


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(0)
    inside = 0
    for seed in range(200):
        found = mean_interval(random.exponential(2.0, 150), seed=seed)
        assert found is not None
        inside += found.low <= 2.0 <= found.high
    assert 176 <= inside <= 199  # 95% would be 190


def test_its_width_is_that_of_a_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(1).standard_normal(10_000)
    found = mean_interval(values)
    assert found is not None
    assert found.mean == pytest.approx(values.mean())
    assert found.high - found.low == pytest.approx(2 * 1.96 / 100, rel=0.2)
    monkeypatch.setattr(intervals, "_ROWS", 1)
    again = mean_interval(values[:50])
    assert again is not None
    assert again.low < again.mean < again.high


def test_what_is_not_known_does_not_count() -> None:
    found = mean_interval([1.0, np.nan, 1.0])
    assert found is not None
    assert (found.mean, found.low, found.high) == (1, 1, 1)
    assert mean_interval([np.nan]) is None
    assert mean_interval([]) is None


def test_thirds_hold_a_third_each() -> None:
    of, (low, high) = thirds(np.arange(300))
    assert np.bincount(of).tolist() == [100, 100, 100]
    assert low < high
    of, _ = thirds([0.0, np.nan, 5.0])
    assert of[1] == -1
    assert thirds([np.nan])[0].tolist() == [-1]
