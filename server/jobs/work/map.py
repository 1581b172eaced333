"""A map of a set of points, and how far to trust it."""

from __future__ import annotations

from collections.abc import Iterator

from server.jobs.task import Report, Result, Task


def warm() -> Iterator[None]:
    """Import what the methods need and let it compile; UMAP last, for that takes half a minute."""
    import numpy as np

    from models.analysis import maps

    rows = np.random.default_rng(0).standard_normal((200, 8)).astype(np.float32)
    for name in ("pacmap", "localmap", "tsne", "umap"):
        method = maps.BY_NAME[name]
        maps.fit(name, rows, 2, maps.settled(method, {}, len(rows)), 0, lambda *_: None)
        yield


def run(task: Task, report: Report) -> Result:
    """`method`, `dims`, `settings`, `seed` and `control` in the parameters; arrays `latents` and maybe `labels`."""
    from models.analysis import maps
    from models.analysis.maps import about
    from server import projection
    from server.errors import Unsupported

    asked = task.parameters
    latents = task.arrays["latents"]
    if asked["control"]:
        latents = maps.shuffled(latents, asked["seed"])
    title = maps.BY_NAME[asked["method"]].title

    def tell(share: float | None, message: str) -> None:
        report(None if share is None else 0.95 * share, f"{title} of {len(latents):,} points. {message}")

    try:
        made = maps.fit(asked["method"], latents, asked["dims"], asked["settings"], asked["seed"], tell)
    except ValueError as wrong:
        raise Unsupported(f"This set has no such map: {wrong}.", field="set") from wrong
    report(0.95, "Comparing neighbours in the latent space with those on the map.")
    told = about.of_fitted(asked, made, latents, task.arrays.get("labels"))
    return Result(projection.packed(made.positions, told), projection.MEDIA_TYPE, f"{task.model}-{asked['method']}.npz")
