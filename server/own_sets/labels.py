"""What is known of each picture: from a CSV with the header `file,label`, or from the folders that pictures lie in.

Further columns of the CSV are factors: continuous where all their values are numbers, else categorical.
"""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.data.folder import RESERVED, FactorInfo
from server.errors import BadRequest

MOST_BYTES = 64 * 2**20
MOST_ROWS = 1_000_000
MOST_CLASSES = 1000
MOST_CATEGORIES = 100
MOST_FACTORS = 32
_LONGEST = 80  # characters of a class, a category or a factor's name


@dataclass(frozen=True)
class Known:
    """What is known of N pictures."""

    classes: tuple[str, ...]
    labels: NDArray[np.int32]  # (N,) indices into `classes`, -1 for none
    factors: tuple[FactorInfo, ...]
    values: NDArray[np.float32]  # (N, F), NaN for none, of a categorical factor -1
    unmatched: int  # rows of the CSV that no picture has


class Table:
    """A CSV of labels."""

    def __init__(self, content: bytes) -> None:
        """Read it. Raises BadRequest, naming the line, for what is none."""
        lines = _lines(content)
        head = [each.strip() for each in next(lines, (0, []))[1]]
        if [each.lower() for each in head[:1]] != ["file"] or len(head) < 2:
            raise _wrong("its first line must be file,label, and after them the names of further columns.")
        self._labelled = head[1].lower() == "label"
        self._names = head[2:] if self._labelled else head[1:]
        _check_names(self._names)
        self._rows: dict[str, list[str]] = {}
        for number, row in lines:
            if len(row) != len(head):
                raise _wrong(f"line {number} has {len(row)} columns, the first line {len(head)}.")
            file = _key(row[0])
            if not file:
                raise _wrong(f"line {number} names no file.")
            if file in self._rows:
                raise _wrong(f"line {number} names {file[:100]} again.")
            if len(self._rows) == MOST_ROWS:
                raise _wrong(f"it has more than {MOST_ROWS:,} lines.")
            self._rows[file] = [cell.strip()[:_LONGEST] for cell in row[1:]]
        if not self._rows:
            raise _wrong("there is no line under its first one.")
        labels = [row[0] for row in self._rows.values()] if self._labelled else []
        self.classes = _ordered(labels)
        if len(self.classes) > MOST_CLASSES:
            raise _wrong(f"its labels are {len(self.classes):,} different ones; at most {MOST_CLASSES:,} are taken.")
        start = 1 if self._labelled else 0
        columns = [[row[start + i] for row in self._rows.values()] for i in range(len(self._names))]
        self.factors = tuple(_factor(name, values) for name, values in zip(self._names, columns, strict=True))

    def known(self, files: Sequence[str]) -> Known:
        """What the table says of files. The path is looked for, then without its first folder, and so on."""
        used: set[str] = set()
        labels = np.full(len(files), -1, np.int32)
        values = np.empty((len(files), len(self.factors)), np.float32)
        values[:] = [-1 if factor.categories else np.nan for factor in self.factors]
        index = {name: i for i, name in enumerate(self.classes)}
        places = [{name: i for i, name in enumerate(factor.categories)} for factor in self.factors]
        for row, file in enumerate(files):
            found = next((key for key in _suffixes(file) if key in self._rows), None)
            if found is None:
                continue
            used.add(found)
            cells = self._rows[found]
            if self._labelled:
                labels[row] = index.get(cells[0], -1)
            for column, (factor, place) in enumerate(zip(self.factors, places, strict=True)):
                cell = cells[column + (1 if self._labelled else 0)]
                if cell:
                    values[row, column] = place[cell] if factor.categories else float(cell)
        return Known(self.classes, labels, self.factors, values, len(self._rows) - len(used))


def by_folder(files: Sequence[str], among: Sequence[str]) -> Known:
    """The folder that each picture lies in as its class, where those of `among` lie in more than one."""
    classes = _ordered([_folder(name) for name in among])
    if not 2 <= len(classes) <= MOST_CLASSES:
        classes = ()
    index = {name: i for i, name in enumerate(classes)}
    labels = np.array([index.get(_folder(name), -1) for name in files], np.int32).reshape(len(files))
    return Known(classes, labels, (), np.zeros((len(files), 0), np.float32), 0)


def _folder(name: str) -> str:
    return name.rpartition("/")[0].rpartition("/")[2][:_LONGEST]


def _lines(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """The lines with their numbers, empty ones left out."""
    if len(content) > MOST_BYTES:
        raise _wrong(f"it has more than {MOST_BYTES // 2**20} MB.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise _wrong("it is not UTF-8 text. Save it again, as CSV UTF-8.") from wrong
    head = text.partition("\n")[0]
    separator = max(",;\t", key=head.count)  # a spreadsheet writes semicolons where the comma is the decimal sign
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield reader.line_num, row
    except csv.Error as wrong:
        raise _wrong(f"line {reader.line_num} cannot be read: {wrong}.") from wrong


def _check_names(names: list[str]) -> None:
    if len(names) > MOST_FACTORS:
        raise _wrong(f"it has {len(names)} further columns; at most {MOST_FACTORS} are taken.")
    for name in names:
        if not name or len(name) > _LONGEST or not name.isprintable():
            raise _wrong(f"the column {name[:_LONGEST]!r} has no name, or one that is too long.")
        if names.count(name) > 1 or name.lower() in (*RESERVED, "file"):
            raise _wrong(f"the column {name} stands twice, or its name is taken.")


def _factor(name: str, cells: list[str]) -> FactorInfo:
    known = [cell for cell in cells if cell]
    if known and all(_is_number(cell) for cell in known):
        return FactorInfo(name, "continuous")
    categories = _ordered(known) or ("none",)
    if len(categories) > MOST_CATEGORIES:
        raise _wrong(
            f"the column {name} has {len(categories):,} different values that are no numbers; at most "
            f"{MOST_CATEGORIES} are taken."
        )
    return FactorInfo(name, "categorical", categories)


def _is_number(cell: str) -> bool:
    try:
        return math.isfinite(float(cell)) and abs(float(cell)) < 3e38
    except ValueError:
        return False


def _ordered(names: Sequence[str]) -> tuple[str, ...]:
    """Each name once; numbers by their value, all else by the alphabet."""
    found = [name for name in Counter(names) if name]
    if all(_is_number(name) for name in found):
        return tuple(sorted(found, key=lambda name: (float(name), name)))
    return tuple(sorted(found))


def _key(file: str) -> str:
    return "/".join(part for part in file.strip().replace("\\", "/").split("/") if part not in ("", "."))


def _suffixes(name: str) -> Iterator[str]:
    parts = name.split("/")
    for first in range(len(parts)):
        yield "/".join(parts[first:])


def _wrong(why: str) -> BadRequest:
    return BadRequest(f"The CSV of labels cannot be used: {why}", field="labels")
