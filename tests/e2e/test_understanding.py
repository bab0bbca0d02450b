"""What is understood of articles on its way from a page to the letter, and how explain tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.e2e.desk import THIS_PERIOD, Entry, Page, rss

if TYPE_CHECKING:
    from tests.e2e.desk import Desk

TOPICS = "- id: saavutettavuus\n  words: {fi: [saavutettavuus], sv: [tillgänglighet]}\n"


def article(language: str, title: str, lead: str, *twins: tuple[str, str], text: str = "") -> Page:
    """An article page that names itself in other languages."""
    links = "".join(f'<link rel="alternate" hreflang="{code}" href="{url}">' for code, url in twins)
    head = f'<title>{title}</title><meta property="og:title" content="{title}">'
    head += f'<meta property="og:description" content="{lead}">'
    head += f'<meta property="article:published_time" content="{THIS_PERIOD.isoformat()}">{links}'
    body = f'<html lang="{language}"><head>{head}</head><body><main><h1>{title}</h1>{text}</main></body></html>'
    return Page(body.encode(), headers={"Content-Type": "text/html; charset=utf-8"})


def two_languages(desk: Desk) -> None:
    """A site whose one article exists in Finnish and Swedish, and one in Finnish alone."""
    pages = desk.web.pages
    fi, sv = "/artikkelit/saavutettavuus", "/sv/artiklar/tillganglighet"
    pages[fi] = article("fi", "Saavutettavuuden perusteet", "Mitä jokaisen on hyvä tietää.", ("sv", sv), ("fi", fi))
    pages[sv] = article("sv", "Tillgänglighetens grunder", "Det här bör alla veta.", ("fi", fi), ("en", "/en/"))
    pages["/artikkelit/yksin"] = article("fi", "Yksin suomeksi oleva", "Vain yhdellä kielellä.", ("sv", "/sv"))
    urls = "".join(f"<url><loc>{desk.web.url}{path}</loc></url>" for path in (fi, sv, "/artikkelit/yksin"))
    pages["/sitemap.xml"] = Page(
        f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{urls}</urlset>".encode()
    )
    desk.write(
        '- {id: sivusto, url: "WEB/sitemap.xml", allow_private: true, internal: false}\n',
        topics=TOPICS,
        digest="at_least: 0",
    )


def test_one_article_in_two_languages_is_one_item_and_each_edition_links_its_own(desk: Desk) -> None:
    """By hreflang on the pages: one line in every edition, with the words and the address of its language."""
    two_languages(desk)
    assert desk.do("run").code == 0
    page = {
        code: (desk.folder / f"output/2026-W47/{code}.html").read_text(encoding="utf-8") for code in ("fi", "sv", "en")
    }
    assert f'href="{desk.web.url}/artikkelit/saavutettavuus"' in page["fi"]
    assert "Saavutettavuuden perusteet" in page["fi"]
    assert "Tillgänglighetens" not in page["fi"]
    assert f'href="{desk.web.url}/sv/artiklar/tillganglighet"' in page["sv"]
    assert "Tillgänglighetens grunder" in page["sv"]
    assert "Det här bör alla veta." in page["sv"]
    assert "Saavutettavuuden" not in page["sv"]
    swedish = page["sv"].replace("\N{NO-BREAK SPACE}", " ")
    assert "Vecka 47: Tillgänglighetens grunder" in swedish, "the subject is in the edition's language too"
    assert page["en"].count("artiklar/tillganglighet") == 0
    assert all("Yksin suomeksi oleva" in text for text in page.values())


def listed_in_finnish(desk: Desk) -> None:
    """A site that is read in Finnish alone, whose articles name Swedish and English pages of every quality."""
    pages = desk.web.pages
    names = ["hyva", "poissa", "suomeksi", "etusivulle", "luettelo"]
    for name in names:
        pages[f"/artikkelit/{name}"] = article(
            "fi", f"Artikkeli {name}", "Ingressi.", ("sv", f"/sv/artiklar/{name}"), ("en", f"/en/articles/{name}")
        )
    good = ("fi", "/artikkelit/hyva?utm_source=sv")
    pages["/sv/artiklar/hyva"] = article("sv", "Tillgänglighetens grunder", "Det här bör alla veta.", good)
    pages["/sv/artiklar/luettelo"] = article("sv", "Alla artiklar", "Lista.", ("fi", "/artikkelit"))
    pages["/en/articles/hyva"] = article("en", "Accessibility in short", "What everyone should know.")
    pages["/sv/artiklar/suomeksi"] = article("fi", "Artikkeli suomeksi", "Ei käännetty.")
    pages["/sv/artiklar/etusivulle"] = Page(status=302, headers={"Location": "/sv/"})
    pages["/sv/"] = article("sv", "Framsida", "Välkommen.")
    urls = "".join(f"<url><loc>{desk.web.url}/artikkelit/{name}</loc></url>" for name in names)
    pages["/sitemap.xml"] = Page(f"<urlset>{urls}</urlset>".encode())
    desk.write(
        '- {id: sivusto, url: "WEB/sitemap.xml", allow_private: true, internal: false}\n',
        topics=TOPICS,
        digest="at_least: 0\nlanguages: [fi, sv]",
    )


def test_an_article_has_its_own_title_in_every_language_though_only_one_is_a_source(desk: Desk) -> None:
    """The page of the other language is read once; one that is gone, untranslated, a front page or a list is not."""
    listed_in_finnish(desk)
    assert desk.do("run").code == 0
    swedish = (desk.folder / "output/2026-W47/sv.html").read_text(encoding="utf-8")
    assert f'href="{desk.web.url}/sv/artiklar/hyva"' in swedish
    assert "Tillgänglighetens grunder" in swedish
    assert "Det här bör alla veta." in swedish
    assert "Artikkeli hyva" not in swedish
    for name in ("poissa", "suomeksi", "etusivulle", "luettelo"):
        assert f'href="{desk.web.url}/artikkelit/{name}"' in swedish
        assert f"Artikkeli {name}" in swedish
    assert "Framsida" not in swedish
    assert len(desk.web.asked("/sv/artiklar/hyva")) == 1
    assert desk.web.asked("/en/articles/hyva") == [], "no edition is in English"
    desk.later(hours=1)
    assert desk.do("collect").code == 0
    assert len(desk.web.asked("/sv/artiklar/hyva")) == 1
    assert (
        'The same article in sv: "Tillgänglighetens grunder"'
        in desk.do("explain", f"{desk.web.url}/artikkelit/hyva").said
    )


def test_two_feeds_of_one_site_tell_an_article_once_where_their_pages_are_opened(desk: Desk) -> None:
    """A feed says nothing of translations; with "text" its pages are opened, and those name each other."""
    two_languages(desk)
    pages = desk.web.pages
    fi, sv = f"{desk.web.url}/artikkelit/saavutettavuus", f"{desk.web.url}/sv/artiklar/tillganglighet"
    pages["/fi.xml"] = Page(rss(Entry("Saavutettavuuden perusteet", link=fi)))
    pages["/sv.xml"] = Page(rss(Entry("Tillgänglighetens grunder", link=sv)).replace(b">fi<", b">sv<"))
    entry = "- {{id: {0}, url: 'WEB/{0}.xml', allow_private: true, internal: false, text: lead}}\n"
    desk.write(entry.format("fi") + entry.format("sv"), digest="at_least: 0")
    assert desk.do("run").code == 0
    for code, url, other in (("fi", fi, sv), ("sv", sv, fi)):
        page = (desk.folder / f"output/2026-W47/{code}.html").read_text(encoding="utf-8")
        assert (f'href="{url}"' in page, f'href="{other}"' in page) == (True, False)


def test_explain_tells_everything_of_one_address(desk: Desk) -> None:
    """Which item it is, its sources, topics with their word, each rule, and the letter that it is or is not in."""
    two_languages(desk)
    text = (desk.folder / "sources.yaml").read_text(encoding="utf-8")
    (desk.folder / "sources.yaml").write_text(
        text.replace("digest:\n", "digest:\n  exclude: {words: [yksin]}\n"), encoding="utf-8"
    )
    assert desk.do("collect").code == 0
    url = f"{desk.web.url}/artikkelit/saavutettavuus?utm_source=kirje#alku"
    facts = desk.do("explain", url, "--json").json()
    assert (facts["in"], facts["section"], facts["reason"]) == (True, "saavutettavuus", "dated")
    assert facts["topics"] == [{"id": "saavutettavuus", "word": "saavutettavuus"}]
    assert [one["title"] for one in facts["other_languages"]] == ["Tillgänglighetens grunder"]
    assert [one["id"] for one in facts["sources"]] == ["sivusto"]
    twin = desk.do("explain", f"{desk.web.url}/sv/artiklar/tillganglighet").said
    assert 'the same article is in this letter (fi, sivusto): "Saavutettavuuden perusteet"' in twin
    alone = desk.do("explain", f"{desk.web.url}/artikkelit/yksin").said
    assert "Rule of the digest: exclude words yksin: it holds (found: yksin), so it keeps it out" in alone
    assert "It is not in 2026-W47: exclude of the whole digest: words yksin, and it has yksin." in alone
    assert "No source has ever listed" in desk.do("explain", "https://muualla.example.fi/").said


def test_explain_tells_what_a_letter_holds_and_what_not(desk: Desk) -> None:
    """The running period as it would be, then as it was frozen; a key without a digest is a mistake."""
    two_languages(desk)
    assert desk.do("collect").code == 0
    before = desk.do("explain", "2026-W47", "--json").json()
    assert desk.do("compose").code == 0
    after = desk.do("explain", "2026-W47", "--json").json()
    assert [len(section["items"]) for section in before["sections"]] == [1, 1]
    assert before["sections"] == after["sections"]
    assert [one["reason"] for one in after["left_out"]] == ["other-language"]
    said = desk.do("explain", "2026-W47").said
    assert "2026-W47: 2 items, 1 left out" in said
    assert "Left out, other-language (1):" in said
    missing = desk.do("explain", "2020-W01")
    assert missing.code == 1
    assert "There is no digest 2020-W01" in missing.err


def test_a_feed_that_asks_for_the_text_shows_how_long_it_takes_to_read(desk: Desk) -> None:
    """Read from the article's page, with its own lead instead of the feed's."""
    sentence = "Viestinnän suunnittelu alkaa siitä, että tunnetaan ne ihmiset, joille kirjoitetaan luvussa {}. "
    text = "".join(f"<p>{sentence.format(number) * 5}</p>" for number in range(8))
    desk.web.pages["/a"] = article("fi", "Pitkä artikkeli", "Sivun oma ingressi kertoo enemmän.", text=text)
    desk.web.pages["/feed.xml"] = Page(
        rss(Entry("Pitkä artikkeli", link=f"{desk.web.url}/a", summary="Syötteen teksti."))
    )
    desk.write(
        '- {id: blogi, url: "WEB/feed.xml", allow_private: true, internal: false, text: full}\n', digest="at_least: 0"
    )
    assert desk.do("run").code == 0
    page = (desk.folder / "output/2026-W47/fi.txt").read_text(encoding="utf-8").replace("\u00a0", " ")
    assert "Sivun oma ingressi kertoo enemmän." in page
    assert "Syötteen teksti." not in page
    assert "lukuaika 4 min" in page


def test_explain_runs_an_address_that_no_source_listed_through_everything(desk: Desk) -> None:
    """With --read as its page says, with --title without it: topics, rules, twins and the letter; nothing is kept."""
    two_languages(desk)
    new = f"{desk.web.url}/artikkelit/uusi"
    desk.web.pages["/artikkelit/uusi"] = article("fi", "Saavutettavuus uudessa oppaassa", "Opas ilmestyi tänään.")
    before = desk.do("explain", new, "--read").said
    assert "If sivusto listed it now, it is in 2026-W47, under saavutettavuus" in before
    assert not (desk.folder / "var/digikooste.db").exists()

    assert desk.do("collect").code == 0
    plain = desk.do("explain", new)
    assert "The nearest source is sivusto." in plain.said
    assert "--read reads its page" in plain.said
    assert len(desk.web.asked("/artikkelit/uusi")) == 1
    facts = desk.do("explain", new, "--read", "--json").json()
    assert (facts["known"], facts["item"], facts["would_be_of"]) == (False, None, "sivusto")
    assert (facts["title"], facts["language"]) == ("Saavutettavuus uudessa oppaassa", "fi")
    assert facts["topics"] == [{"id": "saavutettavuus", "word": "saavutettavuus"}]
    assert (facts["in"], facts["reason"]) == (True, "new")
    assert desk.do("explain", new).said == plain.said


def test_explain_supposes_a_title_where_no_page_is_read(desk: Desk) -> None:
    """Of a video, say; a source's own rules decide where it is named, and a wrong name is a mistake."""
    desk.write(
        "- {id: kanava, kind: youtube, url: 'https://www.youtube.com/playlist?list=PL0123456789'}\n"
        "- {id: lepaava, url: 'https://a.example.fi/feed', enabled: false}\n"
        "- {id: tarkka, url: 'https://b.example.fi/feed', exclude: {words: {fi: [saavutettavuus]}}}\n",
        topics=TOPICS,
    )
    video = "https://youtu.be/dQw4w9WgXcQ"
    titled = ("--title", "Saavutettavuuden perusteet")
    alone = desk.do("explain", video, *titled).said
    assert "If a source without rules listed it now, it is in 2026-W47, under saavutettavuus" in alone
    assert "in a source without rules" in alone
    assert "known as youtube:dQw4w9WgXcQ" in alone
    assert "If kanava listed it now, it is in" in desk.do("explain", video, *titled, "--source", "kanava").said
    refused = desk.do("explain", "b.example.fi/uusi", *titled).said
    assert "Rule of tarkka: exclude words saavutettavuus: it holds" in refused
    assert "If tarkka listed it now, it is not in 2026-W47" in refused
    for options, why in (
        (("--read",), "no video's page is read; give its title by --title"),
        ((*titled, "--source", "lepaava"), "lepaava is not enabled"),
        ((*titled, "--source", "muu"), "muu is no source of this file"),
    ):
        wrong = desk.do("explain", video, *options)
        assert (wrong.code, why in wrong.err) == (1, True), wrong
    assert desk.do("explain", "2026-W47").code == 1
