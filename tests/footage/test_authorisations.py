"""Authorisations of courts: entered by two persons, counted to the second, ended by themselves, and what came of them deleted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F
from django.utils import timezone

from citysquare.apps.accounts.models import Group, GroupMember
from citysquare.apps.accounts.services import acts
from citysquare.apps.footage.models import Exhibit
from citysquare.apps.footage.queries import exhibits as exhibit_queries
from citysquare.apps.footage.services import orders
from citysquare.platform import audit, authorisations
from citysquare.platform.authorisations import AuthorisationIsOver, BadAuthorisation
from citysquare.platform.models import AuditEntry, StoredAuthorisation
from citysquare.platform.policy import (
    Action,
    Actor,
    OrganisationKind,
    ReasonCode,
    Role,
    Subject,
)
from citysquare.proof.fields import base64url
from tests.factories import NOW, CameraFactory, OrganisationFactory, person, signed_in
from tests.footage.authorising import DIGEST, HOUR, SECOND, desk_of_two, entered, exhibit, replayed, seal
from tests.footage.exhibiting import SITE, Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return desk_of_two()


def test_it_counts_once_two_persons_sealed_it_and_to_its_last_second(desk: Desk) -> None:
    row = entered(desk, sealed=False)
    orders.round_of_orders(at=NOW)
    assert replayed(desk, NOW).rule == "demand.authorisation"
    seal(desk, row.act, NOW)
    orders.round_of_orders(at=NOW)
    assert replayed(desk, NOW).allowed
    assert replayed(desk, NOW + 72 * HOUR - SECOND).allowed
    assert replayed(desk, NOW + 72 * HOUR).rule == "demand.authorisation"
    assert replayed(desk, NOW + 72 * HOUR + SECOND).rule == "demand.authorisation"


def test_what_was_entered_is_in_the_log_before_it_counts(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    row = entered(desk, sealed=False)
    seal(desk, row.act, NOW)

    def unavailable(**_entry: object) -> None:
        raise audit.AuditUnavailable("The log takes no entry.")

    with monkeypatch.context() as patched:
        patched.setattr(audit, "record", unavailable)
        with pytest.raises(audit.AuditUnavailable):
            orders.round_of_orders(at=NOW)
    assert not replayed(desk, NOW).allowed
    orders.round_of_orders(at=NOW)
    assert AuditEntry.objects.filter(action=str(Action.AUTHORISATION_ISSUE), subject_id=row.pk).count() == 1
    assert replayed(desk, NOW).allowed


def test_a_row_that_is_not_what_was_sealed_never_counts(desk: Desk) -> None:
    row = entered(desk, sealed=False)
    seal(desk, row.act, NOW)
    StoredAuthorisation.objects.update(valid_to=F("valid_to") + HOUR)
    orders.round_of_orders(at=NOW)
    assert not replayed(desk, NOW).allowed


@pytest.mark.parametrize(
    "change", [{"valid_to": F("valid_to") + HOUR}, {"cameras": ["other"]}, {"confirmed_at": NOW}, {"permits": "other"}]
)
def test_one_that_is_changed_in_the_database_while_it_runs_is_ended(desk: Desk, change: dict[str, object]) -> None:
    row = entered(desk, urgent_hours=24)
    StoredAuthorisation.objects.update(**change)
    orders.round_of_orders(at=NOW + SECOND)
    row.refresh_from_db()
    assert (row.state, row.ended_because) == ("ended", "altered")
    assert not replayed(desk, NOW + SECOND).allowed


def test_nobody_approves_their_own_authorisation(desk: Desk) -> None:
    row = entered(desk, sealed=False)
    asked = acts.find(act_id=row.act, organisation_id=desk.city.pk)
    device = desk.devices[desk.asker.pk]
    for part, error in (("asks", None), ("approves", acts.SamePerson)):
        response = device.get({"challenge": base64url(asked.digest)})
        if error is None:
            acts.seal(act_id=row.act, person=desk.asker.actor(), role_in_act="asks", response=response, site=SITE, at=NOW)
            continue
        with pytest.raises(error):
            acts.seal(act_id=row.act, person=desk.asker.actor(), role_in_act=part, response=response, site=SITE, at=NOW)  # type: ignore[arg-type]
    orders.round_of_orders(at=NOW)
    assert not replayed(desk, NOW).allowed


def test_ai_act_26_an_urgent_one_that_nobody_confirms_ends_and_what_it_gave_is_deleted(desk: Desk) -> None:
    row = entered(desk, urgent_hours=24)
    made = exhibit(desk, row)
    assert replayed(desk, NOW + 24 * HOUR - SECOND).allowed
    assert not replayed(desk, NOW + 24 * HOUR).allowed
    orders.round_of_orders(at=NOW + 24 * HOUR)
    row.refresh_from_db()
    made.refresh_from_db()
    assert (row.state, row.ended_because, made.state) == ("ended", "lapsed", "purged")
    assert row.purged_at is not None
    assert not exhibit_queries.file_of(made.pk).exists()
    assert AuditEntry.objects.filter(action=str(Action.RETENTION_DELETED)).exists()


def test_ai_act_26_an_exhibit_that_was_half_made_when_it_lapsed_goes_too(desk: Desk) -> None:
    row = entered(desk, urgent_hours=24)
    made = exhibit(desk, row)
    Exhibit.objects.filter(pk=made.pk).update(state="making")
    orders.round_of_orders(at=NOW + 24 * HOUR)
    row.refresh_from_db()
    assert row.purged_at is None
    Exhibit.objects.filter(pk=made.pk).update(state="ready")
    orders.round_of_orders(at=NOW + 24 * HOUR + SECOND)
    made.refresh_from_db()
    row.refresh_from_db()
    assert made.state == "purged"
    assert row.purged_at is not None


def test_ai_act_26_its_results_go_even_where_its_own_time_was_over_before(desk: Desk) -> None:
    row = entered(desk, urgent_hours=48, valid_to=NOW + 2 * HOUR)
    made = exhibit(desk, row)
    orders.round_of_orders(at=NOW + 3 * HOUR)
    assert not replayed(desk, NOW + 3 * HOUR).allowed
    made.refresh_from_db()
    assert made.state == "ready"
    orders.round_of_orders(at=NOW + 48 * HOUR)
    made.refresh_from_db()
    assert made.state == "purged"


def test_a_confirmation_in_time_lets_it_run_to_its_end(desk: Desk) -> None:
    row = entered(desk, urgent_hours=24)
    row = orders.ask_to_confirm(row=row, document_sha256=DIGEST, asker=desk.asker.actor(), at=NOW + 22 * HOUR)
    seal(desk, row.confirm_act, NOW + 23 * HOUR)
    orders.round_of_orders(at=NOW + 25 * HOUR)  # the round may come late: the seals were in time
    assert replayed(desk, NOW + 25 * HOUR).allowed
    orders.round_of_orders(at=NOW + 72 * HOUR)
    row.refresh_from_db()
    assert row.ended_because == "over"


def test_ai_act_26_a_second_request_does_not_push_a_confirmation_aside(desk: Desk) -> None:
    row = entered(desk, urgent_hours=24)
    first = orders.ask_to_confirm(row=row, document_sha256=DIGEST, asker=desk.asker.actor(), at=NOW + 2 * HOUR)
    for at in (NOW + 2 * HOUR, NOW + 4 * HOUR):  # while it waits for its seals, and once it has them
        for known in (row, first):  # by a page of before, too
            with pytest.raises(AuthorisationIsOver):
                orders.ask_to_confirm(row=known, document_sha256="0" * 64, asker=desk.asker.actor(), at=at)
        if at < NOW + 3 * HOUR:
            seal(desk, first.confirm_act, NOW + 3 * HOUR)
    assert acts.acts_of(organisation_id=desk.city.pk, state="asked") == []
    orders.round_of_orders(at=NOW + 5 * HOUR)
    row.refresh_from_db()
    assert (row.confirmed_at, row.confirm_sha256) == (NOW + 3 * HOUR, DIGEST)


def test_the_page_leads_to_the_confirmation_that_waits_instead_of_asking_for_another(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    row = entered(desk, urgent_hours=24)
    monkeypatch.setattr(timezone, "now", lambda: NOW + 2 * HOUR)
    client, asks = signed_in(desk.asker), f"/authorisations/{row.pk}/confirm/"
    assert asks in client.get(f"/authorisations/{row.pk}/").content.decode()
    row = orders.ask_to_confirm(row=row, document_sha256=DIGEST, asker=desk.asker.actor(), at=NOW + 2 * HOUR)
    page = client.get(f"/authorisations/{row.pk}/").content.decode()
    assert asks not in page
    assert f"/acts/{row.confirm_act}/" in page


@pytest.mark.parametrize("ends", ["refused", "expired"])
def test_a_confirmation_that_was_refused_or_forgotten_can_be_asked_for_anew(desk: Desk, ends: str) -> None:
    row = entered(desk, urgent_hours=48)
    row = orders.ask_to_confirm(row=row, document_sha256=DIGEST, asker=desk.asker.actor(), at=NOW + HOUR)
    first, anew = row.confirm_act, NOW + 25 * HOUR
    if ends == "refused":
        acts.refuse(act_id=first, person=desk.approver.actor(), at=NOW + 2 * HOUR)
        anew = NOW + 2 * HOUR
    row = orders.ask_to_confirm(row=row, document_sha256=DIGEST, asker=desk.asker.actor(), at=anew)
    assert row.confirm_act != first


def test_a_confirmation_sealed_too_late_changes_nothing(desk: Desk) -> None:
    row = entered(desk, urgent_hours=24)
    row = orders.ask_to_confirm(row=row, document_sha256=DIGEST, asker=desk.asker.actor(), at=NOW + 22 * HOUR)
    seal(desk, row.confirm_act, NOW + 24 * HOUR)
    orders.round_of_orders(at=NOW + 24 * HOUR)
    row.refresh_from_db()
    assert (row.confirmed_at, row.ended_because) == (None, "lapsed")
    with pytest.raises(AuthorisationIsOver):
        orders.ask_to_confirm(row=row, document_sha256=DIGEST, asker=desk.asker.actor(), at=NOW + 24 * HOUR)


def test_an_exhibit_by_a_courts_order_names_the_authorisation_that_ends_first(desk: Desk) -> None:
    rows = [entered(desk, action=Action.EXHIBIT_ASK, valid_to=NOW + hours * HOUR) for hours in (48, 24)]
    actor, cameras = desk.asker.actor(), [desk.cameras[0].pk]
    assert orders.rests_on(actor=actor, camera_ids=cameras, reason=ReasonCode.COURT_ORDER, at=NOW) == rows[1].pk
    assert orders.rests_on(actor=actor, camera_ids=cameras, reason=ReasonCode.CRIME, at=NOW) == ""
    assert orders.rests_on(actor=actor, camera_ids=cameras, reason=ReasonCode.COURT_ORDER, at=NOW + 48 * HOUR) == ""


def test_a_clock_set_back_brings_no_authorisation_back(desk: Desk) -> None:
    entered(desk)
    later = NOW + 80 * HOUR
    audit.record(actor=Actor.system("test"), action=Action.SIGN_IN, subject=Subject("person", "p"), outcome="done", at=later)
    assert replayed(desk, NOW + HOUR).rule == "demand.clock"
    assert replayed(desk, later).rule == "demand.authorisation"


def test_a_refused_act_leaves_nothing_behind(desk: Desk) -> None:
    row = entered(desk, sealed=False)
    acts.refuse(act_id=row.act, person=desk.approver.actor(), at=NOW)
    orders.round_of_orders(at=NOW)
    row.refresh_from_db()
    assert row.state == "refused"


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "-"},
        {"issuer": "x" * 201},
        {"document_sha256": "0"},
        {"document_sha256": DIGEST.upper()},
        {"valid_to": NOW},
        {"valid_from": NOW - 48 * HOUR, "valid_to": NOW - SECOND},
        {"valid_to": NOW + timedelta(days=367)},
        {"issued_at": NOW + SECOND},
        {"urgent_hours": 12},
        {"urgent_hours": 24, "issued_at": NOW - 24 * HOUR},
        {"cameras": ()},
        {"cameras": tuple(f"c{number}" for number in range(65))},
        {"action": Action.AUDIT_READ},
    ],
    ids=str,
)
def test_what_is_no_authorisation_is_refused_in_a_sentence_and_nothing_is_kept(desk: Desk, changes: dict[str, object]) -> None:
    with pytest.raises(BadAuthorisation):
        entered(desk, sealed=False, **changes)
    assert not StoredAuthorisation.objects.exists()


def test_another_city_sees_none_of_it(desk: Desk) -> None:
    row = entered(desk)
    other = OrganisationFactory.create()
    assert authorisations.find(row.pk, organisation=other.pk) is None
    answer = signed_in(person(other, Role.SUPERVISOR)).get(f"/authorisations/{row.pk}/")
    assert answer.status_code == 404


# --- pages -------------------------------------------------------------------------------------------------------------------


def sent(desk: Desk, **changes: object) -> dict[str, object]:
    return {
        "issuer": "District court, order 12",
        "issued_at": "2026-05-01T10:00:00",
        "document": SimpleUploadedFile("order.pdf", b"order"),
        "action": str(Action.REPLAY_VIEW),
        "permits": desk.city.pk,
        "cameras": [desk.cameras[0].pk],
        "valid_from": "2026-05-01T10:00:00",
        "valid_to": "2999-12-31T10:00:00",
        "urgent_hours": "0",
        **changes,
    }


def test_a_supervisor_enters_one_and_is_led_to_the_seal(desk: Desk) -> None:
    client = signed_in(desk.asker)
    assert client.get("/authorisations/enter/").status_code == 200
    answer = client.post("/authorisations/enter/", sent(desk))
    assert "a year at most" in answer.content.decode().lower() or "lasts a year" in answer.content.decode()
    row = entered(desk)
    page = client.get(f"/authorisations/{row.pk}/").content.decode()
    assert "District court, order 12" in page
    assert DIGEST in page
    assert "District court, order 12" in client.get("/authorisations/").content.decode()
    assert "Enter an authorisation" not in signed_in(desk.approver).get("/authorisations/").content.decode()


def test_the_documents_digest_is_taken_and_the_file_is_not_kept(desk: Desk) -> None:
    client = signed_in(desk.asker)
    answer = client.post("/authorisations/enter/", sent(desk, valid_from="2026-05-01T10:00:00", valid_to="2027-04-30T10:00:00"))
    row = StoredAuthorisation.objects.get()
    assert answer["Location"] == f"/acts/{row.act}/"
    assert row.document_sha256 == DIGEST


def test_a_page_ends_one_by_a_post_and_says_so(desk: Desk) -> None:
    row = entered(desk, valid_to=NOW + timedelta(days=300))
    client = signed_in(desk.asker)
    assert client.post(f"/authorisations/{row.pk}/end/", {"because": "whim"}).status_code == 200
    assert client.post(f"/authorisations/{row.pk}/end/", {"because": "ended"}).status_code == 302
    row.refresh_from_db()
    assert row.ended_because == "ended"
    assert client.post(f"/authorisations/{row.pk}/end/", {"because": "ended"}).status_code == 200


def test_an_administrator_sees_no_authorisations(desk: Desk) -> None:
    assert signed_in(person(desk.city, Role.ADMINISTRATOR)).get("/authorisations/").status_code == 403


def test_whom_it_permits_something_does_not_end_it(desk: Desk) -> None:
    police = OrganisationFactory.create(kind=OrganisationKind.POLICE)
    row = entered(desk, permits=police.pk)
    client = signed_in(person(police, Role.SUPERVISOR))
    assert client.get(f"/authorisations/{row.pk}/").status_code == 200
    assert client.post(f"/authorisations/{row.pk}/end/", {"because": "rejected"}).status_code == 404
    assert client.post(f"/authorisations/{row.pk}/confirm/", {"document": SimpleUploadedFile("x", b"x")}).status_code == 404
    row.refresh_from_db()
    assert (row.state, row.confirm_act) == ("issued", "")


def test_who_may_end_some_elsewhere_does_not_end_this_one(desk: Desk) -> None:
    """Seen everywhere as an operator, ended only where one supervises."""
    row = entered(desk, urgent_hours=48)
    operator = person(desk.city, Role.OPERATOR)
    harbour = Group.objects.create(
        organisation=desk.city, name="Harbour", roles=["supervisor"], cameras=[CameraFactory.create(organisation=desk.city).pk], made_at=NOW
    )
    GroupMember.objects.create(group=harbour, user=operator, since=NOW)
    client = signed_in(operator)
    assert client.get(f"/authorisations/{row.pk}/").status_code == 200
    assert client.post(f"/authorisations/{row.pk}/end/", {"because": "rejected"}).status_code == 403
    assert client.post(f"/authorisations/{row.pk}/confirm/", {"document": SimpleUploadedFile("x", b"x")}).status_code == 403
    row.refresh_from_db()
    assert (row.state, row.confirm_act) == ("issued", "")
    refused = AuditEntry.objects.filter(outcome="refuse", subject_kind="camera").values_list("action", flat=True)
    assert set(refused) == {"authorisation.end", "authorisation.ask"}
