"""CARD.md: what a model is, how it was made and where it fails, and no figure that was not measured."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.exporting import card
from models.training.recipe import Recipe
from models.training.recipes import RECIPES
from tests.unit.tiny_recipes import AE, forged

PARITY = {"parity": {"decoder": 0.0011, "encoder": 0.0012}}


def table(text: str) -> list[str]:
    return text.split("| --- | --- |")[1].split("##")[0].strip().splitlines()


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))
def test_it_says_what_the_model_is_how_it_was_made_and_where_it_fails(recipe: Recipe) -> None:
    text = card.write(recipe, forged("test"), PARITY, recipe.seed)
    for words in (recipe.title, recipe.description, card.failures(recipe), "Apache-2.0", "CC0-1.0", "card.png"):
        assert words in text
    for stage in recipe.stages:
        assert f"{stage.steps:,} steps of {stage.batch} pictures" in text
    assert (f"python -m models.train {recipe.id}" in text) == bool(recipe.stages)
    assert f"python -m models.export {recipe.id}`, seed {recipe.seed}." in text


def test_another_seed_than_the_recipes_own_is_in_the_commands() -> None:
    text = card.write(replace(AE, seeds=(1, 2, 3)), forged("test"), PARITY, 3)
    assert "`python -m models.train tiny-ae --seed 3` and `python -m models.export tiny-ae --seed 3`, seed 3." in text


def test_what_was_not_measured_is_not_mentioned() -> None:
    (row,) = table(card.write(AE, forged("test"), PARITY, 1))
    assert row.startswith("| parity |")
    assert "0.0011" in row
    assert table(card.write(AE, forged("test"), {}, 1)) == []
