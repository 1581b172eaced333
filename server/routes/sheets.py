"""Pictures as bytes: one sheet as PNG or WebP, or raw uint8, with their shape in a header."""

from __future__ import annotations

import numpy as np
from fastapi import Response
from numpy.typing import NDArray

from server import imaging
from server.errors import BadRequest

WEBP_SIDE = 16_383
TYPES = {"png": "image/png", "webp": "image/webp"}


def respond(pixels: NDArray[np.uint8], output: str, columns: int | None = None) -> Response:
    """Pictures (N, H, W, C) uint8 as the answer to `output`."""
    if output == "raw":
        shape = ",".join(str(size) for size in pixels.shape)
        return Response(pixels.tobytes(), media_type="application/octet-stream", headers={"X-Shape": shape})
    sheet, layout = imaging.sheet(pixels, columns or min(len(pixels), 16))
    if output == "webp" and max(sheet.shape[:2]) > WEBP_SIDE:
        size = f"{sheet.shape[1]} by {sheet.shape[0]}"
        raise BadRequest(
            f"A WebP picture has at most {WEBP_SIDE} pixels a side, and this sheet would have {size}. "
            "Ask for PNG, for fewer pictures, or for another number of columns.",
            field="output",
        )
    headers = {"X-Sheet": ",".join(str(value) for value in layout)}
    return Response(imaging.encode_picture(sheet, output), media_type=TYPES[output], headers=headers)


def floats(values: NDArray[np.float32], headers: dict[str, str] | None = None) -> Response:
    """A float32 array as little-endian bytes with X-Shape."""
    shape = ",".join(str(size) for size in values.shape)
    raw = np.ascontiguousarray(values, "<f4").tobytes()
    return Response(raw, media_type="application/octet-stream", headers={"X-Shape": shape, **(headers or {})})
