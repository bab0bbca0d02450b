"""What a letter says in each language."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from pipeline.model import LANGUAGES
from pipeline.render import default_templates, words
from pipeline.render.words import Words, language_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from babel.messages.catalog import Catalog

PLACEHOLDER = re.compile(r"%\((\w+)\)s")


ROOMS: dict[str, tuple[str, ...]] = {
    words.LETTER: ("*.html", "*.txt"),
    **{folder.name: (f"{folder.name}/**.html", f"{folder.name}/**.txt") for folder in default_templates().glob("*/")},
}
"""The letter's templates, and those in folders, each with a catalogue of the folder's name."""
PACKAGE = Path(words.__file__).parents[1]
BESIDE = {"desk": "web"}
CODE = {words.LETTER: ("render/**.py",), "web": ("web/*.py", "web/readers/**.py"), "desk": ("web/desk/**.py",)}
"""The Python files that say something too; of other rooms those in the folder of their name."""


def used(room: str) -> set[str | tuple[str, ...]]:
    """Return every string that the templates and the code of a room hand to gettext."""
    found = set()
    for folder, method, patterns in (
        (default_templates(), "jinja2", ROOMS[room]),
        (PACKAGE, "python", CODE.get(room, (f"{room}/**.py",))),
    ):
        for message in extract_from_dir(
            folder,
            method_map=[(pattern, method) for pattern in patterns],
            options_map={"**.*": {"newstyle_gettext": "true"}},
            keywords={"_": None, "gettext": None, "ngettext": (1, 2)},
        ):
            found.add(message[2])
    return found


def catalogue(language: str, room: str) -> Catalog:
    """Return the shipped translations of one language and room."""
    with (words.LOCALE / language / "LC_MESSAGES" / f"{room}.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def translated(language: str, room: str) -> set[object]:
    """Return what a catalogue has a translation of."""
    return {message.id for message in catalogue(language, room) if message.id and all(forms(message.string))}


def forms(text: str | Iterable[str] | None) -> tuple[str, ...]:
    """Return the singular and the plural, or the one form that there is."""
    return (text,) if isinstance(text, str) else tuple(text or ())


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_string_is_translated(language: str, room: str) -> None:
    """A string of a template or of the code that a catalogue lacks, or leaves empty, fails the build.

    What the letter says too is translated once, in the letter's catalogue; the desk stands in the frame of the web.
    """
    others = [translated(language, other) for other in {words.LETTER, BESIDE.get(room, words.LETTER)} - {room}]
    own, elsewhere = translated(language, room), set[object]().union(*others)
    assert used(room) - elsewhere - own == set()
    assert own & elsewhere == set()


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_left_over(language: str, room: str) -> None:
    """A translation that nothing uses any more is taken out."""
    assert {message.id for message in catalogue(language, room) if message.id} - used(room) == set()


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_the_placeholders(language: str, room: str) -> None:
    """Every form of a translation has exactly the placeholders of its source, and as many forms as the language."""
    for message in catalogue(language, room):
        if not message.id:
            continue
        expected = {name for form in forms(message.id) for name in PLACEHOLDER.findall(form)}
        assert len(forms(message.string)) == len(forms(message.id)), message.id
        for form in forms(message.string):
            assert set(PLACEHOLDER.findall(form)) == expected, message.id
            assert "%" not in PLACEHOLDER.sub("", form), message.id
        assert not message.fuzzy, message.id


PLURALS = {
    # the English key: one, two, twenty-one and a hundred and one, as each language says them
    ("%(num)s article", "%(num)s articles"): {
        "fi": ("1 artikkeli", "2 artikkelia", "21 artikkelia", "101 artikkelia"),
        "sv": ("1 artikel", "2 artiklar", "21 artiklar", "101 artiklar"),
        "en": ("1 article", "2 articles", "21 articles", "101 articles"),
    },
    ("%(num)s video", "%(num)s videos"): {
        "fi": ("1 video", "2 videota", "21 videota", "101 videota"),
        "sv": ("1 video", "2 videor", "21 videor", "101 videor"),
        "en": ("1 video", "2 videos", "21 videos", "101 videos"),
    },
    ("%(num)s new podcast episode", "%(num)s new podcast episodes"): {
        "fi": ("1 uusi podcast-jakso", "2 uutta podcast-jaksoa", "21 uutta podcast-jaksoa", "101 uutta podcast-jaksoa"),
        "sv": ("1 nytt poddavsnitt", "2 nya poddavsnitt", "21 nya poddavsnitt", "101 nya poddavsnitt"),
        "en": (
            "1 new podcast episode",
            "2 new podcast episodes",
            "21 new podcast episodes",
            "101 new podcast episodes",
        ),
    },
    ("%(num)s lesson", "%(num)s lessons"): {
        "fi": ("1 kurssiosa", "2 kurssiosaa", "21 kurssiosaa", "101 kurssiosaa"),
        "sv": ("1 kursdel", "2 kursdelar", "21 kursdelar", "101 kursdelar"),
        "en": ("1 lesson", "2 lessons", "21 lessons", "101 lessons"),
    },
    ("%(num)s pick from the archive", "%(num)s picks from the archive"): {
        "fi": (
            "1 poiminta arkistosta",
            "2 poimintaa arkistosta",
            "21 poimintaa arkistosta",
            "101 poimintaa arkistosta",
        ),
        "sv": ("1 tips ur arkivet", "2 tips ur arkivet", "21 tips ur arkivet", "101 tips ur arkivet"),
        "en": (
            "1 pick from the archive",
            "2 picks from the archive",
            "21 picks from the archive",
            "101 picks from the archive",
        ),
    },
    ("Read %(num)s more on the web page", "Read %(num)s more on the web page"): {
        "fi": (
            "Lue verkkosivulta vielä 1 muu",
            "Lue verkkosivulta vielä 2 muuta",
            "Lue verkkosivulta vielä 21 muuta",
            "Lue verkkosivulta vielä 101 muuta",
        ),
        "sv": (
            "Läs 1 till på webbsidan",
            "Läs 2 till på webbsidan",
            "Läs 21 till på webbsidan",
            "Läs 101 till på webbsidan",
        ),
        "en": (
            "Read 1 more on the web page",
            "Read 2 more on the web page",
            "Read 21 more on the web page",
            "Read 101 more on the web page",
        ),
    },
}


@pytest.mark.parametrize("message", PLURALS, ids=lambda message: message[0])
@pytest.mark.parametrize("language", LANGUAGES)
def test_plurals(language: str, message: tuple[str, str]) -> None:
    """Finnish counts in the partitive from two on, 21 and 101 too; Swedish and English in the plural."""
    said = tuple(Words(language).ngettext(*message, num) for num in (1, 2, 21, 101))
    assert said == PLURALS[message][language]


@pytest.mark.parametrize(
    ("seconds", "fi", "sv", "en"),
    [
        (1, "1 s", "1 s", "1 s"),
        (59, "59 s", "59 s", "59 s"),
        (60, "1 min", "1 min", "1 min"),
        (252, "4 min 12 s", "4 min 12 s", "4 min 12 s"),
        (599, "9 min 59 s", "9 min 59 s", "9 min 59 s"),
        (630, "10 min", "10 min", "10 min"),
        (691, "12 min", "12 min", "12 min"),
        (3569, "59 min", "59 min", "59 min"),
        (3571, "1 t", "1 tim", "1 h"),
        (4320, "1 t 12 min", "1 tim 12 min", "1 h 12 min"),
        (90000, "25 t", "25 tim", "25 h"),
    ],
)
def test_durations(seconds: int, fi: str, sv: str, en: str) -> None:
    """Seconds are said below ten minutes, hours without them, and no line breaks within a duration."""
    shown = {language: Words(language).duration(seconds) for language in LANGUAGES}
    assert {language: text.replace("\N{NO-BREAK SPACE}", " ") for language, text in shown.items()} == {
        "fi": fi,
        "sv": sv,
        "en": en,
    }
    assert not any(" " in text for text in shown.values())


def test_reading_times() -> None:
    """Whole minutes, at least one: nobody reads to the second."""
    said = {seconds: [Words(language).reading_time(seconds) for language in LANGUAGES] for seconds in (10, 252)}
    assert {
        seconds: [text.replace("\N{NO-BREAK SPACE}", " ") for text in texts] for seconds, texts in said.items()
    } == {
        10: ["lukuaika 1 min", "lästid 1 min", "reading time 1 min"],
        252: ["lukuaika 4 min", "lästid 4 min", "reading time 4 min"],
    }


def test_days() -> None:
    """A day reads as a native writes it, and does not break between day and month."""
    day = date(2026, 11, 16)
    assert [Words(language).day(day) for language in LANGUAGES] == [
        "16.\N{NO-BREAK SPACE}marraskuuta 2026",
        "16\N{NO-BREAK SPACE}november 2026",
        "16\N{NO-BREAK SPACE}November 2026",
    ]
    assert [Words(language).short_day(day).replace("\N{NO-BREAK SPACE}", " ") for language in LANGUAGES] == [
        "16.11.2026",
        "16 nov. 2026",
        "16 Nov 2026",
    ]


def test_languages_are_said_in_words() -> None:
    """As a native says it; in Finnish, where a name must be bent, a rare language is named beside the word."""
    assert [Words(language).in_language("sv") for language in LANGUAGES] == [
        "ruotsiksi",
        "på\N{NO-BREAK SPACE}svenska",
        "in\N{NO-BREAK SPACE}Swedish",
    ]
    assert [Words(language).in_language("ja") for language in LANGUAGES] == [
        "kieli:\N{NO-BREAK SPACE}japani",
        "på\N{NO-BREAK SPACE}japanska",
        "in\N{NO-BREAK SPACE}Japanese",
    ]
    assert [Words("fi").in_language(code) for code in ("nl", "ar", "se")] == [
        "hollanniksi",
        "arabiaksi",
        "pohjoissaameksi",
    ]
    assert Words("fi").in_language("") == ""


@pytest.mark.parametrize(
    ("code", "primary"),
    [("fi", "fi"), ("sv-FI", "sv"), ("en_GB", "en"), ("DE", "de"), ("english", ""), ("xx", ""), ("", ""), (None, "")],
)
def test_only_real_languages_reach_a_lang_attribute(code: str | None, primary: str) -> None:
    """A feed may declare anything; a screen reader is told only of languages that exist."""
    assert language_of(code) == primary


def test_a_name_falls_back_to_the_next_language_and_says_so() -> None:
    """A topic named in Finnish alone stands in the Swedish letter in Finnish, marked as such."""
    assert Words("sv").name({"fi": "Some", "sv": "Sociala medier"}) == ("Sociala medier", "")
    assert Words("sv").name({"fi": "Some", "en": "Social media"}) == ("Some", "fi")
    assert Words("sv").name({"sv": "", "en": "Social media"}) == ("Social media", "en")
    assert Words("sv").name({}) == ("", "")
