"""A face as a drawing: what is known about it in, an SVG or a 64x64 picture out. The drawing is this project's own."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.data import face_hair, face_parts
from models.data.face_colours import Colours
from models.data.face_shapes import Pose, css

SIZE = 64  # pixels a side
VIEW = "-50 -54 100 100"  # the head's middle lies a little below the picture's

HAIR_STYLES = ("bald", "short", "fringe", "curly", "bun", "long")
GLASSES = ("none", "round", "square")
BEARDS = ("none", "moustache", "full")


@dataclass(frozen=True)
class Face:
    """All that a face is drawn from; `models.data.face_factors` states the ranges."""

    yaw: float = 0.0  # degrees, positive to the viewer's right
    pitch: float = 0.0  # degrees, positive up
    smile: float = 0.4  # -1 corners down, 1 corners up and wide
    mouth_opening: float = 0.2  # 0 closed, 1 wide open
    eye_opening: float = 0.7  # 0 closed but for a slit, 1 wide open
    brow: float = 0.5  # 0 low, 1 raised
    head_width: float = 1.0  # times the usual
    skin: float = 0.3  # 0 light, 1 dark
    hair_colour: float = 0.3  # 0 black, then brown, auburn, blond, 1 pale grey
    hair_length: float = 0.5  # 0 short, 1 long, within the hair style; bald heads show none of it
    ground: float = 0.5  # the background, along a palette
    hair_style: int = 1  # index into HAIR_STYLES
    glasses: int = 0  # index into GLASSES
    beard: int = 0  # index into BEARDS


def drawn(face: Face) -> str:
    """The face as an SVG document."""
    pose = Pose(face.yaw, face.pitch, face.head_width)
    colours = Colours.of(face.skin, face.hair_colour, face.ground)
    style = HAIR_STYLES[face.hair_style]
    return document(
        colours,
        face_hair.back(pose, colours, style, face.hair_length)
        + face_parts.body(pose, colours)
        + face_parts.ears(pose, colours)
        + face_parts.head(pose, colours)
        + (face_hair.shine(pose) if style == "bald" else "")
        + face_parts.beard(pose, colours, BEARDS[face.beard])
        + face_parts.cheeks(pose, colours, face.smile)
        + face_parts.eyes(pose, colours, face.eye_opening)
        + face_parts.nose(pose, colours)
        + face_parts.mouth(pose, colours, face.smile, face.mouth_opening)
        + face_hair.front(pose, colours, style, face.hair_length)
        + face_parts.brows(pose, colours, face.brow)
        + face_parts.glasses(pose, colours, GLASSES[face.glasses]),
    )


def document(colours: Colours, content: str) -> str:
    """An SVG document of SIZE x SIZE pixels, with the background."""
    x, y, width, height = VIEW.split()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{VIEW}" width="{SIZE}" height="{SIZE}">'
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{css(colours.ground)}"/>{content}</svg>'
    )


def raster(svg: str) -> NDArray[np.uint8]:
    """An SVG document as pixels, (SIZE, SIZE, 3)."""
    import resvg_py  # of the extra "train": whoever only reads data sets does without

    png = resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True)
    with Image.open(io.BytesIO(png)) as picture:
        return np.asarray(picture.convert("RGB"), np.uint8)
