"""What a model's latents can be drawn from, and that its own space is what comes out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.adapter.drawing import PRIOR_TITLES, draw, samplers
from models.latent import sampler_file
from models.latent.fitted import Gaussian
from models.latent.samplers import sample
from models.manifest import Manifest, Sampler, parse
from models.manifest.schema import PRIORS, Prior
from tests.contract.tiny_models import Tiny, model
from tests.unit.manifests import SHA, SMALL

FITTED = {"name": "fitted", "kind": "gaussian", "title": "Fitted", "file": "samplers/fitted.npz"}
PRIOR = {"name": "prior", "kind": "prior", "title": "As it was trained"}
SET = {"name": "data", "latents": "decoder.onnx", "default": True}


def manifest(prior: str = "normal", *listed: dict[str, Any], sets: bool = False) -> Manifest:
    document = SMALL | {"latent": {"shape": [2], "prior": prior}, "samplers": list(listed)}
    return parse(document | {"files": SMALL["files"] | {FITTED["file"]: SHA}, "sets": [SET] if sets else []})


@pytest.mark.parametrize("prior", PRIORS)
def test_the_prior_comes_first_where_the_manifest_does_not_list_it(prior: Prior) -> None:
    found = samplers(manifest(prior, FITTED, sets=True))
    assert [each.name for each in found] == ["prior", "fitted"]
    assert found[0] == Sampler("prior", "prior", PRIOR_TITLES[prior], None)


def test_a_listed_prior_keeps_its_place_and_title() -> None:
    found = samplers(manifest("normal", FITTED, PRIOR))
    assert [each.title for each in found] == ["Fitted", "As it was trained"]


def test_data_that_did_not_come_along_cannot_be_drawn_from() -> None:
    assert samplers(manifest("empirical")) == ()
    assert [each.name for each in samplers(manifest("empirical", PRIOR, FITTED))] == ["fitted"]


def test_a_fitted_sampler_draws_from_its_file_and_the_prior_needs_none(tmp_path: Path) -> None:
    fitted = Gaussian(np.array([5.0, -5.0]), np.array([[0.1], [0.1]]))
    (tmp_path / "samplers").mkdir()
    (tmp_path / FITTED["file"]).write_bytes(sampler_file.pack(fitted))
    graphs = {"decoder.onnx": Tiny("z", ("N", 2)).output("image").build()}
    tiny = model(graphs, decoder={}, latent={"shape": [2]})
    drawn = draw(tiny, Sampler("fitted", "gaussian", "", FITTED["file"]), 50, 1, folder=tmp_path)
    assert drawn.shape == (50, 2)
    np.testing.assert_allclose(drawn.mean(0), [5, -5], atol=0.1)
    prior = draw(tiny, Sampler("prior", "prior", "", None), 50, 1, folder=tmp_path)
    np.testing.assert_array_equal(prior, sample("normal", 2, 50, 1))


def test_the_prior_is_brought_into_the_default_space(tmp_path: Path) -> None:
    graphs = {
        "decoder.onnx": Tiny("w", ("N", 3)).output("image").build(),
        "mapping.onnx": Tiny("z", ("N", 2)).op("MatMul", np.ones((2, 3), np.float32)).output("w").build(),
    }
    mapping = {"file": "mapping.onnx", "input": "z", "output": "w"}
    spaces = {"default": "w", "mapping": mapping, "w": {"size": 3, "layers": 1, "plus": False}}
    tiny = model(graphs, decoder={"input": "w"}, latent={"shape": [2]}, spaces=spaces)
    drawn = draw(tiny, Sampler("prior", "prior", "", None), 4, 1, folder=tmp_path)
    np.testing.assert_allclose(drawn, sample("normal", 2, 4, 1) @ np.ones((2, 3)), rtol=1e-6)


def test_an_empirical_prior_draws_rows_of_the_reference(tmp_path: Path) -> None:
    graphs = {"decoder.onnx": Tiny("z", ("N", 2)).output("image").build()}
    tiny = model(graphs, decoder={}, latent={"shape": [2], "prior": "empirical"})
    prior = Sampler("prior", "prior", "", None)
    assert {tuple(row) for row in draw(tiny, prior, 9, 1, folder=tmp_path, reference=[[1, 2]])} == {(1, 2)}
    with pytest.raises(ValueError, match="rows of a reference"):
        draw(tiny, prior, 9, 1, folder=tmp_path)
