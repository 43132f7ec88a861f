"""What a restored installation needs before it starts: its schema brought up to date, old ways in closed, its audit log checked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection

from citysquare.config import Config
from citysquare.platform.audit import record, verify
from citysquare.platform.audit.spool import Spool
from citysquare.platform.policy import Action, Actor, Subject
from citysquare.site import wiring
from citysquare.site.backup.archive import Manifest

_MOST_SAID = 10


def log_goes_on(here: Path, restored: Path) -> bool:
    """Say whether the log's files here hold all of the backup's log and go on from it."""
    head = Spool(restored).head()
    if head is None or not here.is_dir():
        return False
    return any(line is not None and line.sequence == head.sequence and line.hash == head.hash for _, line in Spool(here).entries())


def settle(config: Config, manifest: Manifest, at: datetime, say: Callable[[str], None]) -> None:
    """Migrate, end all sessions, enter the restore in the audit log and tell what its check found."""
    connection.close()
    call_command("migrate", interactive=False, verbosity=0)
    Session.objects.all().delete()
    wiring.write_node()
    audit = manifest.values.get("audit", {})
    before = verify(config.audit_dir)
    missing = sum(finding.kind == "missing" for finding in before.findings)
    details: dict[str, str | int] = {
        "backup_of": manifest.header.made_at,
        "entries": int(audit.get("entries", 0)),
        "head": str(audit.get("head", "")),
    }
    subject = Subject("audit", "backup")
    record(actor=Actor.system("restore"), action=Action.AUDIT_RESTORED, subject=subject, outcome="done", at=at, details=details)
    report = verify(config.audit_dir)
    say(f"Restored the state of {manifest.header.made_at}. Everybody signs in anew; tokens revoked since then are valid again: check them.")
    if missing:
        say(f"{missing} entries of the audit log stood in one of its two places only and were completed; that is itself an entry.")
    for finding in report.findings[:_MOST_SAID]:
        say(f"  audit log: {finding.kind}: entry {finding.sequence} ({finding.place})")
    say(f"The audit log has {report.entries} entries and is {'as it was written' if report.ok else 'NOT as it was written'}.")
