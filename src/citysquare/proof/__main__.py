"""`python -m citysquare.proof` is `citysquare-verify`."""

from __future__ import annotations

import sys

from citysquare.proof.cli import main

if __name__ == "__main__":
    sys.exit(main())
