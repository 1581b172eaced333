"""What git carries for good: the models' weight in megabytes, and no format that can hide code."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from tests.repo.sources import ROOT, modules, tracked

CHECKPOINTS = ROOT / "checkpoints"
MB = 1e6
TOTAL = 80
ONE_FILE = 20
DATA = 25
SMALL_MODEL = 1.5  # of 28x28 pictures
LARGE_MODEL = 4.0  # of 64x64 pictures
# Generators of sharp pictures are larger than decoders, and each brings an encoder that was trained for it. The VAE of
# faces brings a second VAE, of its latents.
# Without a bottleneck a latent is larger than its picture.
LARGER = {
    "fashion-gan-64": 3.6,
    "fashion-gan-collapsed": 5.0,
    "fashion-ae-1024": 2.0,
    "digits-cgan": 2.5,
    "faces-gan": 5.6,
    "faces-vae": 4.2,
}
PICKLES = {".pkl", ".pickle", ".pt", ".pt2", ".pth", ".ckpt", ".joblib", ".dill"}
LOADS = re.compile(
    r"^\s*(import|from)\s+(pickle|joblib|dill|shelve|marshal)\b|\btorch\.(jit\.)?load\((?!.*weights_only=True)|allow_pickle=True",
    re.M,
)
# Weights of published networks come as TorchScript inside a pinned package, for reports only; their code is not run.
REPORTS_ONLY = "models.analysis.packaged"


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / MB


def _budget(folder: Path) -> float:
    image = json.loads((folder / "model.json").read_text(encoding="utf-8"))["image"]
    return LARGER.get(folder.name, SMALL_MODEL if image["height"] <= 28 else LARGE_MODEL)


def _rows() -> list[tuple[str, float, float]]:
    """(what, megabytes, budget) of everything under checkpoints/."""
    models = sorted(path.parent for path in CHECKPOINTS.glob("*/model.json"))
    rows = [(folder.name, _megabytes(folder), _budget(folder)) for folder in models]
    return [*rows, ("_data", _megabytes(CHECKPOINTS / "_data"), DATA), ("together", _megabytes(CHECKPOINTS), TOTAL)]


def test_budget(capsys: pytest.CaptureFixture[str]) -> None:
    rows = _rows()
    with capsys.disabled():
        print("\n\n  checkpoints              MB  budget")
        for what, size, budget in rows:
            print(f"  {what:<22} {size:>5.2f}  {budget:>6.1f}")
    assert not [what for what, size, budget in rows if size > budget]


def test_no_file_is_too_large_for_git() -> None:
    assert not [path for path in tracked() if path.stat().st_size > ONE_FILE * MB]


def test_no_file_is_a_pickle() -> None:
    files = tracked()
    assert len(files) > 50
    assert not [path for path in files if path.suffix in PICKLES]
    assert not [path for path in files if path.read_bytes()[:2] in (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")]


def test_arrays_load_without_pickle() -> None:
    for path in tracked():
        if path.suffix == ".npy":
            assert np.load(path, allow_pickle=False).size > 0, path
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as arrays:
                assert all(arrays[name].size > 0 for name in arrays), path


def test_no_code_unpickles() -> None:
    sources = modules("server", "models", "benchmarks")
    assert len(sources) > 30
    loading = {name for name, path in sources.items() if LOADS.search(path.read_text(encoding="utf-8"))}
    assert loading <= {REPORTS_ONLY}


@pytest.mark.parametrize(
    "line",
    ["import pickle", "from joblib import load", "torch.load(path)", "torch.jit.load(path)", "allow_pickle=True"],
)
def test_the_search_finds_what_it_looks_for(line: str) -> None:
    assert LOADS.search(f"x = 1\n{line}\n")
