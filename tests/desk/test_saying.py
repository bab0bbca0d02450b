"""What happened to a draft is said in every language."""

from __future__ import annotations

import pytest

from pipeline.digest.drafting import CHANGES, change
from pipeline.model import LANGUAGES
from pipeline.render.words import Words
from pipeline.web.desk import saying
from tests.desk.office import SLOT


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_change_has_its_sentence(language: str) -> None:
    """With what it is about; a hold without a reason too."""
    words = Words(language, "desk")
    for code, names in CHANGES.items():
        said = saying.change(words, change(code, **{name: 7 if name == "items" else f"<{name}>" for name in names}))
        assert all(name == "language" or f"<{name}>" in said or "7" in said for name in names), said
    assert saying.change(words, change("held", reason=""))


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
