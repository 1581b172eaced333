"""The gates are wired: each is read where it acts, and the ones that can be made to fail here are seen failing."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.repo.sources import ROOMS, ROOT, modules, needing

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LIGHT_FILE = "tests/coverage-without-torch.toml"
LIGHT = tomllib.loads((ROOT / LIGHT_FILE).read_text(encoding="utf-8"))
# What the train extra brings and the test extra does not.
TRAIN_ONLY = frozenset({"torch", "onnxscript", "safetensors", "tqdm"})


def _tool(name: str) -> dict[str, Any]:
    return dict(PROJECT["tool"][name])


def _pytest(test: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run one test file under the project's own configuration."""
    # Without Hypothesis' plugin, which is most of the time that pytest takes to start.
    spared = ["-p", "no:cacheprovider", "-p", "no:hypothesispytest"]
    command = [sys.executable, "-m", "pytest", *spared, "-c", str(ROOT / "pyproject.toml")]
    settings = {**os.environ, "COVERAGE_FILE": str(test.parent / "coverage"), **environment}
    return subprocess.run(
        [*command, f"--rootdir={ROOT}", *arguments, str(test)],
        cwd=ROOT,
        env=settings,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def passing(tmp_path: Path) -> Path:
    """A test file with one test that passes and covers next to nothing."""
    test = tmp_path / "test_passing.py"
    test.write_text("def test_passes():\n    assert True\n")
    return test


@pytest.mark.parametrize("config", ["pyproject.toml", LIGHT_FILE])
def test_too_little_coverage_fails(passing: Path, config: str) -> None:
    ended = _pytest(passing, "--cov", f"--cov-config={config}", "--cov-report=")
    assert ended.returncode != 0, ended.stdout
    assert "1 passed" in ended.stdout
    assert "Required test coverage of" in ended.stdout + ended.stderr


def test_a_part_of_the_tests_is_not_judged_by_coverage(passing: Path) -> None:
    assert _pytest(passing).returncode == 0


def test_a_warning_fails(tmp_path: Path) -> None:
    test = tmp_path / "test_warning.py"
    test.write_text("import warnings\n\ndef test_warns():\n    warnings.warn('old')\n")
    ended = _pytest(test)
    assert ended.returncode == 1
    assert "UserWarning: old" in ended.stdout


def test_an_unknown_marker_fails(tmp_path: Path) -> None:
    test = tmp_path / "test_marker.py"
    test.write_text("import pytest\n\n@pytest.mark.needs_touch\ndef test_marked():\n    pass\n")
    assert _pytest(test).returncode != 0


@pytest.mark.parametrize(("required", "status", "word"), [("0", 0, "2 skipped"), ("1", 2, "error")])
def test_a_missing_torch_is_a_skip_or_a_failure(tmp_path: Path, required: str, status: int, word: str) -> None:
    """A package that does not exist stands in for torch, in a copy of the gate."""
    gate = (ROOT / "tests" / "conftest.py").read_text(encoding="utf-8")
    (tmp_path / "conftest.py").write_text(gate.replace('TRAIN_EXTRA = ("torch"', 'TRAIN_EXTRA = ("no_torch"'))
    (tmp_path / "test_one.py").write_text(
        "import pytest\n\n@pytest.mark.needs_torch\ndef test_one():\n    raise AssertionError\n"
    )
    (tmp_path / "test_two.py").write_text(
        "import no_torch\nimport pytest\n\npytestmark = pytest.mark.needs_torch\n\ndef test_two():\n    pass\n"
    )
    ended = _pytest(tmp_path, REQUIRE_TORCH=required)
    assert ended.returncode == status, ended.stdout
    assert word in ended.stdout
    assert ("needs the train extra, and no_torch" in ended.stdout) == (required == "0")


def test_an_unmarked_module_that_needs_torch_is_an_error(tmp_path: Path) -> None:
    gate = (ROOT / "tests" / "conftest.py").read_text(encoding="utf-8")
    (tmp_path / "conftest.py").write_text(gate.replace('TRAIN_EXTRA = ("torch"', 'TRAIN_EXTRA = ("no_torch"'))
    (tmp_path / "test_two.py").write_text("import no_torch\n\ndef test_two():\n    pass\n")
    assert _pytest(tmp_path, REQUIRE_TORCH="0").returncode == 2


def test_both_coverage_rules_are_one_rule() -> None:
    run, report = _tool("coverage")["run"], _tool("coverage")["report"]
    light_run, light_report = LIGHT["tool"]["coverage"]["run"], LIGHT["tool"]["coverage"]["report"]
    assert run["branch"] is True
    assert run["source"] == list(ROOMS)
    assert {**light_run, "omit": None} == {**run, "omit": None}
    assert {**light_report, "fail_under": 0} == {**report, "fail_under": 0}
    assert 80 <= light_report["fail_under"] <= report["fail_under"] <= 100


def test_the_light_rule_omits_what_needs_torch_and_nothing_else() -> None:
    files = modules(*ROOMS)
    needed = sorted(files[name].relative_to(ROOT).as_posix() for name in needing(TRAIN_ONLY, *ROOMS))
    assert needed
    assert LIGHT["tool"]["coverage"]["run"]["omit"] == needed, f"the list should read {needed}"


def test_the_gates_are_strict() -> None:
    assert _tool("pytest")["filterwarnings"][0] == "error"
    assert _tool("pytest")["strict"] is True
    assert "-rfEs" in _tool("pytest")["addopts"]  # failures, errors and skips are named at the end
    assert _tool("mypy")["strict"] is True
    assert "exclude" not in _tool("mypy")
    assert "exclude" not in _tool("ruff")


def test_every_test_file_is_collected() -> None:
    """A test in a file that is not named test_ would never run."""
    strays = []
    for name, path in modules("tests").items():
        if not path.name.startswith("test_") and "\ndef test_" in path.read_text(encoding="utf-8"):
            strays.append(name)
    assert not strays


def test_the_server_s_version_is_the_project_s() -> None:
    assert PROJECT["project"]["dynamic"] == ["version"]
    assert _tool("setuptools")["dynamic"]["version"] == {"attr": "server.__version__"}
    assert importlib.util.find_spec("server") is not None
