"""A fitted sampler draws what its numbers say, names draws by their seed, and survives its file."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.latent import sampler_file
from models.latent.fitted import Fitted, Gaussian, Mixture, Numbers, TwoStage
from tests.properties.strategies import SEEDS

D = 5


def made(kind: str, seed: int = 0) -> Fitted:
    """A sampler of that kind with float32 numbers, as a file holds them."""
    rng = np.random.default_rng(seed)

    def numbers(*shape: int) -> Numbers:
        return rng.normal(size=shape).astype(np.float32).astype(np.float64)

    match kind:
        case "gaussian":
            return Gaussian(numbers(D), numbers(D, D))
        case "pca-gaussian":
            return Gaussian(numbers(D), numbers(D, 2))
        case "mixture":
            return Mixture(np.array([0.5, 0.125, 0.375]), 4 * numbers(3, D), numbers(3, D, D))
        case _:
            layers = ((numbers(8, 3), numbers(8)), (numbers(D, 8), numbers(D)))
            return TwoStage(layers, np.abs(numbers(D)))


KINDS = ("gaussian", "pca-gaussian", "mixture", "two-stage")


@pytest.mark.parametrize("kind", KINDS)
@given(seed=SEEDS, count=st.integers(0, 50), more=st.integers(0, 50))
def test_a_seed_names_its_draws_whatever_their_number(kind: str, seed: int, count: int, more: int) -> None:
    few, many = made(kind).draw(count, seed), made(kind).draw(count + more, seed)
    assert few.shape == (count, D)
    assert few.dtype == np.float32
    np.testing.assert_allclose(few, many[:count], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_other_seeds_draw_other_latents(kind: str) -> None:
    assert len({made(kind).draw(4, seed).tobytes() for seed in range(50)}) == 50


@pytest.mark.parametrize("kind", ["gaussian", "pca-gaussian"])
@pytest.mark.parametrize("seed", range(3))
def test_a_normal_has_its_mean_and_covariance(kind: str, seed: int) -> None:
    sampler = made(kind, seed)
    assert isinstance(sampler, Gaussian)
    covariance = sampler.factor @ sampler.factor.T
    _agree(sampler.draw(100_000, seed), sampler.mean, covariance)


def test_one_of_lower_rank_stays_in_its_plane() -> None:
    assert np.linalg.matrix_rank(np.diff(made("pca-gaussian").draw(100, 0), axis=0), tol=1e-3) == 2


@pytest.mark.parametrize("seed", range(3))
def test_a_mixture_has_the_moments_and_the_shares_of_its_components(seed: int) -> None:
    sampler = made("mixture", seed)
    assert isinstance(sampler, Mixture)
    weights, means = sampler.weights, sampler.means
    mean = weights @ means
    within = np.einsum("k,kij->ij", weights, sampler.factors @ sampler.factors.transpose(0, 2, 1))
    between = np.einsum("k,ki,kj->ij", weights, means - mean, means - mean)
    _agree(sampler.draw(100_000, seed), mean, within + between)
    tight = Mixture(weights, means, sampler.factors * 1e-6)
    drawn = tight.draw(20_000, seed)
    nearest = ((drawn[:, None] - means) ** 2).sum(-1).argmin(1)
    np.testing.assert_allclose(np.bincount(nearest) / len(drawn), weights, atol=0.015)


def test_a_component_without_weight_is_never_drawn() -> None:
    means = np.array([[0.0], [100.0], [0.0]])
    sampler = Mixture(np.array([0.5, 0.0, 0.5]), means, np.ones((3, 1, 1)))
    assert sampler.draw(10_000, 0).max() < 50


def test_a_two_stage_sampler_without_hidden_layers_is_a_normal() -> None:
    weight, bias, noise = np.array([[1.0, 2.0], [0.0, 1.0], [1.0, 0.0]]), np.array([1.0, 0.0, -1.0]), np.full(3, 0.5)
    _agree(TwoStage(((weight, bias),), noise).draw(100_000, 1), bias, weight @ weight.T + np.diag(noise**2))


def test_its_hidden_layers_are_rectified() -> None:
    """|u| from two rectified halves: the mean of a half-normal, sqrt(2 / pi)."""
    folded = TwoStage(
        ((np.array([[1.0], [-1.0]]), np.zeros(2)), (np.array([[1.0, 1.0]]), np.zeros(1))), np.zeros(1)
    ).draw(100_000, 2)
    assert folded.min() >= 0
    assert folded.mean() == pytest.approx(np.sqrt(2 / np.pi), abs=0.01)


def _agree(drawn: Any, mean: Numbers, covariance: Numbers) -> None:
    """Within five standard errors of each moment, or nearly: the mixture's fourth moments are not a normal's."""
    spread = np.sqrt(np.diag(covariance))
    np.testing.assert_allclose((drawn.mean(0) - mean) / spread, 0, atol=0.016)
    np.testing.assert_allclose((np.cov(drawn.T) - covariance) / np.outer(spread, spread), 0, atol=0.03)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_brings_the_same_draws_back_and_is_the_same_every_time(kind: str, tmp_path: Path) -> None:
    sampler = made(kind)
    content = sampler_file.pack(sampler)
    assert content == sampler_file.pack(sampler)
    (tmp_path / "x.npz").write_bytes(content)
    again = sampler_file.load(tmp_path / "x.npz", kind, D)
    np.testing.assert_array_equal(again.draw(20, 3), sampler.draw(20, 3))
    with pytest.raises(ValueError, match="draws latents of 5 numbers, but the model's have 6"):
        sampler_file.load(tmp_path / "x.npz", kind, 6)


def archive(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def zipped(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, content)
    return buffer.getvalue()


def header(shape: str, descr: str = "'<f4'", order: str = "False") -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


ONE, EYE = np.ones(D, np.float32), np.eye(D, dtype=np.float32)
LAYER = {"weight0": np.ones((D, 2), np.float32), "bias0": ONE, "noise": ONE}


@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        ("gaussian", b"", "not a zip file"),
        ("gaussian", b"PK nonsense", "not a zip file"),
        ("gaussian", archive(mean=ONE, factor=EYE)[:-40], "zip"),
        ("gaussian", zipped("mean.npy", b"nonsense"), "magic"),
        ("gaussian", archive(mean=ONE), "must hold factor, mean, but holds mean"),
        ("gaussian", archive(mean=ONE, factor=EYE, more=ONE), "but holds factor, mean, more"),
        ("gaussian", archive(mean=ONE, factor=EYE[:2]), r"factor \(D, R\)"),
        ("gaussian", archive(mean=ONE, factor=np.ones((D, D + 1), np.float32)), r"factor \(D, R\)"),
        ("gaussian", archive(mean=EYE, factor=EYE), r"mean must be \(D,\)"),
        ("gaussian", archive(mean=ONE * np.nan, factor=EYE), "finite"),
        ("gaussian", archive(mean=np.float32(1), factor=EYE), "mean must hold an array"),
        ("gaussian", archive(mean=np.arange(D), factor=EYE), "must hold floats in C order, but holds int64"),
        ("gaussian", archive(mean=np.array([None] * D), factor=EYE), "must hold floats"),
        ("gaussian", zipped("mean.npy", header("(1000000000000,)")), "must hold an array"),
        ("gaussian", zipped("mean.npy", header("(-1, -1)") + bytes(4)), "mean"),
        ("gaussian", zipped("mean.npy", header("(2,)", order="True") + bytes(8)), "C order"),
        ("gaussian", zipped("mean.npy", b"\x93NUMPY\x02\x00" + bytes(20)), "another version"),
        ("gaussian", zipped("mean.npy", bytes(sampler_file.LIMIT + 1)), "more than 64 MB"),
        ("gaussian", archive(**{f"a{i}": ONE for i in range(30)}), "more than 17 arrays"),
        ("mixture", archive(weights=ONE, means=EYE, factors=EYE), r"weights must be \(K,\)"),
        ("mixture", archive(weights=ONE, means=EYE, factors=np.ones((D, D, D))), "the sum of which is 1"),
        ("mixture", archive(weights=ONE / D, means=EYE, factors=np.ones((D, 2, D))), r"must be \(K, D, R\)"),
        ("mixture", archive(weights=ONE[:0], means=EYE[:0], factors=np.ones((0, D, D))), r"weights must be \(K,\)"),
        ("two-stage", archive(noise=ONE), "must hold bias0, noise, weight0"),
        ("two-stage", archive(**LAYER, weight1=EYE), "but holds"),
        ("two-stage", archive(**LAYER, weight1=np.ones((D, 4)), bias1=ONE), "weight1 and bias1 do not fit"),
        ("two-stage", archive(**(LAYER | {"bias0": ONE[:2]})), "weight0 and bias0 do not fit"),
        ("two-stage", archive(**(LAYER | {"noise": -ONE})), "none below 0"),
        ("two-stage", archive(**(LAYER | {"noise": ONE[:2]})), "noise must be 5 numbers"),
    ],
)
def test_a_file_that_is_none_is_refused_in_a_sentence(kind: str, content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "x.npz").write_bytes(content)
    with pytest.raises(ValueError, match=words) as refused:
        sampler_file.load(tmp_path / "x.npz", kind, D)
    assert str(refused.value).startswith(f"x.npz is not the file of a {kind} sampler: ")


def test_the_prior_has_no_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no sampler of the kind 'prior' has a file"):
        sampler_file.load(tmp_path / "x.npz", "prior", D)
