"""What the room keeps: organisations, people, their roles, their ways in, and tokens of the API."""

from citysquare.apps.accounts.models.people import Membership, Organisation, User, UserManager
from citysquare.apps.accounts.models.tokens import ApiToken
from citysquare.apps.accounts.models.ways_in import Attempt, SignInLink

__all__ = ["ApiToken", "Attempt", "Membership", "Organisation", "SignInLink", "User", "UserManager"]
