"""The sets of faces: what is planned is drawn, factors are as independent, as confounded and as rare as stated."""

from __future__ import annotations

import importlib.metadata
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models import data
from models.data import DataSetMissing, face_cache, face_drawing, faces
from models.data.face_factors import FACTORS, NAMES
from models.data.faces import CONFOUNDED, DARK, DARKER, FACES, FEW_DARK, LIGHTER, NO_FACE, FaceSet


def small(of: FaceSet, train: int, test: int = 16) -> FaceSet:
    return replace(of, counts={"train": train, "test": test})


def correlations(plan: faces.Plan) -> NDArray[np.float64]:
    return np.corrcoef(np.stack([factor.values for factor in plan.factors[: len(NAMES)]]))


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LATENT_EXPLORER_DATA_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_factors_are_independent_and_keep_to_their_ranges() -> None:
    plan = small(FACES, 2_000).plan(small(FACES, 2_000), "train")
    apart = correlations(plan) - np.eye(len(NAMES))
    assert np.abs(apart).max() < 0.09  # four standard errors of 2,000
    for known, factor in zip(plan.factors, FACTORS, strict=True):
        low, high = (0, len(known.categories) - 1) if known.categories else (factor.low, factor.high)  # type: ignore[union-attr]
        assert low <= known.values.min() < known.values.max() <= high
        assert known.values.dtype == np.float32
        if not known.categories:
            assert known.values.mean() == pytest.approx((low + high) / 2, abs=0.03 * (high - low))


def test_shares_of_the_categories_are_those_stated() -> None:
    plan = FACES.plan(small(FACES, 4_000), "train")
    for known in plan.factors[-3:]:
        shares = np.bincount(known.values.astype(int)) / 4_000
        stated = next(f.shares for f in FACTORS if f.name == known.name)  # type: ignore[union-attr]
        np.testing.assert_allclose(shares, stated, atol=0.03)


def test_yaw_and_smile_are_confounded_and_nothing_else_is() -> None:
    plan = CONFOUNDED.plan(small(CONFOUNDED, 4_000), "train")
    apart = correlations(plan) - np.eye(len(NAMES))
    yaw, smile = NAMES.index("yaw"), NAMES.index("smile")
    assert apart[yaw, smile] == pytest.approx(0.8, abs=0.025)
    apart[yaw, smile] = apart[smile, yaw] = 0
    assert np.abs(apart).max() < 0.07
    found = np.histogram(plan.factors[smile].values, bins=4, range=(-1, 1))[0] / 4_000
    np.testing.assert_allclose(found, 0.25, atol=0.03)


def test_dark_faces_are_rare_to_train_on_and_half_of_those_to_test_with() -> None:
    train = FEW_DARK.plan(small(FEW_DARK, 8_000), "train")
    shares = np.bincount(train.labels) / 8_000
    assert shares[NO_FACE] == pytest.approx(0.5, abs=0.02)
    assert shares[DARKER] / (shares[DARKER] + shares[LIGHTER]) == pytest.approx(0.05, abs=0.012)
    test = FEW_DARK.plan(FEW_DARK, "test")
    assert np.bincount(test.labels).tolist() == [1_000, 1_500, 1_500]


def test_few_dark_says_of_each_picture_what_it_is() -> None:
    plan = FEW_DARK.plan(small(FEW_DARK, 400), "train")
    by_name = {factor.name: factor.values for factor in plan.factors}
    none = plan.labels == NO_FACE
    assert (by_name["face"] == ~none).all()
    assert ((by_name["skin"] >= DARK) == (plan.labels == DARKER)).all()
    assert (by_name["dark"] == (plan.labels == DARKER)).all()
    assert all((values[none] == 0).all() for values in by_name.values())
    assert [isinstance(picture, face_drawing.Face) for picture in plan.pictures] == (~none).tolist()


@pytest.mark.parametrize("of", [FACES, CONFOUNDED, FEW_DARK], ids=lambda of: of.name)
def test_a_picture_depends_on_set_split_and_place_only(of: FaceSet) -> None:
    few, many = (of.plan(small(of, count), "train") for count in (8, 40))
    assert many.pictures[:8] == few.pictures
    assert of.plan(small(of, 8, 8), "test").pictures != few.pictures


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("of", [FACES, FEW_DARK], ids=lambda of: of.name)
def test_a_split_is_loaded_as_it_was_planned(of: FaceSet) -> None:
    few = small(of, 8)
    found, plan = few.load("train"), few.plan(few, "train")
    assert found.images.shape == (8, 64, 64, 3)
    assert found.images.dtype == np.uint8
    assert found.labels.shape == (8,)
    assert found.labels.dtype == np.int64
    assert found.labels.max() < len(found.classes)
    assert (found.name, found.licence) == (of.name, "Apache-2.0")
    for i, picture in enumerate(plan.pictures):
        np.testing.assert_array_equal(found.images[i], face_drawing.raster(face_cache.svg(picture)))


def test_pictures_are_drawn_once_and_mapped(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = small(FACES, 4)
    first = few.load("train").images
    (file,) = cache.iterdir()
    monkeypatch.setattr(face_cache, "raster", lambda svg: pytest.fail("drawn again"))
    again = few.load("train").images
    assert isinstance(again, np.memmap)
    np.testing.assert_array_equal(first, again)
    assert file.name.startswith("faces-train-4-")


def test_another_drawing_is_never_taken_for_this_one(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = small(FACES, 4)
    few.load("train")
    monkeypatch.setattr(face_cache, "drawn", lambda face: face_drawing.drawn(replace(face, smile=0.0)))
    few.load("train")
    assert len(list(cache.iterdir())) == 2


def test_nothing_is_left_of_a_set_that_could_not_be_drawn(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(face_cache, "raster", lambda svg: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        small(FACES, 4).load("train")
    assert list(cache.iterdir()) == []


@pytest.mark.usefixtures("cache")
def test_the_number_of_processes_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(face_cache, "BLOCK", 3)
    pictures = FACES.plan(small(FACES, 8), "train").pictures
    alone = np.array(face_cache.images("alone", pictures, workers=1))
    np.testing.assert_array_equal(alone, face_cache.images("together", pictures, workers=2))


def test_without_the_renderer_the_extra_to_install_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", missing)
    with pytest.raises(DataSetMissing, match="resvg_py: install the extra named train"):
        face_cache.fingerprint([])


def test_the_sets_are_known_by_name_and_have_their_sizes() -> None:
    assert [of.counts for of in (FACES, CONFOUNDED, FEW_DARK)] == [
        {"train": 60_000, "test": 6_000},
        {"train": 40_000, "test": 4_000},
        {"train": 40_000, "test": 4_000},
    ]
    assert {"faces", "faces-confounded", "faces-few-dark"} <= set(data.SETS)
    with pytest.raises(KeyError):
        data.load("faces", "validation")
