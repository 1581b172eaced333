"""Recorded passes, with a recorder that runs on the CPU: sizes, filling, what is kept, and what a failure does."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import numpy as np
import onnx
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from server.runtimes import OutOfMemory
from server.runtimes.captured import LADDER, WASTE, Captured, Replay, filled, rungs
from server.runtimes.halving import Halving
from server.runtimes.torch import TorchGraph

pytestmark = pytest.mark.needs_torch

WEIGHTS = np.random.default_rng(0).standard_normal((3, 5)).astype(np.float32)


def graph() -> TorchGraph:
    """y = z W + noise, and a sum of the noise that has no rows."""
    made = helper.make_graph(
        [
            helper.make_node("MatMul", ["z", "w"], ["product"]),
            helper.make_node("Add", ["product", "noise"], ["y"]),
            helper.make_node("ReduceSum", ["noise"], ["total"], keepdims=0),
        ],
        "one",
        [
            helper.make_tensor_value_info("z", TensorProto.FLOAT, ["n", 3]),
            helper.make_tensor_value_info("noise", TensorProto.FLOAT, [5]),
        ],
        [
            helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 5]),
            helper.make_tensor_value_info("total", TensorProto.FLOAT, []),
        ],
        [numpy_helper.from_array(WEIGHTS, "w")],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    onnx.checker.check_model(model)
    return TorchGraph(model, torch.device("cpu"))


class Recorder:
    """Stands in for CUDA: a replay does the work again, into the tensors of the first time."""

    def __init__(self, room: int = 10_000) -> None:
        self.recorded: list[int] = []
        self.replays = 0
        self.room = room
        self.broken = ""

    def __call__(self, work: Callable[[], list[torch.Tensor]]) -> tuple[Replay, list[torch.Tensor]]:
        answer = work()
        if self.broken:
            raise RuntimeError(f"{self.broken}\nand a long trace")
        if len(answer[0]) > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        self.recorded.append(len(answer[0]))

        def replay() -> None:
            self.replays += 1
            for old, new in zip(answer, work(), strict=True):
                old.copy_(new)

        return replay, answer


def latents(rows: int, seed: int = 0) -> dict[str, np.ndarray]:
    random = np.random.default_rng([rows, seed])
    return {
        "z": random.standard_normal((rows, 3)).astype(np.float32),
        "noise": random.standard_normal(5).astype(np.float32),
    }


def expected(feeds: dict[str, np.ndarray]) -> np.ndarray:
    answer: np.ndarray = feeds["z"] @ WEIGHTS + feeds["noise"]
    return answer


@given(st.integers(1, 3000))
def test_the_sizes_are_recorded_ones_hold_all_rows_and_waste_little(rows: int) -> None:
    sizes = rungs(rows)
    assert set(sizes) <= set(LADDER)
    assert sizes == sorted(sizes, reverse=True)
    assert rows <= sum(sizes) <= rows + WASTE * sizes[-1]
    assert len(sizes) <= rows // LADDER[-1] + 5


def test_a_size_on_the_ladder_is_one_run() -> None:
    assert [rungs(size) for size in LADDER] == [[size] for size in LADDER]
    assert (rungs(0), rungs(3), rungs(129), rungs(200), rungs(1024)) == ([], [4], [128, 1], [256], [256] * 4)


@pytest.mark.parametrize("rows", [1, 2, 3, 5, 8, 13, 129, 300])
def test_the_answer_is_that_of_the_graph(rows: int) -> None:
    captured = Captured(graph(), Recorder(), threading.Lock())
    for seed in range(3):
        feeds = latents(rows, seed)
        y, total = captured.run(["y", "total"], feeds)
        np.testing.assert_allclose(y, expected(feeds), atol=1e-5)
        np.testing.assert_allclose(total, feeds["noise"].sum(), atol=1e-5)


def test_a_pass_is_recorded_once_a_size_and_set_of_outputs() -> None:
    recorder = Recorder()
    captured = Captured(graph(), recorder, threading.Lock())
    for rows in (3, 4, 4, 8, 7):
        captured.run(["y"], latents(rows))
    assert recorder.recorded == [4, 8]
    assert recorder.replays == 5
    captured.run(["y", "total"], latents(4))
    assert recorder.recorded == [4, 8, 4]


def test_an_answer_does_not_change_with_the_next_one() -> None:
    captured = Captured(graph(), Recorder(), threading.Lock())
    first, second = latents(4, 1), latents(4, 2)
    (kept,) = captured.run(["y"], first)
    captured.run(["y"], second)
    np.testing.assert_allclose(kept, expected(first), atol=1e-5)


def test_what_fills_a_batch_up_does_not_show() -> None:
    captured = Captured(graph(), Recorder(), threading.Lock())
    captured.run(["y"], latents(4))
    (three,) = captured.run(["y"], latents(3))
    assert three.shape == (3, 5)
    assert filled(np.array([[1], [2]]), 4).tolist() == [[1], [2], [2], [2]]


def test_no_rows_need_no_recording() -> None:
    recorder = Recorder()
    assert Captured(graph(), recorder, threading.Lock()).run(["y"], latents(0))[0].shape == (0, 5)
    assert recorder.recorded == []


def test_where_recording_fails_the_graph_is_run_and_the_log_says_why(caplog: pytest.LogCaptureFixture) -> None:
    recorder = Recorder()
    recorder.broken = "operation not permitted when stream is capturing"
    captured = Captured(graph(), recorder, threading.Lock(), "half precision is off: too far")
    with caplog.at_level(logging.WARNING, "latent_explorer"):
        for seed in range(3):
            (y,) = captured.run(["y"], latents(9, seed))
            np.testing.assert_allclose(y, expected(latents(9, seed)), atol=1e-5)
    assert caplog.text.count("CUDA graphs are off: operation not permitted when stream is capturing") == 1
    assert captured.running.note == (
        "half precision is off: too far; CUDA graphs are off: operation not permitted when stream is capturing"
    )


def test_no_more_is_recorded_than_there_is_a_bound_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.runtimes.captured.MOST", 2)
    recorder = Recorder()
    captured = Captured(graph(), recorder, threading.Lock())
    for rows in (1, 2, 4, 8):
        np.testing.assert_allclose(captured.run(["y"], latents(rows))[0], expected(latents(rows)), atol=1e-5)
    assert recorder.recorded == [1, 2]


def test_a_full_device_is_told_and_halving_goes_on() -> None:
    recorder = Recorder(room=8)
    captured = Captured(graph(), recorder, threading.Lock())
    captured.run(["y"], latents(2))
    with pytest.raises(OutOfMemory, match="Tried to allocate"):
        captured.run(["y"], latents(64))
    halving = Halving(captured)
    (y,) = halving.run(["y"], latents(64))
    np.testing.assert_allclose(y, expected(latents(64)), atol=1e-5)
    assert halving.fits == 8
    assert captured.running.note == ""  # a full device is no reason to give recording up


def test_a_recording_that_ends_for_want_of_memory_is_no_reason_to_give_recording_up() -> None:
    class Ends(Recorder):
        def __call__(self, work: Callable[[], list[torch.Tensor]]) -> tuple[Replay, list[torch.Tensor]]:
            try:
                return super().__call__(work)
            finally:
                if not self.recorded:  # as the end of a recording does
                    raise RuntimeError("operation failed due to a previous error during capture")

    captured = Captured(graph(), Ends(room=4), threading.Lock())
    with pytest.raises(OutOfMemory):
        captured.run(["y"], latents(16))
    np.testing.assert_allclose(captured.run(["y"], latents(4))[0], expected(latents(4)), atol=1e-5)
    assert captured.running.note == ""


def test_several_threads_do_not_disturb_each_other() -> None:
    captured = Captured(graph(), Recorder(), threading.Lock())
    wrong: list[int] = []

    def work(seed: int) -> None:
        for turn in range(40):
            feeds = latents(1 + (seed + turn) % 9, seed)
            if not np.allclose(captured.run(["y"], feeds)[0], expected(feeds), atol=1e-5):
                wrong.append(seed)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
