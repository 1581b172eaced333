"""`python -m models.train` and `python -m models.export`: exit statuses and what is said to whom."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from models import data, train
from models import export as export_command
from models.data import DataSetDamaged, DataSetMissing, ImageSet
from models.exporting.graphs import Mismatch
from models.manifest import model_hash, read
from models.training.recipe import Recipe
from models.training.recipes import RECIPES
from tests.unit.tiny_recipes import AE

pytestmark = [pytest.mark.needs_torch, pytest.mark.usefixtures("one_thread", "forged_data")]

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tiny recipe among the known ones, and runs and checkpoints in a place of their own."""
    monkeypatch.setitem(RECIPES, AE.id, AE)
    monkeypatch.setattr(train, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(export_command, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(export_command, "CHECKPOINTS", tmp_path / "checkpoints")
    return tmp_path / "runs"


@pytest.fixture
def without_data(forged_data: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(split: str) -> ImageSet:
        raise DataSetMissing("Forged was not found. Install Debian's package dataset-forged.")

    monkeypatch.setitem(data.SETS, "forged", missing)


def state_file(runs: Path) -> Path:
    return runs / AE.id / "autoencoder" / "state.safetensors"


class TestTrain:
    def test_it_trains_once_and_a_second_call_changes_nothing(self, runs: Path) -> None:
        assert train.main([AE.id, "--threads", "1"]) == 0
        before = state_file(runs).read_bytes()
        assert train.main([AE.id]) == 0
        assert state_file(runs).read_bytes() == before

    @pytest.mark.usefixtures("without_data")
    def test_without_the_data_it_says_what_to_install(self, runs: Path, capsys: Output) -> None:
        assert train.main([AE.id]) == 1
        assert capsys.readouterr().err == "Forged was not found. Install Debian's package dataset-forged.\n"
        assert not runs.exists()

    def test_damaged_data_is_a_sentence(self, monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
        def damaged(split: str) -> ImageSet:
            raise DataSetDamaged("x.gz is not Forged's.")

        monkeypatch.setitem(data.SETS, "forged", damaged)
        assert train.main([AE.id]) == 1
        assert capsys.readouterr().err == "x.gz is not Forged's.\n"

    def test_a_damaged_state_is_a_sentence_and_stays_where_it_is(self, runs: Path, capsys: Output) -> None:
        state_file(runs).parent.mkdir(parents=True)
        state_file(runs).write_bytes(b"half")
        assert train.main([AE.id]) == 1
        said = capsys.readouterr().err
        assert "is not a whole training state" in said
        assert "Traceback" not in said
        assert state_file(runs).read_bytes() == b"half"


class TestExport:
    def test_a_trained_recipe_is_exported_and_its_hash_is_printed(
        self, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
    ) -> None:
        monkeypatch.setattr(export_command, "RUNS", trained)
        checkpoints = tmp_path / "elsewhere"
        assert export_command.main([AE.id, "--checkpoints", str(checkpoints)]) == 0
        found = model_hash(read(checkpoints / AE.id))
        told = f"Its maps are still to be computed: python -m models.maps {AE.id}"
        assert capsys.readouterr().out == f"{checkpoints / AE.id}: model hash {found}\n{told}\n"

    def test_all_are_those_that_are_trained_and_not_exported_since(
        self, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
    ) -> None:
        monkeypatch.setattr(export_command, "RECIPES", {"tiny-ae": AE, "other": replace(AE, id="other")})
        monkeypatch.setattr(export_command, "RUNS", tmp_path / "copied")
        shutil.copytree(trained / AE.id, tmp_path / "copied" / AE.id)
        assert export_command.main(["--all"]) == 0
        assert capsys.readouterr().out.startswith(str(tmp_path / "checkpoints" / AE.id))
        assert export_command.main(["--all"]) == 0
        assert capsys.readouterr().out == ""
        path = tmp_path / "copied" / AE.id / "autoencoder" / "state.safetensors"
        later = (tmp_path / "checkpoints" / AE.id / "model.json").stat().st_mtime + 1
        os.utime(path, (later, later))
        assert export_command._due(AE, tmp_path / "checkpoints")

    @pytest.mark.parametrize("arguments", [[], ["--all", "fashion-vae-16"]])
    def test_recipes_or_all(self, arguments: list[str], capsys: Output) -> None:
        with pytest.raises(SystemExit):
            export_command.main(arguments)
        assert "name recipes, or say --all" in capsys.readouterr().err

    def test_before_training_it_says_how_to_train(self, tmp_path: Path, capsys: Output) -> None:
        assert export_command.main([AE.id]) == 1
        assert capsys.readouterr().err == (
            "tiny-ae is not trained: autoencoder stands at 0 of 6 steps.\n"
            "Train it first: python -m models.train tiny-ae\n"
        )
        assert not (tmp_path / "checkpoints").exists()

    @pytest.mark.usefixtures("without_data")
    def test_without_the_data_it_does_not_speak_of_training(
        self, trained: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
    ) -> None:
        monkeypatch.setattr(export_command, "RUNS", trained)
        assert export_command.main([AE.id]) == 1
        assert capsys.readouterr().err == "Forged was not found. Install Debian's package dataset-forged.\n"

    @pytest.mark.parametrize("error", [Mismatch, DataSetDamaged])
    def test_a_refusal_says_that_nothing_was_written(
        self, error: type[Exception], monkeypatch: pytest.MonkeyPatch, capsys: Output
    ) -> None:
        def refuse(recipe: Recipe, *, runs: Path, checkpoints: Path, seed: int | None) -> None:
            raise error("The decoder's file differs.")

        monkeypatch.setattr(export_command, "export", refuse)
        assert export_command.main([AE.id]) == 1
        assert capsys.readouterr().err == "Nothing was written. The decoder's file differs.\n"

    def test_a_damaged_state_is_a_sentence(self, runs: Path, capsys: Output) -> None:
        state_file(runs).parent.mkdir(parents=True)
        state_file(runs).write_bytes(b"half")
        assert export_command.main([AE.id]) == 1
        assert "Nothing was written" in capsys.readouterr().err


@pytest.mark.parametrize("main", [train.main, export_command.main], ids=["train", "export"])
def test_an_unknown_recipe_is_a_usage_error_that_lists_the_known_ones(
    main: Callable[[list[str]], int], capsys: Output
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["fashion-vae-17"])
    assert caught.value.code == 2
    assert "fashion-vae-16" in capsys.readouterr().err
