"""A data set's folder: what is written is read, and what was altered is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from models.data import ImageSet
from models.data.folder import COLUMNS, PictureSet, write
from models.data.whole import replaced
from tests.unit.tiny_recipes import forged


def pictures(count: int, height: int, width: int, channels: int) -> ImageSet:
    """Noise of any shape, so that every pixel has a place of its own."""
    random = np.random.default_rng(count)
    images = random.integers(0, 256, (count, height, width, channels), dtype=np.uint8)
    return replace(forged("test"), images=images, labels=np.arange(count) % 10)


def rewrite(folder: Path, **changes: Any) -> None:
    document = json.loads((folder / "set.json").read_text(encoding="utf-8"))
    (folder / "set.json").write_text(json.dumps({**document, **changes}), encoding="utf-8")


class TestRoundTrip:
    @pytest.mark.parametrize("channels", [1, 3, 4])
    @pytest.mark.parametrize(("count", "height", "width"), [(1, 5, 7), (COLUMNS, 3, 2), (COLUMNS + 1, 4, 4)])
    def test_every_pixel_label_and_word_comes_back(
        self, count: int, height: int, width: int, channels: int, tmp_path: Path
    ) -> None:
        images = pictures(count, height, width, channels)
        info = write(tmp_path / "set", images, name="set", title="Vêtements, “test”")
        found = PictureSet(tmp_path / "set")
        assert found.info == info
        assert (info.count, info.height, info.width, info.channels) == (count, height, width, channels)
        assert info.title == "Vêtements, “test”"
        assert (info.classes, info.licence, info.source) == (images.classes, images.licence, images.source)
        np.testing.assert_array_equal(found.images, images.images)
        np.testing.assert_array_equal(found.labels, images.labels)
        assert found.images.dtype == np.uint8
        assert found.labels.dtype == np.int64

    def test_the_sheet_is_row_major_as_the_description_says(self, tmp_path: Path) -> None:
        images = pictures(COLUMNS + 3, 2, 3, 1)
        write(tmp_path / "set", images, name="set", title="Set")
        with Image.open(tmp_path / "set" / "pictures.png") as picture:
            sheet = np.asarray(picture)
        assert sheet.shape == (4, 3 * COLUMNS)
        np.testing.assert_array_equal(sheet[2:4, 3:6], images.images[COLUMNS + 1, ..., 0])

    def test_a_sheet_larger_than_what_strangers_may_send_is_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        images = pictures(5, 4, 4, 1)
        write(tmp_path / "set", images, name="set", title="Set")
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
        np.testing.assert_array_equal(PictureSet(tmp_path / "set").images, images.images)


class TestRefusal:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        write(tmp_path / "set", pictures(5, 4, 4, 1), name="set", title="Set")
        return tmp_path / "set"

    @pytest.mark.parametrize("file", ["pictures.png", "labels.npy"])
    def test_an_altered_file(self, folder: Path, file: str) -> None:
        content = bytearray((folder / file).read_bytes())
        content[-1] ^= 1
        (folder / file).write_bytes(content)
        with pytest.raises(ValueError, match=f"set/{file} is not the file that set.json names: its sha256 differs"):
            PictureSet(folder)

    @pytest.mark.parametrize("file", ["pictures.png", "labels.npy", "set.json"])
    def test_a_missing_file(self, folder: Path, file: str) -> None:
        (folder / file).unlink()
        with pytest.raises(ValueError, match=f"The data set set cannot be read: .*{file}"):
            PictureSet(folder)

    @pytest.mark.parametrize("content", [b"", b"{", b"[]", b"3", b"{}", b'{"classes": []}', b"\xff\xfe"])
    def test_a_description_that_is_none(self, folder: Path, content: bytes) -> None:
        (folder / "set.json").write_bytes(content)
        with pytest.raises(ValueError, match="The data set set cannot be read"):
            PictureSet(folder)

    def test_an_unknown_key(self, folder: Path) -> None:
        rewrite(folder, surprise=1)
        with pytest.raises(ValueError, match="surprise"):
            PictureSet(folder)

    @pytest.mark.parametrize("files", [{}, {"labels.npy": "0"}, {"../secret": "0"}])
    def test_files_that_no_hash_vouches_for(self, folder: Path, files: dict[str, str]) -> None:
        rewrite(folder, files=files)
        with pytest.raises(ValueError, match=r"must name labels\.npy and pictures\.png under files"):
            PictureSet(folder)

    def test_files_that_are_not_an_object(self, folder: Path) -> None:
        rewrite(folder, files=["pictures.png", "labels.npy"])
        with pytest.raises(ValueError, match="cannot be read"):
            PictureSet(folder)


class TestWhole:
    def test_writing_again_replaces_all_of_it(self, tmp_path: Path) -> None:
        write(tmp_path / "set", pictures(5, 4, 4, 1), name="set", title="Old")
        (tmp_path / "set" / "stray").write_text("x")
        new = pictures(7, 3, 3, 3)
        write(tmp_path / "set", new, name="set", title="New")
        np.testing.assert_array_equal(PictureSet(tmp_path / "set").images, new.images)
        assert sorted(path.name for path in (tmp_path / "set").iterdir()) == ["labels.npy", "pictures.png", "set.json"]
        assert [path.name for path in tmp_path.iterdir()] == ["set"]

    def test_an_error_while_filling_leaves_the_old_folder_and_no_rest(self, tmp_path: Path) -> None:
        (tmp_path / "set").mkdir()
        (tmp_path / "set" / "old").write_text("old")

        def fail() -> None:
            with replaced(tmp_path / "set") as made:
                (made / "new").write_text("half")
                raise OSError("No space left on device")

        with pytest.raises(OSError, match="No space"):
            fail()
        assert [path.name for path in tmp_path.iterdir()] == ["set"]
        assert (tmp_path / "set" / "old").read_text() == "old"

    def test_a_failed_last_move_puts_the_old_folder_back(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "set").mkdir()
        (tmp_path / "set" / "old").write_text("old")
        rename = Path.rename

        def refuse(self: Path, target: Path) -> Path:
            if self.name == "made":
                raise PermissionError("not this one")
            return rename(self, target)

        monkeypatch.setattr(Path, "rename", refuse)
        with pytest.raises(PermissionError, match="not this one"), replaced(tmp_path / "set") as made:
            (made / "new").write_text("new")
        assert [path.name for path in tmp_path.iterdir()] == ["set"]
        assert (tmp_path / "set" / "old").read_text() == "old"
