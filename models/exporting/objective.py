"""objective.json of a recipe's folder: what the training of a VAE minimised, so that a picture's loss can be shown."""

from __future__ import annotations

from models.latent.objective import Objective
from models.training.recipe import Recipe


def objective(recipe: Recipe) -> Objective | None:
    """The loss as the recipe states it; None where there is no posterior, and so no KL term."""
    if not recipe.variational:
        return None
    stage = recipe.stage_with("encoder")
    gaussian = stage.task == "debiasing" or stage.options.get("likelihood") == "gaussian"
    return Objective(
        likelihood="gaussian" if gaussian else "bernoulli",
        beta=stage.number("beta"),
        sigma2=stage.number("sigma2") if gaussian else None,
        tc=stage.number("tc", 0.0),
    )
