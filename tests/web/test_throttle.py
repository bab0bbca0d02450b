"""Who may ask how often: by network, in bounded memory."""

from __future__ import annotations

import pytest

from pipeline.web.throttle import Rate, Throttle, network_of


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("unix:", "anywhere"),
        ("", "anywhere"),
        ("192.0.2.77:1234", "anywhere"),
    ],
)
def test_a_network_is_what_one_place_is_given(address: str, network: str) -> None:
    """/24 and /48; what is no address shares one bucket."""
    assert network_of(address) == network


def test_a_bucket_empties_and_fills_again() -> None:
    """So many at once, then one at a time; waiting is said in seconds, and the others go on."""
    clock = Clock()
    throttle = Throttle(clock, network=Rate(burst=3, seconds=10), everybody=Rate(burst=100, seconds=1))
    assert [throttle.wait("192.0.2.1") for _ in range(4)] == [0, 0, 0, 10]
    assert throttle.wait("192.0.2.200") == 10
    assert throttle.wait("192.0.3.1") == 0
    clock.now = 9
    assert throttle.wait("192.0.2.1") == pytest.approx(1)
    clock.now = 10
    assert [throttle.wait("192.0.2.1") for _ in range(2)] == [0, 10]
    clock.now = 10_000
    assert [throttle.wait("192.0.2.1") == 0 for _ in range(4)] == [True, True, True, False]


def test_all_together_have_a_limit_too() -> None:
    """Many networks are no way round it."""
    throttle = Throttle(Clock(), network=Rate(burst=3, seconds=10), everybody=Rate(burst=5, seconds=2))
    assert [throttle.wait(f"192.0.{number}.1") for number in range(6)] == [0] * 5 + [2]


def test_memory_is_bounded() -> None:
    """Whoever has not asked for the longest time is forgotten first."""
    throttle = Throttle(Clock(), network=Rate(burst=1, seconds=10), everybody=Rate(burst=10_000, seconds=1), most=10)
    for number in range(1000):
        throttle.wait(f"10.{number // 256}.{number % 256}.1")
    assert len(throttle._left) == 10
    assert throttle.wait("10.3.231.1") > 0
