"""Measures of every row of a set (see `server.measuring`), as an Arrow stream."""

from __future__ import annotations

from server.jobs.task import Report, Result, Task


def run(task: Task, report: Report) -> Result:
    """`set` in the parameters names the set; whatever else stands there only tells its versions apart."""
    from server import measuring  # with numpy, only once its threads have been bounded

    opened = task.opened
    name = task.parameters["set"]
    count = len(opened.points(name).latents)

    def tell(share: float) -> None:
        report(share, f"Measuring {count:,} pictures.")

    found = measuring.measure(opened, name, tell)
    content = measuring.arrow(found, count)
    return Result(content, measuring.MEDIA_TYPE, f"{task.model}-{name}-measures.arrow")
