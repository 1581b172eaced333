"""Files of a model folder in the making, put in the place of the old one only when all of them agree."""

from __future__ import annotations

import hashlib
import io
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.data import Factor, ImageSet
from models.data.folder import PictureSet
from models.data.folder import write as write_pictures
from models.data.whole import replaced
from models.exporting.graphs import Mismatch
from models.manifest import Manifest, ManifestError, model_hash, read, to_document

COLOURED = 2_000  # of a set's colour pictures go along: they take 2.7 KB each
VARIATIONS = ("faces-confounded", "faces-few-dark")  # of a set that goes along itself: half as many serve


class Folder:
    """Files by their path in the folder."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}

    def add_json(self, name: str, document: Any) -> None:
        """A JSON file."""
        self.contents[name] = (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()

    def add_array(self, name: str, values: NDArray[Any]) -> None:
        """A numpy file, without pickle."""
        buffer = io.BytesIO()
        np.save(buffer, values, allow_pickle=False)
        self.contents[name] = buffer.getvalue()

    def hashes(self) -> dict[str, str]:
        """The manifest's `files`."""
        return {name: hashlib.sha256(content).hexdigest() for name, content in sorted(self.contents.items())}

    def write(self, folder: Path, manifest: Manifest) -> None:
        """Write everything beside `folder`, read it back as the server will, then put it in the folder's place."""
        document = json.dumps(to_document(manifest), indent=2, ensure_ascii=False)
        with replaced(folder) as made:
            for name, content in self.contents.items():
                (made / name).parent.mkdir(parents=True, exist_ok=True)
                (made / name).write_bytes(content)
            (made / "model.json").write_text(document + "\n", encoding="utf-8")
            if read(made) != manifest:
                raise Mismatch("The manifest reads back differently from how it was written.")


def kept_figures(folder: Path, manifest: Manifest) -> dict[str, Any]:
    """metrics.json of the folder that is there already, if it is about a model that does the same; else nothing."""
    try:
        known = read(folder)
        if model_hash(known) != model_hash(manifest) or "metrics.json" not in known.files:
            return {}
        found: dict[str, Any] = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    except (ManifestError, OSError, ValueError):
        return {}
    return found


def share_pictures(folder: Path, test: ImageSet) -> int:
    """The first test pictures as a shared data set, kept where they are right. -> how many of them are there."""
    if test.images.shape[3] > 1:
        test = test.first(COLOURED // 2 if test.name in VARIATIONS else COLOURED)
    with suppress(ValueError):  # none is there, or a damaged one
        known = PictureSet(folder)
        count = len(known.images)
        same = np.array_equal(known.images, test.images[:count]) and np.array_equal(known.labels, test.labels[:count])
        if same and _alike(known.factors, test.first(count).factors):
            return count
    write_pictures(folder, test, name=folder.name, title=f"{test.title}, test pictures")
    return len(test.images)


def _alike(known: tuple[Factor, ...], wanted: tuple[Factor, ...]) -> bool:
    """Whether two sets know the same of their pictures."""

    def plain(factors: tuple[Factor, ...]) -> list[tuple[object, ...]]:
        return [(f.name, f.kind, f.categories, f.description, f.values.tolist()) for f in factors]

    return plain(known) == plain(wanted)
