"""Causes of gaps and fates of footage in words: what it is called, what it means, what to do about it."""

from __future__ import annotations

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from citysquare.apps.footage.continuity import State
from citysquare.engine.footage import Deletion
from citysquare.engine.model import GapCause

Words = Promise | str


class Family(StrEnum):
    """Whose a gap is: gives it its colour. Its cause gives it its pattern."""

    CAMERA = "camera"
    """The camera, its power or the network to it."""
    OURS = "ours"
    """This machine."""
    OFF = "off"
    """Nobody's: it was meant so."""


FAMILIES: dict[GapCause, Family] = {
    GapCause.UNREACHABLE: Family.CAMERA,
    GapCause.REFUSED: Family.CAMERA,
    GapCause.STALLED: Family.CAMERA,
    GapCause.GARBLED: Family.CAMERA,
    GapCause.NO_KEYFRAME: Family.CAMERA,
    GapCause.RESTART: Family.OURS,
    GapCause.STORAGE_FULL: Family.OURS,
    GapCause.STORAGE_ERROR: Family.OURS,
    GapCause.DROPPED_BY_US: Family.OURS,
    GapCause.SWITCHED_OFF: Family.OFF,
}

FAMILY_LABELS: dict[Family, Words] = {
    Family.CAMERA: _("camera or network"),
    Family.OURS: _("this machine"),
    Family.OFF: _("as decided"),
}

CAUSE_NAMES: dict[GapCause, Words] = {
    GapCause.UNREACHABLE: _("Camera did not answer"),
    GapCause.REFUSED: _("Camera refused us"),
    GapCause.STALLED: _("Camera sent nothing"),
    GapCause.GARBLED: _("Damaged on the way"),
    GapCause.NO_KEYFRAME: _("No whole picture came"),
    GapCause.RESTART: _("Recorder did not run"),
    GapCause.STORAGE_FULL: _("Disk full"),
    GapCause.STORAGE_ERROR: _("Disk could not be written"),
    GapCause.SWITCHED_OFF: _("Switched off here"),
    GapCause.DROPPED_BY_US: _("Recorder could not keep up"),
}

CAUSE_ADVICE: dict[GapCause, Words] = {
    GapCause.UNREACHABLE: _(
        "Check the camera's power, its cable and the network to it; several cameras at once point to a switch or a power supply."
    ),
    GapCause.REFUSED: _("Check user and password, and whether other programs take up all the sessions the camera allows."),
    GapCause.STALLED: _("The line was open and silent. Restart the camera; if it happens again, look at its load and its firmware."),
    GapCause.GARBLED: _("Check the network for losses: cables, radio links, full lines. If it is this camera alone, restart it."),
    GapCause.NO_KEYFRAME: _(
        "Normal for a second or two after each connection. If it lasts longer, set the camera's keyframe (I-frame) interval to two seconds."
    ),
    GapCause.RESTART: _("Look into the log of the recorder and of the machine for why it stopped. A planned restart needs nothing."),
    GapCause.STORAGE_FULL: _("Give footage more room, or lift holds that are no longer needed."),
    GapCause.STORAGE_ERROR: _("Check the disk, its mount and the rights on the footage's folder."),
    GapCause.SWITCHED_OFF: _("Nothing to do: an administrator switched the camera off. The audit log says who and when."),
    GapCause.DROPPED_BY_US: _("Give this machine more processor or a faster disk, or move cameras to another machine."),
}

STATE_LABELS: dict[State, Words] = {
    State.STORED: _("Recorded"),
    State.GAP: _("Missing"),
    State.BEFORE: _("Before the camera was recorded"),
    State.UNKNOWN: _("Not known"),
    State.COMING: _("Still to come"),
}

DELETION_LABELS: dict[Deletion, Words] = {
    Deletion.RETENTION: _("deleted at the end of the retention"),
    Deletion.SPACE: _("deleted early for want of room"),
    Deletion.ORDER: _("deleted by order"),
}

CLOCK_SOURCES: dict[str, Words] = {
    "rtcp": _("by the times it sends with its pictures"),
    "onvif": _("by its own answer"),
}


def name_of(state: State, cause: GapCause | None) -> str:
    """Return what a part is called."""
    return str(CAUSE_NAMES[cause]) if cause else str(STATE_LABELS[state])


EXHIBIT_STATES: dict[str, tuple[Words, str, Words]] = {
    "asked": (
        _("to be sealed"),
        "care",
        _("Two people have to seal it: whoever asked for it, then an approver. Its footage is held meanwhile."),
    ),
    "sealed": (_("sealed"), "care", _("Both seals are there. It is made in the background, which begins within a minute.")),
    "making": (_("being made"), "care", _("The footage is copied, untouched, and each file compared with the store's own digest.")),
    "ready": (_("ready"), "good", _("It can be handed out. Each handing out is entered below and in the audit log.")),
    "refused": (_("refused"), "", _("It was refused, or nobody sealed it in time. Its footage is no longer held for it.")),
    "failed": (_("not made"), "bad", _("It could not be made. Nothing of it is kept; the seals are as good as before.")),
    "purged": (
        _("purged"),
        "",
        _("Its file was deleted when its time was over, which the audit log proves. Who had it stays written here."),
    ),
}
"""Label, tone and sentence of each state of an exhibit."""

EXHIBIT_PROBLEMS: dict[str, Words] = {
    "footage.exhibit_no_room": _("The disk had too little room. Make room, then have it made again: the seals are as good as before."),
    "footage.exhibit_not_written": _("The disk failed while it was written. Have the administrator look at it, then have it made again."),
    "footage.exhibit_not_closed": _("The recorder has left a file of this time open. Have it started, then have the exhibit made again."),
    "footage.exhibit_no_footage": _("There is no footage in this time: nothing was recorded, or it was deleted before."),
    "footage.exhibit_too_many_files": _(
        "There are more files in this time than one exhibit takes. Ask for a shorter time, or fewer cameras."
    ),
    "footage.exhibit_seals_broken": _(
        "The two seals do not hold, or are under something else. Ask for a new exhibit, and tell the auditor."
    ),
    "store.damaged": _("A file of this time is not what was stored, so nothing was handed out. Tell the auditor and the administrator."),
    "policy.refused": _("Whoever asked for it has no longer the right to it. Another person may ask anew."),
    "audit.unavailable": _("The audit log takes no entry. Tell the administrator, then have it made again."),
}
"""What kept an exhibit from being made, by its code."""
