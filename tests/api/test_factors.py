"""A data set with known factors over HTTP, and sets with fewer rows than it has pictures, or with more."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from starlette.testclient import TestClient

from models.data import Factor, ImageSet
from models.data.folder import write
from server.catalog import Catalog
from server.settings import Settings
from tests.api.conftest import make_client
from tests.contract.tiny_models import HEIGHT, WIDTH, Tiny, document

PICTURES = 5
SIZE = HEIGHT * WIDTH
YAW = np.array([-35, -1.5, 0, 20, 35], np.float32)
GLASSES = np.array([0, 2, 1, 0, 2], np.float32)


def pictures() -> ImageSet:
    images = np.random.default_rng(0).integers(0, 256, (PICTURES, HEIGHT, WIDTH, 1), dtype=np.uint8)
    factors = (
        Factor("yaw", "continuous", YAW, description="degrees"),
        Factor("glasses", "categorical", GLASSES, ("none", "round", "square")),
    )
    labels = np.arange(PICTURES) % 2
    return ImageSet("set", "Set", images, labels, ("bald", "bun"), "CC0-1.0", "none", "here", factors)


@pytest.fixture
def checkpoints(tmp_path: Path) -> Path:
    """A model whose sets have three and five rows of a data set of five pictures."""
    write(tmp_path / "_data" / "set", pictures(), name="set", title="Set")
    decoder = Tiny("z", ("N", SIZE)).scaled(0.1).shaped(-1, 1, HEIGHT, WIDTH).output("image")
    files = {"decoder.onnx": decoder.build().content}
    sets = []
    for rows in (3, 5):
        name = f"sets/first{rows}.npy"
        path = tmp_path / "tiny" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, np.random.default_rng(rows).standard_normal((rows, SIZE)).astype(np.float32))
        files[name] = path.read_bytes()
        sets.append({"name": f"first{rows}", "latents": name, "data": "set", "default": rows == 3})
    (tmp_path / "tiny" / "decoder.onnx").write_bytes(files["decoder.onnx"])
    (tmp_path / "tiny" / "model.json").write_text(json.dumps(document(files, decoder={}, sets=sets)))
    return tmp_path


@pytest.fixture
def client(checkpoints: Path, tmp_path: Path) -> Iterator[TestClient]:
    with make_client(Settings(checkpoints=checkpoints, data=tmp_path / "data")) as made:
        yield made


def table(client: TestClient, name: str) -> pa.Table:
    answer = client.get(f"/api/models/tiny/sets/{name}/columns")
    assert answer.status_code == 200, answer.text
    return pa.ipc.open_stream(answer.content).read_all()


@pytest.mark.parametrize("rows", [3, 5])
def test_factors_are_columns_of_their_own_names_as_long_as_the_set(rows: int, client: TestClient) -> None:
    found = table(client, f"first{rows}")
    assert found.column_names == ["latents", "label", "yaw", "glasses"]
    assert found.num_rows == rows
    assert found["yaw"].type == pa.float32()
    np.testing.assert_array_equal(found["yaw"].to_numpy(), YAW[:rows])
    glasses = found["glasses"].combine_chunks()
    assert glasses.dictionary.to_pylist() == ["none", "round", "square"]
    assert glasses.indices.to_pylist() == GLASSES[:rows].tolist()
    assert (
        found["label"].combine_chunks().dictionary_decode().to_pylist() == ["bald", "bun", "bald", "bun", "bald"][:rows]
    )


def test_a_set_with_fewer_rows_has_the_first_pictures_and_no_others(client: TestClient) -> None:
    base = "/api/models/tiny/sets"
    assert {entry["name"]: entry["count"] for entry in client.get(base).json()["sets"]} == {
        "first3": 3,
        "first5": 5,
    }
    answer = client.get(f"{base}/first3/pictures", params={"rows": "2", "output": "raw"})
    np.testing.assert_array_equal(np.frombuffer(answer.content, np.uint8), pictures().images[2].ravel())
    assert client.get(f"{base}/first3/pictures", params={"rows": "3"}).json()["error"]["field"] == "rows"
    assert client.get("/api/models/tiny/projection", params={"set": "first3"}).headers["x-shape"] == "3,2"


def test_other_factors_are_fetched_anew(client: TestClient, checkpoints: Path, tmp_path: Path) -> None:
    tag = client.get("/api/models/tiny/sets/first3/columns").headers["etag"]
    changed = (replace(pictures().factors[0], values=YAW + 1), pictures().factors[1])
    write(checkpoints / "_data" / "set", replace(pictures(), factors=changed), name="set", title="Set")
    with make_client(Settings(checkpoints=checkpoints, data=tmp_path / "data")) as again:
        answer = again.get("/api/models/tiny/sets/first3/columns", headers={"if-none-match": tag})
    assert answer.status_code == 200


def test_a_model_with_more_rows_than_pictures_is_broken_and_says_why(checkpoints: Path) -> None:
    write(checkpoints / "_data" / "set", pictures().first(4), name="set", title="Set")
    broken = Catalog(checkpoints).checkpoints["tiny"]
    assert broken.manifest is None
    assert broken.reason == "Its set first5 has 5 rows, but set only 4 pictures."


@pytest.mark.parametrize("content", [b"", b"no numpy", b"\x93NUMPY\x01\x00"])
def test_a_set_that_is_no_numpy_file_breaks_its_model_alone(content: bytes, checkpoints: Path) -> None:
    path = checkpoints / "tiny" / "sets" / "first3.npy"
    path.write_bytes(content)
    described = json.loads((checkpoints / "tiny" / "model.json").read_text())
    described["files"]["sets/first3.npy"] = hashlib.sha256(content).hexdigest()
    (checkpoints / "tiny" / "model.json").write_text(json.dumps(described))
    reason = Catalog(checkpoints).checkpoints["tiny"].reason
    assert reason is not None
    assert reason.startswith("sets/first3.npy is not a plain numpy file: ")
