"""The geodesic between two points of a model's latent space; see `models.latent.geodesic`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from server.jobs.task import Report, Result, Task

if TYPE_CHECKING:  # numpy only once its threads have been bounded
    import numpy as np
    from numpy.typing import NDArray

    from models.latent.density import Unusual
    from server.opened import OpenedModel

    Floats = NDArray[np.float32]

DETOURS = 32
_NEAR = 400  # points of the data that a detour may lead through: those with the shortest ways
_FLOOR = 0.1  # of the largest spread: a dimension that the data do not use must not be measured in tiny units
PREVIEW = 16  # a sixteenth of the road a step


def run(task: Task, report: Report) -> Result:
    """Parameters: space, conditions, psi, noise_seed, weight; the array `ends` (2, D)."""
    from models.latent import geodesic
    from server.engine import class_arrays, translated
    from server.schemas.paths import GeodesicAnswer

    asked, ends = task.parameters, task.arrays["ends"]
    opened, space = task.opened, asked["space"]
    given = {
        "space": space,
        "conditions": class_arrays(asked["conditions"]),
        "psi": asked["psi"],
        "noise_seed": asked["noise_seed"],
    }
    unusual = opened.unusual_in(space)
    spread = _spread(opened, space, ends.shape[1])
    near = _detours(opened, ends, spread) if unusual is not None else None

    def tell(share: float, road: Floats) -> None:
        preview = road[:: len(road) // PREVIEW].astype(float).round(4).tolist()
        report(0.02 + 0.96 * share, "Looking for the road.", {"points": preview})

    report(0.0, "Looking for the road.")
    with translated():
        found = geodesic.geodesic(
            lambda rows: opened.model.decode(rows, **given),
            ends[0],
            ends[1],
            weight=asked["weight"],
            unusual=None if unusual is None else _in_units(unusual),
            spread=spread,
            through=near,
            watch=tell,
        )
    answer = GeodesicAnswer(
        points=found.points.astype(float).tolist(),
        weight=asked["weight"] if unusual is not None else 0.0,
        energy=found.energy,
        dense_energy=found.dense_energy,
        decoded=found.decoded,
        straight=found.straight,
        steps=found.steps,
    )
    return Result(answer.model_dump_json().encode(), "application/json", f"{task.model}-geodesic.json")


def _in_units(unusual: Unusual) -> Callable[[Floats], tuple[Floats, Floats]]:
    """Distances to the data in units of what is typical for held-out points."""
    typical = unusual.typical or 1.0

    def measured(rows: Floats) -> tuple[Floats, Floats]:
        distances, slopes = unusual.slope(rows)
        return distances / typical, slopes / typical

    return measured


def _spread(opened: OpenedModel, space: str, size: int) -> Floats:
    """The unit of each dimension: the data's standard deviation, 1 where no data are known."""
    import numpy as np

    default = opened.default_set
    if default is None or default.space != space:
        return np.ones(size, np.float32)
    spread = opened.points().latents.std(axis=0)
    widest = float(spread.max())
    return np.maximum(spread, _FLOOR * widest) if widest > 0 else np.ones(size, np.float32)


def _detours(opened: OpenedModel, ends: Floats, spread: Floats) -> Floats:
    """Points of the data that lie not far off the way, the same ones each time."""
    import numpy as np

    points = opened.points().latents
    way = sum(np.linalg.norm((points - end) / spread, axis=1) for end in ends)
    near = np.argsort(way, kind="stable")[:_NEAR]
    chosen = np.random.Generator(np.random.PCG64(0)).permutation(len(near))[:DETOURS]
    return np.asarray(points[near[chosen]])
