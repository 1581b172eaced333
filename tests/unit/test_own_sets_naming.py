"""What a person types becomes a title and a name."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.own_sets.naming import slug_of, title_of


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("My pictures", "my-pictures"),
        ("  Über Schuhe, 2 ", "uber-schuhe-2"),
        ("../../etc", "etc"),
        ("a" * 80, "a" * 48),
    ],
)
def test_a_title_becomes_a_name(title: str, slug: str) -> None:
    assert slug_of(title) == slug


def test_another_alphabet_gets_a_name_of_its_own() -> None:
    assert re.fullmatch(r"set-[0-9a-f]{8}", slug_of("картинки"))
    assert slug_of("картинки") != slug_of("фото")


def test_a_title_is_one_line() -> None:
    assert title_of(" two\n lines\t\u202e here\0") == "two lines here"
    with pytest.raises(ValueError, match="name"):
        title_of("\u200b \n")


@given(st.text(min_size=1, max_size=80))
def test_every_name_is_safe(text: str) -> None:
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,47}", slug_of(text))
