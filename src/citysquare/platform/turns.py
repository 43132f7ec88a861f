"""One at a time: for what reads the database and then writes according to what it read.

On SQLite a transaction holds the only write lock from its beginning (`transaction_mode` IMMEDIATE), so that this holds by itself. On
PostgreSQL two transactions may read the same and both write; there a named advisory lock makes the second one wait, and what it reads
after that is what the first one left. The lock ends with the transaction, however it ends.
"""

from __future__ import annotations

import hashlib

from django.db import connection


class TurnOutsideTransactionError(RuntimeError):
    """A turn was taken outside of a transaction, where it would end at once: a mistake in the program."""


def take_turn(what: str, key: str = "") -> None:
    """Wait until no other transaction does `what` to `key`, then keep the turn until this transaction ends.

    Call it before the first read. Who needs several turns takes the one with the wider meaning first.
    Raises TurnOutsideTransactionError.
    """
    if not connection.in_atomic_block:
        raise TurnOutsideTransactionError(f"a turn for {what} was taken outside of a transaction")
    if connection.vendor == "postgresql":
        name = int.from_bytes(hashlib.sha256(f"{what}:{key}".encode()).digest()[:8], signed=True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", (name,))
