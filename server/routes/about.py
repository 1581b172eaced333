"""What this is, what it runs on, whose data and licences it stands on; and whether it is alive."""

from __future__ import annotations

import secrets
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from fastapi import APIRouter, Request

from server import __version__
from server.errors import Ending, Unready
from server.routes.access import TheEngine, has_class_link
from server.schemas import ErrorAnswer
from server.standing import Standing
from server.storage import Storage

router = APIRouter(tags=["about"])
PACKAGES = ("fastapi", "uvicorn", "numpy", "pillow", "plotly", "pyarrow", "onnxruntime", "onnxruntime-gpu", "torch")


UNREADY: dict[int | str, dict[str, Any]] = {503: {"model": ErrorAnswer, "description": "Not yet, or no longer."}}


def installed() -> dict[str, str]:
    """Versions of the packages that matter, those that are installed."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


@router.get("/api/about", summary="Version, device, licences")
async def about(engine: TheEngine, request: Request) -> dict[str, Any]:
    """The licences come from the manifests of the models and the data sets that are here."""
    runtime = await engine.runtime()
    sets = [picture_set.info for picture_set in engine.catalog.picture_sets.values()]
    models = [(c.manifest.title, c.manifest.provenance) for c in engine.catalog.checkpoints.values() if c.manifest]
    licences = [
        {"what": info.title, "licence": info.licence, "citation": info.citation, "source": info.source} for info in sets
    ] + [{"what": title, "licence": p.licence, "citation": p.citation, "source": p.source} for title, p in models]
    return {
        "version": __version__,
        "device": runtime.device,
        "runtime": runtime.name,
        "licences": licences,
        "packages": installed(),
        "class_link": has_class_link(request),
    }


@router.get("/health/live", summary="Is the process alive?")
def live() -> dict[str, str]:
    """Always ok once the server answers at all."""
    return {"status": "ok"}


@router.get("/health/ready", summary="Can it serve?", responses=UNREADY)
def ready(engine: TheEngine, request: Request) -> dict[str, Any]:
    """Says how many models can be used, and 503 with a sentence while none can run yet, or the server is ending.

    A server without models is ready all the same, and says so on the page. So is one whose data folder cannot be
    written: everything can be explored, long work is held in memory, and only own sets are refused. Its status is
    `degraded`, and its message says why.
    """
    standing: Standing = request.app.state.standing
    if standing.trouble is not None:
        raise (Ending if standing.ending else Unready)(standing.trouble)
    checkpoints = engine.catalog.checkpoints.values()
    usable = sum(checkpoint.manifest is not None for checkpoint in checkpoints)
    counts = {"models": usable, "broken": len(checkpoints) - usable}
    lesser = standing.lesser or unwritable(request.app.state.storage)
    return {"status": "degraded", "message": lesser, **counts} if lesser else {"status": "ok", **counts}


def unwritable(storage: Storage) -> str | None:
    """Try to write to the data folder; -> a sentence where that fails."""
    name = f"ready-{secrets.token_hex(4)}"
    try:
        storage.put("tmp", name, b"written to see whether it can be")
        storage.delete("tmp", name)
    except OSError:
        return "The data folder cannot be written: results are held in memory only, and no set can be added."
    return None
