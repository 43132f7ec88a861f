"""`python -m citysquare.engine`: see citysquare.engine.cli."""

import sys

from citysquare.engine.cli import main

if __name__ == "__main__":
    sys.exit(main())
