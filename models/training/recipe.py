"""What a recipe is: plain data from which a model is trained and exported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from models.manifest.schema import SamplerKind

TaskName = Literal["autoencoder", "gan", "stylegan", "inversion", "style-inversion", "debiasing"]


@dataclass(frozen=True)
class Net:
    """A network by its name in `models.nets` and its arguments."""

    name: str
    arguments: Mapping[str, int]


@dataclass(frozen=True)
class Stage:
    """One training: a task of `models.training.tasks`, the networks it trains and its numbers."""

    name: str
    task: TaskName
    nets: Mapping[str, Net]
    batch: int
    steps: int
    learning_rate: float
    options: Mapping[str, float | str] = field(default_factory=dict)
    snapshots: tuple[int, ...] = ()  # steps after which the weights are kept beside the state

    def number(self, option: str, default: float | None = None) -> float:
        """An option that is a number. Raises KeyError when it is not given and has no default."""
        value = self.options[option] if default is None else self.options.get(option, default)
        return float(value)


@dataclass(frozen=True)
class Recipe:
    """A model from data to folder. `id` is the folder's name under checkpoints/."""

    id: str
    title: str
    description: str  # one plain sentence for the model picker
    kind: Literal["pca", "ae", "vae", "beta-vae", "tcvae", "dbvae", "cvae", "gan", "cgan", "stylegan"]
    dataset: str
    latent: int
    prior: Literal["normal", "empirical"]
    stages: tuple[Stage, ...]
    seed: int = 1
    seeds: tuple[int, ...] = ()  # all seeds that are trained to show the spread; the shipped one is chosen among them
    conditional: bool = False  # takes the picture's class beside the picture and the latent
    extra_samplers: tuple[SamplerKind, ...] = ()  # fitted at export beside those that its kind has anyway

    @property
    def variational(self) -> bool:
        """Whether the encoder answers a posterior's mean and log-variance."""
        return self.kind in ("vae", "beta-vae", "tcvae", "dbvae", "cvae")

    @property
    def generator(self) -> bool:
        """Whether points are drawn rather than encoded."""
        return self.kind in ("gan", "cgan", "stylegan")

    @property
    def samplers(self) -> tuple[SamplerKind, ...]:
        """What the folder offers to draw latents from. A generator, or a model told the class, knows its prior only."""
        prior: tuple[SamplerKind, ...] = ("prior",) if self.prior == "normal" else ()
        if self.generator or self.conditional:
            return prior
        # A full covariance of more dimensions would be larger than the network, and known from too few points.
        full: tuple[SamplerKind, ...] = ("gaussian", "pca-gaussian", "mixture")
        return prior + (full if self.latent <= 128 else ("pca-gaussian",)) + self.extra_samplers

    def stage_with(self, role: str) -> Stage:
        """The last stage that trains the network in `role`. Raises KeyError when none does."""
        for stage in reversed(self.stages):
            if role in stage.nets:
                return stage
        raise KeyError(f"{self.id} trains no {role}")
