"""The colours of a drawn face: palettes of its own, and what follows from the tone of the skin and the hair."""

from __future__ import annotations

from dataclasses import dataclass

from models.data.face_shapes import Colour, colour, mix, palette

SKINS = ("#fbe0cd", "#f0c6a6", "#dca679", "#ba7f55", "#925d3f", "#6d432f")
LIPS = ("#cf5f66", "#c4555a", "#b54a4d", "#a03c42", "#9d434a", "#ab5058")
HAIRS = ("#221d20", "#4b2f23", "#8b4526", "#d9a552", "#d8d2cb")
GROUNDS = ("#9fc7bd", "#a8c3d6", "#b9b9d8", "#d6b8cb", "#e3c2ad")
INK = colour("#2a1b1d")
WHITE = colour("#fffdf8")


@dataclass(frozen=True)
class Colours:
    """The colours of one face."""

    skin: Colour
    shade: Colour  # the skin away from the light
    lid: Colour
    lips: Colour
    blush: Colour
    hair: Colour
    hair_shade: Colour  # hair behind the head, strands
    beard: Colour
    brow: Colour
    ground: Colour
    shirt: Colour

    @classmethod
    def of(cls, skin: float, hair: float, ground: float) -> Colours:
        """The colours at places in [0, 1] along the palettes of skin, hair and background."""
        tone, lips, strands, behind = (
            palette(SKINS, skin),
            palette(LIPS, skin),
            palette(HAIRS, hair),
            palette(GROUNDS, ground),
        )
        shadow = mix(tone, colour("#5a2416"), 0.22)
        return cls(
            skin=tone,
            shade=shadow,
            lid=mix(tone, colour("#6b2f25"), 0.15),
            lips=mix(lips, tone, 0.18),
            blush=mix(tone, colour("#e0414a"), 0.3),
            hair=strands,
            hair_shade=mix(strands, INK, 0.28),
            beard=mix(strands, INK, 0.35),
            brow=mix(strands, INK, 0.55),
            ground=behind,
            shirt=mix(behind, colour("#2d3a5c"), 0.72),
        )
