"""Organisations after their making: names, kind, and for which one a person acts."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from citysquare.apps.accounts.models import Organisation, User
from citysquare.apps.accounts.services.people import BadName
from citysquare.platform.errors import DomainError
from citysquare.platform.names import clean_names
from citysquare.platform.policy import OrganisationKind


class NotYours(DomainError):
    """The person has no duty in the organisation they chose."""

    code = "accounts.not_your_organisation"
    status = 404


@transaction.atomic
def change_organisation(*, organisation_id: str, names: Mapping[str, str], kind: OrganisationKind) -> Organisation:
    """Change what an organisation is called and what it is. Raises BadName, NotYours."""
    found = Organisation.objects.filter(pk=organisation_id).first()
    if found is None:
        raise NotYours(_("There is no such organisation."))
    try:
        found.names = clean_names(names)
    except ValueError:
        raise BadName(_("An organisation needs a name.")) from None
    found.kind = kind
    found.save(update_fields=("names", "kind"))
    return found


def chosen(*, user: User, organisation_id: str) -> Organisation:
    """Return the organisation that a person chose to act for. Raises NotYours."""
    found = next((one for one in user.organisations() if one.pk == organisation_id), None)
    if found is None:
        raise NotYours(_("You have no duty in this organisation."))
    return found
