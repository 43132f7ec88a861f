"""Acts, outcomes and roles in words."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from citysquare.platform.policy import ActClass, Action, OrganisationKind, PersonRole, ReasonCode, Role, Scope

ACTION_LABELS: dict[Action, Promise | str] = {
    Action.LIVE_VIEW: _("Live picture"),
    Action.LIVE_VIEW_REDACTED: _("Live picture, redacted"),
    Action.COVERAGE_VIEW: _("Recording state of a camera"),
    Action.REPLAY_VIEW: _("Recorded footage looked at"),
    Action.EXHIBIT_LIST: _("List of exhibits"),
    Action.EXHIBIT_ASK: _("Exhibit asked for"),
    Action.EXHIBIT_APPROVE: _("Decision on an exhibit"),
    Action.EXHIBIT_MAKE: _("Exhibit made"),
    Action.EXHIBIT_FETCH: _("Exhibit fetched"),
    Action.OBSERVATIONS_LIST: _("List of observations"),
    Action.OBSERVATIONS_COUNT: _("Counts of observations"),
    Action.OBSERVATIONS_EXPORT: _("Export of observations"),
    Action.SPACE_LIST: _("List of spaces"),
    Action.SPACE_CHANGE: _("Space changed"),
    Action.CAMERA_LIST: _("List of cameras"),
    Action.CAMERA_ADD: _("Adding a camera"),
    Action.CAMERA_CHANGE: _("Camera changed"),
    Action.CAMERA_TEST: _("Camera tested"),
    Action.HOLD_LIST: _("List of holds"),
    Action.HOLD_PLACE: _("Footage held"),
    Action.HOLD_EXTEND: _("Hold extended"),
    Action.HOLD_LIFT: _("Hold lifted"),
    Action.AUTHORISATION_LIST: _("List of authorisations"),
    Action.AUTHORISATION_ASK: _("Authorisation asked to be entered"),
    Action.AUTHORISATION_ISSUE: _("Authorisation entered"),
    Action.AUTHORISATION_CONFIRM: _("Urgent authorisation confirmed"),
    Action.AUTHORISATION_APPROVE: _("Decision on an authorisation"),
    Action.AUTHORISATION_END: _("Authorisation ended"),
    Action.PERSON_LIST: _("List of people"),
    Action.PERSON_ADD: _("Person added"),
    Action.PERSON_CHANGE: _("Person changed"),
    Action.ROLE_GRANT: _("Role given"),
    Action.ROLE_REVOKE: _("Role taken back"),
    Action.OVERSIGHT_GRANT: _("Oversight role given"),
    Action.OVERSIGHT_REVOKE: _("Oversight role taken back"),
    Action.GROUP_LIST: _("List of groups"),
    Action.GROUP_CHANGE: _("Group changed"),
    Action.SHIFT_LIST: _("List of shifts"),
    Action.SHIFT_CHANGE: _("Shift changed"),
    Action.ORGANISATION_LIST: _("List of organisations"),
    Action.ORGANISATION_CHANGE: _("Organisation changed"),
    Action.RETENTION_VIEW: _("What is kept and what was deleted"),
    Action.RETENTION_RUN: _("Deletion of what is due"),
    Action.RETENTION_DELETED: _("Deleted, with proof"),
    Action.FOOTAGE_DAY: _("A camera's day of footage closed"),
    Action.PACK_VIEW: _("Rules of the jurisdiction"),
    Action.PACK_ASK: _("Rules of a jurisdiction asked to be installed"),
    Action.PACK_INSTALL: _("Rules of a jurisdiction installed"),
    Action.PACK_APPROVE: _("Decision on the rules of a jurisdiction"),
    Action.SYSTEM_VIEW: _("State of the system"),
    Action.TOKEN_LIST: _("List of tokens"),
    Action.TOKEN_MAKE: _("Token made"),
    Action.TOKEN_REVOKE: _("Token revoked"),
    Action.TOKEN_USE: _("Token refused"),
    Action.AUDIT_READ: _("Audit log read"),
    Action.AUDIT_EXPORT: _("Audit log exported"),
    Action.AUDIT_NAMES: _("Name in the audit log opened"),
    Action.REASONS_READ: _("Reasons of others read"),
    Action.AUDIT_CLOCK: _("Clock of the machine changed"),
    Action.AUDIT_RESTORED: _("Audit log restored"),
    Action.KEY_ROTATED: _("Key replaced"),
    Action.ACT_LIST: _("Acts that wait for seals"),
    Action.ACT_REFUSE: _("Act of two persons refused"),
    Action.SEAL: _("Act sealed"),
    Action.SIGN_IN: _("Sign-in"),
    Action.SIGN_OUT: _("Sign-out"),
    Action.PASSWORD_SET: _("Password set"),
    Action.LINK_MADE: _("Sign-in link made"),
    Action.ORGANISATION_CHOSEN: _("Organisation chosen"),
    Action.OWN_KEYS: _("Own keys looked at"),
    Action.KEY_ADD: _("Key added"),
    Action.KEY_REMOVE: _("Key removed"),
}

OUTCOME_LABELS: dict[str, Promise | str] = {
    "allow": _("allowed"),
    "redact": _("redacted only"),
    "refuse": _("refused"),
    "done": _("done"),
    "ended": _("ended"),
    "found": _("result"),
    "accepted": _("accepted"),
}

ROLE_LABELS: dict[Role, Promise | str] = {
    Role.OPERATOR: _("Operator"),
    Role.SUPERVISOR: _("Supervisor"),
    Role.INVESTIGATOR: _("Investigator"),
    Role.APPROVER: _("Approver"),
    Role.DATA_PROTECTION_OFFICER: _("Data protection officer"),
    Role.AUDITOR: _("Auditor"),
    Role.ADMINISTRATOR: _("Administrator"),
    Role.PLANNER: _("Planner"),
}

ORGANISATION_KIND_LABELS: dict[OrganisationKind, Promise | str] = {
    OrganisationKind.CITY: _("City"),
    OrganisationKind.POLICE: _("Police"),
    OrganisationKind.RESCUE: _("Fire and rescue service"),
    OrganisationKind.MEDICAL: _("Emergency medical service"),
    OrganisationKind.OPERATOR: _("Operator of a place or a network"),
    OrganisationKind.PARTNER: _("Partner"),
}

PERSON_ROLE_LABELS: dict[PersonRole, Promise | str] = {
    PersonRole.SUSPECT: _("Suspect"),
    PersonRole.CONVICTED: _("Convicted person"),
    PersonRole.VICTIM: _("Victim"),
    PersonRole.WITNESS: _("Witness"),
    PersonRole.MISSING: _("Missing person"),
    PersonRole.OTHER: _("Other person in the case"),
    PersonRole.NOBODY: _("No person is looked for"),
}

REASON_LABELS: dict[ReasonCode, Promise | str] = {
    ReasonCode.CRIME: _("A crime is investigated or was reported"),
    ReasonCode.DANGER: _("Life or limb of somebody is in danger"),
    ReasonCode.MISSING_PERSON: _("A person is missing"),
    ReasonCode.ACCIDENT: _("An accident is looked into"),
    ReasonCode.DAMAGE: _("Something public was damaged"),
    ReasonCode.COMPLAINT: _("A citizen complained about the system"),
    ReasonCode.SUBJECT_REQUEST: _("A person asked for what is held about them"),
    ReasonCode.COURT_ORDER: _("A court or an authority ordered it"),
    ReasonCode.TECHNICAL_CHECK: _("A camera or the recording is checked"),
    ReasonCode.AUDIT: _("The lawfulness of earlier looks is checked"),
}

ACT_CLASS_LABELS: dict[ActClass, Promise | str] = {
    ActClass.ROUTINE: _("Daily work"),
    ActClass.CONSULT: _("Looking at recordings"),
    ActClass.DISCLOSE: _("Giving recordings away"),
    ActClass.ORDER: _("Authorising, deleting early, changing the rules"),
    ActClass.ADMINISTER: _("Administering"),
    ActClass.ACCOUNT: _("Own account"),
}

SCOPE_LABELS: dict[Scope, Promise | str] = {
    Scope.OBSERVATIONS: _("Read observations, one by one"),
    Scope.COUNTS: _("Read counts of observations by hour or day"),
    Scope.SPACES: _("Read spaces and zones"),
    Scope.CAMERAS: _("Read cameras with position, state and what was recorded of them, never their addresses or passwords"),
    Scope.HOLDS: _("Read which footage is held, for which case, until when, and whether the recorder keeps it"),
    Scope.METRICS: _("Read the system's own metrics"),
}

SECOND_PLACE_LABELS: dict[str, Promise | str] = {
    "": _("has everything that stands here"),
    "unreachable": _("cannot be written at the moment: check the disk or the network"),
    "older_here": _("goes further than the log here: this log is an older copy"),
    "different": _("holds another log than this one: one of the two was rewritten"),
}
"""What the second place of the log says, by its trouble."""

FINDING_LABELS: dict[str, Promise | str] = {
    "changed": _("Entry %(sequence)d was changed after it was written (%(place)s)."),
    "unlinked": _("Entry %(sequence)d does not follow the one before it: something was removed, added or moved (%(place)s)."),
    "missing": _("Entry %(sequence)d is missing (%(place)s)."),
    "different": _("Entry %(sequence)d reads differently in the table and in the files."),
    "backdated": _("Entry %(sequence)d names an earlier time than the signed head before it, and no change of the clock was noted."),
    "other_root": _("The signed head over %(sequence)d entries covers other entries than are here: they were rewritten."),
    "older": _("A signed head covers entry %(sequence)d, which is not here: an older copy was put back, or entries were removed."),
    "unsigned": _("From entry %(sequence)d on no signed head covers the log, though the server signs each minute."),
    "head_unreadable": _("A signed head cannot be read behind entry %(sequence)d (%(place)s)."),
    "head_forged": _(
        "The signature of the head over %(sequence)d entries does not hold, or is by a key that is not this centre's (%(place)s)."
    ),
    "head_broken": _("The head over %(sequence)d entries does not go on from the one before it (%(place)s)."),
    "head_missing": _("The head over %(sequence)d entries, or one before it, is missing (%(place)s)."),
    "heads_different": _("The head over %(sequence)d entries reads differently in the table and in the files."),
    "keys_unreadable": _("The centre's keys cannot be read, so no signature was checked."),
    "second_older": _("The second place has entry %(sequence)d, which is not here: this log is an older copy."),
    "second_different": _("The second place has another entry %(sequence)d than this log: one of the two was rewritten."),
    "second_other_log": _("The second place also holds a log with another beginning: this log may have been replaced as a whole."),
    "unreadable": _("A line cannot be read where entry %(sequence)d is expected (%(place)s)."),
}
