"""What the room keeps: organisations, people, roles, groups, shifts, ways in, and tokens of the API."""

from citysquare.apps.accounts.models.acts import ActSeal, SealedAct
from citysquare.apps.accounts.models.keys import Identity, Passkey, RecoveryCode, Sitting, TotpSecret
from citysquare.apps.accounts.models.people import Belonging, Group, GroupMember, Membership, Organisation, User, UserManager
from citysquare.apps.accounts.models.shifts import Shift
from citysquare.apps.accounts.models.tokens import ApiToken
from citysquare.apps.accounts.models.ways_in import Attempt, SignInLink

__all__ = [
    "ActSeal",
    "ApiToken",
    "Attempt",
    "Belonging",
    "Group",
    "GroupMember",
    "Identity",
    "Membership",
    "Organisation",
    "Passkey",
    "RecoveryCode",
    "SealedAct",
    "Shift",
    "SignInLink",
    "Sitting",
    "TotpSecret",
    "User",
    "UserManager",
]
