"""Protocols on a model folder whose answers are known."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.analysis import features, instrument
from models.analysis.features import Extractor
from models.evaluating import draws, pictures
from models.evaluating.protocols import PROTOCOLS, chosen, run
from tests.unit.test_evaluating_codes import opened, quarters
from tests.unit.tiny_recipes import AE, GAN, VAE, forged

pytestmark = [pytest.mark.needs_torch, pytest.mark.usefixtures("one_thread")]


def mean_features() -> Extractor:
    """Features with a known answer: the brightness of the four quarters."""
    return Extractor("quarters", 4, 64, lambda x: x.float().reshape(len(x), 4, -1).mean(2) / 255)


class TestReconstruction:
    def test_what_the_model_can_draw_comes_back_but_for_rounding(self, tmp_path: Path) -> None:
        found = pictures.reconstruction(opened(tmp_path))
        assert found["pictures"] == 200
        assert found["mse"] < 1e-6
        assert found["pca_mse"] < 1e-6  # four directions hold all of these pictures

    def test_a_constant_error_is_its_square_and_its_decibels(self, tmp_path: Path) -> None:
        found = pictures.reconstruction(opened(tmp_path, bias=1.0))
        assert found["mse"] == pytest.approx(0.01, rel=0.05)
        assert found["psnr"] == pytest.approx(20, abs=0.2)

    @pytest.mark.parametrize("small", [0, 10_000])
    def test_pca_leaves_the_variance_of_the_other_directions(self, small: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pictures, "SMALL", small)  # decomposed outright, and by subspace iteration
        images = quarters(300).images
        unit = images.reshape(300, 784) / 255
        values = np.linalg.svd(unit - unit.mean(0), compute_uv=False) ** 2
        for components in (1, 3):
            error, fitted = pictures.linear_error(images, images, components)
            assert error == pytest.approx(values[components:].sum() / images.size, rel=1e-3)
            assert fitted == 300

    def test_pca_with_as_many_components_as_values_has_no_error(self) -> None:
        assert pictures.linear_error(quarters(5).images, quarters(5).images, 784) == (0.0, 0)


class TestDraws:
    def test_each_sampler_is_compared_with_the_held_out_pictures(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(features, "efficientnet_extractor", mean_features)
        found = draws.sample_quality(opened(tmp_path, VAE))
        assert found["draws"] == found["real"] == 200
        assert found["floor"]["fid"] == pytest.approx(0, abs=1e-4)  # training and test pictures are the same here
        assert found["reconstructions"]["fid"] == pytest.approx(0, abs=1e-4)
        assert found["reconstructions"]["precision"] == found["reconstructions"]["recall"] == 1
        # Quarters at 0.5 with a spread of 0.1, against 0.51 with one of 0.16.
        assert found["samplers"]["prior"]["fid"] == pytest.approx(4 * (0.01**2 + 0.06**2), rel=0.5)

    def test_classes_are_those_that_a_classifier_sees(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def brightest(dataset: str, runs: Path) -> instrument.Instrument:
            def look(x: instrument.Floats) -> tuple[instrument.Floats, NDArray[np.int64]]:
                levels = x.reshape(len(x), 4, -1).mean(2)
                return levels, levels.argmax(1)

            return look

        monkeypatch.setattr(draws, "classifier", brightest)
        monkeypatch.setattr(draws, "CLASSIFIED", 2000)
        found = draws.class_coverage(opened(tmp_path, GAN))
        assert found["classifier_accuracy"] == 1
        prior = found["samplers"]["prior"]
        assert prior["entropy"] == pytest.approx(math.log(4), abs=0.01)  # of ten classes it can draw four
        assert prior["missing"] == 6
        assert found["entropy_of_equal_shares"] == pytest.approx(math.log(10))

    def test_the_classifier_is_trained_once(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        from models import data

        monkeypatch.setattr(instrument, "STEPS", 4)
        monkeypatch.setitem(data.SETS, "forged", forged)
        first = instrument.classifier("forged", tmp_path)
        monkeypatch.delitem(data.SETS, "forged")
        look = instrument.classifier("forged", tmp_path)
        unit = forged("test").images.astype(np.float32) / np.float32(255)
        seen, classes = look(unit)
        assert (seen.shape, classes.shape) == ((200, 128), (200,))
        np.testing.assert_array_equal(first(unit)[0], seen)
        np.testing.assert_allclose(look(unit[:7])[0], seen[:7], atol=1e-4)  # no picture depends on the others


class TestProtocols:
    def test_each_kind_has_those_that_fit_it(self, tmp_path: Path) -> None:
        names = {
            recipe.kind: {each.name for each in chosen(opened(tmp_path, recipe), (), quick=True)}
            for recipe in (AE, VAE, GAN)
        }
        assert names["ae"] == {"reconstruction", "label_agreement", "speed"}
        assert names["vae"] == {*names["ae"], "kl", "aggregate"}
        assert names["gan"] == {*names["ae"], "inversion"}

    def test_the_slow_one_is_only_run_by_name(self, tmp_path: Path) -> None:
        model = opened(tmp_path)
        assert "fid-inception" not in {each.name for each in chosen(model, (), quick=False)}
        assert [each.name for each in chosen(model, ("fid-inception",), quick=False)] == ["fid-inception"]

    @pytest.mark.parametrize(
        ("name", "words"), [("fame", "Known: reconstruction"), ("kl", "does not fit tiny-ae, a ae")]
    )
    def test_an_unknown_one_and_one_that_does_not_fit_are_refused(self, tmp_path: Path, name: str, words: str) -> None:
        with pytest.raises(ValueError, match=words):
            chosen(opened(tmp_path), (name,), quick=False)

    def test_figures_say_how_to_get_them_again(self, tmp_path: Path) -> None:
        (protocol,) = chosen(opened(tmp_path), ("label_agreement",), quick=False)
        found = run(opened(tmp_path / "again"), protocol)
        assert found["protocol"] == "representativeness"
        assert found["command"] == "python -m models.evaluate tiny-ae --only label_agreement"
        assert found["seed"] == 0

    def test_each_has_a_heading_in_the_document(self) -> None:
        text = (Path(__file__).parents[2] / "docs" / "measures.md").read_text(encoding="utf-8")
        for protocol in PROTOCOLS:
            assert f"\n## {protocol.heading}\n" in text, protocol.name
