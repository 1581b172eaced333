"""What a generator covers of its data (see `server.covering`), as a .npz file."""

from __future__ import annotations

from server.jobs.task import Report, Result, Task


def run(task: Task, report: Report) -> Result:
    """Whatever stands in the parameters only tells versions apart."""
    from server import covering, kept  # with numpy, only once its threads have been bounded

    found = covering.cover(task.opened, lambda share: report(share, "Comparing samples with real pictures."))
    content = kept.pack(found.document, {"reached": found.reached, "samples": found.samples})
    return Result(content, kept.MEDIA_TYPE, f"{task.model}-coverage.npz")
