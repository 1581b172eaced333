"""Faces of this project's own drawing, 64x64 in colour, of which everything is known: three sets.

faces             60,000 + 6,000, all factors independent
faces-confounded  40,000 + 4,000, yaw and smile correlate by 0.8
faces-few-dark    40,000 + 4,000 for debiasing (Amini et al. 2019): half the training pictures are no faces, and 5% of
                its faces have dark skin; the test split is 1,500 lighter faces, 1,500 darker ones and 1,000 no faces

Pictures are drawn once and kept in the folder named by LATENT_EXPLORER_DATA_CACHE, else in runs/_data.
`python -m models.data.face_deviations` prints how far each factor moves a picture.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.data import face_cache, face_factors
from models.data.face_drawing import HAIR_STYLES
from models.data.imageset import Factor, ImageSet

CORRELATION = 0.8  # of yaw and smile in faces-confounded
DARK = 0.7  # the tone of skin from which a face counts as dark in faces-few-dark
DARK_SHARE = 0.05  # of the faces that faces-few-dark has to train on
NO_FACE, LIGHTER, DARKER = range(3)
GROUPS = ("no face", "lighter face", "darker face")


@dataclass(frozen=True)
class FaceSet:
    """One of the sets: how many pictures, and what is on each of them."""

    name: str
    title: str
    counts: dict[str, int]
    plan: Callable[[FaceSet, str], Plan]

    def load(self, split: str) -> ImageSet:
        """Load "train" or "test", drawn first when it is not in the cache. Raises KeyError for another split."""
        plan = self.plan(self, split)
        return ImageSet(
            name=self.name,
            title=self.title,
            images=face_cache.images(f"{self.name}-{split}", plan.pictures),
            labels=plan.labels,
            classes=plan.classes,
            licence="Apache-2.0",
            citation="Latent Explorer, drawn by models/data/face_drawing.py",
            source="drawn by this project",
            factors=plan.factors,
        )


@dataclass(frozen=True)
class Plan:
    """What is on each picture of a split, before any is drawn."""

    factors: tuple[Factor, ...]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    pictures: list[face_cache.Drawable]


def uniform(faces: FaceSet, split: str, columns: int) -> NDArray[np.float64]:
    """Numbers (N, columns) in [0, 1), of which row i depends on the set's name, the split and i only."""
    random = np.random.default_rng(_seed(faces.name, split))
    return random.random((faces.counts[split], columns))


def independent(faces: FaceSet, split: str) -> Plan:
    """Faces whose factors are all independent."""
    return _plan(face_factors.known(uniform(faces, split, len(face_factors.FACTORS))))


def confounded(faces: FaceSet, split: str) -> Plan:
    """Faces that smile the more the more they look to the viewer's right."""
    numbers = uniform(faces, split, len(face_factors.FACTORS))
    return _plan(face_factors.known(face_factors.correlated(numbers, "yaw", "smile", CORRELATION)))


def few_dark(faces: FaceSet, split: str) -> Plan:
    """Faces and pictures that are none, with the factors `face` and `dark` besides; what a non-face has not is 0."""
    numbers = uniform(faces, split, len(face_factors.FACTORS) + 2)
    if split == "train":
        group = np.where(numbers[:, -1] < 0.5, NO_FACE, np.where(numbers[:, -2] < DARK_SHARE, DARKER, LIGHTER))
    else:  # three eighths lighter, three eighths darker, two eighths no faces
        group = np.array([LIGHTER, DARKER, NO_FACE, LIGHTER, DARKER, NO_FACE, LIGHTER, DARKER])[
            np.arange(faces.counts[split]) % 8
        ]
    skin = face_factors.NAMES.index("skin")
    numbers[:, skin] = np.where(group == DARKER, DARK + (1 - DARK) * numbers[:, skin], DARK * numbers[:, skin])
    factors = face_factors.known(numbers[:, :-2])
    pictures: list[face_cache.Drawable] = [
        face if of != NO_FACE else (*_seed(faces.name, split), i)
        for i, (face, of) in enumerate(zip(face_factors.faces(factors), group, strict=True))
    ]
    none = group == NO_FACE
    blank = (
        Factor(f.name, f.kind, np.where(none, np.float32(0), f.values), f.categories, f.description) for f in factors
    )
    extra = (
        Factor("face", "categorical", (~none).astype(np.float32), ("no face", "face"), "whether it is a face at all"),
        Factor(
            "dark", "categorical", (group == DARKER).astype(np.float32), ("lighter", "darker"), f"skin above {DARK}"
        ),
    )
    return Plan((*blank, *extra), group.astype(np.int64), GROUPS, pictures)


def _plan(factors: tuple[Factor, ...]) -> Plan:
    labels = factors[face_factors.NAMES.index("hair_style")].values.astype(np.int64)
    return Plan(factors, labels, HAIR_STYLES, list(face_factors.faces(factors)))


def _seed(name: str, split: str) -> tuple[int, int]:
    return zlib.crc32(name.encode()), zlib.crc32(split.encode())


FACES = FaceSet("faces", "Faces", {"train": 60_000, "test": 6_000}, independent)
CONFOUNDED = FaceSet("faces-confounded", "Faces, confounded", {"train": 40_000, "test": 4_000}, confounded)
FEW_DARK = FaceSet("faces-few-dark", "Faces, few dark", {"train": 40_000, "test": 4_000}, few_dark)
