"""`citysquare prepare`: bring database, node file and collected files up to date, before the processes start."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.test.utils import override_settings

from citysquare.site.wiring import write_node


class Command(BaseCommand):
    """Safe to run again and again."""

    help = "Bring the database, the node file and the collected files up to date."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401, ARG002 -- Django's own signature
        """Do all of it, and forget sessions that have ended."""
        call_command("migrate", interactive=False, verbosity=0)
        call_command("clearsessions")
        write_node()
        staticfiles = {**settings.STORAGES, "staticfiles": {"BACKEND": settings.COLLECTING_STORAGE}}
        with override_settings(STORAGES=staticfiles, STATIC_ROOT=settings.COLLECTION):
            call_command("collectstatic", interactive=False, verbosity=0)
