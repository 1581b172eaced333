"""What is logged, and how: a readable line or a JSON object an event, on the standard error stream.

A log never holds what a person brought: no file names, latents, tokens, cookies, query strings or fragments. So an
error's own words are left out, which may quote them: of an exception stand its kind and the lines of code it went
through. Other libraries may warn, and say no more than that; uvicorn's notices, say, quote addresses with their tokens.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import traceback
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType

OURS = "latent_explorer"
LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
FACTS = "facts"  # `log.info("...", extra={FACTS: {...}})`: fields of the JSON object, beside the message
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

request_id: ContextVar[str] = ContextVar("request_id", default="")


def set_up(form: str, level: str) -> None:
    """Log as "text" or "json", our own events from "debug", "info", "warning" or "error" on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger(OURS).setLevel(LEVELS[level])


def set_up_child() -> None:
    """The same in a job's process, which inherits the settings' variables."""
    form, level = (os.environ.get(f"LATENT_EXPLORER_{name}", "") for name in ("LOG", "LOG_LEVEL"))
    set_up(form or "text", level if level in LEVELS else "info")


class TextFormatter(logging.Formatter):
    """`12:34:56 WARNING what happened [request]`; where all is well the level is left out."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, and after it the lines of code of an exception."""
        when = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        level = f"{record.levelname} " if record.levelno > logging.INFO else ""
        request = f" [{request_id.get()}]" if request_id.get() else ""
        return f"{when} {level}{one_line(record.getMessage())}{request}{_below(record.exc_info)}"


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message, request, further facts, exception."""

    def format(self, record: logging.LogRecord) -> str:
        """The object as one line."""
        event: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id.get():
            event["request"] = request_id.get()
        event |= getattr(record, FACTS, {})
        if record.exc_info:
            event["exception"] = list(told(record.exc_info[1]))
        return json.dumps(event, ensure_ascii=True)


def one_line(text: str) -> str:
    """The text without line breaks and other control characters, which could forge a line of the log."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def told(error: BaseException | None) -> Iterator[str]:
    """An exception's lines of code and its kind, its causes first; never its words, which may quote what was sent."""
    seen: set[int] = set()
    chain: list[BaseException] = []
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        chain.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    for each in reversed(chain):
        for frame in traceback.extract_tb(each.__traceback__):
            yield f"{frame.filename}:{frame.lineno} in {frame.name}"
        yield f"{type(each).__module__}.{type(each).__qualname__}"


def _below(info: ExcInfo | None) -> str:
    return "".join(f"\n    {line}" for line in told(info[1])) if info else ""
