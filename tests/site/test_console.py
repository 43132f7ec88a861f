"""The console: links, preparing, checking; and a schema that matches the models."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from citysquare.apps.accounts.models import Organisation, User
from citysquare.engine.local import read_node_file
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Action, Role
from citysquare.site.console import main
from tests.factories import CameraFactory, OrganisationFactory


def said(*words: str, **options: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out, **options)
    return out.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role)
def test_a_link_for_each_role_lets_in(role: Role) -> None:
    OrganisationFactory.create()
    url = said("link", str(role)).strip()
    found = re.fullmatch(r"http://127\.0\.0\.1:8000(/sign-in/[\w-]{40,}/)", url)
    assert found
    assert Client().post(found[1]).status_code == 302
    assert User.objects.get().actor().roles == {role}
    assert AuditEntry.objects.filter(action=str(Action.LINK_MADE), actor="system:console", subject_id=str(role)).count() == 1


@pytest.mark.django_db
def test_the_first_link_needs_an_organisation() -> None:
    with pytest.raises(CommandError, match="no organisation"):
        said("link", "operator")
    said("link", "operator", organisation="City of Izmail")
    assert Organisation.objects.get().names == {"en": "City of Izmail"}


@pytest.mark.django_db
def test_nobody_is_linked_to_a_role_that_is_not_there() -> None:
    with pytest.raises(CommandError):
        said("link", "king")


@pytest.mark.django_db
def test_preparing_writes_the_node_file_and_collects_hashed_files() -> None:
    camera = CameraFactory.create()
    settings.COLLECTION = settings.CITYSQUARE.data_dir / "static"
    for _ in range(2):
        said("prepare")
    assert [row.id for row in read_node_file(settings.CITYSQUARE.node_file).cameras] == [camera.pk]
    assert (settings.COLLECTION / "staticfiles.json").is_file()


@pytest.mark.django_db
def test_the_log_is_checked_from_the_console() -> None:
    OrganisationFactory.create()
    said("link", "operator")
    assert "1 entries" in said("check_audit")
    day = next(settings.CITYSQUARE.audit_dir.glob("*.jsonl"))
    day.write_text(day.read_text().replace("system:console", "system:nobody"))
    with pytest.raises(SystemExit):
        said("check_audit")


@pytest.mark.django_db
def test_the_schema_matches_the_models() -> None:
    said("makemigrations", check=True, dry_run=True)  # type: ignore[arg-type]  # flags


def test_a_wrong_setting_ends_with_a_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from citysquare.config import ConfigurationError
    from citysquare.site import console

    def refuse(_words: list[str]) -> None:
        raise ConfigurationError("The settings are not usable. port: too large.")

    monkeypatch.setattr(console, "execute_from_command_line", refuse)
    monkeypatch.setattr("os.umask", lambda _mask: 0)
    assert main(["migrate"]) == 2
    assert capsys.readouterr().err == "citysquare: The settings are not usable. port: too large.\n"


def test_a_database_that_does_not_answer_ends_with_a_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from django.db import OperationalError

    from citysquare.site import console

    def away(_words: list[str]) -> None:
        raise OperationalError("connection failed: Connection refused\n\tIs the server running?")

    monkeypatch.setattr(console, "execute_from_command_line", away)
    monkeypatch.setattr("os.umask", lambda _mask: 0)
    assert main(["migrate"]) == 2
    assert capsys.readouterr().err == "citysquare: The database cannot be used: connection failed: Connection refused\n"
