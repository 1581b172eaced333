"""Decoding, encoding, traversing and interpolating over HTTP."""

from __future__ import annotations

import numpy as np
import pytest
from starlette.testclient import TestClient

from tests.api.pictures import VAE, opened, png, sample, shirt_on_white

ZERO = [[0.0] * 16]
BASE = f"/api/models/{VAE}"


def encode(client: TestClient, content: bytes, **fields: str) -> dict[str, object]:
    answer = client.post(f"{BASE}/encode", files={"file": ("picture", content)}, data=fields)
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def test_decoding_the_same_latents_gives_the_same_picture_in_every_format(client: TestClient) -> None:
    latents = np.random.default_rng(1).normal(size=(6, 16)).tolist()
    raw = client.post(f"{BASE}/decode", json={"latents": latents, "output": "raw"})
    assert raw.headers["x-shape"] == "6,28,28,1"
    pixels = np.frombuffer(raw.content, np.uint8).reshape(6, 28, 28)
    sheet = client.post(f"{BASE}/decode", json={"latents": latents, "columns": 3})
    assert sheet.headers["x-sheet"] == "3,2,28,28"
    assert sheet.headers["content-type"] == "image/png"
    cells = opened(sheet.content).reshape(2, 28, 3, 28).swapaxes(1, 2).reshape(6, 28, 28)
    np.testing.assert_array_equal(cells, pixels)
    webp = client.post(f"{BASE}/decode", json={"latents": latents, "output": "webp", "columns": 3})
    assert webp.headers["content-type"] == "image/webp"
    assert opened(webp.content).shape[:2] == (56, 84)


def test_a_batch_decodes_as_its_rows_do(client: TestClient) -> None:
    latents = np.random.default_rng(2).normal(size=(40, 16)).tolist()
    whole = client.post(f"{BASE}/decode", json={"latents": latents, "output": "raw"}).content
    rows = [client.post(f"{BASE}/decode", json={"latents": [row], "output": "raw"}).content for row in latents]
    together, apart = (np.frombuffer(found, np.uint8).astype(int) for found in (whole, b"".join(rows)))
    assert np.abs(together - apart).max() <= 1  # a convolution over a batch may sum in another order


def test_encoding_a_test_picture_gives_the_latent_that_the_set_holds(client: TestClient) -> None:
    thumbnail = client.get(f"{BASE}/sets/data/pictures", params={"rows": "4"}).content
    answer = encode(client, thumbnail)
    latents, logvar = np.array(answer["latents"]), np.array(answer["logvar"])
    assert latents.shape == logvar.shape == (1, 16)
    import pyarrow as pa

    columns = client.get(f"{BASE}/sets/data/columns").content
    table = pa.ipc.open_stream(columns).read_all()
    known = np.array(table["latents"][4].as_py())
    np.testing.assert_allclose(latents[0], known, atol=0.01)


def test_a_dark_shirt_on_white_is_reconstructed_nearly_as_well_as_its_prepared_twin(client: TestClient) -> None:
    images, labels = sample()
    ratios = []
    for twin in images[labels == 6]:  # shirts
        prepared = encode(client, png(twin))["error"]
        photographed = encode(client, shirt_on_white(twin))
        applied = {step["id"] for step in photographed["steps"] if step["applied"]}  # type: ignore[attr-defined]
        assert "invert" in applied
        ratios.append(photographed["error"]["mse"] / prepared["mse"])  # type: ignore[index]
    assert np.median(ratios) < 1.2
    assert max(ratios) < 1.5


def test_a_step_can_be_undone_and_forced(client: TestClient) -> None:
    images, labels = sample()
    photograph = shirt_on_white(images[labels == 6][0])

    def seen(**fields: str) -> np.ndarray:
        answer = client.post(f"{BASE}/prepare", files={"file": ("picture", photograph)}, data=fields)
        assert answer.status_code == 200
        return opened(answer.content)

    as_given, kept_light = seen(), seen(skip="invert")
    assert as_given.shape == kept_light.shape == (28, 28)
    assert as_given[:, 0].mean() < 40  # a dark margin, as the model knows it
    assert kept_light.mean() - as_given.mean() > 30
    twin = png(images[0])
    forced = client.post(f"{BASE}/prepare", files={"file": ("p", twin)}, data={"force": "invert"})
    np.testing.assert_array_equal(opened(forced.content), 255 - images[0])


def test_the_step_list_says_what_was_done_and_encoding_keeps_nothing(client: TestClient) -> None:
    storage = client.app.state.storage  # type: ignore[attr-defined]
    before = {room: storage.list(room) for room in ("models", "sets", "results", "tmp")}
    answer = encode(client, shirt_on_white(sample()[0][0]))
    for step in answer["steps"]:  # type: ignore[attr-defined]
        assert set(step) == {"id", "title", "detail", "applied", "required"}
        assert step["detail"].endswith(".")
    assert answer["unusual"]["percentile"] <= 100  # type: ignore[index]
    assert {room: storage.list(room) for room in before} == before


def test_traversal_walks_one_dimension_a_row_and_leaves_the_rest(client: TestClient) -> None:
    sliders = client.get(BASE).json()["sliders"]
    dims = [sliders[0]["dim"], sliders[-1]["dim"]]
    answer = client.post(f"{BASE}/traverse", json={"latents": ZERO, "dims": dims, "steps": 5, "output": "raw"})
    assert answer.headers["x-shape"] == "10,28,28,1"
    strips = np.frombuffer(answer.content, np.uint8).reshape(2, 5, 28, 28).astype(float)
    change = np.abs(strips[:, 0] - strips[:, -1]).mean((1, 2))
    assert change[0] > 10 > change[1]  # the first slider changes most, the last barely
    fixed = client.post(
        f"{BASE}/traverse", json={"latents": ZERO, "dims": [3], "steps": 3, "range": [0, 0], "output": "raw"}
    )
    same = np.frombuffer(fixed.content, np.uint8).reshape(3, -1)
    assert (same == same[0]).all()


@pytest.mark.parametrize("method", ["lerp", "slerp"])
def test_interpolation_starts_and_ends_on_its_ends(client: TestClient, method: str) -> None:
    ends = np.random.default_rng(3).normal(size=(2, 16)).astype(np.float32).tolist()
    path = client.post(
        f"{BASE}/interpolate", json={"latents": ends, "steps": 7, "method": method, "output": "latents"}
    ).json()["latents"]
    assert len(path) == 7
    np.testing.assert_array_equal(path[0], ends[0])
    np.testing.assert_array_equal(path[-1], ends[1])
    strip = client.post(f"{BASE}/interpolate", json={"latents": ends, "steps": 7, "method": method})
    assert strip.headers["x-sheet"] == "7,1,28,28"


def test_samples_are_named_by_their_seed(client: TestClient) -> None:
    first = client.get(f"{BASE}/sample", params={"seed": 5, "count": 2}).json()
    again = client.get(f"{BASE}/sample", params={"seed": 5, "count": 2}).json()
    assert first == again
    drawn = client.get(f"{BASE}/sample").json()
    assert client.get(f"{BASE}/sample", params={"seed": drawn["seed"]}).json() == drawn


@pytest.mark.parametrize(
    ("address", "body", "field"),
    [
        ("decode", {"latents": [[1.0, 2.0]]}, "latents"),
        ("decode", {"latents": [[0.0] * 16, [0.0] * 15]}, "latents"),
        ("decode", {"latents": []}, "latents"),
        ("decode", {"latents": [[1e9] * 16]}, "latents.0.0"),
        ("decode", {"latents": ZERO, "latent": ZERO}, "latent"),
        ("decode", {"latents": ZERO, "space": "w"}, "space"),
        ("decode", {"latents": ZERO, "conditions": {"class": 1}}, "conditions"),
        ("decode", {"latents": ZERO, "model": "another"}, "model"),
        ("decode", {"latents": ZERO, "psi": -1}, "psi"),
        ("decode", {"latents": ZERO, "output": "gif"}, "output"),
        ("decode", {"latents": ZERO * 600, "output": "webp", "columns": 1}, "output"),
        ("traverse", {"latents": ZERO, "dims": [16]}, "dims"),
        ("traverse", {"latents": ZERO, "dims": [0], "steps": 1}, "steps"),
        ("interpolate", {"latents": ZERO}, "latents"),
        ("interpolate", {"latents": [[0.0] * 3] * 2, "output": "latents"}, "latents"),
        ("interpolate", {"latents": ZERO * 2, "method": "cubic"}, "method"),
    ],
)
def test_a_wrong_request_is_answered_with_its_field(
    client: TestClient, address: str, body: dict[str, object], field: str
) -> None:
    answer = client.post(f"{BASE}/{address}", json=body)
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["field"] == field
    assert error["message"].endswith(".")


def test_numbers_that_are_none_are_refused(client: TestClient) -> None:
    for text in ("NaN", "Infinity", "1e999"):
        answer = client.post(
            f"{BASE}/decode",
            content='{"latents": [[' + ",".join([text] * 16) + "]]}",
            headers={"content-type": "application/json"},
        )
        assert answer.status_code == 422, text


def test_another_version_of_the_model_is_told(client: TestClient) -> None:
    answer = client.post(f"{BASE}/decode", json={"latents": ZERO, "hash": "0" * 16})
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "stale_model"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "picture_"),
        (b"just text", "picture_"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", "picture_svg"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "picture_heic"),
        (png(np.zeros((8, 8), np.uint8))[:40], "picture_"),
    ],
)
def test_what_is_no_picture_is_refused_with_a_sentence(client: TestClient, content: bytes, code: str) -> None:
    answer = client.post(f"{BASE}/encode", files={"file": ("../../etc/passwd", content)})
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["code"].startswith(code)
    assert error["field"] == "file"
    assert "Traceback" not in error["message"]


def test_a_missing_file_is_named(client: TestClient) -> None:
    answer = client.post(f"{BASE}/encode", files={"image": ("p.png", b"x")})
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == "file"
