"""`python -m models.evaluate`: it measures, stores and prints, or says what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models import data, evaluate
from models.evaluating import store
from models.training.recipes import RECIPES
from tests.unit import linear_folder
from tests.unit.tiny_recipes import AE, forged

pytestmark = [pytest.mark.needs_torch, pytest.mark.usefixtures("one_thread")]

AGREEMENT = {"protocol": "representativeness", "k": 10, "pictures": 200, "value": 0.8201, "most_frequent_label": 0.1}


class TestCommand:
    def test_it_measures_stores_and_prints(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setitem(RECIPES, AE.id, AE)
        monkeypatch.setitem(data.SETS, "forged", forged)
        folder = linear_folder.write(tmp_path, AE)
        arguments = ["--checkpoints", str(tmp_path), "--only", "label_agreement"]
        assert evaluate.main([AE.id, *arguments]) == 0
        printed = json.loads(capsys.readouterr().out)
        assert printed == {AE.id: store.figures(folder)}
        assert evaluate.main(["--all", *arguments]) == 0
        assert evaluate.main([AE.id, *arguments[:3], "fame"]) == 1
        assert "nothing was stored. No protocol is called 'fame'" in capsys.readouterr().err

    def test_one_model_or_all_must_be_named(self) -> None:
        with pytest.raises(SystemExit):
            evaluate.main([])
