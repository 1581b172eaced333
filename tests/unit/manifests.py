"""Documents of the model format for tests: one with every key, and a Hypothesis strategy for any valid one."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from models.manifest import schema

SHA = "0123456789abcdef" * 4

FULL: dict[str, Any] = {
    "format": 1,
    "name": "faces-style",
    "title": "Faces",
    "description": "A style-based generator with everything that the format can say.",
    "kind": "stylegan",
    "provenance": {
        "dataset": "faces",
        "licence": "Apache-2.0",
        "source": "models/train.py",
        "data_licence": "CC BY 4.0",
        "data_source": "drawn by models/data/faces.py",
        "citation": "None.",
    },
    "files": dict.fromkeys(
        (
            "encoder.onnx",
            "decoder.onnx",
            "mapping.onnx",
            "w_mean.npy",
            "sets/data.npy",
            "samplers/mixture.npz",
            "CARD.md",
        ),
        SHA,
    ),
    "image": {"channels": 3, "height": 64, "width": 48, "colour": "rgb", "ground": [255, 0, 7]},
    "latent": {"shape": [32], "layout": "flat", "prior": "normal"},
    "encoder": {
        "file": "encoder.onnx",
        "input": "image",
        "layout": "NHWC",
        "transpose_hw": False,
        "range": [0.0, 1.0],
        "normalize": {"mean": [0.5, 0.4, 0.3], "std": [0.2, 0.2, 0.1]},
        "dtype": "float32",
        "batch": "dynamic",
        "channels": None,
        "mean": {"output": "stats", "start": 0, "stop": None, "step": 2},
        "logvar": {"output": "stats", "start": 1, "stop": None, "step": 2},
    },
    "decoder": {
        "file": "decoder.onnx",
        "input": "w",
        "output": "image",
        "pixels": "pixels",
        "layout": "NCHW",
        "transpose_hw": True,
        "range": [-1.0, 1.0],
        "normalize": None,
        "activation": "none",
        "dtype": "float16",
        "batch": 4,
        "channels": 4,
    },
    "conditions": [
        {
            "id": "hair",
            "type": "one_hot",
            "classes": 2,
            "labels": ["dark", "light"],
            "dtype": "float32",
            "encoder_input": "y",
            "decoder_input": "label",
        }
    ],
    "spaces": {
        "default": "w",
        "mapping": {"file": "mapping.onnx", "input": "z", "output": "w", "dtype": "float32", "batch": "dynamic"},
        "w": {"size": 128, "layers": 10, "plus": True},
        "mean": "w_mean.npy",
        "truncation": True,
        "noise_inputs": [{"input": "noise0", "shape": [1, 4, 4], "batched": True}],
    },
    "deterministic": True,
    "sets": [
        {
            "name": "data",
            "title": "1,000 faces, encoded",
            "latents": "sets/data.npy",
            "space": "w",
            "data": "faces-test",
            "default": True,
        }
    ],
    "samplers": [{"name": "mixture", "kind": "mixture", "title": "Mixture of 10", "file": "samplers/mixture.npz"}],
}

# The least that a manifest can say.
SMALL: dict[str, Any] = {
    "format": 1,
    "name": "small",
    "kind": "other",
    "provenance": {"dataset": "none", "licence": "MIT"},
    "files": {"decoder.onnx": SHA},
    "image": {"channels": 1, "height": 28, "width": 28, "colour": "gray"},
    "latent": {"shape": [2], "prior": "normal"},
    "decoder": {"file": "decoder.onnx", "input": "z", "output": "image"},
}


def changed(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with another value at a dotted path; file names have dots, so that `files/x.onnx` has a slash first."""
    result = copy.deepcopy(document)
    place: Any = result
    *parents, last = keys(path)
    for key in parents:
        place = place[int(key) if isinstance(place, list) else key]
    place[int(last) if isinstance(place, list) else last] = value
    return result


def keys(path: str) -> list[str]:
    return path.split(".", 1) if path.startswith("files.") else path.split(".")


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(dotted path, value) of everything in a document, objects and lists too, but not the document itself."""
    if path:
        yield path, value
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from leaves(each, f"{path}.{key}" if path else str(key))


def _name() -> st.SearchStrategy[str]:
    return st.from_regex(r"[a-z0-9][a-z0-9._-]{0,12}", fullmatch=True)


def _text(least: int = 1) -> st.SearchStrategy[str]:
    letters = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))
    return st.text(letters, min_size=least, max_size=30).filter(lambda text: not least or bool(text.strip()))


def _numbers(count: int, low: float = -300, high: float = 300) -> st.SearchStrategy[list[float]]:
    return st.lists(st.floats(low, high), min_size=count, max_size=count)


@st.composite
def _picture(draw: st.DrawFn, channels: int, decoder: bool) -> dict[str, Any]:
    """What an encoder and a decoder have in common."""
    own = draw(st.sampled_from([None, 1, 3, 4]))
    layout = draw(st.sampled_from(schema.PICTURE_LAYOUTS))
    batch: st.SearchStrategy[Any] = st.just("dynamic") | st.just(1)
    batch = batch | (st.just("none") if layout == "HWC" else st.integers(2, 4096))
    side: dict[str, Any] = {"range": [0, 1], "normalize": None}
    scaling = draw(st.sampled_from(["range", "normalize", "sigmoid" if decoder else "range"]))
    if scaling == "normalize":
        count = own or channels
        side["normalize"] = {"mean": draw(_numbers(count)), "std": draw(_numbers(count, 1e-3))}
    elif scaling == "range":
        side["range"] = draw(_numbers(2).filter(lambda ends: ends[0] != ends[1]))
    if decoder:
        side["activation"] = "sigmoid" if scaling == "sigmoid" else "none"
    return side | {
        "layout": layout,
        "transpose_hw": draw(st.booleans()),
        "dtype": draw(st.sampled_from(schema.GRAPH_DTYPES)),
        "batch": draw(batch),
        "channels": own,
    }


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Any valid document, optional keys left out at random."""
    channels = draw(st.sampled_from([1, 3, 4]))
    has_encoder, has_decoder = draw(st.sampled_from([(True, True), (True, False), (False, True)]))
    style = has_decoder and draw(st.booleans())
    document: dict[str, Any] = {
        "format": 1,
        "name": draw(_name()),
        "title": draw(_text()),
        "description": draw(_text(0)),
        "kind": draw(st.sampled_from(schema.KINDS)),
        "provenance": {key: draw(_text()) for key in FULL["provenance"]},
        "files": dict.fromkeys(FULL["files"], SHA),
        "image": {
            "channels": channels,
            "height": draw(st.integers(1, 8192)),
            "width": draw(st.integers(1, 8192)),
            "colour": {1: "gray", 3: "rgb", 4: "rgba"}[channels],
            "ground": draw(st.lists(st.integers(0, 255), min_size=channels, max_size=channels)),
        },
        "latent": draw(_latents()),
        "encoder": None,
        "decoder": None,
        "conditions": draw(_conditions(has_encoder, has_decoder)),
        "spaces": draw(_spaces()) if style else None,
        "deterministic": draw(st.booleans()),
        "sets": draw(_sets("w" if style else "z")),
        "samplers": draw(_samplers()),
    }
    slices = st.fixed_dictionaries(
        {"output": _text()},
        optional={"start": st.none() | st.integers(-9, 9), "stop": st.none() | st.integers(-9, 9), "step": st.just(2)},
    )
    if has_encoder:
        document["encoder"] = draw(_picture(channels, False)) | {
            "file": "encoder.onnx", "input": "x", "mean": draw(slices), "logvar": draw(st.none() | slices)
        }  # fmt: skip
    if has_decoder:
        document["decoder"] = draw(_picture(channels, True)) | {
            "file": "decoder.onnx", "input": "z", "output": "image", "pixels": draw(st.sampled_from([None, "bytes"]))
        }  # fmt: skip
    for key in draw(st.sets(st.sampled_from(["title", "description", "deterministic"]))):
        del document[key]
    return document


@st.composite
def _latents(draw: st.DrawFn) -> dict[str, Any]:
    layout = draw(st.sampled_from(schema.LATENT_LAYOUTS))
    axes = 1 if layout == "flat" else 3
    shape = draw(st.lists(st.integers(1, 64), min_size=axes, max_size=axes))
    return {"shape": shape, "layout": layout, "prior": draw(st.sampled_from(schema.PRIORS))}


@st.composite
def _conditions(draw: st.DrawFn, has_encoder: bool, has_decoder: bool) -> list[dict[str, Any]]:
    result: list[dict[str, Any]] = []
    for name in draw(st.lists(_name(), max_size=3, unique=True)):
        inputs: dict[str, Any] = {"encoder_input": f"in-{name}", "decoder_input": f"out-{name}"}
        inputs["encoder_input"] = inputs["encoder_input"] if has_encoder else None
        inputs["decoder_input"] = inputs["decoder_input"] if has_decoder else None
        if has_encoder and has_decoder and draw(st.booleans()):
            del inputs[draw(st.sampled_from(sorted(inputs)))]
        labels = draw(st.lists(_text(), min_size=1, max_size=4))
        kind = draw(st.sampled_from(schema.CONDITION_TYPES))
        optional = {"labels": labels, "dtype": draw(st.sampled_from(schema.CONDITION_DTYPES))}
        for key in draw(st.sets(st.sampled_from(sorted(optional)))):
            del optional[key]
        result.append({"id": name, "type": kind, "classes": len(labels), **inputs, **optional})
    return result


@st.composite
def _spaces(draw: st.DrawFn) -> dict[str, Any]:
    plus, mean = draw(st.booleans()), draw(st.sampled_from([None, "w_mean.npy"]))
    noise = draw(st.lists(st.lists(st.integers(1, 64), min_size=1, max_size=4), max_size=3))
    return {
        "default": draw(st.sampled_from(["z", "w", "w+"] if plus else ["z", "w"])),
        "mapping": FULL["spaces"]["mapping"] | {"batch": draw(st.just("dynamic") | st.integers(1, 64))},
        "w": {"size": draw(st.integers(1, 512)), "layers": draw(st.integers(1, 18)), "plus": plus},
        "mean": mean,
        "truncation": mean is not None and draw(st.booleans()),
        "noise_inputs": [
            {"input": f"noise{i}", "shape": shape, "batched": draw(st.booleans())} for i, shape in enumerate(noise)
        ],
    }


@st.composite
def _sets(draw: st.DrawFn, space: str) -> list[dict[str, Any]]:
    names = draw(st.lists(_name().filter(lambda name: name != "reference"), max_size=3, unique=True))
    sets = [
        {"name": name, "title": draw(_text()), "latents": "sets/data.npy", "space": space, "default": False}
        | draw(st.fixed_dictionaries({}, optional={"data": st.none() | _name()}))
        for name in names
    ]
    if sets:
        draw(st.sampled_from(sets))["default"] = True
    return sets


@st.composite
def _samplers(draw: st.DrawFn) -> list[dict[str, Any]]:
    names = draw(st.lists(_name(), max_size=3, unique=True))
    kinds = st.sampled_from([kind for kind in schema.SAMPLER_KINDS if kind != "prior"])
    return [
        {"name": name, "title": draw(_text())}
        | ({"kind": "prior"} if name == "prior" else {"kind": draw(kinds), "file": "samplers/mixture.npz"})
        for name in names
    ]
