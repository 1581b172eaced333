"""Epsilon by its seed, and what a picture costs: the error of each latent in nats, and what cannot be asked."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from models.latent.objective import kl
from server.settings import ROOT, Settings
from tests.api.conftest import make_client
from tests.api.pictures import VAE, png, sample

AT = f"/api/models/{VAE}"


@pytest.fixture(scope="module")
def seen(client: TestClient) -> bytes:
    """A shirt as the model sees it."""
    return client.post(f"{AT}/prepare", files={"file": png(sample()[0][1])}).content


@pytest.fixture(scope="module")
def encoded(client: TestClient) -> dict[str, Any]:
    answer: dict[str, Any] = client.post(f"{AT}/encode", files={"file": png(sample()[0][1])}).json()
    return answer


def ask(client: TestClient, picture: bytes, latents: object, model: str = VAE, **others: str) -> Any:
    data = {"latents": latents if isinstance(latents, str) else json.dumps(latents), **others}
    return client.post(f"/api/models/{model}/loss", files={"file": ("seen.png", picture)}, data=data)


def test_epsilon_is_standard_normal_and_named_by_its_seed(client: TestClient) -> None:
    many = np.array(client.get(f"{AT}/epsilon?seed=5&count=64").json()["epsilon"])
    assert many.shape == (64, 16)
    assert abs(many.mean()) < 0.15
    assert abs(many.std() - 1) < 0.1
    few = client.get(f"{AT}/epsilon?seed=5&count=3").json()
    assert few["seed"] == 5
    assert np.array(few["epsilon"]).tolist() == many[:3].tolist()
    assert client.get(f"{AT}/epsilon?seed=6&count=3").json()["epsilon"] != few["epsilon"]


@pytest.mark.parametrize("query", ["seed=-1", "seed=4294967296", "count=0", "count=65", "seed=x"])
def test_no_other_seed_and_no_other_count(client: TestClient, query: str) -> None:
    assert client.get(f"{AT}/epsilon?{query}").status_code == 422


@pytest.mark.parametrize("path", ["epsilon", "loss"])
def test_without_a_posterior_there_is_no_epsilon_and_no_loss(client: TestClient, seen: bytes, path: str) -> None:
    at = "/api/models/fashion-ae-16"
    sent = {"files": {"file": seen}, "data": {"latents": json.dumps([[0.0] * 16])}}
    answer = client.get(f"{at}/epsilon") if path == "epsilon" else client.post(f"{at}/loss", **sent)  # type: ignore[arg-type]
    assert answer.status_code == 422
    assert "mean and variance" in answer.json()["error"]["message"]


def test_the_error_of_the_encoding_is_that_of_the_upload_and_without_a_dimension_it_grows(
    client: TestClient, seen: bytes, encoded: dict[str, Any]
) -> None:
    mean = np.array(encoded["latents"][0])
    std = np.exp(0.5 * np.array(encoded["logvar"][0]))
    rows = [mean, *(np.where(np.arange(16) == dim, 0, mean) for dim in range(16))]
    answer = ask(client, seen, [list(row) for row in rows]).json()
    assert answer["objective"] == {"likelihood": "bernoulli", "beta": 1.0, "sigma2": None, "tc": 0.0}
    assert answer["pixels"] == 784
    errors = answer["errors"]
    assert errors[0]["mse"] == pytest.approx(encoded["error"]["mse"], rel=1e-3)
    nats = np.array([each["nats"] for each in errors])
    assert nats[0] > answer["floor"] > 0
    bought = nats[1:] - nats[0]
    spent = kl(mean, std)
    strongest = int(spent.argmax())
    assert bought[strongest] > spent[strongest]  # that is why it is spent
    assert abs(bought[spent < 0.001]).max() < 0.1  # what says nothing buys nothing


def test_a_conditional_model_costs_less_with_the_right_class(client: TestClient) -> None:
    at = "/api/models/digits-cvae"
    examples = client.get(at).json()["examples"]
    row = examples["rows"][3]
    raw = client.get(f"{at}/sets/{examples['set']}/pictures?rows={row}&output=png").content
    placed = client.post(f"{at}/encode", files={"file": raw}).json()
    picture = client.post(f"{at}/prepare", files={"file": raw}).content
    costs = [
        ask(client, picture, placed["latents"], "digits-cvae", conditions=json.dumps({"class": digit})).json()
        for digit in range(10)
    ]
    nats = [cost["errors"][0]["nats"] for cost in costs]
    assert int(np.argmin(nats)) == placed["conditions"]["class"]


@pytest.mark.parametrize(
    ("latents", "field"),
    [
        ("", "latents"),
        ("nonsense", "latents"),
        ("[]", "latents"),
        ("[[]]", "latents"),
        ("[[1, 2], [3]]", "latents"),
        ("[[1, 2]]", "latents"),
        (json.dumps([["x"] * 16]), "latents"),
        (json.dumps([[1e9] * 16]), "latents"),
        ("[[" + ",".join(["NaN"] * 16) + "]]", "latents"),
        (json.dumps([[0.0] * 16] * 129), "latents"),
    ],
)
def test_latents_that_are_none_are_refused_by_name(client: TestClient, seen: bytes, latents: str, field: str) -> None:
    answer = ask(client, seen, latents)
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == field


def test_a_picture_that_is_not_as_the_model_sees_it_is_refused_with_the_way_to_it(client: TestClient) -> None:
    for picture in (
        np.zeros((40, 40), np.uint8),
        sample()[0][0].repeat(2, 0),
        np.tile(np.array([0, 9, 99], np.uint8), (28, 28, 1)),
    ):
        answer = ask(client, png(picture), [[0.0] * 16])
        assert answer.status_code == 422
        assert answer.json()["error"]["code"] == "picture_unprepared"
        assert "/prepare" in answer.json()["error"]["message"]
    assert ask(client, b"no picture", [[0.0] * 16]).json()["error"]["code"].startswith("picture_")
    wrong = ask(client, png(sample()[0][0]), [[0.0] * 16], conditions='{"class": 1}')
    assert wrong.json()["error"]["field"] == "conditions"


def changed(folder: Path, objective: str | None) -> None:
    """A checkpoints folder with one VAE, whose objective.json is another one, or missing."""
    shutil.copytree(ROOT / "checkpoints" / VAE, folder / VAE)
    shutil.copytree(ROOT / "checkpoints/_data/fashion-mnist-test", folder / "_data/fashion-mnist-test")
    document = json.loads((folder / VAE / "model.json").read_text(encoding="utf-8"))
    if objective is None:
        (folder / VAE / "objective.json").unlink()
        del document["files"]["objective.json"]
    else:
        (folder / VAE / "objective.json").write_text(objective)
        document["files"]["objective.json"] = hashlib.sha256(objective.encode()).hexdigest()
    (folder / VAE / "model.json").write_text(json.dumps(document))


@pytest.mark.parametrize(
    ("objective", "status"),
    [
        (None, 200),
        ('{"likelihood": "gaussian", "beta": 2, "sigma2": 0.05}', 200),
        ('{"likelihood": "gaussian", "beta": 2}', 503),
        ("[]", 503),
        ("no json", 503),
    ],
)
def test_the_folder_says_what_was_minimised_or_the_error_stays_a_mean_square(
    tmp_path: Path, objective: str | None, status: int
) -> None:
    changed(tmp_path / "checkpoints", objective)
    settings = Settings(checkpoints=tmp_path / "checkpoints", data=tmp_path / "data", body_mb=4)
    with make_client(settings) as client:
        answer = ask(client, png(sample()[0][1]), [[0.0] * 16])
    assert answer.status_code == status, answer.text
    body = answer.json()
    if status == 503:
        assert "objective.json" in body["error"]["message"]
        return
    (error,) = body["errors"]
    if objective is None:
        assert (body["objective"], body["floor"], error["nats"]) == (None, None, None)
    else:
        assert body["floor"] == 0
        assert error["nats"] == pytest.approx(error["mse"] * 784 / (2 * 0.05))
