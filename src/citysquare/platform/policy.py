"""Who may do what to what, and why: one pure function over one table.

`decide` reads no clock, no database and no settings: all it needs is passed in. Nothing is allowed unless a rule says so.
Roles that administer never watch, roles that watch never administer, and whoever audits does neither.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.translation import gettext_noop


class Role(StrEnum):
    """What a person does in an organisation."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Action(StrEnum):
    """What can be done. The values stand in the audit log and never change."""

    LIVE_VIEW = "live.view"
    LIVE_VIEW_REDACTED = "live.view_redacted"
    COVERAGE_VIEW = "coverage.view"
    OBSERVATIONS_LIST = "observations.list"
    OBSERVATIONS_COUNT = "observations.count"
    OBSERVATIONS_EXPORT = "observations.export"
    SPACE_LIST = "space.list"
    SPACE_CHANGE = "space.change"
    CAMERA_LIST = "camera.list"
    CAMERA_ADD = "camera.add"
    CAMERA_CHANGE = "camera.change"
    CAMERA_TEST = "camera.test"
    HOLD_LIST = "hold.list"
    HOLD_PLACE = "hold.place"
    HOLD_EXTEND = "hold.extend"
    HOLD_LIFT = "hold.lift"
    SYSTEM_VIEW = "system.view"
    TOKEN_LIST = "token.list"  # noqa: S105 -- the name of an act, no token
    TOKEN_MAKE = "token.make"  # noqa: S105 -- as above
    TOKEN_REVOKE = "token.revoke"  # noqa: S105 -- as above
    TOKEN_USE = "token.use"  # noqa: S105 -- as above
    AUDIT_READ = "audit.read"
    AUDIT_RESTORED = "audit.restored"
    SIGN_IN = "account.sign_in"
    SIGN_OUT = "account.sign_out"
    PASSWORD_SET = "account.password_set"  # noqa: S105 -- the name of an act, no password
    LINK_MADE = "account.link_made"


class Scope(StrEnum):
    """What a token lets a program of another maker read. The values stand in tokens and never change."""

    OBSERVATIONS = "observations:read"
    COUNTS = "counts:read"
    SPACES = "spaces:read"
    CAMERAS = "cameras:read"
    HOLDS = "holds:read"
    METRICS = "metrics:read"


class Effect(StrEnum):
    """What follows."""

    ALLOW = "allow"
    REDACT = "redact"
    REFUSE = "refuse"


_TOKEN = "token:"  # noqa: S105 -- the beginning of an actor's name, no token


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person in an organisation, a program with a token, the system itself, or nobody known."""

    id: str
    organisation: str = ""
    roles: frozenset[Role] = frozenset()
    scopes: frozenset[Scope] = frozenset()
    """What a token allows; a person has none."""

    @classmethod
    def anonymous(cls) -> Actor:
        """Return somebody who has not signed in."""
        return cls(id="")

    @classmethod
    def system(cls, name: str) -> Actor:
        """Return a process, or a person at the machine's console."""
        return cls(id=f"system:{name}")

    @classmethod
    def token(cls, token_id: str, organisation: str, scopes: frozenset[Scope]) -> Actor:
        """Return a program that calls with a token: an actor of its own, never the person who made the token."""
        return cls(id=f"{_TOKEN}{token_id}", organisation=organisation, scopes=scopes)

    @property
    def is_token(self) -> bool:
        """Whether this is a program with a token."""
        return self.id.startswith(_TOKEN)

    @property
    def is_known(self) -> bool:
        """Whether the person has signed in."""
        return bool(self.id)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is acted on; `owner` is the organisation it belongs to."""

    kind: str
    id: str
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What else counts."""

    on_duty: bool = True
    """Whether the person's shift is running. Shifts are not kept yet, so whoever has the role counts as on duty."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, by which rule, in one sentence."""

    effect: Effect
    reason: str
    rule: str

    @property
    def allowed(self) -> bool:
        """Whether the act may happen as asked."""
        return self.effect is Effect.ALLOW


class Ownership(StrEnum):
    """To whom the subject belongs, seen from the actor."""

    OWN = "own"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table. The first row that fits decides."""

    name: str
    actions: frozenset[Action]
    roles: frozenset[Role]
    """Any of these; empty: every person who has signed in, unless the row is about scopes."""
    effect: Effect
    reason: str
    ownership: Ownership = Ownership.OWN
    duty: bool | None = field(default=None)
    """None: a shift does not matter."""
    scopes: frozenset[Scope] = frozenset()
    """Any of these: the row is about programs with a token, and about no person."""

    def fits(self, actor: Actor, action: Action, subject: Subject, facts: Facts) -> bool:
        """Whether this row speaks about the case."""
        return (
            action in self.actions
            and self._means(actor)
            and (self.ownership is Ownership.ANY or (bool(subject.owner) and subject.owner == actor.organisation))
            and (self.duty is None or self.duty == facts.on_duty)
        )

    def _means(self, actor: Actor) -> bool:
        """Whether this row is about who acts: rows about roles never let a token in, rows about scopes never a person."""
        if self.scopes or actor.is_token:
            return actor.is_token and bool(self.scopes & actor.scopes)
        return not self.roles or bool(self.roles & actor.roles)


_WATCHERS = frozenset({Role.OPERATOR, Role.SUPERVISOR})
_EVERYBODY_IN_HOUSE = frozenset(Role)

SCOPES: dict[Scope, frozenset[Action]] = {
    Scope.OBSERVATIONS: frozenset({Action.OBSERVATIONS_LIST}),
    Scope.COUNTS: frozenset({Action.OBSERVATIONS_COUNT}),
    Scope.SPACES: frozenset({Action.SPACE_LIST}),
    Scope.CAMERAS: frozenset({Action.CAMERA_LIST, Action.COVERAGE_VIEW}),
    Scope.HOLDS: frozenset({Action.HOLD_LIST}),
    Scope.METRICS: frozenset({Action.SYSTEM_VIEW}),
}
"""What each scope of a token lets a program do."""

RULES: tuple[Rule, ...] = (
    Rule(
        "live.on_duty",
        frozenset({Action.LIVE_VIEW}),
        _WATCHERS,
        Effect.ALLOW,
        gettext_noop("Operators and supervisors on duty see the live pictures of their own organisation's cameras."),
        duty=True,
    ),
    Rule(
        "live.off_duty",
        frozenset({Action.LIVE_VIEW}),
        _WATCHERS,
        Effect.REFUSE,
        gettext_noop("Live pictures are shown only during a person's shift."),
        duty=False,
    ),
    Rule(
        "live.administrators_and_auditors",
        frozenset({Action.LIVE_VIEW}),
        frozenset({Role.ADMINISTRATOR, Role.AUDITOR}),
        Effect.REFUSE,
        gettext_noop(
            "Administrators and auditors do not watch live pictures: who sets up or checks the system does not use it to look at people."
        ),
        ownership=Ownership.ANY,
    ),
    Rule(
        "live.others",
        frozenset({Action.LIVE_VIEW, Action.LIVE_VIEW_REDACTED}),
        frozenset(),
        Effect.REDACT,
        gettext_noop(
            "Only operators and supervisors of the owning organisation see the original; everybody else sees faces and plates blurred."
        ),
        ownership=Ownership.ANY,
    ),
    Rule(
        "coverage.in_house",
        frozenset({Action.COVERAGE_VIEW, Action.CAMERA_LIST}),
        _EVERYBODY_IN_HOUSE,
        Effect.ALLOW,
        gettext_noop("Everybody with a duty in the owning organisation sees its cameras and what was recorded when."),
    ),
    Rule(
        "spaces.in_house",
        frozenset({Action.SPACE_LIST}),
        _EVERYBODY_IN_HOUSE,
        Effect.ALLOW,
        gettext_noop("Everybody with a duty in the owning organisation sees its spaces on the map and in the list."),
    ),
    Rule(
        "spaces.draw",
        frozenset({Action.SPACE_CHANGE}),
        frozenset({Role.ADMINISTRATOR}),
        Effect.ALLOW,
        gettext_noop("Administrators draw and change the spaces of their own organisation."),
    ),
    Rule(
        "observations.list",
        frozenset({Action.OBSERVATIONS_LIST, Action.OBSERVATIONS_EXPORT}),
        _WATCHERS,
        Effect.ALLOW,
        gettext_noop("Operators and supervisors see and export what their own organisation's cameras observed."),
    ),
    Rule(
        "observations.count",
        frozenset({Action.OBSERVATIONS_COUNT}),
        _WATCHERS | {Role.AUDITOR},
        Effect.ALLOW,
        gettext_noop("Operators, supervisors and auditors see how much was observed."),
    ),
    Rule(
        "holds.list",
        frozenset({Action.HOLD_LIST}),
        _WATCHERS | {Role.AUDITOR},
        Effect.ALLOW,
        gettext_noop(
            "Operators, supervisors and auditors see which footage of their own organisation is held, for which case and until when."
        ),
    ),
    Rule(
        "holds.place",
        frozenset({Action.HOLD_PLACE}),
        _WATCHERS,
        Effect.ALLOW,
        gettext_noop("Operators and supervisors hold footage for a case before the retention would delete it."),
    ),
    Rule(
        "holds.decide",
        frozenset({Action.HOLD_EXTEND, Action.HOLD_LIFT}),
        frozenset({Role.SUPERVISOR}),
        Effect.ALLOW,
        gettext_noop("Supervisors extend holds and lift them."),
    ),
    Rule(
        "cameras.configure",
        frozenset({Action.CAMERA_ADD, Action.CAMERA_CHANGE, Action.CAMERA_TEST}),
        frozenset({Role.ADMINISTRATOR}),
        Effect.ALLOW,
        gettext_noop("Administrators set up and test the cameras of their own organisation."),
    ),
    Rule(
        "system.view",
        frozenset({Action.SYSTEM_VIEW}),
        frozenset({Role.ADMINISTRATOR}),
        Effect.ALLOW,
        gettext_noop("Administrators see how the system runs and what it costs."),
    ),
    Rule(
        "tokens.manage",
        frozenset({Action.TOKEN_LIST, Action.TOKEN_MAKE, Action.TOKEN_REVOKE}),
        frozenset({Role.ADMINISTRATOR}),
        Effect.ALLOW,
        gettext_noop("Administrators give other programs of their own organisation tokens with limited scopes, and take them back."),
    ),
    Rule(
        "audit.read",
        frozenset({Action.AUDIT_READ}),
        frozenset({Role.AUDITOR}),
        Effect.ALLOW,
        gettext_noop("Auditors read the audit log."),
    ),
    *(
        Rule(
            f"token.{scope}",
            actions,
            frozenset(),
            Effect.ALLOW,
            gettext_noop("A token with this scope reads this of its own organisation."),
            scopes=frozenset({scope}),
        )
        for scope, actions in SCOPES.items()
    ),
)

NOBODY = Decision(Effect.REFUSE, gettext_noop("Sign in first: without a name nothing is shown."), "default.sign_in")
DEFAULT = Decision(Effect.REFUSE, gettext_noop("No rule allows this to your role, and what no rule allows is refused."), "default.refuse")
NO_SCOPE = Decision(
    Effect.REFUSE,
    gettext_noop("The token has no scope for this: ask an administrator for one that has."),
    "default.scope",
)


def decide(actor: Actor, action: Action, subject: Subject, facts: Facts) -> Decision:
    """Decide whether `actor` may do `action` to `subject`, given `facts`. Pure; the first rule that fits decides, else it is refused."""
    if not actor.is_known:
        return NOBODY
    for rule in RULES:
        if rule.fits(actor, action, subject, facts):
            return Decision(rule.effect, rule.reason, rule.name)
    return NO_SCOPE if actor.is_token else DEFAULT
