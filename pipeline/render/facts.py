"""What every letter of a workspace says of itself: its name, its looks, its addresses, its statement."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from pipeline.colours import DARK, LIGHT, Palette
from pipeline.model import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from pipeline.pictures import Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Logo:
    """A picture that travels with the letter, and what it says by language."""

    picture: Picture
    alt: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What an accessibility statement needs (act 306/2019, 9 §); texts by language.

    ``conforms`` is fully, partially or not. ``shortcomings`` are sentences on what is not accessible and why.
    """

    organisation: Mapping[str, str]
    conforms: str
    assessed: date
    by_expert: bool = False
    shortcomings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFacts:
    """What every letter of a workspace says of itself: the context of every template, as ``site``."""

    title: Mapping[str, str]
    """The digest's name by language."""
    url: str | None = None
    """Where output/ is published (it ends in "/"), None while it is nowhere."""
    service: str | None = None
    """Where readers subscribe and choose (it ends in "/"), None where nothing answers."""
    languages: tuple[str, ...] = LANGUAGES
    """The languages of the editions, the main one first."""
    leave: str | None = None
    """The https or mailto address that ends the letter."""
    accessibility: str | None = None
    """The address of an accessibility statement that is elsewhere."""
    operator: str | None = None
    """Who sends the letter."""
    contact: str | None = None
    """A mail address or a web address for questions."""
    time_zone: str = "Europe/Helsinki"
    """The zone of the days that are shown."""
    logo: Logo | None = None
    """The sender's mark."""
    footer: Mapping[str, str] = field(default_factory=dict)
    """The sender's own sentence at the foot, by language."""
    light: Palette = LIGHT
    """The colours; see pipeline/colours.py."""
    dark: Palette = DARK
    """The colours for readers whose programs are dark."""
    statement: Statement | None = None
    """What our own accessibility statement says."""

    @property
    def contact_url(self) -> str:
        """Where a link to the contact leads; '' without one."""
        contact = self.contact or ""
        return f"mailto:{contact}" if "@" in contact and "://" not in contact else contact

    @property
    def leave_by_mail(self) -> str:
        """The address alone of a "mailto:" that ends the letter, '' where the way out is a web page."""
        parts = urlsplit(self.leave or "")
        return unquote(parts.path) if parts.scheme == "mailto" else ""
