"""Labels from a CSV or from folders."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import BadRequest
from server.own_sets import labels
from server.own_sets.labels import Table, by_folder


def test_labels_and_factors_are_found_by_name() -> None:
    table = Table(b"file,label,age,hair\na.png,cat,3,long\nsub/b.png,dog,,short\nc.png,,7.5,\n")
    assert table.classes == ("cat", "dog")
    assert [(f.name, f.kind, f.categories) for f in table.factors] == [
        ("age", "continuous", ()),
        ("hair", "categorical", ("long", "short")),
    ]
    known = table.known(["x/a.png", "root/sub/b.png", "b.png", "c.png"])
    assert known.labels.tolist() == [0, 1, -1, -1]
    np.testing.assert_array_equal(known.values, np.array([[3, 0], [np.nan, 1], [np.nan, -1], [7.5, -1]], np.float32))
    assert known.unmatched == 0
    assert table.known(["a.png"]).unmatched == 2


def test_a_spreadsheet_s_semicolons_and_mark_are_read() -> None:
    table = Table('\ufeffFile;Label\r\n"a;b.png";"10"\r\n\r\nc.png;9\r\n'.encode())
    assert table.classes == ("9", "10")  # by value, not by the alphabet
    assert table.known(["a;b.png", "c.png"]).labels.tolist() == [1, 0]


def test_factors_alone_need_no_label() -> None:
    table = Table(b"file,size\na.png,1\n")
    assert table.classes == ()
    assert table.known(["a.png"]).values.tolist() == [[1.0]]
    assert Table(b"file,label,nothing\na.png,x,\n").factors[0].categories == ("none",)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "first line"),
        (b"name,label\na.png,x", "first line"),
        (b"file\na.png", "first line"),
        (b"file,label\n", "no line"),
        (b"file,label\na.png,x,y", "line 2 has 3 columns"),
        (b"file,label\n ,x", "names no file"),
        (b"file,label\na.png,x\n./a.png,y", "line 3 names a.png again"),
        ("file,label\n\xe4.png,x".encode("latin-1"), "UTF-8"),
        ("file,label\na.png,x".encode("utf-16"), "UTF-8"),
        (b"file,label,latents\na.png,x,1", "latents"),
        (b"file,label,a,a\na.png,x,1,1", "twice"),
        (b"file,label,\na.png,x,1", "no name"),
        (b'file,label\n"a.png,x', "cannot be read"),
        (b"file,label," + b",".join(b"f%d" % i for i in range(33)) + b"\n", "33 further columns"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_place(content: bytes, why: str) -> None:
    with pytest.raises(BadRequest, match=why) as told:
        Table(content)
    assert told.value.field == "labels"


def test_there_are_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value, why in (
        ("MOST_CLASSES", 1, "2 different"),
        ("MOST_CATEGORIES", 1, "2 different values"),
        ("MOST_ROWS", 1, "more than 1 lines"),
        ("MOST_BYTES", 10, "MB"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(labels, name, value)
            with pytest.raises(BadRequest, match=why):
                Table(b"file,label,kind\na.png,x,one\nb.png,y,two\n")


def test_folders_are_classes_where_there_are_several() -> None:
    files = ["root/cat/1.png", "root/dog/2.png", "3.png"]
    known = by_folder(files, files)
    assert known.classes == ("cat", "dog")
    assert known.labels.tolist() == [0, 1, -1]
    for alone in (["all/1.png", "all/2.png"], ["1.png"], []):
        assert by_folder(alone, alone).classes == ()
        assert set(by_folder(alone, alone).labels.tolist()) <= {-1}


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_told(content: bytes) -> None:
    for head in (b"", b"file,label\n"):
        try:
            Table(head + content)
        except BadRequest as told:
            assert told.field == "labels"  # noqa: PT017
