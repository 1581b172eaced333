"""Pictures that are not faces, made of what faces are made of: parts missing, thrown about, turned over."""

from __future__ import annotations

import numpy as np

from models.data import face_hair, face_parts
from models.data.face_colours import HAIRS, SKINS, Colours
from models.data.face_drawing import BEARDS, GLASSES, HAIR_STYLES, document
from models.data.face_shapes import Point, Pose, fill, palette

KEPT = 0.55  # probability that a part is used at all


def drawn(random: np.random.Generator) -> str:
    """A picture that is not a face, as an SVG document."""

    def some(low: float, high: float) -> float:
        return float(random.uniform(low, high))

    pose = Pose(some(-35, 35), some(-20, 20), some(0.86, 1.14))
    colours = Colours.of(some(0, 1), some(0, 1), some(0, 1))
    style = str(random.choice(HAIR_STYLES[1:]))
    eye_x, eye_y = face_parts.EYE
    parts: list[tuple[str, Point]] = [
        (face_parts.head(pose, colours), (0.0, 0.0)),
        (face_parts.ears(pose, colours), (0.0, 0.0)),
        (face_hair.back(pose, colours, style, some(0, 1)), (0.0, -10.0)),
        (face_hair.front(pose, colours, style, some(0, 1)), (0.0, -25.0)),
        (face_parts.brows(pose, colours, some(0, 1)), (0.0, -14.0)),
        (face_parts.nose(pose, colours), (0.0, 5.0)),
        (face_parts.mouth(pose, colours, some(-1, 1), some(0, 1)), (0.0, face_parts.MOUTH_Y)),
        (face_parts.beard(pose, colours, str(random.choice(BEARDS[1:]))), (0.0, 25.0)),
        (face_parts.glasses(pose, colours, str(random.choice(GLASSES[1:]))), (0.0, eye_y)),
        (face_parts.cheeks(pose, colours, some(0, 1)), (0.0, 10.0)),
        *((face_parts.eye(pose, colours, side, some(0, 1)), (side * eye_x, eye_y)) for side in (-1, 1)),
    ]
    pieces = [_thrown(part, middle, random) for part, middle in parts if random.random() < KEPT]
    pieces += [_blob(random) for _ in range(int(random.integers(1, 5)))]
    random.shuffle(pieces)
    return document(colours, "".join(pieces))


def _thrown(part: str, middle: Point, random: np.random.Generator) -> str:
    """A part somewhere else, turned by 40 to 320 degrees and of another size."""
    x, y = random.uniform(-42, 42, 2)
    turn, size = random.uniform(40, 320), random.uniform(0.6, 1.3)
    return (
        f'<g transform="translate({x:.2f} {y - 4:.2f}) rotate({turn:.1f}) scale({size:.2f}) '
        f'translate({-middle[0]:.2f} {-middle[1]:.2f})">{part}</g>'
    )


def _blob(random: np.random.Generator) -> str:
    """A round or angular shape in a colour of skin or hair."""
    count = int(random.integers(4, 9))
    x, y = random.uniform(-45, 45, 2)
    angles = np.arange(count) * 2 * np.pi / count
    reach = random.uniform(4, 26) * random.uniform(0.5, 1.2, count)
    points = [(float(x + r * np.cos(a)), float(y - 4 + r * np.sin(a))) for a, r in zip(angles, reach, strict=True)]
    return fill(points, palette(SKINS if random.random() < 0.5 else HAIRS, float(random.random())))
