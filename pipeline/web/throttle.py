"""How often a network may ask: a bucket of tries for each, which fills again slowly."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

IPV4, IPV6 = 24, 48
"""Bits of an address that make its network: what one household or office usually is given."""
ANYWHERE = "anywhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """``burst`` tries at once, and one more every ``seconds``."""

    burst: int
    seconds: float


NETWORK = Rate(burst=40, seconds=15)
"""An office behind one address may subscribe together after a meeting; no more than 280 an hour in the long run."""
ALL = Rate(burst=1000, seconds=2)
"""Together: nobody makes a mail cannon of us from many networks."""
MOST_NETWORKS = 10_000


class Throttle:
    """Counts tries by network, in bounded memory; ``clock`` is in seconds and never runs backwards."""

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        network: Rate = NETWORK,
        everybody: Rate = ALL,
        most: int = MOST_NETWORKS,
    ) -> None:
        self._clock = clock
        self._network = network
        self._everybody = everybody
        self._most = most
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._left_for_all = float(everybody.burst), clock()

    def wait(self, address: str) -> float:
        """Count a try; return 0 when it is allowed, else the seconds until the next one would be."""
        now, network = self._clock(), network_of(address)
        own = _filled(self._left.get(network, (float(self._network.burst), now)), self._network, now)
        common = _filled(self._left_for_all, self._everybody, now)
        if own < 1 or common < 1:
            return max((1 - own) * self._network.seconds, (1 - common) * self._everybody.seconds)
        self._left[network] = own - 1, now
        self._left.move_to_end(network)
        self._left_for_all = common - 1, now
        if len(self._left) > self._most:
            self._left.popitem(last=False)  # who has not asked for the longest time has the fullest bucket
        return 0.0


def network_of(address: str) -> str:
    """Return the network of an address, as text; what is none (a proxy's mistake) shares one bucket."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ANYWHERE
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    bits = IPV4 if ip.version == 4 else IPV6  # noqa: PLR2004  # the version's name
    return str(ipaddress.ip_network((ip, bits), strict=False))


def _filled(bucket: tuple[float, float], rate: Rate, now: float) -> float:
    left, since = bucket
    return min(float(rate.burst), left + (now - since) / rate.seconds)
