"""Frames of a drag: what is told from the last one by its stamp alone is read as a parser would read it."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.routes.frames import DIGITS, Pattern, pack, pack_pictures, split, unpack

HEADER = {"model": "vae", "stamp": 41, "output": "raw"}


def pattern_of(header: object) -> Pattern | None:
    head = json.dumps(header, separators=(",", ":")).encode()
    return Pattern.of(head, json.loads(head))


def test_a_frame_comes_apart_as_it_was_put_together() -> None:
    assert unpack(pack({"stamp": 1}, b"abc")) == ({"stamp": 1}, b"abc")


def test_pictures_are_packed_as_their_header_would_be() -> None:
    pixels = np.arange(2 * 3 * 4 * 1, dtype=np.uint8).reshape(2, 3, 4, 1)
    header, content = unpack(pack_pictures(7, pixels, 0.0012345))
    assert header == {"stamp": 7, "shape": [2, 3, 4, 1], "ms": 1.234}
    assert content == pixels.tobytes()


@given(stamp=st.integers(0, 10**DIGITS - 1), first=st.integers(0, 2**53), psi=st.floats(0, 2), spaces=st.booleans())
def test_a_header_like_the_last_one_gives_its_stamp(stamp: int, first: int, psi: float, spaces: bool) -> None:
    separators = (", ", ": ") if spaces else (",", ":")
    heads = [
        json.dumps({"model": "vae", "psi": psi, "stamp": number, "conditions": {"kind": 1}}, separators=separators)
        for number in (first, stamp)
    ]
    pattern = Pattern.of(heads[0].encode(), json.loads(heads[0]))
    assert pattern is not None
    assert pattern.stamp(heads[1].encode()) == stamp


@given(head=st.binary(max_size=80) | st.text(max_size=40).map(str.encode))
def test_whatever_gives_a_stamp_is_what_a_parser_reads(head: bytes) -> None:
    pattern = Pattern(b'{"model":"vae","stamp":', b',"output":"raw"}')
    for one in (head, b'{"model":"vae","stamp":' + head + b',"output":"raw"}'):
        if (stamp := pattern.stamp(one)) is not None:
            assert json.loads(one) == {**HEADER, "stamp": stamp}


@pytest.mark.parametrize(
    "number", [b"", b"007", b"-1", b"1.0", b"1e3", b" 1", b"1" * (DIGITS + 1), b'1,"stamp":2', b"null"]
)
def test_other_numbers_want_a_parser(number: bytes) -> None:
    pattern = pattern_of(HEADER)
    assert pattern is not None
    assert pattern.stamp(b'{"model":"vae","stamp":' + number + b',"output":"raw"}') is None


def test_another_header_is_none_of_the_drag() -> None:
    pattern = pattern_of(HEADER)
    assert pattern is not None
    for other in ({**HEADER, "model": "gan"}, {**HEADER, "psi": 1}, {"stamp": 41}, {"output": "raw", **HEADER}):
        assert pattern.stamp(json.dumps(other, separators=(",", ":")).encode()) is None


@pytest.mark.parametrize(
    "head",
    [
        b'{"model":"vae"}',
        b'{"stamp":"41"}',
        b'{"stamp":1,"stamp":2}',
        b'{"conditions":{"stamp":3},"stamp":2}',
        b'{"stamp":1.5}',
    ],
)
def test_a_stamp_that_may_be_something_else_makes_no_pattern(head: bytes) -> None:
    assert Pattern.of(head, json.loads(head)) is None


def test_a_frame_that_is_too_short_is_split_into_what_there_is() -> None:
    assert split(b"") == (b"", b"")
    assert split(b"\xff\xff\xff\xffab") == (b"ab", b"")
