"""Lines of a log: plain for people, or JSON for machines, and in both without passwords."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime

PLAIN = "plain"
JSON = "json"
FORMATS = (PLAIN, JSON)
LONGEST_MESSAGE = 4000
LONGEST_TRACE = 16_000

_SECRETS = (
    (re.compile(r"(\w{2,20}://)[^\s/@]*@"), r"\1***@"),
    (re.compile(r"(/sign-in/)[\w-]{20,}"), r"\1***"),
    (re.compile(r"\b(cs_)[\w-]{8,}"), r"\1***"),
    (re.compile(r"(?i)\b((?:authorization|password|passphrase|cookie)\W{1,3}(?:bearer |basic |digest )?)[^\s,;]+"), r"\1***"),
)
"""What looks like a password in an address, a sign-in link, a token, or a value after such a word."""


def without_secrets(text: str) -> str:
    """Return the text with whatever looks like a secret blotted out: the last net, the sentences themselves hold none."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


class PlainFormatter(logging.Formatter):
    """`2026-05-01T12:00:00.000Z WARNING citysquare.x: sentence`, on as many lines as it has."""

    def __init__(self) -> None:
        """Name the parts."""
        super().__init__("{asctime} {levelname} {name}: {message}", style="{")

    def format(self, record: logging.LogRecord) -> str:
        """Return the lines, without secrets."""
        return without_secrets(super().format(record))

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 -- logging's own name
        """Return the time in UTC."""
        del datefmt
        return _time(record)


class JsonFormatter(logging.Formatter):
    """One object a line: time, level, logger, message, and where they are known code, camera and request."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; nothing in a message can begin another one."""
        values: dict[str, str | int] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": without_secrets(record.getMessage())[:LONGEST_MESSAGE],
            "process": record.process or 0,
        }
        for name in ("code", "camera", "request"):
            value = getattr(record, name, None)
            if isinstance(value, str) and value:
                values[name] = value[:100]
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            values.setdefault("code", str(getattr(error, "code", type(error).__name__))[:100])
            values["trace"] = without_secrets(self.formatException(record.exc_info))[:LONGEST_TRACE]  # type: ignore[arg-type] # there is one
        return json.dumps(values, ensure_ascii=False)


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def formatter(name: str) -> logging.Formatter:
    """Return the formatter of a format."""
    return JsonFormatter() if name == JSON else PlainFormatter()


def set_up(name: str, level: int = logging.WARNING) -> None:
    """Let this process log to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(name))
    logging.basicConfig(handlers=[handler], level=level)
