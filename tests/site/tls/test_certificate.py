"""Certificates: ours is made and renewed, the city's is checked, and what is wrong is said with a code."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import DNSName, IPAddress, SubjectAlternativeName

from citysquare.config import Config
from citysquare.site.tls import CertificateError, Serving, current, fingerprint, own, prepare, showing
from citysquare.site.tls.certificate import BadKey, Expired, Mismatch, NoCertificate, OpenKey, Unreadable, WrongHosts, refuse_unfit

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOSTS = ("cameras.izmail.example", "10.1.2.3")


def settings(folder: Path, **more: object) -> Config:
    return Config(data_dir=folder, bind="0.0.0.0", allowed_hosts=HOSTS).model_copy(update=more)


def test_our_own_is_made_once_for_all_hosts_and_kept_for_its_owner_only(tmp_path: Path) -> None:
    config = settings(tmp_path)
    made, fresh = own.ensure(config, NOW)
    again, fresh_again = own.ensure(config, NOW)
    assert (fresh, fresh_again) == (True, False)
    assert again.leaf == made.leaf
    assert b"PRIVATE" not in again.chain
    assert own.own_file(config).stat().st_mode & 0o777 == 0o600
    assert own.own_file(config).parent.stat().st_mode & 0o777 == 0o700
    assert b"PRIVATE" not in own.public_file(config).read_bytes()
    assert not made.missing([*HOSTS, "localhost", "127.0.0.1", "::1"])
    names = made.leaf.extensions.get_extension_for_class(SubjectAlternativeName).value
    assert HOSTS[0] in names.get_values_for_type(DNSName)
    assert HOSTS[1] in map(str, names.get_values_for_type(IPAddress))
    assert isinstance(made.leaf.public_key(), ec.EllipticCurvePublicKey)
    assert made.leaf.not_valid_after_utc - made.leaf.not_valid_before_utc <= timedelta(days=397)


@pytest.mark.parametrize(("later", "renewed"), [(timedelta(days=360), False), (timedelta(days=367), True), (timedelta(days=4000), True)])
def test_our_own_is_renewed_thirty_days_before_its_end(tmp_path: Path, later: timedelta, renewed: bool) -> None:
    config = settings(tmp_path)
    first, _ = own.ensure(config, NOW)
    second, fresh = own.ensure(config, NOW + later)
    assert fresh is renewed
    assert (second.leaf != first.leaf) is renewed


def test_our_own_is_made_anew_when_a_host_was_added_or_the_file_is_damaged(tmp_path: Path) -> None:
    own.ensure(settings(tmp_path), NOW)
    more = settings(tmp_path, allowed_hosts=(*HOSTS, ".tulcea.example"))
    made, fresh = own.ensure(more, NOW)
    assert fresh
    assert {"tulcea.example", "*.tulcea.example"} <= set(made.names)
    own.own_file(more).write_bytes(b"-----BEGIN CERTIFICATE-----\nxx")
    assert own.ensure(more, NOW)[1]


def test_the_start_prints_the_fingerprint(tmp_path: Path) -> None:
    said: list[str] = []
    prepare(settings(tmp_path), NOW, said.append)
    made, _ = own.ensure(settings(tmp_path), NOW)
    assert any(fingerprint(made.leaf) in line for line in said)
    assert any("own.crt" in line for line in said)


def test_the_certificate_is_shown_without_its_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("citysquare.config.load", lambda: settings(tmp_path))
    for _ in range(2):
        assert showing.main([]) == 0
        out = capsys.readouterr().out
        assert "SHA-256: " in out
        assert "BEGIN CERTIFICATE" in out
        assert "PRIVATE" not in out
    monkeypatch.setattr("citysquare.config.load", lambda: settings(tmp_path, bind="127.0.0.1"))
    assert showing.main([]) == 2


@pytest.fixture
def citys(tmp_path: Path) -> Callable[..., Config]:
    """Lay down a certificate and a key of the city, and the settings that name them."""

    def lay(chain: bytes | None = None, key: bytes | None = None) -> Config:
        good = own.make(list(HOSTS), NOW)
        certificate, secret = tmp_path / "city.pem", tmp_path / "city.key"
        certificate.write_bytes(good.chain if chain is None else chain)
        secret.write_bytes(good.key if key is None else key)
        secret.chmod(0o600)
        return settings(tmp_path / "data", tls_certificate=certificate, tls_key=secret)

    return lay


def secret(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, passphrase: bytes = b"") -> bytes:
    sealed = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealed)


def test_the_citys_own_is_used(citys: Callable[..., Config]) -> None:
    config = citys()
    assert current(config, NOW).names[0] == HOSTS[0]
    assert not own.own_file(config).exists()


@pytest.mark.parametrize(
    ("chain", "key", "error"),
    [
        (b"", None, NoCertificate),
        (b"\x00" * 300_000, None, Unreadable),
        (b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", None, NoCertificate),
        (None, b"", BadKey),
        (None, secret(ec.generate_private_key(ec.SECP256R1())), Mismatch),
        (None, secret(ec.generate_private_key(ec.SECP256R1()), b"passphrase"), BadKey),
        (None, secret(rsa.generate_private_key(65537, 1024)), BadKey),  # noqa: S505 -- what is refused
    ],
)
def test_a_bad_one_is_refused_with_a_code(
    citys: Callable[..., Config], chain: bytes | None, key: bytes | None, error: type[CertificateError]
) -> None:
    with pytest.raises(error) as refused:
        current(citys(chain, key), NOW)
    assert refused.value.code.startswith("tls.")


def test_one_that_is_not_there_or_open_to_all_is_refused(citys: Callable[..., Config]) -> None:
    config = citys()
    assert config.tls_key is not None
    config.tls_key.chmod(0o644)
    with pytest.raises(OpenKey, match="chmod"):
        current(config, NOW)
    config.tls_key.unlink()
    with pytest.raises(Unreadable):
        current(config, NOW)


def test_one_out_of_its_time_or_for_other_hosts_is_refused(citys: Callable[..., Config]) -> None:
    config = citys()
    for moment in (NOW + timedelta(days=398), NOW - timedelta(days=1)):
        with pytest.raises(Expired):
            current(config, moment)
    with pytest.raises(WrongHosts, match=r"other\.example"):
        current(config.model_copy(update={"allowed_hosts": (*HOSTS, "other.example")}), NOW)
    refuse_unfit(current(config, NOW), ["*", "localhost", "CAMERAS.izmail.example"], NOW)


def test_a_certificate_near_its_end_is_mentioned(citys: Callable[..., Config]) -> None:
    said: list[str] = []
    prepare(citys(), NOW + timedelta(days=390), said.append)
    assert "ends in 6 days" in said[0]


def test_a_change_of_the_file_is_taken_in_and_a_bad_one_is_not(citys: Callable[..., Config], caplog: pytest.LogCaptureFixture) -> None:
    config = citys()
    serving = Serving(config, clock=lambda: NOW)
    assert serving.context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert not serving.look_again()
    assert config.tls_certificate is not None
    good = config.tls_certificate.read_bytes()
    config.tls_certificate.write_bytes(own.make(list(HOSTS), NOW).chain)  # its key comes a moment later
    assert not serving.look_again()
    assert not serving.look_again()
    assert [record.message for record in caplog.records if "tls.mismatch" in record.message] == [caplog.records[0].message]
    config.tls_certificate.write_bytes(good)
    assert not serving.look_again()
    citys()
    assert serving.look_again()
