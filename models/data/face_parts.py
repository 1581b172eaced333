"""The parts of a drawn face but its hair, each as a fragment of SVG."""

from __future__ import annotations

import math

from models.data.face_colours import INK, WHITE, Colours
from models.data.face_shapes import DEPTH, Colour, Point, Pose, colour, ellipse, fill, line, mirrored, mix

# The right half of the head's outline from the crown to the chin: x, y and the depth that shifts with the pose.
OUTLINE = (
    (0.0, -39.5, -4.0),
    (17.5, -34.6, -4.0),
    (28.2, -21.5, -2.0),
    (31.5, -6.0, 0.0),
    (30.0, 9.0, 3.0),
    (25.0, 23.0, 7.0),
    (15.0, 34.5, 11.0),
    (0.0, 39.0, 13.0),
)
EYE = (13.2, -2.5)  # the right one's middle
MOUTH_Y = 21.5
OCTAGON = tuple((math.cos(math.pi * k / 4), math.sin(math.pi * k / 4)) for k in range(8))


def outline(pose: Pose) -> list[Point]:
    """The head's outline, clockwise from the crown."""
    left = [(-x, y, z) for x, y, z in reversed(OUTLINE) if x > 0]
    return [pose.rim(*point) for point in (*OUTLINE, *left)]


def head(pose: Pose, colours: Colours) -> str:
    """The head, lit from the upper left."""
    lit = [(x * 0.93 - 1.4, y * 0.95 - 1.4) for x, y in outline(pose)]
    return fill(outline(pose), colours.shade) + fill(lit, colours.skin)


def body(pose: Pose, colours: Colours) -> str:
    """Neck and shirt, which stay where they are when the head turns, and the shadow of the chin."""
    neck = [(-13.0, 10.0), (13.0, 10.0), (13.5, 34.0), (17.0, 44.0), (0.0, 52.0), (-17.0, 44.0), (-13.5, 34.0)]
    x, y = pose.rim(0, 30, 10)
    return (
        fill(
            [(0.0, 39.0), (22.0, 39.0), (44.0, 45.0), (56.0, 70.0), (-56.0, 70.0), (-44.0, 45.0), (-22.0, 39.0)],
            colours.shirt,
        )
        + fill(neck, colours.skin)
        + ellipse((x * 0.6, y + 3), (15.5, 13.0), colours.shade)
    )


def ears(pose: Pose, colours: Colours) -> str:
    """Both ears; the farther one slips behind the head."""
    turn = math.radians(pose.yaw)
    parts = []
    for side in (-1, 1):
        far = side * turn > 0
        x, y = pose.rim(side * 32.0, 1.5, -4.0)
        x -= side * 31.5 * (1 - math.cos(turn)) * (1.3 if far else 0.0)
        parts.append(ellipse((x, y), (6.0, 9.0), colours.skin))
        parts.append(ellipse((x + side * 0.8, y + 0.5), (3.0, 5.4), colours.shade))
    return "".join(parts)


def cheeks(pose: Pose, colours: Colours, smile: float) -> str:
    """A blush that a smile brings out and lifts."""
    glow = max(smile, 0.0)
    return "".join(
        fill(
            [pose.on(side * 19.0 + 5.6 * x, 11.5 - 2.2 * glow + 4.4 * y) for x, y in OCTAGON],
            colours.blush,
            0.3 + 0.6 * glow,
        )
        for side in (-1, 1)
    )


def nose(pose: Pose, colours: Colours) -> str:
    """The nose, whose tip stands out farthest and so moves most."""
    shape = [
        pose.on(0.0, -4.0, 1.5),
        pose.on(-2.8, 4.0, 4.0),
        pose.on(-5.6, 9.8, 2.5),
        pose.on(0.0, 12.4, 8.0),
        pose.on(5.6, 9.8, 2.5),
        pose.on(2.8, 4.0, 4.0),
    ]
    tip = pose.on(-0.6, 7.2, 8.0)
    nostrils = "".join(ellipse(pose.on(side * 2.7, 11.0, 5.0), (1.2, 0.8), INK, 0.55) for side in (-1, 1))
    return (
        fill(shape, mix(colours.skin, colours.shade, 0.8))
        + ellipse(tip, (2.3, 2.6), mix(colours.skin, WHITE, 0.4), 0.75)
        + nostrils
    )


def eyes(pose: Pose, colours: Colours, opening: float) -> str:
    """Both eyes; the irises stay with the viewer a little when the head turns."""
    return "".join(eye(pose, colours, side, opening) for side in (-1, 1))


def eye(pose: Pose, colours: Colours, side: int, opening: float) -> str:
    """The eye on the right (side 1) or the left (-1)."""
    middle, level = EYE
    half, opened = 8.4, opening**0.6

    def arc(height: float) -> list[Point]:
        """Corner to corner through a middle that is `height` below the corners' level."""
        return [
            pose.on(side * (middle + half * k), level + height * (1 - abs(k) ** 2.3) - (0.7 * k if k > 0 else 0.0))
            for k in (-1.0, -0.62, -0.2, 0.2, 0.62, 1.0)
        ]

    top, upper, lower, bottom = arc(-8.0), arc(2.4 - 9.2 * opened), arc(2.8 + 2.4 * opened), arc(6.6)
    x, y = pose.on(side * middle - 0.055 * pose.yaw, level - 0.6 + 0.05 * pose.pitch)
    narrow = math.cos(math.radians(pose.yaw)) * pose.width
    return (
        fill([*upper, *reversed(lower)], WHITE)
        + ellipse((x, y), (4.9 * narrow, 4.9), colour("#5b3a29"))
        + ellipse((x, y), (2.9 * narrow, 2.9), INK)
        + ellipse((x - 1.5, y - 1.7), (1.35, 1.35), WHITE)
        # Lids cover the eye rather than clip it: a clip costs the renderer a layer.
        + fill([*top, *reversed(upper)], colours.lid)
        + fill([*lower, *reversed(bottom)], colours.skin)
        + line(lower, INK, 0.8, 0.35)
        + line(upper, INK, 2.0)
    )


def brows(pose: Pose, colours: Colours, lift: float) -> str:
    """Both brows; raised ones are arched."""
    level = -12.0 - 7.0 * lift
    return "".join(
        line(
            [
                pose.on(side * 5.6, level + 2.0 - 1.4 * lift, 1.0),
                pose.on(side * 12.5, level - 0.8 - 1.6 * lift, 1.0),
                pose.on(side * 21.0, level + 2.2, 1.0),
            ],
            colours.brow,
            3.1,
        )
        for side in (-1, 1)
    )


def mouth(pose: Pose, colours: Colours, smile: float, opening: float) -> str:
    """Lips around an opening with teeth and a tongue; `smile` bends them and makes them wide."""
    half = 10.6 + 1.9 * smile - 0.8 * opening
    bend = 6.4 * smile

    def arc(height: float, reach: float = 1.0) -> list[Point]:
        """Corner to corner; the corners lie above the middle by the bend of the smile, the middle at `height`."""
        return [
            pose.on(half * reach * k, MOUTH_Y - 0.55 * bend + (height + bend) * (1 - abs(k) ** 1.9), 2.0)
            for k in (-1.0, -0.6, -0.2, 0.2, 0.6, 1.0)
        ]

    upper, lower = -0.4 - 2.6 * opening, 0.5 + 8.4 * opening
    teeth = upper + (lower - upper) * (0.38 + 0.14 * max(smile, 0.0))
    ends = 0.93
    inside = [*arc(upper, ends), *reversed(arc(lower, ends))]
    return (
        fill([*arc(upper - 2.8, 1.12), *reversed(arc(lower + 3.4, 1.12))], colours.lips)
        + fill(inside, colour("#451419"))
        + fill([*arc(upper + (lower - upper) * 0.66, 0.6), *reversed(arc(lower, 0.6))], colour("#d2616a"))
        + fill([*arc(upper, ends - 0.05), *reversed(arc(teeth, ends - 0.05))], WHITE)
        + line(arc(upper, ends), colour("#451419"), 0.9)
    )


def beard(pose: Pose, colours: Colours, kind: str) -> str:
    """A beard of the kind "none", "moustache" or "full"; the mouth is drawn over it."""
    if kind == "none":
        return ""
    half: list[Point] = [(0.0, 13.0), (5.5, 13.4), (12.5, 17.0), (16.0, 23.0), (9.0, 19.6), (0.0, 18.4)]
    if kind == "moustache":
        return fill([pose.on(x, y, 2.5) for x, y in mirrored(half)], colours.beard)
    right = [pose.rim(x + 1.0, y, z) for x, y, z in ((31.0, 1.0, 0.0), *OUTLINE[4:-1])]
    left = [pose.rim(-x - 1.0, y, z) for x, y, z in reversed(((31.0, 1.0, 0.0), *OUTLINE[4:-1]))]
    cheek = [(27.5, 4.0), (23.0, 14.0), (14.0, 15.0), (6.0, 13.2), (0.0, 13.8)]
    edge = [pose.on(-x, y) for x, y in cheek[:-1]] + [pose.on(x, y) for x, y in reversed(cheek)]
    return fill([*right, pose.rim(0, 41.5, 13.0), *left, *edge], colours.beard)


def glasses(pose: Pose, colours: Colours, kind: str) -> str:
    """Glasses of the kind "none", "round" or "square", flat before the eyes."""
    if kind == "none":
        return ""
    middle, level = EYE
    plane = DEPTH * 0.86 + 3.0
    frame: Colour = colour("#26324a") if kind == "square" else colour("#11696e")
    power = 2.0 if kind == "round" else 5.0
    wide, high = (11.2, 11.2) if kind == "round" else (11.8, 9.4)

    def corner(angle: float) -> Point:
        c, s = math.cos(angle), math.sin(angle)
        r = (abs(c) ** power + abs(s) ** power) ** (-1 / power)
        return wide * r * c, high * r * s

    count = 12 if kind == "round" else 20
    rim = [corner(2 * math.pi * (k + 0.5) / count) for k in range(count)]
    parts = []
    for side in (-1, 1):
        ring = [pose.at(side * middle + dx, level + dy, plane) for dx, dy in rim]
        parts.append(line(ring, frame, 2.1, closed=True))
        hinge = pose.at(side * (middle + wide), level - 2, plane)
        seen = min(max((18.0 - side * pose.yaw) / 14.0, 0.0), 1.0)  # the farther temple fades behind the head
        if seen > 0:
            parts.append(line([hinge, pose.rim(side * 31.5, -1.0, -2.0)], frame, 1.9, seen))
    bridge = [pose.at(x, y, plane + 2) for x, y in ((-2.2, level - 1.5), (0.0, level - 3.0), (2.2, level - 1.5))]
    return "".join(parts) + line(bridge, frame, 2.1)
