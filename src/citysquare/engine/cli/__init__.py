"""The engine as a command: `python -m citysquare.engine watch | record | node`.

Lines on standard output are JSON, flushed at once. Errors are one sentence with a stable code on standard error; the other sources go
on, and the exit status is 2 when any source or the store failed.
"""

from citysquare.engine.cli.main import main

__all__ = ["main"]
