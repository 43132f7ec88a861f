"""What people fill in on the room's pages."""

from citysquare.apps.accounts.forms.keys import AppCodeForm, CodeForm, PasskeyForm, ProofForm
from citysquare.apps.accounts.forms.people import (
    DutyForm,
    GroupForm,
    InviteForm,
    MemberForm,
    OrganisationForm,
    RenameForm,
    RoleForm,
    ShiftForm,
)
from citysquare.apps.accounts.forms.sign_in import PasswordForm, SignInForm
from citysquare.apps.accounts.forms.tokens import TokenForm

__all__ = [
    "AppCodeForm",
    "CodeForm",
    "DutyForm",
    "GroupForm",
    "InviteForm",
    "MemberForm",
    "OrganisationForm",
    "PasskeyForm",
    "PasswordForm",
    "ProofForm",
    "RenameForm",
    "RoleForm",
    "ShiftForm",
    "SignInForm",
    "TokenForm",
]
