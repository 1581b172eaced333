"""Errors become the user's sentence here, in one function, whatever raised them."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Scope

from server.errors import BadRequest, ExplorerError, NotFound
from server.logs import OURS, request_id

log = logging.getLogger(OURS)
CODE = "latent_explorer.code"  # where an answer leaves its error's code in the scope's state, for who counts them


def body(error: ExplorerError) -> dict[str, dict[str, str | None]]:
    """The one JSON shape of an error."""
    return {"error": {"code": error.code, "message": error.message, "field": error.field}}


def explain(error: Exception) -> ExplorerError:
    """Any exception as one of the tree."""
    match error:
        case ExplorerError():
            return error
        case RequestValidationError():
            return validation(error.errors())
        case HTTPException(status_code=404):
            return NotFound("There is nothing under this address.")
        case HTTPException():
            known = ExplorerError(str(error.detail), code="http")
            known.status = error.status_code
            known.headers = dict(error.headers or {})
            return known
        case _:
            log.error("A request failed", exc_info=error)
            named = f" under {request_id.get()}" if request_id.get() else ""
            return ExplorerError(f"The server made a mistake. Its log says more{named}; please try again.")


def validation(errors: Sequence[Any]) -> BadRequest:
    """Pydantic's first complaint as a sentence that names the field."""
    first: Mapping[str, Any] = errors[0] if errors else {}
    place = [str(part) for part in first.get("loc", ()) if part not in ("body", "query", "path")]
    field = ".".join(place)
    message = str(first.get("msg", "is not valid"))
    if first.get("type") == "extra_forbidden":
        message = "this key is not known here; remove it or correct its spelling"
    if first.get("type") == "json_invalid":
        return BadRequest("The body is not valid JSON.", field=None)
    return BadRequest(f"{field or 'The request'}: {message[:1].lower()}{message[1:]}.", field=field or None)


def answer(error: Exception, scope: Scope) -> JSONResponse:
    """The response for an exception."""
    known = explain(error)
    scope.setdefault("state", {})[CODE] = known.code
    return JSONResponse(body(known), known.status, known.headers)


def install(app: FastAPI) -> None:
    """Let every error of the application leave through `answer`."""

    def handle(request: Request, error: Exception) -> JSONResponse:
        return answer(error, request.scope)

    for kind in (ExplorerError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, handle)
