"""The short variant of each command that starts a server: no 5xx, pictures that are right, figures that are there."""

from __future__ import annotations

from collections import Counter

import numpy as np

from benchmarks import clients, cycles, endurance, fairness, first_slider, fuzz, overload, round_trip
from benchmarks.echo import echoing
from benchmarks.wire import running
from server.catalog import Catalog
from server.opened import OpenedModel
from server.runtimes import choose
from server.settings import ROOT
from tests.browser.host import chromium, serving


def test_an_overload_is_answered_or_refused_and_nothing_else() -> None:
    with serving({"LATENT_EXPLORER_REQUESTS_AT_A_TIME": "8"}) as host:
        found = running(lambda: overload.measured(host.port, 3, 1, rows=4, clients=4))
    answers = found.flood.answers
    assert set(answers) == {"200", "429"}, answers
    assert found.goodput > 0


def test_requests_that_nobody_would_send_are_refused_and_the_server_lives() -> None:
    found, well = fuzz.measured(200)
    assert found.broken == []
    assert well
    assert found.sent == 200
    assert {200, 404, 422} <= set(found.answers)
    assert len(found.operations) > 40


def test_models_come_and_go() -> None:
    samples, loads, evictions = cycles.measured(20, few=2)
    assert [sample.at for sample in samples] == list(range(2, 21, 2))
    assert loads >= 20 - 1
    assert evictions >= 20 - 2
    # The least of each half: a thread or a file that is just about to go is no growth.
    for count in ("threads", "descriptors"):
        first, last = (min(getattr(sample, count) for sample in half) for half in (samples[:5], samples[5:]))
        assert last <= first


def test_people_at_a_server_see_no_error() -> None:
    samples, going = endurance.measured(4, look_s=0.5)
    assert going.wrong == []
    assert going.answers["live frame"] > 0
    assert len([name for name in going.answers if name.endswith(" 200")]) >= 5
    assert len(samples) >= 4


def test_all_clients_are_answered_by_server_engine_and_echo() -> None:
    with serving() as host, echoing() as echo:
        found = running(lambda: clients.measured(host.port, echo, 16, 0.3, rounds=1))
    assert [one.model for one in found] == [*clients.CONVOLUTIONAL, *clients.TINY]
    assert all(
        len(rates.times) >= 16 and rates.rate > 0 for one in found for rates in (one.server, one.beside, one.echo)
    )
    assert all(one.decoder > 0 for one in found)


def test_a_round_trip_brings_the_decoders_picture() -> None:
    opened = OpenedModel(Catalog(ROOT / "checkpoints"), choose("onnx", "cpu"), "fashion-vae-16")
    with serving() as host:
        calls, trips = running(lambda: round_trip.measured(host.port, opened, 3, rounds=2))
    assert len(calls) == len(trips) == 6
    assert np.median(trips) > 0


def test_pictures_and_grids_come_beside_each_other() -> None:
    alone, crowded, grids, _ = fairness.measured(8, rounds=1)
    assert len(alone) == len(crowded) == 8
    assert grids.failed == []
    assert grids.made > 0


def test_a_first_visit_is_small_and_its_bytes_are_told() -> None:
    with serving() as host, chromium() as browser:
        first_slider.visit(browser, host.address)
        found = first_slider.visit(browser, host.address)
    assert found.size == sum(found.each.values())
    assert 0 < found.picture < found.slider
    assert found.size < 100 * first_slider.KB, Counter(found.each).most_common(10)
