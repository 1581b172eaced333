"""What a generator covers, computed here and not in a job's process: the forged generator forgets its dark pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from server.catalog import Catalog
from server.covering import cover, real_set, versions
from server.errors import Unsupported
from server.opened import OpenedModel
from server.runtimes import choose
from tests.unit import generator_folder, labelled_folder


@pytest.fixture
def opened(tmp_path: Path) -> OpenedModel:
    generator_folder.write(tmp_path)
    return OpenedModel(Catalog(tmp_path), choose("onnx", "cpu"), generator_folder.ID)


def test_each_step_is_judged_by_itself(opened: OpenedModel) -> None:
    heard: list[float] = []
    found = cover(opened, heard.append)
    assert heard == sorted(heard)
    assert heard[-1] == pytest.approx(1)
    early, late = found.document["steps"]
    assert found.reached.shape == (2, 400)
    assert early["coverage"] == pytest.approx(found.reached[0].mean())
    dark = generator_folder.labels() == 0
    assert not found.reached[1, dark].any()
    assert [each["missing"] for each in late["classes"]] == [True, False]
    # The samples are where the encoder puts what was drawn: bright pictures only, at the late step.
    assert found.samples.shape == (2, 200, 2)
    assert found.samples[1, :, 0].min() > 0 > found.samples[0, :, 0].min()


def test_the_same_pictures_are_not_compared_twice(opened: OpenedModel) -> None:
    known = versions(opened)
    assert known["set"] == "data"
    assert known == versions(opened)


def test_without_classes_there_is_no_entropy(opened: OpenedModel) -> None:
    points = opened.points()
    assert points.pictures is not None
    object.__setattr__(points.pictures.info, "classes", ())
    found = cover(opened)
    assert found.document["classifier"] is None
    assert [step["entropy"] for step in found.document["steps"]] == [None, None]


def test_a_model_with_nothing_to_compare_is_refused(tmp_path: Path) -> None:
    labelled_folder.write(tmp_path)
    model = OpenedModel(Catalog(tmp_path), choose("onnx", "cpu"), labelled_folder.ID)
    with pytest.raises(Unsupported, match="encode"):
        real_set(model)


def test_too_few_real_pictures_are_none(opened: OpenedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.covering.K", 200)
    with pytest.raises(Unsupported, match="real pictures"):
        real_set(opened)


def test_the_drawn_latents_are_the_sampler_s(opened: OpenedModel) -> None:
    first, again = cover(opened), cover(opened)
    np.testing.assert_array_equal(first.samples, again.samples)
