"""The loop: the order of the data, the seeds, and what a kill and a resume leave behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from models.training import state, trainer
from models.training.trainer import Callback, Log, batch_indices, run, seeded

pytestmark = [pytest.mark.needs_torch, pytest.mark.usefixtures("one_thread")]


class Walk:
    """A task that adds noise to one number, notes its steps and logs the step's number."""

    def __init__(self, steps: int = 10) -> None:
        self.steps = steps
        self.module = nn.Linear(1, 1, bias=False)
        nn.init.zeros_(self.module.weight)
        self.modules: dict[str, nn.Module] = {"walk": self.module}
        self.optimisers: dict[str, torch.optim.Optimizer] = {"adam": torch.optim.Adam(self.module.parameters(), 0.1)}
        self.taken: list[int] = []
        self.finished = 0

    @property
    def place(self) -> float:
        return self.module.weight.item()

    def step(self, step: int, random: torch.Generator) -> Log:
        self.taken.append(step)
        self.module.weight.grad = torch.randn((1, 1), generator=random)
        self.optimisers["adam"].step()
        return {"step_number": float(step)}

    def finish(self) -> None:
        self.finished += 1

    def preview(self) -> None:
        return None


def log(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


class TestOrder:
    @given(st.integers(1, 40), st.integers(1, 6), st.integers(0, 2**31), st.integers(0, 20))
    def test_an_epoch_of_whole_batches_takes_every_row_once(self, batch: int, per: int, seed: int, epoch: int) -> None:
        count = batch * per
        steps = range(epoch * per, (epoch + 1) * per)
        rows = torch.cat([batch_indices(count, batch, step, seed) for step in steps])
        assert sorted(rows.tolist()) == list(range(count))

    @given(st.integers(1, 30), st.integers(0, 29), st.integers(0, 5))
    def test_rows_left_over_are_never_drawn_twice_in_an_epoch(self, batch: int, rest: int, epoch: int) -> None:
        per, count = 3, 3 * batch + rest % batch
        rows = torch.cat([batch_indices(count, batch, epoch * per + i, 0) for i in range(per)])
        assert len(set(rows.tolist())) == len(rows) == per * batch

    def test_epochs_and_seeds_are_shuffled_apart(self) -> None:
        first, again = batch_indices(100, 100, 0, seed=1), batch_indices(100, 100, 0, seed=1)
        assert torch.equal(first, again)
        assert not torch.equal(first, batch_indices(100, 100, 1, seed=1))
        assert not torch.equal(first, batch_indices(100, 100, 0, seed=2))

    def test_over_epochs_every_left_over_row_gets_its_turn(self) -> None:
        drawn = {row for step in range(40) for row in batch_indices(5, 4, step, seed=0).tolist()}
        assert drawn == set(range(5))

    def test_a_batch_larger_than_the_set_is_refused(self) -> None:
        with pytest.raises(ValueError, match="A batch of 8 cannot be drawn from 5 pictures"):
            batch_indices(5, 8, 0, 0)


class TestSeeds:
    def test_the_same_parts_give_the_same_numbers_whatever_the_global_seed(self) -> None:
        torch.manual_seed(1)
        first = torch.randn(4, generator=seeded(1, 11, 5))
        torch.manual_seed(2)
        assert torch.equal(first, torch.randn(4, generator=seeded(1, 11, 5)))

    def test_every_step_of_every_stream_has_numbers_of_its_own(self) -> None:
        parts = [(seed, stream, step) for seed in (1, 2, 3) for stream in (7, 11, 13) for step in range(300)]
        first = {torch.randint(2**62, (1,), generator=seeded(*each)).item() for each in parts}
        assert len(first) == len(parts)


class TestRun:
    def test_a_run_takes_every_step_once_and_finishes_once(self, tmp_path: Path) -> None:
        task, called = Walk(), list[int]()
        watch: Callback = lambda step, _: called.append(step)  # noqa: E731
        assert run(task, tmp_path, seed=1, save_every=4, log_every=5, callbacks=[watch])
        assert task.taken == list(range(10))
        assert task.finished == 1
        assert called == list(range(1, 11))
        assert log(tmp_path) == [{"step": 5, "step_number": 2.0}, {"step": 10, "step_number": 7.0}]

    @pytest.mark.parametrize("kill", range(10))
    def test_a_kill_after_any_step_costs_nothing_but_the_steps_since_the_last_save(
        self, kill: int, tmp_path: Path
    ) -> None:
        unbroken, killed, resumed = Walk(), Walk(), Walk()
        run(unbroken, tmp_path / "unbroken", seed=1, save_every=4)
        assert not run(killed, tmp_path / "killed", seed=1, save_every=4, stop_after=kill)
        assert killed.taken == list(range(kill))
        assert killed.finished == 0
        assert run(resumed, tmp_path / "killed", seed=1, save_every=4)
        assert resumed.taken == list(range(kill - kill % 4, 10))
        assert resumed.place == unbroken.place

    def test_another_seed_walks_elsewhere(self, tmp_path: Path) -> None:
        one, two = Walk(), Walk()
        run(one, tmp_path / "1", seed=1)
        run(two, tmp_path / "2", seed=2)
        assert one.place != two.place

    def test_a_finished_run_is_not_touched_again(self, tmp_path: Path) -> None:
        run(Walk(), tmp_path, seed=1)
        before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
        again = Walk()
        assert run(again, tmp_path, seed=1)
        assert (again.taken, again.finished) == ([], 0)
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before

    def test_a_kill_between_the_last_step_and_the_finish_is_made_up_for(self, tmp_path: Path) -> None:
        killed = Walk()
        state.save(tmp_path / "state.safetensors", killed.steps, killed.modules, killed.optimisers)
        resumed = Walk()
        assert run(resumed, tmp_path, seed=1)
        assert (resumed.taken, resumed.finished) == ([], 1)
        assert state.finished_steps(tmp_path / "state.safetensors") == resumed.steps + 1

    def test_the_log_has_each_step_once_and_means_of_what_was_taken(self, tmp_path: Path) -> None:
        run(Walk(), tmp_path, seed=1, save_every=3, log_every=2, stop_after=5)
        assert [row["step"] for row in log(tmp_path)] == [2, 4]
        with (tmp_path / "log.jsonl").open("a") as stream:
            stream.write('{"step": 6, "step_nu')  # as a kill leaves it
        run(Walk(), tmp_path, seed=1, save_every=3, log_every=2)
        assert [row["step"] for row in log(tmp_path)] == [2, 4, 6, 8, 10]
        assert [row["step_number"] for row in log(tmp_path)] == [0.5, 3.0, 4.5, 6.5, 8.5]

    def test_a_damaged_state_is_refused_rather_than_trained_over(self, tmp_path: Path) -> None:
        path = tmp_path / "state.safetensors"
        path.write_bytes(b"half a")
        task = Walk()
        with pytest.raises(state.DamagedState, match="not a whole training state"):
            run(task, tmp_path, seed=1)
        assert task.taken == []
        assert path.read_bytes() == b"half a"


def test_the_trainer_knows_no_model() -> None:
    text = Path(trainer.__file__).read_text()
    assert "models.nets" not in text
    assert "models.data" not in text
