"""The link for a class, shown to the owner in the page."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from server import class_link
from server.errors import NotFound
from server.routes.access import OWNER_READS
from server.schemas.class_link import ClassLink
from server.settings import Settings
from server.standing import Standing

router = APIRouter(tags=["about"])


@router.get("/api/class-link", summary="The link for viewers, with its QR code", dependencies=OWNER_READS)
def link(request: Request, response: Response) -> ClassLink:
    """The address that lets viewers in, its QR code as SVG, and how many visitors are connected. For the owner alone.

    404 where there are no tokens: everybody who reaches the server may do everything then, and there is nothing to hand
    out.
    """
    settings: Settings = request.app.state.settings
    standing: Standing = request.app.state.standing
    if not settings.viewer_token:
        raise NotFound(
            "There is no class link, for this server has no viewers' token. `python3 run.py class` makes one."
        )
    shared = class_link.shared_address(settings, str(request.base_url))
    address = class_link.with_token(shared, settings.viewer_token)
    response.headers["Cache-Control"] = "private, no-store"
    return ClassLink(address=address, svg=class_link.svg(address), visitors=standing.visitors)
