"""A warm worker: it outlives its jobs, and when it dies, however it dies, one job ends with a sentence at the most."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
import psutil
import pytest

from server.catalog import Catalog
from server.jobs import Work, child, manager
from server.jobs.job import Job
from server.jobs.limits import Limits
from server.jobs.manager import Jobs
from server.jobs.work import KINDS, Kind
from server.settings import ROOT
from server.storage import Storage
from tests.unit.job_works import GETTING_READY, MODULE

VAE = "fashion-vae-16"
ME, YOU = "1" * 32, "2" * 32
CATALOG = Catalog(ROOT / "checkpoints", only=VAE)
Test = Callable[[Jobs], Awaitable[None]]


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "test", Kind(MODULE, 1, "Starting the test.", warm=True))
    monkeypatch.setitem(KINDS, "cold", Kind(MODULE, 1, "Starting the test."))


def run(folder: Path, test: Test, limits: Limits | None = None) -> float:
    """Run a test with jobs that keep their results in `folder`; answers how long closing took."""

    async def whole() -> float:
        storage = Storage(folder, results_bytes=2**20)
        storage.open()
        jobs = Jobs(CATALOG, storage, limits or Limits(workers=1))
        try:
            await asyncio.wait_for(test(jobs), 60)
        finally:
            begun = time.perf_counter()
            await jobs.close()
        assert not multiprocessing.active_children()
        return time.perf_counter() - begun

    return asyncio.run(whole())


def work(do: str, kind: str = "test", **more: float) -> Work:
    return Work(kind, VAE, {"do": do, **more}, {"x": np.ones(4, np.float32)})


async def pid(jobs: Jobs, job: Job) -> int:
    """The number of the process that does it, once it works."""
    async for answer in jobs.watch(job):
        if answer.partial:
            return int(answer.partial["pid"])
    raise AssertionError(f"it ended first: {job.message}")


async def another(jobs: Jobs, job: Job, than: int) -> int:
    """The number of the process that does it after the one that died."""
    async for answer in jobs.watch(job):
        if answer.partial and answer.partial["pid"] != than:
            return int(answer.partial["pid"])
    raise AssertionError(f"it ended first: {job.message}")


async def ended(jobs: Jobs, job: Job) -> str:
    """Its last state."""
    return [answer.state async for answer in jobs.watch(job)][-1]


async def gone(process: int, seconds: float = 10.0) -> bool:
    until = time.perf_counter() + seconds
    while psutil.pid_exists(process) and time.perf_counter() < until:
        await asyncio.sleep(0.01)
    return not psutil.pid_exists(process)


async def again(jobs: Jobs, number: float) -> int:
    """A further job is done; by which process."""
    job = await jobs.start(work("work", number=number), visitor=ME)
    process = await pid(jobs, job)
    assert await ended(jobs, job) == "done"
    assert (await jobs.result(job)).content == b"fashion-vae-16 4"
    return process


def test_one_process_does_one_job_after_the_other_and_is_the_nicest(tmp_path: Path) -> None:
    async def test(jobs: Jobs) -> None:
        assert not multiprocessing.active_children()
        first = await again(jobs, 1)
        assert psutil.Process(first).nice() == 19
        assert await again(jobs, 2) == first
        refused = await jobs.start(work("refuse"), visitor=ME)
        assert await ended(jobs, refused) == "failed"
        assert refused.message == "There is no such colour."
        mistaken = await jobs.start(work("fail"), visitor=ME)
        assert await ended(jobs, mistaken) == "failed"
        assert mistaken.failure == child.MISTAKE
        assert await again(jobs, 3) == first

    assert run(tmp_path, test) < 30


@pytest.mark.parametrize("do", ["sleep", "be stubborn"])
def test_a_cancelled_jobs_process_is_gone_and_the_next_job_has_another(tmp_path: Path, do: str) -> None:
    async def test(jobs: Jobs) -> None:
        job = await jobs.start(work(do), visitor=ME)
        process = await pid(jobs, job)
        await jobs.cancel(job)
        assert job.state == "cancelled"
        assert await gone(process)
        assert await again(jobs, 1) != process

    run(tmp_path, test)


def test_a_job_is_cancelled_while_its_process_gets_ready(tmp_path: Path) -> None:
    async def test(jobs: Jobs) -> None:
        job = await jobs.start(work("work"), visitor=ME)
        await jobs.cancel(job)
        assert job.state == "cancelled"
        assert not multiprocessing.active_children()

    run(tmp_path, test)


@pytest.mark.parametrize("do", ["die", "exit", "run out of memory"])
def test_a_job_whose_process_dies_says_so_and_the_next_one_runs(tmp_path: Path, do: str) -> None:
    async def test(jobs: Jobs) -> None:
        job = await jobs.start(work(do), visitor=ME)
        waiting = await jobs.start(work("work"), visitor=ME)
        assert await ended(jobs, job) == "failed"
        assert job.failure is not None
        assert job.failure.code == "job_crashed"
        assert "ended before its time" in job.message
        assert await ended(jobs, waiting) == "done"

    run(tmp_path, test)


def test_killed_from_outside_at_work_the_job_says_so_and_idle_nobody_notices(tmp_path: Path) -> None:
    async def test(jobs: Jobs) -> None:
        job = await jobs.start(work("sleep"), visitor=ME)
        first = await pid(jobs, job)
        os.kill(first, signal.SIGKILL)
        second = await another(jobs, job, first)
        assert (job.state, job.message) == ("running", f"{manager.ANEW} Begun.")
        os.kill(second, signal.SIGKILL)
        assert await ended(jobs, job) == "failed"
        assert "ended before its time; perhaps" in job.message
        idle = await again(jobs, 1)
        os.kill(idle, signal.SIGKILL)
        assert await gone(idle) or psutil.Process(idle).status() == psutil.STATUS_ZOMBIE
        assert await again(jobs, 2) != idle

    run(tmp_path, test)


def test_a_fit_whose_process_is_killed_is_done_by_another_and_nobody_sees_an_error(tmp_path: Path) -> None:
    async def test(jobs: Jobs) -> None:
        wanted = Work("test", VAE, {"do": "sleep, then work", "mark": str(tmp_path / "mark")}, work("").arrays)
        job = await jobs.start(wanted, visitor=ME)
        first = await pid(jobs, job)
        while not (tmp_path / "mark").exists():
            await asyncio.sleep(0.01)
        os.kill(first, signal.SIGKILL)
        seen = [answer async for answer in jobs.watch(job)]
        assert {answer.state for answer in seen} == {"running", "done"}
        assert all(answer.error is None for answer in seen)
        assert any(answer.message.startswith(manager.ANEW) for answer in seen)
        assert (await jobs.result(job)).content == b"fashion-vae-16 4"

    run(tmp_path, test)


def test_a_job_that_takes_too_long_is_stopped_with_its_process(tmp_path: Path) -> None:
    async def test(jobs: Jobs) -> None:
        job = await jobs.start(work("sleep"), visitor=ME)
        assert await ended(jobs, job) == "failed"
        assert job.failure is not None
        assert job.failure.code == "job_too_long"
        assert not multiprocessing.active_children()

    run(tmp_path, test, Limits(seconds=3.0))


def test_warm_jobs_run_one_at_a_time_and_take_nobody_elses_place(tmp_path: Path) -> None:
    async def test(jobs: Jobs) -> None:
        long, cold = [await jobs.start(work("sleep", kind), visitor=ME) for kind in ("test", "cold")]
        more = [await jobs.start(work("sleep", kind, seconds=61), visitor=YOU) for kind in ("test", "cold")]
        assert [job.state for job in (long, cold, *more)] == ["running", "running", "queued", "queued"]
        await jobs.cancel(cold)
        assert [job.state for job in more] == ["queued", "running"]
        await jobs.cancel(long)
        assert more[0].state == "running"

    run(tmp_path, test, Limits(workers=1))


def test_it_gets_ready_when_told_and_again_goes_on_with_that_when_idle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = tmp_path / "steps"
    steps.mkdir()
    monkeypatch.setenv(GETTING_READY, str(steps))

    async def test(jobs: Jobs) -> None:
        await jobs.warm("test")
        await jobs.warm("test")  # it is there already
        job = await jobs.start(work("sleep", seconds=0.5), visitor=ME)
        process = await pid(jobs, job)
        assert len(list(steps.iterdir())) <= 1  # it has not waited for all of them
        assert await ended(jobs, job) == "done"
        until = time.perf_counter() + 5
        while len(list(steps.iterdir())) < 3 and time.perf_counter() < until:
            await asyncio.sleep(0.05)
        assert sorted(path.name for path in steps.iterdir()) == [f"{process}-{step}" for step in range(3)]
        assert await again(jobs, 1) == process

    run(tmp_path, test)


def test_it_goes_when_nobody_has_wanted_it_for_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manager, "IDLE", 0.3)

    async def test(jobs: Jobs) -> None:
        process = await again(jobs, 1)
        assert await gone(process, 3)
        job = await jobs.start(work("sleep", seconds=1.0), visitor=ME)
        assert await ended(jobs, job) == "done"  # at work it does not go
        await jobs.warm("test")
        until = time.perf_counter() + 5
        while multiprocessing.active_children() and time.perf_counter() < until:
            await asyncio.sleep(0.05)
        assert not multiprocessing.active_children()

    run(tmp_path, test)


def test_what_was_made_before_is_found_by_what_it_is(tmp_path: Path) -> None:
    async def test(jobs: Jobs) -> None:
        wanted = work("work")
        assert not await jobs.has(wanted, visitor=ME)
        assert await jobs.known(wanted, visitor=ME) is None
        assert await ended(jobs, await jobs.start(wanted, visitor=ME)) == "done"
        found = await jobs.known(wanted, visitor=YOU)
        assert found is not None
        assert found.content == b"fashion-vae-16 4"
        assert await jobs.has(wanted, visitor=YOU)
        await jobs.discard(wanted)
        assert not await jobs.has(wanted, visitor=YOU)
        (tmp_path / "results").rmdir()
        (tmp_path / "results").touch()  # from now on nothing can be written
        held = await jobs.start(work("work", number=1), visitor=ME)
        assert await ended(jobs, held) == "done"
        assert await jobs.known(work("work", number=1), visitor=ME) is not None
        assert await jobs.has(work("work", number=1), visitor=ME)
        assert not await jobs.has(work("work", number=1), visitor=YOU)  # it is held for its visitor alone
        await jobs.discard(work("work", number=1))

    run(tmp_path, test)


def test_given_arrays_go_along_and_are_no_part_of_the_name() -> None:
    plain = Work("test", VAE, {"do": "work"})
    more = Work("test", VAE, {"do": "work"}, given={"latents": np.ones((2, 3), np.float32)})
    assert plain.name("0" * 16, 1) == more.name("0" * 16, 1)
    assert child.order(Path(), MODULE, "0" * 16, more).arrays["latents"] == (
        "<f4",
        (2, 3),
        np.ones(6, np.float32).tobytes(),
    )


def test_where_the_cache_cannot_be_written_a_temporary_one_is_taken(tmp_path: Path) -> None:
    assert child._writable(tmp_path / "cache") == str(tmp_path / "cache")
    (tmp_path / "file").touch()
    elsewhere = Path(child._writable(tmp_path / "file" / "cache"))
    assert elsewhere.is_dir()
    elsewhere.rmdir()
