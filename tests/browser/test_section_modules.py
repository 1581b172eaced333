"""The arithmetic of the map's sections in the page's modules, on cases whose answer is known."""

from __future__ import annotations

import base64

import numpy as np
import pytest
from playwright.sync_api import Page

from tests.browser.test_map_modules import run

LINES = """const values = Float32Array.from(given.values);
  return Array.from(m.contourLines(values, given.columns, given.extent, given.level));"""


def contour(page: Page, values: np.ndarray, extent: list[float], level: float) -> np.ndarray:
    """The segments (S, 2, 2) of a grid (rows, columns)."""
    given = {"values": values.ravel().tolist(), "columns": values.shape[1], "extent": extent, "level": level}
    return np.array(run(page, "sections/contour_lines.js", LINES, given)).reshape(-1, 2, 2)


def test_the_contour_of_a_cone_is_a_circle(page: Page) -> None:
    middles = (np.arange(60) + 0.5) / 10 - 3  # a grid from -3 to 3 in both directions
    heights = 3 - np.hypot(middles[None, :] - 0.5, middles[:, None])
    lines = contour(page, heights, [-3, 3, -3, 3], 1)
    radii = np.hypot(lines[..., 0] - 0.5, lines[..., 1])
    np.testing.assert_allclose(radii, 2, atol=0.02)
    length = np.linalg.norm(lines[:, 0] - lines[:, 1], axis=1).sum()
    assert length == pytest.approx(4 * np.pi, rel=0.01)
    # It closes: each point is the end of two segments.
    _, counts = np.unique(np.round(lines.reshape(-1, 2), 6), axis=0, return_counts=True)
    assert set(counts) == {2}


def test_rows_go_up_and_columns_to_the_right(page: Page) -> None:
    values = np.zeros((4, 8))
    values[3, :] = 1  # the uppermost row is full
    lines = contour(page, values, [10, 18, 0, 4], 0.5)
    np.testing.assert_allclose(lines[..., 1], 3)
    assert (lines[..., 0].min(), lines[..., 0].max()) == (10.5, 17.5)


@pytest.mark.parametrize(("middle", "corner"), [(0.7, 0), (0.3, 1)])
def test_a_saddle_is_joined_by_what_its_middle_is(page: Page, middle: float, corner: int) -> None:
    high = 1.0
    low = 2 * middle - high  # so that the mean of the four is `middle`
    lines = contour(page, np.array([[high, low], [low, high]]), [0, 2, 0, 2], 0.5)
    assert lines.shape == (2, 2, 2)
    # Cut off are the two corners of the other kind: each line stays near one corner.
    corners = [(0.5, 0.5), (1.5, 1.5)] if corner else [(1.5, 0.5), (0.5, 1.5)]
    for line in lines:
        assert min(np.linalg.norm(line.mean(axis=0) - np.array(one)) for one in corners) < 0.5


def test_few_rows_are_listed_and_many_are_bits(page: Page) -> None:
    body = "return m.bodyOf(Uint32Array.from(given));"
    assert run(page, "sections/rows.js", body, [3, 9]) == {"rows": [3, 9]}
    rows = list(range(0, 9000, 3))
    bits = np.unpackbits(
        np.frombuffer(base64.b64decode(run(page, "sections/rows.js", body, rows)["bits"]), np.uint8), bitorder="little"
    )
    assert np.flatnonzero(bits).tolist() == rows


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0%"), (1, "100%"), (0.0043, "0.4%"), (0.09, "9%"), (0.0999, "10%"), (0.123, "12%")]
)
def test_shares_as_a_person_reads_them(page: Page, value: float, text: str) -> None:
    assert run(page, "sections/asking.js", "return m.share(given);", value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (0.012345, "0.0123"), (-2.5, "\u22122.5"), (0.00012, "1.2e\u22124"), (1234.5, "1230")]
)
def test_numbers_as_a_person_reads_them(page: Page, value: float, text: str) -> None:
    assert run(page, "sections/asking.js", "return m.short(given);", value) == text
