"""Archives and folders: what is read, what is told, and what ends the reading."""

from __future__ import annotations

import io
import os
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import BadRequest, TooLarge
from server.own_sets import sources
from server.own_sets.sources import Archives, Folder, Unreadable, hidden, plain
from tests.unit.archives import packed, pictures, png, written


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "a.zip"


def test_members_are_listed_and_read_in_their_order(place: Path) -> None:
    written(place, packed({"b/2.png": b"two", "a/1.png": b"one", "b/": b""}))
    found = Archives([place])
    assert found.names == ["b/2.png", "a/1.png"]
    assert [found.read(i) for i in (1, 0)] == [b"one", b"two"]
    found.close()
    found.close()


def test_several_archives_are_one_source(tmp_path: Path) -> None:
    paths = [written(tmp_path / f"{i}.zip", packed({f"{i}.png": bytes([i])})) for i in range(3)]
    found = Archives(paths)
    assert found.names == ["0.png", "1.png", "2.png"]
    assert [found.read(i) for i in range(3)] == [b"\0", b"\1", b"\2"]
    found.close()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("a/b.png", "a/b.png"),
        ("./a//b.png", "a/b.png"),
        ("../../etc/passwd", "passwd"),
        ("/etc/passwd", "passwd"),
        ("C:\\windows\\x.png", "x.png"),
        ("\\\\host\\share\\x.png", "x.png"),
        ("a\\b.png", "a/b.png"),
        ("..", "a file without a name"),
        ("line\nbreak.png", "line\ufffdbreak.png"),
    ],
)
def test_a_name_is_told_and_never_a_way_out(name: str, told: str) -> None:
    assert plain(name) == told


@given(st.text(max_size=300))
def test_no_name_leads_out(name: str) -> None:
    told = plain(name)
    assert 0 < len(told) <= 200
    assert told.isprintable()
    assert not told.startswith("/") or len(name) > 200
    assert ".." not in told.split("/")


def test_reading_writes_nothing_anywhere(place: Path, tmp_path: Path) -> None:
    written(place, packed({"../out.png": png(), "/out.png": png(), "x/../../out.png": png()}))
    before = sorted(tmp_path.rglob("*"))
    found = Archives([place])
    assert found.names == ["out.png"] * 3
    assert found.read(0) == png()
    with pytest.raises(Unreadable, match="before"):
        found.read(1)
    found.close()
    assert sorted(tmp_path.rglob("*")) == before
    assert not [above for above in tmp_path.parents if (above / "out.png").exists()]


def test_what_a_system_wrote_is_left_out(place: Path) -> None:
    written(place, packed({"__MACOSX/a.png": b"", ".DS_Store": b"", "x/._a.png": b"", "Thumbs.db": b"", "a.png": b""}))
    assert Archives([place]).names == ["a.png"]
    assert not hidden("a/b.png")


def test_links_and_encrypted_members_are_said(place: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo("link.png")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("secret.png", b"abc")
        archive.writestr("odd.png", b"abc")
    content = bytearray(buffer.getvalue())
    central = content.find(b"PK\1\2", content.find(b"PK\1\2") + 1)
    content[central + 8] |= 1  # encrypted
    last = content.rfind(b"PK\1\2")
    content[last + 10 : last + 12] = struct.pack("<H", 95)  # xz, in a number of its own
    found = Archives([written(place, bytes(content))])
    for index, word in enumerate(("link", "encrypted", "Deflate")):
        with pytest.raises(Unreadable, match=word):
            found.read(index)


def test_a_damaged_member_is_said_and_the_next_one_read(place: Path) -> None:
    content = bytearray(packed({"a.png": b"x" * 100, "b.png": b"fine"}))
    content[content.find(b"xxxx")] = 0
    found = Archives([written(place, bytes(content))])
    with pytest.raises(Unreadable, match="damaged"):
        found.read(0)
    assert found.read(1) == b"fine"


@pytest.mark.parametrize(
    "content", [b"", b"PK", b"not a zip", b"PK\3\4" + b"x" * 100, b"\0" * 1000, b"PK\5\6" + b"\0" * 10]
)
def test_what_is_no_archive_is_told(place: Path, content: bytes) -> None:
    with pytest.raises(BadRequest, match="not a zip archive"):
        Archives([written(place, content)])


def test_a_member_without_a_name_is_read(place: Path) -> None:
    """A name ends at its first NUL, so that one may be left with none."""
    found = Archives([written(place, packed({"Qa.png": png()}).replace(b"Qa.png", b"\0a.png"))])
    assert found.names == ["a file without a name"]
    assert found.read(0) == png()
    found.close()


def test_a_directory_that_leads_outside_is_refused(place: Path) -> None:
    content = bytearray(packed({"a.png": b"x"}))
    at = content.rfind(b"PK\5\6")
    content[at + 12 : at + 16] = struct.pack("<I", 2**31)
    with pytest.raises(BadRequest):
        Archives([written(place, bytes(content))])


def test_an_empty_archive_has_no_members(place: Path) -> None:
    assert Archives([written(place, packed({}))]).names == []


def test_zip64_is_read(place: Path) -> None:
    with zipfile.ZipFile(place, "w") as archive:
        for i in range(66_000):  # more than 16 bits count
            archive.writestr(zipfile.ZipInfo(str(i)), b"")
    assert len(Archives([place]).names) == 66_000


def test_too_many_members_are_refused_before_they_are_listed(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(place, packed(pictures(12)))
    monkeypatch.setattr(sources, "MOST", 10)
    monkeypatch.setattr(zipfile.ZipFile, "infolist", lambda self: pytest.fail("listed"))
    with pytest.raises(TooLarge, match="10 files"):
        Archives([place])


def test_too_many_members_of_several_archives_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [written(tmp_path / f"{i}.zip", packed(pictures(6, f"{i}/"))) for i in range(2)]
    monkeypatch.setattr(sources, "MOST", 10)
    with pytest.raises(TooLarge):
        Archives(paths)


def test_a_bomb_ends_the_reading(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "FREE", 1000)
    written(place, packed({f"{i}.png": b"\0" * 100_000 for i in range(20)}, compressed=True))
    found = Archives([place])
    assert found.read(0) == b"\0" * 100_000
    with pytest.raises(TooLarge, match="100 times"):
        [found.read(i) for i in range(1, 20)]


def test_a_member_that_lies_about_its_size_is_cut_off(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "LARGEST", 1000)
    content = bytearray(packed({"a.png": b"\0" * 5000, "b.png": b"\0" * 5000}, compressed=True))
    central = content.find(b"PK\1\2")
    content[central + 24 : central + 28] = struct.pack("<I", 900)
    found = Archives([written(place, bytes(content))])
    with pytest.raises(Unreadable):
        found.read(0)
    with pytest.raises(Unreadable, match="more than"):
        found.read(1)


def test_a_folder_is_read_without_following_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "pictures"
    written(folder / "b" / "2.png", b"two")
    written(folder / "a.png", b"one")
    written(folder / ".hidden", b"")
    outside = written(tmp_path / "outside.png", b"out")
    (folder / "c.png").symlink_to(outside)
    os.mkfifo(folder / "d.png")
    found = Folder(folder)
    assert found.names == ["a.png", "c.png", "d.png", "b/2.png"]
    assert found.read(0) == b"one"
    assert found.read(3) == b"two"
    for index, word in ((1, "link"), (2, "not a file")):
        with pytest.raises(Unreadable, match=word):
            found.read(index)
    (folder / "a.png").unlink()
    with pytest.raises(Unreadable):
        found.read(0)
    monkeypatch.setattr(sources, "LARGEST", 2)
    with pytest.raises(Unreadable, match="MB"):
        found.read(3)
    monkeypatch.setattr(sources, "MOST", 2)
    with pytest.raises(TooLarge):
        Folder(folder)
