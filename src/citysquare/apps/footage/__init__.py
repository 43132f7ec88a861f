"""Who may look at footage: the live picture, a camera's state, what was recorded when.

The bytes, the index and the continuity ledger belong to `citysquare.engine.footage`; this room asks the policy, writes the log and
shows. Timeline, replay, holds and exhibits come with it.
"""
