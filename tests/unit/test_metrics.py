"""What is counted for Prometheus, and that nothing is shared between two applications."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable

import pytest
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from server.metrics import SECONDS, Metrics
from server.standing import Standing
from server.watching import HOOKS, Several, Watch


def values(metrics: Metrics) -> dict[str, float]:
    """Each sample by its name and labels, as Prometheus itself would read them."""
    families = text_string_to_metric_families(metrics.text().decode())
    return {
        " ".join([sample.name, *(f"{key}={value}" for key, value in sorted(sample.labels.items()))]): sample.value
        for family in families
        for sample in family.samples
    }


def test_what_is_told_is_counted() -> None:
    standing = Standing()
    metrics = Metrics(standing)
    metrics.queued("hand", 3)
    metrics.ran("vae", "hand", 5, [0.02, 0.04], 0.1)
    metrics.loaded("vae", 0.5, 1000)
    metrics.held(1, 1000)
    metrics.evicted("vae")
    metrics.refused("busy")
    metrics.dropped("mailbox")
    metrics.sent("/api/models", 12)
    metrics.job("map", "queued")
    metrics.going("map", 1, 0)
    metrics.finished("map", "done", 2.0, 40.0)
    metrics.answered("/api/models", "GET", 200, 0.2)
    metrics.answered("/api/live", "WEBSOCKET", 101, 600.0)
    metrics.frame("ok", 0.003)
    standing.enter("one")
    found = values(metrics)
    wanted = {
        "queue_depth lane=hand": 3,
        "batch_rows_sum lane=hand": 5,
        "wait_seconds_count lane=hand model=vae": 2,
        "wait_seconds_sum lane=hand model=vae": pytest.approx(0.06),
        "compute_seconds_sum lane=hand model=vae": 0.1,
        "load_seconds_count model=vae": 1,
        "models_held": 1,
        "models_held_bytes": 1000,
        "evictions_total model=vae": 1,
        "refusals_total code=busy": 1,
        "dropped_total lane=mailbox": 1,
        "sent_bytes_total route=/api/models": 12,
        "jobs_total kind=map state=queued": 1,
        "jobs_going kind=map state=queued": 1,
        "job_seconds_sum kind=map state=done": 40,
        "jobs_going kind=map state=running": 0,
        "request_seconds_count method=GET route=/api/models status=200": 1,
        "websockets_total route=/api/live status=101": 1,
        "frame_seconds_sum code=ok": 0.003,
        "visitors": 1,
        "ready": 0,
    }
    for name, value in wanted.items():
        assert found[f"latent_explorer_{name}"] == value, name
    assert found["process_threads"] >= 1
    standing.ready()
    standing.leave("one")
    assert (values(metrics)["latent_explorer_ready"], values(metrics)["latent_explorer_visitors"]) == (1, 0)


def test_two_applications_share_nothing() -> None:
    first, second = Metrics(Standing()), Metrics(Standing())
    first.refused("busy")
    assert "latent_explorer_refusals_total code=busy" not in values(second)


def test_several_tell_each_of_all_that_there_is_to_tell() -> None:
    """A hook that `Several` did not hand on would be counted nowhere."""
    told: list[tuple[str, str]] = []

    def noting(name: str) -> Callable[..., None]:
        return lambda self, *_: told.append((self.name, name))

    everything = type("Everything", (Watch,), {hook: noting(hook) for hook in HOOKS})
    little = type("Little", (Watch,), {"frame": noting("frame")})
    watches = [everything(), little(), everything(), Watch()]
    for name, watch in zip(("first", "little", "last", "nothing"), watches, strict=True):
        watch.name = name
    several = Several(*watches)
    assert len(HOOKS) >= 13
    for name in HOOKS:
        hook = getattr(several, name)
        hook(*["x"] * (len(inspect.signature(getattr(Watch, name)).parameters) - 1))
    assert told == [
        (who, name) for name in HOOKS for who in (("first", "little", "last") if name == "frame" else ("first", "last"))
    ]


def test_times_fall_into_the_buckets_that_the_librarys_own_has() -> None:
    times = [0.0, 0.001, 0.0011, 0.05, 0.2, 30.0, 31.0]
    metrics, registry = Metrics(Standing()), CollectorRegistry()
    theirs = Histogram("latent_explorer_frame_seconds", "Time.", ["code"], buckets=SECONDS, registry=registry)
    for seconds in times:
        metrics.frame("ok", seconds)
        theirs.labels("ok").observe(seconds)
    lines = [
        [
            line
            for line in text.decode().splitlines()
            if re.match(r"latent_explorer_frame_seconds_(bucket|count|sum)", line)
        ]
        for text in (metrics.text(), generate_latest(registry))
    ]
    assert len(lines[0]) == len(SECONDS) + 3
    assert lines[0] == lines[1]
