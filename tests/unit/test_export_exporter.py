"""Export from end to end: tiny trained recipes become folders that the reader accepts, whole or not at all."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper
from PIL import Image

from models import data
from models.adapter import Model
from models.data.folder import PictureSet
from models.exporting import folder, graphs
from models.exporting.exporter import GENERATED, export
from models.exporting.graphs import Mismatch
from models.exporting.networks import DecoderGraph
from models.latent import sampler_file
from models.manifest import model_hash, read
from models.training.recipe import Recipe
from models.training.state import DamagedState
from models.training.tasks import trained as network
from server.runtimes.onnx import OnnxRuntime
from tests.unit.tiny_recipes import GAN, TINY, VAE, forged

pytestmark = [pytest.mark.needs_torch, pytest.mark.usefixtures("one_thread", "forged_data")]

Change = Callable[[onnx.ModelProto], None]


@pytest.fixture(scope="module")
def exported(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoints folder with every tiny recipe in it. Not to be written to."""
    checkpoints = tmp_path_factory.mktemp("checkpoints")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(data.SETS, "forged", forged)
        for recipe in TINY:
            export(recipe, runs=trained, checkpoints=checkpoints)
    return checkpoints


@pytest.fixture
def reuse(exported: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let the next exports of the VAE take the graphs that are there already, changed by `decoder` or `encoder`."""

    def prepare(**changes: Change) -> None:
        def to_onnx(graph: torch.nn.Module, *_: Any) -> onnx.ModelProto:
            name = "decoder" if isinstance(graph, DecoderGraph) else "encoder"
            model = onnx.load(exported / VAE.id / f"{name}.onnx")
            if name in changes:
                changes[name](model)
            return model

        monkeypatch.setattr(graphs, "to_onnx", to_onnx)

    return prepare


def contents(place: Path) -> dict[str, bytes]:
    return {path.relative_to(place).as_posix(): path.read_bytes() for path in place.rglob("*") if path.is_file()}


def loaded(place: Path) -> Model:
    manifest = read(place)
    names = [each.file for each in (manifest.encoder, manifest.decoder) if each is not None]
    return Model(manifest, {name: OnnxRuntime("cpu").load(place / name) for name in names})


def spoil(model: onnx.ModelProto) -> None:
    """Add a tenth to every weight."""
    for each in model.graph.initializer:
        values = numpy_helper.to_array(each)
        if values.ndim and values.dtype.kind == "f":
            each.CopyFrom(numpy_helper.from_array(values + values.dtype.type(0.1), each.name))


def hardly(model: onnx.ModelProto) -> None:
    """Another file that does nearly the same."""
    each = next(part for part in model.graph.initializer if numpy_helper.to_array(part).dtype == np.float32)
    each.CopyFrom(numpy_helper.from_array(np.float32(1.0001) * numpy_helper.to_array(each), each.name))


def darken(model: onnx.ModelProto) -> None:
    """Halve the uint8 output and leave the float one alone."""
    (factor,) = [each for each in model.graph.initializer if numpy_helper.to_array(each).tolist() == 255]
    factor.CopyFrom(numpy_helper.from_array(np.array(128, np.float32), factor.name))


@pytest.mark.parametrize("recipe", TINY, ids=lambda recipe: recipe.id)
class TestFolder:
    def test_the_reader_accepts_it_and_every_file_is_in_the_manifest(self, recipe: Recipe, exported: Path) -> None:
        manifest = read(exported / recipe.id)
        assert (manifest.name, manifest.kind, manifest.latent.size) == (recipe.id, recipe.kind, 4)
        assert set(contents(exported / recipe.id)) == {*manifest.files, "model.json"}
        assert set(manifest.files) >= {"decoder.onnx", "encoder.onnx", "sliders.json", "metrics.json", "CARD.md"}
        assert set(manifest.files) >= {"strip.png", "card.png"}
        assert (manifest.encoder is not None and manifest.encoder.logvar is not None) == (recipe.kind == "vae")

    def test_what_it_draws_is_what_was_trained(self, recipe: Recipe, exported: Path, trained: Path) -> None:
        model = loaded(exported / recipe.id)
        z = np.random.default_rng(0).standard_normal((8, 4)).astype(np.float32)
        with torch.inference_mode():
            expected = torch.sigmoid(network(recipe, trained / recipe.id, "decoder")(torch.from_numpy(z)))
        np.testing.assert_allclose(model.decode(z), expected.permute(0, 2, 3, 1).numpy(), atol=5e-3)
        np.testing.assert_allclose(model.pixels(z).astype(np.float32), 255 * model.decode(z), atol=0.51)

    def test_its_data_set_is_the_test_pictures_encoded(self, recipe: Recipe, exported: Path) -> None:
        model = loaded(exported / recipe.id)
        points = np.load(exported / recipe.id / "sets" / "data.npy", allow_pickle=False)
        assert (points.shape, points.dtype) == ((200, 4), np.float16)
        pictures = forged("test").images.astype(np.float32) / 255.0
        np.testing.assert_allclose(points, model.encode(pictures).mean, atol=1e-3, rtol=1e-3)

    def test_its_sets_are_described_and_only_a_generator_has_samples(self, recipe: Recipe, exported: Path) -> None:
        sets = {each.name: each for each in read(exported / recipe.id).sets}
        assert sets["data"].default
        assert sets["data"].data == "forged-test"
        assert set(sets) == ({"data", "samples"} if recipe.kind == "gan" else {"data"})
        if recipe.kind == "gan":
            points = np.load(exported / recipe.id / "sets" / "samples.npy", allow_pickle=False)
            assert points.shape == (GENERATED, 4)
            assert abs(float(points.mean())) < 0.05
            assert float(points.std()) == pytest.approx(1, abs=0.05)
            assert sets["samples"].data is None

    def test_its_samplers_are_those_of_the_recipe_and_were_fitted_to_training_pictures(
        self, recipe: Recipe, exported: Path
    ) -> None:
        found = read(exported / recipe.id).samplers
        assert tuple(each.kind for each in found) == recipe.samplers
        for each in found:
            if each.file is not None:
                assert sampler_file.load(exported / recipe.id / each.file, each.kind, 4).draw(5, 0).shape == (5, 4)
        if recipe.kind != "gan":
            facts = json.loads((exported / recipe.id / "samplers" / "fit.json").read_text(encoding="utf-8"))
            assert facts["points"] == len(forged("train").images)

    def test_its_card_sliders_and_pictures_are_of_this_model(self, recipe: Recipe, exported: Path) -> None:
        place = exported / recipe.id
        figures = json.loads((place / "metrics.json").read_text(encoding="utf-8"))
        assert set(figures) == {"parity"}  # to measure is another command's
        assert 0 < figures["parity"]["decoder"] < 0.02
        text = (place / "CARD.md").read_text(encoding="utf-8")
        assert recipe.title in text
        assert f"{figures['parity']['decoder']:.4f}" in text
        found = json.loads((place / "sliders.json").read_text(encoding="utf-8"))["sliders"]
        assert sorted(each["dim"] for each in found) == [0, 1, 2, 3]
        assert all(each["low"] <= each["high"] for each in found)
        assert all((each["kl"] is not None) == (recipe.kind == "vae") for each in found)
        with Image.open(place / "card.png") as picture:
            assert picture.size == (2 * 28 * 16, 2 * 28 * 8)
        with Image.open(place / "strip.png") as picture:
            assert picture.size == (28 * 10, 28)

    def test_nothing_in_it_is_pickled_or_names_this_machine(
        self, recipe: Recipe, exported: Path, trained: Path
    ) -> None:
        words = [str(Path(__file__).parents[2]), str(Path.home()), str(trained), "stack_trace"]
        for name, content in contents(exported / recipe.id).items():
            assert [word for word in words if word.encode() in content] == [], name
            assert not name.endswith((".pt", ".pth", ".pkl", ".ckpt"))


class TestRefusal:
    @pytest.mark.parametrize("steps", [None, 2, 6])
    def test_before_training_is_finished_nothing_is_written(
        self, steps: int | None, trained: Path, tmp_path: Path
    ) -> None:
        runs = tmp_path / "runs"
        shutil.copytree(trained, runs)
        path = runs / GAN.id / "encoder" / "state.safetensors"
        content = path.read_bytes()
        assert content.count(b'"step":"7"') == 1
        path.write_bytes(content.replace(b'"step":"7"', f'"step":"{steps}"'.encode()))
        if steps is None:
            path.unlink()
        with pytest.raises(FileNotFoundError, match=f"tiny-gan is not trained: encoder stands at {steps or 0} of 6"):
            export(GAN, runs=runs, checkpoints=tmp_path / "checkpoints")
        assert not (tmp_path / "checkpoints").exists()

    def test_a_recipe_that_was_never_trained(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match="tiny-vae is not trained: autoencoder stands at 0 of 6 steps"):
            export(VAE, runs=tmp_path, checkpoints=tmp_path / "checkpoints")

    def test_a_damaged_state_and_one_of_other_networks(self, trained: Path, tmp_path: Path) -> None:
        runs = tmp_path / "runs"
        shutil.copytree(trained / VAE.id, runs / VAE.id)
        wider = {"encoder": replace(VAE.stages[0].nets["encoder"], arguments={"outputs": 8, "width": 8, "hidden": 16})}
        changed = replace(VAE, stages=(replace(VAE.stages[0], nets={**VAE.stages[0].nets, **wider}),))
        with pytest.raises(DamagedState, match="no weights that fit the encoder of this recipe"):
            export(changed, runs=runs, checkpoints=tmp_path / "checkpoints")
        path = runs / VAE.id / "autoencoder" / "state.safetensors"
        path.write_bytes(path.read_bytes()[:-1])
        with pytest.raises(DamagedState, match="not a whole training state"):
            export(VAE, runs=runs, checkpoints=tmp_path / "checkpoints")
        assert not (tmp_path / "checkpoints").exists()

    @pytest.mark.parametrize(
        ("graph", "change", "sentence"),
        [
            ("decoder", spoil, r"The decoder's file differs from torch by up to 0\.\d+ in a picture"),
            ("decoder", darken, r"The decoder's file differs from torch by up to \d+ gray levels in its pixels"),
            ("encoder", spoil, r"The encoder's file differs from torch by up to \d+\.\d+ in a latent"),
        ],
        ids=["decoder", "pixels", "encoder"],
    )
    def test_a_file_that_does_something_else_is_a_mismatch_and_nothing_is_written(
        self, graph: str, change: Change, sentence: str, reuse: Callable[..., None], trained: Path, tmp_path: Path
    ) -> None:
        reuse(**{graph: change})
        with pytest.raises(Mismatch, match=sentence):
            export(VAE, runs=trained, checkpoints=tmp_path / "checkpoints")
        assert not (tmp_path / "checkpoints").exists()


class TestWhole:
    @pytest.fixture
    def checkpoints(self, exported: Path, tmp_path: Path, reuse: Callable[..., None]) -> Path:
        reuse()
        shutil.copytree(exported, tmp_path / "checkpoints")
        return tmp_path / "checkpoints"

    def test_exporting_again_replaces_the_folder_and_gives_the_same(
        self, checkpoints: Path, exported: Path, trained: Path
    ) -> None:
        (checkpoints / VAE.id / "sets" / "stray.npy").write_bytes(b"from an older export")
        (checkpoints / VAE.id / "decoder.onnx").write_bytes(b"broken")
        manifest = export(VAE, runs=trained, checkpoints=checkpoints)
        assert contents(checkpoints) == contents(exported)
        assert read(checkpoints / VAE.id) == manifest
        assert model_hash(manifest) == model_hash(read(exported / VAE.id))
        assert sorted(path.name for path in checkpoints.iterdir()) == ["_data", "tiny-ae", "tiny-gan", "tiny-vae"]

    def test_a_failure_at_the_end_leaves_the_old_folder(
        self, checkpoints: Path, trained: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = contents(checkpoints)
        other = read(checkpoints / GAN.id)
        monkeypatch.setattr(folder, "read", lambda _: other)  # of any folder, so the metrics come from there, too
        with pytest.raises(Mismatch, match="reads back differently"):
            export(VAE, runs=trained, checkpoints=checkpoints)
        assert contents(checkpoints) == before

    def test_what_was_measured_is_kept_while_the_model_does_the_same(
        self, checkpoints: Path, trained: Path, reuse: Callable[..., None]
    ) -> None:
        place = checkpoints / VAE.id
        measured = json.loads((place / "metrics.json").read_text(encoding="utf-8")) | {"remark": {"value": 0.5}}
        (place / "metrics.json").write_text(json.dumps(measured), encoding="utf-8")
        document = json.loads((place / "model.json").read_text(encoding="utf-8"))
        document["files"]["metrics.json"] = hashlib.sha256((place / "metrics.json").read_bytes()).hexdigest()
        (place / "model.json").write_text(json.dumps(document), encoding="utf-8")

        def figures() -> dict[str, Any]:
            found: dict[str, Any] = json.loads((place / "metrics.json").read_text(encoding="utf-8"))
            return found

        export(VAE, runs=trained, checkpoints=checkpoints)
        assert figures() == measured
        reuse(encoder=hardly)
        export(VAE, runs=trained, checkpoints=checkpoints)
        assert set(figures()) == {"parity"}

    def test_the_test_pictures_are_shared_kept_when_right_and_made_anew_when_damaged(
        self, checkpoints: Path, trained: Path
    ) -> None:
        place = checkpoints / "_data" / "forged-test"
        np.testing.assert_array_equal(PictureSet(place).images, forged("test").images)
        kept = (place / "set.json").stat().st_ino
        export(VAE, runs=trained, checkpoints=checkpoints)
        assert (place / "set.json").stat().st_ino == kept
        (place / "pictures.png").write_bytes(b"half")
        export(VAE, runs=trained, checkpoints=checkpoints)
        np.testing.assert_array_equal(PictureSet(place).images, forged("test").images)

    def test_the_manifest_vouches_for_every_byte(self, checkpoints: Path) -> None:
        files = read(checkpoints / VAE.id).files
        for name, digest in files.items():
            assert hashlib.sha256((checkpoints / VAE.id / name).read_bytes()).hexdigest() == digest
