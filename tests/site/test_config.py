"""The operator's settings: read from file, secrets and environment; a wrong one is named in a sentence."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from citysquare import config
from citysquare.config import Config, ConfigurationError, load, secret_key
from citysquare.site.database import database_settings


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("CITYSQUARE_DATA_DIR", "CITYSQUARE_CONFIG", "CITYSQUARE_SECRETS_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))


def file(text: str, name: str = "citysquare.toml") -> Path:
    path = Path(name)
    path.write_text(text, encoding="utf-8")
    return path.absolute()


def test_without_anything_said_everything_lies_in_one_folder(tmp_path: Path) -> None:
    settings = load()
    assert settings.data_dir == tmp_path / "share" / "citysquare"
    assert settings.store_dir == settings.data_dir / "footage"
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.footage_retention_hours == 72
    assert settings.simulator_ports == ()
    assert not settings.debug


def test_the_file_is_read() -> None:
    file('data_dir = "/srv/cs"\nport = 8080\nallowed_hosts = ["city.example"]\ntime_zone = "Europe/Kyiv"\nsimulator_ports = [8554]\n')
    settings = load()
    assert (settings.port, settings.allowed_hosts, settings.time_zone) == (8080, ("city.example",), "Europe/Kyiv")
    assert settings.store_dir == Path("/srv/cs/footage")
    assert settings.simulator_ports == (8554,)


def test_the_environment_is_stronger_than_secrets_and_those_than_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CITYSQUARE_CONFIG", str(file('port = 1\ndatabase_url = "a"\npublic_url = "https://a.example/"\n', "other.toml")))
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "citysquare_database_url").write_text("b")
    (folder / "citysquare_port").write_text("2")
    monkeypatch.setenv("CITYSQUARE_SECRETS_DIR", str(folder))
    monkeypatch.setenv("CITYSQUARE_PORT", "3")
    settings = load()
    assert (settings.port, settings.database_url, settings.base_url) == (3, "b", "https://a.example")


def test_lists_in_the_environment_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYSQUARE_ALLOWED_HOSTS", "a.example, b.example")
    monkeypatch.setenv("CITYSQUARE_SIMULATOR_PORTS", "8554,8555")
    settings = load()
    assert (settings.allowed_hosts, settings.simulator_ports) == (("a.example", "b.example"), (8554, 8555))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("prot = 8000", "prot: there is no such setting"),
        ("port = 0", "port"),
        ('port = "x"', "port"),
        ('time_zone = "Mars/Olympus"', "time_zone"),
        ('time_zone = "../../etc/passwd"', "time_zone"),
        ('languages = ["fr"]', "languages"),
        ("languages = []", "languages"),
        ("simulator_ports = [70000]", "simulator_ports"),
        ('camera_networks = ["10.20.0.1/16"]', "camera_networks"),
        (f"camera_networks = {[f'10.{n // 256}.{n % 256}.0/24' for n in range(257)]}", "camera_networks"),
        ('secret_key = "short"', "secret_key"),
        ("footage_retention_hours = 0", "footage_retention_hours"),
        ("port = ", "citysquare.toml"),
        ("\x00", "citysquare.toml"),
    ],
)
def test_a_wrong_setting_is_named(text: str, named: str) -> None:
    file(text)
    with pytest.raises(ConfigurationError) as refused:
        load()
    assert named in refused.value.message
    assert "short" not in refused.value.message.replace("shorter", "")


def test_a_file_that_was_named_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYSQUARE_CONFIG", "/nowhere/citysquare.toml")
    with pytest.raises(ConfigurationError, match="does not exist"):
        load()


def test_settings_do_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load().port = 9  # type: ignore[misc]  # just that


def test_every_setting_says_what_it_is_for() -> None:
    assert [name for name, field in Config.model_fields.items() if not field.description] == []


def test_the_key_is_made_once_and_for_its_owner_only() -> None:
    settings = load()
    key = secret_key(settings)
    assert len(key) >= 32
    assert secret_key(settings) == key
    path = settings.data_dir / "secret_key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in settings.data_dir.iterdir()] == ["secret_key"]


def test_a_key_that_others_may_read_is_not_used() -> None:
    settings = load()
    secret_key(settings)
    (settings.data_dir / "secret_key").chmod(0o644)
    with pytest.raises(ConfigurationError, match="0600"):
        secret_key(settings)


def test_a_damaged_key_is_not_used() -> None:
    settings = load()
    secret_key(settings)
    (settings.data_dir / "secret_key").write_text("")
    with pytest.raises(ConfigurationError, match="damaged"):
        secret_key(settings)


def test_a_key_given_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYSQUARE_SECRET_KEY", "k" * 40)
    settings = load()
    assert secret_key(settings) == "k" * 40
    assert "kkk" not in repr(settings)
    assert not settings.data_dir.exists()


@pytest.mark.parametrize(
    ("url", "engine", "name"),
    [
        ("", "sqlite3", "citysquare.sqlite3"),
        ("sqlite:////var/lib/cs/db.sqlite3", "sqlite3", "db.sqlite3"),
        ("postgresql://me:p%40ss@db.example:5433/city?sslmode=require", "postgresql", "city"),
        ("postgres:///city", "postgresql", "city"),
    ],
)
def test_a_database_address_is_taken_apart(url: str, engine: str, name: str) -> None:
    found = database_settings(load().model_copy(update={"database_url": url}))
    assert found["ENGINE"].endswith(engine)
    assert str(found["NAME"]).endswith(name)
    if "5433" in url:
        assert (found["USER"], found["PASSWORD"], found["HOST"], found["PORT"]) == ("me", "p@ss", "db.example", "5433")
        assert found["OPTIONS"] == {"sslmode": "require"}


@pytest.mark.parametrize(
    ("url", "host", "options"),
    [
        ("postgresql:///city", "", {}),
        ("postgresql://me@/city?host=/run/My%20Sockets", "", {"host": "/run/My Sockets"}),
        ("postgresql://me@%2Frun%2FMy%20Sockets:5433/city", "/run/My Sockets", {}),
        ("postgresql://me@[2001:db8::1]:5433/city", "2001:db8::1", {}),
    ],
)
def test_the_host_of_a_database_may_be_the_folder_of_a_socket(url: str, host: str, options: dict[str, str]) -> None:
    found = database_settings(load().model_copy(update={"database_url": url}))
    assert (found["HOST"], found["OPTIONS"]) == (host, options)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://me:secret@x/y",
        "sqlite://",
        "postgresql://me:secret@h:port/n",
        "postgresql://me:sec/ret@h/n",
        "postgresql://me:1?secret=x@h/n",
        "postgresql://me:secret@[h/n",
        "postgresql://me:secret@h",
        "postgresql://me:secret@h/" + "n" * 64,
        "postgresql://me:secret@h/n?isolation_level=secret",
        "nothing",
    ],
)
def test_an_unknown_database_is_refused_without_showing_its_password(url: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        database_settings(load().model_copy(update={"database_url": url}))
    assert "database_url" in refused.value.message
    assert "sec" not in refused.value.message


def test_without_the_driver_a_sentence_says_where_it_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigurationError, match=r"use-postgresql\.md"):
        database_settings(load().model_copy(update={"database_url": "postgresql:///city"}))


def test_languages_are_those_of_the_pages() -> None:
    from citysquare.platform import names

    assert config.LANGUAGES == names.LANGUAGES


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('tls_certificate = "/x.pem"', "belong together"),
        ('behind_proxy = true\nbind = "0.0.0.0"', "trusted_proxies"),
        ('behind_proxy = true\nbind = "web"', "trusted_proxies"),
        ('log_format = "xml"', "log_format"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(text: str, named: str) -> None:
    file(text)
    with pytest.raises(ConfigurationError, match=named):
        load()


@pytest.mark.parametrize(
    ("text", "tls", "https", "hsts", "address"),
    [
        ("", False, False, False, "http://127.0.0.1:8000"),
        ('bind = "::1"', False, False, False, "http://[::1]:8000"),
        ('bind = "0.0.0.0"', True, True, False, "https://127.0.0.1:8000"),
        ('bind = "::"\nallowed_hosts = ["localhost", ".b.example", "a.example"]', True, True, False, "https://a.example:8000"),
        ('bind = "10.0.0.1"\nport = 443', True, True, False, "https://10.0.0.1:443"),
        ('tls_certificate = "/a"\ntls_key = "/b"', True, True, True, "https://127.0.0.1:8000"),
        ('behind_proxy = true\npublic_url = "https://a.example/"', False, True, True, "https://a.example"),
        ('behind_proxy = true\nbind = "0.0.0.0"\ntrusted_proxies = ["10.0.0.2"]', False, True, True, "https://127.0.0.1:8000"),
    ],
)
def test_what_is_spoken_follows_from_the_address_and_the_certificate(text: str, tls: bool, https: bool, hsts: bool, address: str) -> None:
    file(text)
    settings = load()
    assert (settings.speaks_tls, settings.https, settings.hsts, settings.base_url) == (tls, https, hsts, address)


@pytest.mark.parametrize(
    "address",
    [
        "ftp://tsa.example/",
        "http://user@tsa.example/",
        "http://tsa.example:99999/",
        "http://tsa.example:0/",
        "http://tsa.example/a b",
        "http://[::::]/",
        "tsa.example",
    ],
)
def test_a_time_stamping_authority_has_a_plain_address(address: str) -> None:
    file(f'tsa_url = "{address}"\ntsa_certificates = "/srv/tsa.pem"\n')
    with pytest.raises(ConfigurationError, match="tsa_url"):
        load()


def test_a_time_stamping_authority_is_named_with_its_certificates() -> None:
    for text in ('tsa_url = "http://tsa.example/tsr"\n', 'tsa_certificates = "/srv/tsa.pem"\n'):
        file(text)
        with pytest.raises(ConfigurationError, match="belong together"):
            load()
    file('tsa_url = "http://tsa.example/tsr"\ntsa_certificates = "tsa.pem"\n')
    assert load().tsa_certificates == Path("tsa.pem").absolute()
