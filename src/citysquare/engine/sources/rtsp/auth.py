"""Signing in to a camera: Basic (RFC 7617) and Digest (RFC 7616, with MD5 as RFC 2617 had it)."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

# The look behind keeps a long word without "=" from being tried from each of its letters on: that took seconds.
_FIELD = re.compile(r'(?<![A-Za-z0-9_-])([A-Za-z][A-Za-z0-9_-]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_SCHEME = re.compile(r"(?:^|,\s*)(Basic|Digest)(?=\s)", re.IGNORECASE)
_MAX_STALE = 2
_HASHES: dict[str, Callable[[bytes], str]] = {
    # RFC 7616 keeps MD5 for old devices, and most cameras know nothing else.
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
    "SHA-256": lambda data: hashlib.sha256(data).hexdigest(),
}


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a camera asks for in one WWW-Authenticate header."""

    scheme: str
    """`basic` or `digest`."""
    fields: dict[str, str]

    @property
    def algorithm(self) -> str:
        """MD5 or SHA-256, each perhaps with `-SESS`."""
        return self.fields.get("algorithm", "MD5").upper()

    @property
    def strength(self) -> int:
        """How much we like it; 0 when we cannot answer it."""
        if self.scheme == "basic":
            return 1
        name = self.algorithm.removesuffix("-SESS")
        qop = self.fields.get("qop", "")
        if name not in _HASHES or not self.fields.get("nonce") or (qop and "auth" not in _tokens(qop)):
            return 0
        return 3 if name == "SHA-256" else 2

    @property
    def stale(self) -> bool:
        """The password was right, only the nonce has grown old."""
        return self.fields.get("stale", "").lower() == "true"


def _tokens(text: str) -> list[str]:
    return [token.strip().lower() for token in text.split(",")]


def parse_challenges(headers: Iterable[str]) -> list[Challenge]:
    """Read WWW-Authenticate headers, one or several challenges in each. What makes no sense is left out."""
    found = []
    for header in headers:
        starts = list(_SCHEME.finditer(header))
        for start, following in zip(starts, [*starts[1:], None], strict=False):  # none at all where no scheme is named
            text = header[start.end() : following.start() if following else len(header)]
            fields = {m[1].lower(): re.sub(r"\\(.)", r"\1", m[2]) if m[2] is not None else m[3] for m in _FIELD.finditer(text)}
            found.append(Challenge(start[1].lower(), fields))
    return found


@dataclass(slots=True)
class Login:
    """A user and password, and the challenge they answer."""

    user: str
    password: str = field(repr=False)
    _challenge: Challenge | None = None
    _count: int = 0
    _client_nonce: str = field(default="", repr=False)
    _refused: int = 0

    def accept(self, challenges: list[Challenge]) -> bool:
        """Take the best challenge; False when there is none we can answer, or our answer to it was refused.

        A second answer is tried only where the camera calls the nonce stale: more would lock accounts.
        """
        best = max(challenges, key=lambda challenge: challenge.strength, default=None)
        if best is None or not best.strength or self._refused > (_MAX_STALE if best.stale else 0):
            return False
        self._refused += 1
        self._challenge, self._count = best, 0
        self._client_nonce = secrets.token_hex(16)
        return True

    def passed(self) -> None:
        """Note that a request got through: a later refusal is about a nonce grown old and may be answered again."""
        self._refused = 0

    def header(self, method: str, target: str) -> str | None:
        """Return the Authorization header for a request, or None while nothing was asked."""
        challenge = self._challenge
        if challenge is None:
            return None
        if challenge.scheme == "basic":
            return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode("ascii")
        return self._digest(challenge, method, target)

    def _digest(self, challenge: Challenge, method: str, target: str) -> str:
        fields = challenge.fields
        digest = _HASHES[challenge.algorithm.removesuffix("-SESS")]
        realm, nonce = fields.get("realm", ""), fields["nonce"]
        secret = digest(f"{self.user}:{realm}:{self.password}".encode())
        if challenge.algorithm.endswith("-SESS"):
            secret = digest(f"{secret}:{nonce}:{self._client_nonce}".encode())
        what = digest(f"{method}:{target}".encode())
        out = [("username", self.user), ("realm", realm), ("nonce", nonce), ("uri", target)]
        plain = []
        if fields.get("qop"):
            self._count += 1
            number = f"{self._count:08x}"
            response = digest(f"{secret}:{nonce}:{number}:{self._client_nonce}:auth:{what}".encode())
            out.append(("cnonce", self._client_nonce))
            plain = [("qop", "auth"), ("nc", number)]
        else:
            response = digest(f"{secret}:{nonce}:{what}".encode())
        out.append(("response", response))
        if "opaque" in fields:
            out.append(("opaque", fields["opaque"]))
        if "algorithm" in fields:
            plain.append(("algorithm", fields["algorithm"]))
        quoted = [f'{name}="{_quoted(value)}"' for name, value in out]
        return "Digest " + ", ".join(quoted + [f"{name}={value}" for name, value in plain])


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
