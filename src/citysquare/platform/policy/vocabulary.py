"""The words of the policy: roles, kinds, acts, classes and codes.

Their values stand in the log, in tokens and in packs and never change.
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a person does in an organisation."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    INVESTIGATOR = "investigator"
    APPROVER = "approver"
    DATA_PROTECTION_OFFICER = "data_protection_officer"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    PLANNER = "planner"


OVERSIGHT = frozenset({Role.AUDITOR, Role.DATA_PROTECTION_OFFICER})
"""The roles that watch the watchers: administrators neither give nor take them."""


class OrganisationKind(StrEnum):
    """What an organisation is for."""

    CITY = "city"
    POLICE = "police"
    RESCUE = "rescue"
    MEDICAL = "medical"
    OPERATOR = "operator"
    PARTNER = "partner"


class PersonRole(StrEnum):
    """What the person looked for is in the case (LED Art. 6)."""

    SUSPECT = "suspect"
    CONVICTED = "convicted"
    VICTIM = "victim"
    WITNESS = "witness"
    MISSING = "missing"
    OTHER = "other"
    NOBODY = "nobody"
    """No person is looked for."""


class ReasonCode(StrEnum):
    """Why somebody looks at what was recorded."""

    CRIME = "crime"
    DANGER = "danger"
    MISSING_PERSON = "missing_person"
    ACCIDENT = "accident"
    DAMAGE = "damage"
    COMPLAINT = "complaint"
    SUBJECT_REQUEST = "subject_request"
    COURT_ORDER = "court_order"
    TECHNICAL_CHECK = "technical_check"
    AUDIT = "audit"


class ActClass(StrEnum):
    """What kind of act it is; a jurisdiction's pack says what each class demands."""

    ROUTINE = "routine"
    CONSULT = "consult"
    DISCLOSE = "disclose"
    ORDER = "order"
    ADMINISTER = "administer"
    ACCOUNT = "account"


class Action(StrEnum):
    """What can be done. The values stand in the audit log and never change."""

    LIVE_VIEW = "live.view"
    LIVE_VIEW_REDACTED = "live.view_redacted"
    COVERAGE_VIEW = "coverage.view"
    REPLAY_VIEW = "replay.view"
    EXHIBIT_LIST = "exhibit.list"
    EXHIBIT_ASK = "exhibit.ask"
    EXHIBIT_APPROVE = "exhibit.approve"
    EXHIBIT_MAKE = "exhibit.make"
    EXHIBIT_FETCH = "exhibit.fetch"
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
    AUTHORISATION_LIST = "authorisation.list"
    AUTHORISATION_ASK = "authorisation.ask"
    AUTHORISATION_ISSUE = "authorisation.issue"
    AUTHORISATION_CONFIRM = "authorisation.confirm"
    AUTHORISATION_APPROVE = "authorisation.approve"
    AUTHORISATION_END = "authorisation.end"
    PERSON_LIST = "person.list"
    PERSON_ADD = "person.add"
    PERSON_CHANGE = "person.change"
    ROLE_GRANT = "role.grant"
    ROLE_REVOKE = "role.revoke"
    OVERSIGHT_GRANT = "oversight.grant"
    OVERSIGHT_REVOKE = "oversight.revoke"
    GROUP_LIST = "group.list"
    GROUP_CHANGE = "group.change"
    SHIFT_LIST = "shift.list"
    SHIFT_CHANGE = "shift.change"
    ORGANISATION_LIST = "organisation.list"
    ORGANISATION_CHANGE = "organisation.change"
    RETENTION_VIEW = "retention.view"
    RETENTION_RUN = "retention.run"
    RETENTION_DELETED = "retention.deleted"
    FOOTAGE_DAY = "footage.day"
    PACK_VIEW = "pack.view"
    PACK_ASK = "pack.ask"
    PACK_INSTALL = "pack.install"
    PACK_APPROVE = "pack.approve"
    SYSTEM_VIEW = "system.view"
    TOKEN_LIST = "token.list"  # noqa: S105 -- the name of an act, no token
    TOKEN_MAKE = "token.make"  # noqa: S105 -- as above
    TOKEN_REVOKE = "token.revoke"  # noqa: S105 -- as above
    TOKEN_USE = "token.use"  # noqa: S105 -- as above
    AUDIT_READ = "audit.read"
    AUDIT_EXPORT = "audit.export"
    AUDIT_NAMES = "audit.names"
    REASONS_READ = "reasons.read"
    AUDIT_CLOCK = "audit.clock"
    AUDIT_RESTORED = "audit.restored"
    KEY_ROTATED = "centre_key.rotated"
    ACT_LIST = "act.list"
    ACT_REFUSE = "act.refuse"
    SEAL = "act.seal"
    SIGN_IN = "account.sign_in"
    SIGN_OUT = "account.sign_out"
    PASSWORD_SET = "account.password_set"  # noqa: S105 -- the name of an act, no password
    LINK_MADE = "account.link_made"
    ORGANISATION_CHOSEN = "account.organisation"
    OWN_KEYS = "account.keys"
    KEY_ADD = "key.add"
    KEY_REMOVE = "key.remove"

    @property
    def act_class(self) -> ActClass:
        """The kind of act this is."""
        return ACT_CLASSES[self]


def _classes() -> dict[Action, ActClass]:
    """Return the class of each act: routine unless it is named here."""
    named = {
        ActClass.CONSULT: {Action.REPLAY_VIEW, Action.EXHIBIT_ASK, Action.EXHIBIT_FETCH},
        ActClass.DISCLOSE: {Action.EXHIBIT_MAKE},
        ActClass.ORDER: {Action.AUTHORISATION_ISSUE, Action.AUTHORISATION_CONFIRM, Action.PACK_INSTALL},
        ActClass.ADMINISTER: {
            Action.SPACE_CHANGE,
            Action.CAMERA_ADD,
            Action.CAMERA_CHANGE,
            Action.CAMERA_TEST,
            Action.PERSON_ADD,
            Action.PERSON_CHANGE,
            Action.ROLE_GRANT,
            Action.ROLE_REVOKE,
            Action.OVERSIGHT_GRANT,
            Action.OVERSIGHT_REVOKE,
            Action.GROUP_CHANGE,
            Action.SHIFT_CHANGE,
            Action.ORGANISATION_CHANGE,
            Action.RETENTION_RUN,
            Action.RETENTION_DELETED,
            Action.FOOTAGE_DAY,
            Action.SYSTEM_VIEW,
            Action.TOKEN_LIST,
            Action.TOKEN_MAKE,
            Action.TOKEN_REVOKE,
            Action.TOKEN_USE,
            Action.AUDIT_CLOCK,
            Action.AUDIT_RESTORED,
            Action.KEY_ROTATED,
        },
        ActClass.ACCOUNT: {
            Action.SIGN_IN,
            Action.SIGN_OUT,
            Action.PASSWORD_SET,
            Action.LINK_MADE,
            Action.ORGANISATION_CHOSEN,
            Action.OWN_KEYS,
            Action.KEY_ADD,
            Action.KEY_REMOVE,
        },
    }
    return {action: next((name for name, actions in named.items() if action in actions), ActClass.ROUTINE) for action in Action}


ACT_CLASSES = _classes()
"""The class of each act."""

ONLY_RECORDED = frozenset(
    {
        Action.RETENTION_DELETED,
        Action.FOOTAGE_DAY,
        Action.TOKEN_USE,
        Action.AUDIT_CLOCK,
        Action.AUDIT_RESTORED,
        Action.KEY_ROTATED,
        Action.SIGN_IN,
        Action.SIGN_OUT,
        Action.PASSWORD_SET,
        Action.LINK_MADE,
    }
)
"""What the program itself notes in the log. Nobody asks for it, so no rule allows it."""


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
