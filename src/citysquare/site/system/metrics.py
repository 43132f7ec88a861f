"""The figures in the text format of Prometheus, at /metrics. Cameras appear by their opaque identifiers, never by name or address."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from citysquare import __version__
from citysquare.engine.footage import SpaceReport, StreamStatus
from citysquare.engine.model import TICKS_PER_SECOND, GapCause, StreamKind
from citysquare.site.system.figures import SystemFigures, gather, seen_by
from citysquare.site.system.log_state import LogState
from citysquare.site.system.troubles import Weight, troubles

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 5.0, 10.0)
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

_requests = CollectorRegistry()
_answered = Counter("citysquare_http_requests", "Answers by route, method and status.", ("route", "method", "status"), registry=_requests)
_took = Histogram("citysquare_http_request_duration_seconds", "Time to an answer.", ("route",), buckets=_SECONDS, registry=_requests)


class RequestMetricsMiddleware:
    """Counts answers and how long they took, by route: an address could name a camera, and would make endless series."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Remember the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, and count."""
        began = time.perf_counter()
        response = self.get_response(request)
        route = _route(request)
        method = request.method if request.method in _METHODS else "other"
        _answered.labels(route, method, str(response.status_code)).inc()
        _took.labels(route).observe(time.perf_counter() - began)
        return response


def _route(request: HttpRequest) -> str:
    match = request.resolver_match
    if match is None:
        try:
            match = resolve(request.path_info)
        except Resolver404:
            return "none"
    return f"/{match.route}"


def exposition(*, at: datetime, organisation: str) -> HttpResponse:
    """Return the figures of this moment: the whole machine, but only one organisation's own cameras."""
    registry = CollectorRegistry()
    registry.register(_Figures(seen_by(gather(at=at), organisation)))
    return HttpResponse(generate_latest(registry) + generate_latest(_requests), content_type=CONTENT_TYPE)


class _Figures(Collector):
    """The gathered figures as families of metrics."""

    def __init__(self, figures: SystemFigures) -> None:
        self._figures = figures

    def collect(self) -> Iterable[Metric]:
        """Give all families."""
        yield _gauge("citysquare_build_info", "The version that answers.", ("version",), [((__version__,), 1)])
        yield from _streams(self._figures)
        yield from _cameras(self._figures)
        yield from _continuity(self._figures)
        yield from _clocks(self._figures)
        yield from _store(self._figures)
        yield from _analysis(self._figures)
        yield from _processes(self._figures)
        yield from _platform(self._figures)


Rows = Iterable[tuple[Sequence[str], float]]


def _gauge(name: str, text: str, labels: Sequence[str], rows: Rows) -> Metric:
    family = GaugeMetricFamily(name, text, labels=labels)
    for values, number in rows:
        family.add_metric(values, number)
    return family


def _counter(name: str, text: str, labels: Sequence[str], rows: Rows) -> Metric:
    family = CounterMetricFamily(name, text, labels=labels)
    for values, number in rows:
        family.add_metric(values, number)
    return family


def _streams(figures: SystemFigures) -> Iterator[Metric]:
    report = figures.recorder
    if report is None:
        return
    streams, labels = report.streams, ("camera", "stream")

    def rows(of: Callable[[StreamStatus], float | None]) -> Rows:
        for stream in streams:
            value = of(stream)
            if value is not None:
                yield (stream.key.camera, str(stream.key.kind)), value

    yield _gauge(
        "citysquare_recorder_report_timestamp_seconds", "When the recorder last reported.", (), [((), report.at / TICKS_PER_SECOND)]
    )
    yield _gauge("citysquare_stream_recording", "1 while pictures are stored, 0 in a gap.", labels, rows(lambda s: float(s.cause is None)))
    yield _gauge(
        "citysquare_stream_last_picture_timestamp_seconds",
        "When the last picture arrived.",
        labels,
        rows(lambda s: None if s.last_picture is None else s.last_picture / TICKS_PER_SECOND),
    )
    yield _gauge("citysquare_stream_pictures_per_second", "Over the last 5 s.", labels, rows(lambda s: s.fps))
    yield _gauge("citysquare_stream_bits_per_second", "Over the last 5 s.", labels, rows(lambda s: float(s.bits_per_second)))
    yield _counter(
        "citysquare_stream_dropped_by_us_seconds",
        "Lost through our own fault since the recorder started.",
        labels,
        rows(lambda s: s.dropped_by_us_seconds),
    )


def _cameras(figures: SystemFigures) -> Iterator[Metric]:
    cameras = figures.cameras
    yield _gauge("citysquare_camera_enabled", "1 when switched on.", ("camera",), (((c.id,), float(c.enabled)) for c in cameras))
    yield _gauge(
        "citysquare_camera_stored_seconds_day",
        "Main stream stored in the last 24 h.",
        ("camera",),
        (((c.id,), c.stored_seconds) for c in cameras),
    )
    yield _gauge(
        "citysquare_camera_gap_seconds_day",
        "Main stream missing in the last 24 h, by cause.",
        ("camera", "cause"),
        (((c.id, str(cause)), seconds) for c in cameras for cause, seconds in c.gap_seconds.items()),
    )


def _continuity(figures: SystemFigures) -> Iterator[Metric]:
    """Give the ledger's sums since each camera was switched on for the first time. A store that is made anew begins at nothing again."""
    known = {key.camera: totals for key, totals in figures.all_time.items() if key.kind is StreamKind.MAIN}
    ours = GapCause.DROPPED_BY_US
    yield _counter(
        "citysquare_footage_stored_seconds",
        "Main stream stored.",
        ("camera",),
        (((camera,), totals.stored_seconds) for camera, totals in known.items()),
    )
    yield _counter(
        "citysquare_footage_gap_seconds",
        "Main stream missing, by cause.",
        ("camera", "cause"),
        (((camera, str(cause)), seconds) for camera, totals in known.items() for cause, seconds in totals.gaps.items()),
    )
    yield _counter(
        "citysquare_footage_dropped_by_us_seconds",
        "Main stream lost through our own fault; it must stay zero.",
        ("camera",),
        (((camera,), totals.gaps.get(ours, 0.0)) for camera, totals in known.items()),
    )
    yield _gauge(
        "citysquare_cameras_silent", "Cameras switched on and without a picture for 10 s.", (), [((), float(len(figures.lasting)))]
    )
    yield _gauge(
        "citysquare_camera_silent_seconds",
        "How long a camera that is switched on has had no picture; missing while it has one.",
        ("camera",),
        (((one.camera,), max(0.0, (figures.at - one.since).total_seconds())) for one in figures.lasting),
    )


def _clocks(figures: SystemFigures) -> Iterator[Metric]:
    report = figures.recorder
    if report is not None:
        yield _gauge(
            "citysquare_recorder_clock_error_seconds", "The machine's clock minus the recorder's time.", (), [((), report.clock_error)]
        )
    yield _gauge(
        "citysquare_camera_clock_error_seconds",
        "The camera's clock minus ours: told with its pictures (rtcp), or when asked (onvif).",
        ("camera", "source"),
        (((camera.id, camera.clock.source), camera.clock.error) for camera in figures.cameras if camera.clock is not None),
    )


def _space(space: SpaceReport) -> Iterator[Metric]:
    yield _gauge("citysquare_store_held_bytes", "Footage that holds keep.", (), [((), float(space.held_bytes))])
    yield _gauge("citysquare_store_write_bytes_per_second", "What is being written.", (), [((), float(space.bytes_per_second))])
    if space.kept_span_seconds is not None:
        yield _gauge("citysquare_store_kept_span_seconds", "Footage of the camera that has least.", (), [((), space.kept_span_seconds)])
    if space.hours_left_until_deletion is not None:
        yield _gauge(
            "citysquare_store_hours_until_early_deletion",
            "Until footage goes that the retention would keep; missing where room suffices.",
            (),
            [((), space.hours_left_until_deletion)],
        )
    volumes = space.volumes
    yield _gauge(
        "citysquare_volume_ok", "1 while the volume takes footage.", ("volume",), (((v.id,), float(v.state == "ok")) for v in volumes)
    )
    yield _gauge("citysquare_volume_free_bytes", "Free on the volume.", ("volume",), (((v.id,), float(v.free)) for v in volumes))


def _store(figures: SystemFigures) -> Iterator[Metric]:
    volume, forecast = figures.volume, figures.forecast
    if volume is not None:
        yield _gauge("citysquare_store_bytes", "Footage kept.", (), [((), float(volume.used))])
        yield _gauge("citysquare_store_budget_bytes", "What footage may take.", (), [((), float(volume.budget))])
        yield _gauge("citysquare_store_free_bytes", "Free on the footage's volume.", (), [((), float(volume.free))])
    if figures.recorder is not None and figures.recorder.space is not None:
        yield from _space(figures.recorder.space)
    if forecast is not None:
        yield _gauge("citysquare_store_bytes_per_day", "What all cameras write in a day.", (), [((), float(forecast.bytes_a_day))])
        if forecast.days_kept is not None:
            yield _gauge("citysquare_store_days_kept", "Days of footage the store holds at this rate.", (), [((), forecast.days_kept)])


def _analysis(figures: SystemFigures) -> Iterator[Metric]:
    report = figures.analysis
    if report is None:
        return
    cameras = report.cameras
    yield _gauge(
        "citysquare_analysis_report_timestamp_seconds", "When the analysis last reported.", (), [((), report.at / TICKS_PER_SECOND)]
    )
    yield _gauge(
        "citysquare_analysis_lag_seconds",
        "How far the analysis is behind the present.",
        ("camera",),
        (((c.camera,), max(0.0, (report.at - c.through) / TICKS_PER_SECOND)) for c in cameras if c.through is not None),
    )
    yield _counter(
        "citysquare_analysis_pictures", "Coded pictures that arrived.", ("camera",), (((c.camera,), float(c.pictures)) for c in cameras)
    )
    yield _counter(
        "citysquare_analysis_pictures_decoded", "Pictures decoded.", ("camera",), (((c.camera,), float(c.decoded)) for c in cameras)
    )
    yield _counter(
        "citysquare_analysis_pictures_suspect", "Pictures found damaged.", ("camera",), (((c.camera,), float(c.suspects)) for c in cameras)
    )
    yield _counter("citysquare_analysis_tracks", "Tracks that ended.", ("camera",), (((c.camera,), float(c.tracks)) for c in cameras))
    yield _counter("citysquare_analysis_cpu_seconds", "Processor time.", ("camera",), (((c.camera,), c.cpu_seconds) for c in cameras))
    yield _gauge("citysquare_analysis_batches_waiting", "Batches the database has not taken yet.", (), [((), float(report.waiting))])
    yield _counter("citysquare_analysis_tracks_lost", "Tracks that were refused for too long.", (), [((), float(report.lost))])


def _processes(figures: SystemFigures) -> Iterator[Metric]:
    report = figures.processes
    if report is None:
        return
    listed = report.processes
    yield _gauge("citysquare_process_up", "1 while the process runs.", ("process",), (((p.name,), float(p.running)) for p in listed))
    yield _counter(
        "citysquare_process_restarts", "Times it was started again.", ("process",), (((p.name,), float(p.restarts)) for p in listed)
    )
    yield _counter("citysquare_process_cpu_seconds", "Processor time.", ("process",), (((p.name,), p.cpu_seconds) for p in listed))
    yield _gauge("citysquare_process_memory_bytes", "Memory (PSS).", ("process",), (((p.name,), float(p.memory)) for p in listed))


def _log(log: LogState | None) -> Iterator[Metric]:
    if log is None:
        return
    yield _counter("citysquare_audit_entries", "Entries of the audit log.", (), [((), float(log.entries))])
    yield _gauge("citysquare_audit_covered", "Entries of the audit log that a signed head covers.", (), [((), float(log.covered))])
    if log.signed_at is not None:
        yield _gauge("citysquare_audit_head_timestamp_seconds", "When the newest head was signed.", (), [((), log.signed_at.timestamp())])
    if log.second is not None:
        yield _gauge(
            "citysquare_audit_second_place_up", "1 while the second place takes entries.", (), [((), float(not log.second.trouble))]
        )


def _platform(figures: SystemFigures) -> Iterator[Metric]:
    if figures.events_waiting is not None:
        yield _gauge("citysquare_events_waiting", "Events not delivered yet.", (), [((), float(figures.events_waiting))])
    if figures.newest_backup is not None:
        yield _gauge(
            "citysquare_backup_timestamp_seconds", "When the newest backup was made.", (), [((), figures.newest_backup.timestamp())]
        )
    yield from _log(figures.log)
    wrong = troubles(figures)
    yield _gauge(
        "citysquare_troubles",
        "Things that are wrong, by weight.",
        ("weight",),
        (((w.name.lower(),), float(sum(t.weight is w for t in wrong))) for w in Weight),
    )
