"""Tasks with classes and with styles: a resume changes no bit, and class, style and mean are where they belong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from models.training import losses, tasks, trainer
from models.training.recipe import Net, Recipe, Stage
from models.training.state import restore
from models.training.tasks.common import bf16
from models.training.trainer import run, seeded
from tests.unit.test_tasks import same, weights
from tests.unit.tiny_generators import CGAN, CVAE, STYLE, pictures
from tests.unit.tiny_recipes import GAN

pytestmark = [pytest.mark.needs_torch, pytest.mark.usefixtures("one_thread")]

EVERY = (CVAE, CGAN, STYLE)
STAGES = [pytest.param(recipe, stage, id=f"{recipe.id}-{stage.name}") for recipe in EVERY for stage in recipe.stages]


def make(recipe: Recipe, stage: Stage, folder: Path) -> trainer.Task:
    return tasks.make(recipe, stage, pictures(recipe), folder)


@pytest.fixture(scope="module")
def generators(tmp_path_factory: pytest.TempPathFactory, one_thread: None) -> Path:
    """A runs folder in which every one of these recipes is trained without a break. Not to be written to."""
    runs = tmp_path_factory.mktemp("generators")
    for recipe in EVERY:
        for stage in recipe.stages:
            folder = runs / recipe.id
            run(make(recipe, stage, folder), folder / stage.name, seed=1, save_every=2, log_every=2)
    return runs


@pytest.mark.parametrize(("recipe", "stage"), STAGES)
class TestEveryStage:
    def test_a_killed_and_resumed_training_is_the_unbroken_one_bit_for_bit(
        self, recipe: Recipe, stage: Stage, generators: Path, tmp_path: Path
    ) -> None:
        for stop_after in (3, None):
            task = make(recipe, stage, generators / recipe.id)
            run(task, tmp_path, seed=1, save_every=2, log_every=2, stop_after=stop_after)
        unbroken = generators / recipe.id / stage.name
        expected, found = (load_file(folder / "state.safetensors") for folder in (unbroken, tmp_path))
        assert found.keys() == expected.keys()
        assert [name for name, value in expected.items() if not torch.equal(value, found[name])] == []

    def test_a_preview_shows_sixty_four_pictures(self, recipe: Recipe, stage: Stage, generators: Path) -> None:
        shown = make(recipe, stage, generators / recipe.id).preview()
        assert shown is not None
        assert shown.shape == ((64, 3, 64, 64) if recipe is STYLE else (64, 1, 28, 28))
        assert 0 <= shown.min() <= shown.max() <= 1

    def test_what_is_exported_is_found(self, recipe: Recipe, stage: Stage, generators: Path) -> None:
        for role in set(stage.nets) - {"critic"}:
            network = tasks.trained(recipe, generators / recipe.id, role)
            assert not network.training
            assert not any(each.requires_grad for each in network.parameters())


class TestClasses:
    def test_a_conditional_decoder_learns_where_each_class_has_its_square(self, tmp_path: Path) -> None:
        small = {"width": 8, "hidden": 32}
        networks = {
            "encoder": Net("cond28-encoder", {"outputs": 8, **small}),
            "decoder": Net("cond28-decoder", {"latent": 4, **small}),
        }
        # A heavy KL term leaves the class alone to say what is drawn.
        options = {"variational": 1, "beta": 10.0, "warm_up": 1}
        stage = replace(CVAE.stages[0], steps=150, learning_rate=1e-2, nets=networks, options=options)
        task = make(CVAE, stage, tmp_path)
        for step in range(150):
            task.step(step, seeded(step))
        images = pictures(CVAE).images[:10, :, :, 0]
        labels = torch.arange(10)
        with torch.no_grad():
            drawn = torch.sigmoid(task.modules["decoder"](torch.zeros(10, 4), labels))[:, 0]
        away = (drawn[:, None] - torch.from_numpy(images / 255.0)[None]).square().sum((2, 3))
        assert away.argmin(1).tolist() == labels.tolist()

    def test_the_critic_judges_with_the_class(self, generators: Path) -> None:
        critic = make(CGAN, CGAN.stages[0], generators / CGAN.id).modules["critic"]
        picture = torch.rand(1, 1, 28, 28).expand(10, -1, -1, -1)
        assert critic(picture, torch.arange(10)).unique().numel() == 10


class TestCollapsing:
    LOST: ClassVar = {"generator_steps": 2, "unbalanced_from": 2, "unbalanced_rate": 1e-3, "unbalanced_beta1": 0.9}

    def test_without_a_decay_there_is_no_average_and_the_generator_is_exported(self, tmp_path: Path) -> None:
        stage = replace(GAN.stages[0], options={"r1_gamma": 1.0, "r1_every": 2, "ema": 0.0})
        recipe = replace(GAN, stages=(stage, *GAN.stages[1:]))
        task = make(recipe, stage, tmp_path)
        assert set(task.modules) == {"decoder", "critic"}
        run(task, tmp_path / stage.name, seed=1)
        assert same(weights(tasks.trained(recipe, tmp_path, "decoder")), weights(task.modules["decoder"]))

    def test_the_balance_is_lost_at_its_step_and_not_before(self, tmp_path: Path) -> None:
        options = {"r1_gamma": 1e4, "r1_every": 2, "ema": 0.0, **self.LOST, "generator_steps": 5}
        for step, count in ((0, 1), (1, 1), (2, 5), (3, 5)):
            task = make(GAN, replace(GAN.stages[0], options=options), tmp_path)
            task.step(step, seeded(0))
            taken = {
                role: {int(slot["step"].item()) for slot in optimiser.state_dict()["state"].values()}
                for role, optimiser in task.optimisers.items()
            }
            assert taken == {"decoder": {count}, "critic": {1}}

    def test_without_balance_there_is_no_penalty_and_the_rate_is_another(self, tmp_path: Path) -> None:
        def critic(step: int, gamma: float) -> list[torch.Tensor]:
            options = {"r1_gamma": gamma, "r1_every": 2, "ema": 0.0, **self.LOST}
            task = make(GAN, replace(GAN.stages[0], options=options), tmp_path)
            task.step(step, seeded(0))
            for optimiser in task.optimisers.values():
                group = optimiser.param_groups[0]
                assert group["lr"] == (1e-3 if step >= 2 else GAN.stages[0].learning_rate)
                assert group["betas"] == ((0.9 if step >= 2 else 0.0), 0.99)
            return weights(task.modules["critic"])

        assert not same(critic(0, 1.0), critic(0, 1e4))
        assert same(critic(4, 1.0), critic(4, 1e4))


class TestStyleGan:
    def test_one_pass_through_the_critic_gives_the_gradient_of_a_pass_of_the_generators_own(
        self, tmp_path: Path
    ) -> None:
        stage = STYLE.stages[0]  # whose second step takes no penalty
        task = make(STYLE, stage, tmp_path)
        other = make(STYLE, stage, tmp_path)
        assert isinstance(task, tasks.StyleGanTask)
        assert isinstance(other, tasks.StyleGanTask)
        task.step(1, seeded(1))
        with bf16(torch.device("cpu")):
            judged = other.modules["critic"](other._draw(stage.batch, seeded(1))).float()
        torch.autograd.backward(losses.generator_loss(judged).mean())
        compared = 0
        for name, parameter in task.modules["decoder"].named_parameters():
            expected = other.modules["decoder"].get_parameter(name).grad
            if parameter.grad is None or expected is None:  # the strength of noise that a layer does not get
                assert parameter.grad is expected
                continue
            compared += 1
            # In bfloat16 the two differ by a rounding here and there.
            assert (parameter.grad - expected).norm() <= 0.05 * expected.norm() + 1e-6, name
        assert compared > 30

    def test_the_penalty_weighs_less_from_its_late_step_on(self, tmp_path: Path) -> None:
        def critic(step: int, option: str) -> list[torch.Tensor]:
            stage = replace(STYLE.stages[0], options={**STYLE.stages[0].options, option: 1e4})
            task = make(STYLE, stage, tmp_path)
            task.step(step, seeded(step))
            return weights(task.modules["critic"])

        assert not same(critic(2, "r1_gamma"), critic(2, "r1_gamma_late"))
        assert not same(critic(4, "r1_gamma"), critic(4, "r1_gamma_late"))
        assert same(critic(3, "r1_gamma"), critic(3, "r1_gamma_late"))

    def test_the_mapping_learns_at_a_hundredth_of_the_others_rate(self, tmp_path: Path) -> None:
        task = make(STYLE, STYLE.stages[0], tmp_path)
        task.step(0, seeded(0))
        synthesis, mapping = task.optimisers["generator"].param_groups
        assert mapping["lr"] == pytest.approx(0.01 * synthesis["lr"])

    def test_the_finished_mapping_knows_its_mean(self, generators: Path) -> None:
        mapping = tasks.trained(STYLE, generators / STYLE.id, "mapping")
        mean = mapping.get_buffer("mean")
        w = mapping(torch.randn((20_000, 6), generator=seeded(3)))
        assert mean.abs().max() > 0
        assert ((w.mean(0) - mean).abs() < 5 * w.std(0) / 20_000**0.5).all()

    def test_what_is_used_later_is_the_averages(self, generators: Path) -> None:
        path = generators / STYLE.id / "generator" / "state.safetensors"
        for role in ("mapping", "decoder"):
            used = tasks.trained(STYLE, generators / STYLE.id, role)
            loaded: nn.Module = make(STYLE, STYLE.stages[0], generators / STYLE.id).modules[role]
            restore(path, f"average-{role}", loaded)
            assert same(weights(used), weights(loaded))
            restore(path, role, loaded)
            assert not same(weights(used), weights(loaded))


class TestStyleInversion:
    def test_the_generator_stays_while_the_encoder_learns_to_recover_w(self, generators: Path) -> None:
        options = {"latent_weight": 1.0, "pixel_weight": 0.0, "prior_weight": 0.0}
        stage = replace(STYLE.stages[1], steps=60, learning_rate=5e-3, options=options)
        task = make(STYLE, stage, generators / STYLE.id)
        assert isinstance(task, tasks.StyleInversionTask)
        before = weights(task.synthesis)
        errors = [task.step(step, seeded(step))["latent"] for step in range(60)]
        assert same(before, weights(task.synthesis))
        assert sum(errors[-5:]) < 0.8 * sum(errors[:5])
