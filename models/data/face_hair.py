"""The hair of a drawn face: what lies behind the head and what lies on it, as fragments of SVG."""

from __future__ import annotations

import math

from models.data.face_colours import WHITE, Colours
from models.data.face_parts import OUTLINE
from models.data.face_shapes import Point, Pose, ellipse, fill, line, mix

# The right half of each style's hairline on the face, from the middle of the forehead to the temple.
HAIRLINES: dict[str, tuple[Point, ...]] = {
    "short": ((0.0, -25.5), (10.0, -26.0), (20.0, -23.5), (25.5, -15.0), (28.0, -5.0)),
    "curly": ((0.0, -25.0), (10.0, -25.0), (20.0, -21.5), (25.5, -13.0), (28.5, -3.0)),
    "bun": ((0.0, -29.0), (10.0, -27.5), (19.0, -22.5), (25.0, -14.0), (28.5, -4.0)),
    "long": ((0.0, -31.0), (7.0, -27.0), (17.0, -19.0), (24.0, -9.0), (28.0, 4.0)),
}


def back(pose: Pose, colours: Colours, style: str, length: float) -> str:
    """The hair behind head and neck."""
    if style == "long":
        end = 16.0 + 40.0 * length
        sides = [
            (0.0, -45.0),
            (22.0, -41.0),
            (35.0, -24.0),
            (38.5, 0.0),
            (39.5, end * 0.6),
            (36.0, end),
            (16.0, end + 3.0),
        ]
        return fill([pose.rim(x, y, -9.0) for x, y in _round(sides)], colours.hair_shade)
    if style == "fringe":
        end = 4.0 + 32.0 * length
        sides = [(0.0, -45.0), (22.0, -42.0), (35.5, -26.0), (38.0, -4.0), (37.0, end), (24.0, end + 3.0)]
        return fill([pose.rim(x, y, -8.0) for x, y in _round(sides)], colours.hair_shade)
    if style == "bun":
        radius = 7.5 + 6.5 * length
        x, y = pose.rim(0.0, -40.0 - 0.45 * radius, -14.0)
        knot = ellipse((x, y), (radius * 1.1, radius), colours.hair)
        turn = line(
            [(x - radius * 0.6, y - 1.0), (x, y + radius * 0.35), (x + radius * 0.7, y - 2.0)], colours.hair_shade, 1.6
        )
        return knot + turn
    if style == "curly":
        reach = 1.02 + 0.26 * length
        curl = 7.5 + 4.0 * length
        return "".join(_curls(pose, colours, reach, curl))
    return ""


def _round(half: list[Point]) -> list[Point]:
    return [*half, *((-x, y) for x, y in reversed(half) if x > 0)]


def _curls(pose: Pose, colours: Colours, reach: float, curl: float) -> list[str]:
    """A ring of curls around the head, from ear to ear over the crown."""
    parts = []
    for k in range(11):
        angle = math.radians(-205.0 + 23.0 * k)
        x, y = 31.0 * reach * math.cos(angle), 36.0 * reach * math.sin(angle)
        parts.append(
            ellipse(pose.rim(x, y, -6.0), (curl, curl), mix(colours.hair, colours.hair_shade, 0.45 if k % 2 else 0.0))
        )
    return parts


def front(pose: Pose, colours: Colours, style: str, length: float) -> str:
    """The hair on the head, down to the hairline."""
    if style == "bald":
        return ""
    thick = {"short": 1.5 + 7.0 * length, "fringe": 4.5, "curly": 3.0, "bun": 2.5, "long": 4.5}[style]
    if style == "fringe":
        edge = [(0.0, -17.5), (8.0, -17.0), (16.0, -16.0), (22.5, -13.0), (25.5, -6.0), (27.0, 6.0), (29.0, 12.0)]
    else:
        edge = list(HAIRLINES[style])
    foot = edge[-1][1]
    rim = [(x, y, z) for x, y, z in OUTLINE if y < foot - 4]
    scale = [(x * (1 + thick / 60), y - thick * max(0.0, -y / 40), z) for x, y, z in rim]
    grown = [pose.rim(x, y, z) for x, y, z in scale]
    left = [pose.rim(-x, y, z) for x, y, z in reversed(scale) if x > 0]
    ends = [pose.rim(side * (31.6 + 0.3 * thick), foot, 0.0) for side in (1, -1)]
    line_right = [pose.on(x, y, 0.5) for x, y in reversed(edge)]
    line_left = [pose.on(-x, y, 0.5) for x, y in edge if x > 0]
    cap = fill([*grown, ends[0], *line_right, *line_left, ends[1], *left], colours.hair)
    return cap + _strands(pose, colours, style)


def _strands(pose: Pose, colours: Colours, style: str) -> str:
    light = mix(colours.hair, WHITE, 0.22)
    if style == "fringe":
        return "".join(
            line([pose.on(x, -18.5, 1.0), pose.on(x * 0.92, -25.0, 1.0)], colours.hair_shade, 1.3, 0.8)
            for x in (-14.0, -5.0, 5.0, 14.0)
        ) + line([pose.on(-17.0, -29.0, 1.5), pose.on(-4.0, -32.0, 1.5), pose.on(9.0, -31.5, 1.5)], light, 2.6, 0.7)
    if style == "long":
        return line([pose.on(0.0, -37.0, 2.0), pose.on(0.0, -31.0, 1.0)], colours.hair_shade, 1.6) + line(
            [pose.on(-22.0, -22.0, 1.0), pose.on(-13.0, -30.0, 1.0), pose.on(-6.0, -34.0, 1.0)], light, 2.4, 0.7
        )
    if style == "curly":
        return "".join(
            ellipse(pose.on(x, y, 1.0), (6.2, 5.4), colours.hair)
            for x, y in ((-19.0, -22.0), (-8.0, -25.0), (4.0, -25.5), (15.0, -23.0), (23.0, -16.0))
        )
    if style == "bun":
        return "".join(
            line([pose.on(x, -26.0 + abs(x) * 0.25, 1.0), pose.on(x * 0.35, -37.0, 1.0)], colours.hair_shade, 1.2, 0.7)
            for x in (-14.0, 0.0, 14.0)
        )
    return line([pose.on(-15.0, -29.0, 1.5), pose.on(-5.0, -32.5, 1.5), pose.on(6.0, -32.5, 1.5)], light, 2.4, 0.6)


def shine(pose: Pose) -> str:
    """The light on a bald crown."""
    return ellipse(pose.on(-9.0, -28.0), (8.0, 3.6), WHITE, 0.3)
