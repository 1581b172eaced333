"""Whether batching helps is measured in a bounded time, by a clock that the tests turn."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from server.runtimes import Running
from server.runtimes.measuring import FEWEST, SECONDS, best_limit, best_of, kept_limit
from server.storage import Storage

CPU = Running("onnxruntime 1", "CPU")


class Clock:
    """Time that passes by decoding alone: `cost` seconds for a number of rows, `spikes` more for some calls."""

    def __init__(self, cost: Callable[[int], float], spikes: dict[int, float] | None = None) -> None:
        self.now, self.calls = 0.0, 0
        self._cost, self._spikes = cost, spikes or {}

    def __call__(self) -> float:
        return self.now

    def decode(self, rows: int) -> None:
        self.now += self._cost(rows) + self._spikes.get(self.calls, 0.0)
        self.calls += 1


def measured(clock: Clock, most: int = 256) -> int:
    return best_limit(clock.decode, most, clock=clock)


def test_where_every_row_costs_the_same_nothing_is_batched() -> None:
    assert measured(Clock(lambda rows: 2e-3 * rows)) == 1


def test_where_rows_are_short_a_few_run_together_to_hand_over_less_often() -> None:
    assert measured(Clock(lambda rows: 3e-4 * rows)) == 8


def test_where_rows_are_nearly_free_the_batch_is_as_large_as_allowed() -> None:
    assert measured(Clock(lambda rows: 1e-3 + 1e-8 * rows), most=64) == 64


def test_it_stops_where_a_larger_batch_gains_less_than_a_tenth() -> None:
    # A row costs 1.0, 0.6, 0.4, 0.3 and 0.25 ms in batches of 1 to 16, and then 0.225: a tenth less is still taken.
    assert best_of({1: 1.0, 2: 0.6, 4: 0.4, 8: 0.3, 16: 0.25, 32: 0.24, 64: 0.235}) == 16


def test_a_gain_that_comes_late_is_seen() -> None:
    assert best_of({1: 1.0, 2: 0.95, 4: 0.92, 8: 0.5}) == 8


def test_a_few_slow_calls_change_nothing() -> None:
    fast = Clock(lambda rows: 4e-4 + 1e-5 * rows)
    disturbed = Clock(lambda rows: 4e-4 + 1e-5 * rows, spikes={18: 0.01, 23: 0.02})
    assert measured(fast, most=32) == measured(disturbed, most=32) == 32


@pytest.mark.parametrize("row", [1e-6, 1e-5, 1e-4, 1e-3, 5e-3])
@pytest.mark.parametrize("start", [0.0, 1e-4, 3e-3])
def test_it_takes_well_under_a_fifth_of_a_second(row: float, start: float) -> None:
    clock = Clock(lambda rows: start + row * rows)
    measured(clock)
    assert clock.now <= SECONDS * 1.25


def test_a_slow_model_is_measured_alone() -> None:
    clock = Clock(lambda rows: 0.2 * rows)
    assert measured(clock) == 1
    assert clock.calls == 2 + FEWEST  # only batches of one: once to warm it up, once to see, and the turns


def test_the_first_run_of_a_size_does_not_count() -> None:
    """Recording a pass, or compiling it, happens once."""
    seen: set[int] = set()

    def cost(rows: int) -> float:
        first = rows not in seen
        seen.add(rows)
        return 1e-3 + (5e-3 if first else 0.0)

    assert measured(Clock(cost), most=8) == 8


def test_a_bound_below_one_is_one() -> None:
    assert measured(Clock(lambda rows: 1e-4), most=0) == 1


class TestKept:
    def test_it_is_measured_once(self, tmp_path: Path) -> None:
        storage = Storage(tmp_path, results_bytes=10_000)
        storage.open()
        calls: list[int] = []
        first = kept_limit(storage, "a" * 16, CPU, calls.append, 4)
        assert calls
        calls.clear()
        assert kept_limit(storage, "a" * 16, CPU, calls.append, 4) == first
        assert calls == []

    @pytest.mark.parametrize(
        ("model", "running", "most"),
        [
            ("b" * 16, CPU, 4),
            ("a" * 16, Running("onnxruntime 2", "CPU"), 4),
            ("a" * 16, Running("onnxruntime 1", "GPU"), 4),
            ("a" * 16, Running("onnxruntime 1", "CPU", "float16"), 4),
            ("a" * 16, CPU, 8),
        ],
    )
    def test_another_model_library_device_or_bound_is_measured_again(
        self, tmp_path: Path, model: str, running: Running, most: int
    ) -> None:
        storage = Storage(tmp_path, results_bytes=10_000)
        storage.open()
        kept_limit(storage, "a" * 16, CPU, lambda _: None, 4)
        calls: list[int] = []
        kept_limit(storage, model, running, calls.append, most)
        assert calls
        assert len(storage.list("results")) == 2

    @pytest.mark.parametrize(
        "content", [b"", b"{", b"[]", b"{}", b'{"limit": 99}', b'{"limit": true}', b'{"limit": 0}']
    )
    def test_what_cannot_be_meant_is_measured_again(self, tmp_path: Path, content: bytes) -> None:
        storage = Storage(tmp_path, results_bytes=10_000)
        storage.open()
        kept_limit(storage, "a" * 16, CPU, lambda _: None, 4)
        (name,) = storage.list("results")
        storage.put("results", name, content)
        calls: list[int] = []
        limit = kept_limit(storage, "a" * 16, CPU, calls.append, 4)
        assert calls
        assert json.loads(storage.get("results", name) or b"")["limit"] == limit

    def test_without_a_place_to_keep_it_it_is_measured_all_the_same(self, tmp_path: Path) -> None:
        unopened = Storage(tmp_path / "nothing" / "here", results_bytes=10_000)
        for storage in (None, unopened):
            assert kept_limit(storage, "a" * 16, CPU, lambda _: None, 1) == 1
