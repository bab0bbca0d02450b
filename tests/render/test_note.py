"""The editor's note: a little Markdown, said in HTML and in plain text, and nothing else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from pipeline.render import note

WRITTEN = """\
Hyvää viikkoa, **kollegat**! Lue *ensin* [Suomidigin uutinen](https://www.suomidigi.fi/uutinen) tai
katso https://dvv.fi/a_b_c.

- Yksi
- Kaksi, jonka teksti on niin pitkä, ettei se mahdu yhdelle riville, vaan jatkuu seuraavalla
  1. Sisempi

Terveisin [Aino](mailto:aino@example.fi)
"""


def test_a_note_is_said_twice() -> None:
    """Paragraphs, emphasis, links and lists become HTML, and plain text that reads as if it had been written so."""
    said = note.read(WRITTEN)
    assert said is not None
    page = LexborHTMLParser(said.html)
    assert [one.text() for one in page.css("strong, em")] == ["kollegat", "ensin"]
    assert [one.attributes["href"] for one in page.css("a")] == [
        "https://www.suomidigi.fi/uutinen",
        "https://dvv.fi/a_b_c",
        "mailto:aino@example.fi",
    ]
    assert len(page.css("ul > li")) == 2
    assert said.text == (
        "Hyvää viikkoa, kollegat! Lue ensin Suomidigin uutinen\n"
        "(https://www.suomidigi.fi/uutinen) tai katso https://dvv.fi/a_b_c.\n"
        "\n"
        "- Yksi\n"
        "- Kaksi, jonka teksti on niin pitkä, ettei se mahdu yhdelle riville,\n"
        "  vaan jatkuu seuraavalla\n"
        "  1. Sisempi\n"
        "\n"
        "Terveisin Aino (aino@example.fi)"
    )


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt&#58;alert(1))",
        "[x](data:text/html,<b>)",
        "[x](//evil.example)",
        "[x](/desk)",
        "[x](https:evil)",
        "![kuva](https://spy.example/pixel.png)",
        "<https://spy.example/\" onclick='x'>",
        "# Otsikko\n\n> lainaus\n\n```\nkoodi\n```\n\n| a | b |\n|---|---|",
        "[x]: javascript:alert(1)\n\n[x]",
    ],
)
def test_nothing_else_comes_through(text: str) -> None:
    """HTML, pictures, headings and other addresses stay the characters that they are."""
    said = note.read(text)
    assert said is not None
    page = LexborHTMLParser(said.html)
    assert {one.tag for one in page.css("body *")} <= {"p", "em", "strong", "a", "ul", "ol", "li", "br"}
    for one in page.css("a"):
        assert set(one.attributes) == {"href"}
        assert re.match(r"https?://|mailto:", str(one.attributes["href"]))


def test_a_note_that_says_nothing_is_none() -> None:
    """Blanks, invisible characters and empty lists make no note, so no heading stands alone."""
    assert [note.read(text) for text in ("", " \n\n\t", "\u200b\u2800", "-\n- \n")] == [None] * 4


@given(st.text(alphabet=st.sampled_from("ab *_[]()<>!-1.\n\\`#&;:/@\"'\u202eäö"), max_size=80))
def test_no_text_breaks_it(text: str) -> None:
    """Whatever is written, only what is allowed comes out, and both ways of saying it hold the same letters."""
    said = note.read(text)
    if said is None:
        return
    page = LexborHTMLParser(said.html)
    assert {one.tag for one in page.css("body *")} <= {"p", "em", "strong", "a", "ul", "ol", "li", "br"}
    assert "\u202e" not in said.html + said.text
    for letter in "abäö":
        assert page.body is not None
        assert page.body.text().count(letter) <= said.text.count(letter)
