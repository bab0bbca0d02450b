"""What a letter says in one language: translations, days, durations, counts and names of languages."""

from __future__ import annotations

import gettext
import io
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from babel import Locale, UnknownLocaleError, dates, lists
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

from pipeline.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

LOCALE = Path(__file__).parent.parent / "locale"
LETTER = "digikooste"
"""The letter's own catalogue; templates in a folder, such as web/, have one of that name beside it."""
_NEXT = {"desk": "web"}
"""Where a word that a catalogue lacks is looked up next, if not in the letter's."""
_LOCALES = {"fi": "fi_FI", "sv": "sv_FI", "en": "en_GB"}
_MINUTE = 60
_HOUR = 60 * _MINUTE
_SECONDS_MATTER = 10 * _MINUTE


class Words:
    """The words of one language; a no-break space joins numbers to their units and days to their months.

    ``room`` names a catalogue of its own, beside the letter's, in which a word is looked up first.
    """

    def __init__(self, language: str, room: str = LETTER) -> None:
        self.language = language
        self._locale = Locale.parse(_LOCALES[language])
        self.catalogue = catalogue(language, room)

    def gettext(self, message: str, /, **params: str | int) -> str:
        """Return the translation of ``message``, its %(name)s filled in."""
        translated = self.catalogue.gettext(message)
        return translated % params if params else translated

    def ngettext(self, one: str, many: str, num: int, /, **params: str | int) -> str:
        """Return the plural form that ``num`` asks for; %(num)s stands for it."""
        return self.catalogue.ngettext(one, many, num) % {"num": num, **params}

    def name(self, names: Mapping[str, str]) -> tuple[str, str]:
        """Return the name in this language and '', or else the first other name and its language."""
        if own := names.get(self.language):
            return own, ""
        return next(((name, language) for language, name in names.items() if name), ("", ""))

    def list(self, things: Sequence[str]) -> str:
        """Return "a, b ja c"."""
        return lists.format_list(list(things), locale=self._locale)

    def day(self, day: date) -> str:
        """Return the day as running text has it: "16. marraskuuta 2026"."""
        return dates.format_date(day, "long", locale=self._locale).replace(" ", "\N{NO-BREAK SPACE}", 1)

    def time(self, moment: datetime) -> str:
        """Return the time of day: "12.00" in Finnish, "12:00" elsewhere."""
        return dates.format_time(moment, "short", tzinfo=moment.tzinfo, locale=self._locale)

    def short_day(self, day: date) -> str:
        """Return the day as a line of facts has it: "16.11.2026", "16 nov. 2026", "16 Nov 2026"."""
        return dates.format_date(day, "medium", locale=self._locale).replace(" ", "\N{NO-BREAK SPACE}")

    def month(self, day: date) -> str:
        """Return the month alone: "marraskuu 2026"."""
        return dates.format_date(day, "LLLL y", locale=self._locale)

    def duration(self, seconds: int) -> str:
        """Return "4 min 12 s" below ten minutes, then whole minutes, then "1 t 12 min"."""
        if seconds < _MINUTE:
            return self.gettext("%(seconds)s s", seconds=seconds)
        if seconds < _SECONDS_MATTER and seconds % _MINUTE:
            return self.gettext("%(minutes)s min %(seconds)s s", minutes=seconds // _MINUTE, seconds=seconds % _MINUTE)
        minutes = round(seconds / _MINUTE)
        if minutes < _HOUR // _MINUTE:
            return self.gettext("%(minutes)s min", minutes=minutes)
        hours, minutes = divmod(minutes, _HOUR // _MINUTE)
        if not minutes:
            return self.gettext("%(hours)s h", hours=hours)
        return self.gettext("%(hours)s h %(minutes)s min", hours=hours, minutes=minutes)

    def reading_time(self, seconds: int) -> str:
        """Return "lukuaika 4 min" of an article, whole minutes, at least one."""
        time = self.gettext("%(minutes)s min", minutes=max(1, round(seconds / _MINUTE)))
        return self.gettext("reading time %(time)s", time=time).replace(" ", "\N{NO-BREAK SPACE}")

    def in_language(self, code: str) -> str:
        """Return in which language something is, in words: "ruotsiksi"; '' for a code that nobody knows."""
        if not code:
            return ""
        known = {
            "fi": self.gettext("in Finnish"),
            "sv": self.gettext("in Swedish"),
            "en": self.gettext("in English"),
            "se": self.gettext("in Northern Sámi"),
            "et": self.gettext("in Estonian"),
            "ru": self.gettext("in Russian"),
            "de": self.gettext("in German"),
            "fr": self.gettext("in French"),
            "uk": self.gettext("in Ukrainian"),
            "no": self.gettext("in Norwegian"),
            "da": self.gettext("in Danish"),
            "es": self.gettext("in Spanish"),
            "it": self.gettext("in Italian"),
            "nl": self.gettext("in Dutch"),
            "ar": self.gettext("in Arabic"),
            "so": self.gettext("in Somali"),
        }
        name = self._locale.languages.get(code)
        said = known.get(code) or (self.gettext("in %(name)s", name=name) if name else "")
        return said.replace(" ", "\N{NO-BREAK SPACE}")


@cache
def language_of(code: str | None) -> str:
    """Return the primary subtag of a BCP 47 code, '' for one that no screen reader would know."""
    primary = (code or "").replace("_", "-").partition("-")[0].lower()
    try:
        return Locale.parse(primary).language
    except (UnknownLocaleError, ValueError):
        return ""


@cache
def catalogue(language: str, room: str = LETTER) -> gettext.GNUTranslations:
    """Return the translations of ``pipeline/locale/LANGUAGE``, compiled in memory: the .po is the only copy.

    What ``room``'s own catalogue does not hold is looked up in the next, at last in the letter's.
    """
    path = LOCALE / language / "LC_MESSAGES" / f"{room}.po"
    try:
        with path.open("rb") as file:
            messages = read_po(file, locale=language, abort_invalid=True)
    except (OSError, PoFileError, ValueError) as error:
        raise RenderError(f"{path}: the translations cannot be read ({error}); restore the file.") from error
    compiled = io.BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    translations = gettext.GNUTranslations(compiled)
    if room != LETTER:
        translations.add_fallback(catalogue(language, _NEXT.get(room, LETTER)))
    return translations
