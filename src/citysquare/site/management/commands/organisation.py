"""`citysquare organisation`: list and add organisations, and let a person work for another one too."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from citysquare.apps.accounts import queries, services
from citysquare.apps.accounts.models import Organisation
from citysquare.apps.accounts.services import members, organisations
from citysquare.platform import audit
from citysquare.platform.errors import DomainError
from citysquare.platform.policy import OVERSIGHT, Action, Actor, OrganisationKind, Role, Subject
from citysquare.site.town import make_link


class Command(BaseCommand):
    """What crosses organisations, and is therefore nobody's on the pages."""

    help = "List the organisations, add one with its first administrator, say what one is, or let a person work for another one too."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to do."""
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("list", help="identifier, kind and name of each")
        add = acts.add_parser("add", help="add one and print a one-time link for its first administrator")
        add.add_argument("name")
        add.add_argument("--kind", default=str(OrganisationKind.CITY), choices=[str(kind) for kind in OrganisationKind])
        kind = acts.add_parser("kind", help="say what one is: only here one becomes police, to whom others can open their cameras")
        kind.add_argument("organisation", metavar="ORGANISATION", help="its identifier")
        kind.add_argument("kind", choices=[str(kind) for kind in OrganisationKind])
        join = acts.add_parser("join", help="let somebody who signs in here work for another organisation too")
        join.add_argument("sign_in_name", metavar="SIGN_IN_NAME")
        join.add_argument("organisation", metavar="ORGANISATION", help="its identifier")
        join.add_argument("role", choices=[str(role) for role in Role if role not in OVERSIGHT])

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401, ARG002 -- Django's own signature
        """Do it."""
        try:
            {"list": self._list, "add": self._add, "join": self._join, "kind": self._kind}[options["act"]](options)
        except DomainError as error:
            raise CommandError(f"{error} [{error.code}]") from None

    def _list(self, _options: dict[str, Any]) -> None:
        for found in queries.organisations():
            self.stdout.write(f"{found.pk}  {found.kind:8}  {found}")

    def _add(self, options: dict[str, Any]) -> None:
        at = timezone.now()
        names = {settings.LANGUAGE_CODE: options["name"]}
        _note(Action.ORGANISATION_CHANGE, Subject("organisation", ""), {"kind": options["kind"], "state": "added"}, outcome="allow")
        made = services.create_organisation(names=names, kind=OrganisationKind(options["kind"]), at=at)
        _note(Action.ORGANISATION_CHANGE, Subject("organisation", made.pk, made.pk), {"kind": made.kind, "state": "added"})
        self.stdout.write(f"{made.pk}\n{make_link(role=Role.ADMINISTRATOR, organisation=made, at=at)}")

    def _kind(self, options: dict[str, Any]) -> None:
        found, kind = _organisation(options["organisation"]), OrganisationKind(options["kind"])
        subject, told = Subject("organisation", found.pk, found.pk), {"kind": str(kind), "state": "changed"}
        _note(Action.ORGANISATION_CHANGE, subject, told, outcome="allow")
        organisations.change_organisation(organisation_id=found.pk, names=found.names, kind=kind)
        _note(Action.ORGANISATION_CHANGE, subject, told)
        self.stdout.write("Done.")

    def _join(self, options: dict[str, Any]) -> None:
        found = _organisation(options["organisation"])
        _note(Action.ROLE_GRANT, Subject("organisation", found.pk, found.pk), {"role": options["role"]}, outcome="allow")
        user = members.join(sign_in_name=options["sign_in_name"], organisation=found, role=Role(options["role"]), at=timezone.now())
        _note(Action.ROLE_GRANT, Subject("person", user.pk, found.pk), {"role": options["role"]})
        self.stdout.write("Done.")


def _organisation(organisation_id: str) -> Organisation:
    found = queries.organisation(organisation_id)
    if found is None:
        raise CommandError("There is no such organisation. List them: citysquare organisation list")
    return found


def _note(action: Action, subject: Subject, details: dict[str, str], *, outcome: str = "done") -> None:
    audit.record(actor=Actor.system("console"), action=action, subject=subject, outcome=outcome, at=timezone.now(), details=details)
