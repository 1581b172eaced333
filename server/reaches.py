"""How far a traversal goes in each dimension: over the data, over the prior, or as far as somebody says."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.latent.traversal import prior_ranges, ranges
from server.errors import BadRequest, Unsupported
from server.opened import OpenedModel

Floats = NDArray[np.float32]
PRIOR_DRAWS = 4096  # enough for the 1% quantile of what has no closed form
CENTRED = ("normal", "uniform", "sphere")  # priors whose middle is 0


def sliders_of(opened: OpenedModel, space: str | None) -> list[dict[str, Any]]:
    """The dimensions of a space in stored order. Raises BadRequest for a space that the model does not have."""
    if space is not None and space not in opened.model.spaces:
        raise BadRequest(
            f"{opened.id} has no space {space!r}; its spaces: {', '.join(opened.model.spaces)}.", field="space"
        )
    if space == "z" and opened.z_sliders is not None:
        return opened.z_sliders
    return opened.sliders


def spans(opened: OpenedModel, space: str | None, reach: str) -> Floats:
    """Low and high end of every dimension: -> (D, 2) float32 by dimension.

    reach: "data" for the sliders' ranges, "prior", or a number. Raises BadRequest for an unknown space or a range of 0,
    Unsupported for the prior of a model that has none.
    """
    sliders = sorted(sliders_of(opened, space), key=lambda slider: int(slider["dim"]))
    if reach == "prior":
        return _prior_spans(opened, space)
    if reach == "data":
        return np.array([(slider["low"], slider["high"]) for slider in sliders], np.float32)
    if float(reach) == 0:
        raise BadRequest("A range of 0 is a single point; give a number above 0.", field="reach")
    middle = np.zeros(len(sliders)) if _centred(opened, space) else np.array([slider["mean"] for slider in sliders])
    return np.stack([middle - float(reach), middle + float(reach)], axis=1).astype(np.float32)


def gaussians(opened: OpenedModel, space: str | None, reach: str) -> tuple[Floats, Floats] | None:
    """Mean and standard deviation of every dimension under the data or the prior: (D,) each; None without a Gaussian.

    Raises BadRequest for a reach that is a number: it is no distribution.
    """
    sliders = sorted(sliders_of(opened, space), key=lambda slider: int(slider["dim"]))
    if reach not in ("data", "prior"):
        raise BadRequest(
            "Parts of equal probability need the data or the prior; a free range has none. Ask for even steps.",
            field="spacing",
        )
    if reach == "data":
        spread = np.array([slider["std"] for slider in sliders], np.float32)
        return np.array([slider["mean"] for slider in sliders], np.float32), np.maximum(spread, np.float32(1e-6))
    if _normal(opened, space):
        return np.zeros(len(sliders), np.float32), np.ones(len(sliders), np.float32)
    _prior_spans(opened, space)  # says so where there is no prior
    return None


def _prior_spans(opened: OpenedModel, space: str | None) -> Floats:
    prior = opened.manifest.latent.prior
    if prior == "empirical":
        raise Unsupported(
            "This model has no prior: nothing told its latents where to lie. Ask for the range of its data."
        )
    if _drawn(opened, space):
        return prior_ranges(prior, opened.model.latent_size(space))
    sampler = next(each.name for each in opened.samplers if each.kind == "prior")  # z mapped to w
    return ranges(opened.draw(PRIOR_DRAWS, 0, sampler))


def _drawn(opened: OpenedModel, space: str | None) -> bool:
    """Whether the prior is one over this very space."""
    return (space or opened.model.default_space) == "z"


def _normal(opened: OpenedModel, space: str | None) -> bool:
    return _drawn(opened, space) and opened.manifest.latent.prior == "normal"


def _centred(opened: OpenedModel, space: str | None) -> bool:
    return _drawn(opened, space) and opened.manifest.latent.prior in CENTRED
