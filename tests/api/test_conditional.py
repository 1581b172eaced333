"""A conditional model over HTTP: a class decides what is drawn, and one that is not given is found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

from server.settings import Settings
from tests.api.conftest import make_client
from tests.api.pictures import png
from tests.contract.tiny_models import HEIGHT, WIDTH, Tiny, document

CLASSES = 4
# The encoder halves what it sees and forgets the class; the decoder doubles it and adds a shift for its class. So the
# reconstruction is exact for the class whose shift the picture does not need: class 0.
SHIFTS = np.array([0.0, 0.2, 0.4, 0.6], np.float32)


@pytest.fixture
def conditional(tmp_path: Path) -> Iterator[TestClient]:
    decoder = Tiny("z", ("N", HEIGHT * WIDTH)).scaled(2.0)
    doubled = decoder.last
    index = decoder.input("label", ("N",), "int64").op("Identity", first="label").last
    decoder.op("Gather", index, first=SHIFTS[:, None]).op("Add", doubled).shaped(-1, 1, HEIGHT, WIDTH).output("image")
    encoder = Tiny("x", ("N", 1, HEIGHT, WIDTH)).shaped(-1, HEIGHT * WIDTH).scaled(0.5).output("mean")
    graphs = {"decoder.onnx": decoder.build().content, "encoder.onnx": encoder.build().content}
    folder = tmp_path / "checkpoints" / "tiny"
    folder.mkdir(parents=True)
    for name, content in graphs.items():
        (folder / name).write_bytes(content)
    condition = {"id": "class", "type": "class_index", "classes": CLASSES, "decoder_input": "label"}
    text = json.dumps(document(graphs, encoder={}, decoder={}, conditions=[condition]))
    (folder / "model.json").write_text(text)
    with make_client(Settings(checkpoints=tmp_path / "checkpoints", data=tmp_path / "data")) as client:
        yield client


PICTURE = png(np.linspace(10, 90, HEIGHT * WIDTH).astype(np.uint8).reshape(HEIGHT, WIDTH))


def encode(client: TestClient, **fields: str) -> dict[str, object]:
    answer = client.post("/api/models/tiny/encode", files={"file": ("p.png", PICTURE)}, data=fields)
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def test_a_class_decides_what_is_drawn_and_one_is_needed(conditional: TestClient) -> None:
    latents = [[0.05] * HEIGHT * WIDTH]
    drawn = []
    for label in range(CLASSES):
        body = {"latents": latents, "conditions": {"class": label}, "output": "raw"}
        drawn.append(conditional.post("/api/models/tiny/decode", json=body).content[0])
    np.testing.assert_allclose(drawn, (0.1 + SHIFTS) * 255, atol=0.51)
    missing = conditional.post("/api/models/tiny/decode", json={"latents": latents})
    assert missing.status_code == 422
    assert "class" in missing.json()["error"]["message"]
    beyond = {"latents": latents, "conditions": {"class": CLASSES}}
    assert conditional.post("/api/models/tiny/decode", json=beyond).json()["error"]["field"] == "conditions"


def test_the_class_that_draws_the_picture_best_is_found_and_named(conditional: TestClient) -> None:
    found = encode(conditional, skip="invert,crop,pad")
    assert found["conditions"] == {"class": 0}
    assert found["error"]["mse"] < 1e-4  # type: ignore[index]


def test_a_class_that_is_given_is_kept(conditional: TestClient) -> None:
    found = encode(conditional, skip="invert,crop,pad", conditions='{"class": 2}')
    assert found["conditions"] == {"class": 2}
    assert found["error"]["mse"] == pytest.approx(SHIFTS[2] ** 2, rel=0.01)  # type: ignore[index]


@pytest.mark.parametrize("text", ['{"class": 9}', '{"colour": 1}', "nonsense", '{"class": -1}'])
def test_a_class_that_is_none_is_refused(conditional: TestClient, text: str) -> None:
    answer = conditional.post("/api/models/tiny/encode", files={"file": ("p.png", PICTURE)}, data={"conditions": text})
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == "conditions"


def test_the_first_class_is_taken_until_one_is_chosen(conditional: TestClient) -> None:
    assert conditional.get("/api/models/tiny").json()["default_conditions"] == {"class": 0}


def test_a_model_without_sets_has_plain_sliders_and_no_examples(conditional: TestClient) -> None:
    detail = conditional.get("/api/models/tiny").json()
    assert len(detail["sliders"]) == HEIGHT * WIDTH
    assert detail["examples"] is None
    assert detail["sets"] == []
    assert conditional.get("/api/models/tiny/projection").status_code == 404
