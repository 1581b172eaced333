"""The list of models and what each of them is and can do."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from fastapi import APIRouter, Request, Response

from models.manifest import Manifest, to_document
from server.catalog import STRIP, Checkpoint
from server.errors import NotFound
from server.opened import OpenedModel
from server.routes.access import TheEngine
from server.routes.sets import entry as set_entry
from server.schemas import ImageShape, ModelEntry, ModelList
from server.shelves import shelf

router = APIRouter(prefix="/api/models", tags=["models"])
EXAMPLES = 10


def entry(checkpoint: Checkpoint) -> ModelEntry:
    """A line of the list."""
    manifest = checkpoint.manifest
    if manifest is None:
        return ModelEntry(
            id=checkpoint.id,
            title=checkpoint.id,
            description="",
            kind="other",
            dataset="",
            latent=0,
            image=None,
            status="broken",
            reason=checkpoint.reason,
            hash=checkpoint.hash,
            shelf=shelf(manifest),
        )
    image = manifest.image
    return ModelEntry(
        id=checkpoint.id,
        title=manifest.title,
        description=manifest.description,
        kind=manifest.kind,
        dataset=manifest.provenance.dataset,
        latent=_size(manifest),
        image=ImageShape(height=image.height, width=image.width, channels=image.channels, colour=image.colour),
        status="ready",
        reason=None,
        hash=checkpoint.hash,
        shelf=shelf(manifest),
        strip=checkpoint.strip,
    )


def _size(manifest: Manifest) -> int:
    """Numbers a row of the default space; nothing is loaded for it."""
    spaces = manifest.spaces
    if spaces is None or spaces.w is None or spaces.default == "z":
        return manifest.latent.size
    return spaces.w.size if spaces.default == "w" else spaces.w.size * spaces.w.layers


@router.get("", summary="List all models")
def list_models(engine: TheEngine) -> ModelList:
    """All models in the checkpoints folder. One that cannot be used is listed as broken, with the reason."""
    return ModelList(models=[entry(one) for one in engine.catalog.listed], default=engine.catalog.default)


@router.get("/{model_id}/strip", summary="Ten pictures of a model in a row", response_class=Response)
def strip(model_id: str, engine: TheEngine, request: Request, v: str = "") -> Response:
    """PNG, ten pictures in their own size side by side. Under `?v=` with the list's `strip` it is kept for good."""
    checkpoint, _ = engine.catalog.ready(model_id)
    name = checkpoint.strip
    if name is None:
        raise NotFound(f"The model {model_id} came without a strip of pictures.", field="model")
    keep = "private, max-age=31536000, immutable" if v == name else "private, max-age=0, must-revalidate"
    headers = {"ETag": f'"{name}"', "Cache-Control": keep}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response((checkpoint.folder / STRIP).read_bytes(), media_type="image/png", headers=headers)


@router.get("/{model_id}", summary="One model: its manifest, what it can do, its sliders and sets")
async def show_model(model_id: str, engine: TheEngine) -> dict[str, Any]:
    """Everything the page needs to build its controls for this model.

    `sliders` holds every latent dimension in the order of its effect on the picture, each with the range that the data
    (or the prior) fills. `examples` names rows of a set that make good first pictures. `running` says for each graph
    what runs it, on which device and in which precision, with a note where something faster was not believed.
    """
    opened = await engine.open(model_id)
    return await engine.run(describe, opened, engine.catalog.checkpoints[model_id])


def describe(opened: OpenedModel, checkpoint: Checkpoint) -> dict[str, Any]:
    """The detail of a model as JSON."""
    manifest = opened.manifest
    document = to_document(manifest)
    prior = manifest.latent.prior
    return {
        **entry(checkpoint).model_dump(),
        "manifest": document,
        "can": {
            "encode": manifest.encoder is not None,
            "decode": manifest.decoder is not None,
            "posterior": manifest.encoder is not None and manifest.encoder.logvar is not None,
            "sample": bool(opened.samplers),
            "psi": manifest.spaces is not None and manifest.spaces.truncation,
            "noise": manifest.spaces is not None and bool(manifest.spaces.noise_inputs),
        },
        "spaces": list(opened.model.spaces),
        "sizes": {space: opened.model.latent_size(space) for space in opened.model.spaces},
        "default_space": opened.model.default_space,
        "conditions": document["conditions"],
        "default_conditions": opened.default_conditions,
        "samplers": [{"name": each.name, "kind": each.kind, "title": each.title} for each in opened.samplers],
        "sliders": opened.sliders,
        "z_sliders": opened.z_sliders,
        "sets": [set_entry(opened, name).model_dump() for name in opened.set_names],
        "examples": _examples(opened),
        "interpolation": "slerp" if prior in ("normal", "sphere") and manifest.spaces is None else "lerp",
        "running": {name: asdict(each) for name, each in opened.running.items()},
        "card": opened.card,
        "metrics": opened.document("metrics.json"),
    }


def _examples(opened: OpenedModel) -> dict[str, Any] | None:
    """Ten rows of the first set that has real pictures: one of each class, then a second of each, and so on."""
    for spec in opened.manifest.sets:
        points = opened.points(spec.name)
        if points.pictures is not None:
            labels = points.pictures.labels[: len(points.latents)]
            turn = np.zeros(len(labels), np.int64)  # a row's number among those of its class
            for label in np.unique(labels):
                turn[labels == label] = np.arange(np.count_nonzero(labels == label))
            return {"set": spec.name, "rows": np.lexsort((labels, turn))[:EXAMPLES].tolist()}
    return None
