"""Which topics an item belongs to, and why: the rules that hold with Voikko and without."""
# ruff: noqa: SIM300 - the expected value stands on the left

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.model import Topic
from pipeline.topics import Hit, Matcher
from tests.counts import FULL

MANY = settings(max_examples=400 if FULL else 100, deadline=None)


def topic(name: str, **words: tuple[str, ...]) -> Topic:
    return Topic(id=name, name={"fi": name}, words=words)


def is_met(word: str, text: str, language: str | None = "fi", *, of: str = "fi") -> bool:
    matcher = Matcher([topic("t", **{of: (word,)})])
    return matcher.topics_of(text, "", language) == (Hit(topic="t", word=word),)


FINNISH = {
    "viestintäsuositus": "viestintäsuositus viestintäsuosituksen viestintäsuositusta viestintäsuosituksessa "
    "viestintäsuositukset viestintäsuosituksia viestintäsuositusten viestintäsuosituksiin viestintäsuosituskin",
    "tarinallistaminen": "tarinallistaminen tarinallistamisen tarinallistamista tarinallistamisesta tarinallistamiseen "
    "tarinallistamisella tarinallistamiskoulutus tarinallistamisemme",
    "viestintä": "viestintä viestinnän viestintää viestinnässä viestinnästä viestintään viestinnälle viestintäsuositus "
    "viestintänne viestinnänkin",
    "some": "some somen somea somessa somesta someen somella somekin somekanavat someviestintä somepreesens",
    "media": "media median mediaa mediassa mediaan medioita medioissa mediat mediataidot",
    "blogi": "blogi blogin blogia blogissa blogiin blogeja blogeissa blogien blogit blogikirjoitus",
    "video": "video videon videota videossa videoon videoita videoissa videoiden videot videokoulutus",
    "podcast": "podcast podcastin podcastia podcastissa podcastit podcasteja podcasteista podcastsarja",
    "LinkedIn": "LinkedIn LinkedInissä LinkedInin LinkedIniin LinkedIniä LINKEDIN LinkedIn-profiili LinkedIn:ssä",
    "eOppiva": "eOppiva eOppivan eOppivassa eOppivaan eOppivasta",
    "saavutettavuus": "saavutettavuus saavutettavuuden saavutettavuutta saavutettavuudesta saavutettavuuteen "
    "saavutettavuusseloste saavutettavuuksia",
    "verkko": "verkko verkon verkossa verkkoon verkkoa verkot verkkoja verkoissa verkkosivusto",
    "tiedote": "tiedote tiedotteen tiedotteessa tiedotetta tiedotteita tiedotteet tiedotepohja",
    "asiakas": "asiakas asiakkaan asiakkaalle asiakasta asiakkaita asiakkaiden asiakkaat asiakaspalvelu",
    "tekoäly": "tekoäly tekoälyn tekoälyä tekoälyssä tekoälyllä tekoälyyn tekoälyavusteinen",
    "sisältö": "sisältö sisällön sisältöä sisällössä sisältöjä sisällöissä sisällöt sisältösuunnittelu",
    "hankinta": "hankinta hankinnan hankintaa hankinnassa hankintoja hankinnoissa hankintojen hankintalaki",
    "selkokieli": "selkokieli selkokielen selkokieltä selkokielellä",
    "strategia": "strategia strategian strategiaa strategiassa strategioita strategioissa strategiat strategiatyö",
    "koulutus": "koulutus koulutuksen koulutusta koulutuksessa koulutukset koulutuksia koulutusmateriaali",
    "AI": "AI AI:n ai-avustaja",
    "sosiaalinen media": "sosiaalinen-media SOSIAALINEN-MEDIA",
}


@pytest.mark.parametrize(("word", "form"), [(word, form) for word, forms in FINNISH.items() for form in forms.split()])
def test_finnish_words_are_met_in_their_forms(word: str, form: str) -> None:
    """Cases, plurals, consonant gradation, suffixes, and compounds that a word begins."""
    assert is_met(word, f"Mitä {form}, miksi?")


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("sosiaalinen media", "Miksi Kela on sosiaalisessa mediassa?"),
        ("sosiaalinen media", "Seitsemän askelta sosiaaliseen mediaan"),
        ("sosiaalinen media", "Mitä minä hyödyn sosiaalisesta mediasta?"),
        ("sosiaalinen media", "Sosiaalisen median ohje"),
        ("sosiaalinen media", "sosiaalisissa medioissa"),
        ("valtion viestintäsuositus", "Miten kaikki voivat hyödyntää valtion viestintäsuositusta"),
        ("hyvä kieli", "Hyvän kielen päivä"),
    ],
)
def test_phrases_are_met_word_by_word(word: str, text: str) -> None:
    """Every word of a phrase in its own form, one after another."""
    assert is_met(word, text)


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("media", "mediaanin mediaanista medisiina mediumi"),
        ("some", "Somero someron sommelier sopia"),
        ("Kela", "kelaaminen Kelaus"),
        ("AI", "aina aika aikuiset main"),
        ("viestintä", "viesti viestin viestejä viestiä"),
        ("blogi", "bloggaaja"),
        ("tiedote", "tieto tiedon tiedottaja"),
        ("verkko", "verho verkosto"),
        ("koulutus", "koulu koulun kouluttaja"),
        ("sosiaalinen media", "sosiaalinen työ ja media"),
        ("sosiaalinen media", "media on sosiaalinen"),
        ("sosiaalinen media", "sosiaalinen"),
        ("suositus", "suosittu"),
        ("saavutettavuus", "saavuttaa saavutus"),
    ],
)
def test_other_finnish_words_are_not(word: str, text: str) -> None:
    """What is neither an ending nor the rest of a compound makes another word."""
    for other in [text] if " " in word else text.split():
        assert not is_met(word, other), other


@pytest.mark.parametrize(
    ("expected", "word", "text"),
    [
        (True, "berättande", "berättandet berättandets berättande"),
        (True, "utbildning", "utbildningen utbildningar utbildningarna utbildnings utbildningsmaterial"),
        (True, "skola", "skolan skolor skolorna skolans skolmaterial"),
        (True, "program", "programmet programmen programmets"),
        (True, "medel", "medlen medlet"),
        (True, "tillgänglig", "tillgängliga tillgängligt"),
        (False, "video", "vide videlicet"),
        (False, "ord", "orkidé orm"),
    ],
)
def test_swedish_words_are_met_in_their_forms(expected: bool, word: str, text: str) -> None:  # noqa: FBT001 - a column
    """Definite forms, plurals, genitives, and compounds."""
    for form in text.split():
        assert expected is is_met(word, form, "sv", of="sv"), form


@pytest.mark.parametrize(
    ("expected", "word", "text"),
    [
        (True, "storytelling", "storytelling Storytelling's"),
        (True, "agency", "agency agencies agency's"),
        (True, "podcast", "podcasts podcast"),
        (True, "search", "searches search"),
        (True, "AI", "AI AI-powered"),
        (False, "art", "article artist party"),
        (False, "plan", "planet plane"),
    ],
)
def test_english_words_are_met_in_their_forms(expected: bool, word: str, text: str) -> None:  # noqa: FBT001 - a column
    """Singular and plural; English writes its compounds apart."""
    for form in text.split():
        assert expected is is_met(word, form, "en", of="en"), form


def test_only_the_words_of_the_items_own_language_count() -> None:
    """English "some" is not Finnish "some"."""
    assert is_met("some", "Näin some toimii", "fi")
    assert is_met("some", "Näin some toimii", "fi-FI")
    assert not is_met("some", "For some of us", "en")
    assert not is_met("some", "Für some", "de")


def test_while_the_language_is_unknown_all_words_count_short_ones_as_they_are() -> None:
    """A short word without its language is too easily another one's beginning."""
    assert is_met("viestintäsuositus", "Viestintäsuosituksen tulo", None)
    assert is_met("some", "some", None)
    assert not is_met("some", "somesta someviestintä", None)


def test_topics_come_in_the_order_of_the_file_each_with_its_first_word() -> None:
    """Not the text's order decides, but the operator's."""
    matcher = Matcher(
        [
            topic("tarinat", fi=("tarinallistaminen", "tarinankerronta"), en=("storytelling",)),
            topic("some", fi=("sosiaalinen media", "some")),
            topic("tyhja", fi=()),
        ]
    )
    hits = matcher.topics_of("Some ja sosiaalinen media", "Tarinankerronnasta ja tarinallistamisesta.", "fi")
    assert (Hit(topic="tarinat", word="tarinallistaminen"), Hit(topic="some", word="sosiaalinen media")) == hits
    assert () == matcher.topics_of("", "", "fi")
    assert () == Matcher([]).topics_of("Some", "", "fi")


def test_a_phrase_does_not_run_from_the_title_into_the_summary() -> None:
    """Title and summary are two texts."""
    matcher = Matcher([topic("t", fi=("sosiaalinen media",))])
    assert () == matcher.topics_of("Sosiaalinen", "Media kertoo", "fi")
    assert matcher.topics_of("", "Sosiaalinen media", "fi")


@MANY
@given(st.text(min_size=1, max_size=20), st.sampled_from(["fi", "sv", "en", "de"]))
def test_every_word_is_met_as_it_is_written(word: str, language: str) -> None:
    """Whatever stands in the file, odd letters and signs too, its very text is a hit, whoever's language it is."""
    matcher = Matcher([Topic(id="t", name={}, words={language: (word,)})])
    has_letters = any(map(str.isalnum, word))
    assert has_letters is bool(matcher.topics_of(word, "", language))
    assert has_letters is bool(matcher.topics_of("", f"- {word}!", None))


def test_an_item_costs_less_than_a_tenth_of_a_millisecond() -> None:
    """200 words in three languages, a title and a summary of 280 characters."""
    words = [f"{stem}{number}" for stem in FINNISH for number in range(10)] + list(FINNISH)
    matcher = Matcher([topic(f"t{number}", fi=(word,), sv=(word,), en=(word,)) for number, word in enumerate(words)])
    title = "Miten kaikki voivat hyödyntää valtion viestintäsuositusta"
    summary = "Tallenne käsittelee viestinnän muutosta ja sitä, miten virasto näkyy verkossa. " * 3
    matcher.topics_of(title, summary, "fi")
    start = time.process_time()
    for _ in range(200):
        matcher.topics_of(title, summary, "fi")
    assert (time.process_time() - start) / 200 < 0.001  # a tenth of it on a quiet machine


@pytest.mark.parametrize("text", ["viestintä" * 100_000, "a " * 500_000, "some" + "n" * 1_000_000, "\u0301" * 100_000])
def test_hostile_text_costs_no_time(text: str) -> None:
    """Neither long texts nor long words hold the choice up."""
    matcher = Matcher([topic("t", fi=("viestintä", "some", "a a a a b"))])
    start = time.process_time()
    matcher.topics_of(text, text, "fi")
    matcher.topics_of(text, text, None)
    assert time.process_time() - start < 0.5
