"""What the documents, the image and CI tell a person or a machine to run is there, under the names they use."""

from __future__ import annotations

import importlib.util
import re
import shlex
from fnmatch import fnmatch
from pathlib import Path

from server.settings import PREFIX, Settings
from tests.repo.sources import ROOT, tracked

DOCUMENTS = [path for path in tracked() if path.suffix == ".md" and path.parent in (ROOT, ROOT / "docs")]
TEXTS = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in DOCUMENTS}
DOCUMENTED = "\n".join(text for name, text in TEXTS.items() if name != "CHANGELOG.md")
RUN_COMMANDS = {"", "class", "cluster", "test", "lint", "setup", "doctor", "lock", "--version", "--help"}
# Read by run.py, by the tests and by the data sets' loader; the server's own are its Settings.
TRAINING_SETTINGS = {f"{PREFIX}FASHION_MNIST", f"{PREFIX}MNIST", f"{PREFIX}DATA_CACHE"}
TEST_SETTINGS = {"GPU", "REQUIRE_TORCH", "REQUIRE_CLUSTER", f"{PREFIX}BROWSER", f"{PREFIX}TEST_HOST"}
FURTHER_SETTINGS = TEST_SETTINGS | TRAINING_SETTINGS
TEST_COMMAND = "python3 run.py test"


def _settings() -> set[str]:
    return {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}


def _lines(name: str) -> list[str]:
    return [line.strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines()]


def _dockerfile() -> list[list[str]]:
    """The instructions as words, continued lines joined; the JSON form of a command as plain words."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [shlex.split(re.sub(r'[\[\],](?=\s|")|(?<=")\]', " ", line)) for line in lines]


def test_the_readme_names_the_two_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "python3 run.py\n" in readme
    assert f"{TEST_COMMAND}\n" in readme


def test_every_run_command_in_the_documents_exists() -> None:
    found = re.findall(r"python3 run\.py(?: ([a-z-][\w-]*))?", "\n".join(TEXTS.values()))
    assert len(found) > 2
    assert set(found) <= RUN_COMMANDS


def test_every_module_in_the_documents_exists() -> None:
    found = set(re.findall(r"python3? -m ((?:server|models|benchmarks|tests)[\w.]*)", "\n".join(TEXTS.values())))
    assert found
    assert not [name for name in found if importlib.util.find_spec(name) is None]


def test_every_make_target_in_the_documents_exists() -> None:
    targets = {line.rstrip(":") for line in _lines("Makefile") if re.fullmatch(r"\w+:", line)}
    assert {"run", "test"} <= targets
    assert set(re.findall(r"`make (\w+)`", "\n".join(TEXTS.values()))) <= targets


def test_the_makefile_only_calls_run() -> None:
    recipes = [line[1:] for line in (ROOT / "Makefile").read_text(encoding="utf-8").splitlines() if line[:1] == "\t"]
    assert recipes
    assert {recipe.removeprefix("python3 run.py").strip() for recipe in recipes} <= RUN_COMMANDS


def test_every_setting_is_documented() -> None:
    known = sorted(_settings() | FURTHER_SETTINGS)
    assert not [name for name in known if not re.search(rf"(?<!\w){name}(?!\w)", DOCUMENTED)]


def test_every_documented_setting_exists() -> None:
    named = set(re.findall(rf"\b{PREFIX}[A-Z_]*[A-Z]\b", DOCUMENTED))
    assert named
    assert named <= _settings() | FURTHER_SETTINGS


def test_ci_runs_the_readmes_command_and_the_linters() -> None:
    lines = _lines(".ci/run")
    assert lines[0] == "#!/usr/bin/env bash"
    assert "set -euo pipefail" in lines
    assert lines.index("export REQUIRE_TORCH=1") < lines.index(TEST_COMMAND) < lines.index("python3 run.py lint")
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111


def test_ci_runs_the_suites_against_a_cluster_within_a_bound() -> None:
    """With both variables: the first lets them run and fail, the second sends the API's requests there."""
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8").replace("\\\n", " ")
    step = next(shlex.split(line) for line in text.splitlines() if line.startswith("REQUIRE_CLUSTER=1"))
    assert step[:3] == ["REQUIRE_CLUSTER=1", f"{PREFIX}TEST_HOST=cluster", "timeout"]
    assert step[4:9] == [*TEST_COMMAND.split(), "-m", "cluster"]
    assert set(step[9:]) == {"tests/api", "tests/contract/test_runtimes.py", "tests/cluster"}


def test_the_image_runs_what_a_person_runs() -> None:
    instructions = _dockerfile()
    commands = {words[0]: words[1:] for words in instructions if words[0] in ("CMD", "ENTRYPOINT")}
    assert commands == {"CMD": ["python3", "run.py"]}
    assert ["RUN", "python3", "run.py", "setup"] in instructions


def test_the_image_is_careful() -> None:
    instructions = _dockerfile()
    first = [words[0] for words in instructions]
    assert instructions[0] == ["FROM", "python:3.11-slim"]
    assert ["ARG", "GPU=0"] in instructions
    assert ["USER", "explorer"] in instructions
    assert first.index("USER") < first.index("CMD")
    assert ["VOLUME", "/data"] in instructions
    health = " ".join(next(words for words in instructions if words[0] == "HEALTHCHECK"))
    assert "http://127.0.0.1:8000/health/live" in health


def test_the_image_sets_settings_that_exist() -> None:
    named = [entry.split("=", 1) for words in _dockerfile() if words[0] == "ENV" for entry in words[1:]]
    given = dict(named)
    ours = {name for name in given if name.startswith(PREFIX)}
    assert ours <= _settings()
    assert given[f"{PREFIX}HOST"] == "0.0.0.0"  # noqa: S104  # that is what the tokens are asked for
    assert given[f"{PREFIX}DATA"] == "/data"
    assert ["EXPOSE", given[f"{PREFIX}PORT"]] in _dockerfile()
    assert given["GPU"] == "${GPU}"


def test_the_image_holds_what_the_server_needs() -> None:
    lines = [line for line in _lines(".dockerignore") if line and not line.startswith("#")]
    kept = {line[1:] for line in lines if line.startswith("!")}
    assert lines[0] == "*"
    assert {"server", "models", "frontend", "checkpoints", "run.py", "pyproject.toml", "constraints.txt"} <= kept
    assert not [name for name in kept if not (ROOT / name).exists()]
    copied = [name for words in _dockerfile() if words[0] == "COPY" for name in words[1:-1] if name[0] != "-"]
    assert not [name for name in copied if name != "." and not any(fnmatch(name, pattern) for pattern in kept)]


def test_links_between_the_documents_lead_somewhere() -> None:
    links = [
        (path, target)
        for path, text in zip(DOCUMENTS, TEXTS.values(), strict=True)
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text)
        if "://" not in target
    ]
    assert DOCUMENTS
    assert not [(path.name, target) for path, target in links if not (path.parent / target).exists()]


def test_the_changelog_names_this_version() -> None:
    from server import __version__

    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert Path(ROOT / "THIRD_PARTY.md").exists()
