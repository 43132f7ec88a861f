"""`citysquare serve`: the web server's process, which `up` and `demo` start and keep running."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from citysquare.site.serve import serve


class Command(BaseCommand):
    """Runs until SIGTERM or Ctrl-C."""

    help = "Run the web server alone, as the settings say; 'up' does so by itself."
    requires_system_checks = []  # noqa: RUF012 -- as Django declares it

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401, ARG002 -- Django's own signature
        """Serve until told to stop."""
        serve(settings.CITYSQUARE)
