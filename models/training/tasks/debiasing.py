"""The debiasing VAE: a VAE of faces whose encoder also tells faces from other pictures (Amini et al. 2019)."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from models.data import ImageSet
from models.nets.face64 import Face64Encoder
from models.training import losses, resampling
from models.training.recipe import Stage
from models.training.tasks.common import Modules, bf16, cosine, unit, update
from models.training.trainer import Log, seeded

FACE = "face"  # the factor that is 1 for faces and 0 for other pictures: the label of the head
RARE = "dark"  # the factor of the rare group: for the log alone, no step looks at it
CHUNK = 500  # pictures encoded at a time for the histogram


class Draws(nn.Module):
    """The probability of drawing each face, in float64: a module, so that it is saved with the training's state."""

    probability: torch.Tensor

    def __init__(self, faces: int) -> None:
        super().__init__()
        self.register_buffer("probability", torch.full((faces,), 1.0 / faces, dtype=torch.float64))


class DebiasingTask:
    """Minimise the VAE's loss on faces plus `face_weight` times the head's cross-entropy on faces and other pictures.

    `face_share` of a batch are faces, drawn with replacement by their probability; the rest are other pictures, drawn
    evenly. With `resampling` "product" or "maximum" the probabilities are set anew every `refresh` steps from the
    histogram of the encoder's means of all faces (`models.training.resampling`, with `bins` and `smoothing`); with
    "none", the twin, they stay even. `sigma2`, `beta` and `warm_up` are those of an autoencoder with a Gaussian
    likelihood.
    """

    def __init__(self, stage: Stage, modules: Modules, images: ImageSet, seed: int, device: torch.device) -> None:
        """Raises KeyError when the pictures do not know whether they are faces, ValueError when all or none are."""
        self.stage, self.pictures, self.seed, self.device = stage, images.images, seed, device
        self.steps = stage.steps
        is_face = images.factor(FACE).values == 1
        self.faces, self.others = (torch.from_numpy(np.flatnonzero(chosen)) for chosen in (is_face, ~is_face))
        if not len(self.faces) or not len(self.others):
            raise ValueError(
                f"{images.name} must hold faces and other pictures, but has {len(self.faces)} faces "
                f"among {len(is_face)} pictures. Train on a set that has both."
            )
        names = [factor.name for factor in images.factors]
        self.rare = images.factor(RARE).values[is_face] == 1 if RARE in names else None
        encoder = modules["encoder"]
        if not isinstance(encoder, Face64Encoder):
            raise TypeError(
                "A debiasing VAE needs an encoder with a head for faces: name face64-encoder in its recipe."
            )
        self.encoder, self.decoder, self.draws = encoder, modules["decoder"], Draws(len(self.faces))
        parameters = [*encoder.parameters(), *self.decoder.parameters()]
        self.optimisers: dict[str, torch.optim.Optimizer] = {
            "adam": torch.optim.Adam(parameters, stage.learning_rate, fused=True)
        }
        self.modules: Modules = {**modules, "draws": self.draws}

    def step(self, step: int, random: torch.Generator) -> Log:
        """One step; logs losses a picture in nats, the head's accuracy, and what the resampling does.

        `effective` is the effective sample size and `rare` the probability of drawing the rare group.
        """
        if step % int(self.stage.number("refresh")) == 0:
            self._resample()
        count = round(self.stage.number("face_share") * self.stage.batch)
        rows = torch.cat(
            [
                self.faces[torch.multinomial(self.draws.probability, count, replacement=True, generator=random)],
                self.others[torch.randint(len(self.others), (self.stage.batch - count,), generator=random)],
            ]
        )
        x = unit(self.pictures, rows, self.device)
        target = (torch.arange(len(rows), device=self.device) < count).float()
        with bf16(self.device):
            code, judged = self.encoder.judged(x)
        mean, logvar = code[:count].float().chunk(2, dim=1)
        head = nn.functional.binary_cross_entropy_with_logits(judged.float(), target)
        code = mean + torch.exp(0.5 * logvar) * torch.randn(mean.shape, generator=random).to(self.device)
        kl = losses.kl_to_standard_normal(mean, logvar).sum(1).mean()
        with bf16(self.device):
            drawn = self.decoder(code)
        error = losses.gaussian_error(torch.sigmoid(drawn.float()), x[:count], self.stage.number("sigma2")).mean()
        weight = self.stage.number("beta") * min(1.0, step / max(1.0, self.stage.number("warm_up", 0.0)))
        loss = error + weight * kl + self.stage.number("face_weight") * head
        update(self.optimisers["adam"], loss, cosine(self.stage, step))
        right = ((judged > 0) == (target > 0)).float().mean()
        log = {"reconstruction": error.item(), "kl": kl.item(), "head": head.item(), "accuracy": right.item()}
        return {**log, **self._sampling()}

    def _resample(self) -> None:
        rule = self.stage.options["resampling"]
        if rule == "none":
            return
        if rule not in ("product", "maximum"):
            raise ValueError(f'resampling must be "none", "product" or "maximum", but is {rule!r}.')
        bins, smoothing = int(self.stage.number("bins")), self.stage.number("smoothing")
        found = resampling.probabilities(
            self._means(), rule="product" if rule == "product" else "maximum", bins=bins, smoothing=smoothing
        )
        self.draws.probability.copy_(torch.from_numpy(found))

    @torch.no_grad()
    def _means(self) -> NDArray[np.float32]:
        """The posterior means of all faces, (N, D)."""
        means = []
        for rows in torch.split(self.faces, CHUNK):
            with bf16(self.device):
                code = self.encoder(unit(self.pictures, rows, self.device))
            means.append(code.float().chunk(2, dim=1)[0].cpu().numpy())
        return np.concatenate(means)

    def _sampling(self) -> Log:
        probability = self.draws.probability.numpy()
        found = {"effective": resampling.effective_share(probability)}
        return found if self.rare is None else {**found, "rare": float(probability[self.rare].sum())}

    @torch.no_grad()
    def preview(self) -> torch.Tensor:
        """64 draws from the prior, (64, C, H, W)."""
        latent = self.stage.nets["decoder"].arguments["latent"]
        z = torch.randn((64, latent), generator=seeded(self.seed, 17)).to(self.device)
        with bf16(self.device):
            drawn: torch.Tensor = self.decoder(z)
        return torch.sigmoid(drawn.float())

    def finish(self) -> None:
        """Nothing is left to do."""
