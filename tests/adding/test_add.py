"""sources add: any address becomes a source that has been tried, and the file only gains lines."""

from __future__ import annotations

import gzip
import json
import time
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pytest

from pipeline.cli.adding import twin_of
from pipeline.config import load
from pipeline.config.values import web_address
from pipeline.model import Kind, Source
from tests.adding.conftest import START
from tests.e2e.desk import Entry, Page, rss

if TYPE_CHECKING:
    from tests.e2e.desk import Desk, Result, Web

HTML = {"Content-Type": "text/html; charset=utf-8"}
ARTICLES = [
    "Tarinankerronta viraston viestinnässä",
    "Selkeä kieli auttaa kaikkia lukijoita",
    "Saavutettava video syntyy suunnitellen",
    "Kriisiviestinnän harjoitus pienelle väelle",
]


def page(body: str, head: str = "", title: str = "Ajankohtaista | Virasto") -> Page:
    html = f"<!doctype html><html lang='fi'><head><title>{title}</title>{head}</head><body>{body}</body></html>"
    return Page(html.encode(), headers=HTML)


def listing(names: list[str] = ARTICLES) -> str:
    menu = "".join(f"<li><a href='/m{n}'>Valikko {n}</a></li>" for n in range(8))
    teasers = "".join(
        f"<div class='uutinen row'><a class='kuva' href='/aihe/{n % 2}'><img alt=''></a>"
        f"<h3><a href='/uutiset/{n}'>{name}</a></h3><span class='pvm'>{n + 1}.10.2026</span>"
        "<p class='ingressi'>Tässä kerrotaan lyhyesti, mistä on kyse ja kenelle.</p></div>"
        for n, name in enumerate(names)
    )
    return (
        f"<header><nav><ul>{menu}</ul></nav></header><main><h1>Ajankohtaista</h1>{teasers}</main>"
        f"<footer><ul>{menu}</ul></footer>"
    )


def add(desk: Desk, path: str, *options: str) -> Result:
    return desk.do("sources", "add", desk.web.url + path, "--allow-private", "--yes", *options)


def lines_added(desk: Desk) -> list[str]:
    text = (desk.folder / "sources.yaml").read_text(encoding="utf-8")
    new = text.splitlines()
    for line in START.splitlines():
        new.remove(line)  # every old line still stands there
    return new


def test_a_feed_is_added_as_it_is(desk: Desk, web: Web) -> None:
    """Its title becomes name and id; what the file finds out by itself is not written."""
    web.pages["/feed.xml"] = Page(rss(Entry("Tarina yksi"), Entry("Tarina kaksi"), title="Virasto: blogi"))
    done = add(desk, "/feed.xml")
    assert done.code == 0, done.said
    assert "is read as a feed" in done.out
    assert "1. Tarina yksi · 2026-11-17 · https://blog.example.fi/0" in done.out
    assert lines_added(desk) == [
        "  - id: virasto-blogi",
        "    name: 'Virasto: blogi'",
        f"    url: {web.url}/feed.xml",
        "    allow_private: true",
    ]
    assert len(web.asked("/feed.xml")) == 1


def test_a_page_leads_to_the_feed_that_it_names_and_not_to_its_comments(desk: Desk, web: Web) -> None:
    """Autodiscovery takes the first feed that works."""
    link = "<link rel=alternate type=application/rss+xml href={}>"
    web.pages["/blogi"] = page(
        "<p>Blogi</p>", link.format("/comments/feed/") + link.format("/rikki") + link.format("/syote")
    )
    web.pages["/syote"] = Page(rss(Entry("Tarina"), title="Blogi"))
    done = add(desk, "/blogi")
    assert done.code == 0, done.said
    assert f"    url: {web.url}/syote" in lines_added(desk)
    assert web.asked("/comments/feed/") == []


def test_usual_places_are_tried_only_when_asked(desk: Desk, web: Web) -> None:
    """/feed, /rss.xml and /atom.xml are guesses, and guesses are requests that nobody wanted."""
    web.pages["/"] = page("<p>Tervetuloa.</p>")
    web.pages["/atom.xml"] = Page(rss(Entry("Tarina"), title="Arvattu"))
    done = add(desk, "/")
    assert done.code == 2
    assert "--guess looks for a feed" in done.err
    assert web.asked("/feed") + web.asked("/atom.xml") == []
    assert add(desk, "/", "--guess").code == 0
    assert f"    url: {web.url}/atom.xml" in lines_added(desk)


def test_a_listing_gets_its_selectors_proposed(desk: Desk, web: Web) -> None:
    """The repeated block with links, not the menu; its own link, lead and date; the first items are shown."""
    web.pages["/ajankohtaista"] = page(listing())
    done = add(desk, "/ajankohtaista")
    assert done.code == 0, done.said
    assert f"1. {ARTICLES[0]} · 2026-09-30 · {web.url}/uutiset/0" in done.out
    assert lines_added(desk) == [
        "  - id: ajankohtaista-virasto",
        "    name: Ajankohtaista | Virasto",
        f"    url: {web.url}/ajankohtaista",
        "    item: .uutinen",
        "    link: h3 a",
        "    lead: .ingressi",
        "    date: .pvm",
        "    allow_private: true",
    ]
    assert "4 items" in desk.do("collect").said


@pytest.mark.parametrize(
    ("selector", "said"),
    [("::::", "item: :::: is no CSS selector"), (".ei-ole", "matches item: .ei-ole")],
)
def test_a_selector_that_fits_nothing_is_named(desk: Desk, web: Web, selector: str, said: str) -> None:
    """Whether it can be read at all, or only finds nothing."""
    web.pages["/lista"] = page(listing())
    done = add(desk, "/lista", "--item", selector)
    assert (done.code, said in done.err) == (2, True), done.err
    assert lines_added(desk) == []


@pytest.mark.parametrize(
    ("block", "selector"),
    [
        ("<ul class='lista'>{}</ul>|<li><a href='{u}'>{t}</a></li>", ".lista > li"),
        ("<div id='sisalto'>{}</div>|<article><h2><a href='{u}'>{t}</a></h2><p>x</p></article>", "article"),
        ("<section>{}</section>|<a class='kortti' href='{u}'><h3>{t}</h3><p>Lyhyesti.</p></a>", ".kortti"),
        (
            "<table class='uutistaulu'>{}</table>|<tr><td>1.1.2026</td><td><a href='{u}'>{t}</a></td></tr>",
            ".uutistaulu",
        ),
    ],
)
def test_pages_of_every_make_are_understood(desk: Desk, web: Web, block: str, selector: str) -> None:
    """Lists, articles, cards and tables: classes where there are some, places where there are none."""
    frame, one = block.split("|")
    body = frame.format("".join(one.format(u=f"/a/{n}", t=name) for n, name in enumerate(ARTICLES)))
    web.pages["/lista"] = page(f"<nav>{'<a href=/x>Valikon kohta on tämäkin</a>' * 5}</nav><main>{body}</main>")
    done = add(desk, "/lista")
    assert done.code == 0, done.said
    source = load(desk.folder / "sources.yaml", {}).sources[0]
    assert source.selectors is not None
    assert selector in source.selectors.item
    assert "4 items" in done.out
    assert ARTICLES[0] in done.out


def test_a_site_is_read_by_the_sitemap_that_its_robots_names(desk: Desk, web: Web) -> None:
    """Through robots.txt, an index and gzip; its folders are named, so that a part can be chosen."""
    web.pages["/"] = page("<p>Tervetuloa.</p>")
    web.pages["/robots.txt"] = Page(f"User-agent: *\nAllow: /\nSitemap: {web.url}/kartat.xml\n".encode())
    web.pages["/kartat.xml"] = Page(
        f"<sitemapindex><sitemap><loc>{web.url}/k1.xml.gz</loc></sitemap></sitemapindex>".encode()
    )
    locs = "".join(
        f"<url><loc>{web.url}/{folder}/{n}</loc></url>" for folder in ("artikkelit", "blogit") for n in range(3)
    )
    web.pages["/k1.xml.gz"] = Page(
        gzip.compress(f"<urlset>{locs}</urlset>".encode()), headers={"Content-Type": "application/gzip"}
    )
    done = add(desk, "/", "--prefix", "/blogit/")
    assert done.code == 0, done.said
    assert "It would get 3 items" in done.out
    assert "    prefix: /blogit/" in lines_added(desk)
    whole = desk.do("sources", "add", f"{web.url}/robots.txt", "--allow-private", "--yes", "--id", "kaikki")
    assert "3 in /artikkelit/, 3 in /blogit/. Keep a part of them with --prefix." in whole.out


def test_wordpress_is_read_through_its_api(desk: Desk, web: Web) -> None:
    """A page without a feed that names the API; all posts, not ten; titles and excerpts as text."""
    api = f"<link rel='https://api.w.org/' href='{web.url}/wp-json/'>"
    web.pages["/"] = page("<p>Blogi</p>", api)
    posts = [
        {"id": n, "link": f"{web.url}/p{n}", "title": {"rendered": f"Kirjoitus &#38; {n}"},
         "date_gmt": "2026-11-16T10:00:00",
         "excerpt": {"rendered": "<p>Lyhyt ote kirjoituksesta, joka jatkuu [&hellip;]</p>"}}
        for n in range(3)
    ]  # fmt: skip
    path = "/wp-json/wp/v2/posts?_fields=id,link,title,excerpt,date_gmt,lang&per_page=100&page=1"
    web.pages[path] = Page(
        json.dumps(posts).encode(),
        headers={"Content-Type": "application/json", "X-WP-Total": "3", "X-WP-TotalPages": "1"},
    )
    done = add(desk, "/", "--id", "blogi")
    assert done.code == 0, done.said
    assert 'is read as a WordPress site, "Ajankohtaista | Virasto"' in done.out
    assert "1. Kirjoitus & 0 · 2026-11-16" in done.out
    assert "    kind: wordpress" in lines_added(desk)
    assert desk.do("sources", "check", "blogi").code == 0


def test_a_lone_document_becomes_a_page(desk: Desk, web: Web) -> None:
    """What lists nothing but has a text is watched for revisions."""
    text = "".join(f"<p>Kohta {n}: viestinnän on oltava avointa ja ymmärrettävää kaikille.</p>" for n in range(9))
    web.pages["/suositus"] = page(f"<main><h1>Suositus</h1>{text}</main>", title="Viestintäsuositus")
    done = add(desk, "/suositus")
    assert done.code == 0, done.said
    assert "an item whenever its text is revised" in done.out
    assert "    kind: page" in lines_added(desk)


def test_a_document_of_a_site_with_a_sitemap_is_not_the_site(desk: Desk, web: Web) -> None:
    """Who pastes one document means that; the sitemap is named as another way, and what is below it comes first."""
    text = "".join(f"<p>Kohta {n}: viestinnän on oltava avointa ja ymmärrettävää kaikille.</p>" for n in range(9))
    web.pages["/suositus"] = page(f"<main><h1>Suositus</h1>{text}</main>", title="Viestintäsuositus")
    web.pages["/lyhyt"] = page("<p>Lyhyt.</p>")
    web.pages["/robots.txt"] = Page(f"User-agent: *\nAllow: /\nSitemap: {web.url}/kartta.xml\n".encode())
    locs = "".join(f"<url><loc>{web.url}/{path}</loc></url>" for path in ("suositus", "uutiset/1", "ohjeet/1"))
    web.pages["/kartta.xml"] = Page(f"<urlset>{locs}</urlset>".encode())
    done = add(desk, "/suositus")
    assert done.code == 0, done.said
    assert "is read as one document" in done.out
    assert f"It could also be read as {web.url}/kartta.xml, all of the site (--kind sitemap)." in done.out
    web.pages["/ohjeet"] = page(f"<main><h1>Ohjeet</h1>{text}</main>", title="Ohjeet")
    below = add(desk, "/ohjeet")
    assert "It would get 1 item" in below.out
    assert "    prefix: /ohjeet/" in lines_added(desk)
    assert "    name: Ohjeet" in lines_added(desk)
    whole = desk.do(
        "sources", "add", f"{web.url}/lyhyt", "--allow-private", "--kind", "sitemap", "--yes", "--name", "K"
    )
    assert "It would get 3 items" in whole.out, whole.said


def test_a_front_page_is_its_site_or_else_what_it_lists(desk: Desk, web: Web) -> None:
    """With a sitemap that comes first, and the list is named as another way; without one the list is all there is."""
    web.pages["/"] = page(listing())
    web.pages["/robots.txt"] = Page(f"Sitemap: {web.url}/kartta.xml\n".encode())
    web.pages["/kartta.xml"] = Page(f"<urlset><url><loc>{web.url}/uutiset/1</loc></url></urlset>".encode())
    done = desk.do("sources", "add", web.url, "--allow-private", "--yes", "--id", "sivusto")
    assert "is read as a sitemap" in done.out
    assert "(--kind listing)" in done.out
    web.pages["/robots.txt"] = Page(b"")
    done = desk.do("sources", "add", f"{web.url}/?", "--allow-private", "--yes", "--id", "etusivu")
    assert "is read as a listing" in done.out, done.said


def test_a_source_without_a_title_is_named_after_its_host(desk: Desk, web: Web) -> None:
    """No letter should credit "127-0-0-1-kartta-xml"."""
    web.pages["/kartta.xml"] = Page(f"<urlset><url><loc>{web.url}/uutiset/1</loc></url></urlset>".encode())
    assert add(desk, "/kartta.xml").code == 0
    assert "    name: '127.0.0.1'" in lines_added(desk)


def test_nothing_is_written_without_a_yes(desk: Desk, web: Web) -> None:
    """Where nobody can be asked, the finding is shown and the way on is named."""
    web.pages["/feed.xml"] = Page(rss(Entry("Tarina")))
    done = desk.process("sources", "add", f"{web.url}/feed.xml", "--allow-private")
    assert done.code == 64
    assert "1. Tarina" in done.out
    assert "add --yes" in done.err
    assert lines_added(desk) == []


@pytest.mark.parametrize(
    ("listed", "pasted"),
    [
        ("https://blogi.example.fi/feed", "http://www.blogi.example.fi:80/feed/?utm_source=x#top"),
        ("https://m.example.fi/a", "https://example.fi/a"),
        ("https://example.fi/a?b=2&a=1", "https://example.fi/a?a=1&b=2&fbclid=3"),
        ("https://fi.m.wikipedia.org/wiki/Some", "https://fi.wikipedia.org/wiki/Some"),
        ("https://www.google.com/amp/s/example.fi/juttu/amp", "https://example.fi/juttu"),
        ("https://www-example-fi.cdn.ampproject.org/c/s/www.example.fi/juttu", "https://www.example.fi/juttu"),
        ("https://m.youtube.com/playlist?list=PL1-_xAAAAAA", "https://www.youtube.com/playlist?list=PL1-_xAAAAAA&si=1"),
        ("https://xn--hmeenlinna-q5a.fi/a", "https://www.hämeenlinna.fi/a"),
        ("http://127.0.0.7:8080/a", "http://127.0.0.7:8080/a/"),
        ("http://[2001:db8::1]:8080/a", "http://[2001:DB8::1]:8080/a/"),
        ("https://localhost/a", "http://localhost/a/"),
        ("https://youtu.be/abcdefghi_J", "https://www.youtube.com/shorts/abcdefghi_J"),
    ],
)
def test_an_address_is_known_in_all_its_forms(listed: str, pasted: str) -> None:
    """Both ways round; and another one on the same site is none of them."""
    for one, other in ((listed, pasted), (pasted, listed)):
        source = Source(id="a", url=web_address(one), kind=Kind.FEED)
        assert source == twin_of([source], other)
        assert twin_of([source], urljoin(one, "/muu")) is None


def test_what_is_there_already_is_not_added_twice(desk: Desk, web: Web) -> None:
    """Said by its id, before anything is asked of the network."""
    web.pages["/feed.xml"] = Page(rss(Entry("Tarina"), title="Blogi"))
    assert add(desk, "/feed.xml").code == 0
    again = add(desk, "/feed.xml")
    assert (1, f"{web.url}/feed.xml is in the file already: blogi\n") == (again.code, again.err)
    assert len(web.asked("/feed.xml")) == 1


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://127.0.0.1:9/feed", "leads to port 9; add --allow-private"),
        ("http://10.0.0.1/feed", "leads to a private address"),
        ("ftp://example.fi/feed", "must begin with https:// or http://"),
        ("file:../salaisuus.xml", "must name a file below the folder"),
        ("https://user:pw@example.fi/feed", "a secret has no place in this file"),
    ],
)
def test_an_address_that_may_not_be_is_refused_at_once(desk: Desk, address: str, said: str) -> None:
    """With the words of the file's own check, and exit code 1."""
    done = desk.do("sources", "add", address, "--yes")
    assert done.code == 1
    assert said in done.err


def test_a_moved_address_is_written_where_it_moved_to(desk: Desk, web: Web) -> None:
    """301 and 308 are for good."""
    web.pages["/vanha"] = Page(b"", status=301, headers={"Location": "/uusi.xml"})
    web.pages["/uusi.xml"] = Page(rss(Entry("Tarina"), title="Blogi"))
    done = add(desk, "/vanha")
    assert done.code == 0, done.said
    assert "has moved for good" in done.out
    assert f"    url: {web.url}/uusi.xml" in lines_added(desk)


def test_a_feed_in_a_file_is_tried_out(desk: Desk) -> None:
    """Below the folder, and never through a link."""
    (desk.folder / "feed.xml").write_bytes(rss(Entry("Tarina tiedostosta"), title="Tiedosto"))
    done = desk.do("sources", "add", "file:feed.xml", "--yes")
    assert done.code == 0, done.said
    assert "    url: file:feed.xml" in lines_added(desk)
    assert desk.do("collect").code == 0
    told = desk.do("sources", "check").out
    assert "tarina" in told.lower()
    assert "It is a file of this folder" in told
    (desk.folder / "linkki.xml").symlink_to("/etc/passwd")
    (desk.folder / "pois").symlink_to("/etc")
    for path in ("linkki.xml", "pois/passwd"):
        refused = desk.do("sources", "add", f"file:{path}", "--yes")
        assert refused.code == 2
        assert "it is a link or no plain file" in refused.err


def test_hostile_pages_cost_an_error_at_most(desk: Desk, web: Web) -> None:
    """A page of 10,000 nested or 20,000 repeated elements ends within its limit, in a sentence."""
    web.pages["/syva"] = page("<div>" * 10_000 + "<a href=/x>linkki tähän</a>")
    web.pages["/leipa"] = page(
        "".join(f"<div class=c{n}><a href='/{n}'>Otsikko numero {n} on pitkä</a></div>" for n in range(20_000))
    )
    began = time.monotonic()
    for path in ("/syva", "/leipa"):
        assert add(desk, path).code in {0, 2}
    assert time.monotonic() - began < 60


def test_of_several_addresses_each_stands_for_itself(desk: Desk, web: Web) -> None:
    """One that is there already, also by this very call, or that is no address costs only itself; exit 1 says so."""
    for name in ("a", "b"):
        web.pages[f"/{name}.xml"] = Page(rss(Entry("Otsikko", link=f"{web.url}/{name}"), title=f"Blogi {name}"))
    addresses = [f"{web.url}/a.xml", f"{web.url}/a.xml", "ei osoite", f"{web.url}/b.xml"]
    done = desk.do("sources", "add", *addresses, "--allow-private", "--yes")
    assert done.code == 1
    assert f"{web.url}/a.xml is in the file already: blogi-a" in done.err
    assert "ei osoite: must be one address" in done.err
    assert len(web.asked("/a.xml")) == 1
    assert [source.id for source in load(desk.folder / "sources.yaml", {}).sources][-2:] == ["blogi-a", "blogi-b"]
