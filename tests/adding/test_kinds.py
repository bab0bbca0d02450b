"""The kinds wordpress and page, from a first reading to the letter."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from pipeline.sources.wordpress import posts_url
from tests.e2e.desk import Page

if TYPE_CHECKING:
    from tests.e2e.desk import Desk, Web

SENTENCES = [
    "Viestintä on osa jokaisen viranomaisen työtä.",
    "Asiakirjat kirjoitetaan selkeällä kielellä.",
    "Verkkosivut ovat saavutettavia kaikille käyttäjille.",
    "Sosiaalisessa mediassa keskustellaan asiallisesti.",
    "Kriiseissä kerrotaan heti, mitä tiedetään.",
    "Vaikutusta mitataan ja siitä opitaan yhdessä.",
]


def document(
    sentences: list[str] = SENTENCES, *, date: str = "1.9.2026", menu: str = "Etusivu", title: str = "Viestintäsuositus"
) -> Page:
    items = "".join(f"<li><a href='/{n}'>{menu} {n}</a></li>" for n in range(5))
    text = "".join(f"<p>{sentence}</p>" for sentence in sentences)
    html = (
        f"<!doctype html><html lang='fi'><head><title>{title}</title></head><body><nav><ul>{items}</ul></nav>"
        f"<main><div class='valikko'>{items}</div><h1>{title}</h1><p>Sivu on viimeksi päivitetty {date} klo 12.30</p>"
        f"{text}</main><footer>© Virasto {date}</footer></body></html>"
    )
    return Page(html.encode(), headers={"Content-Type": "text/html; charset=utf-8"})


@pytest.fixture
def watched(desk: Desk, web: Web) -> Desk:
    """A workspace that has read the document once."""
    web.pages["/suositus"] = document()
    desk.write(
        "- id: suositus\n  kind: page\n  url: WEB/suositus\n  allow_private: true\n  internal: false\n",
        digest="web_only: true",
    )
    assert "suositus: 1 item, 1 known from now on" in desk.do("collect").said
    return desk


def titles(desk: Desk) -> list[str]:
    desk.later(minutes=5)
    assert desk.do("collect").code == 0
    return [line for line in desk.do("preview").out.splitlines() if "päivitetty" in line]


@pytest.mark.parametrize(
    "again",
    [
        document(date="18.11.2026"),
        document(menu="Uusi valikko"),
        document([*reversed(SENTENCES)]),
        document([sentence.replace(" ", "\n  ") for sentence in SENTENCES]),
    ],
    ids=["date", "menu", "order", "layout"],
)
def test_a_new_date_menu_order_or_layout_is_no_revision(watched: Desk, web: Web, again: Page) -> None:
    """The page's bytes changed, its main text did not."""
    web.pages["/suositus"] = again
    assert titles(watched) == []


def test_a_changed_text_is_news_once_and_says_what_is_new(watched: Desk, web: Web) -> None:
    """The item is the document, "päivitetty", with the sentences that came; a second revision is news again."""
    web.pages["/suositus"] = document([*SENTENCES, "Tekoälyn käytöstä kerrotaan aina lukijalle."], date="18.11.2026")
    watched.later(minutes=5)
    assert "suositus: 1 item, 1 new" in watched.do("collect").said
    shown = watched.do("preview").out
    assert "Viestintäsuositus (päivitetty)" in shown
    assert "Uutta: Tekoälyn käytöstä kerrotaan aina lukijalle." in shown
    assert watched.do("compose").code == 0
    watched.later(days=7)
    watched.do("collect")
    assert "(päivitetty)" not in watched.do("preview").out

    web.pages["/suositus"] = document(SENTENCES[1:])
    watched.later(minutes=5)
    watched.do("collect")
    second = watched.do("preview").out
    assert second.count("Viestintäsuositus (päivitetty)") == 1
    assert "Poistettu: Viestintä on osa jokaisen viranomaisen työtä. Tekoälyn" in second


def test_two_revisions_before_a_letter_are_one_item(watched: Desk, web: Web) -> None:
    """The newer takes the place of one that was not shown."""
    for extra in ("Ensimmäinen lisäys on tässä.", "Toinen lisäys on tässä."):
        web.pages["/suositus"] = document([*SENTENCES, extra])
        found = titles(watched)
    assert len(found) == 1


def test_a_page_that_loses_its_text_is_taken_for_a_fault(watched: Desk, web: Web) -> None:
    """A maintenance page answers 200 too: a warning, and no item."""
    web.pages["/suositus"] = document(["Huoltokatko."])
    watched.later(minutes=5)
    assert "suddenly lost nearly all its text" in watched.do("sources", "check").said + watched.do("collect").said
    assert titles(watched) == []
    web.pages["/suositus"] = document()
    assert titles(watched) == []


POSTS = "/wp-json/wp/v2/posts"


def blog(web: Web, count: int) -> None:
    """A WordPress blog with so many posts, newest first, a hundred a page."""
    posts = [
        {
            "id": number,
            "link": f"https://blogi.example.fi/kirjoitus-{number}",
            "title": {"rendered": f"Kirjoitus numero {number}"},
            "excerpt": {"rendered": "<p>Ote kirjoituksesta, jossa opitaan jotain. [&hellip;]</p>\n"},
            "date_gmt": "2020-01-01T08:00:00",
        }
        for number in range(count, 0, -1)
    ]
    pages = -(-count // 100)
    for number in range(1, pages + 1):
        url = urlsplit(posts_url(web.url, number))
        part = posts[(number - 1) * 100 : number * 100]
        headers = {"Content-Type": "application/json", "X-WP-Total": str(count), "X-WP-TotalPages": str(pages)}
        web.pages[f"{url.path}?{url.query}"] = Page(json.dumps(part).encode(), headers=headers)


def test_all_posts_of_a_wordpress_site_are_read_and_later_only_the_new_ones(desk: Desk, web: Web) -> None:
    """A hundred a request, all of them at first; then the newest page alone while it holds something known."""
    blog(web, 250)
    desk.write("- id: blogi\n  kind: wordpress\n  url: WEB/\n  allow_private: true\n")
    assert "blogi: 250 items, 250 known from now on" in desk.do("collect").said
    assert len([path for path, _ in web.requests if path.startswith(POSTS)]) == 3

    web.requests.clear()
    blog(web, 251)
    desk.later(minutes=5)
    assert "1 new" in desk.do("collect").said
    assert len([path for path, _ in web.requests if path.startswith(POSTS)]) == 2
    web.requests.clear()
    desk.later(minutes=5)
    assert "unchanged" in desk.do("collect").said
    assert len([path for path, _ in web.requests if path.startswith(POSTS)]) == 1


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (Page(b"gone", status=404), "does not answer as a WordPress site"),
        (Page(b"<html></html>"), "The answer is no JSON"),
        (Page(b'{"message": "REST API is <b>disabled</b>"}'), "It says: REST API is <b>disabled</b>"),
        (Page(b'[1, {}, {"link": "javascript:x"}]'), None),
    ],
)
def test_a_site_without_the_api_is_named(desk: Desk, web: Web, page: Page, said: str | None) -> None:
    """What is answered instead, and what to write."""
    url = urlsplit(posts_url(web.url))
    web.pages[f"{url.path}?{url.query}"] = page
    desk.write("- id: blogi\n  kind: wordpress\n  url: WEB/\n  allow_private: true\n")
    done = desk.do("sources", "check")
    if said is None:
        assert "0 items" in done.out
    else:
        assert said in done.out
        assert done.code == 2


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("https://a.fi", "https://a.fi/wp-json/wp/v2/posts?"),
        ("https://a.fi/blogi/?utm_source=x", "https://a.fi/blogi/wp-json/wp/v2/posts?"),
        ("https://a.fi/wp-json/", "https://a.fi/wp-json/wp/v2/posts?"),
        ("https://a.fi/wp-json/wp/v2/posts?categories=5", "https://a.fi/wp-json/wp/v2/posts?categories=5&"),
        ("https://a.fi/?rest_route=/", "https://a.fi?rest_route=/wp/v2/posts&"),
    ],
)
def test_where_the_posts_are_asked_for(written: str, asked: str) -> None:
    """Below the site's own path, or as the address of its API says, which may narrow the posts."""
    fields = "_fields=id,link,title,excerpt,date_gmt,lang&per_page=100&page=2"
    assert asked + fields == posts_url(written, 2)
