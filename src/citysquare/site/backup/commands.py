"""`./do backup`, `./do restore`, `./do upgrade`: what an operator types."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from citysquare import config
from citysquare.config import Config
from citysquare.site import running
from citysquare.site.backup.archive import Manifest, unpack
from citysquare.site.backup.errors import BackupError, Exists, NoPassphrase, disk
from citysquare.site.backup.making import SETTINGS_NAME, Asked, make
from citysquare.site.backup.restoring import Wanted, finish_interrupted, refuse_newer, refuse_running, restore
from citysquare.site.backup.sealing import passphrase_from
from citysquare.site.database import wait_for_database
from citysquare.site.ownership import refuse_root
from citysquare.site.running import say


class NoSettings(BackupError):
    """The backup holds no settings file."""

    code = "backup.no_settings"


def _parser(name: str, description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"./do {name}", description=description)
    parser.add_argument("--config", type=Path, metavar="FILE", help="the configuration file (citysquare.toml in this folder)")
    parser.add_argument("--passphrase-file", type=Path, metavar="FILE", help="file with the passphrase (setting backup_passphrase_file)")
    return parser


def _settings(options: argparse.Namespace) -> Config:
    if options.config is not None:
        os.environ[config.CONFIG_VARIABLE] = str(options.config.absolute())
    elif not os.environ.get(config.CONFIG_VARIABLE) and config.config_file().is_file():
        os.environ[config.CONFIG_VARIABLE] = str(config.config_file().absolute())
    settings = config.load()
    refuse_root(settings.data_dir)
    return settings


def _passphrase(options: argparse.Namespace, settings: Config | None) -> bytes | None:
    named = options.passphrase_file or (settings.backup_passphrase_file if settings else None)
    return passphrase_from(named) if named else None


def _asked(options: argparse.Namespace, settings: Config) -> Asked:
    passphrase = None if options.plain else _passphrase(options, settings)
    if passphrase is None and not options.plain:
        raise NoPassphrase(
            "A backup holds keys, camera passwords and personal data: name a file with a passphrase (--passphrase-file, or the setting "
            "backup_passphrase_file), or say --plain and guard it yourself."
        )
    to = options.to or settings.backup_dir or settings.data_dir / "backups"
    return Asked(to.absolute(), passphrase, getattr(options, "with_footage_index", False))


def backup(arguments: Sequence[str]) -> int:
    """Make a backup, or check one. Returns the exit status; raises OperationError."""
    parser = _parser("backup", "Write everything but the footage into one sealed file, while the platform runs.")
    parser.add_argument("--to", type=Path, metavar="DIR|FILE", help="a folder, or a new file (setting backup_dir)")
    parser.add_argument("--with-footage-index", action="store_true", help="also the index of the footage, for a store that is copied too")
    parser.add_argument("--plain", action="store_true", help="do not seal it: keys and passwords can then be read by whoever has the file")
    parser.add_argument("--verify", type=Path, metavar="FILE", help="make none; read this one whole and check every file in it")
    options = parser.parse_args(list(arguments))
    settings = _settings(options)
    if options.verify is not None:
        _tell(unpack(options.verify, _passphrase(options, settings), None, refuse_newer))
        return 0
    path = make(settings, _asked(options, settings), datetime.now(UTC), say)
    if path.is_relative_to(settings.data_dir):
        say("It lies on the same machine: copy it elsewhere, and keep the passphrase in a third place.")
    return 0


def _tell(manifest: Manifest) -> None:
    size = sum(int(about["bytes"]) for about in manifest.files.values())
    audit = manifest.values.get("audit", {})
    say(f"As it was written: {len(manifest.files)} files, {size / 1e6:.1f} MB, of {manifest.header.made_at}.")
    say(f"Version {manifest.header.version}, {manifest.database['engine']}, {audit.get('entries', 0)} entries in the audit log's table.")


def restore_command(arguments: Sequence[str]) -> int:
    """Put a backup back, or take the settings out of it. Returns the exit status; raises OperationError."""
    parser = _parser("restore", "Put a backup back into an empty place; or, with --replace, put aside what is there.")
    parser.add_argument("backup", type=Path, metavar="BACKUP", help="the file")
    parser.add_argument("--replace", action="store_true", help="put the present state aside (before-restore-…) instead of refusing")
    parser.add_argument("--settings-to", type=Path, metavar="FILE", help="only write the backup's configuration file to FILE")
    options = parser.parse_args(list(arguments))
    if options.settings_to is not None:
        return _settings_out(options)
    settings = _settings(options)
    wait_for_database(settings, say)
    restore(settings, Wanted(options.backup.absolute(), _passphrase(options, settings), options.replace), datetime.now(UTC), say)
    say("Start it with ./do up.")
    return 0


def _settings_out(options: argparse.Namespace) -> int:
    import tempfile  # noqa: PLC0415 -- for this path alone

    if options.settings_to.exists():
        raise Exists(f"{options.settings_to} is there already: name another file.")
    with tempfile.TemporaryDirectory(prefix="citysquare-") as folder:
        unpack(options.backup, _passphrase(options, None), Path(folder), refuse_newer)
        found = Path(folder) / SETTINGS_NAME
        if not found.is_file():
            raise NoSettings("The backup holds no configuration file: the settings came from the environment.")
        with disk("The settings cannot be written"):
            options.settings_to.write_bytes(found.read_bytes())
    say(f"The settings are in {options.settings_to}. Look through them before you restore with --config {options.settings_to}.")
    return 0


def upgrade_command(arguments: Sequence[str]) -> int:
    """Bring the installation to this version. Returns the exit status; raises OperationError."""
    parser = _parser("upgrade", "Bring database and files to this version: back up, change, check; on failure everything is put back.")
    parser.add_argument("--to", type=Path, metavar="DIR|FILE", help="where the backup goes (setting backup_dir)")
    parser.add_argument("--plain", action="store_true", help="do not seal the backup")
    options = parser.parse_args(list(arguments))
    settings = _settings(options)
    refuse_running(settings)
    asked = _asked(options, settings)
    wait_for_database(settings, say)
    finish_interrupted(settings, say)
    running.set_up_django()
    from citysquare.site.backup.upgrading import upgrade  # noqa: PLC0415 -- models can be imported only once Django is set up

    upgrade(settings, asked, datetime.now(UTC), say)
    return 0
