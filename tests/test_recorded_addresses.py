"""Canonical addresses over everything that was recorded: no two videos, parts or pages become one."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from pipeline.identity import canonical_url, key_of, safe_url

FEEDS = Path(__file__).parents[2] / "shared" / "data" / "feeds"
ADDRESS = re.compile(rb"https?://[^\s\"'<>\\\]\[{}|^`]{4,400}")


@pytest.fixture(scope="module")
def addresses() -> list[str]:
    """Every address in the recorded feeds, up to 300 of each."""
    if not FEEDS.is_dir():
        pytest.skip(f"{FEEDS} is not there: recorded feeds are no part of the project")
    found: set[str] = set()
    for file in sorted(FEEDS.iterdir()):
        for raw in ADDRESS.findall(file.read_bytes())[:300]:
            if safe := safe_url(raw.decode("utf-8", "replace").replace("&amp;", "&")):
                found.add(safe)
    return sorted(found)


def plainly(url: str) -> tuple[object, ...]:
    """A second opinion on what an address is, simple and strict: host, path and the parameters that may matter."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.").removeprefix("amp.")
    query = frozenset(
        pair
        for pair in parse_qsl(parts.query, keep_blank_values=True)
        if not re.match(r"utm_|fb|gclid|mc_|ref_src|cmpid|at_|_ga|xtor|amp$|trk|guce", pair[0])
    )
    fragment = parts.fragment if parts.fragment[:1] in {"!", "/"} else ""
    return host, parts.path.rstrip("/").removesuffix("/amp") or "/", query, fragment


def test_canonicalising_twice_changes_nothing(addresses: list[str]) -> None:
    """The form of a form is itself, for every address that was ever recorded."""
    assert len(addresses) > 1000
    for url in addresses:
        once = canonical_url(url)
        assert canonical_url(once) == once
        assert key_of(once) == key_of(url)


def test_two_pages_never_become_one(addresses: list[str]) -> None:
    """Addresses with one key differ only in scheme, www, tracking, AMP, a slash or a place on the page."""
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for url in addresses:
        groups[key_of(url)].add(url)
    merged = {key: urls for key, urls in groups.items() if len(urls) > 1 and not key.startswith("youtube:")}
    assert merged, "the recorded feeds hold addresses in several forms"
    assert [] == [urls for urls in merged.values() if len({plainly(url) for url in urls}) > 1]  # noqa: SIM300


@pytest.mark.parametrize(
    "parameter",
    ["gad_source=1", "srsltid=x", "mibextid=x", "sfmc_id=1", "elqTrackId=2", "__cft__[0]=x", "_kx=1", "itm_source=x"],
)
def test_what_mailings_and_networks_add_is_taken_off(parameter: str) -> None:
    """Whatever the letter case of its name."""
    assert key_of(f"https://example.fi/a?id=1&{parameter}") == "example.fi/a?id=1"
