"""The packages that this project itself asks for, as pyproject.toml names them. Standard library only."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib.metadata import PackageMetadata, PackageNotFoundError, distribution, metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SERVING = "serving"


@dataclass(frozen=True)
class Package:
    """A direct dependency: its name and what needs it, "serving" or the extras in the order of pyproject.toml."""

    name: str
    needed_for: tuple[str, ...]

    @property
    def metadata(self) -> PackageMetadata | None:
        """What the installed package says of itself; None when it is not installed."""
        try:
            return metadata(self.name)
        except PackageNotFoundError:
            return None

    def licence_heading(self) -> str:
        """The first line of the licence file that the installed package carries; empty when it carries none."""
        found = distribution(self.name)
        for name in found.metadata.get_all("License-File") or []:
            lines = (found.read_text(f"licenses/{name}") or "").split("\n")
            return next((line.strip() for line in lines if line.strip()), "")
        return ""


def direct(project_file: Path = ROOT / "pyproject.toml") -> tuple[Package, ...]:
    """Every direct dependency, by name."""
    project = tomllib.loads(project_file.read_text(encoding="utf-8"))["project"]
    needed: dict[str, list[str]] = {}
    for extra, wanted in {SERVING: project["dependencies"], **project["optional-dependencies"]}.items():
        for requirement in wanted:
            needed.setdefault(re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0], []).append(extra)
    return tuple(Package(name, tuple(extras)) for name, extras in sorted(needed.items()))
