"""What this is, what it runs on, whose data and licences it stands on; and whether it is alive."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from fastapi import APIRouter

from server import __version__
from server.routes.access import TheEngine

router = APIRouter(tags=["about"])
PACKAGES = ("fastapi", "uvicorn", "numpy", "pillow", "plotly", "pyarrow", "onnxruntime", "onnxruntime-gpu", "torch")


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
async def about(engine: TheEngine) -> dict[str, Any]:
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
    }


@router.get("/health/live", summary="Is the process alive?")
def live() -> dict[str, str]:
    """Always ok once the server answers at all."""
    return {"status": "ok"}


@router.get("/health/ready", summary="Can it serve?")
def ready(engine: TheEngine) -> dict[str, Any]:
    """Says how many models can be used; a server without any is ready all the same, and says so on the page."""
    checkpoints = engine.catalog.checkpoints.values()
    usable = sum(checkpoint.manifest is not None for checkpoint in checkpoints)
    return {"status": "ok", "models": usable, "broken": len(checkpoints) - usable}
