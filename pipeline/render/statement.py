"""The accessibility statement of the kind that act 306/2019 asks for, filled from the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.render.facts import SiteFacts
    from pipeline.render.words import Words

FILES = {"fi": "saavutettavuus.html", "sv": "tillganglighet.html", "en": "accessibility.html"}
"""What the page is called in each language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementPage:
    """The context of statement.html, as ``statement``."""

    organisation: str
    """Who answers for the letter."""
    organisation_language: str
    """The name's language where it has none in the page's."""
    conforms: str
    """fully, partially or not."""
    day: str
    """The day of the assessment."""
    by_expert: bool
    """Whether an outside expert made it."""
    shortcomings: tuple[str, ...]
    """What is not accessible, and why."""
    shortcomings_language: str
    """Their language where they are not said in the page's."""


def write(site: SiteFacts, words: Words) -> StatementPage:
    """Return what the statement says in one language; the site has one."""
    assert site.statement is not None
    organisation, language = words.name(site.statement.organisation)
    said = site.statement.shortcomings
    spoken = words.language if words.language in said else next(iter(said), words.language)
    return StatementPage(
        organisation=organisation,
        organisation_language=language,
        conforms=site.statement.conforms,
        day=words.day(site.statement.assessed),
        by_expert=site.statement.by_expert,
        shortcomings=said.get(spoken, ()),
        shortcomings_language="" if spoken == words.language else spoken,
    )


def address(site: SiteFacts, language: str, folder: str) -> str:
    """Return where the statement is: elsewhere as configured, else ours in ``folder``, '' without one."""
    if site.accessibility:
        return site.accessibility
    return f"{folder}{FILES[language]}" if site.statement else ""
