"""Pages, sitemaps, robots.txt, patterns and names that were made to hurt, by the user's way in."""

from __future__ import annotations

import gzip
import time
from typing import TYPE_CHECKING

import pytest

from tests.counts import FULL
from tests.e2e.desk import Entry, Page, rss

if TYPE_CHECKING:
    from tests.e2e.desk import Desk, Web

MANY = 100_000 if FULL else 2_000
"""Beyond the first, a page holds its parser until that is stopped."""
HTML = {"Content-Type": "text/html; charset=utf-8"}


def pages() -> dict[str, bytes]:
    """Pages for a listing with ``item: .t``."""
    return {
        "deep": b"<div class=t>" * MANY + b"<a href=/x>x</a>",
        "wide": b"<div class=t><a href=/x>Otsikko</a></div>" * MANY,
        "many": b"".join(b"<div class=t><a href=/%d>Otsikko</a></div>" % number for number in range(4_000)),
        "attributes": b"<div class=t " + b" ".join(b"a%d=1" % n for n in range(MANY)) + b"><a href=/x>x</a></div>",
        "unclosed": b"<a class=t href='" + b"x" * 1_000_000,
        "next-to-itself": b"<div class=t><a href=/1>x</a></div><a rel=next href=?1>2</a>",
        "selects": b"<select><option>" * (MANY // 2) + b"<div class=t><a href=/x>x</a></div>",
        "json-ld": b'<script type="application/ld+json">' + b"[" * 100_000 + b"</script><div class=t><a href=/x>x</a>",
        "base": b"<base href='javascript:alert(1)//'><div class=t><a href=x>Otsikko</a></div>",
    }


def sitemaps() -> dict[str, bytes]:
    """Sitemaps, packed and not."""
    urls = b"".join(b"<url><loc>https://maps.example.fi/%d</loc></url>" % number for number in range(60_000))
    return {
        "bomb": gzip.compress(b"<urlset>" + b" " * 60_000_000, mtime=0),
        "huge": b"<urlset>" + urls + b"</urlset>",
        "laughs": b"<!DOCTYPE u [<!ENTITY a 'b'><!ENTITY c '&a;&a;'>]><urlset>&c;</urlset>",
        "nested": b"<urlset>" * 100_000,
        "circle": b"<sitemapindex><sitemap><loc>/circle</loc></sitemap></sitemapindex>",
        "inside": b"<sitemapindex><sitemap><loc>http://169.254.169.254/latest</loc></sitemap></sitemapindex>",
        "scripts": b"<urlset><url><loc>javascript:alert(1)</loc></url><url><loc>file:///etc/passwd</loc></url></urlset>",
    }


@pytest.mark.timeout(180)
def test_a_monstrous_page_or_sitemap_costs_its_own_source(desk: Desk, web: Web) -> None:
    """Each is read or named within its limits, beside a feed that is read all the same."""
    web.pages["/feed.xml"] = Page(rss(Entry("Kunnossa")))
    entries = "- {id: kunnossa, url: 'WEB/feed.xml', allow_private: true}\n"
    listings, maps = pages(), sitemaps()
    for name, body in listings.items():
        web.pages[f"/{name}"] = Page(body, headers=HTML)
        entries += f"- {{id: {name}, url: 'WEB/{name}', item: .t, allow_private: true, pages: 3}}\n"
    for name, body in maps.items():
        web.pages[f"/{name}"] = Page(body)
        entries += f"- {{id: {name}, kind: sitemap, url: 'WEB/{name}', allow_private: true}}\n"
    desk.write(entries)
    text = (desk.folder / "sources.yaml").read_text(encoding="utf-8")
    (desk.folder / "sources.yaml").write_text(text.replace("pause: 0\n", "pause: 0\n  page_cards: 0\n"))
    began = time.monotonic()
    done = desk.do("sources", "check", "--json")
    took = time.monotonic() - began
    found = {one["id"]: one for one in done.json()["sources"]}
    assert done.code == 2
    assert len(found) == 1 + len(listings) + len(maps)
    assert found["kunnossa"]["error"] is None
    assert took < 100, f"{took:.1f} s"
    assert "reading it failed" not in done.said
    assert {name for name in ("bomb", "laughs", "nested", "inside") if found[name]["error"]} == {
        "bomb", "laughs", "nested", "inside",
    }  # fmt: skip
    assert "private" in found["inside"]["error"] or "link-local" in found["inside"]["error"]
    assert found["scripts"]["items"] == found["base"]["items"] - 1 == 0
    assert found["huge"]["items"] == found["many"]["items"] == 1000


def test_a_costly_robots_txt_is_stopped(desk: Desk, web: Web) -> None:
    """Its wildcards are a regular expression: read in a child, within its time, and what is unclear may not be read."""
    web.pages["/robots.txt"] = Page(b"User-agent: *\nDisallow: /" + b"*a" * 3000 + b"$\n")
    web.pages["/" + "a" * 1500] = Page(b"<div class=t><a href=/x>x</a></div>", headers=HTML)
    desk.write(f"- {{id: lista, url: 'WEB/{'a' * 1500}', item: .t, allow_private: true}}\n")
    began = time.monotonic()
    done = desk.do("sources", "check")
    assert time.monotonic() - began < 60
    assert done.code in {0, 2}
    assert "Traceback" not in done.said


def test_a_pattern_that_never_ends_is_set_aside_and_said(desk: Desk, web: Web) -> None:
    """Over a title of two hundred letters: the letter is chosen without it, and the keeper hears of it."""
    web.pages["/feed.xml"] = Page(rss(Entry("a" * 200 + "!"), Entry("Toinen juttu")))
    desk.feeds("/feed.xml", digest="exclude: {pattern: '(a|aa)+$'}\nat_least: 0\nweb_only: true")
    began = time.monotonic()
    assert desk.do("collect").code == 0
    shown = desk.do("preview")
    assert time.monotonic() - began < 30
    assert "Toinen juttu" in shown.out
    assert "takes too long" in desk.do("explain", "2026-W47").said


@pytest.mark.parametrize("name", ["../../etc", "/etc/passwd", "a/b", "..", "a\\\\b", "con\\u0000", "A", "a" * 65, "-a"])
def test_no_name_leads_out_of_the_folder(desk: Desk, name: str) -> None:
    """An id is a short plain word, of a source and of a topic alike; nothing is written otherwise."""
    desk.write(f'- {{id: "{name}", url: "https://a.example.fi/feed"}}\n', topics=f'- {{id: "{name}"}}\n')
    done = desk.do("run")
    assert done.code == 1
    assert done.err.count("id") >= 2
    assert sorted(path.name for path in desk.folder.iterdir()) == ["sources.yaml"]
    assert desk.do("sources", "add", "https://a.example.fi/feed", "--id", name, "--yes").code in {1, 64}
