"""In which networks cameras may be looked for: those the operator named, or those this machine stands in."""

from __future__ import annotations

import socket
from ipaddress import IPv4Network, IPv6Network, ip_interface, ip_network

import psutil
from django.conf import settings
from django.utils.translation import gettext as _

from citysquare.engine.sources.onvif import MOST_HOSTS

Network = IPv4Network | IPv6Network
_SIMULATED = ip_network("127.0.0.1/32")
"""Where the simulator's cameras answer; the address rule lets only its ports through."""
_NARROWED = 24
"""Bits of the part that is offered of a network too large to search."""


def offered_networks() -> list[Network]:
    """Return the networks to choose from: of the setting, or the private ones this machine has an address in."""
    named: tuple[Network, ...] = settings.CITYSQUARE.camera_networks
    found = [network for network in named if network.num_addresses <= MOST_HOSTS] if named else _own_networks()
    return list(dict.fromkeys([*found, *([_SIMULATED] if settings.CITYSQUARE.simulator_ports else [])]))


def _own_networks() -> list[Network]:
    networks: list[Network] = []
    for addresses in psutil.net_if_addrs().values():
        for each in addresses:
            if each.family != socket.AF_INET or not each.netmask:
                continue
            interface = ip_interface(f"{each.address}/{each.netmask}")
            if not interface.ip.is_private or interface.ip.is_loopback or interface.ip.is_link_local:
                continue
            network = interface.network
            if network.num_addresses > MOST_HOSTS:
                network = ip_network(f"{each.address}/{_NARROWED}", strict=False)
            networks.append(network)
    return networks


def network_of(text: str) -> Network:
    """Return the network that a person typed. Raises ValueError with a sentence for what is none, or must not be searched."""
    try:
        network = ip_network(text.strip(), strict=False)
    except ValueError:
        raise ValueError(_("A network is written as 192.168.1.0/24.")) from None
    if network == _SIMULATED and settings.CITYSQUARE.simulator_ports:
        return network
    if network.num_addresses > MOST_HOSTS:
        raise ValueError(_("This network is too large to search: name a part of it, at most %(most)d addresses.") % {"most": MOST_HOSTS})
    named: tuple[Network, ...] = settings.CITYSQUARE.camera_networks
    if named:
        if not any(_within(network, each) for each in named):
            raise ValueError(_("This network is in none of those set up for cameras (camera_networks)."))
    elif not network.is_private or network.is_loopback or network.is_link_local:
        raise ValueError(_("Cameras are looked for in private networks only; others have to be named in the setting camera_networks."))
    return network


def _within(network: Network, other: Network) -> bool:
    if isinstance(network, IPv4Network) and isinstance(other, IPv4Network):
        return network.subnet_of(other)
    return isinstance(network, IPv6Network) and isinstance(other, IPv6Network) and network.subnet_of(other)
