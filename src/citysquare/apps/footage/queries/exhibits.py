"""What others may ask about exhibits."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from citysquare.apps.footage.models import Exhibit, ExhibitFetch
from citysquare.platform.errors import DomainError
from citysquare.platform.policy import Coverage

MAKING = ("sealed", "making")
"""States in which an exhibit is to be made."""


class NoSuchExhibit(DomainError):
    """There is no exhibit with this identifier that the person may see."""

    code = "footage.no_such_exhibit"
    status = 404


def exhibits_of(organisation_id: str) -> QuerySet[Exhibit]:
    """Return an organisation's exhibits with who asked for them, newest first."""
    return Exhibit.objects.filter(organisation_id=organisation_id).select_related("asked_by").order_by("-asked_at", "-pk")


def exhibit(exhibit_id: str, *, organisation_id: str) -> Exhibit:
    """Return an exhibit of an organisation.

    Raises NoSuchExhibit.
    """
    found = exhibits_of(organisation_id).filter(pk=exhibit_id).first()
    if found is None:
        raise NoSuchExhibit(_("There is no such exhibit."))
    return found


def reaches(found: Exhibit, coverage: Coverage, spaces: dict[str, str]) -> bool:
    """Say whether somebody's rights reach all cameras of an exhibit; `spaces` names each camera's space."""
    if coverage.everything:
        return True
    return all(camera in coverage.cameras or spaces.get(camera, "") in coverage.spaces for camera in found.cameras)


def with_words() -> QuerySet[Exhibit]:
    """Return the exhibits that are made, refused or gone and still say in words why they were asked for."""
    return Exhibit.objects.exclude(text="").exclude(state__in=("asked", *MAKING))


def fetches_of(found: Exhibit) -> QuerySet[ExhibitFetch]:
    """Return who was handed an exhibit, oldest first."""
    return found.fetches.select_related("by")


def file_of(exhibit_id: str) -> Path:
    """Return where an exhibit's file is or will be."""
    return exhibits_folder() / f"{exhibit_id}.zip"


def exhibits_folder() -> Path:
    """Return the folder of the exhibits."""
    folder: Path = settings.CITYSQUARE.data_dir / "exhibits"
    return folder


def records_of(person: str) -> list[dict[str, str]]:
    """Return what exhibits say of a person who asked for or fetched them."""
    found = Exhibit.objects.filter(Q(asked_by_id=person) | Q(fetches__by_id=person)).distinct().order_by("asked_at", "pk")
    return [
        {
            "exhibit": one.pk,
            "case": one.case,
            "asked_at": one.asked_at.isoformat() if one.asked_by_id == person else "",
            "fetched_at": ", ".join(fetch.at.isoformat() for fetch in one.fetches.filter(by_id=person)),
        }
        for one in found
    ]
