"""Which addresses and URLs a fetch may reach: the public internet, or for an intranet source a private network too.

The judgement stands where libcurl dials (``OPENSOCKETFUNCTION``) and where it is about to write a request
(``PREREQFUNCTION``, which also sees reused connections), so no spelling of a host, redirect or second
DNS answer gets round it. Judging URLs first only gives the better sentence, and is all that can be done
where a proxy does the dialling.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

PORTS = frozenset({80, 443})
"""The ports of the public web; others need ``allow_private``."""

_Address = IPv4Address | IPv6Address

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_EMBEDDING = (
    IPv6Network("64:ff9b::/96"),  # NAT64, RFC 6052
    IPv6Network("64:ff9b:1::/48"),  # NAT64 of one's own network, RFC 8215
    IPv6Network("2002::/16"),  # 6to4, RFC 3056
    IPv6Network("2001::/32"),  # Teredo, RFC 4380
    IPv6Network("::/96"),  # IPv4-compatible, RFC 4291, 2.5.5.1
    IPv6Network("::ffff:0:0:0/96"),  # IPv4-translated, RFC 2765
)
"""IPv6 forms that carry an IPv4 address to a place that this machine cannot judge."""
_LOOPBACK6 = IPv6Address("::1")
_NOWHERE = (
    IPv4Network("0.0.0.0/8"),  # "this network": 0.0.0.0 is one's own machine on Linux
    IPv4Network("240.0.0.0/4"),  # reserved, and the broadcast address
)
_METADATA = (IPv6Address("fd00:ec2::254"), IPv4Address("100.100.100.200"), IPv4Address("168.63.129.16"))
"""Where clouds hand out credentials, besides link-local 169.254.169.254."""
_NEWER = (IPv6Network("3fff::/20"), IPv6Network("5f00::/16"))
"""Not global since RFC 9637 and RFC 9602, which Python 3.11 does not know yet."""


# 0.2 µs instead of 8, two or three times a request: the same few hundred hosts are asked again and again
@lru_cache(maxsize=4096)
def objection(host: str, port: int, *, allow_private: bool) -> str | None:
    """Return why a numeric address and port must not be reached ("10.0.0.1 is a private address"), or None."""
    address = _unmapped(_parsed(host.partition("%")[0]))
    kind = _never(address) or (None if allow_private else _not_public(address))
    if kind is not None:
        return f"{host} is {kind}"
    return port_objection(port, allow_private=allow_private)


def port_objection(port: int, *, allow_private: bool) -> str | None:
    """Return why a port must not be reached, or None."""
    if allow_private or port in PORTS:
        return None
    return f"port {port} is not one of the web's (80, 443)"


@lru_cache(maxsize=4096)
def literal(host: str) -> str | None:
    """Return the numeric address that a URL's host names without asking DNS, or None for a name.

    ``host`` is as libcurl has normalised it, so that decimal, octal and hexadecimal forms are dotted
    already. ``localhost`` and all below it are loopback (RFC 6761, 6.3).
    """
    bare = host.strip("[]").rstrip(".").lower()
    if bare == "localhost" or bare.endswith(".localhost"):
        return "127.0.0.1"
    try:
        _parsed(bare.partition("%")[0])
    except ValueError:
        return None
    return bare


@lru_cache(maxsize=64)  # whoever asks whether a host is an address asks next whether it may be reached
def _parsed(host: str) -> _Address:
    return ip_address(host)


def _unmapped(address: _Address) -> _Address:
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _never(address: _Address) -> str | None:
    """Say what makes an address off limits even on an intranet."""
    if address.is_link_local or address in _METADATA:
        return "a link-local address, where machines keep their credentials"
    if address.is_multicast:
        return "a multicast address"
    if address == _LOOPBACK6:
        return None
    if any(address in network for network in (_NOWHERE if address.version == 4 else _EMBEDDING)):  # noqa: PLR2004
        return "a reserved address"
    return None


def _not_public(address: _Address) -> str | None:
    if not address.is_global or any(address in network for network in _NEWER):
        return "a private address"
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return "a private address"
    return None
