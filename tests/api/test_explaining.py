"""The neighbours of an upload over HTTP, in three senses, and a chosen part of it wherever a picture is sent."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from models.data.folder import write
from models.data.imageset import Factor, ImageSet
from server.settings import Settings
from tests.api.conftest import make_client
from tests.api.pictures import VAE, opened, png, sample, shirt_on_white
from tests.contract.tiny_models import HEIGHT, WIDTH, Tiny, document

BASE = f"/api/models/{VAE}"
SENSES = ("by_pixels", "by_latent", "by_factors")


def explained(client: TestClient, content: bytes, base: str = BASE, **fields: str) -> dict[str, Any]:
    answer = client.post(f"{base}/explain", files={"file": ("picture", content)}, data=fields)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def known(client: TestClient, row: int, base: str = BASE) -> bytes:
    return client.get(f"{base}/sets/data/pictures", params={"rows": str(row)}).content


def test_five_neighbours_in_each_sense_nearest_first(client: TestClient) -> None:
    found = explained(client, shirt_on_white(sample()[0][60]))
    assert found["set"] == "data"
    assert found["known"] is None
    for sense in SENSES:
        distances = [one["distance"] for one in found[sense]]
        assert len(distances) == 5
        assert distances == sorted(distances)
        assert len({one["row"] for one in found[sense]}) == 5


def test_the_nearest_by_pixels_is_the_picture_itself_slightly_changed(client: TestClient) -> None:
    pixels = opened(known(client, 123)).copy()
    pixels[3:5, 3:5] ^= 9
    found = explained(client, png(pixels))
    assert found["known"] is None
    assert found["by_pixels"][0]["row"] == 123
    assert found["by_pixels"][0]["distance"] < 0.01
    assert 123 in [one["row"] for one in found["by_latent"]]


def test_a_known_picture_is_named_is_no_neighbour_of_itself_and_has_its_true_factors(client: TestClient) -> None:
    found = explained(client, known(client, 19))
    assert found["known"] == 19
    assert all(one["row"] != 19 for sense in SENSES for one in found[sense])
    labels = client.get(BASE).json()["sets"][0]["classes"]
    assert found["readings"][0]["category"] in labels
    assert found["readings"][0]["trust"] == 1


def test_how_many_can_be_asked_for(client: TestClient) -> None:
    found = explained(client, known(client, 4), nearest="12")
    assert len(found["by_pixels"]) == 12
    refused = client.post(f"{BASE}/explain", files={"file": ("p", known(client, 4))}, data={"nearest": "51"})
    assert refused.status_code == 422
    assert refused.json()["error"]["field"] == "nearest"


def test_noise_is_strange_and_a_known_picture_is_not(client: TestClient) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (28, 28), np.uint8)
    assert explained(client, png(noise))["strange"] == 100
    found = [explained(client, known(client, row))["strange"] for row in range(3, 40, 6)]
    assert np.mean(found) < 80


def test_the_class_is_given_to_a_conditional_model_and_found_without(client: TestClient) -> None:
    base = "/api/models/digits-cvae"
    three = known(client, 32, base)
    assert explained(client, three, base)["known"] == 32
    assert explained(client, three, base, conditions=json.dumps({"class": 3}))["by_latent"]


def test_steps_and_a_part_are_those_of_every_upload(client: TestClient) -> None:
    photograph = shirt_on_white(sample()[0][60])
    for path in ("explain", "encode", "prepare"):
        for crop, words in (("1,2", "four numbers"), ("0,0,0,1", "empty"), ("0.5,0,1,1", "reaches out")):
            answer = client.post(f"{BASE}/{path}", files={"file": ("p", photograph)}, data={"crop": crop})
            assert answer.status_code == 422
            error = answer.json()["error"]
            assert error["field"] == "crop"
            assert words in error["message"]
    whole = explained(client, photograph)
    assert explained(client, photograph, skip="invert")["by_pixels"] != whole["by_pixels"]
    assert explained(client, photograph, crop="0.2,0.3,0.3,0.3")["by_pixels"] != whole["by_pixels"]


def test_a_chosen_part_is_what_the_model_sees(client: TestClient) -> None:
    two = np.concatenate([sample()[0][60], sample()[0][10]], axis=1)  # side by side
    for part, twin in (("0,0,0.5,1", sample()[0][60]), ("0.5,0,0.5,1", sample()[0][10])):
        fields = {"file": ("p", png(two))}
        seen = client.post(f"{BASE}/prepare", files=fields, data={"crop": part})
        np.testing.assert_array_equal(opened(seen.content), twin)
        answer = client.post(f"{BASE}/encode", files=fields, data={"crop": part}).json()
        cut = next(step for step in answer["steps"] if step["id"] == "cut")
        assert cut["applied"]
        assert "50%" in cut["detail"]


def test_what_is_no_picture_is_refused_with_a_sentence(client: TestClient) -> None:
    answer = client.post(f"{BASE}/explain", files={"file": ("p", b"just text")})
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "picture_unknown"


def test_nothing_of_it_is_kept(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    explained(client, shirt_on_white(sample()[0][60]), crop="0.123,0.2,0.5,0.5")
    storage = client.app.state.storage  # type: ignore[attr-defined]
    assert all(not storage.list(room) for room in ("models", "sets", "tmp"))
    assert "0.123" not in caplog.text


PICTURES, SIZE = 40, HEIGHT * WIDTH


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[TestClient]:
    """Models whose latent is the picture: with a set of pictures, with latents alone, with nothing, without encoder."""
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (PICTURES, HEIGHT, WIDTH, 1), dtype=np.uint8)
    level = images[:, 0, 0, 0].astype(np.float32)
    known_set = ImageSet(
        "set", "Set", images, np.zeros(PICTURES, np.int64), ("all",), "CC0-1.0", "none", "here",
        (Factor("corner", "continuous", level),),
    )  # fmt: skip
    write(tmp_path / "_data" / "set", known_set, name="set", title="Set")
    same = Tiny("z", ("N", SIZE)).shaped(-1, 1, HEIGHT, WIDTH).output("image")
    flat = Tiny("x", ("N", 1, HEIGHT, WIDTH)).shaped(-1, SIZE).output("mean")
    for name, sets in (("full", ["set"]), ("latents", [None]), ("bare", []), ("blind", ["set"])):
        folder = tmp_path / name
        (folder / "sets").mkdir(parents=True)
        files = {"decoder.onnx": same.build().content, "encoder.onnx": flat.build().content}
        np.save(folder / "sets" / "data.npy", images.reshape(PICTURES, -1).astype(np.float32) / 255)
        if sets:
            files["sets/data.npy"] = (folder / "sets" / "data.npy").read_bytes()
        for file, content in files.items():
            (folder / file).write_bytes(content)
        points = [
            {"name": "data", "latents": "sets/data.npy", "default": True, **({"data": d} if d else {})} for d in sets
        ]
        encoder = None if name == "blind" else {"file": "encoder.onnx", "input": "x", "mean": {"output": "mean"}}
        described = document(files, decoder={}, encoder=encoder, sets=points, name=name)
        (folder / "model.json").write_text(json.dumps(described))
    with make_client(Settings(checkpoints=tmp_path, data=tmp_path / "data")) as made:
        yield made


def _upload() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(5).integers(0, 256, (HEIGHT, WIDTH), np.uint8)).save(buffer, "png")
    return buffer.getvalue()


def test_a_model_says_which_senses_it_has(tiny: TestClient) -> None:
    full = explained(tiny, _upload(), "/api/models/full", skip="invert")
    assert len(full["by_pixels"]) == len(full["by_latent"]) == 5
    assert [reading["name"] for reading in full["readings"]] == ["corner"]
    latents = explained(tiny, _upload(), "/api/models/latents", skip="invert")
    assert latents["by_pixels"] is None
    assert latents["by_factors"] is None
    assert len(latents["by_latent"]) == 5
    bare = explained(tiny, _upload(), "/api/models/bare", skip="invert")
    assert bare["set"] is None
    assert [bare[sense] for sense in SENSES] == [None] * 3
    assert bare["readings"] == []
    blind = tiny.post("/api/models/blind/explain", files={"file": ("p", _upload())})
    assert blind.status_code == 422
    assert blind.json()["error"]["code"] == "unsupported"
