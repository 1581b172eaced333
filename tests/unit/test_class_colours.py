"""The ten class colours of each theme: far apart, also for the colour-blind, and seen on their ground."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
from numpy.typing import NDArray

from server.settings import ROOT

TOKENS = (ROOT / "frontend/static/css/tokens.css").read_text(encoding="utf-8")
THEMES = {"light": 0, "dark": 1}
# Machado, Oliveira and Fernandes (2009), severity 1, for linear sRGB.
SEEN_BY = {
    "full colour vision": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}


def token(name: str, theme: str) -> NDArray[np.float64]:
    """Linear RGB of a token: the first block of the file is light, the second dark."""
    found = re.findall(rf"--{name}: #([0-9a-f]{{6}});", TOKENS)
    assert len(found) == 3, name  # dark stands there twice: chosen, and as the system has it
    assert found[1] == found[2]
    value = found[THEMES[theme]]
    shares = np.array([int(value[at : at + 2], 16) for at in (0, 2, 4)]) / 255
    return np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)


def oklab(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ottosson (2020)."""
    cones = np.array(
        [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ]
    )
    opponents = np.array(
        [
            [0.2104542553, 0.7936177850, -0.0040720468],
            [1.9779984951, -2.4285922050, 0.4505937099],
            [0.0259040371, 0.7827717662, -0.8086757660],
        ]
    )
    found: NDArray[np.float64] = opponents @ np.cbrt(cones @ np.clip(linear, 0, 1))
    return found


def apart(theme: str, eyes: str) -> float:
    """The smallest distance between two class colours."""
    seen = [oklab(np.array(SEEN_BY[eyes]) @ token(f"class-{index}", theme)) for index in range(10)]
    return min(float(np.linalg.norm(one - other)) for one, other in itertools.combinations(seen, 2))


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("eyes", "least"), [(eyes, 0.16 if eyes.startswith("full") else 0.1) for eyes in SEEN_BY])
def test_any_two_classes_are_told_apart(theme: str, eyes: str, least: float) -> None:
    assert apart(theme, eyes) >= least


@pytest.mark.parametrize("theme", THEMES)
def test_each_class_is_seen_on_its_ground(theme: str) -> None:
    luminance = np.array([0.2126, 0.7152, 0.0722])
    ground = float(luminance @ token("panel", theme))
    for index in range(10):
        own = float(luminance @ token(f"class-{index}", theme))
        assert (max(own, ground) + 0.05) / (min(own, ground) + 0.05) >= 3  # WCAG 2.2, 1.4.11


def test_the_measure_itself_tells_near_from_far() -> None:
    white, black = oklab(np.ones(3)), oklab(np.zeros(3))
    assert np.linalg.norm(white - black) == pytest.approx(1, abs=1e-3)
    red, green = np.array([0.5, 0.0, 0.0]), np.array([0.0, 0.13, 0.0])
    seen = [oklab(np.array(SEEN_BY["deuteranopia"]) @ colour) for colour in (red, green)]
    assert np.linalg.norm(seen[0] - seen[1]) < np.linalg.norm(oklab(red) - oklab(green)) / 2
