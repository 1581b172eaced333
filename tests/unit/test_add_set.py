"""The command that adds a folder or a zip of the machine itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from server import add_set
from server.add_set import add, main
from server.errors import BadRequest, NotFound, Taken
from server.own_sets import encoding
from server.settings import Settings
from tests.unit.archives import packed, pictures, png, written
from tests.unit.own_set_makers import VAE, opened, own_sets


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "pictures"
    for name, content in (pictures(6, "cat/") | pictures(4, "dog/") | {"words.txt": b"words"}).items():
        written(place / name, content)
    return place


def test_a_folder_becomes_a_set_and_stays_as_it_is(settings: Settings, folder: Path) -> None:
    before = sorted(folder.rglob("*"))
    name, head = add(settings, VAE, folder, title="My pets")
    assert (name, head.title, head.source) == ("my-pets", "My pets", "pictures")
    assert (head.count, head.classes, head.tally.skipped) == (10, ("cat", "dog"), 1)
    assert sorted(folder.rglob("*")) == before
    points = opened(own_sets(settings.data)).points(name)
    assert len(points.latents) == 10
    with pytest.raises(Taken):
        add(settings, VAE, folder, title="My pets")


def test_a_zip_and_a_folder_with_the_same_pictures_are_the_same_set(settings: Settings, tmp_path: Path) -> None:
    files = pictures(5)
    for name, content in files.items():
        written(tmp_path / "f" / name, content)
    table = written(tmp_path / "labels.csv", b"file,label\n0000.png,x\n0001.png,y\n")
    archive = written(tmp_path / "a.zip", packed(files))
    _, one = add(settings, VAE, archive, title="zip", labels=table)
    _, other = add(settings, VAE, tmp_path / "f", title="folder", labels=table)
    assert one.hash == other.hash
    assert one.classes == ("x", "y")
    assert archive.exists()


def test_what_was_interrupted_goes_on(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "CHUNK_BYTES", 1)
    archive = written(tmp_path / "a.zip", packed(pictures(100)))

    def stop(share: float | None, words: str) -> None:
        if share is not None and share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        add(settings, VAE, archive, title="Mine", tell=stop)
    other = written(tmp_path / "b.zip", packed(pictures(3)))
    with pytest.raises(BadRequest, match="other files"):
        add(settings, VAE, other, title="Mine")
    heard: list[float | None] = []
    _, head = add(settings, VAE, archive, title="Mine", tell=lambda share, words: heard.append(share))
    assert head.count == 100
    assert heard[1] == 0.64  # two chunks of 32 were kept


def test_what_is_not_there_is_told(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        add(settings, VAE, tmp_path / "none", title="Mine")
    with pytest.raises(NotFound, match="no model"):
        add(settings, "none", tmp_path, title="Mine")
    with pytest.raises(BadRequest) as told:
        add(settings, VAE, tmp_path, title="\u200b")
    assert told.value.field == "name"


def test_the_command_tells_what_it_does(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LATENT_EXPLORER_DATA", str(tmp_path / "data"))
    assert main([VAE, str(folder)]) == 0
    told = capsys.readouterr().err
    assert "11 of 11 pictures; 1 skipped." in told
    assert "pictures: 10 pictures; 1 skipped" in told
    assert "words.txt: This file is not a picture." in told
    assert main([VAE, str(folder)]) == 1
    assert "already" in capsys.readouterr().err
    assert main([VAE, str(written(tmp_path / "one.png", png()))]) == 1
    assert "not a zip archive" in capsys.readouterr().err
    assert main([VAE, str(folder), "--name", "x", "--labels", str(tmp_path / "none.csv")]) == 1
    assert "cannot be read" in capsys.readouterr().err
    assert main([VAE, str(folder), "--name", "x", "--labels", str(written(tmp_path / "bad.csv", b"no"))]) == 1
    assert "its first line" in capsys.readouterr().err
    assert own_sets(tmp_path / "data").unfinished(VAE) == []

    def interrupted(*arguments: object, **more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(add_set, "add", interrupted)
    assert main([VAE, str(folder)]) == 130
    assert "goes on from here" in capsys.readouterr().err
