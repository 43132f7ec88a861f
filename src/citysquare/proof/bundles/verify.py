"""The check of any bundle: what kind it is, and its report."""

from __future__ import annotations

from pathlib import Path

from citysquare.proof.bundles import audit, exhibit
from citysquare.proof.bundles.archive import open_source
from citysquare.proof.bundles.audit_check import check_audit
from citysquare.proof.bundles.exhibit_check import check_exhibit
from citysquare.proof.bundles.report import Report, Trust
from citysquare.proof.errors import BadBundle
from citysquare.proof.words import gettext_noop


def check(path: Path, trust: Trust) -> Report:
    """Check a bundle from anybody, a file or a folder. Raises BadBundle when it is none."""
    source = open_source(path)
    try:
        paths = source.paths()
        if exhibit.MANIFEST in paths:
            return check_exhibit(source, trust)
        if audit.DESCRIPTION in paths:
            return check_audit(source, trust)
        raise BadBundle(gettext_noop("This is neither an exhibit nor a part of an audit log."))
    except OSError:
        raise BadBundle(gettext_noop("The bundle cannot be read to its end: look at the disk it lies on.")) from None
    finally:
        source.close()
