"""Keeps root from leaving files among a service's own that the service could not read: an audit log it cannot write, for one."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

from citysquare.site.errors import OperationError


class WrongUser(OperationError):
    """Root runs a command on the data of another user."""

    code = "operation.wrong_user"


def refuse_root(data_dir: Path) -> None:
    """Raise WrongUser when this is root and the data belong to somebody else. Others are stopped by the folder's mode."""
    if os.geteuid() != 0 or not data_dir.exists():
        return
    owner = data_dir.stat().st_uid
    if owner == 0:
        return
    try:
        name = pwd.getpwuid(owner).pw_name
    except KeyError:
        name = f"'#{owner}'"  # as sudo wants a number, quoted for the shell
    raise WrongUser(
        f"{data_dir} belongs to the user {name}, who could not read what root writes there: put 'sudo -u {name}' before the command."
    )
