"""Reading one JSON object key by key, so that every refusal is a sentence that names the field."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

T = TypeVar("T")
C = TypeVar("C", bound=str)

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_MISSING: Final = object()


class ManifestError(ValueError):
    """The manifest cannot be used. `field` is a dotted path such as `decoder.layout`, or `model.json` for the whole."""

    def __init__(self, field: str, predicate: str) -> None:
        super().__init__(f"{field} {predicate}")
        self.field = field
        self.predicate = predicate

    def __reduce__(self) -> tuple[type[ManifestError], tuple[str, str]]:
        # The default would call the class with the one finished sentence when the error leaves a worker process.
        return ManifestError, (self.field, self.predicate)


def shown(value: object) -> str:
    """A value as JSON for a message, cut so that a hostile file cannot flood a log."""
    try:
        text = json.dumps(value, default=repr)
    except (ValueError, RecursionError):
        text = repr(type(value).__name__)
    return text if len(text) <= 60 else text[:57] + "..."


class Fields:
    """One JSON object at `path`. Each reader below takes a key; `close` refuses the keys that nobody took.

    A reader without `default` demands its key. `optional` turns null and absence into None.
    """

    def __init__(self, value: object, path: str = "") -> None:
        if not isinstance(value, Mapping):
            raise ManifestError(path or "model.json", f"must be an object with named keys, but is {shown(value)}.")
        self._values: Mapping[Any, Any] = value
        self._path = path
        self._known: set[str] = set()

    def at(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key

    def error(self, key: str, predicate: str) -> ManifestError:
        return ManifestError(self.at(key), predicate)

    def close(self) -> None:
        for key in self._values:
            if key not in self._known:
                near = difflib.get_close_matches(str(key), self._known, 1)
                hint = f'did you mean "{near[0]}"?' if near else f"known here: {', '.join(sorted(self._known))}."
                raise ManifestError(self.at(str(key)[:60]), f"is not a key of the model format; {hint}")

    def take(self, key: str, default: object = _MISSING) -> Any:
        self._known.add(key)
        value = self._values.get(key, default)
        if value is _MISSING:
            raise self.error(key, "is missing.")
        return value

    def optional(self, key: str, read: Callable[[str], T]) -> T | None:
        return None if self.take(key, None) is None else read(key)

    def text(self, key: str, default: object = _MISSING, *, empty: bool = False, limit: int = 200) -> str:
        return self._text(self.at(key), self.take(key, default), empty, limit)

    def text_list(self, key: str, default: object = _MISSING, *, length: tuple[int, int]) -> tuple[str, ...]:
        values = self.items(key, default, length=length)
        return tuple(self._text(f"{self.at(key)}.{i}", value, False, 200) for i, value in enumerate(values))

    def name(self, key: str) -> str:
        value = self.take(key)
        if not isinstance(value, str) or not NAME.fullmatch(value):
            rule = "at most 64 lower-case letters, digits, '-', '_' or '.', beginning with a letter or digit"
            raise self.error(key, f"must be a name ({rule}), but is {shown(value)}.")
        return value

    def choice(self, key: str, options: Sequence[C], default: object = _MISSING) -> C:
        value = self.take(key, default)
        for option in options:
            if isinstance(value, str) and value == option:
                return option
        raise self.error(key, f"must be one of {', '.join(options)}, but is {shown(value)}.")

    def flag(self, key: str, default: object = _MISSING) -> bool:
        value = self.take(key, default)
        if not isinstance(value, bool):
            raise self.error(key, f"must be true or false, but is {shown(value)}.")
        return value

    def whole(self, key: str, low: int, high: int) -> int:
        return self._whole(self.at(key), self.take(key), low, high)

    def whole_list(
        self, key: str, low: int, high: int, *, length: tuple[int, int], default: object = _MISSING
    ) -> tuple[int, ...]:
        values = self.items(key, default, length=length)
        return tuple(self._whole(f"{self.at(key)}.{i}", value, low, high) for i, value in enumerate(values))

    def number_list(self, key: str, *, length: tuple[int, int], default: object = _MISSING) -> tuple[float, ...]:
        values = self.items(key, default, length=length)
        return tuple(self._number(f"{self.at(key)}.{i}", value) for i, value in enumerate(values))

    def items(self, key: str, default: object = _MISSING, *, length: tuple[int, int]) -> Sequence[Any]:
        values, (low, high) = self.take(key, default), length
        if not isinstance(values, list | tuple):
            raise self.error(key, f"must be a list, but is {shown(values)}.")
        if not low <= len(values) <= high:
            wanted = f"{low}" if low == high else f"{low} to {high}"
            raise self.error(key, f"must have {wanted} entries, but has {len(values)}.")
        return values

    def child(self, key: str) -> Fields:
        return Fields(self.take(key), self.at(key))

    def children(self, key: str, limit: int = 100) -> Iterable[Fields]:
        for i, value in enumerate(self.items(key, (), length=(0, limit))):
            yield Fields(value, f"{self.at(key)}.{i}")

    @staticmethod
    def _text(field: str, value: object, empty: bool, limit: int) -> str:
        if not isinstance(value, str) or not (empty or value.strip()):
            raise ManifestError(field, f"must be a {'' if empty else 'non-empty '}text, but is {shown(value)}.")
        if len(value) > limit or _CONTROL.search(value):
            raise ManifestError(field, f"must be plain text of at most {limit} characters without control characters.")
        return value

    @staticmethod
    def _whole(field: str, value: object, low: int, high: int) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ManifestError(field, f"must be a whole number from {low} to {high}, but is {shown(value)}.")
        return value

    @staticmethod
    def _number(field: str, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= 1e9:
            raise ManifestError(field, f"must be a number between -1e9 and 1e9, but is {shown(value)}.")
        # 0 and -0.0 are the same fact, and model_hash must not tell them apart.
        return float(value) + 0.0
