"""What no password here may be made of: the city's own words (ASVS 5.0, 6.1.2 and 6.2.11).

A guesser begins with what stands on the door. The words are the product's, the trade's and those of the city's name, in the languages of
the pages. What is left of a password when they, and the digits people put behind them, are taken out must be long enough alone.
"""

from __future__ import annotations

import re
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

WORDS: Final = (
    *("citysquare", "camera", "police", "security", "password", "operator", "supervisor", "administrator", "admin", "auditor", "video"),
    *("surveillance", "control", "center", "centre", "room", "city", "square", "welcome", "summer", "winter", "spring", "autumn"),
    *("камера", "камери", "полиция", "поліція", "парола", "пароль", "град", "місто", "център", "центр", "оператор", "администратор"),
    *("camere", "poliția", "politia", "parola", "oraș", "oras", "administratorul", "supraveghere", "qwerty", "asdfgh", "йцукен"),
)
LEAST_LEFT: Final = 8
"""Letters of a password's own that must be left."""

_SHORTEST_NAME: Final = 3


class OwnWordsValidator:
    """Refuses a password made of the city's own words, for Django's list of validators."""

    def validate(self, password: str, user: object = None) -> None:
        """Raise ValidationError when too little is left without those words."""
        del user
        left = password.casefold()
        named = re.findall(r"\w+", str(settings.CITYSQUARE.city_name).casefold())
        for word in sorted({*WORDS, *(name for name in named if len(name) >= _SHORTEST_NAME)}, key=len, reverse=True):
            left = left.replace(word, "")
        if len(re.sub(r"[\W\d_]", "", left)) < LEAST_LEFT and left != password.casefold():
            raise ValidationError(_("The password is made of words that stand on the door. Take other ones."), code="password_own_words")

    def get_help_text(self) -> str:
        """Return what the page says about it."""
        return _("Not made of the words that everybody here thinks of first.")
