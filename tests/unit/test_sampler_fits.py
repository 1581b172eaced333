"""Samplers fitted to points whose distribution is known."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.adapter import Model, Posterior
from models.exporting import samplers
from models.latent import sampler_file
from models.latent.fitted import Gaussian
from models.manifest import parse
from models.training.recipe import Recipe
from tests.contract.tiny_models import Tiny, model
from tests.properties.strategies import gaussian_set
from tests.unit.manifests import SHA, SMALL

D = 6
VAE = Recipe("tiny", "Tiny", "Tiny.", "vae", "none", D, "normal", ())
AE = replace(VAE, kind="ae", prior="empirical")


def tiny(size: int = D) -> Model:
    return model({"decoder.onnx": Tiny("z", ("N", size)).output("image").build()}, decoder={}, latent={"shape": [size]})


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_which_samplers_a_recipe_has_follows_from_its_kind() -> None:
    assert VAE.samplers == ("prior", "gaussian", "pca-gaussian", "mixture")
    assert AE.samplers == ("gaussian", "pca-gaussian", "mixture")
    assert replace(AE, kind="pca").samplers == AE.samplers
    assert replace(AE, latent=1024).samplers == ("pca-gaussian",)
    assert replace(VAE, extra_samplers=("two-stage",)).samplers[-1] == "two-stage"
    assert replace(VAE, kind="gan").samplers == replace(VAE, kind="cvae", conditional=True).samplers == ("prior",)


class TestFit:
    def test_the_manifest_accepts_the_entries_and_the_files_draw(self, tmp_path: Path) -> None:
        pytest.importorskip("sklearn")
        posterior = Posterior(gaussian_set(0, 300, D), np.full((300, D), -2, np.float32))
        entries, files = samplers.fit(tiny(), posterior, VAE, rng())
        named = [each["file"] for each in entries if each["file"]]
        assert set(files) == {*named, samplers.FACTS}
        parsed = parse(SMALL | {"samplers": entries, "files": SMALL["files"] | dict.fromkeys(files, SHA)}).samplers
        assert [each.kind for each in parsed] == list(VAE.samplers)
        facts = json.loads(files[samplers.FACTS])
        assert facts["points"] == 300
        assert [each["components"] for each in facts["mixture"]["tried"]] == [1, 2, 5, 10]
        for each in parsed:
            if each.file is not None:
                (tmp_path / "x.npz").write_bytes(files[each.file])
                drawn = sampler_file.load(tmp_path / "x.npz", each.kind, D).draw(20_000, 0)
                np.testing.assert_allclose(drawn.mean(0), posterior.mean.mean(0), atol=0.4)

    def test_the_same_seed_fits_the_same_files(self) -> None:
        posterior = Posterior(gaussian_set(0, 100, D), None)
        wide = replace(AE, latent=1024)  # without the mixture
        first, again, other = (samplers.fit(tiny(), posterior, wide, rng(seed)) for seed in (1, 1, 2))
        assert first == again
        assert first[0] == other[0]

    def test_it_is_the_posterior_not_its_mean_that_is_fitted(self, tmp_path: Path) -> None:
        """Every mean is 0 and every variance 4: what is drawn has a variance of 4."""
        posterior = Posterior(np.zeros((5000, D), np.float32), np.full((5000, D), np.log(4), np.float32))
        _, files = samplers.fit(tiny(), posterior, replace(AE, latent=1024), rng())
        (tmp_path / "x.npz").write_bytes(files["samplers/pca-gaussian.npz"])
        drawn = sampler_file.load(tmp_path / "x.npz", "pca-gaussian", D).draw(20_000, 0)
        np.testing.assert_allclose(np.cov(drawn.T), 4 * np.eye(D), atol=0.4)

    def test_a_generator_brings_no_files(self) -> None:
        entries, files = samplers.fit(tiny(), Posterior(gaussian_set(0, 10, D), None), replace(VAE, kind="gan"), rng())
        assert [each["name"] for each in entries] == ["prior"]
        assert files == {}

    @pytest.mark.parametrize("mean", [np.zeros((9, D)), np.zeros((20, D + 1)), np.zeros(D)])
    def test_points_that_cannot_be_fitted_are_refused(self, mean: Any) -> None:
        with pytest.raises(ValueError, match="ten or more latents of 6 numbers"):
            samplers.fit(tiny(), Posterior(mean, None), AE, rng())


class TestGaussian:
    def test_it_has_the_mean_and_covariance_of_its_points(self) -> None:
        points = gaussian_set(3, 500, D).astype(np.float64)
        found = Gaussian.fit(points)
        np.testing.assert_allclose(found.mean, points.mean(0))
        expected = np.cov(points.T, bias=True)
        np.testing.assert_allclose(found.factor @ found.factor.T, expected, rtol=1e-4, atol=1e-5)

    def test_a_dimension_without_spread_stays_so_and_few_points_are_enough(self) -> None:
        points = gaussian_set(3, 3, D).astype(np.float64)
        points[:, 2] = 7.0
        drawn = Gaussian.fit(points).draw(100, 0)
        assert np.isfinite(drawn).all()
        np.testing.assert_array_equal(drawn[:, 2], 7.0)


class TestPcaGaussian:
    def test_it_keeps_the_components_that_hold_the_variance(self) -> None:
        """Variances 100, 100 and four times 1: two of them hold 98%."""
        points = rng().standard_normal((20_000, D)) * np.array([1, 10, 1, 1, 10, 1])
        found, explained = samplers.pca_gaussian(points)
        assert found.factor.shape == (D, 2)
        assert explained == pytest.approx(200 / 204, abs=0.003)
        np.testing.assert_allclose(np.diag(found.factor @ found.factor.T), [0, 100, 0, 0, 100, 0], atol=4)

    def test_with_all_components_it_is_the_normal_itself(self) -> None:
        points = rng(1).standard_normal((2000, D))
        found, explained = samplers.pca_gaussian(points)
        assert explained == pytest.approx(1)
        whole = Gaussian.fit(points)
        np.testing.assert_allclose(found.factor @ found.factor.T, whole.factor @ whole.factor.T, atol=1e-4)

    def test_there_are_never_more_than_64(self) -> None:
        found, explained = samplers.pca_gaussian(rng().standard_normal((150, 200)))
        assert found.factor.shape == (200, 64)
        assert explained < samplers.KEPT_VARIANCE


class TestMixture:
    @pytest.fixture(autouse=True)
    def _needs_sklearn(self) -> None:
        pytest.importorskip("sklearn")

    def test_the_number_of_clusters_is_found(self) -> None:
        """Five far apart, of different shares and shapes: one dimension a thousand times larger, one constant."""
        from models.exporting import mixtures

        shares = np.array([0.4, 0.3, 0.1, 0.1, 0.1])
        label = np.repeat(np.arange(5), (600 * shares).astype(int))
        spread = np.array([1.0, 0.5, 1.0, 2.0])
        points = (20 * np.eye(5)[:, :4])[label] + spread * rng(1).standard_normal((600, 4))
        points = np.hstack([points * [1000, 1, 1, 1], np.full((600, 1), 3.0)])
        mixture, tried = mixtures.fit(points, rng(2))
        assert [each.components for each in tried] == [1, 2, 5, 10, 20]
        assert min(tried, key=lambda each: each.bic).components == 5
        np.testing.assert_allclose(np.sort(mixture.weights), np.sort(shares), atol=0.01)
        drawn = mixture.draw(20_000, 0)
        scale = points.std(0).clip(1)
        np.testing.assert_allclose(drawn.mean(0) / scale, points.mean(0) / scale, atol=0.05)
        np.testing.assert_allclose(drawn.std(0), points.std(0), rtol=0.05)
        np.testing.assert_array_equal(drawn[:, 4], 3.0)

    def test_one_component_is_the_normal(self) -> None:
        from models.exporting import mixtures

        points = gaussian_set(2, 200, 3).astype(np.float64)
        mixture, _ = mixtures.fit(points, rng())
        assert len(mixture.weights) == 1
        whole = Gaussian.fit(points)
        covariance = mixture.factors[0] @ mixture.factors[0].T
        np.testing.assert_allclose(covariance, whole.factor @ whole.factor.T, rtol=1e-2, atol=1e-3)

    def test_ten_points_are_enough(self) -> None:
        from models.exporting import mixtures

        mixture, tried = mixtures.fit(gaussian_set(2, 10, 20).astype(np.float64), rng())
        assert [each.components for each in tried] == [1]
        assert np.isfinite(mixture.draw(5, 0)).all()
