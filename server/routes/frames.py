"""Frames of the live connection: a little-endian u32 with the header's length, the header as JSON, then bytes.

Row-major float32 latents go up, uint8 NHWC pixels come down.
"""

from __future__ import annotations

import json
import re
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from server.errors import BadRequest

MAX_HEADER = 16_384
LENGTH = struct.Struct("<I")
STAMP = re.compile(rb'"stamp":\s*')
DIGITS = 15  # of a stamp that is read without a look at its bound, 2**53


def pack(header: dict[str, Any], content: bytes = b"") -> bytes:
    """A frame."""
    head = json.dumps(header, separators=(",", ":")).encode()
    return LENGTH.pack(len(head)) + head + content


def pack_pictures(stamp: int, pixels: NDArray[np.uint8], seconds: float) -> bytes:
    """The frame that answers with pictures (N, H, W, C), `seconds` after they were asked for."""
    rows, height, width, channels = pixels.shape
    head = b'{"stamp":%d,"shape":[%d,%d,%d,%d],"ms":%.3f}' % (stamp, rows, height, width, channels, seconds * 1e3)
    return b"".join((LENGTH.pack(len(head)), head, np.ascontiguousarray(pixels).data))


def unpack(frame: bytes) -> tuple[Any, bytes]:
    """A frame's header and its bytes. Raises BadRequest."""
    if len(frame) < LENGTH.size:
        raise BadRequest("A live frame starts with the length of its header as a 32-bit number.")
    (length,) = LENGTH.unpack_from(frame)
    if length > MAX_HEADER or LENGTH.size + length > len(frame):
        raise BadRequest("The frame is shorter than its header says, or the header is longer than 16 KB.")
    head, content = split(frame)
    try:
        return json.loads(head), content
    except (ValueError, RecursionError) as wrong:
        raise BadRequest("The frame's header is not valid JSON.") from wrong


def split(frame: bytes) -> tuple[bytes, bytes]:
    """Header and content; of a frame that is too short, what there is of them."""
    end = LENGTH.size + int.from_bytes(frame[: LENGTH.size], "little")
    return frame[LENGTH.size : end], frame[end:]


class Pattern:
    """A header without its stamp. A hand that drags sends the same one, but for the stamp, again and again."""

    def __init__(self, before: bytes, after: bytes) -> None:
        self._before, self._after = before, after
        self._start, self._end = len(before), len(after)

    @classmethod
    def of(cls, head: bytes, header: dict[str, Any]) -> Pattern | None:
        """The pattern of a header, given as bytes and as what they say; None where it has no plain stamp."""
        found = STAMP.search(head)
        digits = re.compile(rb"\d+").match(head, found.end()) if found else None
        if found is None or digits is None:
            return None
        pattern = cls(head[: found.end()], head[digits.end() :])
        # What was found may stand within a string, or twice: then another number there says something else.
        other = json.loads(pattern._before + b"0" + pattern._after)
        return pattern if other == {**header, "stamp": 0} else None

    def stamp(self, head: bytes) -> int | None:
        """The stamp of a header that says the same; None for any other header."""
        if not (head.startswith(self._before) and head.endswith(self._after)):
            return None
        number = head[self._start : len(head) - self._end]
        if not number.isdigit() or len(number) > DIGITS or (number[0] == ord("0") and len(number) > 1):
            return None
        return int(number)
