"""docs/performance.md from the results that are kept: `python -m benchmarks.performance`.

Each command writes its figures to benchmarks/results as JSON; this puts them side by side and measures nothing itself.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.report import RESULTS
from benchmarks.verdict import rows_of, stored
from server.settings import ROOT

FILE = ROOT / "docs" / "performance.md"
# In the order of the document: the name of the result, the command, and what it is about.
COMMANDS = (
    ("against", "python -m benchmarks.against", "The same decoder behind other frameworks"),
    ("first_slider", "python -m benchmarks.first_slider", "What comes before the first slider works"),
    ("round_trip", "python -m benchmarks.round_trip", "What connection and server add to the decoder"),
    ("clients", "python -m benchmarks.clients", "64 clients at once"),
    ("fairness", "python -m benchmarks.fairness", "One drags while another asks for grids"),
    ("overload", "python -m benchmarks.overload", "Four times more than the server can answer"),
    ("killed", "python -m benchmarks.killed", "A fit's process killed under load"),
    ("killed_replica", "python -m benchmarks.killed --of replica", "A Ray replica killed under load"),
    ("cycles", "python -m benchmarks.cycles", "1,000 models opened and let go"),
    ("endurance", "python -m benchmarks.endurance", "Half an hour of load"),
    ("fuzz", "python -m benchmarks.fuzz", "20,000 requests that nobody would send"),
    ("guarded", "python -m benchmarks.guarded", "Every way in that is not ours"),
)
HEAD = """# Performance

Written by `python -m benchmarks.performance` from what the commands below have left in `benchmarks/results`. Each of
them measures by itself, prints its verdict, and ends with a status other than 0 where a bound is not met. What is timed
is timed on the real server in a process of its own, and where a person looks on, in a real Chromium on the real page.
What is compared ran in one run, turn by turn, on the same machine. Ratios carry over to other machines, times do not.

The bounds are those for 2 quiet cores without a GPU. `--help` says what each command can be told; with `--dry` it keeps
nothing.
"""


def section(name: str, command: str, title: str, record: Mapping[str, Any] | None) -> list[str]:
    """One command's part of the document."""
    lines = ["", f"## {title}", ""]
    if record is None:
        return [*lines, f"`{command}` has not been run for the record."]
    lines += ["| what | bound | reached | |", "| --- | --- | --- | --- |"]
    lines += [f"| {' | '.join(row.cells)} |" for row in rows_of(record)]
    before, after = record["load"]
    ran = shlex.join([*record["command"].split(), *record["arguments"]])
    packages = ", ".join(f"{package} {number}" for package, number in record["versions"].items())
    where = f"{record['machine']}, {record['date']}, load {before} before and {after} after"
    return [*lines, "", f"`{ran}` on {where}. {packages}. [More](../benchmarks/results/{name}.md)."]


def summary(records: Mapping[str, Mapping[str, Any]]) -> str:
    """How many bounds there are, and which of them are not met."""
    rows = [row for name, _, _ in COMMANDS if name in records for row in rows_of(records[name])]
    missed = [row.what for row in rows if not row.met]
    told = f"{len(rows) - len(missed)} of {len(rows)} measured bounds are met"
    return f"{told}; not met: {'; '.join(missed)}." if missed else f"{told}."


def document(folder: Path = RESULTS) -> str:
    """The whole document."""
    records = stored(folder)
    lines = [HEAD.rstrip(), "", summary(records)]
    for name, command, title in COMMANDS:
        lines += section(name, command, title, records.get(name))
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the document."""
    FILE.write_text(document(), encoding="utf-8")
    print(f"Wrote {FILE.relative_to(ROOT)}: {summary(stored())}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
