"""What a browser fetches for the ground of a map. Each is a look at the city's spaces; one log entry stands for ten minutes of them."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from citysquare.platform.doors import guarded
from citysquare.platform.maps.ground import own_style, plan_box, plan_file
from citysquare.platform.maps.tiles import LONGEST_PIECE, read_header, read_piece
from citysquare.platform.policy import Action

GROUND_SPAN = timedelta(minutes=10)
"""A map asks for many pieces: one entry of the log stands for so long."""


@require_GET
@guarded(Action.SPACE_LIST, span=GROUND_SPAN)
def map_style(request: HttpRequest) -> HttpResponse:
    """Answer the style, `?theme=light` or `dark`, with names in the person's language."""
    return JsonResponse(own_style(theme=request.GET.get("theme", "")[:8], language=get_language() or "en"))


@require_GET
@guarded(Action.SPACE_LIST, span=GROUND_SPAN)
def map_plan(request: HttpRequest) -> HttpResponse:
    """Answer the plan of the simulated town."""
    del request
    if plan_box() is None:
        raise Http404
    return HttpResponse(plan_file().read_bytes(), content_type="application/geo+json")


@require_GET
@guarded(Action.SPACE_LIST, span=GROUND_SPAN)
def map_tiles(request: HttpRequest) -> HttpResponse:
    """Answer a piece of the city's own PMTiles file, as the `Range` header asks; the whole only when it is small."""
    path = settings.CITYSQUARE.map_tiles
    if path is None:
        raise Http404
    header = read_header(path)
    wanted = request.headers.get("Range", "")
    whole = not wanted and header.size <= LONGEST_PIECE
    piece = read_piece(path, "bytes=0-" if whole else wanted, size=header.size)
    answer = HttpResponse(piece.data, content_type="application/vnd.pmtiles")
    if not whole:
        answer.status_code = HTTPStatus.PARTIAL_CONTENT
        answer["Content-Range"] = f"bytes {piece.start}-{piece.start + len(piece.data) - 1}/{header.size}"
    answer["Accept-Ranges"] = "bytes"
    answer["ETag"] = header.mark
    return answer
