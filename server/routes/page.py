"""The page and the files it is made of."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import FileResponse
from fastapi.templating import Jinja2Templates
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from server import __version__, visitors
from server.errors import NotFound
from server.settings import ROOT, Settings

FRONTEND = ROOT / "frontend"
FOREVER = "public, max-age=31536000, immutable"


class ForeverFiles(StaticFiles):
    """Static files under an address that changes with their content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = FOREVER
        return response


def content_version(folder: Path) -> str:
    """12 hex digits that change whenever a file of the folder does."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def plotly_file() -> Path:
    """The minified plotly.js inside the installed `plotly` package, found without importing the package."""
    spec = find_spec("plotly")
    if spec is None or spec.origin is None:
        raise NotFound("The plotly package is not installed.")
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"


def install(app: FastAPI, settings: Settings) -> None:
    """Add the page, its static files and Plotly's script to the application."""
    static = f"/static/{content_version(FRONTEND / 'static')}"
    plotly = f"/static/plotly-{version('plotly')}.min.js"
    # All modules are asked for at once: found one import after the other, each would cost a round trip. Those of tabs
    # and sections that open later (js/tabs, js/sections, and what only they import) come when they are opened.
    modules = [path.relative_to(FRONTEND / "static").as_posix() for path in sorted(FRONTEND.glob("static/js/**/*.js"))]
    modules = [name for name in modules if not name.startswith(("js/tabs/", "js/sections/"))]
    templates = Jinja2Templates(FRONTEND / "templates")
    router = APIRouter(include_in_schema=False)

    @router.api_route("/", methods=["GET", "HEAD"])
    def page(request: Request) -> Response:
        root = settings.root_path
        context = {
            "root": root,
            "version": __version__,
            "static": root + static,
            "plotly": root + plotly,
            "modules": [name for name in modules if not name.endswith("/theme.js")],  # that one is no module
        }
        response = templates.TemplateResponse(request, "page.html.j2", context)
        response.headers["Cache-Control"] = "no-cache"
        if request.headers.get("sec-fetch-site") != "cross-site":  # a link from elsewhere comes without the cookie
            visitors.visitor(request).remember(response, request, root)
        return response

    @router.api_route(plotly, methods=["GET", "HEAD"])
    def plotly_script() -> Response:
        return FileResponse(plotly_file(), media_type="text/javascript", headers={"Cache-Control": FOREVER})

    @router.get("/favicon.ico")
    def icon() -> Response:
        return FileResponse(FRONTEND / "static" / "icons" / "favicon.svg", media_type="image/svg+xml")

    app.include_router(router)
    app.mount(static, ForeverFiles(directory=FRONTEND / "static"), name="static")
