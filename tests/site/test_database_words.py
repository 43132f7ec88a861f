"""What a person reads when PostgreSQL cannot be reached."""

from __future__ import annotations

import pytest

from citysquare.site.database import _refused

psycopg = pytest.importorskip("psycopg", reason="needs PostgreSQL's driver")


def test_a_server_that_is_not_there_is_told_in_one_sentence_without_a_question() -> None:
    refused = 'connection to server at "10.0.0.1", port 1 failed: Connection refused'
    words = f"{refused}\n\tIs the server running on that host and accepting TCP/IP connections?"
    told = _refused(psycopg.OperationalError(words), "citysquare").message
    assert told == 'The database does not answer: connection to server at "10.0.0.1", port 1 failed: Connection refused.'
