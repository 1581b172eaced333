"""The part of a picture that a person chose, in shares of it, so that no size has to be known."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Fractions come as decimal text: the far edges may miss 1 by rounding.
_ROUNDING = 1e-5


@dataclass(frozen=True)
class Crop:
    """A rectangle in shares of the upright picture's width and height: its left, top, width and height, in [0, 1]."""

    left: float
    top: float
    width: float
    height: float

    def __post_init__(self) -> None:
        """Raise ValueError, in a sentence, for a rectangle that is empty or reaches out of the picture."""
        values = (self.left, self.top, self.width, self.height)
        if not all(math.isfinite(value) for value in values) or self.width <= 0 or self.height <= 0:
            raise ValueError("The part that was chosen is empty: its width and height must be more than 0.")
        if min(self.left, self.top) < 0 or max(self.left + self.width, self.top + self.height) > 1 + _ROUNDING:
            raise ValueError("The part that was chosen reaches out of the picture: each share lies between 0 and 1.")

    @classmethod
    def parse(cls, text: str) -> Crop | None:
        """`x,y,w,h` -> the rectangle; None for "". Raises ValueError, in a sentence, for anything else."""
        if not text:
            return None
        try:
            left, top, width, height = (float(part) for part in text.split(","))
        except ValueError as wrong:
            raise ValueError(
                "crop must be four numbers, x,y,w,h, in shares of the upright picture, like 0.1,0.2,0.5,0.5."
            ) from wrong
        return cls(left, top, width, height)

    @property
    def whole(self) -> bool:
        """Whether nothing is cut away."""
        return self.width > 1 - _ROUNDING and self.height > 1 - _ROUNDING

    @property
    def share(self) -> float:
        """The share of the picture's area that is left, in (0, 1]."""
        return min(1.0, self.width * self.height)

    def box(self, width: int, height: int) -> tuple[int, int, int, int]:
        """The nearest whole pixels of a picture of that size: left, top, right, bottom, at least one each way."""
        left, right = _span(self.left, self.width, width)
        top, bottom = _span(self.top, self.height, height)
        return left, top, right, bottom

    def cut(self, upright: NDArray[np.float32]) -> NDArray[np.float32]:
        """That part of a picture: (h, w, C) -> a view of it."""
        left, top, right, bottom = self.box(upright.shape[1], upright.shape[0])
        return upright[top:bottom, left:right]


def _span(start: float, length: float, pixels: int) -> tuple[int, int]:
    """The first pixel and the one after the last, of `pixels` in a line."""
    first = min(pixels - 1, round(start * pixels))
    return first, max(first + 1, min(pixels, round((start + length) * pixels)))
