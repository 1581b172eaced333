"""What the repository tests read: the tracked files, and which modules import what at their top."""

from __future__ import annotations

import ast
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("server", "models")


def tracked() -> list[Path]:
    """Every file that git tracks and that is there; without git (an unpacked archive) all but hidden folders' files."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
        paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        paths = [path for path in ROOT.rglob("*") if not _hidden(path.relative_to(ROOT))]
    return [path for path in paths if path.is_file()]


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") or part in ("__pycache__", "runs") for part in path.parts)


def modules(*rooms: str) -> dict[str, Path]:
    """Dotted module name -> file, of the packages named."""
    found = {}
    for room in rooms:
        for path in sorted((ROOT / room).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path: Path, *, at_the_top_only: bool) -> set[str]:
    """The absolute dotted names that a file imports; at its top, or anywhere. Imports for types alone do not count."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {name for node in _statements(tree, at_the_top_only) for name in _imported(node)}


def _statements(tree: ast.AST, at_the_top_only: bool) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        if not (at_the_top_only and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
            yield from _statements(node, at_the_top_only)


def _imported(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=str(module), names=names, level=0):
            return [module, *(f"{module}.{alias.name}" for alias in names)]
    return []


def needing(packages: frozenset[str], *rooms: str) -> set[str]:
    """The modules whose import needs one of the packages, directly or through another module of ours."""
    files = modules(*rooms)
    top = {name: imports(path, at_the_top_only=True) for name, path in files.items()}
    needy = {name for name, wanted in top.items() if any(entry.split(".")[0] in packages for entry in wanted)}
    while grown := {name for name in files.keys() - needy if _with_parents(top[name] | {name}) & needy}:
        needy |= grown
    return needy


def _with_parents(names: set[str]) -> set[str]:
    """Importing a.b.c imports a and a.b too."""
    return {".".join(name.split(".")[:length]) for name in names for length in range(1, name.count(".") + 2)}
