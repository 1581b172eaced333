"""The tasks: a resume changes no bit, and each does what its paper says on networks of the least size."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from models import nets
from models.nets.classifier28 import Classifier28
from models.training import tasks, trainer
from models.training.recipe import Net, Recipe, Stage
from models.training.state import restore
from models.training.trainer import Task, run, seeded
from tests.unit.tiny_recipes import AE, GAN, STEPS, TINY, VAE, forged

pytestmark = [pytest.mark.needs_torch, pytest.mark.usefixtures("one_thread")]

STAGES = [pytest.param(recipe, stage, id=f"{recipe.id}-{stage.name}") for recipe in TINY for stage in recipe.stages]


def make(recipe: Recipe, stage: Stage, folder: Path) -> Task:
    return tasks.make(recipe, stage, forged("train"), folder)


def weights(module: nn.Module) -> list[torch.Tensor]:
    return [each.detach().clone() for each in module.parameters()]


def same(one: list[torch.Tensor], other: list[torch.Tensor]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


class TestResume:
    @pytest.mark.parametrize(("recipe", "stage"), STAGES)
    def test_a_killed_and_resumed_training_is_the_unbroken_one_bit_for_bit(
        self, recipe: Recipe, stage: Stage, trained: Path, tmp_path: Path
    ) -> None:
        for torch_seed, stop_after in ((5, 3), (6, 3), (7, None)):  # killed twice, at a step that no save follows
            torch.manual_seed(torch_seed)
            task = make(recipe, stage, trained / recipe.id)
            torch.manual_seed(torch_seed)  # nothing in a step may hang on torch's global generator
            done = run(task, tmp_path, seed=recipe.seed, save_every=2, log_every=2, stop_after=stop_after)
            assert done == (stop_after is None)
        unbroken = trained / recipe.id / stage.name
        expected, found = (load_file(folder / "state.safetensors") for folder in (unbroken, tmp_path))
        assert found.keys() == expected.keys()
        different = [name for name, value in expected.items() if not torch.equal(value, found[name])]
        assert different == []
        assert (tmp_path / "log.jsonl").read_text() == (unbroken / "log.jsonl").read_text()

    def test_the_classifier_too_though_dropout_takes_torchs_global_generator(self, tmp_path: Path) -> None:
        def task() -> tasks.ClassifierTask:
            torch.manual_seed(3)
            return tasks.ClassifierTask(Classifier28(width=2), forged("train"), batch=32, steps=4, seed=3)

        run(task(), tmp_path / "unbroken", seed=3, save_every=2)
        run(task(), tmp_path / "killed", seed=3, save_every=2, stop_after=3)
        run(task(), tmp_path / "killed", seed=3, save_every=2)
        expected, found = (load_file(tmp_path / name / "state.safetensors") for name in ("unbroken", "killed"))
        assert [name for name, value in expected.items() if not torch.equal(value, found[name])] == []

    @pytest.mark.parametrize(("recipe", "stage"), STAGES)
    def test_the_seed_alone_decides_the_first_weights(self, recipe: Recipe, stage: Stage, trained: Path) -> None:
        folder = trained / recipe.id
        torch.manual_seed(5)
        one, two = make(recipe, stage, folder), make(recipe, stage, folder)
        other = make(replace(recipe, seed=2), stage, folder)
        for role in stage.nets:
            assert same(weights(one.modules[role]), weights(two.modules[role]))
            assert not same(weights(one.modules[role]), weights(other.modules[role]))


class TestAutoencoder:
    @pytest.mark.parametrize("recipe", [AE, VAE], ids=lambda recipe: recipe.id)
    def test_training_redraws_pictures_that_random_weights_do_not(self, recipe: Recipe, tmp_path: Path) -> None:
        stage = replace(recipe.stages[0], steps=80, learning_rate=5e-3)
        task = make(recipe, stage, tmp_path)
        first = task.step(0, seeded(0))["reconstruction"]
        for step in range(1, 80):
            last = task.step(step, seeded(step))["reconstruction"]
        assert last < 0.8 * first

    def test_the_kl_term_weighs_nothing_at_the_first_step_and_beta_after_the_warm_up(self, tmp_path: Path) -> None:
        def after(beta: float, step: int) -> list[torch.Tensor]:
            stage = replace(VAE.stages[0], options={"variational": 1, "beta": beta, "warm_up": 4})
            task = make(VAE, stage, tmp_path)
            task.step(step, seeded(0))
            return weights(task.modules["encoder"])

        assert same(after(1.0, 0), after(1000.0, 0))
        assert not same(after(1.0, 1), after(1000.0, 1))
        assert not same(after(1.0, 5), after(2.0, 5))

    def test_the_kl_term_can_come_down_from_above(self, tmp_path: Path) -> None:
        def after(start: float, step: int) -> list[torch.Tensor]:
            options = {"variational": 1, "beta": 1.0, "start": start, "anneal": 4}
            task = make(VAE, replace(VAE.stages[0], options=options), tmp_path)
            task.step(step, seeded(0))
            return weights(task.modules["encoder"])

        assert not same(after(10.0, 0), after(1.0, 0))
        assert same(after(10.0, 4), after(1.0, 4))

    def test_a_heavy_kl_term_silences_the_code(self, tmp_path: Path) -> None:
        options = {"variational": 1, "beta": 50.0, "warm_up": 1}
        task = make(VAE, replace(VAE.stages[0], options=options, steps=60, learning_rate=1e-2), tmp_path)
        logged = [task.step(step, seeded(step))["kl"] for step in range(60)]
        assert logged[-1] < 0.02

    def test_the_rate_falls_along_a_cosine_from_the_recipes_to_nothing(self, tmp_path: Path) -> None:
        task = make(AE, AE.stages[0], tmp_path)
        rates = []
        for step in range(STEPS):
            task.step(step, seeded(step))
            rates.append(task.optimisers["adam"].param_groups[0]["lr"])
        assert rates[0] == AE.stages[0].learning_rate
        assert rates[STEPS // 2] == pytest.approx(0.5 * rates[0])
        assert rates == sorted(rates, reverse=True)
        assert 0 < rates[-1] < 0.1 * rates[0]


class TestAverage:
    def test_an_averaged_autoencoder_is_used_with_its_average(self, tmp_path: Path) -> None:
        stage = replace(VAE.stages[0], options={**VAE.stages[0].options, "ema": 0.9})
        recipe = replace(VAE, stages=(stage,))
        task = make(recipe, stage, tmp_path)
        run(task, tmp_path / stage.name, seed=1)
        for role in ("encoder", "decoder"):
            used = weights(tasks.trained(recipe, tmp_path, role))
            assert same(used, weights(task.modules[f"average-{role}"]))
            assert not same(used, weights(task.modules[role]))


class TestLikelihoodAndCorrelation:
    def after(self, options: dict[str, float | str], folder: Path) -> list[torch.Tensor]:
        stage = replace(VAE.stages[0], options={"variational": 1, "beta": 1.0, "warm_up": 1, **options})
        task = make(VAE, stage, folder)
        task.step(3, seeded(0))
        return weights(task.modules["encoder"])

    def test_a_weight_of_one_on_the_correlation_is_the_plain_vae(self, tmp_path: Path) -> None:
        # The KL term holds the correlation once.
        torch.testing.assert_close(self.after({"tc": 1.0}, tmp_path), self.after({}, tmp_path))
        assert not same(self.after({"tc": 6.0}, tmp_path), self.after({}, tmp_path))

    def test_the_variance_of_the_pixels_weighs_the_error(self, tmp_path: Path) -> None:
        sharp = self.after({"likelihood": "gaussian", "sigma2": 0.01}, tmp_path)
        soft = self.after({"likelihood": "gaussian", "sigma2": 1.0}, tmp_path)
        assert not same(sharp, soft)


def test_previews_show_sixty_four_pictures_whatever_is_trained(trained: Path) -> None:
    for recipe in TINY:
        for stage in recipe.stages:
            pictures = make(recipe, stage, trained / recipe.id).preview()
            assert pictures is not None
            assert pictures.shape == (64, 1, 28, 28)
            assert 0 <= pictures.min() <= pictures.max() <= 1


class TestGan:
    @pytest.mark.parametrize("decay", [0.25, 0.75, 1.0])
    def test_the_average_moves_by_its_decay_towards_the_generator_after_each_step(
        self, decay: float, tmp_path: Path
    ) -> None:
        stage = replace(GAN.stages[0], options={**GAN.stages[0].options, "ema": decay})
        task = make(GAN, stage, tmp_path)
        expected = weights(task.modules["decoder"])
        assert same(weights(task.modules["average"]), expected)
        for step in range(3):
            task.step(step, seeded(step))
            fast = weights(task.modules["decoder"])
            expected = [decay * slow + (1 - decay) * new for slow, new in zip(expected, fast, strict=True)]
            torch.testing.assert_close(weights(task.modules["average"]), expected, rtol=1e-5, atol=1e-7)
        assert not same(fast, weights(make(GAN, stage, tmp_path).modules["decoder"]))

    def test_the_penalty_is_taken_every_k_steps_only(self, tmp_path: Path) -> None:
        def critic(step: int, gamma: float) -> list[torch.Tensor]:
            stage = replace(GAN.stages[0], options={"r1_gamma": gamma, "r1_every": 2, "ema": 0.9})
            task = make(GAN, stage, tmp_path)
            task.step(step, seeded(step))
            return weights(task.modules["critic"])

        assert not same(critic(2, 1.0), critic(2, 1e4))
        assert same(critic(3, 1.0), critic(3, 1e4))

    def test_the_critic_learns_from_real_pictures_and_the_generator_from_the_critic(self, tmp_path: Path) -> None:
        stage = replace(GAN.stages[0], steps=40, learning_rate=5e-3)
        task = make(GAN, stage, tmp_path)
        first = weights(task.modules["decoder"])
        losses = [task.step(step, seeded(step))["critic"] for step in range(25)]
        assert losses[-1] < 0.5 * losses[0]  # random weights cannot tell, trained ones can
        assert not same(first, weights(task.modules["decoder"]))

    def test_the_finished_average_is_normalised_by_the_statistics_of_its_own_draws(self, trained: Path) -> None:
        decoder = tasks.trained(GAN, trained / GAN.id, "decoder")
        draws = torch.randn((4000, 4), generator=torch.Generator().manual_seed(1))
        found: dict[nn.Module, torch.Tensor] = {}

        def note(layer: nn.Module, inputs: tuple[torch.Tensor], _: torch.Tensor) -> None:
            found[layer] = inputs[0]

        norms = [layer for layer in decoder.modules() if isinstance(layer, nn.BatchNorm2d)]
        for norm in norms:
            norm.register_forward_hook(note)
        decoder(draws)
        assert len(norms) == 3
        for norm in norms:
            assert norm.running_mean is not None
            assert norm.running_var is not None
            spread = norm.running_var.sqrt()
            assert ((found[norm].mean((0, 2, 3)) - norm.running_mean).abs() / spread).max() < 0.05
            torch.testing.assert_close(found[norm].var((0, 2, 3)), norm.running_var, rtol=0.1, atol=1e-6)

    def test_what_is_used_later_is_the_average_frozen_and_not_the_generator(self, trained: Path) -> None:
        decoder = tasks.trained(GAN, trained / GAN.id, "decoder")
        assert not decoder.training
        assert not any(each.requires_grad for each in decoder.parameters())
        net = GAN.stages[0].nets["decoder"]
        loaded = {role: nets.build(net.name, **net.arguments) for role in ("average", "decoder")}
        for role, module in loaded.items():
            restore(trained / GAN.id / "generator" / "state.safetensors", role, module)
        assert same(weights(decoder), weights(loaded["average"]))
        assert not same(weights(decoder), weights(loaded["decoder"]))


class TestInversion:
    def test_the_generator_stays_as_it_was_while_the_encoder_learns(self, trained: Path) -> None:
        task = make(GAN, GAN.stages[1], trained / GAN.id)
        assert isinstance(task, tasks.InversionTask)
        before = {name: value.clone() for name, value in task.generator.state_dict().items()}
        encoder = weights(task.modules["encoder"])
        for step in range(3):
            task.step(step, seeded(step))
        assert all(torch.equal(value, before[name]) for name, value in task.generator.state_dict().items())
        assert not same(encoder, weights(task.modules["encoder"]))

    def test_it_recovers_latents_better_than_a_guess(self, trained: Path) -> None:
        options = {"latent_weight": 1.0, "pixel_weight": 0.0, "prior_weight": 0.0}
        wider = {"encoder": Net("conv28-encoder", {"outputs": 4, "width": 8, "hidden": 64})}
        stage = replace(GAN.stages[1], steps=80, batch=64, learning_rate=5e-3, options=options, nets=wider)
        task = make(GAN, stage, trained / GAN.id)
        errors = [task.step(step, seeded(step))["latent"] for step in range(80)]
        # Answering 0 for every z costs 1 a dimension, its variance.
        assert errors[0] > 0.8
        assert sum(errors[-5:]) / 5 < 0.4


def test_two_threads_of_randomness_never_meet() -> None:
    """The data's order, a step's noise and the statistics at the end are seeded apart, for the same seed and number."""
    streams = [trainer.seeded(1, 7, 0), trainer.seeded(1, 11, 0), trainer.seeded(1, 13)]
    assert len({torch.rand(1, generator=each).item() for each in streams}) == 3
