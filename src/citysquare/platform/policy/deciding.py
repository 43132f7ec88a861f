"""The one question: may this person do this, here, now? Pure, and explained."""

from __future__ import annotations

from django.utils.translation.trans_real import gettext_noop

from citysquare.platform.policy.actors import Actor, Coverage, Subject
from citysquare.platform.policy.facts import Facts, SealFact
from citysquare.platform.policy.rules import Decision, authorised
from citysquare.platform.policy.table import RULES
from citysquare.platform.policy.vocabulary import Action, Effect, ReasonCode

NOBODY = Decision(
    Effect.REFUSE, gettext_noop("Sign in first: without a name nothing is shown."), "default.sign_in", "LED Art. 25(1), 29(2)(e)"
)
DEFAULT = Decision(
    Effect.REFUSE,
    gettext_noop("No rule allows this to your role, and what no rule allows is refused."),
    "default.refuse",
    "LED Art. 4(1)(a), GDPR Art. 25(2)",
)
NO_SCOPE = Decision(
    Effect.REFUSE,
    gettext_noop("The token has no scope for this: ask an administrator for one that has."),
    "default.scope",
    "GDPR Art. 25(2)",
)
ELSEWHERE = Decision(
    Effect.REFUSE,
    gettext_noop("Your rights hold in certain spaces and at certain cameras, and this is none of them."),
    "default.elsewhere",
    "GDPR Art. 25(2), LED Art. 29(2)(e)",
)
NEEDS_JUSTIFICATION = Decision(
    Effect.REFUSE,
    gettext_noop("Say first for which case and why: this is shown only with a justification."),
    "demand.justification",
    "LED Art. 25(2)",
)
NEEDS_PURPOSE = Decision(
    Effect.REFUSE,
    gettext_noop("The reason you named is no ground here: name one that the rules of the jurisdiction admit."),
    "demand.purpose",
    "LED Art. 4(1)(b), 8",
)
NEEDS_TWO_PERSONS = Decision(
    Effect.REFUSE,
    gettext_noop("Two persons are needed: one who asks and another who approves, each with their own seal under the same act."),
    "demand.two_persons",
    "LED Art. 4(4), 29(2)(e)",
)
NEEDS_AUTHORISATION = Decision(
    Effect.REFUSE,
    gettext_noop("An authorisation is needed that names this act and this place and is valid now: enter one, or ask for it."),
    "demand.authorisation",
    "LED Art. 8, Regulation (EU) 2024/1689 Art. 26(10)",
)
CLOCK_SET_BACK = Decision(
    Effect.REFUSE,
    gettext_noop("The machine's clock was set back, so no authorisation counts until it is right again: tell the administrator."),
    "demand.clock",
    "LED Art. 25(1), 29(2)(h)",
)

DECISIONS = (
    NOBODY,
    DEFAULT,
    NO_SCOPE,
    ELSEWHERE,
    NEEDS_JUSTIFICATION,
    NEEDS_PURPOSE,
    NEEDS_TWO_PERSONS,
    NEEDS_AUTHORISATION,
    CLOCK_SET_BACK,
)
"""What is answered beside the rules of the table."""


def decide(actor: Actor, action: Action, subject: Subject, facts: Facts) -> Decision:
    """Decide whether `actor` may do `action` to `subject`, given `facts`. Pure.

    The first rule that fits decides, else it is refused; what it allows must then have all that the pack demands of the act's class.
    """
    decision = offered(actor, action, subject, facts)
    if not decision.allowed:
        return decision
    return _missing(actor, action, subject, facts) or decision


def offered(actor: Actor, action: Action, subject: Subject, facts: Facts) -> Decision:
    """Return what the rules say, as if all that the act demands were there: for offering a page or a button, never for showing data."""
    if not actor.is_known:
        return NOBODY
    elsewhere = False
    for rule in RULES:
        if not rule.fits(actor, action, subject, facts):
            continue
        if rule.covers(actor, subject):
            return rule.decision
        elsewhere = True
    if elsewhere:
        return ELSEWHERE
    return NO_SCOPE if actor.is_token else DEFAULT


def covered(actor: Actor, action: Action) -> Coverage:
    """Return where in their own organisation `actor` may do `action`, so that a query can show that and nothing else."""
    subject = Subject("organisation", actor.organisation, actor.organisation)
    grants = [
        grant
        for rule in RULES
        if rule.effect is Effect.ALLOW and rule.fits(actor, action, subject, Facts())
        for grant in rule.grants_of(actor)
    ]
    scoped = actor.is_token and offered(actor, action, subject, Facts()).allowed
    if scoped or any(grant.everywhere for grant in grants):
        return Coverage(everything=True)
    return Coverage(
        everything=False,
        spaces=frozenset().union(*(grant.spaces or frozenset() for grant in grants)),
        cameras=frozenset().union(*(grant.cameras or frozenset() for grant in grants)),
    )


def _missing(actor: Actor, action: Action, subject: Subject, facts: Facts) -> Decision | None:
    """Return the refusal that names what an allowed act still lacks, None when it has everything."""
    demand = facts.pack.demands(action.act_class)
    reason = facts.justification.reason if facts.justification else None
    if demand.justification and reason is None:
        return NEEDS_JUSTIFICATION
    if demand.justification and reason not in facts.pack.purposes:
        return NEEDS_PURPOSE
    if demand.authorisation or (demand.justification and reason is ReasonCode.COURT_ORDER):
        if facts.clock_set_back:
            return CLOCK_SET_BACK
        if not authorised(actor, action, subject, facts):
            return NEEDS_AUTHORISATION
    if demand.two_persons and not two_persons(facts.seals, actor):
        return NEEDS_TWO_PERSONS
    return None


def two_persons(seals: tuple[SealFact, ...], actor: Actor) -> bool:
    """Whether one person asks and another approves, both under the same act, and whoever acts is one of them."""
    return any(
        asks.role_in_act == "asks"
        and approves.role_in_act == "approves"
        and asks.person != approves.person
        and bool(asks.digest)
        and asks.digest == approves.digest
        and actor.id in {asks.person, approves.person}
        for asks in seals
        for approves in seals
    )
