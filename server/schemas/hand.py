"""The wire of what is done by hand: draws of epsilon, and what a picture costs."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


class EpsilonAnswer(BaseModel):
    """Standard normal numbers, one row a draw."""

    epsilon: list[list[float]] = Field(description="(count, D); z = mean + std * epsilon is a draw from a posterior.")
    seed: int


class ObjectiveAnswer(BaseModel):
    """What the model's training minimised: error + beta x KL, a picture, in nats."""

    likelihood: Literal["bernoulli", "gaussian"]
    beta: float
    sigma2: float | None = Field(description="The pixels' variance, for a Gaussian likelihood.")
    tc: float = Field(description="Weight of the total correlation in the KL term; 0 where it had none of its own.")


class LatentError(BaseModel):
    """How far the picture that a latent draws is from the one that was sent."""

    mse: float = Field(description="Mean squared error over pixels and channels, pictures in [0, 1].")
    nats: float | None = Field(
        description="The error term of the loss, summed over the picture; null without objective."
    )


class LossAnswer(BaseModel):
    """What a picture costs: its error for each latent that was sent. The KL term needs no picture."""

    objective: ObjectiveAnswer | None = Field(description="Null where the model's folder does not say it.")
    floor: float | None = Field(description="Nats that even a perfect copy costs: the entropy of gray pixels.")
    pixels: int = Field(description="Pixels times channels of the picture: what a mean is taken over.")
    errors: list[LatentError] = Field(description="One for each latent, in their order.")
