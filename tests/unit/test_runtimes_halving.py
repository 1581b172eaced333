"""A batch that does not fit is run in parts, and the answer is the same."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.runtimes import OutOfMemory
from server.runtimes.halving import PATIENCE, Halving
from tests.unit.fake_graphs import Limited, feeds

NAMES = ["image", "scale", "table"]


@given(rows=st.integers(1, 70), limit=st.integers(1, 80))
def test_the_answer_is_the_same_whatever_fits(rows: int, limit: int) -> None:
    whole = Limited(1000).run(NAMES, feeds(rows))
    graph = Limited(limit)
    parts = Halving(graph).run(NAMES, feeds(rows))
    for one, other in zip(whole, parts, strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == other.dtype
    assert sum(size for size in graph.sizes if size <= limit) == rows


def test_what_fits_is_run_at_once() -> None:
    graph = Limited(16)
    halving = Halving(graph)
    halving.run(NAMES, feeds(16))
    assert graph.sizes == [16]
    assert halving.fits is None


def test_the_size_that_fitted_is_remembered() -> None:
    graph = Limited(5)
    halving = Halving(graph)
    halving.run(NAMES, feeds(16))
    assert graph.sizes == [16, 8, 4, 4, 4, 4]
    assert halving.fits == 4
    graph.sizes.clear()
    halving.run(NAMES, feeds(10))
    assert graph.sizes == [4, 4, 2]


def test_no_rows_are_one_run() -> None:
    graph = Limited(4)
    (image,) = Halving(graph).run(["image"], feeds(0))
    assert image.shape == (0, 3)
    assert graph.sizes == [0]


def test_one_row_that_does_not_fit_is_an_error_with_a_way_out() -> None:
    halving = Halving(Limited(0))
    with pytest.raises(OutOfMemory, match=r"GPU 0 has no room left for a single picture.*LATENT_EXPLORER_DEVICE=cpu"):
        halving.run(NAMES, feeds(8))


def test_after_many_runs_more_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    graph = Limited(4)
    halving = Halving(graph)
    with caplog.at_level(logging.WARNING, "latent_explorer"):
        halving.run(NAMES, feeds(8))
    assert "GPU 0 has no room for 8 rows at once; going on with 4" in caplog.text
    graph.limit = 100  # what filled the device has gone
    halving.run(NAMES, feeds(4 * PATIENCE))
    assert halving.fits == 8
    halving.run(NAMES, feeds(8))
    assert graph.sizes[-1] == 8


def test_another_error_is_not_swallowed() -> None:
    with pytest.raises(KeyError):
        Halving(Limited(4)).run(["nothing"], feeds(2))


def test_it_tells_what_its_graph_tells() -> None:
    graph = Limited(4)
    assert (Halving(graph).running, Halving(graph).rows) == (graph.running, graph.rows)
