"""Nothing tracked names the machine it was made on or the registry that packages come from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.repo.sources import ROOT, tracked

# Spelled apart, so that this file does not hold what it looks for.
REGISTRIES = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("anaconda", "org"),
        ("debian", "org"),
        ("pytorch", "org/whl"),
        ("nvidia", "com/compute"),
        ("docker", "io"),
        ("ghcr", "io"),
    )
)
# A path of nobody in particular, as tests need one, is meant.
PLACES = re.compile(
    rb"(?<![\w./-])/(?:home|Users|root|opt|work|tmp)/(?!somebody\b)[\w.-]+|/python3[.\d]*/(?:site|dist)-packages/"
)
HERE = {str(ROOT).encode(), str(Path.home()).encode()}


def _relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def machine_paths(content: bytes) -> list[bytes]:
    """Every path in the content that only the machine it was made on could have."""
    named = [place for place in HERE if len(place) > len(b"/root") and place in content]
    return [*named, *PLACES.findall(content)]


def test_no_registry_is_named() -> None:
    files = tracked()
    assert len(files) > 50
    named = {_relative(path): host for path in files for host in REGISTRIES if host.encode() in path.read_bytes()}
    assert not named


def test_no_machine_is_named() -> None:
    """Binary files too: exporters like to write the paths of their own sources into graphs."""
    named = {}
    for path in tracked():
        if path == Path(__file__):
            continue
        if found := machine_paths(path.read_bytes()):
            named[_relative(path)] = found
    assert not named


@pytest.mark.parametrize("text", [b"see /home/u1/x", b'"/opt/main/x.py"', b"lib/python3.11/site-packages/torch/nn.py"])
def test_a_machine_path_is_found(text: bytes) -> None:
    assert machine_paths(text)


@pytest.mark.parametrize(
    "text", [b"docs/opt/x", b"https://a.example/home/x", b"/home/somebody/x", b"/data", b"a/tmp/b"]
)
def test_what_is_no_machine_path_is_not(text: bytes) -> None:
    assert not machine_paths(text)


def test_no_mark_of_a_conflict_is_left() -> None:
    marks = re.compile(rb"^(?:<{7}|>{7}) ", re.MULTILINE)
    assert not [_relative(path) for path in tracked() if marks.search(path.read_bytes())]
