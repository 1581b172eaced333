"""What is begun, received, listed and deleted; and what each wrong order is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.errors import BadRequest, Full, NotFound, Taken, TooLarge
from server.own_sets import heads
from server.own_sets.heads import Draft, Progress, Source
from server.own_sets.store import OwnSets
from server.storage import Storage
from tests.unit.archives import packed, pictures
from tests.unit.own_set_makers import own_sets

MODEL, HASH = "vae", "0" * 16
ARCHIVE = packed(pictures(3))
ZIP = Source("archive", "a.zip", len(ARCHIVE), 0)


@pytest.fixture
def sets(tmp_path: Path) -> OwnSets:
    return own_sets(tmp_path)


def test_an_archive_comes_in_pieces_and_goes_on_where_it_ended(sets: OwnSets) -> None:
    name = sets.begin(MODEL, HASH, "My pictures", ZIP)
    assert name == "my-pictures"
    assert sets.receive(MODEL, name, 0, ARCHIVE[:100]) == 100
    with pytest.raises(Taken, match="100 bytes"):
        sets.receive(MODEL, name, 0, ARCHIVE)
    with pytest.raises(BadRequest, match="announced"):
        sets.receive(MODEL, name, 100, ARCHIVE)
    assert OwnSets(sets.storage).receive(MODEL, name, 100, ARCHIVE[100:]) == len(ARCHIVE)  # after a restart
    assert sets.sources(MODEL, name)[0].read_bytes() == ARCHIVE
    (going,) = sets.unfinished(MODEL)
    assert (going.name, going.received, going.labels, going.progress) == (name, len(ARCHIVE), False, None)
    assert going.draft.title == "My pictures"
    assert sets.names(MODEL) == []


def test_batches_come_in_their_order(sets: OwnSets) -> None:
    batch = packed(pictures(2))
    name = sets.begin(MODEL, HASH, "Folder", Source("files", "folder", 2 * len(batch), 4))
    with pytest.raises(Taken, match="number 0"):
        sets.receive_files(MODEL, name, 1, batch)
    assert sets.receive_files(MODEL, name, 0, batch) == 1
    assert sets.receive_files(MODEL, name, 0, batch) == 1
    assert sets.receive_files(MODEL, name, 1, batch) == 2
    with pytest.raises(BadRequest, match="announced"):
        sets.receive_files(MODEL, name, 2, b"x" * 2**21)
    with pytest.raises(BadRequest, match="archive"):
        sets.receive(MODEL, name, 0, ARCHIVE)
    other = sets.begin(MODEL, HASH, "Zip", ZIP)
    with pytest.raises(BadRequest, match="files"):
        sets.receive_files(MODEL, other, 0, batch)


def test_what_is_no_archive_is_told_at_its_first_bytes(sets: OwnSets) -> None:
    name = sets.begin(MODEL, HASH, "Mine", ZIP)
    with pytest.raises(BadRequest, match="not a zip"):
        sets.receive(MODEL, name, 0, b"\x89PNG")
    assert sets.sources(MODEL, name) == []


@pytest.mark.parametrize("title", ["mine", "MINE", " Mine! ", "data", "Reference", "shipped"])
def test_no_two_sets_have_a_name(sets: OwnSets, title: str) -> None:
    sets.begin(MODEL, HASH, "Mine", ZIP)
    sets.begin("other", HASH, "Mine", ZIP)
    with pytest.raises(Taken) as told:
        sets.begin(MODEL, HASH, title, ZIP, shipped=["shipped"])
    assert told.value.field == "title"


def test_a_title_without_a_letter_is_told(sets: OwnSets) -> None:
    with pytest.raises(BadRequest, match="name"):
        sets.begin(MODEL, HASH, " \u200b", ZIP)


def test_what_cannot_fit_is_told_before_it_comes(tmp_path: Path) -> None:
    storage = Storage(tmp_path, results_bytes=1, sets_bytes=2**20)
    storage.open()
    with pytest.raises(TooLarge, match=r"2 GB are more than .* 1 MB"):
        OwnSets(storage).begin(MODEL, HASH, "Mine", Source("archive", "a.zip", 2 * 2**30, 0))
    storage.put("sets", f"{MODEL}/other/large", bytes(2**19))
    with pytest.raises(Full, match=r"1 MB do not fit.* 1 MB"):
        OwnSets(storage).begin(MODEL, HASH, "Mine", Source("archive", "a.zip", 2**20, 0))


def test_labels_come_before_the_encoding(sets: OwnSets) -> None:
    name = sets.begin(MODEL, HASH, "Mine", ZIP)
    assert sets.receive_labels(MODEL, name, b"file,label\n0000.png,x\n").classes == ("x",)
    with pytest.raises(BadRequest):
        sets.receive_labels(MODEL, name, b"nothing")
    sets.receive(MODEL, name, 0, ARCHIVE[:50])
    draft = sets.draft(MODEL, name)
    sets.storage.put("sets", f"{MODEL}/{name}/progress.json", heads.written(Progress(draft.id, 1)))
    with pytest.raises(Taken):
        sets.receive_labels(MODEL, name, b"file,label\n0000.png,y\n")
    with pytest.raises(Taken, match="begun"):
        sets.receive(MODEL, name, 50, ARCHIVE[50:])


@pytest.mark.parametrize("name", ["none", "../x", "", "."])
def test_what_is_not_there_is_told(sets: OwnSets, name: str) -> None:
    with pytest.raises(NotFound):
        sets.draft(MODEL, name)
    with pytest.raises(NotFound):
        sets.delete(MODEL, name)
    assert sets.head(MODEL, name) is None
    assert sets.read(MODEL, name, HASH) is None


def test_deleting_leaves_nothing(sets: OwnSets) -> None:
    name = sets.begin(MODEL, HASH, "Mine", ZIP)
    sets.receive(MODEL, name, 0, ARCHIVE)
    sets.delete(MODEL, name)
    assert sets.unfinished(MODEL) == []
    assert sets.storage.size("sets") == 0
    with pytest.raises(NotFound):
        sets.receive(MODEL, name, 0, ARCHIVE)
    assert sets.begin(MODEL, HASH, "Mine", ZIP) == name


def test_damaged_documents_are_none(sets: OwnSets) -> None:
    assert heads.read(Draft, b"{}") is None
    assert heads.read(Draft, b"\xff") is None
    name = sets.begin(MODEL, HASH, "Mine", ZIP)
    draft = sets.draft(MODEL, name)
    assert heads.read(Draft, heads.written(draft)) == draft
    sets.storage.put("sets", f"{MODEL}/{name}/progress.json", heads.written(Progress("another", 5)))
    assert sets.progress(MODEL, name, draft) is None
    sets.storage.put("sets", f"{MODEL}/{name}/set.json", b'{"count": 3}')
    assert sets.head(MODEL, name) is None
