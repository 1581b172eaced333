"""`python -m server class`: serve for a class on the local network, with tokens that a restart keeps."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from server.class_link import Tokens, addresses, greeting, kept_tokens
from server.errors import SettingError
from server.settings import PREFIX, Settings, from_environment

EVERYWHERE = "0.0.0.0"  # noqa: S104  # that others reach it is the purpose, and they need a token


def settings_for_class(host: str | None, *, new: bool) -> Settings:
    """The environment's settings, with the tokens that are set or kept or made. Raises SettingError.

    `new` makes kept tokens anew, which ends the old links. Where nobody has said how much to log, warnings are all: the
    code on the terminal would scroll away.
    """
    given = from_environment(host="127.0.0.1")  # where no token is needed yet
    named = [name for name in ("viewer_token", "owner_token") if getattr(given, name)]
    if len(named) == 1:
        raise SettingError(f"Set both {PREFIX}VIEWER_TOKEN and {PREFIX}OWNER_TOKEN, or neither: then both are made.")
    if named and new:
        raise SettingError(f"--new makes other kept tokens, but they are set: change {PREFIX}VIEWER_TOKEN instead.")
    tokens = Tokens(given.viewer_token, given.owner_token) if named else kept_tokens(given.data, new=new)
    level = os.environ.get(f"{PREFIX}LOG_LEVEL") or "warning"
    listen_on = host or os.environ.get(f"{PREFIX}HOST") or EVERYWHERE
    return from_environment(host=listen_on, viewer_token=tokens.viewer, owner_token=tokens.owner, log_level=level)


def greeter(settings: Settings) -> Callable[[int], str]:
    """-> what to print once the port is known. It goes to the standard output, never to a log."""

    def greet(port: int) -> str:
        tokens = Tokens(settings.viewer_token, settings.owner_token)
        return greeting(addresses(settings, port), tokens, code=sys.stdout.isatty())

    return greet
