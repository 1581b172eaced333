"""Model folders on disk: files checked by their hash, the model's own hash, and what a hostile folder may not do."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from models.manifest import Manifest, ManifestError, load_arrays, model_hash, parse, read, to_document
from tests.unit.manifests import FULL, SHA, SMALL, changed, documents


def write(folder: Path, document: dict[str, Any], contents: dict[str, bytes] | None = None) -> dict[str, Any]:
    """A model folder with those files and their true hashes; answers what was written to model.json."""
    contents = contents or {name: name.encode() for name in document["files"]}
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    document = document | {"files": {name: hashlib.sha256(each).hexdigest() for name, each in contents.items()}}
    (folder / "model.json").write_text(json.dumps(document), encoding="utf-8")
    return document


def refusal(folder: Path) -> ManifestError:
    with pytest.raises(ManifestError) as caught:
        read(folder)
    return caught.value


def test_a_folder_is_read(tmp_path: Path) -> None:
    document = write(tmp_path, FULL)
    assert read(tmp_path) == parse(document)


def test_a_relative_folder_and_a_linked_one_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "real").mkdir()
    write(tmp_path / "real", SMALL)
    (tmp_path / "link").symlink_to("real")
    monkeypatch.chdir(tmp_path)
    assert read(Path("link")) == read(Path("real"))


@pytest.mark.parametrize("position", [0, 5, 11])
def test_one_flipped_bit_in_a_file_is_found(tmp_path: Path, position: int) -> None:
    """Most damaged ONNX files still load and run, so only the hash can tell."""
    write(tmp_path, SMALL)
    content = bytearray((tmp_path / "decoder.onnx").read_bytes())
    content[position] ^= 1
    (tmp_path / "decoder.onnx").write_bytes(content)
    error = refusal(tmp_path)
    assert error.field == "files.decoder.onnx"
    assert "does not match the file" in str(error)


def test_a_file_larger_than_one_read(tmp_path: Path) -> None:
    content = bytes(3_000_000)
    write(tmp_path, SMALL, {"decoder.onnx": content})
    read(tmp_path)
    (tmp_path / "decoder.onnx").write_bytes(content[:-1] + b"\x01")
    assert refusal(tmp_path).field == "files.decoder.onnx"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    write(tmp_path, FULL)
    (tmp_path / "sets/data.npy").unlink()
    error = refusal(tmp_path)
    assert (error.field, "missing" in str(error)) == ("files.sets/data.npy", True)
    (tmp_path / "sets/data.npy").mkdir()
    assert refusal(tmp_path).field == "files.sets/data.npy"


def test_a_link_that_leaves_the_folder_is_refused(tmp_path: Path) -> None:
    """The file outside is there and its hash is right, so nothing else would stop it."""
    folder = tmp_path / "model"
    folder.mkdir()
    write(folder, SMALL)
    (folder / "decoder.onnx").rename(tmp_path / "decoder.onnx")
    (folder / "decoder.onnx").symlink_to(tmp_path / "decoder.onnx")
    error = refusal(folder)
    assert (error.field, "outside the model's folder" in str(error)) == ("files.decoder.onnx", True)


def test_a_link_inside_the_folder_is_no_harm(tmp_path: Path) -> None:
    write(tmp_path, SMALL)
    (tmp_path / "decoder.onnx").rename(tmp_path / "real.onnx")
    (tmp_path / "decoder.onnx").symlink_to("real.onnx")
    read(tmp_path)


@pytest.mark.parametrize("path", ["../decoder.onnx", "sets/../../decoder.onnx"])
def test_a_path_that_leaves_the_folder_is_refused(tmp_path: Path, path: str) -> None:
    folder = tmp_path / "model"
    (folder / "sets").mkdir(parents=True)
    (tmp_path / "decoder.onnx").write_bytes(b"x")
    document = SMALL | {"files": {path: hashlib.sha256(b"x").hexdigest()}}
    document["decoder"] = document["decoder"] | {"file": path}
    (folder / "model.json").write_text(json.dumps(document), encoding="utf-8")
    error = refusal(folder)
    assert (error.field, "inside the model's folder" in str(error)) == ("files", True)


@pytest.mark.parametrize(
    ("content", "field", "words"),
    [
        (None, "model.json", "missing"),
        (b"", "model.json", "not valid JSON"),
        (b"{", "model.json", "not valid JSON"),
        (b"\xff\xfe{}", "model.json", "not valid JSON"),
        (b"[" * 100_000, "model.json", "not valid JSON"),
        (b'{"format": 1' + b"0" * 5000 + b"}", "model.json", "not valid JSON"),
        (b'{"format": NaN}', "model.json", "NaN is not a JSON number"),
        (b'{"format": Infinity}', "model.json", "Infinity is not a JSON number"),
        (b"[]", "model.json", "an object"),
        (b'{"format": 1, "format": 1}', "format", "given twice"),
        (b'{"format": 1, "image": {"width": 1, "width": 2}}', "width", "given twice"),
        (b" " * (5 << 20), "model.json", "larger than 4 MB"),
        (b'{"format": 2}', "format", "up to 1"),
    ],
)
def test_a_model_json_that_cannot_be_used(tmp_path: Path, content: bytes | None, field: str, words: str) -> None:
    if content is not None:
        (tmp_path / "model.json").write_bytes(content)
    error = refusal(tmp_path)
    assert error.field == field
    assert words in str(error)


def test_no_folder_at_all(tmp_path: Path) -> None:
    assert refusal(tmp_path / "nothing").field == "model.json"


def style_folder(folder: Path, array: Any) -> Manifest:
    """FULL with that array as the mean of w, which has 128 values."""
    contents = {name: name.encode() for name in FULL["files"]}
    np.save(folder / "w_mean.npy", array, allow_pickle=True)
    contents["w_mean.npy"] = (folder / "w_mean.npy").read_bytes()
    write(folder, FULL, contents)
    return read(folder)


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.float64])
def test_the_mean_of_w_is_loaded(tmp_path: Path, dtype: Any) -> None:
    mean = np.linspace(-1, 1, 128, dtype=dtype)
    arrays = load_arrays(tmp_path, style_folder(tmp_path, mean))
    assert list(arrays) == ["w_mean.npy"]
    assert arrays["w_mean.npy"].dtype == np.float32
    np.testing.assert_array_equal(arrays["w_mean.npy"], mean.astype(np.float32))


@pytest.mark.parametrize(
    "array",
    [np.zeros(127), np.zeros((1, 128)), np.zeros(128, np.int64), np.full(128, None)],
    ids=["short", "two axes", "whole numbers", "pickled objects"],
)
def test_another_mean_of_w_is_refused(tmp_path: Path, array: Any) -> None:
    manifest = style_folder(tmp_path, array)
    with pytest.raises(ManifestError) as caught:
        load_arrays(tmp_path, manifest)
    assert caught.value.field == "spaces.mean"


def test_what_is_no_numpy_file_is_refused_and_models_without_w_need_none(tmp_path: Path) -> None:
    write(tmp_path, FULL)
    with pytest.raises(ManifestError, match="not a plain numpy file"):
        load_arrays(tmp_path, read(tmp_path))
    assert load_arrays(tmp_path, parse(SMALL)) == {}


OTHER = "f" * 64
UNSEEN = {
    "name": "other",
    "title": "Other",
    "description": "Other.",
    "kind": "other",
    "provenance.licence": "MIT",
    "files.CARD.md": OTHER,
    "files.sets/data.npy": OTHER,
    "conditions.0.labels": ["a", "b"],
    "deterministic": False,
    "sets.0.title": "Other",
    "sets": [],
}
SEEN = {
    "files.encoder.onnx": OTHER,
    "files.decoder.onnx": OTHER,
    "files.mapping.onnx": OTHER,
    "files.w_mean.npy": OTHER,
    "image.width": 47,
    "image.ground": [0, 0, 0],
    "latent.prior": "uniform",
    "encoder": None,
    "encoder.layout": "NCHW",
    "encoder.normalize.std": [0.1, 0.1, 0.1],
    "encoder.mean.step": 3,
    "decoder.range": [0.0, 1.0],
    "decoder.transpose_hw": False,
    "decoder.batch": 1,
    "conditions.0.type": "class_index",
    "spaces.default": "w+",
    "spaces.truncation": False,
    "spaces.noise_inputs": [],
}


def named_apart() -> dict[str, Any]:
    """FULL with another hash for each file, so that one cannot stand for another."""
    files = {name: hashlib.sha256(name.encode()).hexdigest() for name in FULL["files"]}
    return FULL | {"files": files}


@pytest.mark.parametrize("path", UNSEEN)
def test_texts_and_sets_leave_the_model_hash_alone(path: str) -> None:
    assert model_hash(parse(changed(named_apart(), path, UNSEEN[path]))) == model_hash(parse(named_apart()))


@pytest.mark.parametrize("path", SEEN)
def test_what_the_model_does_changes_the_model_hash(path: str) -> None:
    document = changed(named_apart(), path, SEEN[path])
    if path == "encoder":
        document["conditions"][0]["encoder_input"] = None
    assert model_hash(parse(document)) != model_hash(parse(named_apart()))


def test_a_graph_under_another_name_is_the_same_model() -> None:
    document = named_apart()
    document["files"]["synthesis.onnx"] = document["files"].pop("decoder.onnx")
    document["decoder"] = document["decoder"] | {"file": "synthesis.onnx"}
    assert model_hash(parse(document)) == model_hash(parse(named_apart()))


def test_external_data_of_a_graph_is_part_of_the_model() -> None:
    hashes = set()
    for digest in (SHA, OTHER):
        document = named_apart()
        document["files"]["decoder.onnx.data"] = digest
        hashes.add(model_hash(parse(document)))
    assert len(hashes | {model_hash(parse(named_apart()))}) == 3


def test_numbers_of_one_value_are_one_model() -> None:
    assert model_hash(parse(changed(FULL, "decoder.range", [-1, 1]))) == model_hash(parse(FULL))
    zeros = [model_hash(parse(changed(FULL, "decoder.range", [zero, 1.0]))) for zero in (0, 0.0, -0.0)]
    assert len(set(zeros)) == 1


def test_the_model_hash_never_changes_from_one_version_to_the_next() -> None:
    """Links and kept results carry it. If this fails on purpose, a new format is due."""
    assert model_hash(parse(FULL)) == "05c32aa2c4be7e3c"


@given(documents())
@settings(max_examples=50, deadline=None)
def test_the_model_hash_is_16_hex_digits_and_follows_the_facts_not_their_order(document: dict[str, Any]) -> None:
    manifest = parse(document)
    written = to_document(manifest)
    turned = {key: written[key] for key in reversed(written)}
    turned["files"] = dict(reversed(written["files"].items()))
    assert re.fullmatch("[0-9a-f]{16}", model_hash(manifest))
    assert model_hash(parse(turned)) == model_hash(manifest)
