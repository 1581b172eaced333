"""A set as a file: positions on a map, latents, labels, factors and measures, row by row."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from server.measuring import Measures
from server.opened import Points

Floats = NDArray[np.float32]
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "npy": "application/x-npy",
}
ROWS = 5000  # rows written at a time
_AXES = ("x", "y", "z")


class Table:
    """The columns of a set, in the order in which they are written."""

    def __init__(self, points: Points, positions: Floats | None, measures: Measures | None) -> None:
        """`positions` (N, dims) and `measures` where they are known."""
        count = len(points.latents)
        self.count, self._latents, self._positions = count, points.latents, positions
        self.columns: dict[str, NDArray[Any]] = {"row": np.arange(count, dtype=np.int32)}
        if positions is not None:
            self.columns |= {f"map_{_AXES[axis]}": positions[:, axis] for axis in range(positions.shape[1])}
        self.columns |= {f"latent_{dim}": points.latents[:, dim] for dim in range(points.latents.shape[1])}
        if points.pictures is not None:
            self.columns["label"] = _names(points.pictures.labels[:count], points.pictures.info.classes)
            for factor in points.pictures.factors:
                values = factor.values[:count]
                named = _names(values.astype(np.int64), factor.categories) if factor.categories else values
                self.columns[f"factor_{factor.name}"] = named
        for name in ("error", "unusual", "agrees"):
            measured: NDArray[Any] | None = getattr(measures, name, None)
            if measured is not None:
                self.columns[name] = measured

    def csv(self) -> Iterator[bytes]:
        """Comma-separated, with a header, in parts."""
        import pyarrow.csv as writer

        for first in range(0, self.count, ROWS):
            sink = io.BytesIO()
            options = writer.WriteOptions(include_header=first == 0)
            writer.write_csv(self._batch(first), sink, options)
            yield sink.getvalue()

    def parquet(self) -> Iterator[bytes]:
        """One row group a part."""
        import pyarrow.parquet as writer

        sink = _Sink()
        with writer.ParquetWriter(sink, self._batch(0, 0).schema) as file:
            for first in range(0, self.count, ROWS):
                file.write_batch(self._batch(first))
                yield sink.taken()
        yield sink.taken()

    def npy(self) -> Iterator[bytes]:
        """One structured array without objects: `np.load(file)["latents"]` is (N, D), `["map"]` (N, dims)."""
        fields = self._fields()
        kinds = [(name, values.dtype.newbyteorder("<"), values.shape[1:]) for name, values in fields.items()]
        described = {"descr": np.lib.format.dtype_to_descr(np.dtype(kinds)), "fortran_order": False}
        head = io.BytesIO()
        np.lib.format.write_array_header_2_0(head, {**described, "shape": (self.count,)})
        yield head.getvalue()
        for first in range(0, self.count, ROWS):
            rows = slice(first, min(first + ROWS, self.count))
            part = np.empty(rows.stop - first, np.dtype(kinds))
            for name, values in fields.items():
                part[name] = values[rows]
            yield part.tobytes()

    def _fields(self) -> dict[str, NDArray[Any]]:
        """The columns, with the latents as one and the positions as one."""
        joined = ("latent_", "map_")
        fields = {name: values for name, values in self.columns.items() if not name.startswith(joined)}
        fields["latents"] = self._latents
        if self._positions is not None:
            fields["map"] = self._positions
        return fields

    def _batch(self, first: int, rows: int | None = None) -> Any:
        import pyarrow as pa

        rows = ROWS if rows is None else rows
        return pa.record_batch(
            {name: pa.array(values[first : first + rows], from_pandas=True) for name, values in self.columns.items()}
        )


def _names(indices: NDArray[np.int64], names: tuple[str, ...]) -> NDArray[np.str_]:
    """Indices as names, "" for what is none of them."""
    known = np.array([*names, ""])
    return np.asarray(known[np.where((indices >= 0) & (indices < len(names)), indices, len(names))])


class _Sink(io.RawIOBase):
    """Hands on what is written to it in parts: a Parquet file is written from its first byte to its last."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._written = 0

    def writable(self) -> bool:
        return True

    def write(self, part: Any) -> int:
        self._parts.append(bytes(part))
        self._written += len(self._parts[-1])
        return len(self._parts[-1])

    def tell(self) -> int:
        return self._written

    def taken(self) -> bytes:
        """What has been written since the last time."""
        content = b"".join(self._parts)
        self._parts.clear()
        return content
