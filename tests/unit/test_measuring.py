"""What is measured of every row of a set, on a model whose answers are known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from models.analysis.neighbours import agreeing
from server.catalog import Catalog
from server.classes import row_classes
from server.errors import NotFound
from server.measuring import arrow, measure, read
from server.opened import OpenedModel
from server.runtimes import choose
from server.settings import ROOT
from tests.unit.labelled_folder import COUNT, ID, labels, write

ROUNDING = (0.5 / 255) ** 2  # the most that 8 bits of a picture can cost


def opened(checkpoints: Path, model: str = ID) -> OpenedModel:
    return OpenedModel(Catalog(checkpoints), choose("onnx", "cpu"), model)


def test_the_error_is_that_of_the_row_s_own_class(tmp_path: Path) -> None:
    write(tmp_path)
    heard: list[float] = []
    found = measure(opened(tmp_path), "data", heard.append)
    assert found.error is not None
    assert found.error.shape == (40,)
    np.testing.assert_allclose(found.error[3], 0.2**2, atol=0.002)
    assert np.delete(found.error, 3).max() <= ROUNDING
    assert heard == sorted(heard)
    assert heard[-1] == pytest.approx(1)


def test_the_far_row_is_the_most_unusual(tmp_path: Path) -> None:
    write(tmp_path)
    measured = measure(opened(tmp_path), "reference")
    found = measured.unusual
    assert found is not None
    assert measured.distance is not None
    assert int(np.argmax(measured.distance)) == 7
    assert found.shape == (40,)
    assert int(np.argmax(found)) == 7
    assert found[7] > 95
    assert 25 < np.median(found) < 75  # the points of the set themselves are as usual as held-out ones


def test_what_cannot_be_measured_is_null(tmp_path: Path) -> None:
    write(tmp_path)
    found = measure(opened(tmp_path), "samples")
    assert found.error is None  # its pictures are the model's own
    assert found.unusual is not None
    table = pa.ipc.open_stream(arrow(found, 5)).read_all()
    assert table.schema.names == ["error", "unusual", "distance", "agrees"]
    assert [field.type for field in table.schema] == [*3 * [pa.float32()], pa.bool_()]
    assert (table["error"].null_count, table["unusual"].null_count) == (5, 0)
    with pytest.raises(NotFound, match="no set 'mine'"):
        measure(opened(tmp_path), "mine")


def test_a_set_of_another_space_has_no_percentile(tmp_path: Path) -> None:
    folder = write(tmp_path, conditional=False)
    model = opened(tmp_path)
    assert model.percentiles(model.points("data").latents, "w") is None
    described = json.loads((folder / "model.json").read_text())
    described["sets"] = []
    (folder / "model.json").write_text(json.dumps(described))
    assert opened(tmp_path).percentiles(np.zeros((1, 2), np.float32)) is None


def test_a_row_has_its_label_as_class_only_where_the_model_takes_these_classes(tmp_path: Path) -> None:
    write(tmp_path / "with")
    model = opened(tmp_path / "with")
    np.testing.assert_array_equal(row_classes(model, model.points("data"))["class"], labels()[:40])
    np.testing.assert_array_equal(row_classes(model, model.points("samples"))["class"], np.zeros(5))
    write(tmp_path / "without", conditional=False)
    model = opened(tmp_path / "without")
    assert row_classes(model, model.points("data")) == {}
    assert len(labels()) == COUNT


def test_the_mean_error_is_the_one_on_the_card() -> None:
    model = opened(ROOT / "checkpoints", "fashion-vae-16")
    found = measure(model, "data")
    assert found.error is not None
    stated = model.document("metrics.json")["reconstruction"]["mse"]
    assert found.error.mean() == pytest.approx(stated, rel=1e-3)
    assert found.unusual is not None
    held_out = model._unusual.held_out  # type: ignore[union-attr]
    assert found.unusual[held_out].mean() == pytest.approx(50, abs=0.1)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    write(tmp_path)
    for name in ("data", "samples"):
        found = measure(opened(tmp_path), name)
        again = read(arrow(found, len(opened(tmp_path).points(name).latents)))
        for column in ("error", "unusual", "distance", "agrees"):
            expected, got = getattr(found, column), getattr(again, column)
            assert (expected is None) == (got is None)
            if expected is not None:
                np.testing.assert_array_equal(got, expected)


def test_the_share_of_agreeing_rows_is_the_one_on_the_card() -> None:
    model = opened(ROOT / "checkpoints", "fashion-vae-16")
    points = model.points("data")
    assert points.pictures is not None
    stated = model.document("metrics.json")["label_agreement"]
    assert agreeing(points.latents, points.pictures.labels).mean() == pytest.approx(stated["value"], abs=1e-4)
