"""`citysquare certificate`: show the certificate in use, so that people can compare and trust it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from citysquare import config
from citysquare.site.tls.certificate import fingerprint
from citysquare.site.tls.serving import current


def main(arguments: Sequence[str]) -> int:
    """Print names, end and fingerprint, then the certificate itself; returns the exit status. Raises CertificateError."""
    parser = argparse.ArgumentParser(
        prog="./do certificate", description="Show the web server's certificate; make our own if there is none."
    )
    parser.add_argument("--config", type=Path, default=None, metavar="FILE", help="the configuration file (citysquare.toml in this folder)")
    options = parser.parse_args(list(arguments))
    if options.config is not None:
        os.environ[config.CONFIG_VARIABLE] = str(options.config.absolute())
    settings = config.load()
    if not settings.speaks_tls:
        sys.stderr.write("citysquare: The web server speaks plain HTTP with these settings: there is no certificate.\n")
        return 2
    found = current(settings, datetime.now(UTC))
    sys.stdout.write(f"names: {', '.join(found.names)}\nuntil: {found.ends:%Y-%m-%d %H:%M} UTC\nSHA-256: {fingerprint(found.leaf)}\n")
    sys.stdout.write(found.chain.decode("ascii", "replace"))
    return 0
