"""objective.json says what the recipe says, and every shipped VAE has it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.exporting.objective import objective
from models.latent.objective import Objective
from models.manifest import read
from models.training.recipe import Recipe
from models.training.recipes import RECIPES

CHECKPOINTS = Path(__file__).resolve().parent.parent.parent / "checkpoints"
VARIATIONAL = [recipe for recipe in RECIPES.values() if recipe.variational]


def test_a_model_without_a_posterior_has_none() -> None:
    others = [recipe for recipe in RECIPES.values() if not recipe.variational]
    assert len(others) >= 4
    assert all(objective(recipe) is None for recipe in others)


@pytest.mark.parametrize("recipe", VARIATIONAL, ids=lambda recipe: recipe.id)
def test_it_is_what_the_recipe_trains_with(recipe: Recipe) -> None:
    stated = objective(recipe)
    options = recipe.stage_with("encoder").options
    assert stated is not None
    assert stated.beta == options["beta"]
    assert stated.sigma2 == options.get("sigma2")
    assert (stated.likelihood == "gaussian") == ("sigma2" in options)
    assert stated.tc == options.get("tc", 0.0)


def test_every_shipped_vae_says_it_and_means_its_recipe() -> None:
    seen = 0
    for folder in sorted(path.parent for path in CHECKPOINTS.glob("*/model.json")):
        manifest = read(folder)
        if manifest.encoder is None or manifest.encoder.logvar is None:
            assert "objective.json" not in manifest.files
            continue
        assert "objective.json" in manifest.files, folder.name
        stated = Objective.parse(json.loads((folder / "objective.json").read_text(encoding="utf-8")))
        assert stated == objective(RECIPES[folder.name])
        seen += 1
    assert seen >= 3
