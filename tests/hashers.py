"""Passwords in tests are hashed as in operation, but quickly: nothing there depends on how hard they are to guess."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2(Argon2PasswordHasher):
    """Argon2 at its lowest cost."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1
