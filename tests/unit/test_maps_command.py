"""`python -m models.maps`: what it stores, that the server takes it, and that a model stays what it is."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models import maps as command
from models.analysis import maps
from models.analysis.maps import shipped
from models.manifest import model_hash, read
from server.settings import Settings
from tests.api.conftest import make_client
from tests.unit import linear_folder
from tests.unit.tiny_recipes import AE


@pytest.fixture(autouse=True)
def as_many_threads_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    for library in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
        monkeypatch.setenv(f"{library}_NUM_THREADS", "1")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Maps that are fitted in no time."""

    def fit(method: str, latents: np.ndarray, dims: int, *_: object) -> maps.Fitted:
        return maps.Fitted(latents[:, :dims] * (1 + maps.METHODS.index(maps.BY_NAME[method])))

    monkeypatch.setattr(maps, "fit", fit)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return linear_folder.write(tmp_path / "checkpoints", AE)


@pytest.mark.usefixtures("quick")
def test_the_maps_are_stored_listed_and_served(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = read(folder)
    assert command.main([AE.id, "--checkpoints", str(folder.parent)]) == 0
    assert f"{AE.id} data UMAP 2-D" in capsys.readouterr().err
    after = read(folder)
    assert model_hash(after) == model_hash(before)
    names = [f"maps/data-{method}-2d.npy" for method in ("umap", "tsne", "pacmap", "localmap")]
    assert set(after.files) - set(before.files) == {*names, "maps/maps.json"}
    with make_client(Settings(checkpoints=folder.parent, data=folder.parent / "data")) as client:
        for method in ("pca", "umap", "tsne", "pacmap", "localmap"):
            got = client.get(f"/api/models/{AE.id}/projection?method={method}")
            assert got.status_code == 200
            about = json.loads(got.headers["x-projection"])
            assert about["shipped"]
            assert about["trust"]["points"] == 50
            if method != "pca":
                stored = np.load(folder / f"maps/data-{method}-2d.npy", allow_pickle=False)
                assert stored.dtype == np.float16
                np.testing.assert_array_equal(np.frombuffer(got.content, "<f4"), stored.astype(np.float32).reshape(-1))
        known = client.get(f"/api/models/{AE.id}/projection/methods").json()["methods"]
        assert all(each["ready"] for each in known)
        for query in ("method=umap&neighbours=20", "method=umap&seed=1", "method=umap&dims=3"):
            begun = client.get(f"/api/models/{AE.id}/projection?{query}")
            assert begun.status_code == 202
            client.delete(begun.headers["location"])


@pytest.mark.usefixtures("quick")
def test_maps_of_other_points_are_computed_again_and_not_served(folder: Path) -> None:
    arguments = ["--missing", "--checkpoints", str(folder.parent)]
    assert command.main(arguments) == 0
    stored = (folder / "maps/maps.json").read_bytes()
    assert command.main(arguments) == 0
    assert (folder / "maps/maps.json").read_bytes() == stored  # nothing was missing
    document = json.loads(stored)
    assert {each["set_hash"] for each in document["maps"]} == {read(folder).files["sets/data.npy"][:16]}
    changed = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    rows = np.random.default_rng(1).standard_normal((40, 4)).astype(np.float32)
    np.save(folder / "sets/data.npy", rows, allow_pickle=False)
    changed["files"]["sets/data.npy"] = hashlib.sha256((folder / "sets/data.npy").read_bytes()).hexdigest()
    (folder / "model.json").write_text(json.dumps(changed), encoding="utf-8")
    with make_client(Settings(checkpoints=folder.parent, data=folder.parent / "data")) as client:
        assert not json.loads(client.get(f"/api/models/{AE.id}/projection").headers["x-projection"])["shipped"]
        begun = client.get(f"/api/models/{AE.id}/projection?method=umap")
        assert begun.status_code == 202
        client.delete(begun.headers["location"])
    assert command.main(arguments) == 0
    assert np.load(folder / "maps/data-umap-2d.npy", allow_pickle=False).shape == (40, 2)


def test_positions_are_rounded_where_no_screen_shows_it() -> None:
    fine = np.random.default_rng(0).uniform(-100, 100, (1000, 2)).astype(np.float32) + 5
    stored, error = command.rounded(fine)
    assert stored.dtype == np.float16
    assert 0 < error < 0.5 / 2000
    np.testing.assert_allclose(np.diff(stored.astype(np.float32), axis=0), np.diff(fine, axis=0), atol=0.1)
    wide = np.concatenate([fine, [[1e6, 1e6]]]).astype(np.float32)
    stored, error = command.rounded(wide)
    assert stored.dtype == np.float32
    assert error == 0.0


@pytest.mark.usefixtures("quick")
def test_a_folder_that_changed_meanwhile_is_left_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = command._maps

    def slow(*arguments: object) -> object:
        document = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        (folder / "model.json").write_text(json.dumps(document | {"title": "Another"}), encoding="utf-8")
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(command, "_maps", slow)
    assert command.main([AE.id, "--checkpoints", str(folder.parent)]) == 1
    assert "nothing was stored" in capsys.readouterr().err
    assert not (folder / "maps").exists()


def test_a_broken_folder_and_a_wrong_command_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["none", "--checkpoints", str(tmp_path)]) == 1
    assert "none: nothing was stored" in capsys.readouterr().err
    for arguments in ([], ["one", "--all"], ["--all", "--missing"]):
        with pytest.raises(SystemExit):
            command.main(arguments)


def test_an_entry_that_is_none_is_passed_over() -> None:
    told: dict[str, Any] = {"method": "umap", "dims": 2, "seed": 0, "parameters": {}, "trust": {"sentence": "Yes."}}
    good: dict[str, Any] = {"set": "data", "set_hash": "a", "labels": "", "file": None, "rounding": None, "about": told}
    for wrong in (
        {},
        {**good, "more": 1},
        {**good, "about": {}},
        {**good, "about": {**told, "trust": {}}},
        {**good, "about": {**told, "seed": "0"}},
    ):
        assert shipped.entries({"maps": [wrong, good]}) == [shipped.Entry(**good)]
    assert shipped.entries({}) == shipped.entries({"maps": 3}) == []
