"""How events are written: readable or as JSON, one a line, and without the words of errors."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator

import pytest

from server.logs import FACTS, OURS, JsonFormatter, TextFormatter, one_line, request_id, set_up, set_up_child


@pytest.fixture
def restored() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger(OURS)
    before, levels = root.handlers[:], (root.level, ours.level)
    root.handlers = []
    yield
    root.handlers = before
    root.setLevel(levels[0])
    ours.setLevel(levels[1])


def record(message: str, *arguments: object, wrong: BaseException | None = None) -> logging.LogRecord:
    info = (type(wrong), wrong, wrong.__traceback__) if wrong else None
    return logging.LogRecord(OURS, logging.WARNING, __file__, 1, message, arguments, info)


def raised() -> BaseException:
    try:
        try:
            int("telling-name.png")
        except ValueError as wrong:
            raise RuntimeError("telling 0.12345") from wrong
    except RuntimeError as wrong:
        return wrong
    raise AssertionError


def test_a_readable_line_ends_with_the_request() -> None:
    token = request_id.set("0123456789abcdef")
    try:
        line = TextFormatter().format(record("Two %s", "words"))
    finally:
        request_id.reset(token)
    assert line.endswith(" WARNING Two words [0123456789abcdef]")


def test_a_json_line_is_one_object() -> None:
    token = request_id.set("0123456789abcdef")
    made = record("Two\n%s", "words", wrong=raised())
    setattr(made, FACTS, {"status": 200})
    try:
        line = JsonFormatter().format(made)
    finally:
        request_id.reset(token)
    assert "\n" not in line
    event = json.loads(line)
    assert event["message"] == "Two\nwords"
    assert (event["request"], event["status"], event["level"], event["logger"]) == (
        "0123456789abcdef",
        200,
        "warning",
        OURS,
    )
    assert event["time"].endswith("+00:00")


@pytest.mark.parametrize("formatter", [TextFormatter(), JsonFormatter()])
def test_of_an_exception_stand_the_lines_of_code_and_the_kinds_not_the_words(formatter: logging.Formatter) -> None:
    line = formatter.format(record("A request failed", wrong=raised()))
    assert "telling" not in line
    assert "0.12345" not in line
    assert line.index("builtins.ValueError") < line.index("builtins.RuntimeError")
    assert "in raised" in line


def test_nobody_forges_a_line() -> None:
    assert one_line("a\r\n12:00:00 ERROR b\x1b[31m\u2028") == "a  12:00:00 ERROR b [31m "


def test_only_our_own_events_are_below_a_warning(restored: None, capsys: pytest.CaptureFixture[str]) -> None:
    set_up("text", "debug")
    logging.getLogger(OURS).debug("ours")
    for name in ("uvicorn.error", "uvicorn.access", "python_multipart.multipart", "websockets", "PIL", "asyncio"):
        logging.getLogger(name).info("theirs %s", name)
        logging.getLogger(name).debug("theirs %s", name)
    assert [line.split(" ", 1)[1] for line in capsys.readouterr().err.splitlines()] == ["ours"]


def test_a_jobs_process_logs_as_the_server_does(
    restored: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LATENT_EXPLORER_LOG", "json")
    set_up_child()
    logging.getLogger(OURS).error("wrong", exc_info=raised())
    assert json.loads(capsys.readouterr().err)["exception"][-1] == "builtins.RuntimeError"
    assert sys.exc_info() == (None, None, None)
