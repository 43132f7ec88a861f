"""The processes are started as the settings say."""

from citysquare.config import Config
from citysquare.site.running import free_port, programs


def test_only_named_proxies_may_say_whose_request_it_is() -> None:
    web = programs(Config(trusted_proxies=("10.0.0.7", "10.0.0.8")))[-1]
    assert web.argv[web.argv.index("--forwarded-allow-ips") + 1] == "10.0.0.7,10.0.0.8"


def test_the_recorder_starts_before_analysis_and_web_and_so_ends_last() -> None:
    assert [program.name for program in programs(Config())] == ["recorder", "analysis", "web"]


def test_a_port_is_sought_upwards_within_bounds() -> None:
    found = free_port(65535)
    assert found in {65535, None}
    assert free_port(65536) is None
