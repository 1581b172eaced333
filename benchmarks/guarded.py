"""Every way in that is not ours, tried: `python -m benchmarks.guarded`.

Runs the tests of the guard, foreign Origin by Host by token by method by WebSocket, and keeps how many of them held.
"""

from __future__ import annotations

import re
import subprocess
import sys

from benchmarks.verdict import asked, at_least, at_most, conclude
from server.settings import ROOT

TESTS = ("tests/api/test_guard.py", "tests/api/test_guard_matrix.py")


def counted(output: str) -> dict[str, int]:
    """pytest's last line as numbers: passed, failed, error, skipped."""
    return {
        name.rstrip("s"): int(count) for count, name in re.findall(r"(\d+) (passed|failed|errors?|skipped)", output)
    }


def main() -> int:
    """Run, print and keep."""
    options = asked("guarded", __doc__)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = counted(told.stdout)
    bad = found.get("failed", 0) + found.get("error", 0)
    rows = [
        at_most("foreign Origin x Host x token x method x WebSocket: let in", bad + (told.returncode not in (0, 1)), 0),
        at_least("cases of the guard that were tried", found.get("passed", 0) + bad, 1),
    ]
    return conclude("guarded", rows, options, details=f"{', '.join(TESTS)}: {told.stdout.strip().splitlines()[-1]}")


if __name__ == "__main__":
    sys.exit(main())
