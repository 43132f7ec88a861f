"""`citysquare check_audit`: check the audit log; exit status 1 when something is not as it was written."""

from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from citysquare.platform.audit import verify

_SECOND = {"": "no second place is set", "checked": "the second place was compared", "unreachable": "the second place could not be reached"}


class Command(BaseCommand):
    """Prints what was found."""

    help = "Check the audit log in database, files and second place, under its signed heads."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401, ARG002 -- Django's own signature
        """Check and print."""
        report = verify(settings.CITYSQUARE.audit_dir)
        for finding in report.findings:
            self.stdout.write(f"{finding.kind}: entry {finding.sequence} ({finding.place})")
        self.stdout.write(f"{report.heads} signed heads, covering entries up to {report.covered}; {_SECOND[report.second]}")
        self.stdout.write(f"{report.entries} entries, head {report.head}: {'as written' if report.ok else 'NOT as written'}")
        if not report.ok:
            sys.exit(1)
