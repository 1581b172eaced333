"""docs/model-format.md says what the reader does: every key, whether it is needed, its default, and the examples."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest

from models.manifest import ManifestError, parse, schema, to_document
from tests.unit.manifests import FULL, leaves

TEXT = (Path(__file__).parents[2] / "docs" / "model-format.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `([a-z_.\[\]]+)` \| [^|]+ \| ([^|]+) \|", TEXT.split("## The manifest")[1], re.MULTILINE))


def documented(path: str) -> str:
    """A path in a document as the tables write it."""
    return re.sub(r"\.\d+(?=\.|$)", "[]", path)


# Keys of objects, so without entries of lists and without the names of files.
PATHS = [path for path, _ in leaves(FULL) if not path.split(".")[-1].isdecimal() and not path.startswith("files.")]
# FULL has a standardised encoder and a decoder with a range; both can have either.
PATHS += ["decoder.normalize.mean", "decoder.normalize.std"]


def test_the_tables_have_every_key_and_no_other() -> None:
    assert {documented(path) for path in PATHS} == set(ROWS)
    assert len(ROWS) > 80


def with_key(path: str, change: str, value: Any = None) -> Any:
    """What becomes of FULL when the key at `path` is removed or set: a document, or the sentence of a refusal."""
    document: Any = copy.deepcopy(FULL)
    if path.startswith("decoder.normalize."):
        document["decoder"]["normalize"] = {"mean": [0, 0, 0, 0], "std": [1, 1, 1, 1]}
        document["decoder"]["range"] = [0, 1]
    *parents, last = path.split(".")
    place: Any = document
    for key in parents:
        place = place[int(key) if isinstance(place, list) else key]
    if change == "remove":
        del place[last]
    else:
        place[last] = value
    try:
        return to_document(parse(document))
    except ManifestError as error:
        return str(error)


@pytest.mark.parametrize("path", PATHS)
def test_required_and_default_are_as_the_tables_say(path: str) -> None:
    """A key left out does what the default does when it is written, be it that it contradicts the rest of FULL."""
    default = ROWS[documented(path)].strip()
    without = with_key(path, "remove")
    if default == "required":
        assert str(without).startswith(f"{path} is missing")
        return
    assert not str(without).startswith(f"{path} is missing")
    if default.startswith("`"):
        value = json.loads(default.strip("`"))
    else:
        value = {
            "the name": {"sets": "data", "samplers": "mixture"}.get(path.split(".")[0], FULL["name"]),
            "black": [0, 0, 0],
            "their numbers": ["0", "1"],
            "by type": "float32",
        }[default]
    assert without == with_key(path, "set", value)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("kind", schema.KINDS),
        ("image.colour", schema.COLOURS),
        ("latent.layout", schema.LATENT_LAYOUTS),
        ("latent.prior", schema.PRIORS),
        ("encoder.layout", schema.PICTURE_LAYOUTS),
        ("encoder.dtype", schema.GRAPH_DTYPES),
        ("conditions[].type", schema.CONDITION_TYPES),
        ("conditions[].dtype", schema.CONDITION_DTYPES),
        ("spaces.default", schema.SPACES),
        ("spaces.mapping.dtype", schema.MAPPING_DTYPES),
        ("samplers[].kind", schema.SAMPLER_KINDS),
    ],
)
def test_every_word_that_a_key_takes_is_in_its_row(row: str, words: tuple[str, ...]) -> None:
    line = next(line for line in TEXT.splitlines() if line.startswith(f"| `{row}` |"))
    assert [word for word in words if f"`{word}`" not in line] == []


def test_the_examples_are_valid() -> None:
    examples = re.findall(r"^```json\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    assert [parse(json.loads(each)).name for each in examples] == ["my-gan", "digits-vae-10"]
