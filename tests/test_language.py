"""Which language an item is in."""
# ruff: noqa: SIM300 - the expected value stands on the left

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.language import detect
from pipeline.model import LANGUAGES

MANY = settings(max_examples=400 if os.environ.get("DIGIKOOSTE_FULL") else 100, deadline=None)

TITLES = {
    "fi": [
        "Miten kaikki voivat hyödyntää valtion viestintäsuositusta",
        "Toimintaympäristön muutokset",
        "Organisaatio viestinnän näkökulmasta",
        "Miksi Kela on sosiaalisessa mediassa?",
        "Seitsemän askelta sosiaaliseen mediaan",
        "Tarinallistaminen on vain muotitermi",
        "Julkishallinto ei voi tarinallistaa",
        "En osaa aloittaa tarinallistamista",
        "Mitä minä hyödyn sosiaalisesta mediasta?",
        "Twitterin hyödyntäminen",
        "LinkedIn ammattilaisten verkostoitumisvälineenä",
        "Henkilöprofiilin optimointi LinkedInissä",
        "Voiko Facebookia, YouTubea tai Pinterestiä hyödyntää työssä?",
        "Asiantuntijana somessa",
        "Saavutettavuus 2026: mitä muuttuu?",
        "Tekoäly julkishallinnossa",
        "HYVÄ VIRKAKIELI KUULUU KAIKILLE",
    ],
    "sv": [
        "Kommunikation i sociala medier",
        "Så skriver du klarspråk",
        "Tillgänglighet på webben",
        "Digitala tjänster för alla",
        "Nya riktlinjer för statens kommunikation",
        "Hur använder myndigheter artificiell intelligens?",
        "Vad är berättande?",
        "Utbildning i digital kommunikation",
        "Höstens kurser för experter",
        "Varför behövs sociala medier i arbetet",
    ],
    "en": [
        "Storytelling for experts",
        "How to write for the web",
        "Accessibility in public services",
        "Social media at work",
        "Using AI in government communication",
        "New guidelines for government communications",
        "Why plain language matters",
        "Seven steps to social media",
        "What is new in digital accessibility",
        "Training for public sector communicators",
    ],
}


@pytest.mark.parametrize(("language", "title"), [(code, title) for code, titles in TITLES.items() for title in titles])
def test_a_title_of_two_words_is_enough(language: str, title: str) -> None:
    """Finnish, Swedish and English titles are told apart, also without a summary."""
    assert language == detect(title)


def test_the_summary_speaks_where_the_title_cannot() -> None:
    """A name for a title takes its language from the sentence after it."""
    assert detect("Somepreesens") is None
    assert "fi" == detect("Somepreesens", "Tällä videolla puhutaan siitä, miten asiantuntija näkyy.")
    assert "sv" == detect("Somepreesens", "I den här videon talar vi om hur experter syns.")


@pytest.mark.parametrize(
    "title",
    ["", "Johdanto", "Hei", "2026", "???", "12:30 - 13:00", "OK 2", "a b c", "🙂 🙂", "Tarinallistamiskoulutus"],
)
def test_one_word_is_no_language(title: str) -> None:
    """Numbers, signs and single words say nothing certain."""
    assert detect(title) is None


@pytest.mark.parametrize(
    "title",
    [
        "Künstliche Intelligenz in der öffentlichen Verwaltung",
        "La communication publique en France",
        "Digitaalne suhtlus Eesti avalikus sektoris",
        "Kommunikasjon i offentlig sektor i Norge, hva er nytt",
        "Новости недели сегодня",
        "日本語のニュース 今日",
    ],
)
def test_another_language_is_none_of_ours(title: str) -> None:
    """German is not Swedish, Estonian not Finnish, French not English."""
    assert detect(title) is None


@MANY
@given(st.text(), st.text())
def test_any_text_has_an_answer(title: str, summary: str) -> None:
    """Whatever the characters, the answer is one of the languages or None, always the same."""
    answer = detect(title, summary)
    assert answer in {*LANGUAGES, None}
    assert answer == detect(title, summary)


def test_a_long_text_costs_no_more_than_a_short_one() -> None:
    """Only the beginning is looked at."""
    detect("warm up")
    start = time.process_time()
    detect("Hyvä virkakieli " * 500_000, "kuuluu kaikille " * 500_000)
    assert time.process_time() - start < 0.2


def test_the_model_is_read_only_where_it_is_needed() -> None:
    """Importing the room, or asking it about one word, does not import numpy."""
    code = "import sys; from pipeline import language; language.detect('Hei'); sys.exit('numpy' in sys.modules)"
    assert 0 == subprocess.run([sys.executable, "-c", code], check=False).returncode
