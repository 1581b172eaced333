"""The tasks a stage can name: autoencoder (plain or variational), GAN, and inversion of a trained generator."""

from __future__ import annotations

import copy
import math
from pathlib import Path

import torch
from torch import nn

from models import nets
from models.data import ImageSet
from models.training import losses, state
from models.training.recipes import Recipe, Stage
from models.training.trainer import Log, Task, batch_indices, seeded


def make(recipe: Recipe, stage: Stage, images: ImageSet, folder: Path) -> Task:
    """The task of `stage`; `folder` is the recipe's, where an earlier stage's state is found."""
    pictures = torch.from_numpy(images.images.copy()).permute(0, 3, 1, 2).contiguous()  # (N, C, H, W) uint8
    torch.manual_seed(recipe.seed)
    modules = {role: nets.build(net.name, **net.arguments) for role, net in stage.nets.items()}
    for module in modules.values():
        module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    match stage.task:
        case "autoencoder":
            return AutoencoderTask(stage, modules, pictures, recipe.seed)
        case "gan":
            return GanTask(stage, modules, pictures, recipe.seed)
        case "inversion":
            return InversionTask(stage, modules, pictures, recipe.seed, trained_decoder(recipe, folder))


def trained_decoder(recipe: Recipe, folder: Path) -> nn.Module:
    """The recipe's decoder with its trained (for a GAN: averaged) weights, frozen, in evaluation mode."""
    stage = recipe.stage_with("decoder")
    decoder = nets.build(stage.nets["decoder"].name, **stage.nets["decoder"].arguments)
    role = "average" if stage.task == "gan" else "decoder"
    state.restore(folder / stage.name / "state.safetensors", role, decoder)
    return decoder.eval().requires_grad_(False)


def _unit(pictures: torch.Tensor) -> torch.Tensor:
    return (pictures.float() / 255.0).contiguous(memory_format=torch.channels_last)


def _cosine(stage: Stage, step: int) -> float:
    return stage.learning_rate * 0.5 * (1.0 + math.cos(math.pi * step / stage.steps))


def _set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    for group in optimiser.param_groups:
        group["lr"] = rate


def _bf16() -> torch.autocast:
    return torch.autocast("cpu", dtype=torch.bfloat16)


class AutoencoderTask:
    """Minimise the Bernoulli cross-entropy of the pixels plus, when variational, beta times the KL term."""

    def __init__(self, stage: Stage, modules: dict[str, nn.Module], pictures: torch.Tensor, seed: int) -> None:
        self.stage, self.modules, self.pictures, self.seed = stage, modules, pictures, seed
        self.steps = stage.steps
        parameters = [*modules["encoder"].parameters(), *modules["decoder"].parameters()]
        self.optimisers: dict[str, torch.optim.Optimizer] = {"adam": torch.optim.Adam(parameters, stage.learning_rate)}

    def step(self, step: int, random: torch.Generator) -> Log:
        rows = batch_indices(len(self.pictures), self.stage.batch, step, self.seed)
        x = _unit(self.pictures[rows])
        with _bf16():
            code = self.modules["encoder"](x)
        code = code.float()
        kl = torch.zeros(())
        beta = 0.0
        if self.stage.options["variational"]:
            mean, logvar = code.chunk(2, dim=1)
            kl = losses.kl_to_standard_normal(mean, logvar).sum(1).mean()
            beta = self.stage.options["beta"] * min(1.0, step / self.stage.options["warm_up"])
            code = mean + torch.exp(0.5 * logvar) * torch.randn(mean.shape, generator=random)
        with _bf16():
            logits = self.modules["decoder"](code)
        reconstruction = losses.bernoulli_nll(logits.float(), x).mean()
        loss = reconstruction + beta * kl
        optimiser = self.optimisers["adam"]
        _set_rate(optimiser, _cosine(self.stage, step))
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimiser.step()
        return {"reconstruction": reconstruction.item(), "kl": kl.item()}

    def finish(self) -> None:
        """Nothing is left to do."""


class GanTask:
    """Non-saturating GAN with a lazy R1 penalty and a moving average of the generator, which is what is exported."""

    def __init__(self, stage: Stage, modules: dict[str, nn.Module], pictures: torch.Tensor, seed: int) -> None:
        self.stage, self.pictures, self.seed = stage, pictures, seed
        self.steps = stage.steps
        self.latent = stage.nets["decoder"].arguments["latent"]
        self.modules = {**modules, "average": copy.deepcopy(modules["decoder"])}
        self.optimisers: dict[str, torch.optim.Optimizer] = {
            role: torch.optim.Adam(modules[role].parameters(), stage.learning_rate, betas=(0.0, 0.99))
            for role in ("decoder", "critic")
        }

    def step(self, step: int, random: torch.Generator) -> Log:
        options = self.stage.options
        generator, critic = self.modules["decoder"], self.modules["critic"]
        rows = batch_indices(len(self.pictures), self.stage.batch, step, self.seed)
        real = _unit(self.pictures[rows])
        noise = torch.randn((2, len(real), self.latent), generator=random)

        with torch.no_grad(), _bf16():
            fake = torch.sigmoid(generator(noise[0]).float())
        with _bf16():
            judged_real, judged_fake = critic(real).float(), critic(fake).float()
        loss_critic = losses.critic_loss(judged_real, judged_fake).mean()
        total = loss_critic
        if step % int(options["r1_every"]) == 0:
            # Lazy regularisation: the penalty every k steps, k times as strong (Karras et al. 2020).
            penalty = losses.r1_penalty(critic, real).mean()
            total = total + 0.5 * options["r1_gamma"] * options["r1_every"] * penalty
        self._update("critic", total, step)

        with _bf16():
            judged = critic(torch.sigmoid(generator(noise[1]).float())).float()
        loss_generator = losses.generator_loss(judged).mean()
        self._update("decoder", loss_generator, step)
        self._average(options["ema"])
        return {"critic": loss_critic.item(), "generator": loss_generator.item()}

    def _update(self, role: str, loss: torch.Tensor, step: int) -> None:
        optimiser = self.optimisers[role]
        # The last fifth runs the rate down: the average settles and the samples sharpen.
        left = (self.steps - step) / (0.2 * self.steps)
        _set_rate(optimiser, self.stage.learning_rate * min(1.0, left))
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimiser.step()

    @torch.no_grad()
    def _average(self, decay: float) -> None:
        for slow, fast in zip(self.modules["average"].parameters(), self.modules["decoder"].parameters(), strict=True):
            slow.lerp_(fast, 1.0 - decay)

    @torch.no_grad()
    def finish(self) -> None:
        """Estimate the average's batch-normalisation statistics from its own activations, 200 batches of 256.

        Those of the live generator belong to other weights.
        """
        average = self.modules["average"]
        norms = [layer for layer in average.modules() if isinstance(layer, nn.BatchNorm2d)]
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # the plain mean over all batches
        average.train()
        random = seeded(self.seed, 13)
        for _ in range(200):
            average(torch.randn((256, self.latent), generator=random))
        average.eval()


class InversionTask:
    """Train an encoder for a frozen generator G: recover z from G(z), and redraw real pictures through G.

    The latent term alone fits only what G draws; the pixel term adapts the encoder to real pictures, and the prior
    term keeps their latents where G was trained.
    """

    def __init__(
        self, stage: Stage, modules: dict[str, nn.Module], pictures: torch.Tensor, seed: int, generator: nn.Module
    ) -> None:
        self.stage, self.modules, self.pictures, self.seed = stage, modules, pictures, seed
        self.generator = generator.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.steps = stage.steps
        self.latent = stage.nets["encoder"].arguments["outputs"]
        self.optimisers: dict[str, torch.optim.Optimizer] = {
            "adam": torch.optim.Adam(modules["encoder"].parameters(), stage.learning_rate)
        }

    def step(self, step: int, random: torch.Generator) -> Log:
        options = self.stage.options
        rows = batch_indices(len(self.pictures), self.stage.batch, step, self.seed)
        real = _unit(self.pictures[rows])
        z = torch.randn((len(real), self.latent), generator=random)
        with _bf16():
            with torch.no_grad():
                fake = torch.sigmoid(self.generator(z).float())
            found, code = self.modules["encoder"](torch.cat([fake, real])).float().chunk(2)
            logits = self.generator(code)
        latent = (found - z).square().sum(1).mean()
        pixel = losses.bernoulli_nll(logits.float(), real).mean()
        # Keeps the aggregate of the codes at zero mean and unit variance a dimension, as the prior's.
        prior = code.mean(0).square().sum() + (code.var(0) - 1.0).square().sum()
        loss = options["latent_weight"] * latent + options["pixel_weight"] * pixel + options["prior_weight"] * prior
        optimiser = self.optimisers["adam"]
        _set_rate(optimiser, _cosine(self.stage, step))
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimiser.step()
        return {"latent": latent.item() / self.latent, "pixel": pixel.item(), "prior": prior.item()}

    def finish(self) -> None:
        """Nothing is left to do."""


class ClassifierTask:
    """Train a classifier with cross-entropy: the instrument behind class coverage, precision and recall."""

    def __init__(self, module: nn.Module, images: ImageSet, *, batch: int, steps: int, seed: int) -> None:
        self.pictures = torch.from_numpy(images.images.copy()).permute(0, 3, 1, 2).contiguous()
        self.labels = torch.from_numpy(images.labels)
        self.batch, self.steps, self.seed = batch, steps, seed
        self.modules: dict[str, nn.Module] = {"classifier": module}
        self.optimisers: dict[str, torch.optim.Optimizer] = {"adam": torch.optim.Adam(module.parameters(), 2e-3)}

    def step(self, step: int, random: torch.Generator) -> Log:
        rows = batch_indices(len(self.pictures), self.batch, step, self.seed)
        self.modules["classifier"].train()
        torch.manual_seed(int(torch.randint(2**62, (1,), generator=random)))  # for dropout, which takes no generator
        with _bf16():
            _, logits = self.modules["classifier"](_unit(self.pictures[rows]))
        loss = nn.functional.cross_entropy(logits.float(), self.labels[rows])
        optimiser = self.optimisers["adam"]
        _set_rate(optimiser, 2e-3 * (1.0 - step / self.steps))
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimiser.step()
        return {"loss": loss.item()}

    def finish(self) -> None:
        """Nothing is left to do."""
