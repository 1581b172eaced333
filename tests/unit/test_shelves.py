"""Where a model stands in the list."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.manifest import Latent, Manifest, Provenance, parse
from models.manifest.schema import Kind
from server.shelves import BROKEN, ORDER, OWN, place, shelf
from tests.unit.manifests import FULL

ANY = parse(FULL)


def model(kind: Kind = "vae", dataset: str = "Fashion-MNIST", latent: int = 16) -> Manifest:
    provenance = Provenance(dataset, "MIT")
    return replace(ANY, kind=kind, provenance=provenance, latent=Latent((latent,), "flat", "normal"))


@pytest.mark.parametrize(
    ("dataset", "title"),
    [
        ("Fashion-MNIST", "Clothing"),
        ("MNIST", "Digits"),
        ("Sprites", "Sprites"),
        ("Faces", "Faces"),
        ("Faces, few dark", "Faces"),
        ("my cats", OWN),
    ],
)
def test_a_model_stands_on_the_shelf_of_its_data(dataset: str, title: str) -> None:
    assert shelf(model(dataset=dataset)) == title


def test_a_broken_model_stands_on_the_last_shelf() -> None:
    assert shelf(None) == BROKEN == ORDER[-1]
    assert place("zz", model(dataset="my cats")) < place("aa", None)


def test_families_stand_in_the_order_of_a_textbook_then_by_name_with_its_numbers() -> None:
    wanted = [
        ("fashion-pca-16", model("pca")),
        ("fashion-ae-2", model("ae", latent=2)),
        ("fashion-ae-16", model("ae")),
        ("fashion-vae-16", model("vae")),
        ("fashion-vae-16-beta-0.1", model("beta-vae")),
        ("fashion-vae-16-beta-4", model("beta-vae")),
        ("fashion-vae-16-beta-16", model("beta-vae")),
        ("fashion-gan-64", model("gan", latent=64)),
        ("fashion-gan-collapsed", model("gan", latent=32)),
        ("digits-cvae", model("cvae", "MNIST")),
        ("faces-ae", model("ae", "Faces")),
        ("own-²-model", model("other", "mine")),
    ]
    found = list(reversed(wanted))
    found.sort(key=lambda one: place(*one))
    assert found == wanted
