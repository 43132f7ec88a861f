"""Testing a camera before it is saved: a picture, or a sentence on what is wrong and what to do."""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from citysquare.apps.devices import services
from citysquare.apps.devices.forms import ConnectionForm
from citysquare.apps.devices.labels import advice, in_words
from citysquare.engine.clock import SystemClock
from citysquare.engine.errors import EngineError
from citysquare.engine.model import Codec, VideoParameters
from citysquare.engine.probe import Probe, probe
from citysquare.engine.sources import redact
from citysquare.platform.doors import actor_of, guarded
from citysquare.platform.errors import DomainError
from citysquare.platform.pace import Limit
from citysquare.platform.policy import Action, Actor

CODEC_LABELS = {Codec.H264: "H.264", Codec.H265: "H.265"}
LONGEST_LOOK = 12.0
"""Seconds: longer than the ten after which a stream without a keyframe is called so."""
_SLOWEST = 5.0
"""Pictures a second below which tracks are hard to follow."""

_MOST_TESTS = 3
_tests_running = threading.BoundedSemaphore(_MOST_TESTS)

tries = Limit(size=30, per_second=1 / 5)
searches = Limit(size=10, per_second=1 / 20)
"""For each person: so many at once, then one each five (twenty) seconds. Enough to set cameras up, too slow to map a network."""


class TooManyTests(DomainError):
    """Others are testing cameras right now, or this person has tried too many in a short time."""

    code = "devices.too_many_tests"
    status = 429
    retry_after = 60


@dataclass(frozen=True, slots=True)
class TestResult:
    """What a test of one stream showed."""

    __test__ = False  # not a test case, whatever pytest thinks of its name

    kind_label: str
    ok: bool
    message: str
    code: str = ""
    advice: str = ""
    """What to do about it, or what could be better."""
    picture: str = ""
    size: str = ""
    codec_label: str = ""
    rate: str = ""


def not_too_often(limit: Limit, actor: Actor) -> None:
    """Count a try of a person. Raises TooManyTests: nobody uses the platform to go through a network host by host."""
    if limit.wait(actor.id, at=timezone.now()):
        raise TooManyTests(gettext_lazy("You have tried many addresses in a short time. Wait a minute, then go on."))


@contextmanager
def one_of_few(actor: Actor) -> Iterator[None]:
    """Let a few people connect to cameras at once, and none of them too often. Raises TooManyTests."""
    not_too_often(tries, actor)
    if not _tests_running.acquire(blocking=False):
        raise TooManyTests(gettext_lazy("Several cameras are being tested right now. Please try again in a moment."))
    try:
        yield
    finally:
        _tests_running.release()


def tested_addresses(request: HttpRequest) -> dict[str, str]:
    """Return the addresses a person gave, without their credentials, for the log: both are connected to."""
    given = {field: request.POST.get(field, "") for field in ("address", "sub_address")}
    return {field: redact(services.stream_url(address=address)) for field, address in given.items() if address}


@require_POST
@guarded(Action.CAMERA_TEST, details=tested_addresses)
@sensitive_post_parameters("password", "address", "sub_address")
def camera_test(request: HttpRequest) -> HttpResponse:
    """Look at a camera and show what it sends, or what is wrong."""
    form = ConnectionForm(request.POST, rule=services.address_rule())
    results = tested(form.streams, actor_of(request)) if form.is_valid() and form.streams is not None else []
    return render(request, "devices/_camera_test.html", {"results": results, "form": form})


def tested(streams: services.Streams, actor: Actor) -> list[TestResult]:
    """Look at both streams of a camera. Raises TooManyTests."""
    with one_of_few(actor):
        looks = asyncio.run(_look(streams))
    results = [_result(label, look) for label, look in looks]
    if not streams.sub_url:
        results.append(_without_sub())
    return [*results, *_compared([look for _label, look in looks])]


async def _look(streams: services.Streams) -> list[tuple[str, Probe | EngineError]]:
    """Look at both streams at once."""
    wanted = [(_("Main stream"), streams.main_url), (_("Small stream"), streams.sub_url)]
    labels = [label for label, url in wanted if url]
    return list(zip(labels, await asyncio.gather(*(_look_at(url) for _label, url in wanted if url)), strict=True))


async def _look_at(url: str) -> Probe | EngineError:
    try:
        return await probe(url, rule=services.address_rule(), clock=SystemClock(), timeout=LONGEST_LOOK)
    except EngineError as error:
        return error


def _result(label: str, look: Probe | EngineError) -> TestResult:
    if isinstance(look, EngineError):
        return TestResult(label, ok=False, message=in_words(look), code=look.code, advice=advice(look))
    parameters = look.parameters
    return TestResult(
        label,
        ok=True,
        message=_("The camera sends pictures.") if look.jpeg else _("The camera sends pictures, but the first one could not be decoded."),
        advice=_could_be_better(look),
        picture=f"data:image/jpeg;base64,{base64.b64encode(look.jpeg).decode()}" if look.jpeg else "",
        size=f"{parameters.width} \N{MULTIPLICATION SIGN} {parameters.height}",
        codec_label=CODEC_LABELS[parameters.codec],
        rate=_("%(rate)s pictures a second") % {"rate": number_format(round(look.fps, 1))} if look.fps else "",
    )


def _could_be_better(look: Probe) -> str:
    if look.fps is not None and look.fps < _SLOWEST:
        return _("Few pictures a second: set ten or more, so that what moves can be followed.")
    return ""


def _without_sub() -> TestResult:
    return TestResult(
        _("Small stream"),
        ok=True,
        message=_("None was given."),
        advice=_("Analysis then sees little more than keyframes. Switch a second stream on in the camera, about 640 by 360 in H.264."),
    )


def _compared(looks: list[Probe | EngineError]) -> list[TestResult]:
    """Say what shows only when both streams are seen together."""
    parameters = [look.parameters for look in looks if isinstance(look, Probe)]
    if len(parameters) < 2:
        return []
    main, sub = parameters
    text = ""
    if _area(sub) > _area(main):
        text = _("The small stream has the larger picture: the two addresses are probably swapped.")
    elif sub.codec is not Codec.H264:
        text = _("Not every browser shows H.265: set the small stream to H.264.")
    return [TestResult(_("Both streams"), ok=True, message="", advice=text)] if text else []


def _area(parameters: VideoParameters) -> int:
    return parameters.width * parameters.height
