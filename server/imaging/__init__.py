"""Pictures on their way in and out: reading an upload, preparing it for a model, drawing sheets. No HTTP in here."""

from __future__ import annotations

from server.imaging.cropping import Crop
from server.imaging.preparing import Prepared, Step, prepare
from server.imaging.reading import MAX_PIXELS, Picture, PictureRefused, read
from server.imaging.sheets import encode_picture, sheet

__all__ = [
    "MAX_PIXELS",
    "Crop",
    "Picture",
    "PictureRefused",
    "Prepared",
    "Step",
    "encode_picture",
    "prepare",
    "read",
    "sheet",
]
