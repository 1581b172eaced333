"""The methods of the map, what each one does, and what can be set of it. Defaults are the libraries' own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Parameter:
    """A number that can be set."""

    name: str
    title: str
    low: float
    high: float
    step: float
    default: float
    explanation: str


@dataclass(frozen=True)
class Method:
    """A way to lay a latent space out in two or three dimensions."""

    name: str
    title: str
    description: str
    parameters: tuple[Parameter, ...] = ()

    @property
    def linear(self) -> bool:
        """Whether positions are a linear function of the latents: computed at once, and exact both ways."""
        return self.name == "pca"


def _neighbours(default: float) -> Parameter:
    told = "How many neighbours each point is held to: few show detail, many show the whole."
    return Parameter("neighbours", "Neighbours", 2, 200, 1, default, told)


_PACMAP = (
    _neighbours(10),
    Parameter(
        "mn_ratio",
        "Mid-near pairs",
        0.1,
        5,
        0.1,
        0.5,
        "Pairs of points at middle distance, for each neighbour: more of them hold the whole together.",
    ),
    Parameter(
        "fp_ratio",
        "Further pairs",
        0.5,
        10,
        0.5,
        2,
        "Pairs of points far apart, for each neighbour: more of them push groups apart.",
    ),
)

METHODS = (
    Method(
        "pca",
        "PCA",
        "The flat view in which the points spread most; nothing is bent, and every place on the map is a latent.",
    ),
    Method(
        "umap",
        "UMAP",
        "Keeps neighbours together and lays the groups out by how they are linked; sizes and gaps mean little.",
        (
            _neighbours(15),
            Parameter(
                "min_dist",
                "Least distance",
                0,
                0.99,
                0.01,
                0.1,
                "How near points may come to each other on the map: small packs groups tightly.",
            ),
        ),
    ),
    Method(
        "tsne",
        "t-SNE",
        "Keeps each point's nearest neighbours near; sizes of groups and distances between them mean nothing.",
        (
            Parameter(
                "perplexity", "Perplexity", 2, 200, 1, 30, "How many neighbours, softly counted, each point is held to."
            ),
            Parameter(
                "exaggeration",
                "Exaggeration",
                1,
                12,
                0.5,
                1,
                "How much stronger neighbours attract each other: more packs groups tightly and shows how they hang "
                "together.",
            ),
        ),
    ),
    Method(
        "pacmap",
        "PaCMAP",
        "Weighs near, middle and far pairs of points, so that neighbours and the whole are both kept fairly well.",
        _PACMAP,
    ),
    Method(
        "localmap",
        "LocalMAP",
        "PaCMAP that doubts neighbours which end up far apart on the map, so that groups separate more clearly.",
        _PACMAP,
    ),
)
BY_NAME = {method.name: method for method in METHODS}
