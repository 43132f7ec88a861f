"""Authorisations of courts and authorities: entered, confirmed and ended here; what each permits is `policy.Authorisation`.

Entering and confirming one are acts of two persons: a room keeps the row with `entered` when the act is asked for, and calls `issued` or
`confirmed` once both seals were checked. Whether one permits something is computed from its times, never from a job having run.
"""

from citysquare.platform.authorisations.queries import DELETABLE, PURGED, all_of, due, find, in_force, value_of
from citysquare.platform.authorisations.services import (
    AuthorisationIsOver,
    BadAuthorisation,
    Draft,
    NoSuchAuthorisation,
    asked_to_confirm,
    asked_to_delete,
    checked,
    confirmed,
    ended,
    entered,
    issued,
    lapse,
    purged,
    refused,
)

__all__ = [
    "DELETABLE",
    "PURGED",
    "AuthorisationIsOver",
    "BadAuthorisation",
    "Draft",
    "NoSuchAuthorisation",
    "all_of",
    "asked_to_confirm",
    "asked_to_delete",
    "checked",
    "confirmed",
    "due",
    "ended",
    "entered",
    "find",
    "in_force",
    "issued",
    "lapse",
    "purged",
    "refused",
    "value_of",
]
