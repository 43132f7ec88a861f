"""Acts that wait for two seals: those a person asked for, those they may approve, and one of them to read and seal."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from citysquare.apps.accounts.models import User
from citysquare.apps.accounts.pages import coming_in
from citysquare.apps.accounts.services import acts, passkeys
from citysquare.apps.accounts.services.acts import ActKind, AskedAct
from citysquare.platform import audit
from citysquare.platform.doors import Refused, actor_of, guarded, look, may
from citysquare.platform.facts import gather
from citysquare.platform.policy import Action, Actor, Facts, Subject, offered
from citysquare.proof.fields import base64url
from citysquare.proof.passkeys import Role as RoleInAct


@dataclass(frozen=True, slots=True)
class ActRow:
    """One act as a list shows it."""

    act: AskedAct
    title: str
    sentences: list[str]
    mine: bool


def find_act(request: HttpRequest, act_id: str, **_kwargs: str) -> Subject:
    """Name the act of a page. It is looked for in the person's own organisation only, once the log has the entry."""
    return Subject("act", act_id, actor_of(request).organisation)


@require_GET
@guarded(Action.ACT_LIST)
def inbox(request: HttpRequest) -> HttpResponse:
    """List the acts that wait for the person's seal or for the other person's, and those that ended lately."""
    actor, at = actor_of(request), timezone.now()
    waiting = [row for act in acts.acts_of(organisation_id=actor.organisation, state="asked") if (row := _row(act, actor)) is not None]
    ended = [
        row
        for state in ("sealed", "refused", "expired")
        for act in acts.acts_of(organisation_id=actor.organisation, state=state, limit=20)
        if (row := _row(act, actor)) is not None
    ]
    ended.sort(key=lambda row: row.act.asked_at, reverse=True)
    context = {"waiting": [row for row in waiting if row.act.expires_at > at], "ended": ended[:20]}
    return render(request, "accounts/acts.html", context)


@require_GET
@guarded(Action.ACT_LIST, subject=find_act)
def act(request: HttpRequest, act_id: str) -> HttpResponse:
    """Show an act in words, its digest and its seals, and offer to seal it."""
    actor, at = actor_of(request), timezone.now()
    asked = acts.find(act_id=act_id, organisation_id=actor.organisation)
    kind = acts.kind_of(asked.kind)
    _may_see(asked, kind, actor)
    user, site = request.user, coming_in.site_of(request)
    given = {seal.role_in_act: seal for seal in asked.seals}
    part = _part(asked, actor)
    context = {
        "act": asked,
        "title": str(kind.title),
        "sentences": kind.sentences(asked.body),
        "digest": " ".join(asked.digest.hex()[start : start + 8] for start in range(0, 64, 8)),
        "document": asked.document.decode(),
        "url": kind.url(asked.body) if kind.url is not None else "",
        "asks": given.get("asks"),
        "approves": given.get("approves"),
        "open": asked.state == "asked" and asked.expires_at > at,
        "part": part,
        "my_turn": part not in given and (part == "asks" or "asks" in given),
        "has_passkey": isinstance(user, User) and site is not None and user.passkeys.filter(rp_id=site.id).exists(),
        "site_has_name": site is not None,
    }
    return render(request, "accounts/act.html", context)


@require_POST
@guarded(Action.ACT_LIST, subject=find_act)
def seal_options(request: HttpRequest, act_id: str) -> HttpResponse:
    """Say what to ask the person's passkey for: its signature over this act's digest."""
    actor = actor_of(request)
    asked = acts.find(act_id=act_id, organisation_id=actor.organisation)
    _may_see(asked, acts.kind_of(asked.kind), actor)
    site, user = coming_in.site_or_refuse(request), request.user
    options = passkeys.request_options(challenge=base64url(asked.digest), site=site, user=user if isinstance(user, User) else None)
    return JsonResponse(options)


@require_POST
@guarded(Action.SEAL, subject=find_act)
def act_seal(request: HttpRequest, act_id: str) -> HttpResponse:
    """Put the person's seal under the act. The policy is asked whether they may do their part, now and not when it was asked for."""
    actor, at = actor_of(request), timezone.now()
    asked = acts.find(act_id=act_id, organisation_id=actor.organisation)
    kind, part = acts.kind_of(asked.kind), _part(asked, actor)
    subject = Subject("act", asked.id, actor.organisation)
    if part == "approves":
        _look_as_approver(asked, kind, actor)
    else:
        _refuse_who_may_ask_no_more(asked, kind, actor)
    sealed = acts.seal(
        act_id=act_id,
        person=actor,
        role_in_act=part,
        response=request.POST.get("response", ""),
        site=coming_in.site_or_refuse(request),
        at=at,
    )
    details = {"kind": asked.kind, "digest": asked.digest.hex(), "role": part, "state": sealed.state}
    audit.record(actor=actor, action=Action.SEAL, subject=subject, outcome="done", at=at, details=details)
    if sealed.state == "sealed":
        messages.success(request, _("Both seals are there: it is being done."))
    else:
        messages.success(request, _("Your seal is under it. Another person has to approve it within 24 hours."))
    return redirect("act", act_id=act_id)


@require_POST
@guarded(Action.ACT_REFUSE, subject=find_act)
def act_refuse(request: HttpRequest, act_id: str) -> HttpResponse:
    """Refuse an act, or take back one's own."""
    actor, at = actor_of(request), timezone.now()
    asked = acts.find(act_id=act_id, organisation_id=actor.organisation)
    if asked.asked_by != actor.id:
        _look_as_approver(asked, acts.kind_of(asked.kind), actor)
    acts.refuse(act_id=act_id, person=actor, at=at)
    details = {"kind": asked.kind, "digest": asked.digest.hex(), "state": "refused"}
    subject = Subject("act", asked.id, actor.organisation)
    audit.record(actor=actor, action=Action.ACT_REFUSE, subject=subject, outcome="done", at=at, details=details)
    messages.success(request, _("It will not be done."))
    return redirect("acts")


def _row(asked: AskedAct, actor: Actor) -> ActRow | None:
    """Return an act for the list; None for one that does not concern the person, or whose room is not here any more."""
    kind = next((one for one in acts.kinds() if one.name == asked.kind), None)
    if kind is None or not _concerns(asked, kind, actor):
        return None
    there = {seal.role_in_act for seal in asked.seals}
    part = _part(asked, actor)
    return ActRow(asked, str(kind.title), kind.sentences(asked.body), part not in there and (part == "asks" or "asks" in there))


def _part(asked: AskedAct, actor: Actor) -> RoleInAct:
    return "asks" if asked.asked_by == actor.id else "approves"


def _concerns(asked: AskedAct, kind: ActKind, actor: Actor) -> bool:
    """Whether a person took part in an act, or may approve it where it is about."""
    if actor.id == asked.asked_by or actor.id in {seal.person for seal in asked.seals}:
        return True
    return all(may(actor, kind.approves, asked.organisation, place=place).allowed for place in _places(asked, kind))


def _may_see(asked: AskedAct, kind: ActKind, actor: Actor) -> None:
    if not _concerns(asked, kind, actor):
        raise Refused(_("This act waits for somebody else: it is shown to who asked for it and to who may approve it."))


def _look_as_approver(asked: AskedAct, kind: ActKind, actor: Actor) -> None:
    """Ask the policy, for each place the act is about, and log the answer."""
    at = timezone.now()
    for place in _places(asked, kind):
        details = {"kind": asked.kind, "digest": asked.digest.hex()} if kind.approves is Action.SEAL else {}
        look(actor=actor, action=kind.approves, subject=place, facts=Facts(at=at), at=at, details=details)


def _refuse_who_may_ask_no_more(asked: AskedAct, kind: ActKind, actor: Actor) -> None:
    """Raise Refused where the asker has lost the right to ask since; what else the act demands was looked at when it was asked for."""
    at = timezone.now()
    for place in _places(asked, kind):
        decision = offered(actor, kind.asks, place, gather(actor=actor, action=kind.asks, subject=place, at=at))
        if decision.allowed:
            continue
        details = {"kind": asked.kind, "digest": asked.digest.hex(), "rule": decision.rule}
        subject = Subject("act", asked.id, actor.organisation)
        audit.record(actor=actor, action=Action.SEAL, subject=subject, outcome="refuse", at=at, details=details)
        raise Refused(decision.explained())


def _places(asked: AskedAct, kind: ActKind) -> tuple[Subject, ...]:
    return kind.places(asked) if kind.places is not None else (Subject("act", asked.id, asked.organisation),)
