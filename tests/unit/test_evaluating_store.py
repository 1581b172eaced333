"""Figures go into a folder whole or not at all, and the card says what they say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from models.evaluating import store
from models.exporting import card, card_rows
from models.manifest import ManifestError, model_hash, read
from models.training.recipe import Recipe
from models.training.recipes import RECIPES
from tests.unit import linear_folder
from tests.unit.tiny_recipes import AE, forged

AGREEMENT = {"protocol": "representativeness", "k": 10, "pictures": 200, "value": 0.8201, "most_frequent_label": 0.1}


def saved(folder: Path, found: dict[str, Any]) -> dict[str, Any]:
    return store.save(folder, found, AE, forged("test"), model_hash(read(folder)))


class TestSave:
    def test_new_figures_join_the_old_ones_and_the_folder_stays_whole(self, tmp_path: Path) -> None:
        folder = linear_folder.write(tmp_path, AE)
        before = read(folder)
        found = saved(folder, {"label_agreement": AGREEMENT})
        assert (
            found == store.figures(folder) == {"parity": {"decoder": 0.0, "encoder": 0.0}, "label_agreement": AGREEMENT}
        )
        after = read(folder)
        assert model_hash(after) == model_hash(before)
        assert {name for name in before.files if before.files[name] != after.files[name]} == {"metrics.json", "CARD.md"}
        text = (folder / "CARD.md").read_text(encoding="utf-8")
        assert "82.0%" in text
        assert "seed 7" in text  # of the training that ships, as the provenance says

    def test_an_entry_takes_the_place_of_the_older_one(self, tmp_path: Path) -> None:
        folder = linear_folder.write(tmp_path, AE)
        saved(folder, {"label_agreement": AGREEMENT})
        assert saved(folder, {"label_agreement": AGREEMENT | {"value": 0.5}})["label_agreement"]["value"] == 0.5

    def test_nothing_changes_when_a_figure_cannot_be_said_in_json(self, tmp_path: Path) -> None:
        folder = linear_folder.write(tmp_path, AE)
        before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
        with pytest.raises(ValueError, match="not JSON compliant"):
            saved(folder, {"label_agreement": AGREEMENT | {"value": float("nan")}})
        assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before

    def test_a_folder_that_is_not_whole_is_left_alone(self, tmp_path: Path) -> None:
        folder = linear_folder.write(tmp_path, AE)
        measured = model_hash(read(folder))
        (folder / "decoder.onnx").write_bytes(b"changed")
        with pytest.raises(ManifestError, match="does not match"):
            store.save(folder, {}, AE, forged("test"), measured)

    def test_figures_of_another_model_are_refused(self, tmp_path: Path) -> None:
        folder = linear_folder.write(tmp_path, AE)
        with pytest.raises(store.Replaced, match="exported anew"):
            store.save(folder, {}, AE, forged("test"), "0123456789abcdef")


def distance(fid: float) -> dict[str, Any]:
    return {"title": "Prior", "fid": fid, "kid": 0.0021, "precision": 0.81, "recall": 0.62}


class TestCard:
    @pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))
    def test_a_model_that_was_not_measured_has_an_empty_table(self, recipe: Recipe) -> None:
        text = card.write(recipe, forged("test"), {}, recipe.seed)
        assert text.split("| --- | --- |")[1].split("##")[0].strip() == ""

    def test_every_number_in_its_table_is_a_figure(self) -> None:
        known = {
            "samples": {
                "protocol": "samples",
                "floor": distance(11.5),
                "reconstructions": distance(22.5),
                "samplers": {"prior": distance(33.5)},
            },
            "label_agreement": AGREEMENT,
        }
        text = "\n".join(sentence for _, sentence in card_rows.rows(known))
        found = set(re.findall(r"\d+\.\d+", text))
        assert found == {"11.5", "22.5", "33.5", "0.0021", "0.81", "0.62", "82.0", "10.0"}

    def test_lines_come_in_one_order_and_are_named_by_their_protocol(self) -> None:
        known = {"parity": {"decoder": 0.1, "encoder": 0.2}, "label_agreement": AGREEMENT}
        assert [protocol for protocol, _ in card_rows.rows(known)] == ["representativeness", "parity"]
