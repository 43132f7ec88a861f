"""What the entry of each act may say: every detail is declared, with its sort, and free text never enters.

A detail's name means one thing in all entries (`SORTS`); an act names those it may carry (`DETAILS`). To log something new, name it here.

- *plain*: numbers, codes, times, ids of cameras and spaces. What does not look like a code becomes a digest.
- *identifier* (of a person, case, plate, token …): becomes a pseudonym (`names`).
- *digest*: a text or document, of which only the SHA-256 stands in the log: `d:` and 32 digits of it.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable
from enum import StrEnum

from django.conf import settings

from citysquare.platform.policy.vocabulary import ActClass, Action
from citysquare.proof.canonical import LARGEST_WHOLE
from citysquare.proof.entries import LONGEST_DETAIL_NAME, MOST_DETAILS, Details

Typed = dict[str, str | int]
Pseudonym = Callable[[str, str], str]
"""Of a kind and an identifier."""

_log = logging.getLogger(__name__)

_CODE = re.compile(r"[A-Za-z0-9_.:+/,()\[\]*=@&%~<>{}?!#$;' -]{0,200}")
"""All that an address may hold (RFC 3986), and a little more."""
_SHA256 = re.compile(r"[0-9a-f]{64}")
"""A digest that the caller made."""
_DIGEST_DIGITS = 32


class UndeclaredDetailError(TypeError):
    """A detail that its act does not declare: a mistake in the program, raised in tests only."""


class Sort(StrEnum):
    """What becomes of a detail. The identifiers' values are the kinds under which they become pseudonyms."""

    PLAIN = "plain"
    DIGEST = "digest"
    PERSON = "person"
    CASE = "case"
    PLATE = "plate"
    TOKEN = "token"  # noqa: S105 -- the name of a kind, no token


PRIVATE_KINDS = frozenset({Sort.PERSON, Sort.CASE, Sort.PLATE, Sort.TOKEN})
"""Kinds of subjects whose identifiers are pseudonyms in the log."""


def _sorts() -> dict[str, Sort]:
    named = {
        Sort.DIGEST: "document offence reference text key_digest",
        Sort.PERSON: "approver asker name person sought viewer",  # names: a mere digest of one is soon guessed
        Sort.CASE: "case",
        Sort.TOKEN: "token",
        Sort.PLAIN: (
            "act act_digest action actions address at authorisation authorisation_id backup_of before bom bucket by bytes camera "
            "camera_id cameras chain changed checked class code complete count created credential cursor data_class date day days "
            "digest direction duty enabled entries exhibit exhibit_id files found from group groups head hold hold_id hours id "
            "in_force jurisdiction key kid kind law limit links manifest method networks newest newest_time next object_class "
            "observation_id oldest organisation outcome owner pack page parts person_role previous reason recipient_kind refused "
            "results role roles root route rows rule scopes second_factor seconds segments sequence session sessions shift since "
            "size source space space_id spaces span_seconds state sub_address to touches unknown until urgent_hours valid_from "
            "valid_to version what why zone zone_id"
        ),
    }
    return {name: sort for sort, names in named.items() for name in names.split()}


SORTS: dict[str, Sort] = _sorts()
"""What becomes of each detail, by its name."""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_COMMON = _names("rule method owner span_seconds what code law route unknown by")
_WHY = _names("reason person_role case text offence authorisation act act_digest asker approver")
"""A justification (LED Art. 25) and the seals of two persons."""
_CALLED = _names(
    "authorisation_id exhibit_id observation_id camera_id hold_id space_id zone_id camera space since until from to limit cursor"
    " before next"
)
"""What a program may name in a question to the API."""
_FILTERS = _names("space camera object_class class direction since until newest bucket group bom day")
_RANGE = _names("camera cameras space spaces from to seconds bytes rows parts files complete results")
_PEOPLE = _names("person role roles group groups organisation kind cameras spaces since until state name document")
_SHIFTS = _names("person group from to at day hours state shift duty")
_KEYS = _names("kind credential key key_digest name state version second_factor session sessions organisation")
_GIVEN = _names("id version state what name document digest pack jurisdiction kid source valid_from valid_to urgent_hours cameras spaces")

DETAILS: dict[Action, frozenset[str]] = {
    Action.LIVE_VIEW: frozenset({"seconds", "why", "viewer", "space", "camera"}),
    Action.LIVE_VIEW_REDACTED: frozenset({"seconds", "why"}),
    Action.COVERAGE_VIEW: _CALLED | {"date", "page"},
    Action.REPLAY_VIEW: _WHY | _RANGE | {"at", "state"},
    Action.EXHIBIT_LIST: _CALLED | {"exhibit", "page", "state"},
    Action.EXHIBIT_ASK: _WHY | _RANGE | {"exhibit", "hold", "state"},
    Action.EXHIBIT_APPROVE: _WHY | _RANGE | {"exhibit"},
    Action.EXHIBIT_MAKE: _WHY | _RANGE | {"exhibit", "manifest", "state", "segments", "digest"},
    Action.EXHIBIT_FETCH: _WHY | {"exhibit", "digest", "bytes", "recipient_kind", "reference", "complete"},
    Action.OBSERVATIONS_LIST: _FILTERS | _CALLED | {"results", "page"},
    Action.OBSERVATIONS_COUNT: _FILTERS | _CALLED | {"results"},
    Action.OBSERVATIONS_EXPORT: _FILTERS | _CALLED | {"rows", "complete"},
    Action.SPACE_LIST: _CALLED,
    Action.SPACE_CHANGE: frozenset({"created", "changed", "refused", "zone", "space", "name"}),
    Action.CAMERA_LIST: _CALLED,
    Action.CAMERA_ADD: frozenset({"address", "sub_address", "created", "changed", "camera"}),
    Action.CAMERA_CHANGE: frozenset({"address", "sub_address", "enabled", "camera", "links", "state"}),
    Action.CAMERA_TEST: frozenset({"address", "sub_address", "networks"}),
    Action.HOLD_LIST: _CALLED | {"hold", "case", "in_force", "touches", "page", "results"},
    Action.HOLD_PLACE: _WHY | {"hold", "camera", "case", "from", "to", "until"},
    Action.HOLD_EXTEND: _WHY | {"hold", "camera", "case", "from", "to", "until"},
    Action.HOLD_LIFT: _WHY | {"hold", "camera", "case", "from", "to", "until"},
    Action.AUTHORISATION_LIST: _CALLED | {"id", "page", "authorisation"},
    Action.AUTHORISATION_ASK: _WHY | _GIVEN | {"action"},
    Action.AUTHORISATION_ISSUE: _WHY | _GIVEN | {"action", "actions"},
    Action.AUTHORISATION_CONFIRM: _WHY | _GIVEN,
    Action.AUTHORISATION_APPROVE: _WHY | _GIVEN,
    Action.AUTHORISATION_END: _WHY | _GIVEN | {"count"},
    Action.PERSON_LIST: frozenset({"page", "group", "role", "person"}),
    Action.PERSON_ADD: _PEOPLE,
    Action.PERSON_CHANGE: _PEOPLE | {"sessions"},
    Action.ROLE_GRANT: _PEOPLE,
    Action.ROLE_REVOKE: _PEOPLE,
    Action.OVERSIGHT_GRANT: _PEOPLE,
    Action.OVERSIGHT_REVOKE: _PEOPLE,
    Action.GROUP_LIST: frozenset({"page", "group"}),
    Action.GROUP_CHANGE: _PEOPLE,
    Action.SHIFT_LIST: _SHIFTS | {"page", "date"},
    Action.SHIFT_CHANGE: _SHIFTS,
    Action.ORGANISATION_LIST: frozenset({"page", "organisation"}),
    Action.ORGANISATION_CHANGE: _PEOPLE,
    Action.RETENTION_VIEW: frozenset({"data_class", "page"}),
    Action.RETENTION_RUN: frozenset({"data_class", "count"}),
    Action.RETENTION_DELETED: _names(
        "data_class pack version hours count oldest newest root checked found camera date authorisation id digest"
        " files segments seconds head"
    ),
    Action.FOOTAGE_DAY: frozenset({"camera", "date", "head", "segments", "chain", "bytes", "digest", "root"}),
    Action.PACK_VIEW: frozenset({"pack", "page"}),
    Action.PACK_ASK: _WHY | _GIVEN,
    Action.PACK_INSTALL: _WHY | _GIVEN,
    Action.PACK_APPROVE: _WHY | _GIVEN,
    Action.SYSTEM_VIEW: frozenset({"page"}),
    Action.TOKEN_LIST: frozenset(),
    Action.TOKEN_MAKE: frozenset({"name", "scopes", "days"}),
    Action.TOKEN_REVOKE: frozenset({"name"}),
    Action.TOKEN_USE: frozenset(),
    Action.AUDIT_READ: frozenset({"action", "sought", "before", "camera", "outcome", "since", "until", "entries", "found"}),
    Action.AUDIT_EXPORT: frozenset({"from", "to", "entries", "root", "digest", "size", "bytes", "head"}),
    Action.AUDIT_NAMES: frozenset({"person", "token", "kind", "sequence", "found", "entries"}),
    Action.REASONS_READ: frozenset({"kind", "page"}),
    Action.AUDIT_CLOCK: frozenset({"newest_time", "seconds"}),
    Action.AUDIT_RESTORED: frozenset({"entries", "from", "head", "backup_of"}),
    Action.KEY_ROTATED: frozenset({"kid", "previous", "changed", "state"}),
    Action.ACT_LIST: frozenset({"kind", "digest"}),
    Action.ACT_REFUSE: _WHY | {"kind", "digest", "state"},
    Action.SEAL: _WHY | {"kind", "digest", "role", "credential", "state"},
    Action.SIGN_IN: _KEYS,
    Action.SIGN_OUT: _KEYS | {"why"},
    Action.PASSWORD_SET: _KEYS,
    Action.LINK_MADE: _PEOPLE | {"role"},
    Action.ORGANISATION_CHOSEN: frozenset({"organisation"}),
    Action.OWN_KEYS: _KEYS,
    Action.KEY_ADD: _KEYS,
    Action.KEY_REMOVE: _KEYS,
}
"""The details that the entry of each act may carry, beside those of every entry."""


def names_of(action: Action | str) -> frozenset[str]:
    """Return the details that an entry of this act may carry."""
    act = Action(action)
    more = _WHY if act.act_class in {ActClass.CONSULT, ActClass.DISCLOSE, ActClass.ORDER} else frozenset[str]()
    return _COMMON | DETAILS[act] | more


def declared(action: Action | str, asked: Details) -> Typed:
    """Return what of a stranger's question the entry may carry, and how many names were left out: names can be anything, too."""
    known = names_of(action)
    kept: Typed = {name: value for name, value in asked.items() if name in known}
    return kept if len(kept) == len(asked) else {**kept, "unknown": len(asked) - len(kept)}


def typed(action: Action | str, details: Details, pseudonym: Pseudonym) -> Typed:
    """Return details as they stand in the log.

    Raises UndeclaredDetailError in tests; in operation what is not declared becomes a digest and the machine's log says so.
    """
    known = names_of(action)
    found: Typed = {}
    for name, value in list(details.items())[:MOST_DETAILS]:
        if name not in known:
            _undeclared(action, name)
        found[name[:LONGEST_DETAIL_NAME]] = _in_the_log(SORTS.get(name, Sort.DIGEST) if name in known else Sort.DIGEST, value, pseudonym)
    return found


def digest(text: str) -> str:
    """Return what stands in the log for a text."""
    return "d:" + hashlib.sha256(text.encode(errors="replace")).hexdigest()[:_DIGEST_DIGITS]


def _in_the_log(sort: Sort, value: str | int, pseudonym: Pseudonym) -> str | int:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return value if sort is Sort.PLAIN and abs(value) <= LARGEST_WHOLE else digest(str(value))
    text = str(value)
    if not text or (sort is Sort.PLAIN and _CODE.fullmatch(text)) or (sort is Sort.DIGEST and _SHA256.fullmatch(text)):
        return text
    return digest(text) if sort in {Sort.PLAIN, Sort.DIGEST} else pseudonym(sort, text)


def _undeclared(action: Action | str, name: str) -> None:
    message = f"the act {action} does not declare the detail {name!r}: name it in platform/audit/entries.py"
    if getattr(settings, "AUDIT_STRICT", False):
        raise UndeclaredDetailError(message)
    _log.error("%s", message)
