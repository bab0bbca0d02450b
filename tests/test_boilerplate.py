"""A summary is the source's own words about the matter, never what a page has around its text."""

from __future__ import annotations

import time

import pytest

from pipeline.prose import summary

KEPT = "Uusi opas auttaa viestijää."


@pytest.mark.parametrize(
    "html",
    [
        "<p>Uusi opas auttaa viestijää. <a>Lue lisää aiheesta</a></p><p>Jaa Facebookissa Jaa X:ssä</p>",
        "Käytämme evästeitä parantaaksemme sivuston toimintaa. Hyväksy kaikki evästeet. Uusi opas auttaa viestijää.",
        "<p>Tämä sivusto käyttää evästeitä.</p><p>Uusi opas auttaa viestijää.</p>",
        "<p>Jaa tämä artikkeli</p><p>Uusi opas auttaa viestijää.</p>",
        "<ul><li>Facebook</li><li>Twitter</li></ul><p>Uusi opas auttaa viestijää.</p>",
        "<p>Julkaistu 3.11.2017 klo 8.30</p><p>Uusi opas auttaa viestijää.</p>",
        "<p>3.11.2017</p><p>Lukuaika 4 min</p><p>Uusi opas auttaa viestijää.</p>",
        "<p>Kuva: Maija Meikäläinen</p><p>Uusi opas auttaa viestijää.</p><p>Kommentit (0)</p>",
        "Uusi opas auttaa viestijää. Tilaa uutiskirje!",
        "<p>We use cookies to improve your experience.</p><p>Accept all cookies</p><p>Uusi opas auttaa viestijää.</p>",
        "<p>Vi använder kakor på webbplatsen.</p><p>Dela på Facebook</p><p>Uusi opas auttaa viestijää.</p>",
        "<p>Share this: Facebook Twitter Email</p><p>Uusi opas auttaa viestijää.</p>",
        "&lt;![CDATA[<p>Uusi opas auttaa viestij&auml;&auml;.</p>]]&gt;",
    ],
)
def test_buttons_notices_dates_and_captions_are_left_out(html: str) -> None:
    """Share buttons, cookie notices, reading times, comments and subscriptions, in three languages."""
    assert summary(html) == KEPT


@pytest.mark.parametrize(
    "text",
    [
        "Jaa osaamistasi LinkedInissä.",
        "Evästeistä tuli uusi ohje. Sivusto pyytää suostumuksen.",
        "Facebook muuttaa käytäntöjään.",
        "Kuvaajan opas julkaistiin.",
        "Share your story with us.",
        "Uutiskirje tilattiin 3.11.2017 alkaen sähköisesti.",
        "Kommentit auttavat kirjoittajaa.",
    ],
)
def test_sentences_about_such_things_stay(text: str) -> None:
    """An article on cookies, sharing or newsletters keeps its words."""
    assert summary(text) == text


@pytest.mark.parametrize("html", ["<p>Jaa Facebookissa</p><p>Kuva: Maija</p>", "Lue lisää", "Kommentit (3)"])
def test_nothing_else_is_no_summary(html: str) -> None:
    """Where a page has nothing but furniture, the letter says nothing."""
    assert summary(html) == ""


@pytest.mark.parametrize("piece", ["jaa tämä ", "facebook ", "käytämme evästeitä ", "kuva: ", "3.11.2017 ", "tilaa "])
def test_much_of_it_costs_no_time(piece: str) -> None:
    """However often it is repeated."""
    start = time.process_time()
    for repeated in (30, 3000, 20_000):
        summary(piece * repeated + "z")
    assert time.process_time() - start < 1
