"""Factors made ready for measures, batches with a fixed factor, and all scores together."""

from __future__ import annotations

import json

import numpy as np
import pytest

from models.analysis.disentanglement import scores
from models.analysis.disentanglement.factors import FixedFactor, KnownFactors, equal_width
from models.data.imageset import Factor
from tests.unit.known import TRAIN, case


def test_bins_of_equal_width_hold_both_ends() -> None:
    assert equal_width(np.array([0.0, 0.4, 0.5, 0.99, 1.0]), 2).tolist() == [0, 0, 1, 1, 1]
    assert equal_width(np.full(3, 7.0)).tolist() == [0, 0, 0]
    assert np.bincount(equal_width(np.arange(100.0))).tolist() == [5] * 20


def test_values_of_an_ordered_factor_are_its_bins_and_a_continuous_one_has_twenty() -> None:
    random = np.random.default_rng(0)
    factors = (
        Factor("grid", "ordered", np.repeat([0.5, 0.6, 0.9], 100).astype(np.float32)),
        Factor("smooth", "continuous", random.random(300).astype(np.float32)),
    )
    known = KnownFactors.of(factors)
    assert known.bins.max(axis=0).tolist() == [2, 19]
    assert known.rows(slice(100, 200)).bins[:, 0].tolist() == [1] * 100
    assert known.without(["grid"]).tolist() == [False, True]


def test_what_cannot_be_measured_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="no factor is known"):
        KnownFactors.of(())
    with pytest.raises(ValueError, match="beard has one value only: leave it out"):
        KnownFactors.of((Factor("beard", "ordered", np.ones(5, np.float32)),))


def test_a_batch_shares_one_value_and_values_are_as_frequent_as_in_the_pool() -> None:
    random = np.random.default_rng(0)
    bins = random.choice(4, 2000, p=[0.1, 0.2, 0.0, 0.7])
    rows = FixedFactor(bins).batches(3000, 8, random)
    assert rows.shape == (3000, 8)
    assert (bins[rows] == bins[rows[:, :1]]).all()
    shares = np.bincount(bins[rows[:, 0]], minlength=4) / 3000
    assert shares == pytest.approx([0.1, 0.2, 0.0, 0.7], abs=0.03)
    assert len(np.unique(rows)) > 1800


def test_all_scores_of_a_perfect_code_are_at_their_ends_and_ready_for_json() -> None:
    given = case()
    found = scores(given.perfect, given.factors, train=TRAIN, ambiguous=("orientation",))
    assert json.loads(json.dumps(found)) == found
    assert found["mig"]["normalised"] == pytest.approx(1.0, abs=0.01)
    assert found["mig"]["value"] == pytest.approx(found["mig"]["of_perfect_code"], abs=0.01)
    assert list(found["mig"]["per_factor"]) == ["shape", "scale", "orientation", "x", "y"]
    assert found["sap"]["value"] > 0.98
    assert min(found["dci"][part] for part in ("disentanglement", "completeness", "informativeness")) > 0.95
    assert found["factor_vae"] == {"value": 1.0, "chance": 0.2}
    assert found["beta_vae"]["value"] > 0.99
    assert found["active"] == 5


def test_an_ambiguous_factor_counts_and_is_left_out_beside_it() -> None:
    given = case()
    blind = given.perfect.copy()
    blind[:, 2] = given.noise[:, 0]
    found = scores(blind, given.factors, train=TRAIN, ambiguous=("orientation",))
    assert found["sap"]["value"] == pytest.approx(0.8, abs=0.02)
    assert found["sap"]["without_ambiguous"] == pytest.approx(1.0, abs=0.02)
    assert found["mig"]["without_ambiguous"] > 0.9 > found["mig"]["value"]
    assert found["dci"]["without_ambiguous"]["informativeness"] > 0.98 > found["dci"]["informativeness"]
    plain = scores(blind, given.factors, train=TRAIN)
    assert "without_ambiguous" not in plain["mig"]
    assert "without_ambiguous" not in plain["dci"]


def test_the_same_seed_gives_the_same_scores() -> None:
    given = case(1500)
    first, second = (scores(given.noise[:, :2], given.factors, train=1000, seed=3) for _ in range(2))
    assert first == second


def test_codes_that_do_not_fit_are_refused() -> None:
    given = case(200)
    with pytest.raises(ValueError, match="finite codes"):
        scores(given.perfect[:-1], given.factors, train=100)
    broken = given.perfect.copy()
    broken[0, 0] = np.nan
    with pytest.raises(ValueError, match="finite codes"):
        scores(broken, given.factors, train=100)
    with pytest.raises(ValueError, match="200 pictures leave none"):
        scores(given.perfect, given.factors, train=200)
