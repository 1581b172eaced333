"""What is imported is declared, what is declared is pinned, and THIRD_PARTY.md says whose it is."""

from __future__ import annotations

import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from server import third_party
from server.packages import Package, direct
from tests.repo.sources import ROOT, imports, modules

PINS = dict(re.findall(r"^([\w.-]+)==(\S+)$", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.M))
DISTRIBUTIONS = packages_distributions()
OURS = {"benchmarks", "models", "server", "tests"}
RIVALS = "benchmarks.rivals."  # apps with requirements of their own, which no part of this project imports
# Builds of torch for the CPU and for CUDA state their licences differently.
TORCH = "| torch |"


def _declared(*extras: str) -> set[str]:
    return {package.name.lower().replace("_", "-") for package in direct() if set(package.needed_for) & set(extras)}


def _distributions(name: str) -> set[str]:
    return {found.lower().replace("_", "-") for found in DISTRIBUTIONS.get(name, [name])}


def _imported(room: str, *, at_the_top_only: bool) -> dict[str, str]:
    """Package -> a module of ours that imports it."""
    found = {}
    for module, path in modules(room).items():
        if module.startswith(RIVALS):
            continue
        for name in imports(path, at_the_top_only=at_the_top_only):
            top = name.split(".")[0]
            if top not in OURS and top not in sys.stdlib_module_names:
                found[top] = module
    return found


@pytest.mark.parametrize(
    ("room", "extras"),
    [
        ("server", ("serving", "cpu", "gpu", "trace", "cluster")),
        ("models", ("serving", "cpu", "gpu", "train", "measure")),
        ("tests", ("serving", "cpu", "gpu", "train", "test", "cluster")),
        ("benchmarks", ("serving", "cpu", "gpu", "train", "test")),
    ],
)
def test_every_import_is_declared(room: str, extras: tuple[str, ...]) -> None:
    imported = _imported(room, at_the_top_only=False)
    undeclared = {name: module for name, module in imported.items() if not _distributions(name) & _declared(*extras)}
    assert not undeclared
    assert room == "benchmarks" or "numpy" in imported  # so that reading nothing cannot pass


def test_each_requirement_stands_once_in_a_list() -> None:
    for package in direct():
        assert len(set(package.needed_for)) == len(package.needed_for), package.name


@pytest.mark.parametrize("package", direct(), ids=lambda package: package.name)
def test_every_requirement_is_pinned(package: Package) -> None:
    assert re.sub("[-_.]+", "-", package.name.lower()) in {re.sub("[-_.]+", "-", name) for name in PINS}


def test_pins_are_exact_and_for_every_build() -> None:
    lines = [line for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines() if line[0] != "#"]
    assert len(lines) == len(PINS) > 50
    assert not [line for line in lines if "+" in line or "/" in line or ";" in line]
    assert PINS["torch"] == "2.13.0"


def test_third_party_says_what_is_here() -> None:
    stored = third_party.FILE.read_text(encoding="utf-8")
    written = third_party.render(stored)
    assert _without_torch(stored) == _without_torch(written), "run: python -m server.third_party"
    for package in direct():
        assert f"| {package.name} |" in stored


def _without_torch(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith(TORCH)]


def test_third_party_takes_models_and_data_from_their_documents(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "model.json").write_text(
        '{"title": "One | two", "provenance": {"dataset": "Shirts", "licence": "MIT", "source": ""}}'
    )
    (tmp_path / "_data" / "shirts").mkdir(parents=True)
    (tmp_path / "_data" / "shirts" / "set.json").write_text(
        '{"title": "Shirts", "licence": "CC0", "citation": "A 2020", "source": "here"}'
    )
    text = third_party.render("| torch | train | kept | kept |", tmp_path)
    assert "| One / two | Shirts | MIT | this project |" in text
    assert "| Shirts | CC0 | A 2020 | here |" in text
    assert "\n| torch | " in text


def test_a_package_that_is_not_installed_keeps_its_row() -> None:
    kept = "| no-such-package | train | its licence | its home |"
    assert third_party.row_of(Package("no-such-package", ("train",)), kept) == (
        "no-such-package",
        "train",
        "its licence",
        "its home",
    )
    assert third_party.package(Package("no-such-package", ("train",))) is None


def test_the_licence_text_is_never_a_whole_licence() -> None:
    for package in direct():
        if (row := third_party.package(package)) is not None:
            assert 2 < len(row[2]) < 200, row
            assert row[3].startswith("https://"), row
