"""The bars of the zoo."""

from __future__ import annotations

from models.reporting import bars
from models.reporting.bars import Bar

MIG = ("disentanglement", "mig", "value")
MORE = "more pictures: published runs saw 19 million (Locatello et al. 2019, arXiv:1811.12359)"
DEBIASING = "a stronger preference for the rare: less smoothing, the product over dimensions, or fewer of them"

BARS: tuple[Bar, ...] = (
    Bar(
        "`fashion-vae-16`, draws from its prior",
        "FID (Inception) under 43.6",
        bars.below("fashion-vae-16", 43.6, "fid-inception", "samplers", "prior"),
        "a sharper likelihood than Bernoulli's, or an adversarial term; more units in the decoder",
    ),
    Bar(
        "`fashion-vae-16`, draws from its mixture",
        "FID (Inception) under 40",
        bars.below("fashion-vae-16", 40, "fid-inception", "samplers", "mixture"),
        "nothing in the sampler: reconstructions bound it; a sharper decoder",
    ),
    Bar(
        "`fashion-gan-64`",
        "FID (Inception) under 21.5",
        bars.below("fashion-gan-64", 21.5, "fid-inception", "samplers", "prior"),
        "more steps",
    ),
    Bar(
        "`sprites-beta-vae`",
        "MIG at least 0.13",
        bars.at_least("sprites-beta-vae", 0.13, *MIG, form=".3f"),
        MORE,
    ),
    Bar(
        "`sprites-beta-vae` above `sprites-vae`",
        "by more than the spread of three seeds",
        bars.gap("sprites-beta-vae", "sprites-vae"),
        MORE,
    ),
    Bar("`sprites-tcvae`", "MIG at least 0.24", bars.at_least("sprites-tcvae", 0.24, *MIG, form=".3f"), MORE),
    Bar(
        "`sprites-tcvae` above `sprites-vae`",
        "by more than the spread of three seeds",
        bars.gap("sprites-tcvae", "sprites-vae"),
        MORE,
    ),
    Bar(
        "`faces-vae`, held-out pictures",
        "PSNR at least 30 dB",
        bars.at_least("faces-vae", 30, "reconstruction", "psnr", form=".1f"),
        "a wider decoder and more pictures",
    ),
    Bar(
        "`faces-vae`, mouth and eyes",
        "smile and eyes read off reconstructions with 90% of the score on originals",
        bars.kept_factors("faces-vae", ("smile", "mouth_opening", "eye_opening"), 0.9),
        "a smaller sigma or a loss that weighs the features of the face more",
    ),
    Bar(
        "`faces-beta-vae`, draws from its prior",
        "each factor as frequent as in the data, within a quarter",
        bars.frequencies("faces-beta-vae", "prior"),
        "a stronger KL term at the price of sharpness",
    ),
    Bar(
        "`faces-vae`, draws from its mixture",
        "each factor as frequent as in the data, within a quarter",
        bars.frequencies("faces-vae", "mixture"),
        "more components, or a flow in their place",
    ),
    Bar(
        "`faces-beta-vae`, smile and yaw",
        "on different sliders",
        bars.own_sliders("faces-beta-vae", "smile", "yaw", apart=True),
        "a beta between reconstruction and disentanglement, searched for",
    ),
    Bar(
        "`faces-vae-confounded`, smile and yaw",
        "not on different sliders",
        bars.own_sliders("faces-vae-confounded", "smile", "yaw", apart=False),
        "nothing: the smile may be too small a thing to code by itself",
    ),
    Bar(
        "`faces-dbvae` against its twin, error on darker faces",
        "lower by more than the spread of three seeds",
        bars.unlike("faces-dbvae", "faces-dbvae-twin", "darker_error", ".4f", more=False),
        DEBIASING,
    ),
    Bar(
        "`faces-dbvae` against its twin, share of darker faces among draws",
        "higher by more than the spread of three seeds",
        bars.unlike("faces-dbvae", "faces-dbvae-twin", "dark_share_of_draws", ".1%", more=True),
        DEBIASING,
    ),
    Bar(
        "`fashion-gan-collapsed`",
        "class entropy under 1.5 of 2.3 nats",
        bars.below("fashion-gan-collapsed", 1.5, "classes", "samplers", "prior", "entropy", form=".2f"),
        "more steps of the generator for each of the critic",
    ),
    Bar(
        "`digits-cvae`",
        "95% of draws read as the class asked for",
        bars.at_least("digits-cvae", 0.95, "obedience", "accuracy", form=".1%"),
        "more steps",
    ),
    Bar(
        "`digits-cgan`",
        "95% of draws read as the class asked for",
        bars.at_least("digits-cgan", 0.95, "obedience", "accuracy", form=".1%"),
        "more steps",
    ),
)
