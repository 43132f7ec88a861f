"""The audit log: who did, saw or was refused what, and when; only ever added to.

Each entry carries the SHA-256 of the one before, and stands twice: as a row of the database and as a line of
`<data_dir>/audit/<day>.jsonl`, flushed to the disk. `record` returns when at least one of the two holds it durably, so it is
called *before* the act and outside of the act's transaction. Only when both fail does it raise AuditUnavailable, and the act
must then not happen. Recording footage never asks this log.

Details are typed (`entries`), people are pseudonyms (`names`), heads are signed (`heads`). What all that proves and what not, and the order
of locks: docs/design/audit.md.
"""

from citysquare.platform.audit.centre import centre_key, centre_keys
from citysquare.platform.audit.chain import Details
from citysquare.platform.audit.clock import clock_set_back, now_at_least
from citysquare.platform.audit.entries import declared
from citysquare.platform.audit.log import AuditUnavailable, Note, actor_name, record, record_many
from citysquare.platform.audit.names import pseudonym
from citysquare.platform.audit.verify import Finding, Report, verify
from citysquare.proof.entries import FIRST_PREVIOUS

__all__ = [
    "FIRST_PREVIOUS",
    "AuditUnavailable",
    "Details",
    "Finding",
    "Note",
    "Report",
    "actor_name",
    "centre_key",
    "centre_keys",
    "clock_set_back",
    "declared",
    "now_at_least",
    "pseudonym",
    "record",
    "record_many",
    "verify",
]
