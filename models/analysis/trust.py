"""How far a map can be trusted: what of the latent space's neighbourhoods is still there on it.

Trustworthiness after Venna and Kaski 2001 ("Neighborhood preservation in nonlinear projection methods", ICANN).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.analysis.nearest import Indices, nearest

Floats = NDArray[np.float32]
Labels = NDArray[np.int64]
NEIGHBOURS = 10
MOST = 10_000  # points that are compared; of larger sets so many are drawn
QUICK = 3_000  # the same where somebody waits for the map: a tenth of a second
UNKNOWN = -1  # the label of a point whose class nobody knows
_CHUNK = 500
GOOD, FAIR = 0.95, 0.85  # trustworthiness from which a map's nearness is called good, or fair


@dataclass(frozen=True)
class Trust:
    """Shares in [0, 1], over 10 neighbours of each point."""

    trustworthiness: float  # 1 where no neighbour on the map is a stranger, about a half by chance
    kept: float  # of each point's nearest in the latent space, how many are among its nearest on the map
    neighbour_accuracy: (
        float | None
    )  # points whose class most of their neighbours on the map have; None without classes
    latent_accuracy: float | None  # the same among neighbours in the latent space
    chance: float | None  # the same where everybody says the most frequent class
    judged: int  # points that were compared
    points: int  # of so many


def judge(latents: Floats, positions: Floats, labels: Labels | None = None, most: int = MOST) -> Trust:
    """Compare the neighbourhoods of latents (N, D) with those of their positions (N, dims).

    `labels` (N,) are classes, -1 where none is known. Of more than `most` points so many are drawn and compared among
    themselves, always the same ones. Raises ValueError for fewer than 3 points.
    """
    points = len(latents)
    if points > most:
        some = np.sort(np.random.Generator(np.random.PCG64(0)).choice(points, most, replace=False))
        latents, positions = latents[some], positions[some]
        labels = None if labels is None else labels[some]
    count = min(NEIGHBOURS, (len(latents) - 1) // 2)
    if count < 1:
        raise ValueError("there are too few points to compare")
    true, shown = nearest(latents, count)[0], nearest(positions, count)[0]
    known = None if labels is None or not (labels != UNKNOWN).any() else labels
    chance = None
    if known is not None:
        named = known[known != UNKNOWN]
        chance = float(np.bincount(named).max() / len(named))
    return Trust(
        trustworthiness=trustworthiness(latents, true, shown),
        kept=float(_among(shown, true).mean()),
        neighbour_accuracy=None if known is None else agreement(shown, known),
        latent_accuracy=None if known is None else agreement(true, known),
        chance=chance,
        judged=len(latents),
        points=points,
    )


def trustworthiness(latents: Floats, true: Indices, shown: Indices) -> float:
    """1 minus a penalty for each neighbour on the map that is none in the latent space: how far down it ranks there.

    `true` and `shown` (N, K) are row numbers of the nearest others in the latent space and on the map.
    """
    count, size = len(latents), shown.shape[1]
    strangers = ~_among(shown, true)
    centred = (latents - latents.mean(axis=0, dtype=np.float64)).astype(np.float32)
    squares = np.einsum("nd,nd->n", centred, centred)
    penalty = 0.0
    for first in range(0, count, _CHUNK):
        rows = np.arange(first, min(first + _CHUNK, count))
        distances = squares - 2 * (centred[rows] @ centred.T)  # but for a constant a row
        distances[np.arange(len(rows)), rows] = np.inf
        for column in range(size):
            those = np.flatnonzero(strangers[rows, column])
            if len(those):
                own = distances[those, shown[rows[those], column]]
                ranks = 1 + (distances[those] < own[:, np.newaxis]).sum(axis=1)
                penalty += float(np.maximum(ranks - size, 0).sum())
    return float(1 - 2 * penalty / (count * size * (2 * count - 3 * size - 1)))


def agreement(neighbours: Indices, labels: Labels) -> float:
    """Share of points whose label is the most frequent among their neighbours (N, K); on a tie the smaller wins.

    Points and neighbours without a label (-1) do not count.
    """
    right = judged = 0
    size = int(labels.max()) + 1
    for first in range(0, len(neighbours), _CHUNK):
        own, votes = labels[first : first + _CHUNK], labels[neighbours[first : first + _CHUNK]]
        counts = np.zeros((len(own), size), np.int64)
        row, column = np.nonzero(votes != UNKNOWN)
        np.add.at(counts, (row, votes[row, column]), 1)
        asked = (own != UNKNOWN) & (counts.sum(axis=1) > 0)
        right += int((counts.argmax(axis=1) == own)[asked].sum())
        judged += int(asked.sum())
    return right / judged if judged else 0.0


def _among(those: Indices, others: Indices) -> NDArray[np.bool_]:
    """Whether each of `those` (N, K) is in the same row of `others` (N, L)."""
    return np.asarray((those[:, :, np.newaxis] == others[:, np.newaxis]).any(axis=2))


def sentence(trust: Trust, *, linear: bool, explained: float | None = None, control: bool = False) -> str:
    """What that means for who looks at the map; `explained` is the share of the variance on a linear one."""
    said = []
    if control:
        said.append("Each latent dimension was shuffled by itself, so any shape here is the method's own")
    if explained is not None:
        said.append(f"these axes hold {_percent(explained)} of the variance")
    said.append(f"of each point's 10 nearest in the latent space, {_percent(trust.kept)} are among its 10 nearest here")
    if trust.neighbour_accuracy is not None and trust.latent_accuracy is not None and trust.chance is not None:
        said.append(
            f"neighbours here name the class right for {_percent(trust.neighbour_accuracy)} of the points, in the "
            f"latent space for {_percent(trust.latent_accuracy)} (chance {_percent(trust.chance)})"
        )
    said.append(_verdict(trust, linear=linear))
    if trust.judged < trust.points:
        said.append(f"measured on {trust.judged:,} of {trust.points:,} points")
    text = "; ".join(said)
    return f"{text[0].upper()}{text[1:]}."


def _verdict(trust: Trust, *, linear: bool) -> str:
    value = f"trustworthiness {trust.trustworthiness:.2f}"
    apart = "what lies far apart here is far apart there" if linear else "distances between groups mean little"
    if trust.trustworthiness >= GOOD:
        return f"what lies near here is near there ({value}), {'and ' if linear else 'but '}{apart}"
    if trust.trustworthiness >= FAIR:
        return f"what lies near here is mostly near there ({value}), {'and ' if linear else 'but '}{apart}"
    return f"what lies near here is often far apart there ({value}), {'though ' if linear else 'and '}{apart}"


def _percent(share: float) -> str:
    """Half a percent goes up, as on the page, which says the same number in its own words."""
    return f"{int(100 * share + 0.5)}%"
