"""What is wrong, in sentences that say what to do. Pure: figures in, troubles out, the worst first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from citysquare.engine.model import TICKS_PER_SECOND, GapCause, ticks_from_datetime
from citysquare.site.processes import STALE_SECONDS
from citysquare.site.system.figures import CameraFigures, SystemFigures
from citysquare.site.system.kept_state import kept_sentences
from citysquare.site.system.log_state import log_sentences

RECORDER_SILENT_SECONDS = 10
ANALYSIS_SILENT_SECONDS = 15
ANALYSIS_BEHIND_SECONDS = 15
CAMERA_GAP_SECONDS = 10
MANY_RESTARTS = 3
MANY_EVENTS = 100
LEAST_MEMORY_SHARE = 0.05
BACKUP_DAYS = 7
CLOCK_SECONDS = 1.0
CAMERA_CLOCK_SECONDS = 60.0
Words = Promise | str
_LISTED = 5
_EACH = 3
_OUR_FAULTS = frozenset({GapCause.STORAGE_FULL, GapCause.STORAGE_ERROR, GapCause.DROPPED_BY_US})


class Weight(IntEnum):
    """How bad it is."""

    SERIOUS = 0
    """Footage is being lost, or will be at once."""
    WARNING = 1
    """Somebody should act today."""
    NOTICE = 2
    """Worth knowing."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong. `code` is stable, for programs."""

    code: str
    weight: Weight
    sentence: str
    advice: str
    camera: str = ""


def troubles(figures: SystemFigures) -> list[Trouble]:
    """Return what is wrong, the worst first."""
    found = [
        *_recorder(figures),
        *_cameras(figures),
        *_disk(figures),
        *_space(figures),
        *_clocks(figures),
        *_analysis(figures),
        *_processes(figures),
        *_log(figures),
        *_rest(figures),
    ]
    return sorted(found, key=lambda trouble: trouble.weight)


def _recorder(figures: SystemFigures) -> Iterator[Trouble]:
    wanted = [camera for camera in figures.cameras if camera.enabled]
    if not figures.store_readable:
        yield Trouble(
            "system.store_unreadable",
            Weight.SERIOUS,
            _("The index of the footage cannot be read."),
            _("Look into the web process's log; check the disk and the rights on the footage's folder."),
        )
    if not wanted:
        return
    age = None if figures.recorder is None else (ticks_from_datetime(figures.at) - figures.recorder.at) / TICKS_PER_SECOND
    if age is None or age > RECORDER_SILENT_SECONDS:
        yield Trouble(
            "system.recorder_silent",
            Weight.SERIOUS,
            _("The recorder does not report. Nothing is being recorded."),
            _("Look into the recorder's log. The supervisor starts it again by itself; if no supervisor runs, start Citysquare."),
        )


def _cameras(figures: SystemFigures) -> Iterator[Trouble]:
    now = ticks_from_datetime(figures.at)
    if figures.recorder is None or (now - figures.recorder.at) / TICKS_PER_SECOND > RECORDER_SILENT_SECONDS:
        return
    missing: dict[GapCause, list[tuple[CameraFigures, float]]] = {}
    for camera in figures.cameras:
        main = camera.main
        if not camera.enabled or main is None:
            continue
        seconds = (now - main.since) / TICKS_PER_SECOND
        if main.cause is not None and seconds > CAMERA_GAP_SECONDS:
            missing.setdefault(main.cause, []).append((camera, seconds))
        if main.dropped_by_us_seconds > 0:
            yield Trouble(
                "system.dropped_by_us",
                Weight.SERIOUS,
                _("The recorder could not keep up: %(seconds)s s of %(camera)s were lost since it started.")
                % {"seconds": number_format(round(main.dropped_by_us_seconds, 1), 1), "camera": camera.name},
                _("Give this machine more processor or a faster disk, or move cameras to another machine."),
                camera.id,
            )
    for cause, listed in missing.items():
        yield from _missing(cause, listed)


def _missing(cause: GapCause, listed: list[tuple[CameraFigures, float]]) -> Iterator[Trouble]:
    """Name each camera of a few; of many with the same cause, say how many and name some."""
    code = f"system.camera_{cause}"
    weight = Weight.SERIOUS if cause in _OUR_FAULTS else Weight.WARNING
    if len(listed) <= _EACH:
        for camera, seconds in listed:
            sentence = _("%(camera)s has not been recorded for %(time)s.") % {"camera": camera.name, "time": _span(seconds)}
            yield Trouble(code, weight, sentence, _("Open the camera's page: it says why, and whether the camera answers."), camera.id)
        return
    sentence = ngettext(
        "%(count)d camera is not being recorded: %(names)s", "%(count)d cameras are not being recorded: %(names)s", len(listed)
    ) % {"count": len(listed), "names": _names([camera.name for camera, _seconds in listed])}
    yield Trouble(
        code, weight, sentence, _("All with the same cause: look first at what they share, such as a switch, a power supply or a disk.")
    )


def _names(names: list[str]) -> str:
    listed = ", ".join(names[:_LISTED])
    return listed if len(names) <= _LISTED else _("%(names)s and %(count)d more") % {"names": listed, "count": len(names) - _LISTED}


def _disk(figures: SystemFigures) -> Iterator[Trouble]:
    volume, forecast = figures.volume, figures.forecast
    if volume is None:
        yield Trouble(
            "system.volume_unknown",
            Weight.WARNING,
            _("The footage's volume cannot be asked how full it is."),
            _("Check that the folder of the footage exists and is mounted."),
        )
        return
    if volume.free < volume.least_free:
        yield Trouble(
            "system.volume_full",
            Weight.SERIOUS,
            _("The footage's volume has less free room than must stay free. The oldest footage is being deleted for it."),
            _("Make room on the volume, or lower what footage may take (store_budget_bytes)."),
        )
    if forecast is not None and not forecast.enough and forecast.days_kept is not None:
        yield Trouble(
            "system.retention_does_not_fit",
            Weight.WARNING,
            _("At this rate the disk holds footage for %(time)s; it should be kept for %(wanted)s.")
            % {"time": lasting(forecast.days_kept), "wanted": lasting(forecast.days_wanted)},
            _("Give footage more room, lower the cameras' bit rate, or shorten the retention."),
        )


_SPACE: dict[str, tuple[Weight, Words, Words]] = {
    "space.deletion_near": (
        Weight.WARNING,
        _lazy("In %(hours)s the disk is so full that footage is deleted before its retention ends."),
        _lazy("Give footage more room, lower the cameras' bit rate, shorten the retention, or lift holds that are no longer needed."),
    ),
    "space.deleting": (
        Weight.WARNING,
        _lazy("The disk is full: footage is deleted before its retention ends. The camera that has least still keeps %(span)s."),
        _lazy("Give footage more room, lower the cameras' bit rate, shorten the retention, or lift holds that are no longer needed."),
    ),
    "space.only_held": (
        Weight.SERIOUS,
        _lazy("The disk is full of footage that holds keep (%(held)s GB): nothing new can be recorded."),
        _lazy("Give footage more room now, or have a supervisor lift holds that are no longer needed."),
    ),
}
"""By the recorder's warning; nothing that is held is ever deleted for room."""


def _space(figures: SystemFigures) -> Iterator[Trouble]:
    """Name what the recorder says of room, before it has to delete for it."""
    space = figures.recorder.space if figures.recorder is not None else None
    if space is None:
        return
    if space.warning is not None:
        weight, sentence, advice = _SPACE[space.warning]
        told = {
            "hours": lasting((space.hours_left_until_deletion or 0.0) / 24),
            "span": lasting((space.kept_span_seconds or 0.0) / 86_400),
            "held": number_format(round(space.held_bytes / 1e9, 1), 1),
        }
        yield Trouble(f"system.{space.warning.replace('.', '_')}", weight, str(sentence) % told, str(advice))
    for volume in space.volumes:
        if volume.state in {"failed", "missing"}:
            yield Trouble(
                f"system.volume_{volume.state}",
                Weight.SERIOUS if len(space.volumes) == 1 else Weight.WARNING,
                _("The folder %(folder)s takes no footage. The other ones take it, if there are any.") % {"folder": volume.folder},
                _("Check that its disk is there, mounted and in order. Its footage is found again when it comes back."),
            )


def _clocks(figures: SystemFigures) -> Iterator[Trouble]:
    """Name clocks that are wrong: footage keeps the recorder's time, but people compare it with other clocks."""
    report = figures.recorder
    if report is not None and abs(report.clock_error) >= CLOCK_SECONDS:
        yield Trouble(
            "system.clock_stepped",
            Weight.WARNING,
            _("This machine's clock was set: it is %(time)s away from the recorder's time, which follows slowly.")
            % {"time": _span(abs(report.clock_error))},
            _("Check the time service of this machine. To take the new time at once, start the recorder again: a gap of some seconds."),
        )
    wrong = [
        f"{camera.name} ({camera.clock.source.upper()})"
        for camera in figures.cameras
        if camera.enabled and camera.clock is not None and abs(camera.clock.error) >= CAMERA_CLOCK_SECONDS
    ]
    if wrong:
        yield Trouble(
            "system.camera_clocks",
            Weight.NOTICE,
            ngettext(
                "The clock of %(count)d camera is wrong: %(names)s.", "The clocks of %(count)d cameras are wrong: %(names)s.", len(wrong)
            )
            % {"count": len(wrong), "names": _names(wrong)},
            _("Footage keeps this machine's time. Set the cameras' time server, or what they write into the picture misleads."),
        )


def _analysis(figures: SystemFigures) -> Iterator[Trouble]:
    if not any(camera.enabled for camera in figures.cameras):
        return
    report, now = figures.analysis, ticks_from_datetime(figures.at)
    if report is None or (now - report.at) / TICKS_PER_SECOND > ANALYSIS_SILENT_SECONDS:
        yield Trouble(
            "system.analysis_silent",
            Weight.WARNING,
            _("The analysis does not report. Recording goes on, but nothing is counted."),
            _("Look into the log of the analysis. The supervisor starts it again by itself."),
        )
        return
    recording = {camera.id: camera.name for camera in figures.cameras if camera.main is not None and camera.main.cause is None}
    behind = [
        recording[cost.camera]
        for cost in report.cameras
        if cost.camera in recording and cost.through is not None and (report.at - cost.through) / TICKS_PER_SECOND > ANALYSIS_BEHIND_SECONDS
    ]
    if behind:
        names = _names(behind)
        yield Trouble(
            "system.analysis_behind",
            Weight.WARNING,
            ngettext(
                "The analysis is behind for %(count)d camera: %(names)s.",
                "The analysis is behind for %(count)d cameras: %(names)s.",
                len(behind),
            )
            % {"count": len(behind), "names": names},
            _("Give this machine more processor, or switch small streams on in the cameras: they cost a fraction."),
        )
    if report.lost:
        yield Trouble(
            "system.observations_lost",
            Weight.WARNING,
            ngettext("%(count)d observation was lost.", "%(count)d observations were lost.", report.lost) % {"count": report.lost},
            _("The database refused them for hours. Look into the log of the analysis."),
        )


def _processes(figures: SystemFigures) -> Iterator[Trouble]:
    report = figures.processes
    if report is None or figures.at.timestamp() - report.at > STALE_SECONDS:
        yield Trouble(
            "system.no_supervisor",
            Weight.NOTICE,
            _("No supervisor reports: it is not known which processes run."),
            _("Start Citysquare with './do up', which starts every process again that ends."),
        )
        return
    for process in report.processes:
        if not process.running or process.restarts >= MANY_RESTARTS:
            yield Trouble(
                "system.process_restarts",
                Weight.WARNING,
                ngettext(
                    "The process '%(name)s' had to be started again %(count)d time.",
                    "The process '%(name)s' had to be started again %(count)d times.",
                    process.restarts,
                )
                % {"name": process.name, "count": process.restarts},
                _("Its log, in the folder 'logs', says why it ended."),
            )


def _log(figures: SystemFigures) -> Iterator[Trouble]:
    for code, serious, sentence, advice in (*log_sentences(figures.log, figures.at), *kept_sentences(figures.kept, figures.at)):
        yield Trouble(code, Weight.SERIOUS if serious else Weight.WARNING, sentence, advice)


def _rest(figures: SystemFigures) -> Iterator[Trouble]:
    if figures.events_waiting is None:
        yield Trouble(
            "system.database_away",
            Weight.SERIOUS,
            _("The database does not answer. Recording goes on; what was seen waits."),
            _("Check the database server and its disk."),
        )
    elif figures.events_waiting > MANY_EVENTS:
        yield Trouble(
            "system.events_wait",
            Weight.WARNING,
            _("%(count)d events wait to be handled.") % {"count": figures.events_waiting},
            _("Look into the web process's log for what refuses them."),
        )
    if figures.machine.memory_available < LEAST_MEMORY_SHARE * figures.machine.memory:
        yield Trouble(
            "system.memory_low",
            Weight.WARNING,
            _("Little memory is left on this machine."),
            _("See below which process takes it, or give the machine more."),
        )
    if figures.newest_backup is None or figures.at - figures.newest_backup > timedelta(days=BACKUP_DAYS):
        yield Trouble(
            "system.no_backup",
            Weight.NOTICE,
            _("There is no backup of the last seven days."),
            _("Make one with 'citysquare backup', best every night."),
        )


def lasting(days: float) -> str:
    """Say a length of time by days, a short one by hours or minutes."""
    if days >= 2:
        return _("%(count)s d") % {"count": number_format(round(days, 1), 1)}
    hours = days * 24
    if hours >= 2:
        return _("%(count)s h") % {"count": number_format(round(hours, 1), 1)}
    return _("%(count)d min") % {"count": round(hours * 60)}


def _span(seconds: float) -> str:
    minutes = int(seconds // 60)
    if minutes < 1:
        return _("%(count)d s") % {"count": int(seconds)}
    if minutes < 60:
        return _("%(count)d min") % {"count": minutes}
    return _("%(hours)d h %(minutes)d min") % {"hours": minutes // 60, "minutes": minutes % 60}
