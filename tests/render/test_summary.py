"""The lines that a letter is judged by before it is opened."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model import Digest, ItemKind, Pick, Section, SectionKind
from pipeline.render import summary
from pipeline.render.words import Words
from tests.render.samples import SOCIAL, archive, digest, full, lessons, nothing_new, pick, topic

VIDEO, AUDIO = ItemKind.VIDEO, ItemKind.AUDIO


def counts(sample: Digest, language: str = "fi") -> str:
    return summary.counts(sample.sections, Words(language)).replace("\N{NO-BREAK SPACE}", " ")


def besides(sample: Digest, language: str = "fi") -> str:
    return summary.besides(sample.sections, Words(language)).replace("\N{NO-BREAK SPACE}", " ")


def test_counts_of_a_good_week() -> None:
    """News are counted by kind, with the time that they take; lessons and archive are counted apart."""
    assert counts(full()) == "14 uutta: 9 artikkelia, 5 videota, yhteensä 1 t 12 min"
    assert counts(full(), "sv") == "14 nya: 9 artiklar, 5 videor, sammanlagt 1 tim 12 min"
    assert counts(full(), "en") == "14 new: 9 articles, 5 videos, 1 h 12 min in total"
    assert besides(full()) == "Lisäksi 2 kurssiosaa (9 min 30 s) ja 3 poimintaa arkistosta"
    assert besides(full(), "sv") == "Dessutom 2 kursdelar (9 min 30 s) och 3 tips ur arkivet"
    assert besides(full(), "en") == "Also 2 lessons (9 min 30 s) and 3 picks from the archive"


def test_counts_when_nothing_is_new() -> None:
    """A letter of lessons and archive says that there is no news."""
    assert counts(nothing_new()) == ""
    assert besides(nothing_new()) == (
        "Ei uutta tällä kertaa, mutta mukana on 2 kurssiosaa (9 min 30 s) ja 3 poimintaa arkistosta."
    )
    assert besides(digest(topic("some", SOCIAL, pick("Uusi")))) == ""


@pytest.mark.parametrize(
    ("picks", "said"),
    [
        ([pick("a")], "1 uusi artikkeli"),
        ([pick("a"), pick("b")], "2 uutta artikkelia"),
        ([pick("a", kind=VIDEO, duration=252)], "1 uusi video (4 min 12 s)"),
        ([pick("a", kind=VIDEO, duration=60), pick("b", kind=VIDEO, duration=60)], "2 uutta videota, yhteensä 2 min"),
        (
            [pick("a", kind=VIDEO, duration=60), pick("b", kind=VIDEO)],
            "2 uutta videota, yhteensä vähintään 1 min",
        ),
        ([pick("a", kind=VIDEO)], "1 uusi video"),
        ([pick("a", kind=AUDIO), pick("b")], "2 uutta: 1 artikkeli, 1 podcast-jakso"),
    ],
)
def test_counts_are_grammatical_and_honest(picks: list[Pick], said: str) -> None:
    """One kind is said without a list; a time is a total only where every length is known."""
    assert counts(digest(topic("some", SOCIAL, *picks))) == said


@pytest.mark.parametrize(
    ("key", "fi", "sv", "en"),
    [
        ("2026-W47", "Viikko 47", "Vecka 47", "Week 47"),
        ("2027-W01", "Viikko 1", "Vecka 1", "Week 1"),
        ("2026-W53", "Viikko 53", "Vecka 53", "Week 53"),
        ("2026-11", "Marraskuu 2026", "November 2026", "November 2026"),
        ("2026-11-16", "16. marraskuuta 2026", "16 november 2026", "16 November 2026"),
    ],
)
def test_period_names(key: str, fi: str, sv: str, en: str) -> None:
    """A period is named as people name it."""
    names = [summary.period_name(key, Words(language)) for language in ("fi", "sv", "en")]
    assert [name.replace("\N{NO-BREAK SPACE}", " ") for name in names] == [fi, sv, en]


def test_headlines_show_how_wide_the_letter_is() -> None:
    """The first of every topic comes first, then the second ones; lessons and archive only after all news."""
    sample = digest(
        lessons(),
        topic("a", SOCIAL, pick("A1"), pick("A2")),
        topic("b", SOCIAL, pick("B1"), pick("Salainen", internal=True), pick("")),
        archive(),
    )
    titles = summary.headlines(sample.sections)
    assert titles[:4] == ["A1", "B1", "A2", "Julkishallinto ei voi tarinallistaa"]
    assert "Salainen" not in titles, "a subject is shown on locked screens and in the public archive"
    assert "" not in titles


def test_subject_holds_two_or_three_titles() -> None:
    """As many of three titles as fit; the first always."""
    assert summary.subject("Viikko\N{NO-BREAK SPACE}47", ["Yksi", "Kaksi", "Kolme", "Neljä"]) == (
        "Viikko 47: Yksi · Kaksi · Kolme"
    )
    assert summary.subject("Viikko 47", ["x" * 46] * 3) == f"Viikko 47: {'x' * 46} · {'x' * 46}"


@given(st.lists(st.text(min_size=1, max_size=200).filter(summary.visible), min_size=2, max_size=5))
def test_two_titles_always_fit(titles: list[str]) -> None:
    """However long the titles are, two of them stand in the subject of a week, within 110 characters."""
    short = [summary.shorten(title, summary.HEADLINE) for title in titles]
    subject = summary.subject("Viikko 47", short)
    assert len(subject) <= summary.SUBJECT
    assert subject.startswith(f"Viikko 47: {short[0]} · {short[1]}".replace("\N{NO-BREAK SPACE}", " "))


@pytest.mark.parametrize(
    ("title", "short"),
    [
        ("Lyhyt otsikko", "Lyhyt otsikko"),
        ("  Väljä \n otsikko ", "Väljä otsikko"),
        ("Viestintäsuositus uudistui: mitä tietää", "Viestintäsuositus uudistui"),
        ("Miten somessa ollaan? Kolme esimerkkiä", "Miten somessa ollaan?"),
        ("Osa 1: kuinka virastot ovat somessa", "Osa 1: kuinka virastot ovat…"),
        ("Yhtäpitkääsanaailmanainuttakaanväliä", "Yhtäpitkääsanaailmanainuttak…"),
    ],
)
def test_shorten(title: str, short: str) -> None:
    """A long title ends at a colon, dash or full stop, else at a word; a beginning alone is no headline."""
    assert summary.shorten(title, 29) == short


@given(st.text(max_size=300), st.integers(10, 80))
def test_shorten_keeps_its_limit(title: str, limit: int) -> None:
    """Never longer than asked, never empty for a title that is not."""
    short = summary.shorten(title, limit)
    assert len(short) <= limit
    assert bool(short) == bool(title.split())


def test_preheader_goes_on_where_the_subject_ends() -> None:
    """The counts, then titles that the subject had no room for, within 160 characters."""
    line = summary.preheader(("2 uutta artikkelia", ""), ["Yksi", "Kaksi", "x" * 200, "Kolme"], "Viikko 47: Yksi")
    assert line == "2 uutta artikkelia. Kaksi · Kolme"


@pytest.mark.parametrize("title", ["", " ", "\u200b\u3164", "\u2800", "\u202e", "\u00ad", "\u0301"])
def test_invisible_titles(title: str) -> None:
    """A title of blanks, controls and fillers is no title."""
    assert not summary.visible(title)
    assert summary.visible(f"{title}a")


def test_an_internal_week_has_no_public_headline() -> None:
    """Where every item is internal, the subject names the letter instead."""
    section = Section(kind=SectionKind.OTHER, picks=(pick("Salainen", internal=True),))
    assert summary.headlines([section]) == []
