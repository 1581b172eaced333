"""docs/performance.md says what the stored results say, and a result says whether its bound is met."""

from __future__ import annotations

import importlib
import json
import shlex
from pathlib import Path

import pytest

from benchmarks import performance, verdict
from benchmarks.growth import Sample, rows
from benchmarks.verdict import Bound, at_least, at_most


def test_the_document_is_what_the_results_say() -> None:
    written = performance.FILE.read_text(encoding="utf-8")
    assert written == performance.document(), "run: python -m benchmarks.performance"


def test_every_result_has_its_place_in_the_document() -> None:
    assert set(verdict.stored()) <= {name for name, _, _ in performance.COMMANDS}


@pytest.mark.parametrize(("name", "command", "title"), performance.COMMANDS)
def test_every_command_is_there_and_says_what_it_does(name: str, command: str, title: str) -> None:
    words = shlex.split(command)
    module = importlib.import_module(words[2])
    assert command.split(" --")[0] in (module.__doc__ or "")
    assert callable(module.main)
    assert name.startswith(words[2].removeprefix("benchmarks."))
    assert title


def test_a_bound_is_met_on_its_side_and_by_numbers_only() -> None:
    assert at_most("a", 1.0, 1.0).met
    assert not at_most("a", 1.1, 1.0).met
    assert at_least("a", 1.0, 1.0).met
    assert not at_least("a", 0.9, 1.0).met
    assert not at_most("a", float("nan"), 1.0).met
    assert not at_least("a", float("nan"), 1.0).met


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    bounds = [at_most("one", 2.5, 2.0, "ms", "n 3"), at_least("other", 90.0, 85.0, "%")]
    record = {
        "command": "python -m benchmarks.clients",
        "arguments": ["--seconds", "1"],
        "date": "2026-01-02",
        "machine": "Linux, 2 cores",
        "load": [0.1, 0.2],
        "versions": {"python": "3.11"},
        "rows": [{**vars(bound), "met": bound.met} for bound in bounds],
    }
    (tmp_path / "clients.json").write_text(json.dumps(record), encoding="utf-8")
    text = performance.document(tmp_path)
    assert verdict.rows_of(verdict.stored(tmp_path)["clients"]) == bounds
    assert "1 of 2 measured bounds are met; not met: one." in text
    assert "| one | at most 2 ms | 2.5 ms (n 3) | **not met** |" in text
    assert "`python -m benchmarks.clients --seconds 1` on Linux, 2 cores, 2026-01-02" in text
    assert "`python -m benchmarks.overload` has not been run for the record." in text


def grown(memory: float, threads: int) -> list[Bound]:
    samples = [Sample(at, int((100 + memory * at) * 2**20), 10 + threads * (at > 30), 20) for at in range(40)]
    return rows("load", samples, warm=8)


def test_growth_is_told_from_standing_still() -> None:
    assert all(row.met for row in grown(0.0, 0))
    assert [row.met for row in grown(0.2, 0)] == [False, True, True]
    assert [row.met for row in grown(0.0, 1)] == [True, False, True]
    with pytest.raises(ValueError, match="too few"):
        rows("load", [Sample(at, 1, 1, 1) for at in range(7)], warm=0)
