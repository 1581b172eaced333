"""Latent Explorer, set up and started by one command. It needs nothing but Python itself.

  python3 run.py             set up what is missing, then start the server
  python3 run.py cluster     set up the extra packages, then serve from several replicas (docs/cluster.md)
  python3 run.py test [...]  set up, then run the tests (a browser's included); arguments go to pytest,
                             and coverage is judged when there are none, which is the whole run
  python3 run.py lint        the linters and the type checker, as CI runs them (torch is installed for its types)
  python3 run.py class       set up, then serve for a class on this network: prints a link and its QR code
                             (--new makes another link, --host ADDRESS listens on one address only)
  python3 run.py setup       set up only
  python3 run.py doctor      print what a bug report needs
  python3 run.py lock        write constraints.txt anew: the newest versions that pyproject.toml allows
  python3 run.py --version   print the version;  --help prints this

GPU=0 declines the packages for an NVIDIA GPU, GPU=1 takes them where no driver is seen (an image being built).
REQUIRE_TORCH=1 makes `test` install torch, and a test that is skipped for want of it fail; REQUIRE_CLUSTER=1 does
the same for Ray, and starts it.
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

# This file parses on Python 3.6, and nothing above this check needs more, so that an old Python ends in a sentence.
PLATFORM = (platform.system(), platform.machine())
if sys.version_info < (3, 11) or PLATFORM not in (("Linux", "x86_64"), ("Darwin", "arm64")):
    sys.exit(
        "Latent Explorer runs on Linux (x86-64) and on macOS (Apple silicon), with Python 3.11 or later; "
        f"this is {PLATFORM[0]} ({PLATFORM[1]}) with Python {platform.python_version()}."
    )

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STATE = VENV / "latent-explorer.json"
PROJECT = ROOT / "pyproject.toml"
CONSTRAINTS = ROOT / "constraints.txt"
RUNTIMES = {"cpu": "onnxruntime", "gpu": "onnxruntime-gpu"}  # they write the same files: exactly one is installed
SERIES = f"{sys.version_info[0]}.{sys.version_info[1]}"
GPU_SIZE = "about 3 GB to download, 5.5 GB on disk"


class SetupError(Exception):
    """The set-up cannot go on; the message says why and what to do."""


def set_to(name: str) -> bool | None:
    """A yes-or-no setting of the environment: None when it is not given."""
    value = os.environ.get(name, "")
    return value.lower() not in ("0", "no", "off", "false") if value else None


def extras_for(command: str) -> set[str]:
    """The extras of pyproject.toml that a command needs on this machine."""
    chosen = set_to("GPU")
    driver = shutil.which("nvidia-smi") is not None or Path("/proc/driver/nvidia/version").exists()
    gpu = platform.system() == "Linux" and (driver if chosen is None else chosen)
    extras = {"gpu" if gpu else "cpu"}
    if command in ("test", "lint"):
        extras.add("test")
    if os.environ.get("LATENT_EXPLORER_OTEL"):
        extras.add("trace")
    if command == "lint" or (command == "test" and (gpu or set_to("REQUIRE_TORCH"))):
        extras.add("train")
    if command in ("cluster", "lint") or (command == "test" and set_to("REQUIRE_CLUSTER")):
        extras.add("cluster")
    return extras


def requirements(extras: set[str]) -> list[str]:
    """The project's dependencies with those of the extras, as pip takes them."""
    import tomllib

    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    found = list(project["dependencies"])
    for extra in sorted(extras):
        found += project["optional-dependencies"][extra]
    return sorted(set(found))


def key() -> str:
    """What an installation is made from: another key means that there is work to do."""
    return hashlib.sha256(PROJECT.read_bytes() + CONSTRAINTS.read_bytes() + SERIES.encode()).hexdigest()


def read_state() -> dict[str, object]:
    try:
        state = json.loads(STATE.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def write_state(extras: set[str], *, key: str = "", changing: bool = False) -> None:
    """Note what .venv holds. Without a key nothing in it is believed; `changing` outlives a kill and condemns it."""
    new = STATE.with_suffix(".new")
    new.write_text(json.dumps({"key": key, "changing": changing, "extras": sorted(extras)}), encoding="utf-8")
    new.replace(STATE)


def noted_extras() -> set[str]:
    extras = read_state().get("extras")
    return {str(extra) for extra in extras} if isinstance(extras, list) else set()


def installed() -> set[str]:
    """The extras that stand in .venv whole, from the project file and the constraints as they are now."""
    state = read_state()
    return noted_extras() if PYTHON.exists() and state.get("key") == key() and not state.get("changing") else set()


def is_whole() -> bool:
    """Whether .venv is one of this Python's that no kill interrupted."""
    try:
        version = re.search(r"^version\s*=\s*(\d+\.\d+)", (VENV / "pyvenv.cfg").read_text(encoding="utf-8"), re.M)
    except OSError:
        return False
    same = version is not None and version[1] == SERIES
    return same and PYTHON.exists() and not read_state().get("changing")


def require_venv() -> None:
    """Raises SetupError, with the line that installs it, when this Python cannot make virtual environments."""
    if importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"):
        return
    if shutil.which("apt-get"):
        line = f"{'' if os.geteuid() == 0 else 'sudo '}apt-get install python{SERIES}-venv"
    else:
        line = f"install your system's package with the venv and ensurepip modules of Python {SERIES}"
    raise SetupError(f"This Python lacks the venv module (or ensurepip, which it needs). To install it:\n\n  {line}\n")


def make_venv() -> None:
    """A fresh .venv. It is noted as changing before its first file, so that a kill at any moment shows."""
    require_venv()
    if VENV.exists():
        print("Removing the .venv of an unfinished set-up, or of another Python.", flush=True)
        shutil.rmtree(VENV)
    VENV.mkdir()
    write_state(set(), changing=True)
    # Started from inside .venv, sys.executable would be the file just removed.
    base = getattr(sys, "_base_executable", sys.executable)
    if subprocess.run([base, "-m", "venv", str(VENV)], check=False).returncode:
        raise SetupError("The virtual environment could not be made; Python's own message stands above.")


def pip(*arguments: str, lock: int) -> None:
    """Run .venv's pip. It holds the lock too, so that it cannot outlive a killed set-up unseen."""
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
    if subprocess.run(command, check=False, pass_fds=(lock,)).returncode:
        write_state(noted_extras())  # pip ended by itself and left whole packages, but not all of them
        raise SetupError("The packages could not be installed; pip's own message stands above. Run the same again.")


@contextlib.contextmanager
def locked():  # type: ignore[no-untyped-def]  # its annotation would have to be imported on every start
    """One set-up at a time: a second one waits. Yields the lock's file descriptor."""
    import fcntl

    with Path(__file__).open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another set-up is running in this folder; waiting for it.", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


def drop_other_runtime(wanted: str, lock: int) -> None:
    """Remove both builds of onnxruntime when the other one is there: its files are the wanted one's too."""
    other = next(name for extra, name in RUNTIMES.items() if extra != wanted)
    if any(VENV.glob(f"lib/python*/site-packages/{other.replace('-', '_')}-*.dist-info")):
        pip("uninstall", "--yes", *RUNTIMES.values(), lock=lock)


def set_up(extras: set[str]) -> set[str]:
    """Bring .venv to hold these extras; does nothing when it does. Returns what it holds. Raises SetupError."""
    if extras <= installed():
        return installed()
    with locked() as lock:
        if extras <= installed():  # the set-up that this one waited for did it
            return installed()
        if not is_whole():
            make_venv()
        runtime = "gpu" if "gpu" in extras else "cpu"
        extras = extras | (noted_extras() - set(RUNTIMES))
        if runtime == "gpu":
            print(f"NVIDIA GPU: installing onnxruntime-gpu and torch, {GPU_SIZE}. GPU=0 declines.", flush=True)
        print(f"Setting up .venv with Python {SERIES} ({', '.join(sorted(extras))}) ...", flush=True)
        write_state(extras, changing=True)
        drop_other_runtime(runtime, lock)
        pip("install", "--constraint", str(CONSTRAINTS), *requirements(extras), lock=lock)
        write_state(extras, key=key())
    return extras


def become(*arguments: str) -> int:
    """Replace this process by .venv's Python, so that signals and the exit status are the command's own."""
    os.chdir(ROOT)
    sys.stdout.flush()
    os.execv(PYTHON, [str(PYTHON), *arguments])


def start() -> int:
    set_up(extras_for("start"))
    return become("-m", "server")


def start_class(arguments: list[str]) -> int:
    set_up(extras_for("class"))
    return become("-m", "server", "class", *arguments)


def cluster() -> int:
    set_up(extras_for("cluster"))
    return become("-m", "server.cluster")


def test(arguments: list[str]) -> int:
    with_torch = "train" in set_up(extras_for("test"))
    if not with_torch:
        print("Without torch: what needs it is skipped and listed at the end. REQUIRE_TORCH=1 installs it.", flush=True)
    if arguments:
        return become("-m", "pytest", *arguments)
    config = "pyproject.toml" if with_torch else "tests/coverage-without-torch.toml"
    return become("-m", "pytest", "--cov", f"--cov-config={config}", "--cov-report=term-missing:skip-covered")


def lint() -> int:
    set_up(extras_for("lint"))
    checks = (
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy", "server", "models", "tests", "benchmarks", "docs/screenshots.py", "run.py"),
    )
    # All of them run; a tool that was killed has a negative status and has not passed.
    codes = [subprocess.run([str(PYTHON), "-m", *check], cwd=ROOT, check=False).returncode for check in checks]
    return int(any(code != 0 for code in codes))


def setup() -> int:
    set_up(extras_for("setup"))
    print("Set up. `python3 run.py` starts the server.")
    return 0


def doctor() -> int:
    """Needs no set-up: what went wrong may be the set-up."""
    os.chdir(ROOT)
    python = str(PYTHON if PYTHON.exists() else sys.executable)
    return subprocess.run([python, "-m", "server.doctor"], check=False).returncode


def lock() -> int:
    """Resolve every extra at once, from the public registry alone, and write what was chosen."""
    if not PYTHON.exists():
        raise SetupError("There is no pip to ask yet. First: python3 run.py setup")
    wanted = requirements({"cpu", "gpu", "train", "measure", "test", "cluster", "trace"})
    command = [str(PYTHON), "-m", "pip", "--isolated", "--quiet", "install", "--dry-run", "--ignore-installed"]
    answer = subprocess.run([*command, "--report", "-", *wanted], check=False, stdout=subprocess.PIPE)
    if answer.returncode:
        raise SetupError("The versions could not be resolved; pip's own message stands above.")
    packages = [item["metadata"] for item in json.loads(answer.stdout)["install"]]
    # A build's local suffix (+cpu) is this machine's own: without it every build of the version fits.
    pins = sorted(f"{package['name'].lower()}=={package['version'].split('+')[0]}" for package in packages)
    heading = "# Exact versions of everything that pyproject.toml's extras bring. Written by: python3 run.py lock\n"
    CONSTRAINTS.write_text(heading + "\n".join(pins) + "\n", encoding="utf-8")
    print(f"{len(pins)} versions written to {CONSTRAINTS.name}.")
    return 0


def version() -> int:
    found = re.search(r'__version__ = "(.+)"', (ROOT / "server" / "__init__.py").read_text(encoding="utf-8"))
    print("latent-explorer", found[1] if found else "of an unknown version")
    return 0


def usage() -> int:
    print((__doc__ or "").strip())
    return 0


COMMANDS = {
    "": start,
    "cluster": cluster,
    "setup": setup,
    "lint": lint,
    "doctor": doctor,
    "lock": lock,
    "--version": version,
    "--help": usage,
    "-h": usage,
}


def main(arguments: list[str]) -> int:
    """Returns the exit status: 0, a command's own, 1 for a set-up that failed, 2 for a command that is none."""
    command = " ".join(arguments)
    try:
        if arguments[:1] == ["test"]:
            return test(arguments[1:])
        if arguments[:1] == ["class"]:
            return start_class(arguments[1:])
        if command in COMMANDS:
            return COMMANDS[command]()
    except SetupError as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. The next run takes up the set-up again.", file=sys.stderr)
        return 130
    print(f"run.py knows no command {command!r}; python3 run.py --help lists them.", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
