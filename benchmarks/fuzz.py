"""Requests that nobody would send, by the API's own document: `python -m benchmarks.fuzz`.

Schemathesis makes requests from the OpenAPI document, right ones and wrong ones, for every operation, and sends them to
a real server. Names of models and sets are real ones three times of four, and latents have the right size every other
time; else almost everything would end at "not found". No answer may be a 5xx, and the server has to live on.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.core.result import Ok

from benchmarks.verdict import Bound, asked, at_least, at_most, conclude, versions
from benchmarks.visiting import Visitor
from server.visitors import COOKIE
from tests.browser.host import serving

CASES = 20_000
MODELS = {"fashion-vae-2": 2, "fashion-pca-16": 16, "faces-gan": 128, "digits-cvae": 8}
SETS = ("data", "reference")
# Jobs end soon, and what they need is bounded: this is about answers, not about what jobs compute.
SETTINGS = {"LATENT_EXPLORER_JOB_MINUTES": "0.05", "LATENT_EXPLORER_JOBS_A_VISITOR": "1"}
PART = 100
MOST_TURNS = 10_000
ONE = {COOKIE: "f" * 32}  # visitor, who has one job at a time


@dataclass
class Fuzz:
    """What was sent and what came back."""

    address: str
    answers: Counter[int] = field(default_factory=Counter)
    operations: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    _random: random.Random = field(default_factory=lambda: random.Random(11))

    def run(self, cases: int) -> None:
        """Send about so many cases, as many of each operation."""
        schema = schemathesis.openapi.from_url(f"{self.address}api/openapi.json")
        operations = [operation for _, operation in labelled(schema)]
        turn = 0
        while (left := cases - self.sent) > 0 and turn < MOST_TURNS:
            share = -(-left // len(operations))  # those without parameters have one case, so the others get their rest
            for operation in operations:
                for first in range(0, share, PART):  # Hypothesis slows down with all that it has seen
                    turn += 1
                    self._some(operation, operation.label, min(PART, share - first, cases - self.sent), turn)

    @property
    def sent(self) -> int:
        """Cases that have been answered."""
        return self.answers.total()

    def _some(self, operation: Any, label: str, count: int, turn: int) -> None:
        if count <= 0:
            return

        @seed(turn)
        @settings(
            max_examples=count,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def send(case: Any) -> None:
            self._send(case, label)

        sending: Callable[[], None] = send
        sending()

    def _send(self, case: Any, label: str) -> None:
        self._made_real(case)
        try:
            answer = case.call(base_url=self.address.rstrip("/"), cookies=ONE, timeout=60)
        except ValueError:
            return  # the client itself refuses to send it: a header with a line break, say
        except OSError as wrong:
            self.broken.append(f"{label}: {type(wrong).__name__}: {wrong} ({case.as_curl_command()[:600]})")
            return
        self.answers[answer.status_code] += 1
        self.operations[label] += 1
        if answer.status_code >= 500:
            self.broken.append(f"{label}: {answer.status_code} {answer.text[:200]} ({case.as_curl_command()[:600]})")

    def _made_real(self, case: Any) -> None:
        size = 0
        if "model_id" in (case.path_parameters or {}) and self._random.random() < 0.75:
            name = self._random.choice(list(MODELS))
            case.path_parameters["model_id"], size = name, MODELS[name]
        for name in ("set", "name", "set_name"):
            if name in (case.path_parameters or {}) and self._random.random() < 0.75:
                case.path_parameters[name] = self._random.choice(SETS)
        body = case.body
        if size and isinstance(body, dict) and "latents" in body and self._random.random() < 0.5:
            rows = len(body["latents"]) if isinstance(body["latents"], list) else 1
            body["latents"] = [[self._random.gauss(0, 1) for _ in range(size)] for _ in range(max(1, min(rows, 3)))]
            body.pop("hash", None)
            body.pop("model", None)
            body.pop("space", None)


def labelled(schema: schemathesis.BaseSchema) -> list[tuple[str, Any]]:
    """All operations of a document, by name. Raises RuntimeError for one that cannot be read."""
    found = []
    for result in schema.get_all_operations():
        if not isinstance(result, Ok):
            raise RuntimeError(f"the API's document cannot be read: {result}")
        operation = result.ok()
        found.append((operation.label, operation))
    return found


def measured(cases: int) -> tuple[Fuzz, bool]:
    """Fuzz a server, and see whether it is well afterwards."""
    with serving(SETTINGS) as host:
        host.ready()  # 503 is what it says before, and rightly so
        fuzz = Fuzz(host.address)
        fuzz.run(cases)
        visitor = Visitor(host.port)
        well = visitor.ask("GET", "/health/ready").status == 200
        visitor.close()
    return fuzz, well


def verdict(fuzz: Fuzz, cases: int, *, well: bool) -> list[Bound]:
    """The rows."""
    told = ", ".join(f"{count:,} of {status}" for status, count in sorted(fuzz.answers.items()))
    return [
        at_least("schemathesis over the OpenAPI document: cases", sum(fuzz.answers.values()), cases * 0.99, "", told),
        at_most("answers of 5xx, or connections that broke", len(fuzz.broken), 0),
        at_least("operations", len(fuzz.operations), 40),
        at_least("the server is well afterwards", float(well), 1),
    ]


def main() -> int:
    """Measure, print and keep."""
    options = asked("fuzz", __doc__, cases=(int, CASES, "cases"))
    begun = time.perf_counter()
    fuzz, well = measured(options.cases)
    lines = [f"In {time.perf_counter() - begun:.0f} s.", "", "| operation | cases |", "| --- | --- |"]
    lines += [f"| {label} | {count:,} |" for label, count in sorted(fuzz.operations.items())]
    lines += [f"- {one}" for one in fuzz.broken[:20]]
    also = {name: number for name, number in versions("schemathesis", "hypothesis").items() if name[0] in "sh"}
    return conclude("fuzz", verdict(fuzz, options.cases, well=well), options, details="\n".join(lines), also=also)


if __name__ == "__main__":
    sys.exit(main())
