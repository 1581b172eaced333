"""Jobs in processes of their own: what they answer, how they are stopped, and how they die."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from server.catalog import Catalog
from server.errors import Busy, NotFound
from server.jobs import Work, follower, manager
from server.jobs.job import Job
from server.jobs.limits import Limits
from server.jobs.manager import Jobs
from server.jobs.work import KINDS, Kind
from server.settings import ROOT
from server.storage import Storage
from server.watching import Watch
from tests.unit.job_works import MODULE

VAE = "fashion-vae-16"
ME, YOU = "1" * 32, "2" * 32
CATALOG = Catalog(ROOT / "checkpoints", only=VAE)
Test = Callable[[Jobs], Awaitable[None]]


@pytest.fixture(autouse=True)
def kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "test", Kind(MODULE, 1, "Starting the test."))


def run(folder: Path, test: Test, limits: Limits | None = None, watch: Watch | None = None) -> float:
    """Run a test with jobs that keep their results in `folder`; answers how long closing took."""

    async def whole() -> float:
        storage = Storage(folder, results_bytes=2**20)
        storage.open()
        jobs = Jobs(CATALOG, storage, limits or Limits(workers=2), watch)
        try:
            await asyncio.wait_for(test(jobs), 60)
        finally:
            begun = time.perf_counter()
            await jobs.close()
        return time.perf_counter() - begun

    return asyncio.run(whole())


def work(do: str, *, keep: bool = True, **more: float | str) -> Work:
    return Work("test", VAE, {"do": do, **more}, {"x": np.ones(4, np.float32)}, keep)


async def ended(jobs: Jobs, job: Job) -> list[str]:
    """Wait for the end; the states on the way."""
    return [answer.state async for answer in jobs.watch(job)]


async def pid(jobs: Jobs, job: Job, message: str = "Begun.") -> int:
    """The number of its process, once it works."""
    async for answer in jobs.watch(job):
        if answer.message == message and answer.partial:
            return int(answer.partial["pid"])
    raise AssertionError(f"it ended first: {job.message}")


async def gone(process: int, seconds: float = 10.0) -> bool:
    """Whether the process ends within the time: a busy machine lets one that was killed wait for its end, too."""
    until = time.perf_counter() + seconds
    while psutil.pid_exists(process) and time.perf_counter() < until:
        await asyncio.sleep(0.01)
    return not psutil.pid_exists(process)


def remains(processes: list[int]) -> list[object]:
    """What is left a moment later of processes, and of the threads beside them."""
    until = time.perf_counter() + 10
    while True:
        left: list[object] = [number for number in processes if psutil.pid_exists(number)]
        left += [thread for thread in threading.enumerate() if thread.name.startswith("job ")]
        if not left or time.perf_counter() > until:
            return left
        time.sleep(0.01)


def test_a_job_is_followed_to_its_result_and_the_process_is_nice(tmp_path: Path) -> None:
    async def test(jobs: Jobs) -> None:
        assert not multiprocessing.active_children()  # none before the first one is needed
        job = await jobs.start(work("wait for a mark", mark=str(tmp_path / "mark")), visitor=ME)
        process = await pid(jobs, job)
        assert psutil.Process(process).nice() == min(19, os.nice(0) + 10)
        assert "spawn_main" in " ".join(psutil.Process(process).cmdline())  # not forked, with whatever locks were held
        (tmp_path / "mark").touch()
        states = await ended(jobs, job)
        assert set(states) <= {"running", "done"}
        assert states[-1] == "done"
        found = await jobs.result(job)
        assert (found.content, found.filename) == (b"fashion-vae-16 4", "answer.txt")
        answer = job.answer()
        assert (answer.progress, answer.result, answer.error) == (1.0, f"/api/jobs/{job.id}/result", None)
        assert await gone(process)

    run(tmp_path, test)


def test_work_is_done_once_even_across_a_restart_and_for_everybody(tmp_path: Path) -> None:
    async def first(jobs: Jobs) -> None:
        await ended(jobs, await jobs.start(work("work"), visitor=ME))

    async def second(jobs: Jobs) -> None:
        job = await jobs.start(work("work"), visitor=YOU)
        assert job.state == "done"
        assert (await jobs.result(job)).content == b"fashion-vae-16 4"
        assert not multiprocessing.active_children()

    run(tmp_path, first)
    run(tmp_path, second)


def test_work_that_two_ask_for_at_once_is_done_once(tmp_path: Path) -> None:
    async def test(jobs: Jobs) -> None:
        mine, yours = [await jobs.start(work("sleep", seconds=0.3), visitor=each) for each in (ME, YOU)]
        again = await jobs.start(work("sleep", seconds=0.3), visitor=ME)
        assert again is mine
        assert yours is not mine
        await asyncio.gather(ended(jobs, mine), ended(jobs, yours))
        assert yours.state == "done"
        assert yours.partial is None  # it never ran
        assert (await jobs.result(yours)).content == b"fashion-vae-16 4"

    run(tmp_path, test, Limits(workers=1))


def test_asked_for_twice_in_one_breath_it_is_one_job(tmp_path: Path) -> None:
    async def test(jobs: Jobs) -> None:
        one, other = await asyncio.gather(*(jobs.start(work("work"), visitor=ME) for _ in range(2)))
        assert one is other
        assert (await ended(jobs, one))[-1] == "done"

    run(tmp_path, test)


def test_what_comes_from_an_upload_is_never_written(tmp_path: Path) -> None:
    async def test(jobs: Jobs) -> None:
        job = await jobs.start(work("work", keep=False), visitor=ME)
        await ended(jobs, job)
        assert (await jobs.result(job)).content == b"fashion-vae-16 4"
        assert job.work is None  # nor held any longer
        assert not [path for path in tmp_path.rglob("*") if path.is_file()]
        await jobs.cancel(job)  # forgets what is over
        with pytest.raises(NotFound):
            jobs.find(job.id, visitor=ME)
        with pytest.raises(NotFound):
            await jobs.result(job)

    run(tmp_path, test)


@pytest.mark.parametrize("do", ["sleep", "be stubborn"])
def test_a_cancelled_jobs_process_is_gone(tmp_path: Path, do: str) -> None:
    async def test(jobs: Jobs) -> None:
        job = await jobs.start(work(do), visitor=ME)
        process = await pid(jobs, job, "Begun." if do == "sleep" else "Not listening.")
        await jobs.cancel(job)
        assert job.state == "cancelled"
        assert await gone(process)
        after = await jobs.start(work("work"), visitor=ME)
        assert (await ended(jobs, after))[-1] == "done"

    run(tmp_path, test)


def test_a_job_is_cancelled_while_it_waits_and_while_its_process_starts(tmp_path: Path) -> None:
    async def test(jobs: Jobs) -> None:
        running = await jobs.start(work("sleep"), visitor=ME)
        waiting = await jobs.start(work("sleep", seconds=61), visitor=ME)
        assert [job.state for job in (running, waiting)] == ["running", "queued"]
        await jobs.cancel(waiting)
        assert [job.state for job in (running, waiting)] == ["running", "cancelled"]
        await jobs.cancel(running)
        assert running.over
        assert running.answer().state == "cancelled"

    run(tmp_path, test, Limits(workers=1))


@pytest.mark.parametrize(
    ("do", "code", "sentence"),
    [
        ("exit", "job_crashed", "ended before its time"),
        ("die", "job_crashed", "ended before its time"),
        ("run out of memory", "job_crashed", "ended before its time"),
        ("refuse", "invalid", "There is no such colour."),
        ("fail", "internal", "The server made a mistake"),
        ("answer nothing", "internal", "The server made a mistake"),
    ],
)
def test_whatever_happens_the_job_ends_with_a_sentence_and_the_next_one_runs(
    tmp_path: Path, do: str, code: str, sentence: str
) -> None:
    async def test(jobs: Jobs) -> None:
        job = await jobs.start(work(do), visitor=ME)
        after = await jobs.start(work("work"), visitor=ME)
        assert (await ended(jobs, job))[-1] == "failed"
        answer = job.answer()
        assert answer.error is not None
        assert answer.error.code == code
        assert sentence in answer.message
        assert "secret" not in answer.message
        assert answer.result is None
        with pytest.raises(NotFound):
            await jobs.result(job)
        assert (await ended(jobs, after))[-1] == "done"

    run(tmp_path, test, Limits(workers=1))


class Told(Watch):
    """Notes what it is told of jobs."""

    def __init__(self) -> None:
        self.states: list[str] = []
        self.counts: list[tuple[int, int]] = []
        self.over: list[tuple[str, bool, bool]] = []  # the state, and whether it had waited and had run

    def finished(self, kind: str, state: str, waited: float, seconds: float) -> None:
        assert kind == "test"
        self.over.append((state, waited >= 2, seconds >= 2))

    def job(self, kind: str, state: str) -> None:
        self.states.append(state)

    def going(self, kind: str, waiting: int, running: int) -> None:
        self.counts.append((waiting, running))


def test_a_job_whose_process_is_killed_is_begun_anew_once(tmp_path: Path) -> None:
    told = Told()

    async def test(jobs: Jobs) -> None:
        wanted = Work("test", VAE, {"do": "sleep, then work", "mark": str(tmp_path / "mark")}, work("").arrays)
        job = await jobs.start(wanted, visitor=ME)
        first = await pid(jobs, job)
        while not (tmp_path / "mark").exists():
            await asyncio.sleep(0.01)
        os.kill(first, signal.SIGKILL)
        seen = [answer async for answer in jobs.watch(job)]
        assert {answer.state for answer in seen} == {"running", "done"}
        assert any(answer.message.startswith(manager.ANEW) for answer in seen)
        assert (await jobs.result(job)).content == b"fashion-vae-16 4"
        assert told.states == ["queued", "running", "begun anew", "done"]
        assert told.counts == [(1, 0), (0, 1), (0, 1), (0, 0)]

    run(tmp_path, test, watch=told)


def test_killed_twice_it_ends_with_a_sentence(tmp_path: Path) -> None:
    async def test(jobs: Jobs) -> None:
        job = await jobs.start(work("sleep"), visitor=ME)
        first = await pid(jobs, job)
        os.kill(first, signal.SIGKILL)
        second = await pid(jobs, job, f"{manager.ANEW} Begun.")
        assert second != first
        assert job.state == "running"
        os.kill(second, signal.SIGKILL)
        assert (await ended(jobs, job))[-1] == "failed"
        assert job.failure is not None
        assert job.failure.code == "job_crashed"

    run(tmp_path, test)


def test_one_that_is_stopped_is_not_begun_anew(tmp_path: Path) -> None:
    told = Told()

    async def test(jobs: Jobs) -> None:
        job = await jobs.start(work("sleep"), visitor=ME)
        await pid(jobs, job)
        await jobs.cancel(job)
        assert job.state == "cancelled"
        assert told.states == ["queued", "running", "cancelled"]

    run(tmp_path, test, watch=told)


def test_how_long_a_job_waited_and_ran_is_told(tmp_path: Path) -> None:
    told = Told()

    async def test(jobs: Jobs) -> None:
        running, waiting = [await jobs.start(work("sleep", number=number), visitor=ME) for number in (1, 2)]
        await pid(jobs, running)
        await asyncio.sleep(2)
        await jobs.cancel(waiting)
        await jobs.cancel(running)
        assert told.over == [("cancelled", True, False), ("cancelled", False, True)]

    run(tmp_path, test, Limits(workers=1), watch=told)


def test_of_what_is_known_already_no_time_is_told(tmp_path: Path) -> None:
    told = Told()

    async def test(jobs: Jobs) -> None:
        wanted = work("work", keep=True)
        assert (await ended(jobs, await jobs.start(wanted, visitor=ME)))[-1] == "done"
        assert (await jobs.start(wanted, visitor=ME)).state == "done"
        assert [state for state, _, _ in told.over] == ["done"]

    run(tmp_path, test, watch=told)


def test_a_job_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    async def test(jobs: Jobs) -> None:
        job = await jobs.start(work("sleep"), visitor=ME)
        assert (await ended(jobs, job))[-1] == "failed"
        assert job.failure is not None
        assert job.failure.code == "job_too_long"

    run(tmp_path, test, Limits(seconds=1.0))


def test_jobs_are_bounded_for_a_visitor_and_in_all(tmp_path: Path) -> None:
    async def test(jobs: Jobs) -> None:
        for number in range(3):
            await jobs.start(work("sleep", seconds=60 + number), visitor=ME)
        with pytest.raises(Busy) as mine:
            await jobs.start(work("sleep", seconds=70), visitor=ME)
        assert mine.value.status == 429
        assert int(mine.value.headers["Retry-After"]) > 0
        await jobs.start(work("sleep", seconds=71), visitor=YOU)
        with pytest.raises(Busy):
            await jobs.start(work("sleep", seconds=72), visitor=YOU)

    run(tmp_path, test, Limits(workers=1, waiting=3, a_visitor=3))


def test_who_has_less_running_comes_first(tmp_path: Path) -> None:
    async def test(jobs: Jobs) -> None:
        mine = [await jobs.start(work("sleep", seconds=60 + number), visitor=ME) for number in range(3)]
        yours = await jobs.start(work("sleep", seconds=70), visitor=YOU)
        assert [job.state for job in (*mine, yours)] == ["running", "running", "queued", "queued"]
        await jobs.cancel(mine[0])
        assert yours.state == "running"
        assert mine[2].state == "queued"

    run(tmp_path, test, Limits(workers=2))


def test_a_job_is_its_visitors_alone_and_unknown_models_have_none(tmp_path: Path) -> None:
    async def test(jobs: Jobs) -> None:
        job = await jobs.start(work("sleep"), visitor=ME)
        assert jobs.find(job.id, visitor=ME) is job
        for wrong, visitor in ((job.id, YOU), ("0" * 32, ME)):
            with pytest.raises(NotFound):
                jobs.find(wrong, visitor=visitor)
        with pytest.raises(NotFound):
            await jobs.start(replace(work("work"), model="none"), visitor=ME)

    run(tmp_path, test)


def test_old_jobs_are_forgotten_but_never_those_that_go_on(tmp_path: Path) -> None:
    async def test(jobs: Jobs) -> None:
        going = await jobs.start(work("sleep"), visitor=ME)
        over = []
        for number in range(4):
            over.append(await jobs.start(work("work", number=number), visitor=ME))
            await ended(jobs, over[-1])
        assert jobs.find(going.id, visitor=ME) is going
        with pytest.raises(NotFound):
            jobs.find(over[0].id, visitor=ME)
        assert jobs.find(over[3].id, visitor=ME) is over[3]

    run(tmp_path, test, Limits(workers=2, remembered=2))


def test_a_result_that_was_cleared_away_says_so(tmp_path: Path) -> None:
    async def test(jobs: Jobs) -> None:
        job = await jobs.start(work("work"), visitor=ME)
        await ended(jobs, job)
        for path in (tmp_path / "results").iterdir():
            path.unlink()
        with pytest.raises(NotFound, match="cleared away"):
            await jobs.result(job)

    run(tmp_path, test)


def test_where_nothing_can_be_written_the_result_is_held(tmp_path: Path) -> None:
    async def test(jobs: Jobs) -> None:
        (tmp_path / "results").rmdir()
        job = await jobs.start(work("work"), visitor=ME)
        await ended(jobs, job)
        assert (await jobs.result(job)).content == b"fashion-vae-16 4"

    run(tmp_path, test)


def test_closing_ends_all_processes_at_once(tmp_path: Path) -> None:
    processes: list[int] = []

    async def test(jobs: Jobs) -> None:
        going = [await jobs.start(work("sleep", seconds=60 + number), visitor=ME) for number in range(4)]
        processes.extend([await pid(jobs, job) for job in going[:2]])

    assert run(tmp_path, test) < 30  # none of them slept its minute out
    assert len(processes) == 2
    assert not remains(processes)


def test_work_without_a_bound_has_a_place_of_its_own_and_no_end_of_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(KINDS, "long", Kind(MODULE, 1, "Starting.", bounded=False))
    times: list[float | None] = []
    process = follower.process  # type: ignore[attr-defined]

    def noted(*, timeout: float | None, **how: Any) -> Any:
        times.append(timeout)
        return process(timeout=timeout, **how)

    monkeypatch.setattr(follower, "process", noted)

    async def test(jobs: Jobs) -> None:
        wait = {"do": "wait for a mark", "mark": str(tmp_path / "mark")}
        long = [await jobs.start(Work("long", VAE, {**wait, "n": n}), visitor=ME) for n in range(2)]
        short = [await jobs.start(work("work", n=n), visitor=ME) for n in range(2)]
        assert [job.state for job in (*long, *short)] == ["running", "queued", "running", "queued"]
        assert jobs.going("long", VAE, **wait, n=1) == [long[1]]
        assert jobs.going("long", VAE, n=3) == jobs.going("long", "other") == []
        for job in short:
            assert (await ended(jobs, job))[-1] == "done"
        assert long[0].state == "running"
        (tmp_path / "mark").touch()
        for job in long:
            assert (await ended(jobs, job))[-1] == "done"
        assert sorted(seconds is None for seconds in times) == [False, False, True, True]

    run(tmp_path, test, Limits(workers=1, seconds=30))
