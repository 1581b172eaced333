"""torch is for training and export: nothing else under models/ imports it, and nothing there unpickles."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.repo.sources import imports, modules, needing

TORCH = frozenset({"torch", "safetensors", "onnxscript"})
MAY = (
    "models.nets",
    "models.training",
    "models.exporting",
    "models.analysis.efficientnet",
    "models.analysis.features",
    "models.analysis.inception",
    "models.analysis.instrument",
    "models.analysis.packaged",
    "models.analysis.perceptual",
    "models.analysis.reader",
    "models.evaluating",
    "models.evaluate",
    "models.export",
    "models.seeds",
    "models.train",
    "models.zoo",
)


PACKAGED = "models.analysis.packaged"


def may(module: str) -> bool:
    return any(module == room or module.startswith(f"{room}.") for room in MAY)


def test_nothing_but_training_and_export_imports_torch_even_inside_a_function() -> None:
    files = modules("models")
    users = {
        name
        for name, path in files.items()
        if any(entry.split(".")[0] in TORCH for entry in imports(path, at_the_top_only=False))
    }
    assert {name for name in users if not may(name)} == set()
    # A floor, so that the test cannot pass on nothing.
    assert users >= {"models.nets.conv28", "models.training.tasks", "models.exporting.graphs", "models.train"}
    assert len(files) > 40


def test_nothing_else_needs_torch_through_another_module_either() -> None:
    needy = needing(TORCH, "models")
    assert {name for name in needy if not may(name)} == set()
    assert "models.export" in needy
    # Recipes are plain data, and an export's figures and card are numpy: both can be read without torch.
    plain = {"models.training.recipes", *(f"models.exporting.{name}" for name in ("card", "card_rows", "sliders"))}
    assert plain & needy == set()
    assert plain <= set(modules("models"))


def test_nothing_is_pickled() -> None:
    looked_at = 0
    for name, path in modules("models", "server").items():
        assert not {entry.split(".")[0] for entry in imports(path, at_the_top_only=False)} & {
            "pickle",
            "dill",
            "joblib",
        }
        for call in _calls(path):
            called, looked_at = ast.unparse(call.func), looked_at + 1
            given = {each.arg: ast.unparse(each.value) for each in call.keywords}
            # Weights that pinned packages ship, as tensors only; nothing that a user or a folder brings.
            published = name == PACKAGED and called == "torch.load" and given.get("weights_only") == "True"
            assert published or called not in ("torch.load", "torch.save"), f"{name}: {ast.unparse(call)}"
            assert name == PACKAGED or called != "torch.jit.load", f"{name}: {ast.unparse(call)}"
            if called in ("np.load", "np.save"):
                assert given.get("allow_pickle") == "False", f"{name}: {ast.unparse(call)}"
    assert looked_at > 500


def _calls(path: Path) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
