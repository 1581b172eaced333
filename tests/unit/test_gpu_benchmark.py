"""The benchmark of a GPU says plainly where there is none; what of it needs no GPU is tried without."""

from __future__ import annotations

import threading

import pytest

from benchmarks import gpu
from benchmarks.gpu import NO_GPU, RUNTIMES, main, rate, round_trips, side_by_side, table


@pytest.mark.parametrize("reason", ["no driver", "no torch"])
def test_without_a_gpu_it_says_so_and_leaves_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], reason: str
) -> None:
    monkeypatch.setattr(gpu, "has_nvidia_driver", lambda: reason != "no driver")
    monkeypatch.setattr(gpu, "find_spec", lambda name: None)
    monkeypatch.setattr(gpu, "choose", lambda *_: pytest.fail("something was measured"))
    assert main() == 2
    assert capsys.readouterr().err == NO_GPU + "\n"


def test_a_rate_is_rows_by_time_without_the_first_calls() -> None:
    now, costs = 0.0, iter([5.0, 5.0, 5.0, *[0.25] * 100])

    def work() -> None:
        nonlocal now
        now += next(costs)

    assert rate(work, 8, 2.0, lambda: now) == 32


def test_side_by_side_is_at_the_same_time() -> None:
    meeting = threading.Barrier(3)
    side_by_side(lambda: meeting.wait(10), 3)()
    with pytest.raises(ZeroDivisionError):
        side_by_side(lambda: 1 // 0, 2)()


def test_a_table_has_a_head() -> None:
    assert table(["a", "b"], ["| 1 | 2 |"]).splitlines() == ["| a | b |", "| --- | --- |", "| 1 | 2 |"]


def test_the_round_trip_is_one_over_the_servers_socket() -> None:
    times = round_trips("onnx", "cpu", "fashion-vae-2", trips=5)
    assert len(times) == 5
    assert min(times) > 0


def test_both_runtimes_are_measured() -> None:
    assert set(RUNTIMES) == {"onnx", "torch"}
