"""What every route that is sent a picture shares: the fields of its form, and the way to what the model sees.

Nothing of an upload is kept after the answer, in memory, on the disk or in the log.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import File, Form, UploadFile
from pydantic import Field, TypeAdapter, ValidationError

from server import imaging
from server.engine import Engine
from server.errors import BadRequest, PictureError, Unsupported
from server.imaging import PictureRefused, Prepared
from server.opened import OpenedModel

Picture = Annotated[UploadFile, File(description="PNG, JPEG, WebP, AVIF or GIF, at most 25 megapixels.")]
Skip = Annotated[str, Form(description="Ids of preparation steps to leave out, separated by commas.")]
Force = Annotated[str, Form(description="Ids of preparation steps to do although they seem unneeded.")]
Crop = Annotated[
    str,
    Form(description="The part to use, x,y,w,h in shares of the upright picture; empty: all, less an empty margin."),
]
Classes = Annotated[str, Form(description='Classes for a conditional model as JSON, like {"class": 3}.')]

_CLASSES = TypeAdapter(dict[str, Annotated[int, Field(ge=0, le=1_000_000)]])


async def prepared(
    engine: Engine,
    opened: OpenedModel,
    file: UploadFile,
    skip: str = "",
    force: str = "",
    crop: str = "",
    *,
    to_encode: bool = True,
) -> Prepared:
    """The upload as the model sees it, and the steps that led there.

    Raises Unsupported for a model without an encoder where one is needed, PictureError for a file that is not read, and
    BadRequest for a part that is none.
    """
    if to_encode and opened.manifest.encoder is None:
        raise Unsupported(f"{opened.id} has no encoder, so a picture cannot be placed in its space.")
    skipped, forced = (frozenset(filter(None, part.split(","))) for part in (skip, force))
    try:
        part = imaging.Crop.parse(crop)
    except ValueError as wrong:
        raise BadRequest(str(wrong), field="crop") from wrong
    try:
        async with engine.uploads:
            raw = await file.read()
            return await engine.run(imaging.prepare, raw, opened.manifest.image, skip=skipped, force=forced, crop=part)
    except PictureRefused as refusal:
        raise PictureError(str(refusal), field="file", code=f"picture_{refusal.code}") from refusal


def conditions(text: str) -> dict[str, int]:
    """The classes of a form as the engine takes them. Raises BadRequest for text that is no such JSON."""
    try:
        return _CLASSES.validate_json(text or "{}")
    except ValidationError as wrong:
        raise BadRequest('conditions must be JSON like {"class": 3}.', field="conditions") from wrong
