"""The console with a key for backups that is made quickly: `python quick_console.py COMMAND …`. Nothing in it is worth guessing."""

import sys

from citysquare.site.backup import sealing
from citysquare.site.console import main as console

QUICK_N = 2
"""For scrypt: the lowest there is."""


def main(words: list[str]) -> int:
    """Run one command and return its exit status."""
    sealing.SCRYPT_N = QUICK_N
    return console(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
