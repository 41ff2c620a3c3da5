"""IP addresses in one spelling, and the range around them."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

from graphfraud.intake.text import fold

# The usual spelling of IPv4, for which the module `ipaddress` would take fifteen times as long.
_PLAIN = re.compile(
    r"(0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])\.(0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])(?:\.(?:0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])){2}",
    re.ASCII,
)
_IPV4_PORT = re.compile(r"^(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}$")
# Addresses that many have at once behind a router, or that no sender has. Documentation ranges are left alone: nobody
# sends from them, and examples use them.
_NOBODY: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3"),
        *("::/127", "fe80::/10", "fc00::/7", "ff00::/8"),
    )
)
_NOBODY_FIRST = frozenset({0, 10, 127, *range(224, 256)})
_NOBODY_PAIRS = frozenset({(169, 254), (192, 168), *((172, second) for second in range(16, 32))})


def canonical(text: str) -> str | None:
    """Return an address in its standard spelling, None for what is none, or is private, loopback, unspecified or reserved.

    Ports, brackets and zones are dropped, IPv4 inside IPv6 is IPv4, and of a forwarding list the first public one counts.
    """
    if plain := _PLAIN.fullmatch(text):
        first, second = int(plain[1]), int(plain[2])
        return None if first in _NOBODY_FIRST or (first, second) in _NOBODY_PAIRS else text
    for part in fold(text).split(","):
        address = _address(part.strip())
        if address is not None and not any(address in network for network in _NOBODY if network.version == address.version):
            return str(address)
    return None


def ip_range(value: str) -> str:
    """Return the /24 of a canonical IPv4 address, the /48 of an IPv6 one."""
    if ":" not in value:
        return value.rsplit(".", 1)[0] + ".0/24"
    return str(ipaddress.ip_network(f"{value}/48", strict=False))


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    text = text.split("%", 1)[0]
    if match := _IPV4_PORT.match(text):
        text = match[1]
    elif text.startswith("["):
        text = text[1:].split("]", 1)[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped if mapped is not None else address
