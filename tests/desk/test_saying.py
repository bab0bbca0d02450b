"""What happened to a draft is said in every language."""

from __future__ import annotations

import pytest

from pipeline.digest.drafting import CHANGES, change
from pipeline.model import LANGUAGES
from pipeline.render.words import Words
from pipeline.store.drafts import Hand
from pipeline.web.desk import saying
from tests.desk.office import SLOT

WORDS = {language: Words(language, "desk") for language in LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_change_has_its_sentence(language: str) -> None:
    """With what it is about; a hold without a reason too."""
    words = Words(language, "desk")
    for code, names in CHANGES.items():
        said = saying.change(words, change(code, **{name: 7 if name == "items" else f"<{name}>" for name in names}))
        assert all(name == "language" or f"<{name}>" in said or "7" in said for name in names), said
    assert saying.change(words, change("held", reason=""))


def test_whose_note_was_changed_is_said_in_words() -> None:
    """The language of the note in the editor's language; the operator has no name but what they are."""
    done, hand = change("noted", language="sv"), Hand(who="operator", way="desk")
    said = {one: (saying.change(words, done), saying.who(words, hand)) for one, words in WORDS.items()}
    assert said == {
        "fi": ("Saatesanat muuttuivat (ruotsiksi).", "ylläpitäjä"),
        "sv": ("Redaktörens ord ändrades (på\N{NO-BREAK SPACE}svenska).", "administratören"),
        "en": ("The note was changed (in\N{NO-BREAK SPACE}Swedish).", "the operator"),
    }
    for other in (Hand(who="operator", way="command"), Hand(who="maija@example.fi", way="desk")):
        assert saying.who(WORDS["fi"], other) == other.who


def test_a_moment_is_said_in_its_zone() -> None:
    """With the day and the time of day as the language has them."""
    said = {
        one: saying.moment(Words(one, "desk"), SLOT, "Europe/Helsinki").replace("\N{NO-BREAK SPACE}", " ")
        for one in LANGUAGES
    }
    assert said == {
        "fi": "16. marraskuuta 2026 klo 8.00",
        "sv": "16 november 2026 kl. 08:00",
        "en": "16 November 2026 at 08:00",
    }
