"""What goes into a job and what comes out of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:  # a job's process says how many threads numpy may use before it imports it
    from numpy.typing import NDArray

    from server.opened import OpenedModel
    from server.own_sets.store import OwnSets
    from server.storage import Storage

Document = dict[str, Any]


@dataclass(frozen=True)
class Work:
    """What is to be done, decided by its content: the same work has the same name, so it is done once.

    `parameters` can be written as JSON; `arrays` are numpy arrays by name. `given` are more of them that the parameters
    name already, by a hash say: they go along and are no part of the name. `keep=False`, for all that comes from an
    upload: the result stays in memory, for an hour, for its visitor alone.
    """

    kind: str
    model: str
    parameters: Document = field(default_factory=dict)
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    keep: bool = True
    given: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def name(self, model_hash: str, version: int) -> str:
        """The name of its result: the kind and a SHA-256 over all that decides it. Raises ValueError for NaN."""
        shapes = {name: [array.dtype.str, list(array.shape)] for name, array in sorted(self.arrays.items())}
        head = [self.kind, version, self.model, model_hash, self.parameters, shapes]
        text = json.dumps(head, sort_keys=True, allow_nan=False, separators=(",", ":"))
        digest = hashlib.sha256(text.encode())
        for _, array in sorted(self.arrays.items()):
            digest.update(array.tobytes())
        return f"{self.kind}-{digest.hexdigest()}"


@dataclass(frozen=True)
class Result:
    """A file: its bytes, their media type, and the name under which a browser saves it."""

    content: bytes
    media_type: str
    filename: str


class Report(Protocol):
    """Tells how far the work is."""

    def __call__(self, progress: float | None, message: str, partial: Document | None = None) -> None:
        """`progress` is 0 to 1, None where nobody knows; `message` a sentence; `partial` can be written as JSON.

        Call it as often as you like: news that come within a fifth of a second of others with the same message are
        dropped. A plain Python float is needed, not numpy's.
        """


class Task:
    """The work as its process sees it."""

    def __init__(self, folder: Path, work: Work, model_hash: str, storage: Storage | None = None) -> None:
        """`folder` holds the models, `storage` what people have added to them."""
        self.parameters = work.parameters
        self.arrays = work.arrays
        self.model = work.model
        self._folder = folder
        self._hash = model_hash
        self._storage = storage

    @cached_property
    def own_sets(self) -> OwnSets | None:
        """The sets that people have added; None where nothing is kept."""
        from server.own_sets.store import OwnSets

        return None if self._storage is None else OwnSets(self._storage)

    @cached_property
    def opened(self) -> OpenedModel:
        """The model, opened on the CPU when first asked for: a result does not depend on the machine's GPU."""
        from server.catalog import Catalog
        from server.errors import StaleModel
        from server.opened import OpenedModel
        from server.runtimes.onnx import OnnxRuntime

        catalog = Catalog(self._folder, only=self.model)
        catalog.own_sets = self.own_sets
        opened = OpenedModel(catalog, OnnxRuntime("cpu"), self.model)
        if opened.hash != self._hash:
            raise StaleModel(
                f"The files of {self.model} were changed while the server ran: whoever runs it must restart it.",
                field="model",
            )
        return opened
