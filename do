#!/usr/bin/env python3
"""Sets Citysquare up on this machine and runs it. Standard library only: `./do help`.

The environment lies in `.venv` beside this file. It is made with `venv --without-pip` (which Debian and Ubuntu have without further
packages, where `ensurepip` is missing) and filled by the pip of the Python that runs this file: `pip --python .venv/bin/python` works
inside the environment, so a system Python that refuses to be touched is not touched. Packages are pinned by hash and come as
wheels, so nothing is built here. The project itself is added by a `.pth` file that names `src`: unlike an editable install this
needs no build tool, no second run of pip and no metadata, and it cannot be out of date.

A stamp in the environment says what it was filled from; while it holds, a command starts at once.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "citysquare-stamp.json"
LOG = VENV / "setup.log"
OLDEST = (3, 11)
OLDEST_PIP = (22, 3)  # the first with --python
RING_BYTES = 5 * 10**9
SPARE_BYTES = 2 * 10**9
DEMO_STORE = Path("var") / "demo"  # in the folder from which ./do is called

HELP = """\
./do demo                  set up and start a whole city on this machine; prints one sign-in link per role
     --cameras N           N simulated cameras (8)
     --camera URL          your own camera, rtsp://user:password@host/path; may be given several times
     --hour H              hour of the day in the simulated town (14); --weather clear, rain, fog or snow
     --for SECONDS         count SECONDS from the moment all cameras run, then stop
     --report FILE         write what was recorded and seen as JSON
     --port P              the port of the web pages
     --clean               throw away what earlier demos stored
./do link ROLE             a new one-time sign-in link: operator, supervisor, investigator, approver, auditor, administrator …
./do up [--config FILE]    run for real, from a config file
./do backup [--to DIR]     everything but the footage into one sealed file, while the platform runs
./do restore BACKUP        put a backup back
./do upgrade               bring database and files to this version, with a way back
./do certificate           show the web server's certificate and its fingerprint
./do systemd               print a hardened unit for systemd
./do disks --cameras N     how much disk they need
./do run COMMAND...        run a command in the project's environment: citysquare, citysquare-verify, python or another
./do test [--all] [ARGS]   the tests; --all with the slow ones; further arguments go to pytest
./do check                 every check a change must pass
./do bench [NAME]          a benchmark from benchmarks/
./do soak --hours N        cameras, processes and disk misbehave for N hours; then every picture is accounted for
     --seed S              other faults (1); --cameras N how many cameras (8)
     --out DIR             the folder of the run; one that was cut short goes on there
./do docs                  renew the generated reference pages and check every link of the documentation
./do help                  this text

The environment lies in .venv; throw the folder away and it is made again."""

SCRIPTS = {"citysquare": "citysquare.site.console", "citysquare-verify": "citysquare.proof"}
"""The project's own commands: an environment without the project's package has no scripts of it, so `./do run` finds their modules."""

SHARED_OUT = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]  # two processes, file by file, in their order (tests/conftest.py)


class Sorry(Exception):
    """What went wrong, as one sentence for a person."""


# --- the environment ---------------------------------------------------------------------------------------------------------


def main(arguments: list[str]) -> int:
    """Run one command line; returns the exit status."""
    command, rest = (arguments[0], arguments[1:]) if arguments else ("help", [])
    if command in {"help", "-h", "--help"}:
        say(HELP)
        return 0
    if command not in COMMANDS:
        raise Sorry(f"There is no command '{command}': ./do help lists what there is.")
    if sys.version_info < OLDEST:
        found = ".".join(str(part) for part in sys.version_info[:3])
        raise Sorry(f"Citysquare needs Python 3.11 or newer and this is {found}: run it as 'python3.11 do {command}', for example.")
    return COMMANDS[command](rest)


def prepare(level: str) -> None:
    """Make the environment hold what `level` ('run' or 'test') needs."""
    if json.dumps(load_stamp().get(level)) == json.dumps(wanted(level)):
        return
    with one_at_a_time():
        stamp = load_stamp()
        if stamp.get(level) == wanted(level):
            return
        started = time.monotonic()
        if not usable():
            with step("making the environment .venv"):
                make_environment()
        install(level)
        site_packages().joinpath("citysquare.pth").write_text(f"{ROOT / 'src'}\n", encoding="utf-8")
        stamp[level] = wanted(level)
        if level == "test":
            stamp["run"] = wanted("run")  # test.txt holds all of run.txt; ./do check proves it
        STAMP.write_text(json.dumps(stamp, indent=2), encoding="utf-8")
        say(f"set up in {time.monotonic() - started:.0f} s")


def wanted(level: str) -> dict[str, str]:
    """Say what the environment must have been made from: this Python, this folder, these requirements."""
    requirements = requirements_file(level).read_bytes()
    return {"python": sys.version, "root": str(ROOT), "requirements": hashlib.sha256(requirements).hexdigest()}


def requirements_file(level: str) -> Path:
    """Name the compiled, hashed requirements of a level."""
    return ROOT / "requirements" / f"{level}.txt"


def load_stamp() -> dict[str, object]:
    """Say what the environment was made from; empty when there is none."""
    try:
        loaded = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return loaded if isinstance(loaded, dict) and os.access(PYTHON, os.X_OK) else {}


def site_packages() -> Path:
    """Name the folder where the environment keeps its packages."""
    return VENV / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"


def usable() -> bool:
    """Say whether the environment's Python runs, is this version and knows that it lies here (a moved folder does not)."""
    probe = "import sys; print(sys.version); print(sys.prefix)"
    try:
        answer = subprocess.run([str(PYTHON), "-c", probe], capture_output=True, text=True, check=True, timeout=60).stdout
    except (OSError, subprocess.SubprocessError):
        return False
    return answer == f"{sys.version}\n{VENV}\n" and site_packages().is_dir()


def make_environment() -> None:
    """Make an empty environment without pip."""
    build = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)], capture_output=True, text=True, check=False
    )
    if build.returncode != 0:
        last = (build.stderr or build.stdout).strip().splitlines()[-1:]
        raise Sorry(f"The environment .venv could not be made: {' '.join(last) or 'python -m venv failed'}.")


def pip_command() -> list[str]:
    """Find the pip that fills the environment: this Python's own, else one put into the environment by ensurepip."""
    probe = "import pip; print(pip.__version__)"
    answer = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=False).stdout.strip()
    version = tuple(int(part) for part in answer.split(".")[:2] if part.isdigit())
    if version >= OLDEST_PIP:
        return [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    if subprocess.run([str(PYTHON), "-m", "ensurepip"], capture_output=True, check=False).returncode == 0:
        return [str(PYTHON), "-m", "pip"]
    raise Sorry(
        f"This Python ({sys.executable}) has no pip {'.'.join(map(str, OLDEST_PIP))} or newer: "
        "install it (Debian and Ubuntu: apt install python3-pip) and start again.",
    )


def install(level: str) -> None:
    """Fill the environment from the hashed requirements, wheels only."""
    command = [*pip_command(), "install", "--require-hashes", "--only-binary=:all:", "--no-input", "--disable-pip-version-check"]
    command += ["--no-warn-script-location", "-r", str(requirements_file(level))]
    with step(f"fetching packages for '{level}'") as progress, LOG.open("wb") as log:
        child = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=dict(os.environ, PYTHONUNBUFFERED="1", PIP_USER="0"))
        while child.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(timeout=1)
            progress(latest(LOG))
    if child.returncode != 0:
        lines = [line for line in LOG.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
        errors = [line for line in lines if line.startswith("ERROR")] or lines[-3:]
        say("\n".join(errors))
        raise Sorry(f"The packages could not be installed (is the network there? all of pip's words: {LOG.relative_to(ROOT)}).")


def latest(log: Path) -> str:
    """Tell from its log which package pip is busy with."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    for line in reversed(lines):
        if line.startswith("Installing"):
            return "unpacking"
        if line.startswith("Collecting"):
            return line.split()[1].partition("==")[0]
    return ""


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let only one `./do` of this folder set it up; the others wait and find it done."""
    import fcntl  # noqa: PLC0415 -- not there on Windows, where the first sentence should still be ours

    try:
        lock = (ROOT / ".venv-lock").open("w", encoding="utf-8")
    except OSError as error:
        raise Sorry(
            f"The environment {VENV} must be made for this Python ({sys.executable}), and this user may not write there: "
            "run './do run true' as the user the folder belongs to, with a Python that everybody may run, such as the system's.",
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another ./do is setting this folder up; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# --- speaking ----------------------------------------------------------------------------------------------------------------


def say(text: str) -> None:
    """Print at once, also into a pipe."""
    print(text, flush=True)


@contextlib.contextmanager
def step(what: str) -> Iterator[Callable[[str], None]]:
    """Print a line for a long step: kept up to date on a terminal, every ten seconds elsewhere."""
    started = time.monotonic()
    terminal = sys.stdout.isatty()
    spoken = started

    def progress(detail: str) -> None:
        nonlocal spoken
        now = time.monotonic()
        if terminal:
            print(f"\r{what} … {now - started:.0f} s {detail}\033[K", end="", flush=True)
        elif now - spoken >= 10:
            spoken = now
            say(f"{what} … {now - started:.0f} s {detail}".rstrip())

    progress("")
    try:
        yield progress
    finally:
        start = "\r\033[K" if terminal else ""
        say(f"{start}{what}: {time.monotonic() - started:.1f} s")


# --- the commands ------------------------------------------------------------------------------------------------------------


def become(*command: str) -> int:
    """Replace this process by a command of the environment; signals then reach it directly."""
    folder = str(VENV / "bin")
    os.environ["PATH"] = folder + os.pathsep + os.environ.get("PATH", os.defpath)
    os.environ["VIRTUAL_ENV"] = str(VENV)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        raise Sorry(f"'{command[0]}' cannot be started: {error.strerror}.") from error


def console(*arguments: str) -> int:
    """Hand a command line to the platform's own console, whatever other Django project this shell was set up for."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "citysquare.site.settings"
    return become(str(PYTHON), "-m", "citysquare.site.console", *arguments)


def demo(rest: list[str]) -> int:
    """Start the whole city here, if the disk can hold it."""
    if "--clean" not in rest:
        have = shutil.disk_usage(Path.cwd()).free + stored_bytes(DEMO_STORE)
        if have < RING_BYTES + SPARE_BYTES:
            raise Sorry(
                f"The disk is too short: the demo keeps a ring of {RING_BYTES / 1e9:.0f} GB and leaves {SPARE_BYTES / 1e9:.0f} GB free, "
                f"and {have / 1e9:.1f} GB can be had here.",
            )
    prepare("run")
    return console("demo", *rest)


def stored_bytes(folder: Path) -> int:
    """Count the bytes that earlier demos already hold, which count as room: the ring is written over."""
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(path, name)).st_blocks * 512  # noqa: PTH118 -- thousands of files: strings are quicker
    return total


def up(rest: list[str]) -> int:
    """Run for real."""
    prepare("run")
    return console("up", *rest)


def link(rest: list[str]) -> int:
    """Print a one-time sign-in link."""
    prepare("run")
    return console("link", *rest)


def platform_command(name: str) -> Callable[[list[str]], int]:
    """Return a command that the platform's own console knows."""

    def command(rest: list[str]) -> int:
        prepare("run")
        return console(name, *rest)

    return command


def run(rest: list[str]) -> int:
    """Run any command in the environment."""
    if not rest:
        raise Sorry("Which command? For example: ./do run python -m citysquare.engine --help")
    prepare("run")
    name, *words = rest
    return become(str(PYTHON), "-m", SCRIPTS[name], *words) if name in SCRIPTS else become(*rest)


def test(rest: list[str]) -> int:
    """Run the tests, two at a time when it is all of them; the slow ones only when asked for."""
    prepare("test")
    chosen = [] if "--all" in rest or "-m" in rest else ["-m", "not slow"]
    more = [word for word in rest if word != "--all"]
    shared = [] if more else SHARED_OUT
    os.chdir(ROOT)
    return become(str(PYTHON), "-m", "pytest", *shared, *chosen, *more)


def check(rest: list[str]) -> int:
    """Run every check."""
    prepare("test")
    os.chdir(ROOT)
    return become(str(PYTHON), "-m", "tools.check", *rest)


def bench(rest: list[str]) -> int:
    """Run one benchmark, or list what there is."""
    folder = ROOT / "benchmarks"
    names = sorted(path.stem for path in folder.glob("*.py")) if folder.is_dir() else []
    if not rest or rest[0] not in names:
        say("Benchmarks: " + (", ".join(names) or "none yet"))
        return 0 if not rest else 2
    prepare("test")
    return become(str(PYTHON), str(folder / f"{rest[0]}.py"), *rest[1:])


def soak(rest: list[str]) -> int:
    """Let everything misbehave and account for every picture."""
    prepare("test")
    os.chdir(ROOT)
    return become(str(PYTHON), "-m", "tools.soak", *rest)


def docs(rest: list[str]) -> int:
    """Renew the generated reference pages and follow every link."""
    prepare("test")
    os.chdir(ROOT)
    return become(str(PYTHON), "-m", "tools.docs", *rest)


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "demo": demo,
    "up": up,
    "link": link,
    "backup": platform_command("backup"),
    "restore": platform_command("restore"),
    "upgrade": platform_command("upgrade"),
    "certificate": platform_command("certificate"),
    "systemd": platform_command("systemd"),
    "disks": platform_command("disks"),
    "run": run,
    "test": test,
    "check": check,
    "bench": bench,
    "soak": soak,
    "docs": docs,
}


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Sorry as sorry:
        print(sorry, file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
