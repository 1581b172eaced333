"""The link for a class on the wire."""

from __future__ import annotations

from pydantic import BaseModel, Field


class ClassLink(BaseModel):
    """What a lecturer hands out, and who has come."""

    address: str = Field(description="Lets a viewer in: the viewers' token is part of it.")
    svg: str = Field(description="The QR code of the address, an SVG image.")
    visitors: int = Field(description="Visitors whose page is open and connected now.")
