"""A walk as a file."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from server.schemas import Latents, PictureRequest

MAX_FRAMES = 600
Format = Literal["gif", "mp4", "webp", "png-strip", "npy"]


class VideoRequest(PictureRequest):
    """Either `latents`, one row a frame, or `keyframes` with a walk between them."""

    latents: Latents = Field(default_factory=list, max_length=MAX_FRAMES, description="One row a frame, two or more.")
    keyframes: Latents = Field(default_factory=list, max_length=64, description="Points to walk between, two or more.")
    frames: int = Field(60, ge=2, le=MAX_FRAMES, description="Frames of the walk between keyframes.")
    method: Literal["lerp", "slerp"] = Field("lerp", description="How to walk between keyframes.")
    ease: Literal["even", "smooth"] = Field(
        "even", description="smooth: starts and ends gently, at each keyframe or, of latents, at both ends."
    )
    loop: Literal["once", "repeat", "back"] = Field(
        "repeat", description="back: there and back again; repeat and back start anew where the format can say so."
    )
    fps: int = Field(24, ge=1, le=50, description="Frames a second.")
    size: int = Field(
        256,
        ge=16,
        le=1024,
        description="Longest edge in pixels; each pixel of the model becomes a whole square of them.",
    )
    format: Format = Field(
        "mp4", description="png-strip: all frames side by side; npy: the latents themselves, float32 (frames, D)."
    )
