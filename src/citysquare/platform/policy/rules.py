"""What a rule is, and what a decision says."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.translation import gettext

from citysquare.platform.policy.actors import Actor, Grant, Subject
from citysquare.platform.policy.facts import Authorisation, Facts
from citysquare.platform.policy.vocabulary import Action, Effect, OrganisationKind, Role, Scope


class Ownership(StrEnum):
    """To whom the subject belongs, seen from the actor."""

    OWN = "own"
    ANY = "any"
    ITSELF = "itself"
    """The subject is the person who acts."""
    AUTHORISED = "authorised"
    """It belongs to another organisation, and a valid authorisation names this act, this place and the actor's organisation."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, by which rule, in one sentence, and on what law that rests."""

    effect: Effect
    reason: str
    rule: str
    law: str = ""

    @property
    def allowed(self) -> bool:
        """Whether the act may happen as asked."""
        return self.effect is Effect.ALLOW

    def explained(self) -> str:
        """Return the sentence in the language of the moment, with the rule's name and the law."""
        return gettext("%(reason)s Rule: %(rule)s (%(law)s).") % {"reason": gettext(self.reason), "rule": self.rule, "law": self.law}


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table. The first row that fits decides."""

    name: str
    actions: frozenset[Action]
    roles: frozenset[Role]
    """Any of these; empty: every person who has signed in, unless the row is about scopes."""
    effect: Effect
    reason: str
    law: str
    """The article it rests on."""
    ownership: Ownership = Ownership.OWN
    duty: bool | None = field(default=None)
    """None: a shift does not matter."""
    kinds: frozenset[OrganisationKind] = frozenset()
    """Any of these kinds of organisation; empty: all."""
    scopes: frozenset[Scope] = frozenset()
    """Any of these: the row is about programs with a token, and about no person."""

    @property
    def decision(self) -> Decision:
        """What the row says when it fits."""
        return Decision(self.effect, self.reason, self.name, self.law)

    def fits(self, actor: Actor, action: Action, subject: Subject, facts: Facts) -> bool:
        """Whether this row speaks about the case."""
        return (
            action in self.actions
            and self._means(actor)
            and (not self.kinds or actor.kind in self.kinds)
            and self._belongs(actor, action, subject, facts)
            and (self.duty is None or self.duty == facts.on_duty)
        )

    def covers(self, actor: Actor, subject: Subject) -> bool:
        """Whether one of the grants that the row counts holds at the subject. What is refused or redacted is so everywhere."""
        if not self.roles or self.effect is not Effect.ALLOW or self.ownership is Ownership.AUTHORISED:
            return True
        return any(grant.covers(subject) for grant in self.grants_of(actor))

    def grants_of(self, actor: Actor) -> tuple[Grant, ...]:
        """Return the actor's grants that this row counts."""
        return tuple(grant for grant in actor.grants if grant.role in self.roles)

    def _means(self, actor: Actor) -> bool:
        """Whether this row is about who acts: rows about roles never let a token in, rows about scopes never a person."""
        if self.scopes or actor.is_token:
            return actor.is_token and bool(self.scopes & actor.scopes)
        return not self.roles or bool(self.roles & actor.roles)

    def _belongs(self, actor: Actor, action: Action, subject: Subject, facts: Facts) -> bool:
        """Whether the subject belongs to whom the row is about."""
        if self.ownership is Ownership.ANY:
            return True
        if self.ownership is Ownership.ITSELF:
            return subject.kind == "person" and subject.id == actor.id
        own = bool(subject.owner) and subject.owner == actor.organisation
        if self.ownership is Ownership.OWN:
            return own
        return not own and bool(subject.owner) and authorised(actor, action, subject, facts)


def authorised(actor: Actor, action: Action, subject: Subject, facts: Facts) -> bool:
    """Whether a valid authorisation permits the actor's organisation this act at this place, at the time of the facts."""
    return bool(authorised_by(actor, action, subject, facts))


def authorised_by(actor: Actor, action: Action, subject: Subject, facts: Facts) -> tuple[Authorisation, ...]:
    """Return the authorisations that do, in their order; none where the time is not known or the clock was set back."""
    at = facts.at
    if at is None or facts.clock_set_back or not actor.organisation:
        return ()
    return tuple(
        found
        for found in facts.authorisations
        if found.organisation == actor.organisation and found.valid_at(at) and found.covers(action, subject)
    )
