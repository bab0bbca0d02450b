"""Which language an item is in."""
# ruff: noqa: SIM300 - the expected value stands on the left

from __future__ import annotations

import math
import subprocess
import sys
import time
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py3langid.langid import MODEL_FILE, LanguageIdentifier, visit_counts

from pipeline.language import _NEIGHBOURS, _model, detect
from pipeline.model import LANGUAGES
from tests.counts import FULL

MANY = settings(max_examples=400 if FULL else 100, deadline=None)

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


_LATIN = st.text(
    st.characters(max_codepoint=0x24F, categories=["L", "N", "P", "Z"])
    | st.sampled_from("\u2019\u201d\u2013\u2026\u2022\u0301\u0308")
)


@cache
def whole_model() -> tuple[LanguageIdentifier, list[int], list[int]]:
    """py3langid's own, with nothing cut out of it; where its rows begin, and the columns of the kept languages."""
    model = LanguageIdentifier.from_model_file(MODEL_FILE)
    columns = [model.nb_classes.index(language) for language in (*LANGUAGES, *_NEIGHBOURS)]
    return model, [row << 8 for row in model.tk_row], columns


def shares_of_the_whole(text: str) -> list[float]:
    model, rows, columns = whole_model()
    known = (text.lower() if text.isupper() else text).encode()
    visits = visit_counts(model.tk_nextmove, rows, model.tk_output, known)
    if not visits:
        return [1 / len(columns)] * len(columns)
    counts = np.log1p(np.fromiter(visits.values(), dtype="float32"))
    scores = counts @ model.nb_ptc[list(visits)][:, columns].astype("float32") + model.nb_pc[columns]
    likely = np.exp((scores - scores.max()) / math.sqrt(len(known)))
    return list(likely / likely.sum())


@MANY
@given(_LATIN | st.sampled_from([title for titles in TITLES.values() for title in titles]))
def test_what_is_cut_out_of_the_model_changes_no_share_of_a_latin_text(text: str) -> None:
    """Letters, signs and accents that stand for themselves weigh as much as in the whole model."""
    assert shares_of_the_whole(text) == pytest.approx(_model().shares(text), abs=1e-4)
