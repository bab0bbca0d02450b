"""Where the readers' pages are, in the words of each language."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

PATHS = {
    "subscribe": {"fi": "tilaa", "sv": "prenumerera", "en": "subscribe"},
    "asked": {"fi": "tilaa/kiitos", "sv": "prenumerera/tack", "en": "subscribe/thanks"},
    "confirm": {"fi": "vahvista/{token}", "sv": "bekrafta/{token}", "en": "confirm/{token}"},
    "welcome": {"fi": "tervetuloa", "sv": "valkommen", "en": "welcome"},
    "preferences": {"fi": "valinnat", "sv": "val", "en": "preferences"},
    "sent": {"fi": "valinnat/kiitos", "sv": "val/tack", "en": "preferences/thanks"},
    "edit": {"fi": "valinnat/{token}", "sv": "val/{token}", "en": "preferences/{token}"},
    "leave": {"fi": "lopeta/{token}", "sv": "avsluta/{token}", "en": "leave/{token}"},
    "instead": {"fi": "lopeta/{token}/valinnat", "sv": "avsluta/{token}/val", "en": "leave/{token}/preferences"},
}
"""The rest of each page's path, behind its language."""

LEAVE = "/leave/{token}"
"""The way out that stands in letters; it says no language, because it lasts longer than a reader's choice."""


def path(page: str, language: str, *, token: str = "") -> str:
    """Return where a page is, below where the app is mounted."""
    return f"/{language}/" + PATHS[page][language].replace("{token}", token)


def paths(page: str, languages: Sequence[str], *, token: str = "") -> dict[str, str]:
    """Return where a page is in each language."""
    return {language: path(page, language, token=token) for language in languages}
