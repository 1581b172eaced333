"""The recipes: plain data that fits together, and networks that have the shapes it promises."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError

import pytest
import torch

from models import data, nets
from models.manifest import schema
from models.nets.classifier28 import Classifier28
from models.training.recipe import Recipe, Stage
from models.training.recipes import RECIPES

pytestmark = [pytest.mark.needs_torch, pytest.mark.usefixtures("one_thread")]

EVERY = [pytest.param(recipe, id=name) for name, recipe in sorted(RECIPES.items())]
NEEDED = {
    "autoencoder": ({"encoder", "decoder"}, {"variational"}),
    "gan": ({"decoder", "critic"}, {"r1_gamma", "r1_every", "ema"}),
    "inversion": ({"encoder"}, {"latent_weight", "pixel_weight", "prior_weight"}),
}


SHAPES = {"fashion-mnist": (1, 28, 28), "mnist": (1, 28, 28), "sprites": (1, 64, 64)}  # the rest are faces
PLAIN = {
    "autoencoder",
    "gan",
    "inversion",
}  # the other tasks have tests of their own


def test_every_family_of_the_textbook_is_there() -> None:
    kinds = {recipe.kind for recipe in RECIPES.values()}
    assert kinds >= {"pca", "ae", "vae", "beta-vae", "tcvae", "gan"}


@pytest.mark.parametrize("recipe", EVERY)
class TestEveryRecipe:
    def test_it_can_become_a_model_folder(self, recipe: Recipe) -> None:
        assert re.fullmatch(r"[a-z0-9][a-z0-9._-]*", recipe.id)
        assert recipe.id == next(key for key, value in RECIPES.items() if value is recipe)
        assert recipe.dataset in data.SETS
        assert recipe.kind in schema.KINDS
        assert recipe.prior in schema.PRIORS
        assert recipe.title
        assert recipe.description.endswith(".")
        assert len(re.findall(r"\.(?: |$)", recipe.description)) == 1  # one sentence, for the model picker

    def test_its_stages_have_what_their_tasks_need(self, recipe: Recipe) -> None:
        assert len({stage.name for stage in recipe.stages}) == len(recipe.stages)
        for stage in recipe.stages:
            roles, options = NEEDED.get(stage.task, (set(stage.nets), set[str]()))
            assert set(stage.nets) == roles
            assert options <= set(stage.options)
            assert 0 < stage.batch <= 60_000
            assert stage.steps > 0
            assert 0 < stage.learning_rate < 0.1
            if stage.options.get("variational"):
                assert 0 < stage.number("warm_up", 0) + stage.number("anneal", 0) < stage.steps
                assert stage.number("beta") > 0

    def test_its_networks_have_the_shapes_that_the_manifest_promises(self, recipe: Recipe) -> None:
        if recipe.conditional or not recipe.stages or not {stage.task for stage in recipe.stages} <= PLAIN:
            return
        shape = SHAPES.get(recipe.dataset, (3, 64, 64))
        pictures, latents = torch.rand(2, *shape), torch.randn(2, recipe.latent)
        built = {
            role: nets.build(net.name, **net.arguments) for stage in recipe.stages for role, net in stage.nets.items()
        }
        assert set(built) >= {"encoder", "decoder"}
        with torch.inference_mode():
            code = built["encoder"](pictures)
            logits = built["decoder"](latents)
            if "critic" in built:
                assert built["critic"](pictures).shape == (2, 1)
        assert code.shape == (2, 2 * recipe.latent if recipe.variational else recipe.latent)
        assert logits.shape == pictures.shape

    def test_it_is_plain_data_that_nothing_can_change(self, recipe: Recipe) -> None:
        with pytest.raises(FrozenInstanceError):
            recipe.seed = 2  # type: ignore[misc]
        for stage in recipe.stages:
            with pytest.raises(FrozenInstanceError):
                stage.steps = 2  # type: ignore[misc]

    def test_the_last_stage_that_trains_a_role_is_found(self, recipe: Recipe) -> None:
        for role in ("encoder", "decoder") if recipe.stages else ():
            later: list[Stage] = [stage for stage in recipe.stages if role in stage.nets]
            assert recipe.stage_with(role) is later[-1]
        with pytest.raises(KeyError, match=f"{recipe.id} trains no painter"):
            recipe.stage_with("painter")


def test_an_unknown_network_is_refused_with_the_known_ones() -> None:
    with pytest.raises(KeyError, match=r"no network is called 'conv29'; known: .*conv28-decoder, conv28-encoder"):
        nets.build("conv29")


@pytest.mark.parametrize("channels", [1, 3])
def test_every_network_takes_pictures_of_any_channels(channels: int) -> None:
    pictures = torch.rand(3, channels, 28, 28)
    small = {"channels": channels, "width": 2}
    assert nets.build("conv28-encoder", outputs=5, hidden=4, **small)(pictures).shape == (3, 5)
    assert nets.build("dcgan28-critic", **small)(pictures).shape == (3, 1)
    for name in ("conv28-decoder", "dcgan28-generator"):
        assert nets.build(name, latent=6, **small)(torch.randn(3, 6)).shape == pictures.shape
    features, logits = Classifier28(classes=7, **small)(pictures)
    assert (features.shape, logits.shape) == ((3, 128), (3, 7))


def test_the_critics_answer_to_a_picture_does_not_depend_on_the_others() -> None:
    """R1 needs it: the gradient with respect to one picture must be that picture's own."""
    torch.manual_seed(0)
    critic = nets.build("dcgan28-critic", width=2)
    pictures = torch.rand(4, 1, 28, 28)
    torch.testing.assert_close(critic(pictures)[:1], critic(pictures[:1]))
