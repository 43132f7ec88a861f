"""Who may do what to what, and why: one pure function over one table.

`decide` reads no clock, no database and no settings: all it needs is passed in. Nothing is allowed unless a rule says so, and what a
rule allows still needs what the jurisdiction's pack demands of the act's class: a justification, two persons, an authorisation.
Roles that administer never watch, roles that watch never administer, and whoever audits does neither.
"""

from citysquare.platform.policy.actors import Actor, Coverage, Grant, Subject
from citysquare.platform.policy.deciding import DECISIONS, DEFAULT, NO_SCOPE, NOBODY, covered, decide, offered
from citysquare.platform.policy.facts import Authorisation, Facts, Hours, Justification, SealFact, authorised_as, says_something
from citysquare.platform.policy.pack import FLOOR, Demand, Keeping, Pack, strictest
from citysquare.platform.policy.pack_files import BadPack, PackFile, delivered, strict
from citysquare.platform.policy.rules import Decision, Ownership, Rule, authorised_by
from citysquare.platform.policy.table import RULES, SCOPES
from citysquare.platform.policy.vocabulary import (
    ACT_CLASSES,
    ONLY_RECORDED,
    OVERSIGHT,
    ActClass,
    Action,
    Effect,
    OrganisationKind,
    PersonRole,
    ReasonCode,
    Role,
    Scope,
)

__all__ = [
    "ACT_CLASSES",
    "DECISIONS",
    "DEFAULT",
    "FLOOR",
    "NOBODY",
    "NO_SCOPE",
    "ONLY_RECORDED",
    "OVERSIGHT",
    "RULES",
    "SCOPES",
    "ActClass",
    "Action",
    "Actor",
    "Authorisation",
    "BadPack",
    "Coverage",
    "Decision",
    "Demand",
    "Effect",
    "Facts",
    "Grant",
    "Hours",
    "Justification",
    "Keeping",
    "OrganisationKind",
    "Ownership",
    "Pack",
    "PackFile",
    "PersonRole",
    "ReasonCode",
    "Role",
    "Rule",
    "Scope",
    "SealFact",
    "Subject",
    "authorised_as",
    "authorised_by",
    "covered",
    "decide",
    "delivered",
    "offered",
    "says_something",
    "strict",
    "strictest",
]
