"""Encodes the pictures that were added to a model into a set, and goes on where a stopped job ended."""

from __future__ import annotations

import contextlib
import json

from server.errors import BadRequest
from server.jobs.task import Report, Result, Task
from server.own_sets import heads
from server.own_sets.encoding import Encoding
from server.own_sets.sources import Archives


def run(task: Task, report: Report) -> Result:
    """Parameters: `set`, its name, and `id`, its draft's, which tells it from another set of that name."""
    name, sets = task.parameters["set"], task.own_sets
    if sets is None:
        raise BadRequest("Nothing is kept here.", field="set")
    work = Encoding(task.opened, sets, name)
    report(None, "Looking through the archive.")
    with contextlib.closing(Archives(sets.sources(task.model, name))) as source:
        have, wanted = len(source.names) + source.hidden, work.draft.source.files
        if work.draft.source.kind == "files" and have < wanted:
            raise BadRequest(
                f"Only {have:,} of the {wanted:,} files have arrived. Bring the others first.", field="set"
            )
        head = work.run(source, report)
    answer = {"set": name, "count": head.count, **heads.facts(head.tally), "assumed": head.tally.assumed}
    answer |= {"unlabelled": head.unlabelled, "unmatched": head.unmatched}
    return Result(json.dumps(answer).encode(), "application/json", f"{task.model}-{name}.json")
