"""From files to a set: what is in it, what is skipped, and that a killed encoding goes on where it ended."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from models.adapter.pictures import to_pixels
from models.data.folder import PictureSet
from server.classes import row_classes
from server.errors import BadRequest, NotFound, StaleModel, Taken, Unsupported
from server.imaging import prepare
from server.opened import OpenedModel
from server.own_sets import encoding
from server.own_sets.encoding import Encoding
from server.own_sets.heads import Head, Source
from server.own_sets.sources import Archives
from server.own_sets.store import OwnSets
from server.routes.sets import arrow
from tests.unit.archives import huge_header, packed, pictures, png
from tests.unit.labelled_folder import ID
from tests.unit.labelled_folder import write as write_labelled
from tests.unit.own_set_makers import arrived, opened, own_sets


@pytest.fixture
def sets(tmp_path: Path) -> OwnSets:
    return own_sets(tmp_path / "data")


@pytest.fixture
def vae(sets: OwnSets) -> OpenedModel:
    return opened(sets)


def encoded(model: OpenedModel, sets: OwnSets, name: str, tell: Callable[..., None] = lambda *_: None) -> Head:
    with contextlib.closing(Archives(sets.sources(model.id, name))) as source:
        return Encoding(model, sets, name).run(source, tell)


def test_a_set_holds_what_the_model_sees_and_where_it_lies(sets: OwnSets, vae: OpenedModel) -> None:
    files = pictures(70, "dark/") | pictures(5, "more/")
    name = arrived(sets, vae, files)
    with pytest.raises(NotFound, match="Its sets: data"):
        vae.points(name)
    head = encoded(vae, sets, name)
    points = vae.points(name)
    assert points.own == head
    assert points.latents.shape == (75, 16)
    assert isinstance(points.pictures, PictureSet)
    expected = np.stack([to_pixels(prepare(raw, vae.manifest.image).pixels) for raw in files.values()])
    np.testing.assert_array_equal(points.pictures.images, expected)
    mean = vae.model.encode(expected.astype(np.float32) / np.float32(255)).mean
    np.testing.assert_allclose(points.latents, mean, atol=1e-5)
    assert points.pictures.info.classes == ("dark", "more")
    assert points.pictures.labels.tolist() == [0] * 70 + [1] * 5
    assert points.pictures.reader is None
    assert vae.set_names == ["data", name]
    assert vae.points().spec.name == "data"
    # What led to it has gone.
    assert sets.storage.list("sets", f"{vae.id}/{name}") == [
        "factors.f32", "files.txt", "labels.i32", "latents.f32", "pictures.u8", "set.json"
    ]  # fmt: skip
    lines = (sets.folder(vae.id, name) / "files.txt").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == list(files)
    assert sets.unfinished(vae.id) == []


def test_nothing_is_held_in_memory(sets: OwnSets, vae: OpenedModel) -> None:
    name = arrived(sets, vae, pictures(5))
    encoded(vae, sets, name)
    points = vae.points(name)
    for array in (points.latents, points.pictures.images if points.pictures else None):
        assert array is not None
        assert isinstance(array.base, np.memmap)
        assert not array.flags.writeable


def test_the_hash_is_by_content(sets: OwnSets, vae: OpenedModel) -> None:
    names = [arrived(sets, vae, pictures(count), title) for count, title in ((3, "a"), (3, "b"), (4, "c"))]
    one, same, other = [encoded(vae, sets, name).hash for name in names]
    assert one == same != other
    labelled = arrived(sets, vae, pictures(3), "d")
    sets.receive_labels(vae.id, labelled, b"file,label\n0000.png,x\n0001.png,y\n")
    assert encoded(vae, sets, labelled).hash not in (one, other)


def test_broken_files_are_skipped_by_name(sets: OwnSets, vae: OpenedModel) -> None:
    files = {
        "fine.png": png(),
        "cut.png": png()[:60],
        "huge.png": huge_header(),
        "empty.png": b"",
        "words.txt": b"words",
        "inner.zip": packed(pictures(2)),
        "colour.png": png(colour=True, side=64),
        "../../out.png": png(90),
    }
    name = arrived(sets, vae, files)
    heard: list[str] = []
    head = encoded(vae, sets, name, lambda share, words: heard.append(words))
    assert head.count == 3
    assert head.tally.skipped == 5
    reasons = {each.file: each.reason for each in head.tally.named}
    assert set(reasons) == {"cut.png", "huge.png", "empty.png", "words.txt", "inner.zip"}
    assert "damaged" in reasons["cut.png"]
    assert "40000 x 40000" in reasons["huge.png"]
    assert "not a picture" in reasons["words.txt"]
    assert "ZIP" in reasons["inner.zip"]
    assert all(reason.endswith(".") and "Please" not in reason for reason in reasons.values())
    assert head.tally.steps["resize"] == 1
    assert "8 of 8 pictures; 5 skipped." in heard


def test_skipped_files_are_named_up_to_a_bound(
    sets: OwnSets, vae: OpenedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoding, "MOST_NAMED", 3)
    name = arrived(sets, vae, {"a.png": png()} | {f"{i}.txt": b"x" for i in range(10)})
    tally = encoded(vae, sets, name).tally
    assert tally.skipped == 10
    assert len(tally.named) == 3


@pytest.mark.parametrize(("files", "why"), [({}, "no file"), ({"a.txt": b"x"}, "None of the 1 files.* a.txt: ")])
def test_a_set_without_pictures_is_none(sets: OwnSets, vae: OpenedModel, files: dict[str, bytes], why: str) -> None:
    name = arrived(sets, vae, files)
    with pytest.raises(BadRequest, match=why):
        encoded(vae, sets, name)
    assert sets.names(vae.id) == []


class Killed(BaseException):
    """As if the process had ended."""


def test_a_killed_encoding_goes_on_and_ends_with_the_same(
    sets: OwnSets, vae: OpenedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoding, "CHUNK_BYTES", 1)  # the fewest in a chunk: 32
    files = pictures(150) | {"x.txt": b"x"}
    whole = encoded(vae, sets, arrived(sets, vae, files, "whole"))
    name = arrived(sets, vae, files)
    put, append = sets.storage.put, sets.storage.append
    for fatal in (3, 1, 5, 2, 9, 2):  # at whichever write it is
        left = fatal

        def dies(
            room: str, name: str, at: int, content: bytes | memoryview, append: Callable[..., None] = append
        ) -> None:
            nonlocal left
            left -= 1
            append(room, name, at, content if left else bytes(content)[: len(content) // 2])
            if not left:
                raise Killed

        monkeypatch.setattr(sets.storage, "append", dies)
        with pytest.raises(Killed):
            encoded(vae, sets, name)
        assert sets.names(vae.id) == ["whole"]
        assert sets.read(vae.id, name, vae.hash) is None
    monkeypatch.setattr(sets.storage, "append", append)
    draft = sets.draft(vae.id, name)
    before = sets.progress(vae.id, name, draft)
    assert before is not None
    assert 0 < before.rows < 150
    heard: list[float | None] = []
    head = encoded(vae, sets, name, lambda share, words: heard.append(share))
    assert heard[0] == before.done / 151
    assert head.hash == whole.hash
    assert head.tally == whole.tally
    assert put is not None


def test_two_do_not_encode_one_set(sets: OwnSets, vae: OpenedModel) -> None:
    pytest.importorskip("fcntl")
    name = arrived(sets, vae, pictures(40))

    def second(share: float | None, words: str) -> None:
        with pytest.raises(Taken, match="already"):
            encoded(vae, sets, name)

    assert encoded(vae, sets, name, second).count == 40


def test_a_set_that_is_deleted_meanwhile_leaves_nothing(sets: OwnSets, vae: OpenedModel) -> None:
    name = arrived(sets, vae, pictures(40))
    folder = sets.folder(vae.id, name)
    with pytest.raises(NotFound):
        encoded(vae, sets, name, lambda share, words: shutil.rmtree(folder, ignore_errors=True))
    assert not folder.exists()


def test_labels_and_factors_are_columns_with_nulls(sets: OwnSets, vae: OpenedModel) -> None:
    name = arrived(sets, vae, pictures(4))
    csv = b"file,label,size,kind\n0000.png,coat,1.5,new\n0002.png,bag,,old\n0003.png,,2,\nnone.png,coat,3,new\n"
    sets.receive_labels(vae.id, name, csv)
    head = encoded(vae, sets, name)
    assert (head.unlabelled, head.unmatched) == (2, 1)
    table = pa.ipc.open_stream(arrow(vae.points(name))).read_all()
    assert table["label"].to_pylist() == ["coat", None, "bag", None]
    assert table["size"].to_pylist() == [1.5, None, None, 2.0]
    assert table["kind"].to_pylist() == ["new", None, "old", None]
    factors = vae.points(name).pictures.factors  # type: ignore[union-attr]
    assert [factor.name for factor in factors] == ["size", "kind"]


def test_a_conditional_model_is_told_the_classes_that_it_knows(sets: OwnSets) -> None:
    cvae = opened(sets, "digits-cvae")
    name = arrived(sets, cvae, pictures(4))
    sets.receive_labels(cvae.id, name, b"file,label\n0000.png,7\n0001.png,3\n0002.png,dog\n")
    head = encoded(cvae, sets, name)
    assert head.tally.assumed == 2
    points = cvae.points(name)
    classes = row_classes(cvae, points)
    (condition,) = [each for each in cvae.manifest.conditions if each.id in classes]
    known = [condition.labels.index("7"), condition.labels.index("3"), 0, 0]
    assert classes[condition.id].tolist() == known
    images = points.pictures.images.astype(np.float32) / np.float32(255)  # type: ignore[union-attr]
    mean = cvae.model.encode(images, conditions={condition.id: np.array(known)}).mean
    np.testing.assert_allclose(points.latents, mean, atol=1e-5)


def test_a_picture_without_a_place_is_skipped(sets: OwnSets, vae: OpenedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    encode = vae.model.encode

    def without_the_first(images: np.ndarray, **rest: object) -> object:
        found = encode(images, **rest)  # type: ignore[arg-type]
        found.mean[0] = np.nan
        return found

    monkeypatch.setattr(vae.model, "encode", without_the_first)
    name = arrived(sets, vae, pictures(3))
    head = encoded(vae, sets, name)
    assert head.count == 2
    assert [each.file for each in head.tally.named] == ["0000.png"]


def test_another_version_of_the_model_has_no_such_set(sets: OwnSets, vae: OpenedModel) -> None:
    name = arrived(sets, vae, pictures(3))
    vae.hash, own = "f" * 16, vae.hash
    with pytest.raises(StaleModel):
        encoded(vae, sets, name)
    vae.hash = own
    encoded(vae, sets, name)
    vae.hash = "f" * 16
    assert vae.set_names == ["data"]
    with pytest.raises(NotFound):
        vae.points(name)


def test_a_deleted_set_is_gone_and_another_may_take_its_name(sets: OwnSets, vae: OpenedModel) -> None:
    name = arrived(sets, vae, pictures(30))
    encoded(vae, sets, name)
    first = vae.project(name, 2)
    assert vae.project(name, 2) is first
    sets.delete(vae.id, name)
    with pytest.raises(NotFound, match="deleted"):
        vae.project(name, 2)
    assert arrived(sets, vae, pictures(40)) == name
    encoded(vae, sets, name)
    assert len(vae.points(name).latents) == 40
    assert vae.project(name, 2) is not first


def test_files_that_somebody_cut_off_are_no_set(sets: OwnSets, vae: OpenedModel) -> None:
    name = arrived(sets, vae, pictures(3))
    encoded(vae, sets, name)
    (sets.folder(vae.id, name) / "latents.f32").write_bytes(b"")
    with pytest.raises(NotFound):
        vae.points(name)


def test_a_model_without_an_encoder_is_told(sets: OwnSets, tmp_path: Path) -> None:
    write_labelled(tmp_path / "models")
    model = opened(sets, ID, tmp_path / "models")
    name = sets.begin(ID, model.hash, "Mine", Source("archive", "a.zip", 100, 0))
    with pytest.raises(Unsupported, match="no encoder"):
        Encoding(model, sets, name)
