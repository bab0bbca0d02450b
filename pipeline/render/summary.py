"""A digest in a line: its period's name, its counts, its strongest titles, the subject and the preheader."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from datetime import date
from itertools import zip_longest
from typing import TYPE_CHECKING

from pipeline.model import ItemKind, SectionKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.model import Pick, Section
    from pipeline.render.words import Words

SUBJECT = 110
"""Characters of a subject; phones show some 40 of them, desktops some 90."""

HEADLINE = 46
"""Characters of one title in a subject."""

PREHEADER = 160

_INVISIBLE = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_BREAK = re.compile(r"(?<=[?!])(?= )|(?=[:.;] )|(?= [\N{EN DASH}\N{EM DASH}-] )")
_NEWS = frozenset({SectionKind.TOPIC, SectionKind.OTHER})


def visible(title: str) -> bool:
    """Whether there is anything to see in a title: letters, digits or signs, not only blanks and controls."""
    return any(character not in _INVISIBLE and unicodedata.category(character)[0] not in "CZM" for character in title)


def period_name(key: str, words: Words) -> str:
    """Return what a reader calls the period: "Viikko 47", "16. marraskuuta 2026" or "Marraskuu 2026"."""
    if "-W" in key:
        return words.gettext("Week %(week)s", week=int(key.partition("-W")[2]))
    if key.count("-") == 1:
        month = words.month(date.fromisoformat(f"{key}-01"))
        return month[:1].upper() + month[1:]
    return words.day(date.fromisoformat(key))


def counts(sections: Sequence[Section], words: Words) -> str:
    """Return "14 uutta: 9 artikkelia, 5 videota, yhteensä 1 t 12 min", '' when nothing is new."""
    news = _picks(sections, _NEWS)
    kinds = Counter(pick.item.kind for pick in news)
    if not kinds:
        return ""
    if len(kinds) == 1:
        what = _new_of_kind(next(iter(kinds)), len(news), words)
    else:
        each = ", ".join(_of_kind(kind, kinds[kind], words) for kind in ItemKind if kinds[kind])
        what = words.ngettext("%(num)s new: %(kinds)s", "%(num)s new: %(kinds)s", len(news), kinds=each)
    timed = [pick for pick in news if pick.item.kind is not ItemKind.ARTICLE]
    known = [pick.item.duration for pick in timed if pick.item.duration]
    if not known:
        return what
    time = words.duration(sum(known))
    if len(known) < len(timed):
        return words.gettext("%(what)s, at least %(time)s in total", what=what, time=time)
    if len(known) == 1:
        return f"{what} ({time})"
    return words.gettext("%(what)s, %(time)s in total", what=what, time=time)


def besides(sections: Sequence[Section], words: Words) -> str:
    """Return the line on lessons and archive, which are counted apart from the news; '' without any."""
    lessons = _picks(sections, {SectionKind.LESSONS})
    archive = _picks(sections, {SectionKind.ARCHIVE})
    things = []
    if lessons:
        each = words.ngettext("%(num)s lesson", "%(num)s lessons", len(lessons))
        durations = [pick.item.duration for pick in lessons]
        known = [duration for duration in durations if duration]
        things.append(f"{each} ({words.duration(sum(known))})" if len(known) == len(durations) else each)
    if archive:
        things.append(words.ngettext("%(num)s pick from the archive", "%(num)s picks from the archive", len(archive)))
    if not things:
        return ""
    if _picks(sections, _NEWS):
        return words.gettext("Also %(things)s", things=words.list(things))
    return words.gettext("Nothing new this time; instead you get %(things)s.", things=words.list(things))


def headlines(sections: Iterable[Section]) -> list[str]:
    """Return the titles that may stand in a subject, strongest first, each cut at a word.

    The first item of every topic, then of "other", lessons and archive, then the second ones, and so on,
    so that a subject shows how wide the letter is. What is internal stays out of a subject: it is shown on locked
    screens and in the public archive.
    """
    sections = list(sections)
    titles: dict[str, None] = {}
    for kinds in (_NEWS, {SectionKind.LESSONS}, {SectionKind.ARCHIVE}):
        ranks = zip_longest(*(section.picks for section in sections if section.kind in kinds))
        picks = (pick for rank in ranks for pick in rank if pick is not None and not pick.internal)
        titles |= {shorten(pick.item.title, HEADLINE): None for pick in picks if visible(pick.item.title)}
    return list(titles)


def subject(period: str, titles: Sequence[str]) -> str:
    """Return "Viikko 47: first · second · third" with as many of three titles as fit; at least one."""
    line = f"{period}: {titles[0]}" if titles else period
    for title in titles[1:3]:
        if len(line) + len(title) + 3 > SUBJECT:
            break
        line = f"{line} · {title}"
    return line.replace("\N{NO-BREAK SPACE}", " ")


def preheader(sentences: Iterable[str], titles: Iterable[str], subject: str) -> str:
    """Return what an inbox shows after the subject: the counts, then titles that the subject had no room for."""
    lead = " ".join(f"{sentence.rstrip('.')}." for sentence in sentences if sentence)
    line = ""
    for title in titles:
        longer = f"{line} · {title}" if line else title
        if title not in subject and len(lead) + 1 + len(longer) <= PREHEADER:
            line = longer
    return f"{lead} {line}".strip()


def shorten(text: str, limit: int) -> str:
    """Return ``text`` in at most ``limit`` characters: cut at a colon, dash or full stop, else at a word with "…"."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    breaks = [found for found in _BREAK.finditer(text) if limit // 2 <= found.start() <= limit]
    if breaks:
        return text[: breaks[-1].start()]
    return text[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,.;:-\N{EN DASH}") + "…"


def _picks(sections: Iterable[Section], kinds: Iterable[SectionKind]) -> list[Pick]:
    return [pick for section in sections if section.kind in kinds for pick in section.picks]


def _of_kind(kind: ItemKind, num: int, words: Words) -> str:
    match kind:
        case ItemKind.ARTICLE:
            return words.ngettext("%(num)s article", "%(num)s articles", num)
        case ItemKind.VIDEO:
            return words.ngettext("%(num)s video", "%(num)s videos", num)
        case ItemKind.AUDIO:
            return words.ngettext("%(num)s podcast episode", "%(num)s podcast episodes", num)


def _new_of_kind(kind: ItemKind, num: int, words: Words) -> str:
    match kind:
        case ItemKind.ARTICLE:
            return words.ngettext("%(num)s new article", "%(num)s new articles", num)
        case ItemKind.VIDEO:
            return words.ngettext("%(num)s new video", "%(num)s new videos", num)
        case ItemKind.AUDIO:
            return words.ngettext("%(num)s new podcast episode", "%(num)s new podcast episodes", num)
