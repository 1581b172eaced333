"""Every recipe takes a few steps of each of its stages, on pictures of its data set's shape."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.data import ImageSet
from models.train import SMOKE_STEPS, smoke
from models.training.recipe import Recipe
from models.training.recipes import RECIPES
from models.training.state import finished_steps

pytestmark = [pytest.mark.needs_torch, pytest.mark.usefixtures("one_thread")]

SHAPES = {"fashion-mnist": (28, 28, 1), "mnist": (28, 28, 1), "sprites": (64, 64, 1)}  # the rest are faces
# The debiasing task needs faces and others by their labels: tests/unit/test_debiasing.py takes its steps.
SMOKED = [each for each in RECIPES.values() if each.stages and each.stages[0].task != "debiasing"]


def noise(dataset: str) -> ImageSet:
    shape = SHAPES.get(dataset, (64, 64, 3))
    images = np.random.default_rng(3).integers(0, 256, (64, *shape), dtype=np.uint8)
    return ImageSet(dataset, "Noise", images, np.arange(64) % 10, tuple("0123456789"), "CC0-1.0", "none", "none")


@pytest.mark.parametrize("recipe", SMOKED, ids=lambda recipe: recipe.id)
def test_every_stage_runs_to_its_end_and_leaves_something_to_look_at(recipe: Recipe, tmp_path: Path) -> None:
    smoke(recipe, runs=tmp_path, images=noise(recipe.dataset))
    for stage in recipe.stages:
        folder = tmp_path / recipe.id / stage.name
        assert finished_steps(folder / "state.safetensors") == SMOKE_STEPS + 1
        assert list(folder.glob("preview-*.png"))
        assert len(list(folder.glob("snapshot-*.safetensors"))) == bool(stage.snapshots)


def test_nearly_every_recipe_is_among_them() -> None:
    assert len(SMOKED) > 15
