"""Named sets of points, their columns and pictures."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query, Request, Response
from numpy.typing import NDArray

from models.data.folder import FACTORS, LABELS, PictureSet
from server.engine import Ask
from server.errors import BadRequest
from server.opened import OpenedModel, Points
from server.routes import sheets
from server.routes.access import TheEngine
from server.schemas import FactorEntry, Output, SetEntry

router = APIRouter(prefix="/api/models/{model_id}", tags=["sets and maps"])
MAX_PICTURES = 400
# The ETag names the model and the set by their hashes: the browser keeps the bytes and asks only whether they changed.
CACHE = "private, max-age=0, must-revalidate"


def entry(opened: OpenedModel, name: str) -> SetEntry:
    """A set as the page sees it."""
    points = opened.points(name)
    default = opened.default_set
    info = points.pictures.info if points.pictures else None
    return SetEntry(
        name=points.spec.name,
        title=points.spec.title,
        count=len(points.latents),
        space=points.spec.space,
        default=default is not None and default.name == points.spec.name,
        classes=list(info.classes) if info else [],
        labelled=info is not None,
        pictures=info is not None,
        factors=[FactorEntry(name=f.name, kind=f.kind, description=f.description) for f in info.factors]
        if info
        else [],
        hash=points.hash,
        own=points.own is not None,
    )


@router.get(
    "/sets/{set_name}/columns", summary="A set's latents and labels as an Arrow stream", response_class=Response
)
async def columns(model_id: str, set_name: str, engine: TheEngine, request: Request) -> Response:
    """Arrow IPC stream: `latents` as a fixed-size list of float32, `label` dictionary-encoded (null where unknown).

    Then a column for each known factor of the pictures, by its name: float32, or dictionary-encoded if categorical.
    """
    opened = await engine.open(model_id)
    points = await engine.run(opened.points, set_name)
    headers = cached(opened, points)
    if unchanged(request, headers):
        return Response(status_code=304, headers=headers)
    content = await engine.run(arrow, points)
    return Response(content, media_type="application/vnd.apache.arrow.stream", headers=headers)


def cached(opened: OpenedModel, points: Points) -> dict[str, str]:
    """Headers that let the browser keep what follows from a set."""
    known = points.pictures.info.files if points.pictures else {}
    facts = "-".join(known.get(name, "")[:16] for name in (LABELS, FACTORS))
    return {"ETag": f'"{opened.hash}-{points.hash}-{facts}"', "Cache-Control": CACHE}


def unchanged(request: Request, headers: dict[str, str]) -> bool:
    """Whether the browser has it already; a proxy that compresses marks the tag as weak."""
    return headers["ETag"] in request.headers.get("if-none-match", "")


def arrow(points: Points) -> bytes:
    """A set as one Arrow record batch."""
    import pyarrow as pa  # tens of MB that a server without a map open does not need

    count, size = points.latents.shape
    flat = pa.array(np.ascontiguousarray(points.latents).reshape(-1))
    latents = pa.FixedSizeListArray.from_arrays(flat, size)
    columns = {"latents": latents}
    if points.pictures is not None:
        columns["label"] = _named(points.pictures.labels[:count], points.pictures.info.classes)
        for factor in points.pictures.factors:
            values = factor.values[:count]
            columns[factor.name] = (
                _named(values, factor.categories) if factor.categories else pa.array(values, mask=np.isnan(values))
            )
    else:
        columns["label"] = pa.DictionaryArray.from_arrays(pa.nulls(count, pa.int32()), pa.array([], pa.utf8()))
    batch = pa.record_batch(list(columns.values()), names=list(columns))
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return sink.getvalue()


def _named(indices: NDArray[Any], names: Sequence[str]) -> Any:
    """Indices into names as a dictionary-encoded column; those below 0 are null."""
    import pyarrow as pa

    known = pa.array(indices.astype(np.int32), mask=indices < 0)
    return pa.DictionaryArray.from_arrays(known, pa.array(names, pa.utf8()))


@router.get("/sets/{set_name}/pictures", summary="Pictures of some rows of a set", response_class=Response)
async def pictures(
    model_id: str,
    set_name: str,
    engine: TheEngine,
    rows: Annotated[
        str, Query(description="Row numbers from 0, separated by commas.", pattern=r"^[0-9]{1,9}(,[0-9]{1,9})*$")
    ],
    output: Output = "png",
) -> Response:
    """The originals where the set has them, else the rows' latents decoded. One sheet, as X-Sheet says."""
    opened = await engine.open(model_id)
    points = await engine.run(opened.points, set_name)
    wanted = np.array([int(row) for row in rows.split(",")])
    if len(wanted) > MAX_PICTURES:
        raise BadRequest(
            f"At most {MAX_PICTURES} pictures can be asked for at a time, not {len(wanted)}.", field="rows"
        )
    if wanted.max() >= len(points.latents):
        raise BadRequest(
            f"The set has {len(points.latents)} rows, numbered from 0; {wanted.max()} is none.", field="rows"
        )
    if points.pictures is not None:
        pixels = await engine.run(_originals, points.pictures, wanted)
    else:
        pixels = await engine.decode(
            Ask(model_id, points.latents[wanted], points.spec.space, opened.default_conditions)
        )
    response = await engine.run(sheets.respond, pixels, output)
    response.headers["Cache-Control"] = "private, max-age=600"
    return response


def _originals(pictures: PictureSet, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
    return pictures.images[rows]
