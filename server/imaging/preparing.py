"""From an upload to what a model sees: every step is named, can be undone, and says in a sentence what it did.

For models of gray objects on a plain ground the steps follow how Fashion-MNIST was made from photographs (Xiao et al.
2017, arXiv:1708.07747, figure 1): trim edges within 5% of the corner's colour, longest edge to 28, centre on 28 x 28,
negate, gray. Its resizing skips pixels and then sharpens; here pixels are averaged by an antialiasing filter instead,
which serves any source size. Its pictures all reach full brightness, and the contrast step brings uploads near it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image as Pillow

from server.imaging import framing
from server.imaging.cropping import Crop
from server.imaging.framing import Border, Floats
from server.imaging.reading import WORKING_EDGE, Picture, read

if TYPE_CHECKING:
    from models.manifest import Image

_UPRIGHT: Final = {
    2: (Pillow.Transpose.FLIP_LEFT_RIGHT, "mirrored"),
    3: (Pillow.Transpose.ROTATE_180, "turned upside down"),
    4: (Pillow.Transpose.FLIP_TOP_BOTTOM, "flipped"),
    5: (Pillow.Transpose.TRANSPOSE, "turned and mirrored"),
    6: (Pillow.Transpose.ROTATE_270, "turned a quarter to the right"),
    7: (Pillow.Transpose.TRANSVERSE, "turned and mirrored"),
    8: (Pillow.Transpose.ROTATE_90, "turned a quarter to the left"),
}
# Of a small part more pixels are read than of a whole picture, but never so many that floats of them take 100 MB.
_LARGEST_EDGE: Final = 2560
# A cut-out object whose mean brightness is this near to the ground would vanish on it.
_VANISHING: Final = 0.25


@dataclass(frozen=True)
class Step:
    """One thing done, or not done, to an upload."""

    id: str
    title: str
    detail: str  # a sentence
    applied: bool
    required: bool = False  # the model could not take the picture without it, so it cannot be skipped


@dataclass(frozen=True)
class Prepared:
    """What the model sees, and how it came about."""

    pixels: Floats  # (H, W, C) in [0, 1]
    steps: tuple[Step, ...]


def prepare(
    raw: bytes,
    image: Image,
    *,
    skip: frozenset[str] = frozenset(),
    force: frozenset[str] = frozenset(),
    crop: Crop | None = None,
) -> Prepared:
    """Read an upload and bring it to the form of `image`: -> pixels (H, W, C) float32 in [0, 1] and the steps.

    skip and force hold ids of steps that are not to be done, or to be done though nothing asks for it ("invert" above
    all); a step in both is skipped. `crop` is the part that a person chose of the upright picture: no margin of it is
    cut away unless that is forced. A picture that already has the model's size, channels and polarity passes
    unchanged. Raises PictureRefused when the bytes are not a picture that is read.
    """
    picture = read(raw, working_edge=_working_edge(image, None if "cut" in skip else crop))
    work = _Work(image, skip, force, crop)
    values = work.flatten(work.depth(work.orient(picture), picture))
    if work.gray and values.shape[:2] != (image.height, image.width):
        values = work.light(values)
    # Ground and polarity are those of the whole picture: in a part of it there may be no ground at all.
    around = framing.border(values)
    values = work.cut(values)
    exact = values.shape[:2] == (image.height, image.width)
    if work.gray and not exact:
        values = work.crop(values, around)
    values = work.channels(values)
    if work.gray:
        around = Border(framing.luma(around.colour), around.tolerance, around.plain)
    values, around = work.invert(values, around)
    if not exact:
        values = work.pad(work.resize(values))
        if work.gray and around.plain:
            values = work.contrast(values, float(around.colour[0]))
    return Prepared(np.ascontiguousarray(values, np.float32), tuple(work.steps))


def _working_edge(image: Image, crop: Crop | None) -> int:
    """The longest edge to which an upload is reduced while reading: enough pixels also in the part that was chosen."""
    edge = max(WORKING_EDGE, 2 * image.height, 2 * image.width)
    if crop is None:
        return edge
    return max(edge, min(_LARGEST_EDGE, round(2 * max(image.height, image.width) / min(crop.width, crop.height))))


@dataclass
class _Work:
    """The steps, in their order, each of which writes down what it did."""

    image: Image
    skip: frozenset[str]
    force: frozenset[str]
    chosen: Crop | None = None
    steps: list[Step] = field(default_factory=list)

    @property
    def gray(self) -> bool:
        """Whether the model knows brightness only; only then can object and ground be told apart by polarity."""
        return self.image.channels == 1

    @property
    def ground(self) -> Floats:
        """The colour under transparency and padding, (C,) in [0, 1]."""
        return (np.asarray(self.image.ground) / 255).astype(np.float32)

    @property
    def ground_name(self) -> str:
        """The same in words."""
        values = set(self.image.ground[:3])
        return {frozenset({0}): "black", frozenset({255}): "white"}.get(frozenset(values), "the model's ground colour")

    def wants(self, step: str, by_itself: bool = True) -> bool:
        """Whether a step is to be done, given whether the picture asks for it."""
        return (by_itself or step in self.force) and step not in self.skip

    def note(self, step: str, title: str, applied: bool, detail: str, *, required: bool = False) -> None:
        """Write a step down."""
        self.steps.append(Step(step, title, detail, applied, required))

    def orient(self, picture: Picture) -> Pillow.Image:
        """Turn a photograph as the camera was held; of a moving picture there is only the first frame."""
        if picture.animated:
            self.note(
                "frame", "Take the first frame", True, "This picture moves; its first frame was taken.", required=True
            )
        if picture.orientation == 1:
            return picture.image
        turn, words = _UPRIGHT[picture.orientation]
        applied = self.wants("orient")
        told = f"The camera noted how it was held, so the picture was {words}."
        not_told = f"The camera noted that the picture should be {words}; it was left as it lies in the file."
        self.note("orient", "Turn upright", applied, told if applied else not_told)
        return picture.image.transpose(turn) if applied else picture.image

    def depth(self, upright: Pillow.Image, picture: Picture) -> Floats:
        """Bring 16-bit values to [0, 1]: -> (h, w, 1 to 4), the last of 2 or 4 being alpha."""
        values = np.asarray(upright)
        if values.dtype == np.uint16:
            applied = self.wants("depth")
            told = "This picture has 65,536 levels of gray; all of them were scaled to the model's range."
            not_told = "The 16-bit values were taken as if they were 8-bit ones; anything above 255 is white."
            self.note("depth", "Scale 16 bits", applied, told if applied else not_told)
            scaled = values.astype(np.float32) / 65535 if applied else np.minimum(values, 255).astype(np.float32) / 255
        else:
            if picture.depth == 16:
                detail = (
                    "This picture has 16 bits a channel; the upper 8 bits were kept, which is what the model knows."
                )
                self.note("depth", "Scale 16 bits", True, detail, required=True)
            scaled = values.astype(np.float32) / np.float32(255)
        return np.atleast_3d(scaled).astype(np.float32)

    def flatten(self, values: Floats) -> Floats:
        """Lay transparency on the ground: (h, w, 1 to 4) -> (h, w, 1 or 3), or (h, w, 4) for a model with alpha."""
        if self.image.channels == 4 or values.shape[2] in (1, 3):
            return values
        colours, alpha = values[:, :, :-1], values[:, :, -1:]
        if not self.wants("flatten"):
            self.note("flatten", "Fill transparency", False, "Transparency was ignored; hidden colours show.")
            return colours
        if self.gray:
            paper = self._paper(framing.luma(colours), alpha)
        else:
            paper = self.ground
            colours = np.repeat(colours, 3, axis=2) if colours.shape[2] == 1 else colours
        told = f"Transparent parts were filled with {self.ground_name}, the ground the model knows."
        if self.gray and not np.array_equal(paper, self.ground):
            told = (
                f"Transparent parts were counted as ground, which is {self.ground_name} once the picture is inverted."
            )
        self.note("flatten", "Fill transparency", True, told)
        return np.asarray(colours * alpha + paper * (1 - alpha), np.float32)

    def _paper(self, gray: Floats, alpha: Floats) -> Floats:
        """What to lay a cut-out on: the ground, or its opposite when the picture is to be inverted afterwards."""
        ground = float(self.ground[0])
        opaque = framing.border(np.concatenate([gray, alpha], axis=2)).colour
        if opaque[1] > 0.5:  # the frame is opaque: it decides, and transparent corners go with it
            turned = abs(float(opaque[0]) - ground) > abs(float(opaque[0]) - (1 - ground))
        else:
            brightness = float((gray * alpha).sum() / max(1e-6, float(alpha.sum())))
            turned = abs(brightness - ground) < _VANISHING
        turned = turned and abs(ground - 0.5) > 0.1
        return np.asarray([1 - ground] if self.wants("invert", turned) else [ground], np.float32)

    def light(self, values: Floats) -> Floats:
        """Even out the light on a photograph's ground."""
        shade = framing.shade(values)
        if shade is None:
            return values
        applied = self.wants("light")
        told = "The light fell off to one side; it was evened out, so that the ground is the same everywhere."
        self.note("light", "Even out the light", applied, told if applied else "The uneven light was left as it is.")
        return np.clip(values * (shade.max() / shade), 0, 1) if applied else values

    def cut(self, values: Floats) -> Floats:
        """Keep the part that a person chose."""
        if self.chosen is None or self.chosen.whole:
            return values
        applied = self.wants("cut")
        told = f"The part that you chose was kept: {max(1, round(100 * self.chosen.share))}% of the picture."
        not_told = "The part that you chose was not cut out; the whole picture was used."
        self.note("cut", "Cut out your part", applied, told if applied else not_told)
        return self.chosen.cut(values) if applied else values

    def crop(self, values: Floats, around: Border) -> Floats:
        """Cut away the empty margin, as Fashion-MNIST does."""
        box = framing.object_box(values, around)
        if box is None or box == (0, 0, values.shape[1], values.shape[0]):
            return values
        # Who chose a part has said how much margin is wanted.
        by_itself = self.chosen is None or "cut" in self.skip
        applied = self.wants("crop", by_itself)
        told = "The empty margin was cut away, so that the object fills the frame as in the model's own pictures."
        not_told = (
            "The empty margin around the object was kept." if by_itself else "The part that you chose was kept whole."
        )
        self.note("crop", "Cut the margin", applied, told if applied else not_told)
        left, top, right, bottom = box
        return values[top:bottom, left:right] if applied else values

    def channels(self, values: Floats) -> Floats:
        """Bring the picture to the model's channels: (h, w, 1, 2, 3 or 4) -> (h, w, C)."""
        wanted, found = self.image.channels, values.shape[2]
        if wanted == 1 and found == 3:
            coloured = not all(np.array_equal(values[:, :, 0], values[:, :, other]) for other in (1, 2))
            if coloured:
                told = "The model knows brightness only, so each colour became its brightness (Rec. 601 luma)."
                self.note("gray", "Turn gray", True, told, required=True)
            return framing.luma(values) if coloured else values[:, :, :1]
        if wanted >= 3 and found <= 2:
            told = "The model expects colour, so the gray was used for red, green and blue alike."
            self.note("colour", "Gray as colour", True, told, required=True)
            values = np.concatenate([np.repeat(values[:, :, :1], 3, axis=2), values[:, :, 1:]], axis=2)
        if wanted == 4 and values.shape[2] == 3:
            return np.concatenate([values, np.ones_like(values[:, :, :1])], axis=2)
        return values

    def invert(self, values: Floats, around: Border) -> tuple[Floats, Border]:
        """Swap light and dark when the border is opposite to the model's ground: -> (h, w, C) and its border.

        A picture in colours is never inverted by itself.
        """
        opposite = self.gray and framing.opposite_polarity(values, around, float(self.ground[0]))
        applied = self.wants("invert", opposite)
        told = (
            f"The model knows objects on {self.ground_name}; this picture is the other way round, so it was inverted."
            if opposite
            else "Light and dark were swapped, because you asked for it."
        )
        not_told = "Light and dark were left as they are."
        self.note("invert", "Swap light and dark", applied, told if applied else not_told)
        if not applied:
            return values, around
        if not self.gray:
            return np.concatenate([framing.inverted(values[..., :3]), values[..., 3:]], axis=2), around
        return framing.inverted(values), Border(1 - around.colour, around.tolerance, around.plain)

    def resize(self, values: Floats) -> Floats:
        """Bring the longest edge to the model's size; without padding, both edges."""
        height, width = values.shape[:2]
        size = (self.image.width, self.image.height)
        if "pad" not in self.skip:
            size = framing.inner_size(width, height, *size)
        if size == (width, height):
            return values
        applied = self.wants("resize")
        told = f"Brought from {width} x {height} to {size[0]} x {size[1]} pixels; each new one is a mean of old ones."
        not_told = "The pixels kept their size; only the middle of the picture is seen."
        self.note("resize", "Resize", applied, told if applied else not_told)
        return framing.resized(values, *size) if applied else values

    def pad(self, values: Floats) -> Floats:
        """Centre the picture on the model's frame."""
        width, height = self.image.width, self.image.height
        if values.shape[:2] == (height, width):
            if "pad" in self.skip:
                self.note(
                    "pad", "Centre and pad", False, "The picture was stretched to the model's frame without margins."
                )
            return values
        told = f"Centred in a frame of {width} x {height}, filled up with {self.ground_name}."
        self.note("pad", "Centre and pad", True, told, required="pad" in self.skip)
        return framing.centred(values, width, height, self.ground)

    def contrast(self, values: Floats, level: float) -> Floats:
        """Bring the ground to the model's own and the brightest spot to full brightness."""
        stretched = framing.stretched(values, level, float(self.ground[0]))
        if stretched is None:
            return values
        applied = self.wants("contrast")
        told = f"Stretched so that the ground is {self.ground_name} and the strongest spot is strong."
        self.note("contrast", "Stretch the contrast", applied, told if applied else "The contrast was left as it is.")
        return stretched if applied else values
