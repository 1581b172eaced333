"""Own sets over HTTP: begun, brought in pieces, encoded by a job, looked at like any set, deleted by the owner."""

from __future__ import annotations

import asyncio
import io
import json
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from starlette.requests import ClientDisconnect
from starlette.testclient import TestClient

from server.catalog import Catalog
from server.engine import Engine
from server.own_sets.heads import Source
from server.routes.own_sets import bring_archive
from server.settings import Settings
from tests.api.conftest import make_client
from tests.api.pictures import VAE
from tests.api.waiting import ready
from tests.unit.archives import huge_header, packed, pictures, png
from tests.unit.own_set_makers import own_sets

SETS = f"/api/models/{VAE}/sets"
OWNER, VIEWER = "owner-token-of-the-test", "viewer-token-of-the-test"


@pytest.fixture
def mine(tmp_path: Path) -> Iterator[TestClient]:
    """A server of the test's own."""
    with make_client(Settings(data=tmp_path, body_mb=1, archive_gb=0.01, sets_gb=0.1)) as made:
        yield made


def begun(client: TestClient, archive: bytes, title: str = "Mine", **more: Any) -> str:
    body = {"title": title, "kind": "archive", "source": "mine.zip", "bytes": len(archive), **more}
    answer = client.post(SETS, json=body)
    assert answer.status_code == 201, answer.text
    name: str = answer.json()["name"]
    return name


def brought(client: TestClient, archive: bytes, title: str = "Mine") -> str:
    name = begun(client, archive, title)
    answer = client.put(f"{SETS}/{name}/archive", content=archive)
    assert answer.json() == {"name": name, "received": len(archive)}
    return name


def ended(client: TestClient, answer: Any) -> dict[str, Any]:
    """The job once it is over."""
    assert answer.status_code == 202, answer.text
    for _ in range(600):
        job: dict[str, Any] = client.get(answer.headers["location"]).json()
        if job["state"] in ("done", "failed", "cancelled"):
            return job
        time.sleep(0.1)
    raise AssertionError("the job did not end")


def encoded(client: TestClient, name: str) -> dict[str, Any]:
    job = ended(client, client.post(f"{SETS}/{name}/encode"))
    assert job["state"] == "done", job
    found: dict[str, Any] = client.get(job["result"]).json()
    return found


def refused(answer: Any, status: int, field: str | None) -> str:
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["field"] == field
    told: str = answer.json()["error"]["message"]
    return told


def test_pictures_become_a_set_like_any_other(mine: TestClient) -> None:
    before = mine.get(SETS).json()
    assert before["unfinished"] == []
    assert before["room"] == {
        "used": 0,
        "bound": int(0.1 * 2**30),
        "archive": int(0.01 * 2**30),
        "batch": 2**20,
        "may_add": True,
    }
    assert all(each["own"] is False and each["kept"] is None for each in before["sets"])
    archive = packed(
        pictures(20, "new/") | pictures(10, "old/") | {"new/broken.png": png()[:50], "huge.png": huge_header()}
    )
    name = begun(mine, archive, "My \u00fcber pictures")
    assert name == "my-uber-pictures"
    half = len(archive) // 2
    assert mine.put(f"{SETS}/{name}/archive", content=archive[:half]).json()["received"] == half
    (going,) = mine.get(SETS).json()["unfinished"]
    assert (going["state"], going["received"], going["total"]) == ("receiving", half, len(archive))
    assert "bytes" in refused(mine.post(f"{SETS}/{name}/encode"), 422, "set")
    assert str(half) in refused(mine.put(f"{SETS}/{name}/archive", content=archive), 409, "offset")
    mine.put(f"{SETS}/{name}/archive?offset={half}", content=archive[half:])
    assert mine.get(SETS).json()["unfinished"][0]["state"] == "encoding"
    report = encoded(mine, name)
    assert (report["count"], report["skipped"]) == (30, 2)

    listed = mine.get(SETS).json()
    assert listed["unfinished"] == []
    entry = listed["sets"][-1]
    assert (entry["name"], entry["title"], entry["count"], entry["own"]) == (name, "My \u00fcber pictures", 30, True)
    assert entry["classes"] == ["new", "old"]
    assert entry["kept"]["skipped"] == 2
    assert entry["kept"]["bytes"] > 30 * 28 * 28
    assert listed["room"]["used"] == entry["kept"]["bytes"]
    assert entry["default"] is False
    assert mine.get(f"/api/models/{VAE}").json()["sets"][-1]["name"] == name
    named = mine.get(f"{SETS}/{name}/report").json()["named"]
    assert {each["file"] for each in named} == {"new/broken.png", "huge.png"}

    columns = mine.get(f"{SETS}/{name}/columns")
    table = pa.ipc.open_stream(columns.content).read_all()
    assert table["label"].to_pylist() == ["new"] * 20 + ["old"] * 10
    again = mine.get(f"{SETS}/{name}/columns", headers={"if-none-match": columns.headers["etag"]})
    assert again.status_code == 304
    sheet = mine.get(f"{SETS}/{name}/pictures?rows=0,29&output=raw")
    assert sheet.headers["x-shape"] == "2,28,28,1"
    assert np.frombuffer(sheet.content, np.uint8).max() > 0
    assert mine.get(f"/api/models/{VAE}/projection?set={name}").headers["x-shape"] == "30,2"
    measured = ended(mine, mine.get(f"{SETS}/{name}/measures"))
    assert pa.ipc.open_stream(mine.get(measured["result"]).content).read_all().num_rows == 30

    assert mine.delete(f"{SETS}/{name}").status_code == 204
    assert mine.get(SETS).json()["room"]["used"] == 0
    for address in (f"{SETS}/{name}/columns", f"{SETS}/{name}/report", f"/api/models/{VAE}/projection?set={name}"):
        assert "deleted" in refused(mine.get(address), 404, "set")
    assert refused(mine.delete(f"{SETS}/{name}"), 404, "set")


def test_every_tool_of_the_map_takes_a_set_with_gaps(mine: TestClient) -> None:
    archive = packed(pictures(60))
    name = begun(mine, archive)
    rows = [f"{i:04}.png,{'x' if i % 3 else ''},{i if i % 2 else ''},{'new' if i % 5 else ''}" for i in range(50)]
    csv = "\n".join(["file,label,age,kind", *rows]).encode()
    mine.put(f"{SETS}/{name}/labels", files={"file": ("labels.csv", csv)})
    mine.put(f"{SETS}/{name}/archive", content=archive)
    encoded(mine, name)
    models, at = f"/api/models/{VAE}", f"{SETS}/{name}"
    chosen = {"rows": list(range(30))}
    for answer in (
        mine.get(f"{models}/projection?set={name}&method=pca&dims=3"),
        mine.get(f"{models}/projection/methods?set={name}"),
        mine.post(f"{models}/projection/place?set={name}", json={"latents": [[0.0] * 16]}),
        mine.get(f"{models}/projection/density?set={name}"),
        mine.post(f"{at}/neighbours", json={"latents": [[0.0] * 16], "count": 5}),
        mine.post(f"{at}/selection", json=chosen),
        mine.post(f"{at}/selection/pictures", json=chosen),
        mine.post(f"{at}/directions", json={"start": chosen, "end": {"rows": list(range(30, 60))}}),
        mine.get(f"{at}/histograms"),
        mine.get(f"{at}/export?format=csv"),
        mine.get(f"{at}/export?format=parquet"),
        mine.get(f"{at}/export?format=npy"),
    ):
        assert answer.status_code == 200, f"{answer.request.url}: {answer.text[:300]}"
    for path in ("facts", "groups?by=label", "groups?by=age", "groups?by=kind"):
        answer = mine.get(f"{at}/{path}")
        if answer.status_code == 202:
            assert ended(mine, answer)["state"] == "done"
            answer = mine.get(f"{at}/{path}")
        assert answer.status_code == 200, f"{path}: {answer.text[:300]}"


def test_a_folder_comes_in_batches(mine: TestClient) -> None:
    files = pictures(25, "folder/")
    size = sum(map(len, files.values()))
    body = {"title": "Folder", "kind": "files", "source": "folder", "bytes": size, "files": len(files)}
    name = mine.post(SETS, json=body).json()["name"]
    assert "None of its files" in refused(mine.post(f"{SETS}/{name}/encode"), 422, "set")
    items = list(files.items())
    for batch, first in enumerate(range(0, 25, 10)):
        form = [("files", (path, content)) for path, content in items[first : first + 10]]
        answer = mine.put(f"{SETS}/{name}/files?batch={batch}", files=form)
        assert answer.json() == {"name": name, "received": batch + 1}
    assert mine.get(SETS).json()["unfinished"][0]["received"] == 3
    csv = io.BytesIO(b"file,label,age\nfolder/0001.png,x,3\n0002.png,y,\n")
    taken = mine.put(f"{SETS}/{name}/labels", files={"file": ("labels.csv", csv)})
    assert taken.json() == {"classes": ["x", "y"], "factors": ["age"]}
    report = encoded(mine, name)
    assert (report["count"], report["unlabelled"], report["unmatched"]) == (25, 23, 0)
    entry = mine.get(SETS).json()["sets"][-1]
    assert [factor["name"] for factor in entry["factors"]] == ["age"]


def test_a_part_of_a_folder_is_no_set(mine: TestClient) -> None:
    files = pictures(4) | {".hidden.png": png()}
    size = sum(map(len, files.values()))
    body = {"title": "Folder", "kind": "files", "source": "folder", "bytes": size, "files": len(files)}
    name = mine.post(SETS, json=body).json()["name"]
    form = [("files", item) for item in files.items()]
    mine.put(f"{SETS}/{name}/files?batch=0", files=form[:2])
    job = ended(mine, mine.post(f"{SETS}/{name}/encode"))
    assert "Only 2 of the 5 files" in job["error"]["message"]
    mine.put(f"{SETS}/{name}/files?batch=1", files=form[2:])
    assert encoded(mine, name)["count"] == 4


def test_a_cancelled_encoding_is_no_set_and_goes_on(mine: TestClient) -> None:
    name = brought(mine, packed(pictures(6000)))
    address = mine.post(f"{SETS}/{name}/encode").headers["location"]
    for _ in range(600):
        job = mine.get(address).json()
        if job["state"] == "done" or (mine.get(SETS).json()["unfinished"] or [{"encoded": 1}])[0]["encoded"]:
            break
        time.sleep(0.05)
    assert "of 6,000 pictures" in job["message"]
    begin = time.monotonic()
    assert mine.delete(address).json()["state"] == "cancelled"
    assert time.monotonic() - begin < 3
    (going,) = mine.get(SETS).json()["unfinished"]
    assert going["state"] == "encoding"
    assert 0 < going["encoded"] < 6000
    assert mine.get(f"{SETS}/{name}/columns").status_code == 404
    assert encoded(mine, name)["count"] == 6000


def test_deleting_stops_the_encoding(mine: TestClient, tmp_path: Path) -> None:
    name = brought(mine, packed(pictures(3000)))
    address = mine.post(f"{SETS}/{name}/encode").headers["location"]
    assert mine.delete(f"{SETS}/{name}").status_code == 204
    assert mine.get(address).json()["state"] == "cancelled"
    assert list((tmp_path / "sets").rglob("*.*")) == []


def test_a_restart_loses_nothing(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    archive = packed(pictures(12))
    with make_client(settings) as client:
        name = begun(client, archive)
        client.put(f"{SETS}/{name}/archive", content=archive[:300])
    with make_client(settings) as client:
        received = client.get(SETS).json()["unfinished"][0]["received"]
        assert received == 300
        client.put(f"{SETS}/{name}/archive?offset={received}", content=archive[received:])
    with make_client(settings) as client:
        assert encoded(client, name)["count"] == 12
    with make_client(settings) as client:
        assert client.get(SETS).json()["sets"][-1]["name"] == name


def test_what_has_arrived_before_a_break_counts(tmp_path: Path) -> None:
    archive = packed(pictures(12))
    sets = own_sets(tmp_path)
    name = sets.begin(VAE, "0" * 16, "Mine", Source("archive", "mine.zip", len(archive), 0))

    class Broken:
        async def stream(self) -> AsyncIterator[bytes]:
            yield archive[:300]
            raise ClientDisconnect

    begun = asyncio.run(bring_archive(VAE, name, sets, Broken(), 0))  # type: ignore[arg-type]
    assert begun.received == 300
    assert sets.sources(VAE, name)[0].read_bytes() == archive[:300]


def test_only_what_was_brought_here_is_encoded_here(mine: TestClient, tmp_path: Path) -> None:
    name = brought(mine, packed(pictures(3)))
    draft = tmp_path / "sets" / VAE / name / "draft.json"
    document = json.loads(draft.read_text(encoding="utf-8"))
    draft.write_text(json.dumps(document | {"model_hash": "f" * 16}), encoding="utf-8")
    assert mine.get(SETS).json()["unfinished"][0]["state"] == "stale"
    refused(mine.post(f"{SETS}/{name}/encode"), 409, "set")
    document["source"]["kind"] = "place"
    draft.write_text(json.dumps(document), encoding="utf-8")
    assert mine.get(SETS).json()["unfinished"][0]["kind"] == "place"
    assert "command" in refused(mine.post(f"{SETS}/{name}/encode"), 422, "set")


def test_a_failed_encoding_says_why(mine: TestClient) -> None:
    for title, archive, told in (
        ("empty", packed({}), "no file"),
        ("words", packed({"a.txt": b"words"}), "None of the 1 files"),
        ("bad", b"PK\3\4" + b"x" * 500, "not a zip archive"),
    ):
        name = brought(mine, archive, title)
        job = ended(mine, mine.post(f"{SETS}/{name}/encode"))
        assert job["state"] == "failed"
        assert told in job["error"]["message"]
        assert job["error"]["field"] == "archive"
        assert mine.delete(f"{SETS}/{name}").status_code == 204
    assert ready(mine)["status"] == "ok"


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"title": ""}, 422, "title"),
        ({"title": "x" * 81}, 422, "title"),
        ({"title": "\u200b"}, 422, "title"),
        ({"title": "data"}, 409, "title"),
        ({"kind": "place"}, 422, "kind"),
        ({"bytes": 0}, 422, "bytes"),
        ({"bytes": 2**28}, 413, "bytes"),
        ({"kind": "files"}, 422, "files"),
        ({"kind": "files", "files": 10**7}, 422, "files"),
        ({"kind": "files", "files": 10, "bytes": 2**40}, 413, "bytes"),
        ({"hash": "f" * 16}, 409, "hash"),
        ({"folder": "/etc"}, 422, "folder"),
        ({"source": ""}, 422, "source"),
    ],
)
def test_a_wrong_beginning_is_told(mine: TestClient, change: dict[str, Any], status: int, field: str | None) -> None:
    body = {"title": "Mine", "kind": "archive", "source": "mine.zip", "bytes": 100} | change
    refused(mine.post(SETS, json=body), status, field)
    assert mine.get(SETS).json()["unfinished"] == []


def test_wrong_bytes_are_told_and_nothing_is_kept(mine: TestClient) -> None:
    archive = packed(pictures(3))
    name = begun(mine, archive)
    assert "zip" in refused(mine.put(f"{SETS}/{name}/archive", content=b"\x89PNG" + b"x" * 50), 422, "archive")
    assert "zip" in refused(mine.put(f"{SETS}/{name}/archive", content=b""), 422, "archive")
    assert mine.get(SETS).json()["unfinished"][0]["received"] == 0
    refused(mine.put(f"{SETS}/{name}/archive?offset=-1", content=archive), 422, "offset")
    refused(mine.put(f"{SETS}/{name}/archive", content=archive + b"x"), 422, "offset")
    refused(mine.put(f"{SETS}/none/archive", content=archive), 404, "set")
    refused(mine.put(f"{SETS}/Not A Name/archive", content=archive), 422, "set_name")
    refused(mine.put(f"{SETS}/{name}/labels", files={"file": ("l.csv", "caf\xe9".encode("latin-1"))}), 422, "labels")
    refused(mine.put(f"{SETS}/{name}/files?batch=0", files={"files": ("a.png", png())}), 422, "set")
    refused(mine.put(f"{SETS}/{name}/files?batch=0"), 422, "files")
    refused(mine.post(SETS, json={"title": "mine", "kind": "archive", "source": "a", "bytes": 9}), 409, "title")
    refused(mine.delete(f"{SETS}/data"), 422, "set")
    refused(mine.delete(f"{SETS}/none"), 404, "set")
    refused(mine.post(f"{SETS}/none/encode"), 404, "set")
    refused(mine.get("/api/models/none/sets/x/report"), 404, "model")


def test_too_many_files_in_a_batch_are_told(mine: TestClient) -> None:
    body = {"title": "Folder", "kind": "files", "source": "folder", "bytes": 9999, "files": 1001}
    name = mine.post(SETS, json=body).json()["name"]
    many = [("files", (f"{i}.png", b"")) for i in range(1001)]
    answer = mine.put(f"{SETS}/{name}/files?batch=0", files=many)
    assert 400 <= answer.status_code < 500
    assert "1000" in answer.json()["error"]["message"]


def test_an_archive_may_be_larger_than_other_bodies_but_has_its_bound(mine: TestClient) -> None:
    large = packed(pictures(3) | {"x.txt": b"x" * 3 * 2**20})
    name = brought(mine, large)
    assert encoded(mine, name)["count"] == 3
    other = begun(mine, large, "other")
    over = int(0.01 * 2**30) + 1
    told = refused(mine.put(f"{SETS}/{other}/archive", content=b"x" * over), 413, "body")
    assert "ARCHIVE_GB" in told

    def pieces() -> Iterator[bytes]:
        yield large
        for _ in range(20):
            yield b"x" * 2**20

    answer = mine.put(f"{SETS}/{other}/archive", content=pieces())
    assert answer.status_code in (413, 422)
    assert refused(mine.put(f"{SETS}/{other}/labels", content=b"x" * (2 * 2**20)), 413, "body")


def test_a_model_without_an_encoder_takes_no_pictures(tmp_path: Path) -> None:
    from server.app import create_app
    from server.runtimes import choose
    from tests.unit.labelled_folder import ID, write

    write(tmp_path / "models")
    engine = Engine(Catalog(tmp_path / "models"), lambda: choose("onnx", "cpu"), workers=1)
    with TestClient(create_app(engine, Settings(data=tmp_path / "data")), base_url="http://127.0.0.1:8000") as client:
        body = {"title": "Mine", "kind": "archive", "source": "mine.zip", "bytes": 100}
        assert "no encoder" in refused(client.post(f"/api/models/{ID}/sets", json=body), 422, "model")


def test_only_the_owner_adds_and_deletes(tmp_path: Path) -> None:
    settings = Settings(viewer_token=VIEWER, owner_token=OWNER, data=tmp_path)
    archive = packed(pictures(5))
    with make_client(settings) as client:
        client.headers["authorization"] = f"Bearer {OWNER}"
        name = brought(client, archive)
        encoded(client, name)
        other = begun(client, archive, "other")
        assert client.get(SETS).json()["room"]["may_add"] is True
        client.headers["authorization"] = f"Bearer {VIEWER}"
        assert client.get(SETS).json()["room"]["may_add"] is False
        assert client.get(f"{SETS}/{name}/columns").status_code == 200
        body = {"title": "Third", "kind": "archive", "source": "mine.zip", "bytes": 100}
        for method, path, options in (
            ("post", "", {"json": body}),
            ("put", f"/{other}/archive", {"content": archive}),
            ("put", f"/{other}/files?batch=0", {"files": {"files": ("a.png", png())}}),
            ("put", f"/{other}/labels", {"files": {"file": ("l.csv", b"")}}),
            ("post", f"/{other}/encode", {}),
            ("delete", f"/{name}", {}),
        ):
            told = refused(client.request(method, SETS + path, **options), 403, None)
            assert "owner" in told
        assert client.get(f"{SETS}/{name}/columns").status_code == 200
        client.headers["authorization"] = f"Bearer {OWNER}"
        assert client.delete(f"{SETS}/{name}").status_code == 204


def test_a_set_of_another_version_of_the_model_is_listed_as_such(mine: TestClient, tmp_path: Path) -> None:
    name = brought(mine, packed(pictures(5)))
    encoded(mine, name)
    head = tmp_path / "sets" / VAE / name / "set.json"
    document = json.loads(head.read_text(encoding="utf-8")) | {"model_hash": "f" * 16}
    head.write_text(json.dumps(document), encoding="utf-8")
    listed = mine.get(SETS).json()
    assert name not in [each["name"] for each in listed["sets"]]
    assert [(each["name"], each["state"]) for each in listed["unfinished"]] == [(name, "stale")]
    assert mine.delete(f"{SETS}/{name}").status_code == 204
