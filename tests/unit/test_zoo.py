"""docs/zoo.md: written from stored figures alone, its bars judged by them."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from models import zoo
from models.evaluating import store
from models.evaluating.opened import open_folder
from models.manifest import model_hash, read
from models.reporting import bars, sheets, shelf, tables
from models.reporting.asked import BARS
from models.reporting.shelf import Shown
from models.training.recipes import RECIPES
from tests.unit import linear_folder
from tests.unit.tiny_recipes import AE, forged


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shown:
    """The one model of a zoo, without figures but its parity."""
    monkeypatch.setattr(shelf, "RECIPES", {AE.id: AE})
    linear_folder.write(tmp_path, AE)
    (found,) = shelf.models(tmp_path)
    return found


def with_figures(shown: Shown, **figures: Any) -> Shown:
    return replace(shown, figures=figures)


class TestTables:
    def test_a_column_without_a_figure_is_left_out_and_a_gap_is_a_dash(self, shown: Shown) -> None:
        measured = with_figures(shown, reconstruction={"psnr": 19.06})
        assert tables.table([shown, measured])[0] == "| model | family | dimensions (active) | PSNR, dB |"
        assert [line.split(" | ")[-1] for line in tables.table([shown, measured])[2:]] == ["– |", "19.1 |"]

    def test_the_best_of_the_other_samplers_stands_beside_the_first(self, shown: Shown) -> None:
        entries = {
            name: {"fid": fid, "precision": 0.5, "recall": 0.25} for name, fid in (("prior", 40), ("a", 30), ("b", 20))
        }
        (row,) = tables.table([with_figures(shown, samples={"samplers": entries})])[2:]
        assert "40 / 20 (b)" in row


class TestBars:
    def test_a_limit_is_met_missed_or_not_measured(self, shown: Shown) -> None:
        reached = bars.below("tiny-ae", 20, "fid", "prior")
        assert reached({}) is None
        assert reached({"tiny-ae": shown}) is None
        assert reached({"tiny-ae": with_figures(shown, fid={"prior": 19.94})}) == (True, "19.9")
        assert reached({"tiny-ae": with_figures(shown, fid={"prior": 20.0})}) == (False, "20.0")
        assert bars.at_least("tiny-ae", 20, "fid")({"tiny-ae": with_figures(shown, fid=20)}) == (True, "20.00")

    def test_what_would_help_is_said_only_where_a_bar_is_missed(self, shown: Shown) -> None:
        bar = bars.Bar("one", "under 2", bars.below("tiny-ae", 2, "a"), "more")
        assert bars.table([bar], {"tiny-ae": with_figures(shown, a=1)})[2] == "| one | under 2 | 1.0 | yes |  |"
        assert bars.table([bar], {"tiny-ae": with_figures(shown, a=3)})[2] == "| one | under 2 | 3.0 | no | more |"
        assert bars.table([bar], {})[2] == "| one | under 2 | – | not measured | more |"

    def test_a_group_is_compared_over_three_seeds_or_not_at_all(self, shown: Shown) -> None:
        def over(*values: float) -> Shown:
            spread = {"mean": sum(values) / len(values), "least": min(values), "greatest": max(values)}
            return with_figures(
                shown, groups={"spread": {"error": spread}, "seeds": {str(i): {} for i in range(len(values))}}
            )

        reached = bars.unlike("one", "twin", "error", ".1f", more=False)
        assert reached({"one": over(1, 2, 3), "twin": over(6, 7, 8)}) == (True, "2.0 against 7.0, spread 2.0")
        assert reached({"one": over(1, 2, 3), "twin": over(3, 4, 5)}) == (False, "2.0 against 4.0, spread 2.0")
        assert reached({"one": over(1), "twin": over(7)}) is None
        assert reached({"one": over(1, 2, 3)}) is None

    def test_a_gap_must_exceed_the_spread_of_the_seeds(self, shown: Shown) -> None:
        def seeds(*values: float) -> Shown:
            return with_figures(shown, seeds={"scores": {str(i): {"mig": value} for i, value in enumerate(values)}})

        reached = bars.gap("a", "b")
        assert reached({"a": seeds(0.3, 0.32, 0.28), "b": seeds(0.1, 0.11, 0.12)}) == (
            True,
            "0.300 against 0.110, spread 0.040",
        )
        wide = reached({"a": seeds(0.3, 0.1, 0.5), "b": seeds(0.1, 0.11, 0.12)})
        assert wide is not None
        assert not wide[0]
        assert reached({"a": seeds(0.3), "b": seeds(0.1, 0.2)}) is None

    def test_factors_and_sliders_are_judged_by_their_figures(self, shown: Shown) -> None:
        reading = {
            "factors": {"smile": {"kept": 0.95}, "eyes": {"kept": 0.85}},
            "samplers": {"prior": {"largest_difference": {"smile": 0.1, "yaw": 0.4}, "within_a_quarter": 1, "of": 2}},
        }
        sliders = {"factors": {name: {"latent": 3, "correlation": 0.8} for name in ("smile", "yaw")}}
        models = {"m": with_figures(shown, reading=reading, sliders=sliders)}
        assert bars.kept_factors("m", ["smile"], 0.9)(models) == (True, "smile 95%")
        assert bars.kept_factors("m", ["smile", "eyes"], 0.9)(models) == (False, "smile 95%, eyes 85%")
        assert bars.frequencies("m", "prior")(models) == (False, "1 of 2 factors; off: yaw 40%")
        assert bars.own_sliders("m", "smile", "yaw", apart=True)(models) == (
            False,
            "smile z3 (|r| 0.80), yaw z3 (|r| 0.80)",
        )
        for reached in (bars.kept_factors("m", ["brow"], 0.9), bars.frequencies("m", "mixture")):
            assert reached(models) is None


class TestSheets:
    def test_samplers_come_first_and_reconstructions_last(self, shown: Shown) -> None:
        opened = open_folder(shown.folder, AE, shown.folder, load=lambda name, split: forged(split))
        found = sheets.rows(opened)
        assert [title for title, _ in found] == [
            "Points of the encoded data",
            "Draws from N(0, I), which is not its prior",
            "Held-out pictures",
            "Their reconstructions",
        ]
        with Image.open(io.BytesIO(sheets.sheet([pictures for _, pictures in found]))) as picture:
            assert (picture.format, picture.size) == ("WEBP", (16 * 56, 4 * 56))

    def test_small_pictures_are_shown_twice_as_large(self) -> None:
        for side, size in ((28, 56), (64, 64)):
            rows = [np.zeros((16, side, side, 3), np.uint8)]
            with Image.open(io.BytesIO(sheets.sheet(rows))) as picture:
                assert picture.size == (16 * size, size)


class TestDocument:
    def test_it_is_written_from_the_folders(self, shown: Shown, tmp_path: Path) -> None:
        figure = {"protocol": "reconstruction", "mse": 0.01, "psnr": 20.0, "pictures": 200}
        measured = model_hash(read(shown.folder))
        store.save(shown.folder, {"reconstruction": figure}, AE, forged("test"), measured)
        zoo.write(tmp_path, tmp_path / "docs", tmp_path / "runs", pictures=False)
        text = (tmp_path / "docs" / "zoo.md").read_text(encoding="utf-8")
        assert "## Forged" in text
        assert "| [`tiny-ae`](#tiny-ae) | autoencoder | 4 | 20.0 |" in text
        assert "### tiny-ae" in text

    def test_every_bar_is_about_a_recipe_that_there_is_or_will_be(self) -> None:
        names = [bar.name.split("`")[1] for bar in BARS]
        assert len(names) > 10
        assert not {name for name in names if name not in RECIPES} - {"fashion-gan-collapsed"}

    def test_a_folder_that_is_not_whole_is_named(self, shown: Shown, capsys: pytest.CaptureFixture[str]) -> None:
        (shown.folder / "decoder.onnx").write_bytes(b"changed")
        assert zoo.main(["--checkpoints", str(shown.folder.parent), "--docs", str(shown.folder.parent / "docs")]) == 1
        assert "does not match the file" in capsys.readouterr().err
