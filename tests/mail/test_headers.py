"""Headers come out as they were meant, judged by a decoder that shares nothing with the encoder."""

from __future__ import annotations

import random
import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import MailSetupError
from pipeline.mail.headers import Header, Mailbox, Text, Verbatim, serialise
from tests.counts import FULL
from tests.mail import decoder

THOROUGH = settings(max_examples=400 if FULL else 200, deadline=None)

FINNISH = (
    "viikko näin kirjoitat selkeästi tarinankerronta sosiaalisen median yhdenvertaisuus saavutettavuusvaatimukset "
    "työyhteisöviestintä digipalvelulaki hyvä öljyä älä Åbo pääkaupunkiseutu käyttäjälähtöisyys somepreesens "
    "verkkosivustouudistusprojektisuunnitelma 47 osa 2/6 \u2013 · “lainaus” ja, (video): kysymys? A/B-testi #hyvä 👩‍💻"
)
SWEDISH = (
    "vecka så skriver du klarspråk berättande sociala medier likabehandling tillgänglighetskrav arbetsgemenskap "
    "språkvård öppenhet ändå ålder Österbotten användbarhet myndighetskommunikation 47 del 3/6 — » citat « och, "
    "(film): fråga? tillgänglighetsdirektivstillsynsmyndighet"
)
FIRST_NAMES = ("Aino", "Åsa", "Jörgen", "Väinö", "Yrjö", "Märta", "Anna-Liisa", "J. P.", "Élodie", "Sámi", "O'Brien")
LAST_NAMES = ("Mäkinen", "von Wright", "Åström", "Hämäläinen-Öhman", "Ääkkönen", "Laine (Oy)", "Ek, Ab", 'Koski "K"')
ROLES = (
    "",
    "Viestintäkooste",
    "Valtiovarainministeriö / Julkisen hallinnon digitalisaatio",
    "@Suomidigi",
    "Kommunikation & språk",
    "a.b; c: d",
    "<tiimi>",
    "back\\slash",
)


def phrases(words: str, count: int, seed: int) -> list[str]:
    """Return ``count`` made-up titles of 1 to 25 words, with capitals here and there."""
    chance = random.Random(seed)
    drawn = (" ".join(chance.choices(words.split(), k=chance.randint(1, 25))) for _ in range(count))
    return [phrase.capitalize() if chance.random() < 0.5 else phrase for phrase in drawn]


def display_names(count: int) -> list[str]:
    """Return ``count`` names of people and offices."""
    chance = random.Random(2026)
    parts = ([chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES), chance.choice(ROLES)] for _ in range(count))
    return [" ".join(filter(None, chance.sample(three, k=chance.randint(1, 3)))) for three in parts]


def read_back(name: str, header: Header) -> str:
    """Return the one header that ``serialise`` wrote, unfolded."""
    ((found, value),) = decoder.fields(serialise({name: header}))
    assert name == found
    return value


def meant(text: str) -> str:
    """Return what a reader should see of ``text``: one line, without what could harm."""
    kept = "".join(
        " "
        if unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}
        or unicodedata.bidirectional(character) in {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}
        or character in "\u200e\u200f\u061c\ufeff"
        else character
        for character in text
    )
    return " ".join(kept.split()).replace("=?", "= ?")


@pytest.mark.parametrize(
    "titles", [phrases(FINNISH, 750, 1), phrases(SWEDISH, 750, 2)], ids=["750 Finnish", "750 Swedish"]
)
def test_every_subject_arrives_as_it_was_written(titles: list[str]) -> None:
    """Python's own folder altered 90 of 1,500 Finnish and Swedish subjects; ours alters none."""
    altered = [title for title in titles if decoder.text(read_back("Subject", Text(title))) != title]
    assert altered == []


@pytest.mark.parametrize("header", ["From", "Reply-To"])
def test_every_display_name_arrives_as_it_was_written(header: str) -> None:
    """3,000 names, with commas, quotes, brackets, dots and letters of all kinds, beside an untouched address."""
    altered = [
        name
        for name in display_names(3000)
        if decoder.mailbox(read_back(header, Mailbox(name, "kooste@example.fi"))) != (name, "kooste@example.fi")
    ]
    assert altered == []


@given(st.text())
@THOROUGH
def test_any_text_is_one_subject(text: str) -> None:
    """Whatever the text, it is one header with the same characters, less those that could harm."""
    assert meant(text) == decoder.text(read_back("Subject", Text(text)))


@given(st.text())
@THOROUGH
def test_any_text_is_one_display_name(text: str) -> None:
    """Whatever the name, the address beside it stays what it was."""
    assert (meant(text), "a@b.fi") == decoder.mailbox(read_back("From", Mailbox(text, "a@b.fi")))


@given(st.text(alphabet='ab =?\r\n\t:<>@",;\\._', max_size=400))
@THOROUGH
def test_text_made_of_syntax_is_still_text(text: str) -> None:
    """The characters that mean something in a header mean nothing in a title or a name."""
    assert meant(text) == decoder.text(read_back("Subject", Text(text)))
    assert (meant(text), "a@b.fi") == decoder.mailbox(read_back("Reply-To", Mailbox(text, "a@b.fi")))


def test_plain_ascii_stays_readable() -> None:
    """A subject of plain words is not encoded; a long one is folded between its words."""
    assert serialise({"Subject": Text("Week 47: plain language")}) == b"Subject: Week 47: plain language\r\n"
    folded = serialise({"Subject": Text("plain language " * 12)})
    assert b"=?" not in folded
    assert max(map(len, folded.split(b"\r\n"))) <= 76


def test_a_subject_is_encoded_throughout_or_not_at_all() -> None:
    """One word beyond ASCII encodes them all: mixtures are what decoders disagree about."""
    value = read_back("Subject", Text("plain words and one työ " * 4))
    assert all(re.fullmatch(r"=\?utf-8\?q\?\S+\?=", word) for word in value.split(" "))


def test_a_word_that_fits_no_line_is_encoded_to_be_cut() -> None:
    """A word of 2,000 letters would pass the line's end; encoded words bring it over whole."""
    assert decoder.text(read_back("Subject", Text("x" * 2000))) == "x" * 2000


HOSTILE = [
    "=?utf-8?q?a=0ABcc=3Av=40e.fi?=",
    "=?utf-8?q?a=0D=0ABcc=3Av=40e.fi?= =?utf-8?b?DQpCY2M6IHZAZS5maQ==?=",
    "Uutta\r\nBcc: v@e.fi",
    "Uutta\nBcc: v@e.fi\n\n<script>",
    "Uutta\rBcc: v@e.fi",
    "a\x85Bcc: v@e.fi",
    "a\u2028Bcc: v@e.fi\u2029Bcc: w@e.fi",
    "a\x0bBcc: v@e.fi\x0cBcc: w@e.fi\x1cX: y\x1dX: y\x1eX: y",
    "a\x00b",
    "työ\r\n\r\n--=_boundary\r\nContent-Type: text/html",
    "=\x00?utf-8?q?a=0ABcc=3Av?=",
    "=\u200e?utf-8?q?a=0ABcc=3Av?=",
    "\ud800Bcc\udfff",
    "\u202egnp.exe",
    "=?" * 500,
    "\r\n" * 500,
    " " * 1000,
]


@pytest.mark.parametrize("title", HOSTILE)
@pytest.mark.parametrize("times", [1, 40])
def test_a_hostile_title_writes_no_header(title: str, times: int) -> None:
    """It costs nothing either: the letter goes out, with the title cleaned, in exactly the intended headers."""
    block = serialise(
        {"From": Mailbox(title * times, "a@b.fi"), "Subject": Text(title * times), "X-Last": Verbatim("1")}
    )
    assert [name for name, _ in decoder.fields(block)] == ["From", "Subject", "X-Last"]


@pytest.mark.parametrize("title", HOSTILE)
def test_decoding_twice_finds_nothing_more(title: str) -> None:
    """Some programs decode a decoded subject again; what they find is no encoded word and ends no line."""
    once = decoder.text(read_back("Subject", Text(title)))
    assert "=?" not in once
    assert len(once.splitlines()) <= 1


def test_a_list_header_is_never_encoded_and_folded_at_commas_only() -> None:
    """Python's own folder makes ``=?utf-8?q?…?=`` of a long List-Unsubscribe, which no mail program follows."""
    mail, web = f"<mailto:pois@example.fi?subject={'x' * 80}>", f"<https://example.fi/{'y' * 300}>"
    block = serialise({"List-Unsubscribe": Verbatim(f"{mail}, {web}")})
    assert f"List-Unsubscribe: {mail},\r\n {web}\r\n".encode() == block


@pytest.mark.parametrize("value", ["a\r\nBcc: v@e.fi", "a\nb", "a\x00b", "työ", "a\x7fb"])
def test_a_structured_header_takes_printable_ascii_only(value: str) -> None:
    """Such a value can come from the configuration alone, so it is an operator's to mend, and is named."""
    with pytest.raises(MailSetupError, match="List-Id cannot hold"):
        serialise({"List-Id": Verbatim(value)})


def test_a_line_over_998_octets_is_refused() -> None:
    """RFC 5322, 2.1.1: what cannot be folded and is longer is not sent."""
    assert len(serialise({"List-Id": Verbatim("x" * 989)}).rstrip()) == 998
    with pytest.raises(MailSetupError, match="999 octets in a line"):
        serialise({"List-Id": Verbatim("x" * 990)})


class Smuggler:
    """A header class gone wrong: it writes more than one header."""

    def __init__(self, folded: str) -> None:
        self.folded = folded

    def fold(self, name: str) -> str:
        """Return what must not pass."""
        return self.folded


@pytest.mark.parametrize(
    "folded",
    ["Subject: a\r\nBcc: v@e.fi", "Subject: a\r\n\r\nbody", "Bcc: a", "Subject: a\nBcc: v@e.fi", "Subject: a\r\n "],
)
def test_what_was_written_is_read_back(folded: str) -> None:
    """Even a broken header class cannot add, rename or end headers: nothing is made of it."""
    with pytest.raises(MailSetupError, match="no letter was made"):
        serialise({"Subject": Smuggler(folded)})  # type: ignore[dict-item]
