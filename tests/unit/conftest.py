"""What the tests of training and export share: one thread, forged pictures under a name, tiny models trained once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from models import data
from tests.unit.tiny_recipes import TINY, forged


@pytest.fixture(scope="session")
def one_thread() -> Iterator[None]:
    """torch on one thread, so that sums are taken in one order and other work on the machine is left alone."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def forged_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """The forged pictures as the data set "forged"."""
    monkeypatch.setitem(data.SETS, "forged", forged)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, one_thread: None) -> Path:
    """A runs folder in which every tiny recipe is trained without a break. Not to be written to."""
    from models.training import tasks, trainer

    runs = tmp_path_factory.mktemp("runs")
    images = forged("train")
    for recipe in TINY:
        for stage in recipe.stages:
            folder = runs / recipe.id
            task = tasks.make(recipe, stage, images, folder)
            assert trainer.run(task, folder / stage.name, seed=recipe.seed, save_every=2, log_every=2)
    return runs
