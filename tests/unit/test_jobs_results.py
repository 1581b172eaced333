"""Results of jobs: on the disk by name, or in memory for a while."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.jobs import Result
from server.jobs.results import Results
from server.storage import Storage


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    made = Storage(tmp_path, results_bytes=10_000)
    made.open()
    return made


def test_what_is_kept_comes_back_whole_to_another_server(storage: Storage) -> None:
    result = Result(bytes(range(256)), "video/mp4", "walk.mp4")
    assert Results(storage, memory_bytes=1).keep("video-1", result)
    assert Results(storage, memory_bytes=1).kept("video-1") == result
    assert Results(storage, memory_bytes=1).kept("video-2") is None


@pytest.mark.parametrize("content", [b"", b"\xff", b"\x04\0\0\0{}", b"\x02\0\0\0[]", b"\x02\0\0\0{}rest"])
def test_a_damaged_file_is_no_result(storage: Storage, content: bytes) -> None:
    storage.put("results", "video-1", content)
    assert Results(storage, memory_bytes=1).kept("video-1") is None


def test_a_disk_that_cannot_be_written_is_told_and_survived(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    results = Results(Storage(tmp_path / "missing", results_bytes=1), memory_bytes=1)
    assert not results.keep("video-1", Result(b"", "text/plain", "a.txt"))
    assert results.kept("video-1") is None
    assert "cannot be kept" in caplog.text


def test_memory_is_bounded_the_oldest_go_first_and_the_newest_always_stays(storage: Storage) -> None:
    results = Results(storage, memory_bytes=100)
    for name in "abc":
        results.hold(name, Result(bytes(40), "text/plain", name))
    assert [results.held(name) is not None for name in "abc"] == [False, True, True]
    results.hold("d", Result(bytes(1000), "text/plain", "d"))
    assert [results.held(name) is not None for name in "abcd"] == [False, False, False, True]
    results.drop("d")
    results.drop("never there")
    assert results.held("d") is None
