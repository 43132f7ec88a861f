"""`citysquare oversight`: name the first auditor or data protection officer, or take the role from the last one."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from citysquare.apps.accounts import queries
from citysquare.apps.accounts.services import members
from citysquare.platform import audit
from citysquare.platform.errors import DomainError
from citysquare.platform.policy import OVERSIGHT, Action, Actor, Role, Subject


class Command(BaseCommand):
    """Gives or takes a role of oversight. On the pages only auditors and data protection officers do that."""

    help = "Name the first auditor or data protection officer of an organisation, or take every role of oversight from somebody."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to do, whose it is and where."""
        parser.add_argument("act", choices=("grant", "revoke"))
        parser.add_argument("sign_in_name", metavar="SIGN_IN_NAME", help="with which the person signs in")
        parser.add_argument("role", nargs="?", default=str(Role.AUDITOR), choices=sorted(map(str, OVERSIGHT)), help="which one to grant")
        parser.add_argument("--organisation", default="", help="identifier of the organisation, else the first")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401, ARG002 -- Django's own signature
        """Log it, then do it. Who works already for the organisation is found by the name they sign in with."""
        at, role = timezone.now(), Role(options["role"])
        found = queries.organisation(options["organisation"]) if options["organisation"] else queries.first_organisation()
        if found is None:
            raise CommandError("There is no such organisation. Make one: citysquare organisation add NAME")
        gives = options["act"] == "grant"
        action = Action.OVERSIGHT_GRANT if gives else Action.OVERSIGHT_REVOKE
        subject = Subject("organisation", found.pk, found.pk)
        told = {"role": str(role) if gives else ",".join(sorted(OVERSIGHT))}
        audit.record(actor=Actor.system("console"), action=action, subject=subject, outcome="allow", at=at, details=told)
        try:
            if gives:
                user = members.join(sign_in_name=options["sign_in_name"], organisation=found, role=role, at=at)
            else:
                user = members.leave_oversight(sign_in_name=options["sign_in_name"], organisation=found)
        except DomainError as error:
            raise CommandError(f"{error} [{error.code}]") from None
        person = Subject("person", user.pk, found.pk)
        audit.record(actor=Actor.system("console"), action=action, subject=person, outcome="done", at=at, details=told)
        self.stdout.write("Done.")
