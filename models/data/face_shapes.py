"""What faces are drawn with: colours on palettes, smooth paths, and points on a head that turns.

Coordinates are those of the picture, 100 units wide and high, x to the right, y down, from the head's middle.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

Point = tuple[float, float]
Colour = tuple[float, float, float]  # red, green, blue in [0, 255]

HALF_WIDTH, HALF_HEIGHT, DEPTH = 31.5, 39.0, 29.0  # of the ellipsoid on which the features of a face lie


def colour(text: str) -> Colour:
    """The colour of a "#rrggbb"."""
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def palette(stops: Sequence[str], position: float) -> Colour:
    """The colour at `position` in [0, 1] along evenly spaced stops."""
    place = min(max(position, 0.0), 1.0) * (len(stops) - 1)
    first = min(int(place), len(stops) - 2)
    return mix(colour(stops[first]), colour(stops[first + 1]), place - first)


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """`first` with `share` in [0, 1] of `second`."""
    r, g, b = (a + (c - a) * share for a, c in zip(first, second, strict=True))
    return r, g, b


def css(value: Colour) -> str:
    """A colour as SVG writes it."""
    r, g, b = (round(part) for part in value)
    return f"#{r:02x}{g:02x}{b:02x}"


def smooth(points: Sequence[Point], *, closed: bool = True) -> str:
    """Path data of a Catmull-Rom curve through the points."""
    around = [points[-1], *points, points[0], points[1]] if closed else [points[0], *points, points[-1]]
    numbers = [*points[0]]
    for (x0, y0), (x1, y1), (x2, y2), (x3, y3) in zip(around, around[1:], around[2:], around[3:], strict=False):
        numbers += x1 + (x2 - x0) / 6, y1 + (y2 - y0) / 6, x2 - (x3 - x1) / 6, y2 - (y3 - y1) / 6, x2, y2
    curves = "C%.2f %.2f %.2f %.2f %.2f %.2f" * (len(numbers) // 6)
    return f"M%.2f %.2f{curves}{'Z' if closed else ''}" % tuple(numbers)


def fill(points: Sequence[Point], value: Colour, opacity: float = 1.0) -> str:
    """A smooth closed shape of one colour."""
    return f'<path d="{smooth(points)}" fill="{css(value)}"{_opacity(opacity)}/>'


def line(points: Sequence[Point], value: Colour, width: float, opacity: float = 1.0, *, closed: bool = False) -> str:
    """A smooth line with round ends."""
    return (
        f'<path d="{smooth(points, closed=closed)}" fill="none" stroke="{css(value)}" stroke-width="{width:.2f}" '
        f'stroke-linecap="round" stroke-linejoin="round"{_opacity(opacity)}/>'
    )


def ellipse(centre: Point, radii: Point, value: Colour, opacity: float = 1.0) -> str:
    """An upright ellipse of one colour."""
    return (
        f'<ellipse cx="{centre[0]:.2f}" cy="{centre[1]:.2f}" rx="{radii[0]:.2f}" ry="{radii[1]:.2f}" '
        f'fill="{css(value)}"{_opacity(opacity)}/>'
    )


def _opacity(opacity: float) -> str:
    return "" if opacity >= 1 else f' opacity="{opacity:.3f}"'


def mirrored(half: Sequence[Point]) -> list[Point]:
    """The right half of an outline, from its top to its bottom, with its left half after it; x = 0 is not doubled."""
    return [*half, *((-x, y) for x, y in reversed(half) if x > 0)]


class Pose:
    """Where points of a head of a certain width are seen when it turns."""

    def __init__(self, yaw: float, pitch: float, width: float) -> None:
        """A head turned by `yaw` degrees to the viewer's right, raised by `pitch`, `width` times as wide as usual."""
        self.yaw, self.pitch, self.width = yaw, pitch, width
        self.cos_yaw, self.sin_yaw = math.cos(math.radians(yaw)), math.sin(math.radians(yaw))
        self.cos_pitch, self.sin_pitch = math.cos(math.radians(pitch)), math.sin(math.radians(pitch))

    def on(self, x: float, y: float, lift: float = 0.0) -> Point:
        """The point (x, y) of the face seen from the front, `lift` units above the head's surface."""
        rest = 1 - (x / HALF_WIDTH) ** 2 - (y / HALF_HEIGHT) ** 2
        return self.at(x, y, DEPTH * math.sqrt(max(rest, 0.02)) + lift)

    def at(self, x: float, y: float, z: float) -> Point:
        """The point at depth z, positive towards the viewer, turned about the head's middle."""
        across = x * self.width
        depth = z * self.cos_yaw - across * self.sin_yaw
        return across * self.cos_yaw + z * self.sin_yaw, y * self.cos_pitch - depth * self.sin_pitch

    def rim(self, x: float, y: float, z: float = 0.0) -> Point:
        """A point of an outline: a round body keeps its outline when it turns, only what lies at a depth is shifted."""
        return x * self.width + z * self.sin_yaw, y - z * self.sin_pitch
