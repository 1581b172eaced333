"""The same pictures in several representations (see `server.representing`), as a .npz file."""

from __future__ import annotations

from server.jobs.task import Report, Result, Task


def run(task: Task, report: Report) -> Result:
    """`data` in the parameters names the data set; the array `rows` is its rows, all others are models' latents."""
    from server import kept, representing  # with numpy, only once its threads have been bounded

    data = task.parameters["data"]
    pictures = task.opened.points(task.parameters["set"]).pictures
    if pictures is None or pictures.info.name != data:
        raise ValueError(f"the set {task.parameters['set']} of {task.model} holds no pictures of {data}")
    report(0.1, "Comparing representations.")
    latents = {name: rows for name, rows in task.arrays.items() if name != "rows"}
    document, maps = representing.compare(pictures, task.arrays["rows"], latents)
    return Result(kept.pack(document, maps), kept.MEDIA_TYPE, f"{data}-representations.npz")
