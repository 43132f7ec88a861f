"""The processes are started as the settings say."""

from citysquare.config import Config
from citysquare.site.running import free_port, programs
from citysquare.site.serve import server_config


def test_only_named_proxies_may_say_whose_request_it_is() -> None:
    served = server_config(Config(trusted_proxies=("10.0.0.7", "10.0.0.8")), None)
    assert served.forwarded_allow_ips == ["10.0.0.7", "10.0.0.8"]


def test_whoever_reaches_the_socket_is_the_proxy() -> None:
    served = server_config(Config(bind="unix:/run/citysquare/web.sock", behind_proxy=True), None)
    assert (served.uds, served.forwarded_allow_ips) == ("/run/citysquare/web.sock", "*")


def test_the_recorder_starts_before_analysis_and_web_and_so_ends_last() -> None:
    assert [program.name for program in programs(Config())] == ["recorder", "analysis", "web"]


def test_a_port_is_sought_upwards_within_bounds() -> None:
    found = free_port(65535)
    assert found in {65535, None}
    assert free_port(65536) is None
