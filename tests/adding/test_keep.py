"""sources list, show, enable, disable, remove, import and export: the list kept by commands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pipeline.config import load
from tests.adding.conftest import START
from tests.e2e.desk import Entry, Page, rss

if TYPE_CHECKING:
    from tests.e2e.desk import Desk, Web

TWO = (
    START.replace("  # ei vielä mitään\n", "")
    + """\
  # Eka on tärkein.
  - id: eka
    name: "Eka: blogi"   # näin
    url: https://eka.example.fi/feed
    # kurssi tulee joskus

  # Toka lepää usein.
  - https://toka.example.fi/feed
"""
)


@pytest.fixture
def kept(desk: Desk) -> Desk:
    (desk.folder / "sources.yaml").write_text(TWO, encoding="utf-8")
    return desk


def text_of(desk: Desk) -> str:
    return (desk.folder / "sources.yaml").read_text(encoding="utf-8")


def test_the_list_names_each_source_with_its_kind(kept: Desk) -> None:
    """In the file's order, for people and for programs."""
    listed = kept.do("sources", "list")
    assert [line.split() for line in listed.out.splitlines()[:2]] == [
        ["eka", "feed", "https://eka.example.fi/feed"],
        ["toka-example-fi-feed", "feed", "https://toka.example.fi/feed"],
    ]
    assert "2 sources, 0 disabled." in listed.out
    found = kept.do("sources", "list", "--json").json()["sources"]
    assert [source["id"] for source in found] == ["eka", "toka-example-fi-feed"]


def test_one_source_is_shown_with_its_defaults_and_its_last_reading(kept: Desk) -> None:
    """Before a first run there is no reading, and looking makes no database."""
    shown = kept.do("sources", "show", "eka")
    assert "name:           Eka: blogi" in shown.out
    assert "limit:          1000" in shown.out
    assert not (kept.folder / "var").exists()
    assert kept.do("sources", "show", "eka", "--json").json()["url"] == "https://eka.example.fi/feed"
    assert kept.do("sources", "show", "kolmas").code == 1


def test_a_rest_and_a_waking_leave_the_file_as_it_was(kept: Desk) -> None:
    """Also of a bare address, whose id stays."""
    for name in ("eka", "toka-example-fi-feed"):
        assert f"Disabled: {name}" in kept.do("sources", "disable", name).out
        assert f"{name} is disabled already." in kept.do("sources", "disable", name).out
        assert [name] == [one.id for one in load(kept.folder / "sources.yaml", {}).sources if not one.enabled]
        assert f"Enabled: {name}" in kept.do("sources", "enable", name).out
    assert TWO.replace("- https://toka", "- url: https://toka") == text_of(kept)


def test_a_source_is_removed_and_the_comments_around_it_stay(kept: Desk) -> None:
    """Its own lines go, those above it stay; an unknown id changes nothing."""
    assert kept.do("sources", "remove", "eka", "kolmas").code == 1
    assert text_of(kept) == TWO
    assert kept.do("sources", "remove", "eka").code == 0
    text = text_of(kept)
    assert "# Eka on tärkein." in text
    assert "# Toka lepää usein." in text
    assert "eka.example.fi" not in text
    assert [source.id for source in load(kept.folder / "sources.yaml", {}).sources] == ["toka-example-fi-feed"]


OPML = """<?xml version="1.0" encoding="{encoding}"?>
<opml version="2.0"><head><title>Syötteet</title></head><body>
<outline text="Tarinat"><outline text="Sisäkkäin">
  <outline type="rss" text="Ääni &amp; kuva" xmlUrl="https://aani.example.fi/feed?a=1&amp;b=2"/>
</outline></outline>
<outline type="rss" title="Eka uudestaan" xmlUrl="https://eka.example.fi/feed/"/>
<outline type="rss" text="Kanava" xmlUrl="https://www.youtube.com/feeds/videos.xml?channel_id=UCabcdefghijklmnopqrstuv"/>
<outline type="rss" text="Vaara" xmlUrl="javascript:alert(1)"/>
<outline type="rss" text="Koti" xmlUrl="http://192.168.1.1/feed"/>
<outline type="include" text="Muualla" url="https://muu.example.fi/lista.opml"/>
"""


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "utf-16"])
@pytest.mark.parametrize("end", ["</body></opml>", ""])
def test_opml_is_imported_nested_broken_and_in_any_encoding(kept: Desk, encoding: str, end: str) -> None:
    """New feeds only, YouTube's as the list behind them, a folder with a topic's name as that topic."""
    (kept.folder / "lista.opml").write_bytes((OPML.format(encoding=encoding) + end).encode(encoding))
    done = kept.do("sources", "import", "lista.opml", "--yes")
    assert done.code == 0, done.said
    assert "2 new sources; 1 in the file already; 3 left out." in done.out
    assert "http://192.168.1.1/feed: a private address" in done.err
    assert "javascript:alert(1): no address of a feed" in done.err
    new = text_of(kept).removeprefix(TWO).splitlines()
    assert new == [
        "",
        "  - id: aani-kuva",
        "    name: Ääni & kuva",
        "    url: https://aani.example.fi/feed?a=1&b=2",
        "    topics: [tarinat]",
        "",
        "  - id: kanava",
        "    name: Kanava",
        "    url: https://www.youtube.com/channel/UCabcdefghijklmnopqrstuv",
    ]


def test_a_list_of_lines_is_imported(kept: Desk) -> None:
    """One address a line, a name behind it or none, comments with "#", at rest if asked so."""
    (kept.folder / "lista.txt").write_text(
        "# omat\nhttps://yksi.example.fi/feed  Yksi\n\nkaksi.example.fi/rss\nei osoite\nhttps://eka.example.fi/feed\n"
    )
    done = kept.do("sources", "import", "lista.txt", "--yes", "--disabled")
    assert "2 new sources; 1 in the file already; 1 left out." in done.out
    new = load(kept.folder / "sources.yaml", {}).sources[2:]
    assert [(s.id, s.name, s.enabled) for s in new] == [("yksi", "Yksi", False), ("kaksi-example-fi-rss", None, False)]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<html><body>ei</body></html>", "is no OPML file and holds no list of feeds"),
        (b"<!DOCTYPE o [<!ENTITY a 'b'>]><opml>&a;</opml>", "declares entities of its own"),
        (b"<opml>" + b"<outline>" * 100_000, "nested more than 200 deep"),
        (b"\x00" * 1000, "0 new sources"),
    ],
)
def test_what_is_no_list_changes_nothing(kept: Desk, body: bytes, said: str) -> None:
    """A monster is refused by name."""
    (kept.folder / "lista.opml").write_bytes(body)
    assert said in kept.do("sources", "import", "lista.opml", "--yes").said
    assert text_of(kept) == TWO


def test_what_is_exported_comes_back(kept: Desk) -> None:
    """OPML of the enabled sources, in the file's order, read again by the same program."""
    (kept.folder / "lista.txt").write_text("https://www.youtube.com/playlist?list=PLabcdefghijklmnop Kurssi & muuta\n")
    assert kept.do("sources", "import", "lista.txt", "--yes").code == 0
    kept.do("sources", "disable", "eka")
    assert kept.do("sources", "export", "ulos.opml").code == 0
    assert (kept.folder / "ulos.opml").read_text(encoding="utf-8") == kept.do("sources", "export").out
    (kept.folder / "sources.yaml").write_text("sources:\n", encoding="utf-8")
    assert kept.do("sources", "import", "ulos.opml", "--yes").code == 0
    assert [(source.id, source.url) for source in load(kept.folder / "sources.yaml", {}).sources] == [
        ("toka-example-fi-feed", "https://toka.example.fi/feed"),
        ("kurssi-muuta", "https://www.youtube.com/playlist?list=PLabcdefghijklmnop"),
    ]


def test_a_thousand_feeds_are_imported_at_once(kept: Desk) -> None:
    """One edit, one reading back, one write."""
    (kept.folder / "lista.txt").write_text("".join(f"https://h{n}.example.fi/feed\n" for n in range(1000)))
    assert "Added: 1000 sources." in kept.do("sources", "import", "lista.txt", "--yes").out
    assert len(json.loads(kept.do("sources", "list", "--json").out)["sources"]) == 1002


def test_every_address_of_a_list_is_understood_when_asked_so(desk: Desk, web: Web) -> None:
    """A page that names a feed, a listing, a feed itself; twice the same, and what does not answer, are told."""
    teasers = "".join(
        f"<article><h2><a href='/a/{n}'>Otsikko on tarpeeksi pitkä {n}</a></h2></article>" for n in range(4)
    )
    html = {"Content-Type": "text/html; charset=utf-8"}
    web.pages["/blogi"] = Page(b"<html><link rel=alternate type=application/rss+xml href=/syote></html>", headers=html)
    web.pages["/syote"] = Page(rss(Entry("Tarina"), title="Blogi"))
    web.pages["/uutiset"] = Page(
        f"<html lang=fi><title>Uutiset</title><main>{teasers}</main></html>".encode(), headers=html
    )
    lines = [f"{web.url}{path}" for path in ("/blogi  Oma nimi", "/uutiset", "/syote", "/poissa", "/blogi")]
    (desk.folder / "lista.txt").write_text("\n".join(lines), encoding="utf-8")
    done = desk.do("sources", "import", "lista.txt", "--discover", "--allow-private", "--yes")
    assert done.code == 2
    assert "2 new sources; 1 in the file already; 1 left out." in done.out
    assert "was not found (404)" in done.err
    assert f"/blogi is read as a feed: {web.url}/syote" in done.err
    found = load(desk.folder / "sources.yaml", {}).sources
    assert [(one.name, one.kind, one.url) for one in found] == [
        ("Oma nimi", "feed", f"{web.url}/syote"),
        ("Uutiset", "listing", f"{web.url}/uutiset"),
    ]
    assert desk.do("sources", "check").code == 0


def test_pages_of_an_opml_file_are_understood_when_asked_so(desk: Desk, web: Web) -> None:
    """A link, as this program exports a listing, and an entry with a page alone are no feeds, but may be read."""
    teasers = "".join(
        f"<article><h2><a href='/a/{n}'>Otsikko on tarpeeksi pitkä {n}</a></h2></article>" for n in range(4)
    )
    html = {"Content-Type": "text/html; charset=utf-8"}
    body = f"<html lang=fi><title>Uutiset</title><main>{teasers}</main></html>"
    web.pages |= {path: Page(body.encode(), headers=html) for path in ("/uutiset", "/blogi")}
    (desk.folder / "lista.opml").write_text(
        f"<opml version='2.0'><body><outline text='Meidän' type='link' url='{web.url}/uutiset'/>"
        f"<outline htmlUrl='{web.url}/blogi'/></body></opml>",
        encoding="utf-8",
    )
    plain = desk.do("sources", "import", "lista.opml", "--yes", "--allow-private")
    assert plain.out.startswith("0 new sources; 0 in the file already; 2 left out.")
    assert f"Left out: {web.url}/blogi: no address of a feed; --discover looks whether it can be read." in plain.err
    assert desk.do("sources", "import", "lista.opml", "--discover", "--allow-private", "--yes").code == 0
    found = load(desk.folder / "sources.yaml", {}).sources
    assert [(one.name, one.kind, one.url) for one in found] == [
        ("Meidän", "listing", f"{web.url}/uutiset"),
        ("Uutiset", "listing", f"{web.url}/blogi"),
    ]


def test_a_list_of_lines_says_that_nothing_was_opened(kept: Desk) -> None:
    """Who lists pages learns how to have them understood; OPML names feeds."""
    (kept.folder / "lista.txt").write_text("https://yksi.example.fi/blogi\nhttp://10.0.0.1/feed\n")
    done = kept.do("sources", "import", "lista.txt", "--yes")
    assert "--discover finds out what each of them is" in done.out
    assert "http://10.0.0.1/feed: a private address; add --allow-private" in done.err
    again = kept.do("sources", "import", "lista.txt", "--yes", "--allow-private")
    assert again.out.startswith("1 new source; 1 in the file already; 0 left out.")
    assert load(kept.folder / "sources.yaml", {}).sources[-1].allow_private
