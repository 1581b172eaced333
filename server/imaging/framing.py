"""The arithmetic of preparing: what the border of a picture says, where its object is, and how it is brought to size.

Pure functions over float32 arrays (H, W, C) in [0, 1].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageFilter

Floats = NDArray[np.float32]
Box = tuple[int, int, int, int]  # left, top, right, bottom, as Pillow counts them

# Rec. 601 luma on sRGB values.
_LUMA: Final = np.array([0.299, 0.587, 0.114], np.float32)
# A pixel this near to the border's colour is ground (5% in Xiao et al. 2017); noise raises it to 4 standard deviations.
_TOLERANCE: Final = (0.06, 0.25)
# A border is plain when more than this share of it is ground.
_PLAIN: Final = 0.6
# Light that falls off by less than this over the picture is even.
_LEAST_FALL: Final = 0.04
# What may be left of a plain ground beside the plane of its light: at least, at most.
_RESIDUE: Final = (0.02, 0.1)
# A ground at least this light can show shade.
_LIGHT: Final = 0.4
# What the brightest spot loses when pixels are averaged (the mean loss of Fashion-MNIST pictures made large and small).
_AVERAGED_AWAY: Final = 0.1
# A row or column counts as ground though this share of it differs: dust, and the ringing of JPEG.
_DUST: Final = 0.01
# Less than this share of the picture's longest edge is dust, not an object.
_SMALLEST_OBJECT: Final = 0.04
# A soft edge is looked for within this share of the object: half a pixel of 28 (measured: fewest errors of 0.3 to 1.1).
_SOFTEST_EDGE: Final = 0.5 / 28
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
    frame = _frame(values)
    colour = np.median(frame, axis=0)
    differences = np.abs(frame - colour).max(axis=1)
    tolerance = float(np.clip(6 * np.median(differences), *_TOLERANCE))
    return Border(colour.astype(np.float32), tolerance, bool((differences <= tolerance).mean() > _PLAIN))


def _frame(values: Floats) -> Floats:
    """The outermost pixels: (H, W, C) -> (N, C)."""
    rows, columns = (max(1, edge // 100) for edge in values.shape[:2])
    parts = (values[:rows], values[-rows:], values[:, :columns], values[:, -columns:])
    return np.concatenate([part.reshape(-1, values.shape[2]) for part in parts])


def shade(values: Floats) -> Floats | None:
    """How light falls off over a light, plain ground: a plane fitted to the frame, -> (H, W, 1); None if it does not.

    Dividing by it evens the light out, since light multiplies what an object reflects.
    """
    down, across = (np.linspace(-1, 1, edge, dtype=np.float32) for edge in values.shape[:2])
    lines = (across[:, np.newaxis], down[:, np.newaxis, np.newaxis])
    over, along = (_frame(np.broadcast_to(line, (*values.shape[:2], 1))) for line in lines)
    places = np.concatenate([np.ones_like(over), over, along], axis=1)  # (N, 3)
    levels = luma(_frame(values))[:, 0]
    kept = np.ones(len(levels), bool)
    plane: NDArray[np.floating] = np.zeros(3)
    for _ in range(4):  # an object that reaches the frame is left out of the fit, more of it each time
        plane = np.linalg.lstsq(places[kept], levels[kept], rcond=None)[0]
        residues = np.abs(levels - places @ plane)
        kept = residues <= np.clip(2.5 * np.median(residues), *_RESIDUE)
    fall = 2 * float(np.abs(plane[1:]).sum())
    if kept.mean() < _PLAIN or plane[0] < _LIGHT or not _LEAST_FALL < fall < plane[0]:
        return None
    return np.asarray(plane[0] + plane[1] * across + plane[2] * down[:, np.newaxis], np.float32)[..., np.newaxis]


def luma(values: Floats) -> Floats:
    """Brightness (Rec. 601 on sRGB values): (..., 3) -> (..., 1); (..., 1) stays as it is."""
    if values.shape[-1] == 1:
        return values
    return np.asarray((values @ _LUMA)[..., np.newaxis], np.float32)


def object_box(values: Floats, ground: Border) -> Box | None:
    """The smallest box around everything that is not ground; None when nothing, or only dust, is left.

    A soft edge lies where the object has half its strength, so that a blurred picture gets the box of a sharp one.
    """
    blur = max(values.shape) // 400  # pixels; a camera's noise is no object
    strength = _smooth(_strongest(np.abs(values - ground.colour)), blur)  # (H, W)
    differs = strength > ground.tolerance
    rows = np.flatnonzero(differs.mean(axis=1) > _DUST)
    columns = np.flatnonzero(differs.mean(axis=0) > _DUST)
    if not len(rows) or not len(columns):
        return None
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    longest = max(bottom - top, right - left)
    if longest < _SMALLEST_OBJECT * max(strength.shape):
        return None
    soft = max(1 + 3 * blur, round(longest * _SOFTEST_EDGE))
    inside = strength[top:bottom, left:right]
    return (
        left + _edge(inside.T[:soft]),
        top + _edge(inside[:soft]),
        right - _edge(inside.T[::-1][:soft]),
        bottom - _edge(inside[::-1][:soft]),
    )


def _strongest(differences: Floats) -> Floats:
    """The maximum over channels: (H, W, C) -> (H, W). numpy reduces an axis of three elements very slowly."""
    strongest = differences[:, :, 0]
    for channel in range(1, differences.shape[2]):
        strongest = np.maximum(strongest, differences[:, :, channel])
    return strongest


def _smooth(strength: Floats, radius: int) -> Floats:
    """The mean of each pixel and its neighbours up to `radius` away."""
    bytes_ = Pillow.fromarray((strength * 255 + 0.5).astype(np.uint8))
    return np.asarray(bytes_.filter(ImageFilter.BoxBlur(radius)), np.float32) / np.float32(255)


def _edge(lines: Floats) -> int:
    """How many of these lines, from the outside inward, come before the object has half of what it reaches here."""
    place = int(lines.shape[1] * (1 - _DUST)) - 1
    reached = np.partition(lines, place, axis=1)[:, place]  # (lines,) nearly the maximum, without dust
    return int(np.argmax(reached >= reached.max() / 2))


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


def inverted(values: Floats) -> Floats:
    """Light for dark. 8-bit and 16-bit values come out exactly as if they had been inverted as whole numbers."""
    return np.asarray(np.round((1 - values) * 65535) / 65535, np.float32)


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
    """Shift the ground to the model's own and the strongest brightness near the other end; None if nothing changes.

    level: the brightness around the object now. A picture with hardly any contrast is left alone: what would be
    stretched is its noise.
    """
    if ground > 0.5:
        turned = stretched(1 - gray, 1 - level, 1 - ground)
        return None if turned is None else 1 - turned
    top = min(1.0, float(gray.max()) + _AVERAGED_AWAY)
    if top - level < 0.15 or (abs(level - ground) < 0.004 and top > 0.996):
        return None
    return np.asarray(np.clip(ground + (gray - level) * ((1 - ground) / (top - level)), 0, 1), np.float32)
