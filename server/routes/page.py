"""The page and the files it is made of."""

from __future__ import annotations

import asyncio
import hashlib
import re
import stat
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import FileResponse
from fastapi.templating import Jinja2Templates
from starlette.datastructures import Headers
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from server import __version__, visitors
from server.errors import NotFound
from server.packing import joined, packed, takes_packed
from server.settings import ROOT, Settings

FRONTEND = ROOT / "frontend"
FOREVER = "public, max-age=31536000, immutable"
TEXTS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
PACKED = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
# What the first slider needs, in this order; the rest come after the first picture, in theirs.
FIRST_STYLES = (
    "tokens", "layout", "controls", "floating", "top", "picker", "stage", "sliders", "given", "workspace",
)  # fmt: skip
LATER_STYLES = (
    "slots", "sections", "jobs", "hand", "traverse", "path", "explain", "compare", "class_link", "bookmarks",
    "samples", "sets",
)  # fmt: skip
IMPORT = re.compile(r"^(?:import|export)\b[^;]*?\bfrom '(\.[^']+)'", re.M)


class ForeverFiles(StaticFiles):
    """Static files under an address that changes with their content; text is packed once and kept."""

    def __init__(self, *, directory: Path, joined: Mapping[str, Sequence[Path]]) -> None:
        """`joined` are files that are several ones after each other, by their paths."""
        super().__init__(directory=directory)
        self._joined = joined
        self._packed: dict[str, bytes] = {}

    async def get_response(self, path: str, scope: Scope) -> Response:
        kind, files = TEXTS.get(Path(path).suffix), self._files(path)
        if not (kind and files and scope["method"] == "GET"):
            response = await super().get_response(path, scope)
        elif takes_packed(Headers(scope=scope)):
            if path not in self._packed:
                self._packed[path] = await asyncio.to_thread(packed, files)
            response = Response(self._packed[path], media_type=kind, headers=PACKED)
        else:
            response = Response(await asyncio.to_thread(joined, files), media_type=kind)
        response.headers["Cache-Control"] = FOREVER
        return response

    def _files(self, path: str) -> Sequence[Path]:
        if path in self._joined:
            return self._joined[path]
        found, facts = self.lookup_path(path)
        return [Path(found)] if facts is not None and stat.S_ISREG(facts.st_mode) else []


def content_version(folder: Path) -> str:
    """12 hex digits that change whenever a file of the folder does."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def imported(static: Path, name: str) -> list[str]:
    """A module and all that it imports, directly or not, but for what it imports only when it is needed."""
    found: list[str] = []
    waiting = [name]
    while waiting:
        one = waiting.pop(0)
        if one in found:
            continue
        found.append(one)
        text = (static / one).read_text(encoding="utf-8")
        folder = (static / one).parent
        waiting += [(folder / each).resolve().relative_to(static.resolve()).as_posix() for each in IMPORT.findall(text)]
    return found


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
    # Modules are asked for at once: found one import after the other, each would cost a round trip. First what a slider
    # needs to move; once it does, what else stands on the page. Those of tabs and sections come when they are opened.
    first = imported(FRONTEND / "static", "js/main.js")
    later = [name for name in imported(FRONTEND / "static", "js/rest.js") if name not in first]
    css = FRONTEND / "static" / "css"
    styles = {
        "css/first.css": [css / f"{name}.css" for name in FIRST_STYLES],
        "css/later.css": [css / f"{name}.css" for name in LATER_STYLES],
    }
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
            "modules": first,
            "later": later,
            "first_style": "css/first.css",
            "later_style": "css/later.css",
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
    app.mount(static, ForeverFiles(directory=FRONTEND / "static", joined=styles), name="static")
