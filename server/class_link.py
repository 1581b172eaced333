"""The link that a class opens: this machine's addresses, the viewers' address, its QR code, the tokens behind it."""

from __future__ import annotations

import io
import json
import os
import secrets
import socket
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from server.errors import SettingError
from server.settings import PREFIX, Settings

FILE = "class-tokens.json"
QUIET_ZONE = 2  # modules of white around the code, as much as a telephone needs on a screen
# Any address of these networks will do: a UDP socket that is connected sends nothing, and then knows which of this
# machine's own addresses it would send from. The first stands for the internet, the others for networks without it.
ELSEWHERE = ("192.0.2.1", "10.255.255.254", "172.31.255.254", "192.168.255.254", "224.0.0.251")


@dataclass(frozen=True)
class Tokens:
    """Two random texts: to look and explore with, and to change what is stored as well."""

    viewer: str
    owner: str


def own_addresses() -> list[str]:
    """This machine's IPv4 addresses in its local networks, the one towards the internet first; nothing is sent."""
    found: list[str] = []
    for target in ELSEWHERE:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((target, 9))
            except OSError:  # no way there
                continue
            address: str = probe.getsockname()[0]
            if not address.startswith("127.") and address != "0.0.0.0" and address not in found:  # noqa: S104
                found.append(address)
    return found


def addresses(settings: Settings, port: int) -> list[str]:
    """Where others reach the server, with a slash at the end, the likeliest first."""
    if settings.public_url:
        return [f"{settings.public_url}/"]
    host = settings.host.strip("[]")
    names = [host] if host not in ("0.0.0.0", "::") else own_addresses() or ["127.0.0.1"]  # noqa: S104 (compared)
    return [f"http://{f'[{name}]' if ':' in name else name}:{port}{settings.root_path}/" for name in names]


def shared_address(settings: Settings, asked: str) -> str:
    """What to hand out, when the owner asks under the address `asked`: its own, unless only this machine knows it."""
    parts = urlsplit(asked)
    if settings.public_url or (not settings.loopback and _only_here(parts.hostname or "")):
        return addresses(settings, parts.port or (443 if parts.scheme == "https" else 80))[0]
    return f"{parts.scheme}://{parts.netloc}{settings.root_path}/"


def with_token(address: str, token: str) -> str:
    """The address that lets somebody in."""
    return f"{address}?token={quote(token, safe='')}"


def kept_tokens(folder: Path, *, new: bool = False) -> Tokens:
    """The tokens kept in the data folder, made where there are none, or anew. Raises SettingError where that fails."""
    path = folder / FILE
    if not new and (found := _read(path)) is not None:
        return found
    made = Tokens(secrets.token_urlsafe(16), secrets.token_urlsafe(16))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=folder, prefix=FILE)  # for its owner alone from the start: mode 600
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump({"viewer": made.viewer, "owner": made.owner}, stream)
        Path(temporary).replace(path)
    except OSError as wrong:
        raise SettingError(f"The tokens cannot be kept in {folder}: {wrong.strerror}. Set {PREFIX}DATA.") from wrong
    return made


def svg(text: str) -> str:
    """The QR code of a text as an SVG image, black on white whatever is around it."""
    import segno

    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", border=4, dark="#000", light="#fff", omitsize=True, xmldecl=False
    )
    return out.getvalue().decode()


def drawn(text: str) -> str:
    """The QR code of a text for a terminal: two modules a character, black on white by colours of its own.

    The colours are numbers 16 and 231 of the 256, which no theme changes, so it can be read on dark and light.
    """
    import segno  # here, so that nobody else's start waits for it

    rows = [list(row) for row in segno.make(text, error="l", micro=False).matrix_iter(border=QUIET_ZONE)]
    rows += [[0] * len(rows[0])] * (len(rows) % 2)
    lines = []
    for upper, lower in zip(rows[::2], rows[1::2], strict=True):
        blocks = "".join(" ▄▀█"[2 * bool(above) + bool(below)] for above, below in zip(upper, lower, strict=True))
        lines.append(f"\033[38;5;16;48;5;231m{blocks}\033[0m")
    return "\n".join(lines)


def greeting(found: Iterable[str], tokens: Tokens, *, code: bool) -> str:
    """What the lecturer reads at the start; with the QR code where a terminal shows it."""
    first, *others = found
    viewers = with_token(first, tokens.viewer)
    parts = [f"For the class, to look and explore:\n\n  {viewers}"]
    if code:
        parts.append(drawn(viewers))
    if others:
        parts.append("\n".join(f"  or {with_token(other, tokens.viewer)}" for other in others))
    parts.append("For you alone, since it can add and delete, too. Do not share it, and do not show it on the wall:")
    parts.append(f"  {with_token(first, tokens.owner)}\n")
    return "\n" + "\n\n".join(parts)


def _read(path: Path) -> Tokens | None:
    """The tokens in a file, None where there are none or it is damaged; others are kept from reading it."""
    try:
        path.chmod(0o600)
        kept = json.loads(path.read_text(encoding="utf-8"))
        found = Tokens(str(kept["viewer"]), str(kept["owner"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    whole = min(len(found.viewer), len(found.owner)) >= 16 and found.viewer != found.owner
    return found if whole else None


def _only_here(name: str) -> bool:
    return name == "localhost" or name.startswith("127.") or name == "::1"
