"""Rules about the house itself: people, their rights and keys, what is kept, and who checks all that."""

from __future__ import annotations

from django.utils.translation.trans_real import gettext_noop

from citysquare.platform.policy.rules import Ownership, Rule
from citysquare.platform.policy.vocabulary import OVERSIGHT, Action, Effect, Role

_LOOKERS = frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.INVESTIGATOR})
_EVERYBODY_IN_HOUSE = frozenset(Role)

PEOPLE: tuple[Rule, ...] = (
    Rule(
        "people.list",
        frozenset({Action.PERSON_LIST, Action.GROUP_LIST}),
        OVERSIGHT | {Role.ADMINISTRATOR, Role.SUPERVISOR},
        Effect.ALLOW,
        gettext_noop("Administrators, supervisors and who checks see who has which rights in their own organisation."),
        "LED Art. 29(2)(e)",
    ),
    Rule(
        "people.change",
        frozenset({Action.PERSON_ADD, Action.PERSON_CHANGE, Action.ROLE_GRANT, Action.ROLE_REVOKE, Action.GROUP_CHANGE}),
        frozenset({Role.ADMINISTRATOR}),
        Effect.ALLOW,
        gettext_noop(
            "Administrators manage people, roles and groups of their own organisation, never their own and never those who check."
        ),
        "LED Art. 29(2)(e), GDPR Art. 32(4)",
    ),
    Rule(
        "oversight.change",
        frozenset({Action.OVERSIGHT_GRANT, Action.OVERSIGHT_REVOKE}),
        OVERSIGHT,
        Effect.ALLOW,
        gettext_noop("Only auditors and data protection officers give and take these two roles; the first one is named at the console."),
        "GDPR Art. 38(3), LED Art. 33",
    ),
    Rule(
        "shifts.list",
        frozenset({Action.SHIFT_LIST}),
        _LOOKERS | OVERSIGHT | {Role.ADMINISTRATOR},
        Effect.ALLOW,
        gettext_noop("Who works in shifts, manages people or checks sees the shifts of their own organisation."),
        "LED Art. 29(2)(e)",
    ),
    Rule(
        "shifts.change",
        frozenset({Action.SHIFT_CHANGE}),
        frozenset({Role.SUPERVISOR}),
        Effect.ALLOW,
        gettext_noop("Supervisors plan the shifts of their own organisation and put people on duty."),
        "LED Art. 29(2)(e)",
    ),
    Rule(
        "organisation.view",
        frozenset({Action.ORGANISATION_LIST}),
        _EVERYBODY_IN_HOUSE,
        Effect.ALLOW,
        gettext_noop("Everybody with a duty in an organisation sees what it is."),
        "GDPR Art. 5(2)",
    ),
    Rule(
        "organisation.change",
        frozenset({Action.ORGANISATION_CHANGE}),
        frozenset({Role.ADMINISTRATOR}),
        Effect.ALLOW,
        gettext_noop("Administrators change the name and the kind of their own organisation; police it becomes at the console only."),
        "GDPR Art. 24(1)",
    ),
    Rule(
        "account.own",
        frozenset({Action.OWN_KEYS, Action.KEY_ADD, Action.KEY_REMOVE, Action.ORGANISATION_CHOSEN}),
        frozenset(),
        Effect.ALLOW,
        gettext_noop("Each person manages their own keys and chooses in which of their organisations they act."),
        "GDPR Art. 32(1)",
        ownership=Ownership.ITSELF,
    ),
    Rule(
        "acts.take_part",
        frozenset({Action.ACT_LIST, Action.ACT_REFUSE, Action.SEAL}),
        _EVERYBODY_IN_HOUSE,
        Effect.ALLOW,
        gettext_noop(
            "Everybody with a duty in an organisation sees the acts that wait for their seal; who may seal one, the act itself says."
        ),
        "LED Art. 4(4)",
    ),
)

CHECKS: tuple[Rule, ...] = (
    Rule(
        "retention.view",
        frozenset({Action.RETENTION_VIEW}),
        _EVERYBODY_IN_HOUSE,
        Effect.ALLOW,
        gettext_noop("Everybody with a duty in an organisation sees what it keeps, how long and on what ground, and what was deleted."),
        "LED Art. 5, GDPR Art. 5(1)(e)",
    ),
    Rule(
        "retention.run",
        frozenset({Action.RETENTION_RUN}),
        frozenset({Role.ADMINISTRATOR}),
        Effect.ALLOW,
        gettext_noop("Administrators let what is due be deleted at once."),
        "LED Art. 5, GDPR Art. 5(1)(e)",
    ),
    Rule(
        "packs.view",
        frozenset({Action.PACK_VIEW}),
        _EVERYBODY_IN_HOUSE,
        Effect.ALLOW,
        gettext_noop("Everybody with a duty in an organisation reads the rules of the jurisdiction that hold here."),
        "GDPR Art. 5(1)(a)",
    ),
    Rule(
        "packs.install",
        frozenset({Action.PACK_ASK, Action.PACK_INSTALL}),
        frozenset({Role.ADMINISTRATOR}),
        Effect.ALLOW,
        gettext_noop("Administrators install the signed rules of a jurisdiction."),
        "GDPR Art. 24(1), LED Art. 19",
    ),
    Rule(
        "packs.approve",
        frozenset({Action.PACK_APPROVE}),
        frozenset({Role.DATA_PROTECTION_OFFICER}),
        Effect.ALLOW,
        gettext_noop("The data protection officer approves the rules of a jurisdiction before they hold."),
        "GDPR Art. 39(1)(b), LED Art. 34",
    ),
    Rule(
        "system.view",
        frozenset({Action.SYSTEM_VIEW}),
        frozenset({Role.ADMINISTRATOR}),
        Effect.ALLOW,
        gettext_noop("Administrators see how the system runs and what it costs."),
        "GDPR Art. 32(1)(d)",
    ),
    Rule(
        "tokens.manage",
        frozenset({Action.TOKEN_LIST, Action.TOKEN_MAKE, Action.TOKEN_REVOKE}),
        frozenset({Role.ADMINISTRATOR}),
        Effect.ALLOW,
        gettext_noop("Administrators give other programs of their own organisation tokens with limited scopes, and take them back."),
        "GDPR Art. 32(1)(b)",
    ),
    Rule(
        "audit.read",
        frozenset({Action.AUDIT_READ}),
        OVERSIGHT,
        Effect.ALLOW,
        gettext_noop("Auditors and data protection officers read the audit log."),
        "LED Art. 25(2), 34",
    ),
    Rule(
        "reasons.read",
        frozenset({Action.REASONS_READ}),
        OVERSIGHT,
        Effect.ALLOW,
        gettext_noop("Auditors and data protection officers read the reasons that people of their own organisation gave for looking back."),
        "LED Art. 25(2), 34",
    ),
    Rule(
        "audit.open",
        frozenset({Action.AUDIT_EXPORT, Action.AUDIT_NAMES}),
        frozenset({Role.AUDITOR}),
        Effect.ALLOW,
        gettext_noop("Auditors alone export the audit log and open the names in it."),
        "LED Art. 25(2)",
    ),
)
