"""Where the pictures of one class lie, on a model whose answers are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.latent.fitted import Gaussian
from server.catalog import Catalog
from server.errors import BadRequest
from server.opened import OpenedModel
from server.runtimes import choose
from server.settings import ROOT
from tests.unit.labelled_folder import ID, labels, latents, write


def opened(checkpoints: Path, model: str = ID) -> OpenedModel:
    return OpenedModel(Catalog(checkpoints), choose("onnx", "cpu"), model)


def test_a_class_has_the_mean_and_covariance_of_its_rows(tmp_path: Path) -> None:
    write(tmp_path, conditional=False)
    own = latents()[labels()[:40] == 2]
    found = opened(tmp_path).class_gaussian(2)
    np.testing.assert_allclose(found.mean, own.mean(0), atol=1e-6)
    np.testing.assert_allclose(found.factor @ found.factor.T, np.cov(own.T, bias=True), atol=1e-5)


def test_draws_of_a_class_are_repeatable_and_lie_where_it_does(tmp_path: Path) -> None:
    write(tmp_path, conditional=False)
    model = opened(tmp_path)
    drawn = model.draw(50, 3, "class.2")
    np.testing.assert_array_equal(drawn, model.draw(50, 3, "class.2"))
    np.testing.assert_array_equal(drawn[:1], model.source("class.2")(1, 3))
    assert drawn[:, 0].mean() > model.draw(50, 3, "class.0")[:, 0].mean() + 0.4


@pytest.mark.parametrize("name", ["class.3", "class.-1", "class.x", "class."])
def test_a_class_that_is_none_is_refused_with_those_that_there_are(tmp_path: Path, name: str) -> None:
    write(tmp_path)
    with pytest.raises(BadRequest, match="its classes are numbered from 0 to 2"):
        opened(tmp_path).draw(1, 0, name)


def test_a_vae_s_class_is_as_wide_as_its_aggregate_posterior() -> None:
    model = opened(ROOT / "checkpoints", "fashion-vae-16")
    points = model.points()
    assert points.pictures is not None
    rows = np.flatnonzero(points.pictures.labels[: len(points.latents)] == 8)
    images = points.pictures.images[rows].astype(np.float32) / np.float32(255)
    posterior = model.model.encode(images)
    assert posterior.logvar is not None
    noise = np.random.default_rng(0).standard_normal((20, *posterior.mean.shape))
    draws = (posterior.mean + np.exp(0.5 * posterior.logvar) * noise).reshape(-1, 16)
    found = model.class_gaussian(8)
    np.testing.assert_allclose((found.factor @ found.factor.T).diagonal(), draws.var(0), rtol=0.05)
    means_alone = Gaussian.fit(points.latents[rows])
    narrow = (means_alone.factor @ means_alone.factor.T).diagonal()
    assert (narrow < 0.5 * draws.var(0)).any()
