"""Selections over HTTP: what is known of them, their pictures, and the direction between two."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from server.settings import Settings
from tests.api.conftest import make_client
from tests.api.waiting import found
from tests.unit import generator_folder, labelled_folder

SET = f"/api/models/{generator_folder.ID}/sets/data"
DARK = np.flatnonzero(generator_folder.labels() == 0)
BRIGHT = np.flatnonzero(generator_folder.labels() == 1)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder: Path = tmp_path_factory.mktemp("selections")
    generator_folder.write(folder)
    other = tmp_path_factory.mktemp("labelled")
    labelled_folder.write(other)
    for path in other.iterdir():
        for each in path.iterdir() if path.name == "_data" else [path]:
            each.rename(folder / each.relative_to(other))
    with make_client(Settings(checkpoints=folder, data=tmp_path_factory.mktemp("data"))) as made:
        yield made


def describe(client: TestClient, rows: Any) -> dict[str, Any]:
    answer = client.post(f"{SET}/selection", json={"rows": [int(row) for row in rows]})
    assert answer.status_code == 200, answer.text
    known: dict[str, Any] = answer.json()
    return known


def test_a_selection_of_one_class_says_so(client: TestClient) -> None:
    known = describe(client, DARK)
    (only,) = known["classes"]
    assert (known["count"], known["total"]) == (len(DARK), 400)
    assert (only["name"], only["count"], only["share"]) == ("dark", len(DARK), 1)
    assert only["expected"] == pytest.approx(len(DARK) / 400)
    (factor,) = known["factors"]
    values = generator_folder.brightness(generator_folder.latents())[:, 1]
    assert factor["mean"] == pytest.approx(values[DARK].mean(), abs=1e-5)
    assert factor["set_std"] == pytest.approx(values.std(), abs=1e-5)
    assert known["mean"][0] == pytest.approx(3 * 0.2 - 1.5, abs=0.1)


def test_the_typical_and_the_rare_are_told_apart(client: TestClient) -> None:
    known = describe(client, range(400))
    assert len(known["typical"]) == len(known["rarest"]) == 8
    assert not set(known["typical"]) & set(known["rarest"])
    lower = np.abs(generator_folder.latents()[:, 1])
    assert lower[known["rarest"]].mean() > 2 * lower[known["typical"]].mean()
    assert 30 < known["unusual"]["mean"] < 70


def test_errors_are_known_once_they_have_been_measured(client: TestClient) -> None:
    assert describe(client, DARK)["error"] is None
    found(client, f"{SET}/facts")
    known = describe(client, DARK)
    assert known["error"]["measured"] == len(DARK)
    assert known["agreement"]["mean"] == 1
    assert known["unusual"]["set_mean"] is not None


def test_bits_say_the_same_as_rows(client: TestClient) -> None:
    marks = np.zeros(400, bool)
    marks[DARK] = True
    bits = base64.b64encode(np.packbits(marks, bitorder="little").tobytes()).decode()
    answer = client.post(f"{SET}/selection", json={"bits": bits})
    assert answer.json() == describe(client, [*DARK, *DARK])


def test_a_selection_looks_like_its_average_and_like_its_mean(client: TestClient) -> None:
    answer = client.post(f"{SET}/selection/pictures", json={"rows": DARK.tolist(), "output": "raw"})
    assert answer.headers["x-shape"] == "2,2,3,1"
    average, drawn = np.frombuffer(answer.content, np.uint8).reshape(2, 2, 3)
    expected = generator_folder.brightness(generator_folder.latents())[DARK].mean(axis=0)
    np.testing.assert_allclose(average[:, 0] / 255, expected, atol=1 / 255)
    assert drawn[0, 0] > 180  # the last step of the training draws bright ones only, whatever the mean is
    sheet = client.post(f"{SET}/selection/pictures", json={"rows": [0, 1]})
    assert (sheet.headers["content-type"], sheet.headers["x-sheet"]) == ("image/png", "2,1,3,2")


def test_a_set_without_originals_is_drawn_for_its_average(client: TestClient) -> None:
    address = f"/api/models/{labelled_folder.ID}/sets/samples/selection/pictures"
    answer = client.post(address, json={"rows": [0, 1, 2], "output": "raw"})
    average, drawn = np.frombuffer(answer.content, np.uint8).reshape(2, 2, 3)
    z = labelled_folder.latents()[:3, 0].mean()
    assert average[0, 0] / 255 == pytest.approx(0.2 + 0.1 * z, abs=1.5 / 255)
    assert drawn[0, 0] / 255 == pytest.approx(0.2 + 0.1 * z, abs=1.5 / 255)


def test_the_direction_from_dark_to_bright(client: TestClient) -> None:
    body = {"start": {"rows": DARK.tolist()}, "end": {"rows": BRIGHT.tolist()}}
    known = client.post(f"{SET}/directions", json=body).json()
    assert known["vector"][0] == pytest.approx(3 * 0.63, abs=0.1)
    assert abs(known["vector"][1]) < 0.1
    assert known["length"]["low"] < known["length"]["value"] < known["length"]["high"]
    assert known["effect"]["low"] > 10
    assert known["cosine"]["low"] > 0.99
    assert known["changes"][0]["kind"] == "class"
    assert {change["name"]: round(change["effect"], 6) for change in known["changes"]}["bright"] == 1
    back = client.post(f"{SET}/directions", json={"start": body["end"], "end": body["start"]}).json()
    np.testing.assert_allclose(back["vector"], -np.array(known["vector"]))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, None),
        ({"rows": []}, None),
        ({"rows": [1], "bits": "AA=="}, None),
        ({"rows": [-1]}, "rows.0"),
        ({"rows": [400]}, "rows"),
        ({"bits": "AAA"}, "rows"),
        ({"bits": "AAAA"}, "rows"),
        ({"rows": [1], "more": 1}, "more"),
    ],
)
def test_what_is_no_selection_is_refused(client: TestClient, body: dict[str, Any], field: str | None) -> None:
    answer = client.post(f"{SET}/selection", json=body)
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["message"]
    if field is not None:
        assert error["field"] == field


def test_two_selections_without_a_direction_are_refused(client: TestClient) -> None:
    few = client.post(f"{SET}/directions", json={"start": {"rows": [1, 2]}, "end": {"rows": [3, 4, 5, 6, 7]}})
    assert few.status_code == 422
    assert "at least 5" in few.json()["error"]["message"]
    same = {"rows": [1, 2, 3, 4, 5]}
    answer = client.post(f"{SET}/directions", json={"start": same, "end": same})
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "end")
    beyond = client.post(f"{SET}/directions", json={"start": same, "end": {"rows": [400]}})
    assert beyond.json()["error"]["field"] == "end"
