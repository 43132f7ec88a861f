"""What the platform itself keeps: tombstones, the audit log, and copies of everything."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from citysquare.platform.authorisations import PURGED
from citysquare.platform.events import KEEP_DELIVERED
from citysquare.platform.models import StoredAuthorisation, Tombstone
from citysquare.platform.retention.held import Mentioned, mention, register
from citysquare.platform.retention.rows import held_rows


def register_own() -> None:
    """Tell the page, and the job, what the platform keeps."""
    closed = Tombstone.objects.filter(closed_at__isnull=False)
    register(
        held_rows(
            "tombstones",
            "closed_at",
            title=_("Tombstones: what is left of deleted things"),
            purpose=_("Proof of what was deleted, when and by which rule; their fingerprints stay in the log"),
            every=Tombstone.objects.all(),
            over=closed,
        )
    )
    over = StoredAuthorisation.objects.filter(ended_at__isnull=False).exclude(ended_because__in=PURGED, purged_at__isnull=True)
    register(
        held_rows(
            "authorisations",
            "ended_at",
            title=_("Authorisations of courts and authorities that are over"),
            purpose=_("Proof of what permitted somebody to look"),
            every=StoredAuthorisation.objects.all(),
            over=over,
        )
    )
    mention(
        Mentioned(
            data_class="outbox",
            title=_("What the rooms told each other"),
            purpose=_("Nothing that was announced is lost when the machine stops"),
            how=_("What has arrived everywhere is deleted with the next delivery after its time; it holds identifiers and no pictures."),
            kept_for=lambda: KEEP_DELIVERED,
        )
    )
    mention(
        Mentioned(
            data_class="audit_log",
            title=_("The audit log, with pseudonyms in place of names"),
            purpose=_("Proof of who looked at what, and why"),
            how=_("It is never shortened by the program: this is the time for which it must be kept at least."),
        )
    )
    mention(
        Mentioned(
            data_class="backups",
            title=_("Backups of the database and the settings"),
            purpose=_("Going on after a loss"),
            how=_("Whoever runs the machine removes older ones; what a restored one brings back is deleted again."),
        )
    )
