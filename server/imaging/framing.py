"""The arithmetic of preparing: what the border of a picture says, where its object is, and how it is brought to size.

Pure functions over float32 arrays (H, W, C) in [0, 1].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

Floats = NDArray[np.float32]
Box = tuple[int, int, int, int]  # left, top, right, bottom, as Pillow counts them

# Rec. 601 luma on sRGB values.
_LUMA: Final = np.array([0.299, 0.587, 0.114], np.float32)
# Within 5% of the border's colour a pixel is ground (Xiao et al. 2017); uneven light raises that, up to a quarter.
_TOLERANCE: Final = (0.05, 0.25)
# A row or column counts as ground though this share of it differs: dust, and the ringing of JPEG.
_DUST: Final = 0.004
# Less than this share of the picture's longest edge is dust, not an object.
_SMALLEST_OBJECT: Final = 0.04
# Brightnesses this near to the middle belong to neither polarity.
_UNDECIDED: Final = 0.1


@dataclass(frozen=True)
class Border:
    """What the outermost pixels of a picture have in common."""

    colour: Floats  # (C,) their median
    tolerance: float  # pixels that differ less than this from the colour are ground
    plain: bool  # most of the border is ground


def border(values: Floats) -> Border:
    """Measure the frame of pixels around a picture, one hundredth of its size wide."""
    height, width = values.shape[:2]
    rows, columns = max(1, height // 100), max(1, width // 100)
    frame = np.concatenate(
        [
            part.reshape(-1, values.shape[2])
            for part in (values[:rows], values[-rows:], values[:, :columns], values[:, -columns:])
        ]
    )
    colour = np.median(frame, axis=0)
    differences = np.abs(frame - colour).max(axis=1)
    tolerance = float(np.clip(3 * np.median(differences), *_TOLERANCE))
    return Border(colour.astype(np.float32), tolerance, bool((differences <= tolerance).mean() > 0.6))


def luma(values: Floats) -> Floats:
    """Brightness (Rec. 601 on sRGB values): (..., 3) -> (..., 1); (..., 1) stays as it is."""
    if values.shape[-1] == 1:
        return values
    return np.asarray((values @ _LUMA)[..., np.newaxis], np.float32)


def object_box(values: Floats, ground: Border) -> Box | None:
    """The smallest box around everything that is not ground; None when nothing, or only dust, is left."""
    height, width = values.shape[:2]
    differs = np.abs(values - ground.colour).max(axis=2) > ground.tolerance
    rows = np.flatnonzero(differs.mean(axis=1) > _DUST)
    columns = np.flatnonzero(differs.mean(axis=0) > _DUST)
    if not len(rows) or not len(columns):
        return None
    box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    longest = max(box[2] - box[0], box[3] - box[1])
    return box if longest >= _SMALLEST_OBJECT * max(height, width) else None


def opposite_polarity(gray: Floats, around: Border, ground: float) -> bool:
    """Whether a gray picture (H, W, 1) has its light and dark the other way round than a model with this ground.

    The border decides; where it is of middle brightness, the object does, by being on the wrong side of it. A model
    with a middling ground has no polarity.
    """
    middle = 0.5
    level = float(around.colour[0])
    if abs(ground - middle) < _UNDECIDED:
        return False
    if abs(level - middle) >= _UNDECIDED:
        return (level > middle) != (ground > middle)
    objects = gray[np.abs(gray - level) > around.tolerance]
    if not objects.size:
        return False
    return (float(objects.mean()) < level) != (ground > middle)


def resized(values: Floats, width: int, height: int) -> Floats:
    """(h, w, C) -> (height, width, C), antialiased (Lanczos, 3 lobes); colours are weighted by alpha when C is 4."""
    if values.shape[:2] == (height, width):
        return values
    if values.shape[2] == 4:
        alpha = values[:, :, 3:]
        small = resized(np.concatenate([values[:, :, :3] * alpha, alpha], axis=2)[:, :, :3], width, height)
        small_alpha = resized(np.ascontiguousarray(alpha), width, height)
        colours = np.divide(small, small_alpha, out=np.zeros_like(small), where=small_alpha > 0)
        return np.concatenate([np.clip(colours, 0, 1), small_alpha], axis=2)
    planes = [
        Pillow.fromarray(np.ascontiguousarray(values[:, :, channel])).resize((width, height), Pillow.Resampling.LANCZOS)
        for channel in range(values.shape[2])
    ]
    return np.asarray(np.clip(np.stack([np.asarray(plane) for plane in planes], axis=2), 0, 1), np.float32)


def inner_size(width: int, height: int, into_width: int, into_height: int) -> tuple[int, int]:
    """The largest (width, height) with the same proportions that fits, at least one pixel each way."""
    scale = min(into_width / width, into_height / height)
    return (
        min(into_width, max(1, round(width * scale))),
        min(into_height, max(1, round(height * scale))),
    )


def centred(values: Floats, width: int, height: int, fill: Floats) -> Floats:
    """Put (or cut) a picture to the middle of a canvas: -> (height, width, C).

    An odd pixel of margin goes to the left and top, as in Fashion-MNIST.
    """
    canvas = np.tile(fill.astype(np.float32), (height, width, 1))
    top, left = -((values.shape[0] - height) // 2), -((values.shape[1] - width) // 2)
    inside = values[max(0, -top) : max(0, -top) + height, max(0, -left) : max(0, -left) + width]
    top, left = max(0, top), max(0, left)
    canvas[top : top + inside.shape[0], left : left + inside.shape[1]] = inside
    return canvas


def stretched(gray: Floats, level: float, ground: float) -> Floats | None:
    """Shift the ground to the model's own and the farthest brightness to the other end; None if that changes nothing.

    level: the brightness around the object now. A picture with hardly any contrast is left alone: what would be
    stretched is its noise.
    """
    if ground > 0.5:
        turned = stretched(1 - gray, 1 - level, 1 - ground)
        return None if turned is None else 1 - turned
    top = float(gray.max())
    if top - level < 0.15 or (abs(level - ground) < 0.004 and top > 0.996):
        return None
    return np.asarray(np.clip(ground + (gray - level) * ((1 - ground) / (top - level)), 0, 1), np.float32)
