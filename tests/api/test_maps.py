"""Maps over HTTP: there at once, by a job, kept, damaged, refused; points placed on them and the way back."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from numpy.typing import NDArray
from starlette.testclient import TestClient

from models.analysis import maps
from server.settings import Settings
from tests.api.conftest import make_client
from tests.unit import linear_folder
from tests.unit.tiny_recipes import AE

BASE = f"/api/models/{AE.id}/projection"
FITTED = ("umap", "tsne", "pacmap", "localmap")
LATENTS = np.random.default_rng(0).standard_normal((50, 4)).astype(np.float16).astype(np.float32)  # as linear_folder's
QUICK = "method=pacmap&seed="  # with a seed of the test's own: its map is not there yet


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    checkpoints = tmp_path_factory.mktemp("checkpoints")
    linear_folder.write(checkpoints, AE)
    return Settings(checkpoints=checkpoints, data=tmp_path_factory.mktemp("data"), job_workers=1)


@pytest.fixture(scope="module")
def served(settings: Settings) -> Iterator[TestClient]:
    """One application for all, so that one process gets ready for maps."""
    with make_client(settings) as client:
        assert client.post(f"{BASE}/warm").status_code == 204
        yield client


def floats(answer: Any) -> NDArray[np.float32]:
    shape = [int(size) for size in answer.headers["x-shape"].split(",")]
    return np.frombuffer(answer.content, "<f4").reshape(shape)


def follow(client: TestClient, begun: Any) -> list[dict[str, Any]]:
    """The job at each of its events, until it is over."""
    assert begun.status_code == 202, begun.text
    assert begun.headers["cache-control"] == "no-store"
    lines = client.get(begun.headers["location"] + "/events").text.splitlines()
    return [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]


def fitted(client: TestClient, query: str) -> Any:
    """The answer with a map, once its job is done."""
    answer = client.get(f"{BASE}?{query}")
    if answer.status_code == 202:
        assert follow(client, answer)[-1]["state"] == "done"
        answer = client.get(f"{BASE}?{query}")
    assert answer.status_code == 200, answer.text
    return answer


def worker(seconds: float = 10) -> psutil.Process:
    """The process that fits maps."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = [each for each in psutil.Process().children() if "spawn_main" in " ".join(each.cmdline())]
        if found:
            return found[0]
        time.sleep(0.05)
    raise AssertionError("there is no process")


@pytest.mark.parametrize("method", FITTED)
def test_a_map_is_fitted_by_a_job_and_there_from_then_on(served: TestClient, method: str) -> None:
    begun = served.get(f"{BASE}?method={method}")
    assert begun.json()["kind"] == "map"
    seen = follow(served, begun)
    assert seen[-1]["state"] == "done"
    assert any(each["progress"] not in (None, 1.0) for each in seen)
    assert any(maps.BY_NAME[method].title in each["message"] for each in seen)
    answer = served.get(f"{BASE}?method={method}")
    assert answer.status_code == 200
    assert floats(answer).shape == (50, 2)
    about = json.loads(answer.headers["x-projection"])
    assert (about["method"], about["dims"], about["shipped"], about["control"]) == (method, 2, False, False)
    assert about["parameters"] == maps.settled(maps.BY_NAME[method], {}, 50)
    assert 0.5 < about["trust"]["trustworthiness"] <= 1
    assert 0 < about["trust"]["kept"] <= 1
    assert about["trust"]["neighbour_accuracy"] is None  # nobody knows classes of these points
    assert about["trust"]["sentence"].endswith(".")
    unchanged = served.get(f"{BASE}?method={method}", headers={"if-none-match": answer.headers["etag"]})
    assert unchanged.status_code == 304
    known = served.get(f"{BASE}/methods").json()["methods"]
    assert {each["name"]: each["ready"] for each in known}[method]


@pytest.mark.parametrize("method", FITTED)
def test_three_dimensions_and_parameters_are_maps_of_their_own(served: TestClient, method: str) -> None:
    solid = fitted(served, f"method={method}&dims=3")
    assert floats(solid).shape == (50, 3)
    name = maps.BY_NAME[method].parameters[0].name
    other = fitted(served, f"method={method}&{name}=5")
    assert json.loads(other.headers["x-projection"])["parameters"][name] == 5
    assert not np.array_equal(floats(other), floats(fitted(served, f"method={method}")))
    assert other.headers["etag"] != solid.headers["etag"]


def test_pca_is_there_at_once_exact_and_says_how_much_it_holds(served: TestClient) -> None:
    answer = served.get(BASE)
    assert answer.status_code == 200
    about = json.loads(answer.headers["x-projection"])
    assert 0 < sum(about["explained"]) <= 1
    assert about["trust"] is None  # it takes longer than the map, and is asked for by itself
    judged = served.get(f"{BASE}/trust").json()
    assert "of the variance" in judged["trust"]["sentence"]
    assert {**judged, "trust": None} == about
    assert json.loads(served.get(BASE).headers["x-projection"]) == judged  # and remembered
    positions = floats(answer)
    placed = floats(served.post(f"{BASE}/place", json={"latents": LATENTS[:5].tolist()}))
    np.testing.assert_allclose(placed, positions[:5], atol=1e-5)
    back = floats(served.post(f"{BASE}/unplace", json={"positions": placed.tolist()}))
    assert back.shape == (5, 4)
    again = floats(served.post(f"{BASE}/place", json={"latents": back.tolist()}))
    np.testing.assert_allclose(again, placed, atol=1e-5)  # the latent in the plane lies at the same place
    whole = floats(served.post(f"{BASE}/unplace?dims=3", json={"positions": [[0, 0, 0]]}))
    np.testing.assert_allclose(whole[0], LATENTS.mean(axis=0), atol=1e-5)


@pytest.mark.parametrize("method", FITTED)
def test_known_points_are_placed_where_they_are_and_come_back(served: TestClient, method: str) -> None:
    positions = floats(fitted(served, f"method={method}"))
    placed = served.post(f"{BASE}/place?method={method}", json={"latents": LATENTS[:5].tolist()})
    np.testing.assert_allclose(floats(placed), positions[:5], atol=1e-4)
    back = served.post(f"{BASE}/unplace?method={method}", json={"positions": positions[:5].tolist()})
    np.testing.assert_allclose(floats(back), LATENTS[:5], atol=1e-4)
    away = served.post(f"{BASE}/unplace?method={method}", json={"positions": [[1e6, 1e6]]})
    assert np.abs(LATENTS - floats(away)).sum(axis=1).min() < 1e-3


def test_what_is_not_fitted_yet_says_how_to_have_it(served: TestClient) -> None:
    for tail, body in (("place", {"latents": [[0, 0, 0, 0]]}), ("unplace", {"positions": [[0, 0]]})):
        answer = served.post(f"{BASE}/{tail}?{QUICK}77", json=body)
        assert answer.status_code == 409
        assert answer.json()["error"]["code"] == "not_ready"
        assert "GET the same address" in answer.json()["error"]["message"]
    assert served.get(f"{BASE}/trust?{QUICK}77").status_code == 409


def test_the_control_map_is_of_shuffled_latents(served: TestClient) -> None:
    for query in ("method=pca", "method=pacmap"):
        control = fitted(served, f"{query}&control=true")
        about = json.loads(control.headers["x-projection"])
        assert about["control"]
        judged = served.get(f"{BASE}/trust?{query}&control=true").json()
        assert "shuffled by itself" in judged["trust"]["sentence"]
        assert about["trust"] in (None, judged["trust"])
        assert not np.array_equal(floats(control), floats(fitted(served, query)))
        assert not np.array_equal(floats(control), floats(fitted(served, f"{query}&control=true&seed=1")))


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("method=magic", "method"),
        ("dims=4", "dims"),
        ("space=w", "space"),
        ("colour=red", "colour"),
        ("method=umap&neighbours=1", "neighbours"),
        ("method=umap&neighbours=201", "neighbours"),
        ("method=umap&min_dist=1", "min_dist"),
        ("method=umap&min_dist=nan", "min_dist"),
        ("method=umap&perplexity=30", "perplexity"),
        ("method=tsne&neighbours=30", "neighbours"),
        ("method=pca&neighbours=30", "neighbours"),
        ("method=pacmap&min_dist=0.1", "min_dist"),
        ("method=localmap&exaggeration=2", "exaggeration"),
        ("method=umap&fp_ratio=2", "fp_ratio"),
        ("seed=-1", "seed"),
    ],
)
def test_what_a_method_does_not_have_is_refused_by_name(served: TestClient, query: str, field: str) -> None:
    answer = served.get(f"{BASE}?{query}")
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == field
    assert field in answer.json()["error"]["message"] or field in ("dims", "space")


def test_places_and_latents_of_another_size_are_refused(served: TestClient) -> None:
    for tail, body, field in (
        ("place", {"latents": [[0, 0, 0]]}, "latents"),
        ("unplace", {"positions": [[0, 0, 0]]}, "positions"),
        ("unplace", {"positions": [[0, 0], [0, 0, 0]]}, "positions"),
        ("unplace", {"positions": []}, "positions"),
    ):
        answer = served.post(f"{BASE}/{tail}", json=body)
        assert answer.status_code == 422
        assert answer.json()["error"]["field"] == field
    assert served.get("/api/models/none/projection").status_code == 404
    assert served.post("/api/models/none/projection/warm").status_code == 404
    assert served.get(f"{BASE}/methods?set=none").status_code == 404


def test_the_methods_say_what_can_be_set(served: TestClient) -> None:
    known = {each["name"]: each for each in served.get(f"{BASE}/methods").json()["methods"]}
    assert list(known) == ["pca", *FITTED]
    assert known["pca"]["ready"]
    assert known["pca"]["dims"] == [2, 3]
    first = known["umap"]["parameters"][0]
    assert {first[key] for key in ("low", "high", "default")} == {2, 200, 15}


def test_a_cancelled_fit_is_gone_and_the_next_one_runs(served: TestClient) -> None:
    fitted(served, f"{QUICK}10")
    process = worker()
    begun = served.get(f"{BASE}?method=tsne&perplexity=16&dims=3&seed=10")
    assert served.delete(begun.headers["location"]).json()["state"] == "cancelled"
    process.wait(10)
    assert floats(fitted(served, f"{QUICK}11")).shape == (50, 2)


def test_a_fit_whose_process_is_killed_is_done_once_more_by_another(served: TestClient) -> None:
    fitted(served, f"{QUICK}20")
    killed = worker()
    begun = served.get(f"{BASE}?method=tsne&perplexity=16&dims=3&seed=20")
    os.kill(killed.pid, signal.SIGKILL)
    assert follow(served, begun)[-1]["state"] == "done"
    assert worker() != killed
    assert floats(fitted(served, f"{QUICK}21")).shape == (50, 2)


def test_one_process_fits_one_map_after_the_other(served: TestClient) -> None:
    fitted(served, f"{QUICK}30")
    process = worker()
    fitted(served, f"{QUICK}31")
    assert worker() == process
    assert process.nice() == 19


def test_a_map_is_kept_over_a_restart_and_a_half_written_one_is_never_read(
    served: TestClient, settings: Settings
) -> None:
    whole = fitted(served, f"{QUICK}40")
    with make_client(settings) as restarted:
        again = restarted.get(f"{BASE}?{QUICK}40")
        assert again.status_code == 200
        assert again.content == whole.content
        assert again.headers["x-projection"] == whole.headers["x-projection"]
    results = settings.data / "results"
    before = {path: path.stat().st_mtime_ns for path in results.iterdir()}
    fitted(served, f"{QUICK}41")
    (kept,) = [path for path in results.iterdir() if path not in before]
    content = kept.read_bytes()
    kept.write_bytes(content[: len(content) // 2])  # tests/unit/test_projection_file.py knows of other damage
    with make_client(settings) as restarted:
        answer = restarted.get(f"{BASE}?{QUICK}41")
        assert answer.status_code == 202
        restarted.delete(answer.headers["location"])
    assert not kept.exists()


def test_where_nothing_can_be_written_the_map_is_there_for_its_visitor(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with make_client(Settings(checkpoints=settings.checkpoints, data=tmp_path / "file" / "data")) as client:
        assert floats(fitted(client, f"{QUICK}50")).shape == (50, 2)


@pytest.mark.parametrize("count", [3, 15])
def test_a_set_too_small_has_its_pca_only(tmp_path: Path, count: int) -> None:
    folder = linear_folder.write(tmp_path / "checkpoints", AE)
    rewritten(folder, LATENTS[:count])
    with make_client(Settings(checkpoints=tmp_path / "checkpoints", data=tmp_path / "data")) as client:
        assert floats(client.get(BASE)).shape == (count, 2)
        answer = client.get(f"{BASE}?method=umap")
        assert answer.status_code == 422
        assert f"has {count}" in answer.json()["error"]["message"]
        known = {each["name"]: each for each in client.get(f"{BASE}/methods").json()["methods"]}
        assert (known["umap"]["dims"], known["umap"]["ready"], known["pca"]["ready"]) == ([], False, True)


def test_a_set_too_large_is_refused(served: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maps, "MOST", 49)
    answer = served.get(f"{BASE}?{QUICK}60")
    assert answer.status_code == 413
    assert "at most 49 points" in answer.json()["error"]["message"]


def test_a_set_of_equal_points_says_why_it_has_no_map(tmp_path: Path) -> None:
    folder = linear_folder.write(tmp_path / "checkpoints", AE)
    rewritten(folder, np.ones((20, 4), np.float32))
    with make_client(Settings(checkpoints=tmp_path / "checkpoints", data=tmp_path / "data")) as client:
        last = follow(client, client.get(f"{BASE}?{QUICK}1"))[-1]
        assert last["state"] == "failed"
        assert "all points of the set are equal" in last["error"]["message"]


def rewritten(folder: Path, latents: NDArray[np.float32]) -> None:
    """Put other latents into a model's folder."""
    import hashlib

    np.save(folder / "sets" / "data.npy", latents, allow_pickle=False)
    document = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    document["files"]["sets/data.npy"] = hashlib.sha256((folder / "sets" / "data.npy").read_bytes()).hexdigest()
    (folder / "model.json").write_text(json.dumps(document), encoding="utf-8")
