"""The training loop. It knows steps, files and progress, and nothing about models.

Everything random in a step comes from a generator seeded by (seed, step), and the order of the data from one seeded by
(seed, epoch): so a run that was killed and resumed takes the same numbers as one that was not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import torch
from torch import nn
from tqdm import tqdm

from models.training import state

Log = dict[str, float]


class Task(Protocol):
    """What is trained: it owns its networks, optimisers and data."""

    steps: int
    modules: dict[str, nn.Module]
    optimisers: dict[str, torch.optim.Optimizer]

    def step(self, step: int, random: torch.Generator) -> Log:
        """Take one optimisation step; returns figures for the log."""

    def finish(self) -> None:
        """Do what must happen once after the last step."""

    def preview(self) -> torch.Tensor | None:
        """Pictures (64, C, H, W) in [0, 1] that show where the training stands; None where there is nothing to see."""


# Called after every step with the number of steps taken, the last one included; it must not change the task.
Callback = Callable[[int, Task], None]


def seeded(*parts: int) -> torch.Generator:
    """A generator that depends on all of `parts` and on nothing else."""
    mixed = 0
    for part in parts:
        mixed = (mixed * 1_000_003 + part + 1) % (2**63 - 1)
    return torch.Generator().manual_seed(mixed)


@lru_cache(maxsize=2)  # every step of an epoch asks for the same one
def _order(count: int, seed: int, epoch: int) -> torch.Tensor:
    return torch.randperm(count, generator=seeded(seed, 7, epoch))


def batch_indices(count: int, batch: int, step: int, seed: int) -> torch.Tensor:
    """Rows of step `step` when `count` rows are shuffled anew each epoch and cut into whole batches, (batch,).

    Rows left over at an epoch's end wait for another epoch. Raises ValueError for a batch of more than `count`.
    """
    if batch > count:
        raise ValueError(f"A batch of {batch} cannot be drawn from {count} pictures.")
    per_epoch = count // batch
    epoch, place = divmod(step, per_epoch)
    return _order(count, seed, epoch)[place * batch : (place + 1) * batch]


def run(
    task: Task,
    folder: Path,
    *,
    seed: int,
    save_every: int = 500,
    log_every: int = 100,
    stop_after: int | None = None,
    callbacks: Sequence[Callback] = (),
) -> bool:
    """Train `task`, resuming from `folder` when it holds a state; returns whether the last step has been taken.

    `stop_after` ends the run early after that many steps of this call, as a kill would.
    Raises DamagedState when the folder's state is not one of this task's.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "state.safetensors"
    start = state.load(path, task.modules, task.optimisers) if path.exists() else 0
    if start > task.steps:
        return True  # finished before: the state of a finished run counts one step more
    state.trim_log(folder / "log.jsonl", start)
    sums: Log = {}
    summed = 0
    with tqdm(total=task.steps, initial=start, desc=folder.as_posix(), mininterval=2.0) as bar:
        for step in range(start, task.steps):
            if stop_after is not None and step - start >= stop_after:
                return False
            for key, value in task.step(step, seeded(seed, 11, step)).items():
                sums[key] = sums.get(key, 0.0) + value
            summed += 1
            bar.update()
            if (step + 1) % log_every == 0:
                means = {key: value / summed for key, value in sums.items()}
                state.append_log(folder / "log.jsonl", {"step": step + 1, **means})
                bar.set_postfix({key: f"{value:.3g}" for key, value in means.items()})
                sums, summed = {}, 0
            if (step + 1) % save_every == 0:
                state.save(path, step + 1, task.modules, task.optimisers)
            for callback in callbacks:
                callback(step + 1, task)
    task.finish()
    state.save(path, task.steps + 1, task.modules, task.optimisers)
    return True
