"""The network that reads factors, and the figures that rest on it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.analysis import reader
from models.data import ImageSet
from models.data.imageset import Factor
from models.evaluating.factors import correlations, scored, seen
from models.nets.conv64 import Conv64Encoder
from tests.unit.tiny_recipes import forged

pytestmark = [pytest.mark.needs_torch, pytest.mark.usefixtures("one_thread")]


def halves(count: int) -> ImageSet:
    """64x64 pictures of one brightness, with a bright half or none: what there is to be read off is plain."""
    random = np.random.default_rng(0)
    level, side = random.integers(20, 120, count), random.integers(0, 3, count)
    images = np.repeat(level, 64 * 64).reshape(count, 64, 64, 1).astype(np.uint8)
    for picture, where in zip(images, side, strict=True):
        if where:
            picture[:, 32 * (where - 1) : 32 * where] += np.uint8(100)
    factors = (
        Factor("level", "continuous", level.astype(np.float32)),
        Factor("side", "categorical", side.astype(np.float32), ("none", "left", "right")),
    )
    return replace(forged("train"), name="halves", images=images, labels=side.astype(np.int64), factors=factors)


class TestReader:
    def test_it_learns_to_read_and_is_trained_once(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reader, "STEPS", 40)
        images = halves(300)
        guess = reader.Reader(Conv64Encoder(4, width=64, deep=128, hidden=256), reader.Layout.of(images.factors))
        look = reader.reader(images, tmp_path)
        scores, chance = scored(images.factors, look(images.images)), scored(images.factors, guess(images.images))
        assert scores["level"] > 0.8 > 0.3 > chance["level"]
        assert scores["side"] > 0.9
        before = (tmp_path / "_instruments" / "halves-reader" / "state.safetensors").stat().st_mtime_ns
        again = reader.reader(images, tmp_path)
        assert (tmp_path / "_instruments" / "halves-reader" / "state.safetensors").stat().st_mtime_ns == before
        np.testing.assert_array_equal(again(images.images[:9])["level"], look(images.images[:9])["level"])


class TestScored:
    def test_the_truth_has_one_the_mean_none_and_categories_their_share(self) -> None:
        values = np.arange(10, dtype=np.float32)
        factors = (Factor("a", "continuous", values), Factor("b", "categorical", values % 2, ("x", "y")))
        assert scored(factors, {"a": values, "b": values % 2}) == {"a": 1, "b": 1}
        found = scored(factors, {"a": np.full(10, 4.5, np.float32), "b": np.zeros(10, np.float32)})
        assert found == {"a": pytest.approx(0), "b": 0.5}


class TestSeen:
    def setup_method(self) -> None:
        self.originals = {
            "a": np.linspace(0, 1, 900, dtype=np.float32),
            "b": np.repeat([0.0, 1.0], [600, 300]).astype(np.float32),
        }
        self.factors = (
            Factor("a", "continuous", self.originals["a"]),
            Factor("b", "categorical", self.originals["b"], ("x", "y", "never")),
        )

    def test_the_same_frequencies_differ_by_nothing_however_many_there_are(self) -> None:
        fewer = {name: values[::3] for name, values in self.originals.items()}
        found = seen(self.factors, self.originals, fewer)
        assert found["largest_difference"] == {"a": pytest.approx(0, abs=0.01), "b": pytest.approx(0)}
        assert (found["within_a_quarter"], found["of"]) == (2, 2)

    def test_a_third_that_is_missing_differs_by_all_and_a_category_by_its_share(self) -> None:
        draws = {"a": np.linspace(0, 0.6, 900, dtype=np.float32), "b": np.repeat([0.0, 1.0], 450).astype(np.float32)}
        found = seen(self.factors, self.originals, draws)
        assert found["largest_difference"] == {"a": pytest.approx(1), "b": pytest.approx(0.5)}
        assert found["within_a_quarter"] == 0


class TestCorrelations:
    def test_they_are_pearsons_and_zero_for_what_does_not_vary(self) -> None:
        random = np.random.default_rng(0)
        values = random.standard_normal((500, 2)).astype(np.float32)
        codes = np.stack([3 * values[:, 1] + 1, random.standard_normal(500), np.ones(500)], axis=1).astype(np.float32)
        found = correlations(codes, values)
        assert found[0, 1] == pytest.approx(1)
        assert found[:2] == pytest.approx(np.corrcoef(codes[:, :2].T, values.T)[:2, 2:], abs=1e-6)
        assert found[2].tolist() == [0, 0]
