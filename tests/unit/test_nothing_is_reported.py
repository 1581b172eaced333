"""onnxruntime reports nothing to anybody from here, and leaves no number of the machine behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from server.settings import ROOT

SCRIPT = """
import {module}
from pathlib import Path
from server.runtimes.onnx import OnnxRuntime
from server.catalog import Catalog
from server.opened import OpenedModel
OpenedModel(Catalog(Path("checkpoints"), only="fashion-vae-2"), OnnxRuntime("cpu"), "fashion-vae-2").draw(1, 0)
"""


@pytest.mark.parametrize("module", ["server.__main__", "server.jobs.child", "server.runtimes.onnx"])
def test_running_a_model_leaves_nothing_in_the_folder_for_temporary_files(tmp_path: Path, module: str) -> None:
    suppressing = ("CI", "ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS")
    kept = {name: value for name, value in os.environ.items() if name not in suppressing}
    environment = {**kept, "TMPDIR": str(tmp_path), "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    script = SCRIPT.format(module=module)
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, check=True)
    assert list(tmp_path.rglob("*")) == []
