"""`citysquare link ROLE`: print a one-time sign-in link."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from citysquare.apps.accounts import queries, services
from citysquare.platform import audit
from citysquare.platform.policy import Action, Actor, Role, Subject
from citysquare.site.town import make_link


class Command(BaseCommand):
    """Makes a link for the first person with a role, and that person when there is none yet."""

    help = "Print a one-time sign-in link for a role."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the role."""
        parser.add_argument("role", choices=[str(role) for role in Role], metavar="ROLE", help=", ".join(Role))
        parser.add_argument("--organisation", default="", help="name of the organisation to create when there is none yet")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401, ARG002 -- Django's own signature
        """Make and print the link."""
        at = timezone.now()
        organisation = queries.first_organisation()
        if organisation is None:
            if not options["organisation"]:
                raise CommandError("There is no organisation yet. Name it: --organisation 'City of …'")
            organisation = services.create_organisation(names={settings.LANGUAGE_CODE: options["organisation"]}, at=at)
            audit.record(
                actor=Actor.system("console"),
                action=Action.ORGANISATION_CHANGE,
                subject=Subject("organisation", organisation.pk, organisation.pk),
                outcome="done",
                at=at,
                details={"kind": organisation.kind, "state": "added"},
            )
        self.stdout.write(make_link(role=Role(options["role"]), organisation=organisation, at=at))
