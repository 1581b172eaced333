"""What a command has measured against its bounds: printed, kept as JSON and as a table, and told by the exit status."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.report import RESULTS
from server import __version__

PACKAGES = ("fastapi", "numpy", "onnxruntime", "uvicorn", "websockets")
LEAST, MOST = "at least", "at most"


@dataclass(frozen=True)
class Bound:
    """One row: `reached` against `bound`, both in `unit`; `within` says on which side of the bound it has to lie."""

    what: str
    reached: float
    within: str  # LEAST or MOST
    bound: float
    unit: str
    note: str = ""

    @property
    def met(self) -> bool:
        """Whether the bound is kept; what is no number keeps none."""
        return self.reached >= self.bound if self.within == LEAST else self.reached <= self.bound

    @property
    def cells(self) -> list[str]:
        """The row as people read it: what, bound, reached, met or not."""
        reached = f"{told(self.reached)} {self.unit}".strip() + (f" ({self.note})" if self.note else "")
        bound = f"{self.within} {told(self.bound)} {self.unit}".strip()
        return [self.what, bound, reached, "met" if self.met else "**not met**"]


def told(number: float) -> str:
    """A number with as many digits as mean something."""
    if number != number or abs(number) == float("inf"):
        return "nothing"
    if number == int(number) or abs(number) >= 1000:
        return f"{number:,.0f}"
    return f"{number:.1f}" if abs(number) >= 100 else f"{number:.3g}"


def at_least(what: str, reached: float, bound: float, unit: str = "", note: str = "") -> Bound:
    """A row that is met from the bound on."""
    return Bound(what, reached, LEAST, bound, unit, note)


def at_most(what: str, reached: float, bound: float, unit: str = "", note: str = "") -> Bound:
    """A row that is met up to the bound."""
    return Bound(what, reached, MOST, bound, unit, note)


def asked(name: str, description: str | None, **options: tuple[type, Any, str]) -> argparse.Namespace:
    """The command line of a benchmark: each option as (type, default, help), and `--dry`, which keeps nothing."""
    parser = argparse.ArgumentParser(
        prog=f"python -m benchmarks.{name}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for option, (kind, default, words) in options.items():
        parser.add_argument(f"--{option.replace('_', '-')}", type=kind, default=default, help=f"{words} ({default})")
    parser.add_argument("--dry", action="store_true", help="print only, keep nothing")
    found = parser.parse_args()
    found.load_before = os.getloadavg()[0]
    return found


def versions(*further: str) -> dict[str, str]:
    """Which packages were measured, those that are installed."""
    found = {"latent-explorer": __version__, "python": platform.python_version()}
    for name in (*PACKAGES, *further):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def conclude(
    name: str,
    rows: Sequence[Bound],
    options: argparse.Namespace,
    *,
    details: str = "",
    also: Mapping[str, str] | None = None,
    command: str = "",
) -> int:
    """Print the verdict, keep it in benchmarks/results unless the run was dry, and return the exit status.

    `details` is a table of what was measured on the way; `also` are versions of what is no package of this environment;
    `command` is the module where it has another name than the result.
    """
    record = {
        "command": f"python -m benchmarks.{command or name}",
        "arguments": sys.argv[1:],
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "load": [round(options.load_before, 1), round(os.getloadavg()[0], 1)],
        "versions": {**versions(), **(also or {})},
        "rows": [{**asdict(row), "met": row.met} for row in rows],
    }
    text = written(record, rows, details)
    print(text)
    if not options.dry:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{name}.json").write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        (RESULTS / f"{name}.md").write_text(text + "\n", encoding="utf-8")
    missed = [row.what for row in rows if not row.met]
    print(f"\nVERDICT {name}: " + (f"{len(missed)} of {len(rows)} not met: {'; '.join(missed)}" if missed else "met"))
    return 1 if missed or not rows else 0


def written(record: Mapping[str, Any], rows: Sequence[Bound], details: str) -> str:
    """The report as Markdown."""
    before, after = record["load"]
    packages = ", ".join(f"{name} {number}" for name, number in record["versions"].items())
    command = " ".join([record["command"], *record["arguments"]])
    load = f"load {before} before and {after} after"
    heading = f"`{command}` on {record['machine']}, {record['date']}, {load}; {packages}"
    lines = ["| what | bound | reached | |", "| --- | --- | --- | --- |"]
    lines += [f"| {' | '.join(row.cells)} |" for row in rows]
    return "\n".join([heading, "", *lines, *(["", details] if details else [])])


def stored(folder: Path = RESULTS) -> dict[str, dict[str, Any]]:
    """The records that are kept, by the name of their command."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}


def rows_of(record: Mapping[str, Any]) -> list[Bound]:
    """The rows of a stored record; whether they are met is worked out again."""
    return [Bound(**{key: value for key, value in row.items() if key != "met"}) for row in record["rows"]]
