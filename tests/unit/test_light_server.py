"""The server starts and serves without torch, the map libraries, Ray and pyarrow: it never needs the first three."""

from __future__ import annotations

import subprocess
import sys

from server.settings import ROOT

BLOCKED = (
    "torch",
    "umap",
    "numba",
    "openTSNE",
    "sklearn",
    "pacmap",
    "onnx",
    "plotly",
    "scipy",
    "pandas",
    "ray",
    "fsspec",
)
SCRIPT = f"""
import sys
for name in {BLOCKED!r}:
    sys.modules[name] = None  # importing it raises ImportError
import server.__main__
assert "onnxruntime" not in sys.modules, "the runtime is loaded before the server answers"
assert "pyarrow" not in sys.modules
from tests.api.conftest import make_client
from server.settings import Settings
import tempfile
from pathlib import Path
with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as data, make_client(Settings(data=Path(data))) as client:
    model = client.get("/api/models").json()["default"]
    size = client.get(f"/api/models/{{model}}").json()["latent"]
    answer = client.post(f"/api/models/{{model}}/decode", json={{"latents": [[0.0] * size]}})
    assert answer.status_code == 200, answer.text
    assert client.get(f"/api/models/{{model}}/projection").status_code == 200
    assert client.get("/").status_code == 200
print("served")
"""


def test_the_server_serves_with_torch_and_the_map_libraries_blocked() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("served")
