"""Every protocol by its name in metrics.json: what it is called in docs/measures.md, and which models it fits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from models.evaluating import codes, draws, factors, groups, pictures, speed, styles
from models.evaluating.opened import SEED, Figures, Opened

CLASSIFIED_SETS = ("fashion-mnist", "mnist")


@dataclass(frozen=True)
class Protocol:
    """One entry of metrics.json. `networks`: needs the extra `measure`. `slow`: only when it is asked for by name."""

    name: str
    heading: str
    measure: Callable[[Opened], Figures]
    fits: Callable[[Opened], bool]
    networks: bool = False
    slow: bool = False


def _always(opened: Opened) -> bool:
    return True


def _colour(opened: Opened) -> bool:
    return opened.manifest.image.channels == 3


def _variational(opened: Opened) -> bool:
    return opened.recipe.variational


def _normal(opened: Opened) -> bool:
    return opened.recipe.variational and opened.manifest.latent.prior == "normal"


def _generator(opened: Opened) -> bool:
    return opened.recipe.generator


def _classified(opened: Opened) -> bool:
    return opened.recipe.dataset in CLASSIFIED_SETS


def _conditional(opened: Opened) -> bool:
    return opened.recipe.conditional and _classified(opened)


def _known_factors(opened: Opened) -> bool:
    return bool(opened.test.factors) and opened.recipe.kind != "dbvae"


def _coded_factors(opened: Opened) -> bool:
    return _known_factors(opened) and not opened.recipe.generator


def _faces(opened: Opened) -> bool:
    return _known_factors(opened) and opened.recipe.dataset.startswith("faces")


def _debiased(opened: Opened) -> bool:
    return opened.recipe.kind == "dbvae"


def _styles(opened: Opened) -> bool:
    return opened.recipe.kind == "stylegan"


PROTOCOLS: tuple[Protocol, ...] = (
    Protocol("reconstruction", "reconstruction", pictures.reconstruction, _always),
    Protocol("perceptual", "perceptual distance", pictures.perception, _colour, networks=True),
    Protocol("label_agreement", "representativeness", codes.label_agreement, _always),
    Protocol("kl", "KL per dimension", codes.divergence, _variational),
    Protocol("aggregate", "aggregate posterior", codes.aggregate_posterior, _normal),
    Protocol("inversion", "inversion", codes.inversion, _generator),
    Protocol("samples", "samples", draws.sample_quality, _always, networks=True),
    Protocol("classes", "class coverage", draws.class_coverage, _classified),
    Protocol("obedience", "class asked for", draws.class_obedience, _conditional),
    Protocol("sliders", "sliders of factors", factors.sliders, _coded_factors),
    Protocol("disentanglement", "disentanglement", factors.disentanglement, _coded_factors),
    Protocol("reading", "factors read off pictures", factors.reading, _faces),
    Protocol("styles", "W against Z", styles.w_against_z, _styles, networks=True),
    Protocol("groups", "groups", groups.groups, _debiased),
    Protocol("speed", "speed", speed.speed, _always),
    Protocol("fid-inception", "FID", draws.published_distance, _always, networks=True, slow=True),
)
BY_NAME = {protocol.name: protocol for protocol in PROTOCOLS}


def chosen(opened: Opened, only: tuple[str, ...], *, quick: bool) -> list[Protocol]:
    """The protocols to run. Raises ValueError for one that is unknown or does not fit the model."""
    if only:
        for name in only:
            if name not in BY_NAME:
                raise ValueError(f"No protocol is called {name!r}. Known: {', '.join(BY_NAME)}.")
            if not BY_NAME[name].fits(opened):
                raise ValueError(f"The protocol {name} does not fit {opened.manifest.name}, a {opened.manifest.kind}.")
        return [BY_NAME[name] for name in only]
    return [each for each in PROTOCOLS if not each.slow and not (quick and each.networks) and each.fits(opened)]


def run(opened: Opened, protocol: Protocol) -> Figures:
    """The protocol's figures with what is needed to get them again: heading, command, seed."""
    command = f"python -m models.evaluate {opened.recipe.id} --only {protocol.name}"
    return {"protocol": protocol.heading, "command": command, "seed": SEED, **protocol.measure(opened)}
