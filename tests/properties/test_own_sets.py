"""Whatever bytes an archive is made of, its files are read or refused in a sentence, and nothing else happens."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from server.errors import BadRequest, TooLarge
from server.own_sets.sources import Archives, Unreadable
from tests.unit.archives import packed, png

SOUND = [
    packed({"a/1.png": png(), "b/2.png": b"x" * 300, "../3.png": b""}),
    packed({"a/1.png": png(), "b/2.png": b"x" * 300}, compressed=True),
]
CHANGES = st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), min_size=1, max_size=8)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(SOUND), CHANGES, st.integers(0, 40))
def test_a_mutilated_archive_is_read_or_refused(sound: bytes, changes: list[tuple[int, int]], cut: int) -> None:
    content = bytearray(sound)
    for place, value in changes:
        content[place % len(content)] = value
    _read_through(bytes(content[: len(content) - cut]))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"", b"PK\3\4", b"PK\5\6"]))
def test_any_bytes_are_refused(content: bytes, start: bytes) -> None:
    _read_through(start + content)


def _read_through(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.zip"
        path.write_bytes(content)
        with contextlib.suppress(BadRequest, TooLarge), contextlib.closing(Archives([path])) as found:
            for index, name in enumerate(found.names):
                assert ".." not in name.split("/")
                assert name.isprintable()
                with contextlib.suppress(Unreadable):
                    found.read(index)
        assert [each.name for each in Path(folder).iterdir()] == ["a.zip"]
