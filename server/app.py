"""The application: an engine and settings in, an ASGI application out."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from fastapi import FastAPI

from server import __version__
from server.admission import Admission
from server.edge import Edge, Routed
from server.engine import Engine
from server.guard import Guard
from server.jobs.manager import Jobs
from server.logs import OURS
from server.maps import Maps
from server.metrics import Metrics
from server.own_sets.store import OwnSets
from server.packing import Packing
from server.ranking import Ranks
from server.routes import failures, page
from server.routes.table import LASTING, ROUTERS
from server.routes.waited import WAITED_FOR
from server.schemas import ErrorAnswer
from server.settings import Settings
from server.standing import Standing
from server.storage import storage_of
from server.tracing import Tracing
from server.tracing import start as start_tracing
from server.watching import Several

log = logging.getLogger(OURS)

DESCRIPTION = """
Move through the latent space of trained autoencoders, VAEs and GANs.

A **latent** is a row of numbers; a model's decoder turns it into a picture and its encoder finds the latent of a
picture. Latents travel as `{"latents": [[...], ...]}`, one row a picture. Pictures come back as one PNG or WebP sheet
(`X-Sheet: columns,rows,width,height`) or as raw uint8 bytes (`X-Shape: n,height,width,channels`).

Every error has the form `{"error": {"code", "message", "field"}}`, and its message is meant for a person.

The live connection, `/api/live`, is a WebSocket: a little-endian u32 with the length of a JSON header, the header
(`stamp`, `model` and what else a decode request holds), then the latents as row-major float32. The answer has the same
form with the pixels as uint8. The newest request wins. How unusual a point is follows in a frame of its own, of a
header alone (`stamp`, `unusual`), at most five times a second.
"""


def create_app(engine: Engine, settings: Settings, tracing: Tracing | None = None) -> FastAPI:
    """The application over an engine. The caller's event loop runs it; nothing is loaded before the first use.

    `tracing` is taken in place of what the settings say. Raises SettingError for tracing that is not installed.
    """
    standing = Standing()
    metrics = Metrics(standing)
    tracing = tracing or (start_tracing(settings.otel) if settings.otel else None)
    watch = engine.watch = Several(metrics, standing, *([tracing] if tracing else []))
    storage = storage_of(settings)
    engine.catalog.own_sets, engine.storage = OwnSets(storage), storage

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        try:
            storage.open()
        except OSError as wrong:
            log.warning("Nothing can be kept: %s cannot be written (%s)", settings.data, wrong)
        warming = asyncio.create_task(warm(engine, standing))
        yield
        standing.end()
        warming.cancel()
        await app.state.jobs.close()
        engine.close()
        if tracing is not None:
            await tracing.finish()

    app = FastAPI(
        title="Latent Explorer",
        version=__version__,
        description=DESCRIPTION,
        lifespan=lifespan,
        openapi_url="/api/openapi.json",
        docs_url=None,  # their pages load scripts from elsewhere; the schema itself is all a tool needs
        redoc_url=None,
        # FastAPI's own would tell an error's words and what was sent to whatever the environment names.
        telemetry={
            "auto_configure": False,
            "tracing": False,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
        },
        responses={422: {"model": ErrorAnswer, "description": "Something in the request is wrong."}},
    )
    app.state.engine, app.state.storage, app.state.settings = engine, storage, settings
    app.state.standing, app.state.metrics, app.state.watch = standing, metrics, watch
    app.state.ranks = Ranks(engine)
    app.state.jobs = Jobs(engine.catalog, storage, settings.limits, watch)
    app.state.maps = Maps(app.state.jobs)
    for router in ROUTERS:
        app.include_router(router, dependencies=[] if router in LASTING else WAITED_FOR)
    page.install(app, settings)
    failures.install(app)
    app.add_middleware(Packing)
    app.add_middleware(Routed)  # the last one added is the outermost
    app.add_middleware(Admission, settings=settings)
    app.add_middleware(Guard, settings=settings)
    app.add_middleware(Edge, watch=watch, standing=standing, tracing=tracing, root_path=settings.root_path)
    return app


async def warm(engine: Engine, standing: Standing) -> None:
    """Load the first model after the server has begun to answer, so that the first drag finds it ready."""
    try:
        runtime = await engine.runtime()
    except Exception as wrong:  # told to whoever asks for a model, too; a later request tries again
        log.error("No model can run: %s", wrong)
        standing.trouble = str(wrong)
        return
    try:
        if engine.catalog.default is not None:
            await engine.open(engine.catalog.default)
        # What it runs on is sure only after a model has been loaded.
        log.info("Models run on %s (%s)", runtime.device, runtime.name)
    except Exception as wrong:  # the others may be whole
        log.error("The first model could not be loaded: %s", wrong)
        standing.lesser = f"The first model, {engine.catalog.default}, could not be loaded; the log says why."
    standing.ready()
