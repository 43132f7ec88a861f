"""What can go wrong with backups, as one tree of codes."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from citysquare.site.errors import OperationError


class BackupError(OperationError):
    """A backup that cannot be made, read or put back."""

    code = "backup.error"


class NoPassphrase(BackupError):
    """A backup without a passphrase would show keys and passwords to whoever finds it, and nobody asked for a plain one."""

    code = "backup.no_passphrase"


class BadPassphraseFile(BackupError):
    """The file of the passphrase cannot be read, is too short, or is open to others."""

    code = "backup.bad_passphrase_file"


class WrongPassphrase(BackupError):
    """The passphrase is not the one the backup was sealed with."""

    code = "backup.wrong_passphrase"


class NoBackup(BackupError):
    """The file is no backup of Citysquare."""

    code = "backup.not_a_backup"


class Truncated(BackupError):
    """The backup ends before its end."""

    code = "backup.truncated"


class Altered(BackupError):
    """The backup is not as it was written."""

    code = "backup.altered"


class Newer(BackupError):
    """The backup or the database was made by a newer version."""

    code = "backup.newer_version"


class OtherDatabase(BackupError):
    """The backup is of another kind of database than the settings name."""

    code = "backup.other_database"


class NotEmpty(BackupError):
    """There is an installation already where the backup should go."""

    code = "backup.not_empty"


class Running(BackupError):
    """The platform is running where it must stand still."""

    code = "backup.running"


class Exists(BackupError):
    """A file with the backup's name is there already."""

    code = "backup.exists"


class DiskFull(BackupError):
    """The volume has no room left; what had been written was removed again."""

    code = "backup.disk_full"


class DiskFailed(BackupError):
    """A file could not be read or written."""

    code = "backup.disk_failed"


class DatabaseFailed(BackupError):
    """The database could not be read or written."""

    code = "backup.database_failed"


@contextmanager
def disk(what: str) -> Iterator[None]:
    """Turn trouble of the disk into one of ours. `what` is the sentence's beginning: 'The backup cannot be written'."""
    try:
        yield
    except OSError as error:
        place = f" ({Path(str(error.filename)).name})" if error.filename else ""
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise DiskFull(f"{what}{place}: the volume is full. Make room and start again; nothing was changed.") from None
        raise DiskFailed(f"{what}{place}: {error.strerror or error}.") from None
