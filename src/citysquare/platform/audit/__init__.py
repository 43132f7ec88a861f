"""The audit log: who did, saw or was refused what, and when; only ever added to.

Each entry carries the SHA-256 of the one before, and stands twice: as a row of the database and as a line of
`<data_dir>/audit/<day>.jsonl`, flushed to the disk. `record` returns when at least one of the two holds it durably, so it is
called *before* the act and outside of the act's transaction. Only when both fail does it raise AuditUnavailable, and the act
must then not happen. Recording footage never asks this log.

What this proves and what not: a changed, deleted or reordered entry is found by `verify` as long as not both places were
rewritten together from that entry on. Signatures over the head, which close that hole, come with the law kernel.
"""

from citysquare.platform.audit.chain import FIRST_PREVIOUS, Line
from citysquare.platform.audit.clock import clock_set_back, now_at_least
from citysquare.platform.audit.log import AuditUnavailable, record
from citysquare.platform.audit.verify import Finding, Report, verify

__all__ = ["FIRST_PREVIOUS", "AuditUnavailable", "Finding", "Line", "Report", "clock_set_back", "now_at_least", "record", "verify"]
