"""A number for each request, so that the lines of a log that belong together can be found."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponseBase

HEADER = "X-Request-ID"

_current: ContextVar[str] = ContextVar("request", default="")


class RequestMiddleware:
    """Gives each request a number of our own making (what a browser sends is not believed) and names it in the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Remember the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Give the number, for as long as the request is answered."""
        number = secrets.token_hex(8)
        token = _current.set(number)
        try:
            response = self.get_response(request)
        finally:
            _current.reset(token)
        response.headers[HEADER] = number
        return response


class RequestFilter(logging.Filter):
    """Adds the number to a line that is written while a request is answered."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add it; every line passes."""
        if _current.get():
            record.request = _current.get()
        return True
