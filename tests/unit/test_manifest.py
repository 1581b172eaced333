"""What a manifest may say, that it comes back unchanged, and the sentence for everything that it may not."""

from __future__ import annotations

import copy
import json
import pickle
from dataclasses import fields, is_dataclass
from typing import Any, get_type_hints

import pytest
from hypothesis import given, settings

from models.manifest import FORMAT, Manifest, ManifestError, parse, schema, to_document, upgrade
from tests.unit.manifests import FULL, SMALL, changed, documents, leaves


def refusal(document: Any) -> ManifestError:
    with pytest.raises(ManifestError) as caught:
        parse(document)
    return caught.value


def test_a_document_with_every_key_comes_back_unchanged() -> None:
    before = copy.deepcopy(FULL)
    assert to_document(parse(FULL)) == FULL
    assert before == FULL


def test_the_full_document_has_every_key_there_is() -> None:
    """Else the test above, and those that walk over its leaves, would pass over a key."""

    def check(kind: type, document: dict[str, Any]) -> None:
        assert {each.name for each in fields(kind)} == set(document), kind
        for name, hint in get_type_hints(kind).items():
            inner = [each for each in (hint, *getattr(hint, "__args__", ())) if is_dataclass(each)]
            value = document[name][0] if isinstance(document[name], list) and inner else document[name]
            if inner and value is not None:
                assert isinstance(inner[0], type)
                check(inner[0], value)

    check(Manifest, FULL)
    check(schema.Normalize, FULL["encoder"]["normalize"])


@given(documents())
@settings(max_examples=150, deadline=None)
def test_parse_and_to_document_are_inverse(document: dict[str, Any]) -> None:
    manifest = parse(document)
    written = to_document(manifest)
    assert parse(written) == manifest
    assert parse(json.loads(json.dumps(written))) == manifest
    # What was said is still said; only defaults were added.
    for path, value in leaves(document):
        place: Any = written
        for key in path.split(".", 1) if path.startswith("files.") else path.split("."):
            place = place[int(key) if isinstance(place, list) else key]
        same_length = isinstance(value, list) and len(place) == len(value)
        assert isinstance(value, dict) or same_length or place == value, path


def test_defaults() -> None:
    manifest = parse(SMALL)
    assert manifest.title == "small"
    assert manifest.description == ""
    assert manifest.image.ground == (0,)
    assert manifest.latent.layout == "flat"
    assert (manifest.encoder, manifest.spaces, manifest.conditions, manifest.sets) == (None, None, (), ())
    assert manifest.deterministic
    decoder = schema.Decoder(
        "decoder.onnx", "z", "image", None, "NCHW", False, (0.0, 1.0), None, "none", "float32", "dynamic", None
    )
    assert manifest.decoder == decoder


def test_the_defaults_of_conditions_spaces_and_sets() -> None:
    document = SMALL | {
        "conditions": [
            {"id": "a", "type": "class_index", "classes": 2, "decoder_input": "a"},
            {"id": "b", "type": "one_hot", "classes": 2, "decoder_input": "b"},
        ],
        "spaces": {"default": "z", "noise_inputs": [{"input": "n", "shape": [1]}]},
        "sets": [{"name": "data", "latents": "decoder.onnx", "default": True}],
        "samplers": [{"name": "prior", "kind": "prior"}],
    }
    manifest = parse(document)
    assert [each.dtype for each in manifest.conditions] == ["int64", "float32"]
    assert manifest.conditions[0].labels == ("0", "1")
    assert manifest.conditions[0].encoder_input is None
    assert manifest.spaces == schema.Spaces("z", None, None, None, False, (schema.NoiseInput("n", (1,), True),))
    assert manifest.sets == (schema.PointSet("data", "data", "decoder.onnx", "z", None, True),)
    assert manifest.samplers == (schema.Sampler("prior", "prior", "prior", None),)


HUGE = 10**400  # a JSON number that no float holds
WRONG: dict[type, list[Any]] = {
    str: [1, True, [], {}, "\x00", "\ud800"],
    bool: [0, 1, "true", [], {}],
    int: [True, 1.5, "1", [], {}, HUGE, -HUGE],
    float: [True, "1", [], {}, HUGE, -HUGE],
    list: [1, True, "a", {}],
    dict: [1, True, "a", []],
    type(None): [True, 1.5, [], ["a"]],
}
NULLABLE = {
    *("encoder", "encoder.normalize", "encoder.mean.start", "encoder.mean.step", "encoder.logvar"),
    *("encoder.logvar.start", "encoder.logvar.step", "decoder", "decoder.pixels", "decoder.channels"),
    *("conditions.0.encoder_input", "conditions.0.decoder_input"),
    *("spaces", "spaces.mapping", "spaces.w", "spaces.mean", "sets.0.data"),
    "samplers.0.file",
}


@pytest.mark.parametrize("path", [path for path, _ in leaves(FULL)])
def test_a_value_of_another_type_is_refused_by_the_name_of_its_field(path: str) -> None:
    kind = type(dict(leaves(FULL))[path])
    wrongs = WRONG[kind] + ([] if path in NULLABLE or kind is type(None) else [None])
    if path in ("encoder.batch", "spaces.mapping.batch"):
        wrongs = [0, *wrongs[1:]]  # 1 is a batch
    for wrong in wrongs:
        error = refusal(changed(FULL, path, wrong))
        assert error.field == path, (wrong, error)
        assert str(error).startswith((f"{path} must be ", "format is 1")), error
        assert len(str(error)) < 300


@pytest.mark.parametrize(
    ("path", "value", "field", "words"),
    [
        ("format", 2, "format", "is 2, but this version reads formats up to 1"),
        ("format", 0, "format", "whole number"),
        ("format", "1", "format", "whole number"),
        ("format", True, "format", "whole number"),
        ("name", "Has Spaces", "name", "lower-case"),
        ("name", "../up", "name", "lower-case"),
        ("name", "x" * 65, "name", "lower-case"),
        ("title", "a\x07b", "title", "control characters"),
        ("title", "x" * 201, "title", "at most 200"),
        ("kind", "VAE", "kind", "one of pca, ae, vae"),
        ("provenance.licence", " ", "provenance.licence", "non-empty"),
        ("files", {"../decoder.onnx": "0" * 64}, "files", "inside the model's folder"),
        ("files", {"/etc/passwd": "0" * 64}, "files", "inside the model's folder"),
        ("files", {"a/../../b": "0" * 64}, "files", "inside the model's folder"),
        ("files", {"a\\b": "0" * 64}, "files", "inside the model's folder"),
        ("files", {"C:b": "0" * 64}, "files", "inside the model's folder"),
        ("files", {"a//b": "0" * 64}, "files", "inside the model's folder"),
        ("files", {"./a": "0" * 64}, "files", "inside the model's folder"),
        ("files", {"a\nb": "0" * 64}, "files", "inside the model's folder"),
        ("files", {"": "0" * 64}, "files", "inside the model's folder"),
        ("files", {"model.json": "0" * 64}, "files", "own hash"),
        ("files", {"decoder.onnx": "0" * 63}, "files.decoder.onnx", "SHA-256"),
        ("files", {"decoder.onnx": "A" * 64}, "files.decoder.onnx", "SHA-256"),
        ("image.channels", 2, "image.channels", 'must be 3 for colour "rgb"'),
        ("image.height", 0, "image.height", "from 1 to"),
        ("image.width", 10**9, "image.width", "from 1 to"),
        ("image.colour", "bgr", "image.colour", "gray, rgb, rgba"),
        ("image.ground", [0], "image.ground", "must have 3 entries"),
        ("image.ground", [0, 0, 256], "image.ground.2", "from 0 to 255"),
        ("latent.shape", [32, 1, 1], "latent.shape", 'must have 1 entries for layout "flat"'),
        ("latent.shape", [0], "latent.shape.0", "from 1 to"),
        ("latent.layout", "CHW", "latent.shape", "must have 3 entries"),
        ("latent", {"shape": [1024] * 3, "layout": "CHW", "prior": "normal"}, "latent.shape", "in all"),
        ("latent.prior", "gaussian", "latent.prior", "normal, uniform, sphere, empirical"),
        ("encoder.file", "other.onnx", "encoder.file", 'not listed under "files"'),
        ("decoder.file", "../decoder.onnx", "decoder.file", 'not listed under "files"'),
        ("spaces.mapping.file", "m", "spaces.mapping.file", 'not listed under "files"'),
        ("spaces.mean", "m", "spaces.mean", 'not listed under "files"'),
        ("sets.0.latents", "m", "sets.0.latents", 'not listed under "files"'),
        ("encoder.layout", "NCWH", "encoder.layout", "NCHW, NHWC, HWC, flat, flat_hwc"),
        ("encoder.range", [-1, 1], "encoder.normalize", "range must be [0, 1]"),
        ("encoder.normalize.mean", [0.5], "encoder.normalize.mean", "(3)"),
        ("encoder.normalize.std", [0.5, 0.5, 0.0], "encoder.normalize.std", "above 0"),
        ("encoder.channels", 1, "encoder.normalize.mean", "(1)"),
        ("encoder.dtype", "bfloat16", "encoder.dtype", "float16"),
        ("encoder.batch", "none", "encoder.batch", "has a batch axis"),
        ("encoder.batch", 0, "encoder.batch", "1 to 4096"),
        ("encoder.mean.output", "", "encoder.mean.output", "non-empty"),
        ("encoder.mean.step", 0, "encoder.mean.step", "from 1 to"),
        ("encoder.logvar.start", 1.0, "encoder.logvar.start", "whole number"),
        ("decoder.layout", "HWC", "decoder.batch", "must be 1 for layout HWC"),
        ("decoder.range", [1, 1], "decoder.range", "two different"),
        ("decoder.range", [0, float("nan")], "decoder.range.1", "must be a number"),
        ("decoder.range", [0, float("inf")], "decoder.range.1", "must be a number"),
        ("decoder.range", [0], "decoder.range", "must have 2 entries"),
        ("decoder.activation", "tanh", "decoder.activation", "none, sigmoid"),
        ("decoder.activation", "sigmoid", "decoder.activation", "range must be [0, 1]"),
        ("decoder.channels", 2, "decoder.channels", "1 (gray), 3 (rgb) or 4 (rgba)"),
        ("decoder.pixels", "image", "decoder.pixels", "output of the decoder already"),
        ("conditions.0.type", "embedding", "conditions.0.type", "class_index, one_hot"),
        ("conditions.0.classes", 3, "conditions.0.labels", "must have 3 entries"),
        ("conditions.0.labels", ["dark", ""], "conditions.0.labels.1", "non-empty text"),
        ("conditions.0.decoder_input", "w", "conditions.0.decoder_input", "input of the decoder already"),
        ("conditions.0.encoder_input", "image", "conditions.0.encoder_input", "input of the encoder already"),
        ("spaces.noise_inputs.0.input", "label", "spaces.noise_inputs.0.input", "input of the decoder already"),
        ("conditions", [FULL["conditions"][0]] * 2, "conditions.1.encoder_input", "already"),
        ("spaces.default", "w++", "spaces.default", "z, w, w+"),
        ("spaces.w", None, "spaces.w", "given together"),
        ("spaces.mapping", None, "spaces.mapping", "given together"),
        ("spaces.mapping.batch", "none", "spaces.mapping.batch", '"dynamic"'),
        ("spaces.mapping.dtype", "uint8", "spaces.mapping.dtype", "float32"),
        ("spaces.mean", None, "spaces.truncation", "spaces.mean is null"),
        ("spaces.noise_inputs.0.shape", [], "spaces.noise_inputs.0.shape", "1 to 4 entries"),
        ("spaces", None, "sets.0.space", 'is "w", but the model has z'),
        ("sets.0.name", "reference", "sets.0.name", "always means the default set"),
        ("sets.0.default", False, "sets", "exactly one"),
        ("sets", [FULL["sets"][0]] * 2, "sets.1.name", "name of a set already"),
        ("samplers.0.kind", "gmm", "samplers.0.kind", "one of prior, gaussian, pca-gaussian, mixture, two-stage"),
        ("samplers.0.kind", "prior", "samplers.0.name", 'must be "prior" for the kind prior'),
        ("samplers.0.name", "prior", "samplers.0.name", "for no other"),
        ("samplers.0.file", None, "samplers.0.file", "needs its numbers"),
        ("samplers.0.file", "m", "samplers.0.file", 'not listed under "files"'),
        ("samplers", [FULL["samplers"][0]] * 2, "samplers.1.name", "name of a sampler already"),
        (
            "samplers.0",
            {"name": "prior", "kind": "prior", "file": "samplers/mixture.npz"},
            "samplers.0.file",
            "the prior is known",
        ),
        ("deterministic", 1, "deterministic", "true or false"),
        ("deterministic", None, "deterministic", "true or false"),
    ],
)
def test_the_sentence_for_what_is_wrong(path: str, value: Any, field: str, words: str) -> None:
    error = refusal(changed(FULL, path, value))
    assert error.field == field
    assert words in str(error)
    assert str(error).startswith(f"{field} ")
    assert len(str(error)) < 300


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"decoder": None}, "decoder", "at least one of the two"),
        (
            {"conditions": [{"id": "a", "type": "one_hot", "classes": 2}]},
            "conditions.0.decoder_input",
            "must enter a graph",
        ),
        (
            {"conditions": [{"id": "a", "type": "one_hot", "classes": 2, "encoder_input": "y"}]},
            "conditions.0.encoder_input",
            "no encoder",
        ),
        ({"spaces": {"default": "w"}}, "spaces.default", "the model has z"),
        ({"spaces": {"default": "z", "mean": "decoder.onnx"}}, "spaces.mean", "the model has no w"),
    ],
)
def test_what_a_small_model_cannot_say(changes: dict[str, Any], field: str, words: str) -> None:
    error = refusal(SMALL | changes)
    assert error.field == field
    assert words in str(error)


def test_what_an_encoder_alone_cannot_say() -> None:
    alone = FULL | {"decoder": None, "conditions": []}
    assert refusal(alone).field == "spaces"
    alone |= {"spaces": None, "sets": [], "conditions": FULL["conditions"]}
    assert refusal(alone).field == "conditions.0.decoder_input"


def test_two_conditions_of_one_name() -> None:
    one = {"id": "a", "type": "one_hot", "classes": 2, "decoder_input": "b"}
    error = refusal(SMALL | {"conditions": [one, one | {"decoder_input": "c"}]})
    assert (error.field, "id of a condition already" in str(error)) == ("conditions.1.id", True)


OBJECTS = [path for path, value in leaves(FULL) if isinstance(value, dict) and path != "files"]


@pytest.mark.parametrize("path", ["", *OBJECTS])
def test_an_unknown_key_is_refused_everywhere(path: str) -> None:
    full = f"{path}.surprise" if path else "surprise"
    error = refusal(changed(FULL, full, 1))
    assert error.field == full
    assert "not a key of the model format" in str(error)


def test_a_misspelt_key_is_guessed() -> None:
    assert 'did you mean "layout"?' in str(refusal(changed(FULL, "decoder.layuot", "NCHW")))


OPTIONAL = {
    "": {"title", "description", "encoder", "decoder", "conditions", "spaces", "deterministic", "sets", "samplers"},
    "provenance": {"source", "data_licence", "data_source", "citation"},
    "image": {"ground"},
    "latent": {"layout"},
    "encoder": {"layout", "transpose_hw", "range", "normalize", "dtype", "batch", "channels", "logvar"},
    "encoder.normalize": set(),
    "encoder.mean": {"start", "stop", "step"},
    "decoder": {"pixels", "layout", "transpose_hw", "range", "normalize", "activation", "dtype", "batch", "channels"},
    "conditions.0": {"labels", "dtype", "encoder_input", "decoder_input"},
    "spaces": {"mapping", "w", "mean", "truncation", "noise_inputs"},
    "spaces.mapping": {"dtype", "batch"},
    "spaces.w": set(),
    "spaces.noise_inputs.0": {"batched"},
    "sets.0": {"title", "space", "data", "default"},
    "samplers.0": {"title", "file"},
}


@pytest.mark.parametrize("path", OPTIONAL)
def test_which_keys_must_be_there(path: str) -> None:
    """A key is missed by its name if and only if it is not optional."""
    for key in dict(leaves(FULL)).get(path, FULL):
        document = copy.deepcopy(FULL)
        place: Any = document
        for step in path.split(".") if path else []:
            place = place[int(step) if isinstance(place, list) else step]
        del place[key]
        full = f"{path}.{key}" if path else key
        try:
            parse(document)
        except ManifestError as error:
            missing = str(error).startswith(f"{full} is missing")
        else:
            missing = False
        assert missing == (key not in OPTIONAL[path]), full


@pytest.mark.parametrize("document", [None, [], "text", 1])
def test_something_that_is_no_object(document: Any) -> None:
    assert refusal(document).field == "model.json"


def test_an_older_format_is_upgraded_one_step_at_a_time() -> None:
    steps = {
        1: lambda document: {**document, "steps": [1]},
        2: lambda document: {**document, "steps": [*document["steps"], 2]},
    }
    old = {"format": 1, "name": "old"}
    assert upgrade(old, steps=steps, newest=3) == {"format": 3, "name": "old", "steps": [1, 2]}
    assert old == {"format": 1, "name": "old"}
    assert upgrade({"format": 3}, steps=steps, newest=3) == {"format": 3}
    with pytest.raises(ManifestError, match="no way from that format"):
        upgrade(old, steps={}, newest=2)
    with pytest.raises(ManifestError, match="format is missing"):
        upgrade({})


def test_every_step_up_to_the_format_of_today_exists() -> None:
    for old in range(1, FORMAT):
        assert upgrade({"format": old})["format"] == FORMAT


def test_an_error_survives_the_way_out_of_a_worker_process() -> None:
    error = refusal(changed(FULL, "kind", "x"))
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes, as a process pool makes them
    assert (str(again), again.field) == (str(error), error.field)
