"""Seeds are scored on the same pictures, their spread is kept, and the one with the median MIG ships."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models import data, seeds, train
from models.data import ImageSet
from models.data.imageset import Factor
from models.evaluating import store
from models.training.recipes import RECIPES
from tests.unit import linear_folder
from tests.unit.tiny_recipes import VAE, forged

pytestmark = [pytest.mark.needs_torch, pytest.mark.usefixtures("one_thread")]

RECIPE = replace(VAE, id="tiny-seeds", seeds=(1, 2))
Output = pytest.CaptureFixture[str]


def known(split: str) -> ImageSet:
    """The forged pictures with two factors: the place of the square, and the light."""
    images = forged(split)
    light = images.images.reshape(len(images.images), -1).mean(axis=1).astype(np.float32)
    return replace(
        images,
        factors=(
            Factor("place", "categorical", images.labels.astype(np.float32), images.classes),
            Factor("light", "continuous", light),
        ),
    )


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two seeds of a tiny recipe, trained."""
    monkeypatch.setitem(data.SETS, "forged", known)
    monkeypatch.setitem(RECIPES, RECIPE.id, RECIPE)
    monkeypatch.setattr(seeds, "RUNS", tmp_path / "runs")
    for seed in RECIPE.seeds:
        train.train(RECIPE, runs=tmp_path / "runs", seed=seed)
    return tmp_path / "runs"


@pytest.mark.parametrize(
    ("migs", "expected"),
    [({1: 0.1, 2: 0.3, 3: 0.2}, 3), ({1: 0.1, 2: 0.3}, 1), ({7: 0.2}, 7), ({1: 0.4, 2: 0.3, 3: 0.2, 4: 0.1}, 3)],
)
def test_the_median_ships_and_of_two_in_the_middle_the_lower(migs: dict[int, float], expected: int) -> None:
    assert seeds.shipped(migs) == expected


def test_the_spread_of_three_and_of_one() -> None:
    assert seeds.spread([1.0, 2.0, 3.0]) == {"mean": 2.0, "least": 1.0, "greatest": 3.0, "deviation": 1.0}
    assert seeds.spread([2.0])["deviation"] == 0


def test_training_pictures_come_first_and_all_held_out_ones_after() -> None:
    images, count = seeds.pictures("forged", lambda _, split: known(split))
    assert count == 320
    assert len(images.images) == len(images.labels) == len(images.factors[1].values) == 520
    assert (images.images[count:] == forged("test").images).all()


def test_every_seed_is_scored_and_the_figures_are_kept(runs: Path, tmp_path: Path, capsys: Output) -> None:
    assert seeds.main([RECIPE.id, "--checkpoints", str(tmp_path)]) == 0
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert json.loads((runs / RECIPE.id / "seeds.json").read_text(encoding="utf-8")) == found
    assert list(found["scores"]) == ["1", "2"]
    migs = {int(seed): figures["mig"] for seed, figures in found["scores"].items()}
    assert migs[1] != migs[2]
    assert found["shipped"] == min(migs, key=lambda seed: migs[seed])
    assert found["spread"]["mig"]["mean"] == pytest.approx(sum(migs.values()) / 2)
    assert "no model folder was changed" in said.err
    assert seeds.compare(RECIPE, runs=runs) == found


def test_a_model_folder_gets_them_too(runs: Path, tmp_path: Path) -> None:
    folder = linear_folder.write(tmp_path, RECIPE)
    assert seeds.main([RECIPE.id, "--checkpoints", str(folder.parent)]) == 0
    assert store.figures(folder)["seeds"]["rule"] == seeds.RULE


def test_some_seeds_are_shown_and_not_kept(runs: Path, tmp_path: Path, capsys: Output) -> None:
    assert seeds.main([RECIPE.id, "--seeds", "2", "--checkpoints", str(tmp_path)]) == 0
    assert list(json.loads(capsys.readouterr().out)["scores"]) == ["2"]
    assert not (runs / RECIPE.id / "seeds.json").exists()


def test_a_seed_that_is_not_trained_is_named(runs: Path, capsys: Output) -> None:
    assert seeds.main([RECIPE.id, "--seeds", "9"]) == 1
    assert "tiny-seeds has no training with seed 9" in capsys.readouterr().err


def test_the_seed_that_ships_is_scored_by_its_folder_when_its_training_is_gone(runs: Path, tmp_path: Path) -> None:
    folder = linear_folder.write(tmp_path, RECIPE)
    described = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    described["provenance"]["source"] = f"made by this project's recipe {RECIPE.id}, seed 2"
    (folder / "model.json").write_text(json.dumps(described), encoding="utf-8")
    trained = seeds.compare(RECIPE, runs=runs, checkpoints=folder.parent)
    shutil.rmtree(train.run_folder(RECIPE, runs, 2))
    with pytest.raises(FileNotFoundError, match="seed 2"):
        seeds.compare(RECIPE, runs=runs)
    mixed = seeds.compare(RECIPE, runs=runs, checkpoints=folder.parent)
    assert mixed["scores"]["1"] == trained["scores"]["1"]
    assert mixed["scores"]["2"] != trained["scores"]["2"]  # the folder holds a linear model
    shutil.rmtree(train.run_folder(RECIPE, runs, 1))
    with pytest.raises(FileNotFoundError, match="seed 1"):
        seeds.compare(RECIPE, runs=runs, checkpoints=folder.parent)


def test_what_the_folder_knows_of_a_seed_stays_when_its_training_is_gone(runs: Path, tmp_path: Path) -> None:
    folder = linear_folder.write(tmp_path, RECIPE)
    assert seeds.main([RECIPE.id, "--checkpoints", str(folder.parent)]) == 0
    known = store.figures(folder)["seeds"]
    shutil.rmtree(train.run_folder(RECIPE, runs, 1))
    assert seeds.compare(RECIPE, runs=runs, checkpoints=folder.parent) == known


def test_means_are_the_first_half_of_what_the_encoder_answers(runs: Path) -> None:
    images = forged("test").images[:7]
    codes = seeds.means(RECIPE, train.run_folder(RECIPE, runs, 1), images)
    assert codes.shape == (7, 4)
    assert np.isfinite(codes).all()
