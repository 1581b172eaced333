"""Libraries that tell how far they are only in print: their lines, read while they work."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable, Iterator

Report = Callable[[float | None, str], None]  # how far the work is, 0 to 1 or None, and a sentence


class Lines(io.TextIOBase):
    """A stream that looks for a number in what is printed on it."""

    def __init__(self, pattern: str, heard: Callable[[float], None]) -> None:
        """`pattern` has one group: the number."""
        super().__init__()
        self._pattern, self._heard = re.compile(pattern), heard

    def write(self, text: str) -> int:
        """What the library prints."""
        for match in self._pattern.finditer(text):
            self._heard(float(match[1]))
        return len(text)


@contextlib.contextmanager
def printed(pattern: str, heard: Callable[[float], None]) -> Iterator[None]:
    """Nothing is printed inside; each number that `pattern` finds in what would have been is handed on."""
    with contextlib.redirect_stdout(Lines(pattern, heard)):
        yield
