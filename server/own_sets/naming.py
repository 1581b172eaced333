"""From what a person calls a set to the name in addresses and folders."""

from __future__ import annotations

import hashlib
import re
import unicodedata

LONGEST = 48
RESERVED = frozenset({"reference", "data", "samples"})


def title_of(text: str) -> str:
    """The title on one line, without characters that draw nothing. Raises ValueError where nothing is left."""
    shown = "".join(" " if unicodedata.category(each) in ("Cc", "Zl", "Zp") else each for each in text)
    title = " ".join("".join(each for each in shown if unicodedata.category(each)[0] != "C").split())
    if not title:
        raise ValueError("Give the set a name of at least one letter or digit.")
    return title


def slug_of(title: str) -> str:
    """Small letters, digits and dashes: "Über Schuhe, 2" -> "uber-schuhe-2"; a hash where no such letter is in it."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST].strip("-")
    return slug or f"set-{hashlib.sha256(title.encode()).hexdigest()[:8]}"
