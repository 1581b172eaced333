"""From the JSON of model.json to a `Manifest`: one function per object of the document, then what must agree."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from models.manifest import schema
from models.manifest.agreement import check
from models.manifest.fields import Fields, ManifestError, shown
from models.manifest.upgrading import upgrade

_SHA256 = re.compile(r"[0-9a-f]{64}")
# Far beyond any real model, near enough that a number from a hostile file cannot ask for all memory.
_SIDE, _LATENT, _CLASSES, _BATCH = 8192, 1 << 20, 100_000, 4096


def parse(document: Mapping[str, Any]) -> schema.Manifest:
    """The manifest that a document states. ManifestError, naming the field, when it breaks the format in any way.

    Older formats are upgraded, newer ones and unknown keys are refused. No file is looked at: see `read`.
    """
    Fields(document)  # the sentence for something that is no object at all
    fields = Fields(upgrade(document))
    manifest = schema.Manifest(
        format=fields.take("format"),
        name=fields.name("name"),
        title=fields.text("title", fields.take("name")),
        description=fields.text("description", "", empty=True, limit=2000),
        kind=fields.choice("kind", schema.KINDS),
        provenance=_provenance(fields.child("provenance")),
        files=_files(fields.child("files"), fields.take("files")),
        image=_image(fields.child("image")),
        latent=_latent(fields.child("latent")),
        encoder=fields.optional("encoder", lambda key: _encoder(fields.child(key))),
        decoder=fields.optional("decoder", lambda key: _decoder(fields.child(key))),
        conditions=tuple(_condition(each) for each in fields.children("conditions")),
        spaces=fields.optional("spaces", lambda key: _spaces(fields.child(key))),
        deterministic=fields.flag("deterministic", True),
        sets=tuple(_point_set(each) for each in fields.children("sets")),
        samplers=tuple(_sampler(each) for each in fields.children("samplers")),
    )
    fields.close()
    check(manifest)
    return manifest


def _provenance(fields: Fields) -> schema.Provenance:
    result = schema.Provenance(
        dataset=fields.text("dataset"),
        licence=fields.text("licence"),
        source=fields.text("source", "", empty=True, limit=1000),
        data_licence=fields.text("data_licence", "", empty=True),
        data_source=fields.text("data_source", "", empty=True, limit=1000),
        citation=fields.text("citation", "", empty=True, limit=2000),
    )
    fields.close()
    return result


def _files(fields: Fields, paths: Mapping[str, Any]) -> dict[str, str]:
    """Paths are POSIX, relative and written in one way only, so that no two names mean one file and none leaves."""
    result: dict[str, str] = {}
    for path in paths:
        if not _is_inside(path):
            named = shown(path)
            raise ManifestError("files", f"must hold relative paths inside the model's folder, but names {named}.")
        if path == "model.json":
            raise ManifestError("files", "must not name model.json: a file cannot hold its own hash.")
        digest = fields.take(path)
        if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
            raise fields.error(path, f"must be a SHA-256 in 64 lower-case hex digits, but is {shown(digest)}.")
        result[path] = digest
    return result


def _is_inside(path: str) -> bool:
    # Backslashes and colons are separators and drives elsewhere; the rest cannot be in a file name there.
    plain = 0 < len(path) <= 200 and path.isprintable() and not set(path) & set('\\:*?"<>|')
    return plain and all(part not in ("", ".", "..") for part in path.split("/"))


def _image(fields: Fields) -> schema.Image:
    colour = fields.choice("colour", schema.COLOURS)
    channels = fields.whole("channels", 1, 4)
    if channels != schema.CHANNELS[colour]:
        raise fields.error("channels", f'must be {schema.CHANNELS[colour]} for colour "{colour}", but is {channels}.')
    result = schema.Image(
        channels=channels,
        height=fields.whole("height", 1, _SIDE),
        width=fields.whole("width", 1, _SIDE),
        colour=colour,
        ground=fields.whole_list("ground", 0, 255, length=(channels, channels), default=(0,) * channels),
    )
    fields.close()
    return result


def _latent(fields: Fields) -> schema.Latent:
    result = schema.Latent(
        shape=fields.whole_list("shape", 1, _LATENT, length=(1, 3)),
        layout=fields.choice("layout", schema.LATENT_LAYOUTS, "flat"),
        prior=fields.choice("prior", schema.PRIORS),
    )
    axes = 1 if result.layout == "flat" else 3
    if len(result.shape) != axes:
        raise fields.error(
            "shape", f'must have {axes} entries for layout "{result.layout}", but has {len(result.shape)}.'
        )
    if result.size > _LATENT:
        raise fields.error("shape", f"must not have more than {_LATENT} values in all, but has {result.size}.")
    fields.close()
    return result


def _encoder(fields: Fields) -> schema.Encoder:
    result = schema.Encoder(
        file=fields.text("file"),
        input=fields.text("input"),
        layout=fields.choice("layout", schema.PICTURE_LAYOUTS, "NCHW"),
        transpose_hw=fields.flag("transpose_hw", False),
        range=_range(fields),
        normalize=fields.optional("normalize", lambda key: _normalize(fields.child(key))),
        dtype=fields.choice("dtype", schema.GRAPH_DTYPES, "float32"),
        batch=_batch(fields),
        channels=fields.optional("channels", lambda key: _channels(fields, key)),
        mean=_slice(fields.child("mean")),
        logvar=fields.optional("logvar", lambda key: _slice(fields.child(key))),
    )
    fields.close()
    return result


def _decoder(fields: Fields) -> schema.Decoder:
    result = schema.Decoder(
        file=fields.text("file"),
        input=fields.text("input"),
        output=fields.text("output"),
        pixels=fields.optional("pixels", fields.text),
        layout=fields.choice("layout", schema.PICTURE_LAYOUTS, "NCHW"),
        transpose_hw=fields.flag("transpose_hw", False),
        range=_range(fields),
        normalize=fields.optional("normalize", lambda key: _normalize(fields.child(key))),
        activation=fields.choice("activation", schema.ACTIVATIONS, "none"),
        dtype=fields.choice("dtype", schema.GRAPH_DTYPES, "float32"),
        batch=_batch(fields),
        channels=fields.optional("channels", lambda key: _channels(fields, key)),
    )
    fields.close()
    return result


def _range(fields: Fields) -> tuple[float, float]:
    low, high = fields.number_list("range", length=(2, 2), default=(0, 1))
    if low == high:
        raise fields.error("range", f"must be two different numbers, but both are {low}.")
    return low, high


def _normalize(fields: Fields) -> schema.Normalize:
    result = schema.Normalize(
        mean=fields.number_list("mean", length=(1, 4)),
        std=fields.number_list("std", length=(1, 4)),
    )
    if min(result.std) <= 0:
        raise fields.error("std", f"must be above 0 in every channel, but is {shown(result.std)}.")
    fields.close()
    return result


def _batch(fields: Fields, words: tuple[str, ...] = ("dynamic", "none")) -> schema.Batch:
    value = fields.take("batch", "dynamic")
    if value == "dynamic":
        return "dynamic"
    if value == "none" and "none" in words:
        return "none"
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _BATCH:
        listed = ", ".join(f'"{word}"' for word in words)
        raise fields.error("batch", f"must be {listed} or a whole number from 1 to {_BATCH}, but is {shown(value)}.")
    return value


def _channels(fields: Fields, key: str) -> int:
    value = fields.take(key)
    if isinstance(value, bool) or value not in (1, 3, 4) or not isinstance(value, int):
        raise fields.error(key, f"must be 1 (gray), 3 (rgb) or 4 (rgba), but is {shown(value)}.")
    return value


def _slice(fields: Fields) -> schema.OutputSlice:
    result = schema.OutputSlice(
        output=fields.text("output"),
        start=fields.optional("start", lambda key: fields.whole(key, -_LATENT, _LATENT)),
        stop=fields.optional("stop", lambda key: fields.whole(key, -_LATENT, _LATENT)),
        step=fields.optional("step", lambda key: fields.whole(key, 1, _LATENT)),
    )
    fields.close()
    return result


def _condition(fields: Fields) -> schema.Condition:
    kind = fields.choice("type", schema.CONDITION_TYPES)
    classes = fields.whole("classes", 1, _CLASSES)
    result = schema.Condition(
        id=fields.name("id"),
        type=kind,
        classes=classes,
        labels=fields.text_list("labels", [str(i) for i in range(classes)], length=(classes, classes)),
        dtype=fields.choice("dtype", schema.CONDITION_DTYPES, "int64" if kind == "class_index" else "float32"),
        encoder_input=fields.optional("encoder_input", fields.text),
        decoder_input=fields.optional("decoder_input", fields.text),
    )
    if result.encoder_input is None and result.decoder_input is None:
        raise fields.error("decoder_input", "is null and so is encoder_input: a condition must enter a graph.")
    fields.close()
    return result


def _spaces(fields: Fields) -> schema.Spaces:
    result = schema.Spaces(
        default=fields.choice("default", schema.SPACES),
        mapping=fields.optional("mapping", lambda key: _mapping(fields.child(key))),
        w=fields.optional("w", lambda key: _w_space(fields.child(key))),
        mean=fields.optional("mean", fields.text),
        truncation=fields.flag("truncation", False),
        noise_inputs=tuple(_noise_input(each) for each in fields.children("noise_inputs")),
    )
    fields.close()
    return result


def _mapping(fields: Fields) -> schema.MappingGraph:
    result = schema.MappingGraph(
        file=fields.text("file"),
        input=fields.text("input"),
        output=fields.text("output"),
        dtype=fields.choice("dtype", schema.MAPPING_DTYPES, "float32"),
        batch=_batch(fields, ("dynamic",)),
    )
    fields.close()
    return result


def _w_space(fields: Fields) -> schema.WSpace:
    result = schema.WSpace(
        size=fields.whole("size", 1, _LATENT // 64),
        layers=fields.whole("layers", 1, 64),
        plus=fields.flag("plus"),
    )
    fields.close()
    return result


def _noise_input(fields: Fields) -> schema.NoiseInput:
    result = schema.NoiseInput(
        input=fields.text("input"),
        shape=fields.whole_list("shape", 1, _SIDE, length=(1, 4)),
        batched=fields.flag("batched", True),
    )
    fields.close()
    return result


def _point_set(fields: Fields) -> schema.PointSet:
    name = fields.name("name")
    result = schema.PointSet(
        name=name,
        title=fields.text("title", name),
        latents=fields.text("latents"),
        space=fields.choice("space", schema.SPACES, "z"),
        data=fields.optional("data", fields.name),
        default=fields.flag("default", False),
    )
    fields.close()
    return result


def _sampler(fields: Fields) -> schema.Sampler:
    name = fields.name("name")
    result = schema.Sampler(
        name=name,
        kind=fields.choice("kind", schema.SAMPLER_KINDS),
        title=fields.text("title", name),
        file=fields.optional("file", fields.text),
    )
    fields.close()
    return result
