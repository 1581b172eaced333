"""A data set's folder: what is written is read, and what was altered is refused."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from models.data import Factor, ImageSet
from models.data.folder import PictureSet, write
from models.data.sheet import COLUMNS, encode
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


def known(count: int) -> ImageSet:
    """Colour pictures of which a number and a category are known."""
    values = np.linspace(-35, 35, count, dtype=np.float32)
    worn = (np.arange(count) % 3).astype(np.float32)
    factors = (
        Factor("yaw", "continuous", values, description="degrees"),
        Factor("glasses", "categorical", worn, ("none", "round", "square")),
    )
    return replace(pictures(count, 4, 4, 3), factors=factors)


class TestFactors:
    def test_they_come_back_with_their_values(self, tmp_path: Path) -> None:
        images = known(5)
        info = write(tmp_path / "set", images, name="set", title="Set")
        found = PictureSet(tmp_path / "set")
        assert found.info == info
        for one, other in zip(found.factors, images.factors, strict=True):
            assert replace(one, values=other.values) == other
            np.testing.assert_array_equal(one.values, other.values)
            assert one.values.dtype == np.float32

    def test_a_set_without_them_says_nothing_of_them(self, tmp_path: Path) -> None:
        write(tmp_path / "set", pictures(5, 4, 4, 1), name="set", title="Set")
        assert "factors" not in json.loads((tmp_path / "set" / "set.json").read_text())
        assert PictureSet(tmp_path / "set").factors == ()

    @pytest.mark.parametrize("name", ["", "latents", "label", "glasses"])
    def test_a_name_that_is_taken_is_refused(self, name: str, tmp_path: Path) -> None:
        images = known(5)
        taken = (replace(images.factors[0], name=name), images.factors[1])
        write(tmp_path / "set", replace(images, factors=taken), name="set", title="Set")
        with pytest.raises(ValueError, match=f"a factor '{name}': names must be unique"):
            PictureSet(tmp_path / "set")

    @pytest.mark.parametrize("change", [{"kind": "loud"}, {"kind": "categorical"}, {"categories": ["a"]}])
    def test_a_kind_that_is_none_is_refused(self, change: dict[str, Any], tmp_path: Path) -> None:
        write(tmp_path / "set", known(5), name="set", title="Set")
        described = json.loads((tmp_path / "set" / "set.json").read_text())["factors"]
        rewrite(tmp_path / "set", factors=[described[0] | change, described[1]])
        with pytest.raises(ValueError, match=r"set/set\.json: the factor yaw must be continuous"):
            PictureSet(tmp_path / "set")

    @pytest.mark.parametrize(
        ("values", "complaint"),
        [
            (np.zeros((5, 3), np.float32), r"must be float32 of shape \(5, 2\), but is float32 of shape \(5, 3\)"),
            (np.zeros((4, 2), np.float32), r"shape \(4, 2\)"),
            (np.zeros((5, 2), np.float64), "is float64"),
            (np.full((5, 2), 3, np.float32), "glasses has values that are none of its categories"),
            (np.full((5, 2), 0.5, np.float32), "glasses has values that are none of its categories"),
        ],
    )
    def test_values_that_are_none_are_refused(self, values: Any, complaint: str, tmp_path: Path) -> None:
        folder = tmp_path / "set"
        write(folder, known(5), name="set", title="Set")
        np.save(folder / "factors.npy", values)
        digest = hashlib.sha256((folder / "factors.npy").read_bytes()).hexdigest()
        rewrite(folder, files=json.loads((folder / "set.json").read_text())["files"] | {"factors.npy": digest})
        with pytest.raises(ValueError, match=complaint):
            PictureSet(folder)

    def test_a_file_of_factors_that_nobody_describes_is_refused(self, tmp_path: Path) -> None:
        write(tmp_path / "set", known(5), name="set", title="Set")
        rewrite(tmp_path / "set", factors=[])
        with pytest.raises(ValueError, match=r"must name pictures\.png or pictures\.webp, and labels\.npy under files"):
            PictureSet(tmp_path / "set")


def test_more_colour_pictures_than_a_sheet_holds_are_refused() -> None:
    tall = np.zeros((101, 8200, 1, 3), np.uint8)
    with pytest.raises(
        ValueError, match=r"101 colour pictures of 1x8200 do not fit a WebP sheet with 100 a row: 100 do"
    ):
        encode(tall)


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
        with pytest.raises(ValueError, match=r"must name pictures\.png or pictures\.webp, and labels\.npy under files"):
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
        assert sorted(path.name for path in (tmp_path / "set").iterdir()) == ["labels.npy", "pictures.webp", "set.json"]
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
