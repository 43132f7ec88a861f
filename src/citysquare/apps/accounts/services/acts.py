"""Acts that two people seal: one asks, another approves, each with a passkey of their own, over the same digest.

A room registers a kind of act once (`register`): how it is said in words, who may ask and who may approve, as actions of the policy. To
do one, its page calls `ask` and leads to `/acts/<id>/`; there both people read the act in words and seal it. When both seals are there,
`ActSealed` goes through the outbox; the room's handler calls `sealed`, which checks both signatures anew, and does what was sealed.

The challenge that a passkey signs *is* the act's digest, and the private key never leaves the device: the server can keep, lose or refuse
seals but make none. Whoever holds the act's document and its seals can check them without us (`citysquare-verify`).
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from citysquare.apps.accounts.events import ActEnded, ActSealed
from citysquare.apps.accounts.models import ActSeal, SealedAct, User
from citysquare.apps.accounts.services import passkeys
from citysquare.apps.accounts.services.passkeys import Assertion, RelyingParty
from citysquare.platform.errors import DomainError
from citysquare.platform.events import publish
from citysquare.platform.policy import Action, Actor, SealFact, Subject
from citysquare.platform.turns import take_turn
from citysquare.proof.canonical import Json, canonical
from citysquare.proof.errors import NotCanonical, ProofError
from citysquare.proof.fields import base64url, from_base64url, time_text
from citysquare.proof.passkeys import Act, Seal, act_digest, verify_pair
from citysquare.proof.passkeys import Role as RoleInAct

ACT_LIFE: Final = timedelta(hours=24)
"""How long an act waits for its two seals."""
MOST_BODY_BYTES: Final = 16_384
"""Of an act's body: what a person is to read before sealing."""

_ACTS: Final = "accounts.acts"
"""The turn of whoever changes the state of an act."""
_NONCE_BYTES: Final = 16
_TURNING: Final = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
"""Classes of signs that change the direction of those behind them (Unicode UAX #9, explicit formatting)."""


class NoSuchAct(DomainError):
    """There is no such act."""

    code = "accounts.no_such_act"
    status = 404


class BadAct(DomainError):
    """What is asked for cannot be sealed: too long, or not to be written in one form."""

    code = "accounts.bad_act"


class ActIsOver(DomainError):
    """The act was sealed, refused or has expired."""

    code = "accounts.act_is_over"
    status = 409


class SamePerson(DomainError):
    """One person tried to be both."""

    code = "accounts.same_person"
    status = 403


class WrongTurn(DomainError):
    """Somebody seals as who they are not, or before it is their turn."""

    code = "accounts.wrong_turn"
    status = 409


@dataclass(frozen=True, slots=True)
class ActKind:
    """One kind of act, as its room registers it."""

    name: str
    """Never changes: it stands in what was sealed."""
    title: str | Promise
    asks: Action
    """What the policy must allow to whoever asks."""
    approves: Action
    """What the policy must allow to whoever approves."""
    sentences: Callable[[Mapping[str, Any]], list[str]]
    """The body in words, in the language of the moment, whole: what both people read before they seal."""
    url: Callable[[Mapping[str, Any]], str] | None = None
    """Where the room shows what the act is about."""
    places: Callable[[AskedAct], tuple[Subject, ...]] | None = None
    """The cameras or spaces it is about: whoever approves must have the right at each. None: it is about no place."""


@dataclass(frozen=True, slots=True)
class GivenSeal:
    """Who has sealed, as what, and when."""

    person: str
    name: str
    role_in_act: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AskedAct:
    """An act on its way."""

    id: str
    kind: str
    organisation: str
    body: Mapping[str, Any]
    document: bytes
    """Its canonical form."""
    digest: bytes
    asked_by: str
    asked_by_name: str
    asked_at: datetime
    expires_at: datetime
    state: str
    """"asked", "sealed", "refused" or "expired"."""
    seals: tuple[GivenSeal, ...]

    def seal_facts(self) -> tuple[SealFact, ...]:
        """Return the seals as the policy weighs them."""
        return tuple(SealFact(seal.person, _part(seal.role_in_act), self.digest) for seal in self.seals)


@dataclass(frozen=True, slots=True)
class TwiceSealed:
    """An act that both people have sealed, both signatures checked just now."""

    act: AskedAct
    asks: Seal
    approves: Seal


_kinds: dict[str, ActKind] = {}


def register(kind: ActKind) -> None:
    """Make a kind known; the same name again replaces it."""
    _kinds[kind.name] = kind


def forget(name: str) -> None:
    """Forget a kind, whose room is gone."""
    _kinds.pop(name, None)


def kind_of(name: str) -> ActKind:
    """Return a registered kind. Raises NoSuchAct for one whose room is not there."""
    if name not in _kinds:
        raise NoSuchAct(_("There is no such act."))
    return _kinds[name]


def kinds() -> tuple[ActKind, ...]:
    """Return all registered kinds."""
    return tuple(_kinds.values())


@transaction.atomic
def ask(*, kind: str, body: Mapping[str, Json], asker: Actor, at: datetime) -> AskedAct:
    """Write an act down, for its two people to seal within ACT_LIFE.

    The asker's identifier is put into the body as `asked_by`.
    Raises NoSuchAct for an unknown kind, BadAct for a body that is too large or has no canonical form.
    """
    kind_of(kind)
    whole = {**body, "asked_by": asker.id}
    act = Act(kind=kind, nonce=secrets.token_hex(_NONCE_BYTES), organisation=asker.organisation, asked_at=time_text(at), body=whole)
    try:
        _refuse_what_reads_otherwise(whole)
        canonical(whole, most_bytes=MOST_BODY_BYTES)
        document = act.encoded()
    except NotCanonical:
        raise BadAct(_("This cannot be sealed: it is too long, or holds characters that cannot be signed.")) from None
    row = SealedAct.objects.create(
        organisation_id=asker.organisation,
        kind=kind,
        document=document.decode(),
        digest=act_digest(act).hex(),
        asked_by_id=asker.id,
        asked_at=at,
        expires_at=at + ACT_LIFE,
    )
    return _value(row)


def find(*, act_id: str, organisation_id: str) -> AskedAct:
    """Return an act of an organisation. Raises NoSuchAct."""
    row = SealedAct.objects.select_related("asked_by").filter(pk=act_id, organisation_id=organisation_id).first()
    if row is None:
        raise NoSuchAct(_("There is no such act."))
    return _value(row)


def acts_of(*, organisation_id: str, state: str, limit: int = 100) -> list[AskedAct]:
    """Return an organisation's acts in a state, newest first."""
    rows = SealedAct.objects.filter(organisation_id=organisation_id, state=state).select_related("asked_by")
    return [_value(row) for row in rows.prefetch_related("seals__person")[:limit]]


@transaction.atomic
def seal(*, act_id: str, person: Actor, role_in_act: RoleInAct, response: str, site: RelyingParty, at: datetime) -> AskedAct:
    """Keep a person's seal under an act; the second one seals it, and ActSealed is announced.

    `response` is the browser's answer (JSON) to the act's digest as challenge. The caller has asked the policy whether the person may.
    Raises NoSuchAct, ActIsOver, SamePerson, WrongTurn, BadPasskey.
    """
    take_turn(_ACTS, act_id)
    row = _open(act_id, person.organisation, at)
    _check_turn(row, person, role_in_act)
    user = User.objects.filter(pk=person.id, is_active=True).first()
    if user is None:  # without a person any passkey would do
        raise WrongTurn(_("Whoever seals this works here no more."))
    assertion = passkeys.check_assertion(response=response, challenge=base64url(bytes.fromhex(row.digest)), site=site, at=at, user=user)
    _keep(row, assertion, role_in_act, site, at)
    if role_in_act == "approves":
        row.state, row.ended_at = "sealed", at
        row.save(update_fields=("state", "ended_at"))
        publish(ActSealed(act_id=row.pk, kind=row.kind, organisation_id=row.organisation_id), at=at)
    return _value(row)


@transaction.atomic
def refuse(*, act_id: str, person: Actor, at: datetime) -> AskedAct:
    """End an act without its happening: the approver refuses it, or the asker takes it back. Raises NoSuchAct, ActIsOver."""
    take_turn(_ACTS, act_id)
    row = _open(act_id, person.organisation, at)
    row.state, row.ended_at, row.refused_by_id = "refused", at, person.id
    row.save(update_fields=("state", "ended_at", "refused_by"))
    publish(ActEnded(act_id=row.pk, kind=row.kind, organisation_id=row.organisation_id, state=row.state), at=at)
    return _value(row)


def expire(*, at: datetime) -> int:
    """End the acts that nobody sealed in time, and return how many."""
    due = SealedAct.objects.filter(state="asked", expires_at__lte=at).values_list("pk", flat=True)
    return sum(_expire(act_id, at) for act_id in list(due[:1000]))


def sealed(act_id: str) -> TwiceSealed | None:
    """Return an act with its two seals, each checked anew against its document; None unless both hold.

    Ask this before doing what was sealed: a state in the table proves nothing, the signatures do.
    """
    row = SealedAct.objects.select_related("asked_by").filter(pk=act_id, state="sealed").first()
    if row is None or hashlib.sha256(row.document.encode()).hexdigest() != row.digest:
        return None
    try:
        seals = {one.role_in_act: _seal_value(one) for one in row.seals.all()}
        asks, approves = seals["asks"], seals["approves"]
        if asks.rp_id != approves.rp_id:
            return None
        act = Act.decoded(row.document.encode())
        if (act.kind, act.organisation) != (row.kind, row.organisation_id):
            return None
        verify_pair(act, (asks, approves), rp_id=asks.rp_id, origins=(asks.origin, approves.origin))
    except (ProofError, KeyError):
        return None
    return TwiceSealed(_value(row), asks, approves)


def _refuse_what_reads_otherwise(value: Json) -> None:
    """Raise NotCanonical where a text holds signs that turn or hide others: a page would show other words than are sealed."""
    if isinstance(value, str):
        if any(unicodedata.bidirectional(sign) in _TURNING or (ord(sign) < ord(" ") and sign not in "\n\r\t") for sign in value):
            raise NotCanonical("a text that turns its signs around")
    elif isinstance(value, Mapping):
        for one in value.values():
            _refuse_what_reads_otherwise(one)
    elif isinstance(value, Sequence):
        for one in value:
            _refuse_what_reads_otherwise(one)


@transaction.atomic
def _expire(act_id: str, at: datetime) -> bool:
    take_turn(_ACTS, act_id)
    row = SealedAct.objects.filter(pk=act_id, state="asked", expires_at__lte=at).first()
    if row is None:
        return False
    row.state, row.ended_at = "expired", at
    row.save(update_fields=("state", "ended_at"))
    publish(ActEnded(act_id=row.pk, kind=row.kind, organisation_id=row.organisation_id, state=row.state), at=at)
    return True


def _open(act_id: str, organisation_id: str, at: datetime) -> SealedAct:
    row = SealedAct.objects.select_related("asked_by").filter(pk=act_id, organisation_id=organisation_id).first()
    if row is None:
        raise NoSuchAct(_("There is no such act."))
    if row.state != "asked" or row.expires_at <= at:
        raise ActIsOver(_("This act was sealed, refused or has expired; nothing more can be done with it. Ask anew if it is still needed."))
    return row


def _check_turn(row: SealedAct, person: Actor, role_in_act: RoleInAct) -> None:
    """Refuse who is not the asker as the asker, who is it as the approver, and the approver before the asker."""
    there = {one.role_in_act: one.person_id for one in row.seals.all()}
    if role_in_act == "approves" and person.id in {row.asked_by_id, there.get("asks")}:
        raise SamePerson(_("Nobody approves what they asked for themselves: another person has to seal this."))
    if role_in_act == "asks" and person.id != row.asked_by_id:
        raise WrongTurn(_("Only the person who asked for this seals as the one who asks."))
    if role_in_act in there:
        raise WrongTurn(_("This seal was given already."))
    if role_in_act == "approves" and "asks" not in there:
        raise WrongTurn(_("The person who asked for this has to seal it first."))


def _keep(row: SealedAct, assertion: Assertion, role_in_act: RoleInAct, site: RelyingParty, at: datetime) -> None:
    ActSeal.objects.create(
        act=row,
        person_id=assertion.passkey.user_id,
        role_in_act=role_in_act,
        credential_id=assertion.passkey.credential_id,
        public_key=assertion.passkey.public_key,
        client_data=base64url(assertion.client_data),
        authenticator_data=base64url(assertion.authenticator_data),
        signature=base64url(assertion.signature),
        rp_id=site.id,
        origin=site.origin,
        at=at,
    )


def _value(row: SealedAct) -> AskedAct:
    act = Act.decoded(row.document.encode())
    return AskedAct(
        id=row.pk,
        kind=row.kind,
        organisation=row.organisation_id,
        body=act.body,
        document=row.document.encode(),
        digest=bytes.fromhex(row.digest),
        asked_by=row.asked_by_id,
        asked_by_name=row.asked_by.display_name,
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        state=row.state,
        seals=tuple(
            GivenSeal(one.person_id, one.person.display_name, one.role_in_act, one.at)
            for one in sorted(row.seals.select_related("person"), key=lambda one: one.at)
        ),
    )


def _part(text: str) -> RoleInAct:
    return "asks" if text == "asks" else "approves"


def _seal_value(row: ActSeal) -> Seal:
    """Return a kept seal. Raises ProofError for one that is damaged."""
    parts = ("credential_id", "public_key", "client_data", "authenticator_data", "signature")
    data = {name: from_base64url(getattr(row, name), most=MOST_BODY_BYTES) for name in parts}
    return Seal(person=row.person_id, role_in_act=_part(row.role_in_act), rp_id=row.rp_id, origin=row.origin, at=time_text(row.at), **data)
