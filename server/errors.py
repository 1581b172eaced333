"""The one tree of errors. Each class has a status, a code and, in its message, a sentence for the user.

    ExplorerError 500 internal
    |-- NotFound 404 not_found
    |-- Refused 403 refused               another page's request, an unknown Host
    |   `-- TokenNeeded 401 token_needed
    |-- BadRequest 422 invalid            a field of the request is wrong; `field` names it
    |   |-- PictureError 422 picture_*    the upload is not a picture we can read
    |   `-- StaleModel 409 stale_model    the request names another version of the model
    |-- NotReady 409 not_ready           what this rests on is still to be computed; the message says how
    |-- TooLarge 413 too_large
    |-- Unsupported 422 unsupported       the model cannot do this (no encoder, say)
    |-- Taken 409 taken                   the name is another's, or the work on it has gone on meanwhile
    |-- Full 507 full                     the disk, or the bound on what is kept, is reached
    |-- Busy 429 busy                     too much is going on already; Retry-After says when to come back
    |-- Broken 503 model_broken           the model's folder is damaged
    |-- Unready 503 unready               the server cannot work yet, or not at all
    |   |-- NoReplica 503 no_replica      no replica of the cluster has answered
    |   `-- Ending 503 ending             it is being stopped or restarted; Retry-After says when to come back
    `-- SettingError 500 setting          a setting is wrong; the server does not start

`routes/failures.py` turns them into the one JSON shape, and nothing else does.
"""

from __future__ import annotations


class ExplorerError(Exception):
    """Something a person should be told in one sentence."""

    status = 500
    code = "internal"

    def __init__(self, message: str, *, field: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.headers: dict[str, str] = {"WWW-Authenticate": "Bearer"} if self.status == 401 else {}
        if code is not None:
            self.code = code


class NotFound(ExplorerError):
    """There is nothing under this address."""

    status, code = 404, "not_found"


class Refused(ExplorerError):
    """The request comes from where none may come from."""

    status, code = 403, "refused"


class TokenNeeded(Refused):
    """The server asks for a token and got none, or a wrong one."""

    status, code = 401, "token_needed"


class BadRequest(ExplorerError):
    """A field of the request is wrong."""

    status, code = 422, "invalid"


class PictureError(BadRequest):
    """The upload is not a picture that can be read."""

    code = "picture_unreadable"


class StaleModel(BadRequest):
    """The request was made for another version of the model."""

    status, code = 409, "stale_model"


class NotReady(ExplorerError):
    """What this rests on is still to be computed; the message says how."""

    status, code = 409, "not_ready"


class TooLarge(ExplorerError):
    """The body, or what is asked for, is larger than the server allows."""

    status, code = 413, "too_large"


class Unsupported(ExplorerError):
    """The model cannot do what is asked."""

    status, code = 422, "unsupported"


class Taken(ExplorerError):
    """There is one of that name already, or it is not where the request takes it to be."""

    status, code = 409, "taken"


class Full(ExplorerError):
    """Nothing more can be kept."""

    status, code = 507, "full"


class Busy(ExplorerError):
    """Too much is going on already; `Retry-After` names the seconds after which to try again."""

    status, code = 429, "busy"

    def __init__(self, message: str, *, retry_after: int = 10) -> None:
        super().__init__(message)
        self.headers = {"Retry-After": str(retry_after)}


class Broken(ExplorerError):
    """The model's folder is damaged; the message says how."""

    status, code = 503, "model_broken"


class Unready(ExplorerError):
    """The server as a whole cannot work yet, or not at all."""

    status, code = 503, "unready"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.headers = {"Retry-After": "2"}


class Ending(Unready):
    """The server is being stopped or restarted, so it begins nothing new."""

    code = "ending"


class NoReplica(Unready):
    """No replica of the cluster has answered, for the moment."""

    code = "no_replica"


class SettingError(ExplorerError):
    """A setting is wrong, so the server does not start."""

    code = "setting"
