"""Asking our own web server whether it answers, however it listens."""

from __future__ import annotations

import http.client
import socket
import ssl

from citysquare.config import EVERY_ADDRESS, UNIX, Config

TIMEOUT_SECONDS = 1.0


class _Socket(http.client.HTTPConnection):
    """A connection through a socket in the file system."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=TIMEOUT_SECONDS)
        self._path = path

    def connect(self) -> None:
        """Connect to the path instead of an address."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(TIMEOUT_SECONDS)
        self.sock.connect(self._path)


def web_answers(config: Config) -> bool:
    """Tell whether the pages answer."""
    connection = _connection(config)
    named = next((host.lstrip(".") for host in config.allowed_hosts if host not in {"*", "."}), "localhost")
    try:
        connection.request("GET", "/healthz", headers={"Host": named})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _connection(config: Config) -> http.client.HTTPConnection:
    if config.bind.startswith(UNIX):
        return _Socket(config.bind.removeprefix(UNIX))
    host = "127.0.0.1" if config.bind in EVERY_ADDRESS else config.bind.strip("[]")
    if not config.speaks_tls:
        return http.client.HTTPConnection(host, config.port, timeout=TIMEOUT_SECONDS)
    # It is our own process at our own address, and the certificate is for the names people use: nothing is told it but "how are you".
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(host, config.port, timeout=TIMEOUT_SECONDS, context=context)
