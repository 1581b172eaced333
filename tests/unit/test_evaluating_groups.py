"""The debiasing VAE's figures by group, on constructed answers and on a training of six steps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.analysis.reader import Reader
from models.data import Factor, ImageSet
from models.data.faces import GROUPS
from models.evaluating import groups
from models.training import tasks, trainer
from models.training.recipe import Net, Recipe
from models.training.recipes import RECIPES
from tests.unit.tiny_recipes import forged

pytestmark = [pytest.mark.needs_torch, pytest.mark.usefixtures("one_thread")]


def few_dark(count: int = 240) -> ImageSet:
    """64x64 colour pictures of one tone, a third each of no face (noise), lighter and darker."""
    labels = np.arange(count) % 3
    images = np.random.default_rng(0).integers(0, 256, (count, 64, 64, 3), dtype=np.uint8)
    for label, tone in ((1, 220), (2, 40)):
        images[labels == label] = tone
    factors = tuple(
        Factor(name, "categorical", values.astype(np.float32), ("no", "yes"))
        for name, values in (("face", labels > 0), ("dark", labels == 2))
    )
    return replace(forged("train"), images=images, labels=labels, classes=GROUPS, factors=factors)


def tiny(**options: float | str) -> Recipe:
    recipe = RECIPES["faces-dbvae"]
    nets = {
        "encoder": Net("face64-encoder", {"outputs": 4, "width": 4, "deep": 4, "hidden": 8}),
        "decoder": Net("conv64-decoder", {"latent": 2, "channels": 3, "width": 4, "deep": 4, "hidden": 8}),
    }
    options = {**recipe.stages[0].options, "refresh": 2, "warm_up": 2, **options}
    return replace(recipe, latent=2, stages=(replace(recipe.stages[0], nets=nets, batch=16, steps=6, options=options),))


def test_each_group_has_its_mean_error_and_its_wrong_answers() -> None:
    labels = np.array([0, 0, 1, 1, 2, 2])
    is_face = np.array([True, False, True, True, False, False])
    error = np.array([9, 9, 0.1, 0.3, 0.5, 0.7], np.float32)
    assert groups.by_group(is_face, error, labels, GROUPS) == {
        "no_misjudged": 0.5,
        "lighter_misjudged": 0,
        "lighter_error": pytest.approx(0.2),
        "darker_misjudged": 1,
        "darker_error": pytest.approx(0.6),
    }


@pytest.mark.parametrize("rule", ["maximum", "none"])
def test_a_training_is_scored_by_its_own_networks(rule: str, tmp_path: Path) -> None:
    recipe, images = tiny(resampling=rule), few_dark()
    task = tasks.make(recipe, recipe.stages[0], images, tmp_path)
    trainer.run(task, tmp_path / recipe.stages[0].name, seed=1)

    class AllDark(Reader):
        def __init__(self) -> None:
            pass

        def __call__(self, pictures: np.ndarray) -> dict[str, np.ndarray]:
            assert pictures.shape[1:] == (64, 64, 3)
            return {"skin": np.full(len(pictures), 0.9, np.float32)}

    found = groups.scored(recipe, tmp_path, images, images, AllDark())
    assert found["dark_share_of_draws"] == 1
    assert found["dark_share_of_faces"] == 0.5
    assert 0 < found["darker_error"] < 1
    if rule == "none":
        assert found["dark_share_after_resampling"] == pytest.approx(0.5)
        assert found["effective_share"] == pytest.approx(1)
    else:
        assert found["effective_share"] < 1
