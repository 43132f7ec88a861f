"""What was obtained under a rejected authorisation is deleted by two persons."""

from __future__ import annotations

import pytest
from django.utils import timezone

from citysquare.apps.accounts.services import acts
from citysquare.apps.footage.services import orders
from citysquare.platform.authorisations import AuthorisationIsOver, BadAuthorisation
from tests.factories import NOW, signed_in
from tests.footage.authorising import HOUR, desk_of_two, entered, exhibit, replayed, seal
from tests.footage.exhibiting import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return desk_of_two()


def test_who_ends_it_ends_it_at_once_but_two_delete_what_a_rejected_one_gave(desk: Desk) -> None:
    row = entered(desk)
    made = exhibit(desk, row)
    orders.end_now(row=row, because="rejected", by=desk.asker.actor(), at=NOW + HOUR)
    assert not replayed(desk, NOW + HOUR).allowed
    orders.round_of_orders(at=NOW + HOUR)
    made.refresh_from_db()
    assert made.state == "ready"
    row.refresh_from_db()
    row = orders.ask_to_delete(row=row, asker=desk.asker.actor(), at=NOW + HOUR)
    with pytest.raises(BadAuthorisation):
        orders.ask_to_delete(row=row, asker=desk.asker.actor(), at=NOW + HOUR)
    orders.round_of_orders(at=NOW + HOUR)
    made.refresh_from_db()
    assert made.state == "ready"
    seal(desk, row.delete_act, NOW + HOUR)
    orders.round_of_orders(at=NOW + HOUR)
    made.refresh_from_db()
    row.refresh_from_db()
    assert (made.state, row.purged_at) == ("purged", NOW + HOUR)
    with pytest.raises(AuthorisationIsOver):
        orders.end_now(row=row, because="ended", by=desk.asker.actor(), at=NOW + HOUR)


def test_a_deletion_that_the_second_person_refuses_deletes_nothing_and_can_be_asked_for_again(desk: Desk) -> None:
    row = entered(desk)
    made = exhibit(desk, row)
    orders.end_now(row=row, because="rejected", by=desk.asker.actor(), at=NOW + HOUR)
    row.refresh_from_db()
    client = signed_in(desk.asker)
    assert client.post(f"/authorisations/{row.pk}/delete/").status_code == 302
    row.refresh_from_db()
    assert client.get(f"/authorisations/{row.pk}/").status_code == 200
    acts.refuse(act_id=row.delete_act, person=desk.approver.actor(), at=timezone.now())
    orders.round_of_orders(at=timezone.now())
    row.refresh_from_db()
    made.refresh_from_db()
    assert (row.delete_act, made.state) == ("", "ready")
    assert "Ask for their deletion" in client.get(f"/authorisations/{row.pk}/").content.decode()
