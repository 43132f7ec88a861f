"""Acts, outcomes and roles in words."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from citysquare.platform.policy import Action, Role, Scope

ACTION_LABELS: dict[Action, Promise | str] = {
    Action.LIVE_VIEW: _("Live picture"),
    Action.LIVE_VIEW_REDACTED: _("Live picture, redacted"),
    Action.COVERAGE_VIEW: _("Recording state of a camera"),
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
    Action.SYSTEM_VIEW: _("State of the system"),
    Action.TOKEN_LIST: _("List of tokens"),
    Action.TOKEN_MAKE: _("Token made"),
    Action.TOKEN_REVOKE: _("Token revoked"),
    Action.TOKEN_USE: _("Token refused"),
    Action.AUDIT_READ: _("Audit log read"),
    Action.AUDIT_RESTORED: _("Audit log restored"),
    Action.SIGN_IN: _("Sign-in"),
    Action.SIGN_OUT: _("Sign-out"),
    Action.PASSWORD_SET: _("Password set"),
    Action.LINK_MADE: _("Sign-in link made"),
}

OUTCOME_LABELS: dict[str, Promise | str] = {
    "allow": _("allowed"),
    "redact": _("redacted only"),
    "refuse": _("refused"),
    "done": _("done"),
    "ended": _("ended"),
}

ROLE_LABELS: dict[Role, Promise | str] = {
    Role.OPERATOR: _("Operator"),
    Role.SUPERVISOR: _("Supervisor"),
    Role.AUDITOR: _("Auditor"),
    Role.ADMINISTRATOR: _("Administrator"),
}

SCOPE_LABELS: dict[Scope, Promise | str] = {
    Scope.OBSERVATIONS: _("Read observations, one by one"),
    Scope.COUNTS: _("Read counts of observations by hour or day"),
    Scope.SPACES: _("Read spaces and zones"),
    Scope.CAMERAS: _("Read cameras with position, state and what was recorded of them, never their addresses or passwords"),
    Scope.HOLDS: _("Read which footage is held, for which case, until when, and whether the recorder keeps it"),
    Scope.METRICS: _("Read the system's own metrics"),
}

FINDING_LABELS: dict[str, Promise | str] = {
    "changed": _("Entry %(sequence)d was changed after it was written (%(place)s)."),
    "unlinked": _("Entry %(sequence)d does not follow the one before it: something was removed, added or moved (%(place)s)."),
    "missing": _("Entry %(sequence)d is missing (%(place)s)."),
    "different": _("Entry %(sequence)d reads differently in the table and in the files."),
    "unreadable": _("A line cannot be read where entry %(sequence)d is expected (%(place)s)."),
}
