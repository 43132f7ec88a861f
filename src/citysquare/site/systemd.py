"""`citysquare systemd`: print a unit that runs the platform as a service which may do little else."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from citysquare import config
from citysquare.config import UNIX, Config
from citysquare.site.errors import OperationError

FIRST_FREE_PORT = 1024
_UNSAFE = set('"\\\n\r\t')


class BadUnit(OperationError):
    """A unit cannot be written for these settings."""

    code = "systemd.bad_unit"


UNIT = """\
# Written by `citysquare systemd`; change the settings and write it anew rather than changing it here.
[Unit]
Description=Citysquare
Wants=network-online.target
After=network-online.target postgresql.service
StartLimitIntervalSec=0
{mounts}
[Service]
Type=notify
NotifyAccess=main
User={user}
Group={user}
ExecStart={python} -m citysquare.site.console up --config {file}
WorkingDirectory={data}
Environment=PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
{environment}UMask=0077
Restart=always
RestartSec=5
WatchdogSec=60
TimeoutStartSec=900
TimeoutStopSec=60
KillMode=process
LimitNOFILE=65536
OOMPolicy=continue

# What it may not do
{capabilities}NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths={writable}
ProtectHome={home}
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RemoveIPC=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
"""


def main(arguments: Sequence[str]) -> int:
    """Print the unit; returns the exit status. Raises ConfigurationError and BadUnit."""
    parser = argparse.ArgumentParser(prog="./do systemd", description="Print a hardened systemd unit for a configuration file.")
    parser.add_argument("--config", type=Path, default=None, metavar="FILE", help="the file (citysquare.toml in this folder)")
    parser.add_argument("--user", default="citysquare", metavar="NAME", help="the user it runs as")
    options = parser.parse_args(list(arguments))
    path = (options.config or config.config_file()).absolute()
    os.environ[config.CONFIG_VARIABLE] = str(path)
    sys.stdout.write(unit(config.load(), path, options.user, Path(sys.executable)))
    return 0


def unit(settings: Config, file: Path, user: str, python: Path) -> str:
    """Return the unit's text. Raises BadUnit when a path or name cannot stand in one."""
    writable = [settings.data_dir, settings.store_dir, *([settings.backup_dir] if settings.backup_dir else [])]
    if settings.bind.startswith(UNIX):
        writable.append(Path(settings.bind.removeprefix(UNIX)).parent)
    homes = any(
        path.parts[1:2] in {("home",), ("root",)} for path in (*writable, *settings.footage_volumes, file, python, python.resolve())
    )
    if not (user.isascii() and user[:1].isalpha() and user.replace("-", "").replace("_", "").isalnum()):
        raise BadUnit("The user's name is one of letters, digits, '-' and '_'.")
    low = settings.port < FIRST_FREE_PORT and not settings.bind.startswith(UNIX)
    bounds = (
        ("AmbientCapabilities=CAP_NET_BIND_SERVICE", "CapabilityBoundingSet=CAP_NET_BIND_SERVICE") if low else ("CapabilityBoundingSet=",)
    )
    secrets = os.environ.get(config.SECRETS_VARIABLE)
    return UNIT.format(
        mounts="".join(f"RequiresMountsFor={_word(path)}\n" for path in dict.fromkeys((settings.data_dir, settings.store_dir))),
        user=user,
        python=_word(python),
        file=_word(file),
        data=_word(settings.data_dir),
        environment=f"Environment={config.SECRETS_VARIABLE}={_word(Path(secrets).absolute())}\n" if secrets else "",
        capabilities="".join(f"{line}\n" for line in bounds),
        writable=" ".join(dict.fromkeys([*map(_word, writable), *(_word(path, mark="-") for path in settings.footage_volumes)])),
        home="read-only" if homes else "yes",
    )


def _word(path: Path, *, mark: str = "") -> str:
    """Return a path as it stands in a unit: '%' begins a specifier, '$' a variable, and spaces part words.

    The mark `-` says that it may be missing: a disk of footage that is away is recorded around.
    """
    text = str(path)
    if _UNSAFE & set(text) or not text.isprintable():
        raise BadUnit(f"The path {text!r} cannot stand in a unit: rename the folder.")
    text = mark + text.replace("%", "%%").replace("$", "$$")
    return f'"{text}"' if " " in text or "'" in text else text
