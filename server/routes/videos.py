"""A walk as a file: GIF, MP4, WebP, a strip of pictures, or its latents."""

from __future__ import annotations

from fastapi import APIRouter, Response

from server.errors import BadRequest, TooLarge
from server.jobs import Work
from server.routes.access import TheEngine
from server.routes.asking import as_array, ask
from server.routes.jobs import STARTED, TheDesk
from server.schemas.videos import VideoRequest

router = APIRouter(prefix="/api/models/{model_id}", tags=["pictures and latents"])
MAX_PIXELS = 300_000_000  # of all frames together: about a minute of drawing and writing
STRIP_SIDE = 32_768


@router.post("/video", summary="Make a video of a walk", status_code=202, response_class=Response, responses=STARTED)
async def video(model_id: str, request: VideoRequest, engine: TheEngine, desk: TheDesk) -> Response:
    """Starts a job of the kind `video`; its result is the file."""
    points = request.latents or request.keyframes
    if len(points) < 2 or (request.latents and request.keyframes):
        raise BadRequest("Give latents, one row a frame, or keyframes to walk between: two or more.", field="latents")
    asked = ask(model_id, request, as_array(points))
    opened = await engine.open(model_id, request.hash)
    engine.check(opened, asked)
    image = opened.manifest.image
    frames = len(request.latents) or request.frames
    turns = 2 if request.loop == "back" else 1
    factor = max(1, request.size // max(image.height, image.width))
    if request.format == "png-strip" and frames * turns * image.width * factor > STRIP_SIDE:
        raise TooLarge(f"The strip would be wider than {STRIP_SIDE} pixels. Ask for fewer frames.", field="frames")
    if frames * turns * image.height * image.width * factor**2 > MAX_PIXELS:
        raise TooLarge("That is more than a video may hold. Ask for fewer frames or a smaller size.", field="size")
    parameters = {
        **request.model_dump(include={"method", "ease", "loop", "fps", "size", "format", "psi", "conditions"}),
        "frames": frames,
        "keyframes": not request.latents,
        "space": request.space or opened.model.default_space,
        "noise_seed": asked.noise_seed,
    }
    return await desk.begin(Work("video", model_id, parameters, {"latents": asked.latents}))
