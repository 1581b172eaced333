"""What is trained: one file a data set, one recipe a model folder; each is plain data (`models.training.recipe`)."""

from __future__ import annotations

from models.training.recipe import Recipe
from models.training.recipes import digits, faces, faces_debias, faces_gan, fashion, sprites

RECIPES: dict[str, Recipe] = {
    recipe.id: recipe
    for recipe in (
        *fashion.RECIPES,
        *sprites.RECIPES,
        *faces.RECIPES,
        *faces_debias.RECIPES,
        *faces_gan.RECIPES,
        *digits.RECIPES,
    )
}
