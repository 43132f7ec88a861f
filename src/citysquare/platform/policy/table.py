"""The table of rules, row by row. Whoever wants another right changes it here, and with it the table in the documents."""

from __future__ import annotations

from django.utils.translation.trans_real import gettext_noop

from citysquare.platform.policy.house_rules import CHECKS, PEOPLE
from citysquare.platform.policy.rules import Ownership, Rule
from citysquare.platform.policy.vocabulary import OVERSIGHT, Action, Effect, OrganisationKind, Role, Scope

_WATCHERS = frozenset({Role.OPERATOR, Role.SUPERVISOR})
_LOOKERS = _WATCHERS | {Role.INVESTIGATOR}
"""Who works with what was recorded."""
_EVERYBODY_IN_HOUSE = frozenset(Role)
_CASEWORK = _LOOKERS | OVERSIGHT | {Role.APPROVER}

SCOPES: dict[Scope, frozenset[Action]] = {
    Scope.OBSERVATIONS: frozenset({Action.OBSERVATIONS_LIST}),
    Scope.COUNTS: frozenset({Action.OBSERVATIONS_COUNT}),
    Scope.SPACES: frozenset({Action.SPACE_LIST}),
    Scope.CAMERAS: frozenset({Action.CAMERA_LIST, Action.COVERAGE_VIEW}),
    Scope.HOLDS: frozenset({Action.HOLD_LIST}),
    Scope.METRICS: frozenset({Action.SYSTEM_VIEW}),
}
"""What each scope of a token lets a program do."""

_PICTURES: tuple[Rule, ...] = (
    Rule(
        "live.on_duty",
        frozenset({Action.LIVE_VIEW}),
        _WATCHERS,
        Effect.ALLOW,
        gettext_noop("Operators and supervisors on duty see the live pictures of their own organisation's cameras."),
        "GDPR Art. 6(1)(e), LED Art. 8",
        duty=True,
    ),
    Rule(
        "live.off_duty",
        frozenset({Action.LIVE_VIEW}),
        _WATCHERS,
        Effect.REFUSE,
        gettext_noop("Live pictures are shown only during a person's shift."),
        "GDPR Art. 32(4), LED Art. 29(2)(e)",
        duty=False,
    ),
    Rule(
        "live.administrators_and_auditors",
        frozenset({Action.LIVE_VIEW}),
        OVERSIGHT | {Role.ADMINISTRATOR},
        Effect.REFUSE,
        gettext_noop(
            "Administrators and auditors do not watch live pictures: who sets up or checks the system does not use it to look at people."
        ),
        "GDPR Art. 38(6), LED Art. 29(2)(e)",
        ownership=Ownership.ANY,
    ),
    Rule(
        "live.authorised",
        frozenset({Action.LIVE_VIEW}),
        _WATCHERS,
        Effect.ALLOW,
        gettext_noop("Police on duty see the live pictures of another organisation's cameras that a valid authorisation names."),
        "LED Art. 8, 9(3)",
        ownership=Ownership.AUTHORISED,
        duty=True,
        kinds=frozenset({OrganisationKind.POLICE}),
    ),
    Rule(
        "live.others",
        frozenset({Action.LIVE_VIEW, Action.LIVE_VIEW_REDACTED}),
        frozenset(),
        Effect.REDACT,
        gettext_noop(
            "Only operators and supervisors of the owning organisation see the original; everybody else sees faces and plates blurred."
        ),
        "GDPR Art. 25(2)",
        ownership=Ownership.ANY,
    ),
    Rule(
        "replay.on_duty",
        frozenset({Action.REPLAY_VIEW}),
        _LOOKERS,
        Effect.ALLOW,
        gettext_noop("Operators, supervisors and investigators on duty replay their own organisation's footage for a case they name."),
        "LED Art. 8, 25",
        duty=True,
    ),
    Rule(
        "replay.off_duty",
        frozenset({Action.REPLAY_VIEW}),
        _LOOKERS,
        Effect.REFUSE,
        gettext_noop("Footage is replayed only during a person's shift."),
        "GDPR Art. 32(4), LED Art. 29(2)(e)",
        duty=False,
    ),
    Rule(
        "replay.authorised",
        frozenset({Action.REPLAY_VIEW}),
        _LOOKERS,
        Effect.ALLOW,
        gettext_noop("Police on duty replay the footage of another organisation's cameras that a valid authorisation names."),
        "LED Art. 8, 9(3), 25",
        ownership=Ownership.AUTHORISED,
        duty=True,
        kinds=frozenset({OrganisationKind.POLICE}),
    ),
    Rule(
        "coverage.in_house",
        frozenset({Action.COVERAGE_VIEW, Action.CAMERA_LIST}),
        _EVERYBODY_IN_HOUSE,
        Effect.ALLOW,
        gettext_noop("Everybody with a duty in the owning organisation sees its cameras and what was recorded when."),
        "GDPR Art. 5(2)",
    ),
)

_PLACES: tuple[Rule, ...] = (
    Rule(
        "spaces.in_house",
        frozenset({Action.SPACE_LIST}),
        _EVERYBODY_IN_HOUSE,
        Effect.ALLOW,
        gettext_noop("Everybody with a duty in the owning organisation sees its spaces on the map and in the list."),
        "GDPR Art. 5(2)",
    ),
    Rule(
        "spaces.draw",
        frozenset({Action.SPACE_CHANGE}),
        frozenset({Role.ADMINISTRATOR}),
        Effect.ALLOW,
        gettext_noop("Administrators draw and change the spaces of their own organisation."),
        "GDPR Art. 24(1)",
    ),
    Rule(
        "cameras.configure",
        frozenset({Action.CAMERA_ADD, Action.CAMERA_CHANGE, Action.CAMERA_TEST}),
        frozenset({Role.ADMINISTRATOR}),
        Effect.ALLOW,
        gettext_noop("Administrators set up and test the cameras of their own organisation."),
        "GDPR Art. 24(1), LED Art. 29(2)(a)",
    ),
)

_OBSERVATIONS: tuple[Rule, ...] = (
    Rule(
        "observations.list",
        frozenset({Action.OBSERVATIONS_LIST, Action.OBSERVATIONS_EXPORT}),
        _LOOKERS,
        Effect.ALLOW,
        gettext_noop("Operators, supervisors and investigators see and export what their own organisation's cameras observed."),
        "GDPR Art. 6(1)(e), LED Art. 8",
    ),
    Rule(
        "observations.count",
        frozenset({Action.OBSERVATIONS_COUNT}),
        _LOOKERS | OVERSIGHT | {Role.PLANNER},
        Effect.ALLOW,
        gettext_noop("Who watches, investigates, checks or plans sees how much was observed."),
        "GDPR Art. 5(1)(c)",
    ),
)

_CASES: tuple[Rule, ...] = (
    Rule(
        "holds.list",
        frozenset({Action.HOLD_LIST}),
        _CASEWORK,
        Effect.ALLOW,
        gettext_noop(
            "Who works on cases, approves or checks sees which footage of their own organisation is held, for which case and until when."
        ),
        "LED Art. 5",
    ),
    Rule(
        "holds.place",
        frozenset({Action.HOLD_PLACE}),
        _LOOKERS,
        Effect.ALLOW,
        gettext_noop("Operators, supervisors and investigators hold footage for a case before the retention would delete it."),
        "LED Art. 5, GDPR Art. 18(1)(c)",
    ),
    Rule(
        "holds.decide",
        frozenset({Action.HOLD_EXTEND, Action.HOLD_LIFT}),
        frozenset({Role.SUPERVISOR}),
        Effect.ALLOW,
        gettext_noop("Supervisors extend holds and lift them."),
        "LED Art. 5",
    ),
    Rule(
        "exhibits.list",
        frozenset({Action.EXHIBIT_LIST}),
        _CASEWORK,
        Effect.ALLOW,
        gettext_noop("Who works on cases, approves or checks sees which exhibits of their own organisation were made, and why."),
        "LED Art. 25",
    ),
    Rule(
        "exhibits.ask",
        frozenset({Action.EXHIBIT_ASK, Action.EXHIBIT_FETCH}),
        _LOOKERS,
        Effect.ALLOW,
        gettext_noop(
            "Operators, supervisors and investigators on duty ask for exhibits of their own organisation's footage and fetch them."
        ),
        "LED Art. 8, 25",
        duty=True,
    ),
    Rule(
        "exhibits.off_duty",
        frozenset({Action.EXHIBIT_ASK, Action.EXHIBIT_FETCH}),
        _LOOKERS,
        Effect.REFUSE,
        gettext_noop("Exhibits are asked for and fetched only during a person's shift."),
        "GDPR Art. 32(4), LED Art. 29(2)(e)",
        duty=False,
    ),
    Rule(
        "exhibits.make",
        frozenset({Action.EXHIBIT_MAKE}),
        _LOOKERS,
        Effect.ALLOW,
        gettext_noop("What was asked for on duty is made once it is sealed, whoever is on duty then."),
        "LED Art. 8, 25",
    ),
    Rule(
        "exhibits.authorised",
        frozenset({Action.EXHIBIT_ASK, Action.EXHIBIT_FETCH}),
        _LOOKERS,
        Effect.ALLOW,
        gettext_noop("Police on duty ask for exhibits of another organisation's cameras that a valid authorisation names, and fetch them."),
        "LED Art. 8, 9(3), 25",
        ownership=Ownership.AUTHORISED,
        duty=True,
        kinds=frozenset({OrganisationKind.POLICE}),
    ),
    Rule(
        "exhibits.make_authorised",
        frozenset({Action.EXHIBIT_MAKE}),
        _LOOKERS,
        Effect.ALLOW,
        gettext_noop("What police asked for by an authorisation is made while that is valid."),
        "LED Art. 8, 9(3), 25",
        ownership=Ownership.AUTHORISED,
        kinds=frozenset({OrganisationKind.POLICE}),
    ),
    Rule(
        "exhibits.approve",
        frozenset({Action.EXHIBIT_APPROVE}),
        frozenset({Role.APPROVER}),
        Effect.ALLOW,
        gettext_noop("Approvers decide on exhibits that another person asked for."),
        "LED Art. 4(4), 25",
    ),
    Rule(
        "authorisations.list",
        frozenset({Action.AUTHORISATION_LIST}),
        _CASEWORK,
        Effect.ALLOW,
        gettext_noop("Who works on cases, approves or checks sees the authorisations of their own organisation."),
        "LED Art. 4(4)",
    ),
    Rule(
        "authorisations.issue",
        frozenset({Action.AUTHORISATION_ASK, Action.AUTHORISATION_ISSUE, Action.AUTHORISATION_CONFIRM}),
        frozenset({Role.SUPERVISOR, Role.INVESTIGATOR}),
        Effect.ALLOW,
        gettext_noop("Supervisors and investigators enter the authorisations of courts and authorities."),
        "LED Art. 8, Regulation (EU) 2024/1689 Art. 26(10)",
    ),
    Rule(
        "authorisations.approve",
        frozenset({Action.AUTHORISATION_APPROVE}),
        frozenset({Role.APPROVER}),
        Effect.ALLOW,
        gettext_noop("Approvers check authorisations that another person entered against their documents."),
        "LED Art. 4(4)",
    ),
    Rule(
        "authorisations.end",
        frozenset({Action.AUTHORISATION_END}),
        frozenset({Role.SUPERVISOR, Role.INVESTIGATOR, Role.APPROVER, Role.DATA_PROTECTION_OFFICER}),
        Effect.ALLOW,
        gettext_noop("Who enters or approves authorisations, and the data protection officer, ends them at once."),
        "LED Art. 4(1)(c)",
    ),
)

RULES: tuple[Rule, ...] = (
    *_PICTURES,
    *_PLACES,
    *_OBSERVATIONS,
    *_CASES,
    *PEOPLE,
    *CHECKS,
    *(
        Rule(
            f"token.{scope}",
            actions,
            frozenset(),
            Effect.ALLOW,
            gettext_noop("A token with this scope reads this of its own organisation."),
            "GDPR Art. 25(2)",
            scopes=frozenset({scope}),
        )
        for scope, actions in SCOPES.items()
    ),
)
