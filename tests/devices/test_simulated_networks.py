"""Where a simulator runs, its cameras can be looked for; without one, this machine is no network."""

from __future__ import annotations

import pytest
from django.conf import settings

from citysquare.apps.devices import networks

HERE = "127.0.0.1/32"


@pytest.mark.parametrize("ports", [(8554, 8580), ()])
def test_this_machine_is_offered_only_where_a_simulator_is(monkeypatch: pytest.MonkeyPatch, ports: tuple[int, ...]) -> None:
    monkeypatch.setattr(settings, "CITYSQUARE", settings.CITYSQUARE.model_copy(update={"simulator_ports": ports}))
    assert (HERE in [str(each) for each in networks.offered_networks()]) is bool(ports)
    if ports:
        assert str(networks.network_of(HERE)) == HERE
    else:
        with pytest.raises(ValueError, match="private networks only"):
            networks.network_of(HERE)
    with pytest.raises(ValueError, match="private networks only"):
        networks.network_of("127.0.0.0/30")
