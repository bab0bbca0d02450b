"""What an operator should hear, once: each code with its sentence, and what is worth one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from pipeline.errors import FetchCode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "flood": (
            "{items} items came together and the letter takes {in_letter}; the others are on the page. "
            "Most came from {source} ({source_items})."
        ),
        "slow-pattern": "the pattern {pattern} takes too long for one item and was set aside; write a simpler one.",
        "course-ends": "{source} has been handed out to its end.",
        "moved": (
            "nothing known was left at {url}: what it holds now is taken as known, not as news. "
            "If the site has moved, look whether the address in sources.yaml is still right."
        ),
        "nothing-reached": "no source could be reached, so no letter was made for {digest}.",
        "refused": "the mail server refused {count} of the deliveries of {digest}.",
        "suppressed": (
            "{count} suppressed, because the mail server refused their address in two digests in a row. "
            "`digikooste recipients list` shows who; `recipients add` takes back who asks again."
        ),
        "returned": (
            "letters of two digests came back for good from {count} of the addresses, which get no more: recipients "
            "{recipients}. `digikooste recipients list` shows who; `recipients add` takes back who asks again."
        ),
        "stopped": "the mail server stopped the delivery: {reason}",
        "failing": "it has not been read since {since}: {error}",
        "gone": (
            "{url} is gone for good (410) and is not asked any more; write its new address in sources.yaml, "
            "or remove it."
        ),
        "redirected": "{url} has moved for good, and is read at its new address; write url: {to} in sources.yaml.",
        "truncated": "it came incomplete, and is read again next time: {warning}",
        "silent": (
            "nothing new has come since {since}, though something usually comes every {gap}. "
            "Open {url} in a browser: has it ended, or does it look different now?"
        ),
        "late": "it was due {due} and was made {late} later.",
        "draft": "a draft waits since {due}, and nothing leaves before `digikooste compose` freezes it.",
        "silence": "nobody approved the draft in time: {done}.",
        "editors": "the editors could not be told of a draft by mail: {reason}",
        "skipped": (
            "{digests} due by {due} was not made, because more than three days had passed when digikooste was back; "
            "what is news goes into the next letter."
        ),
        "broken": "nobody gets a broken letter: {reason}",
        "unpublished": "no letter leaves before the pages are published: {reason}",
        "unsearchable": "the archive is written, but its search finds nothing newer than before: {reason}",
        "file": "{file} has mistakes, so its last good state stays in force: {problems}",
        "clock": (
            "the clock says that {key} is due, but the oldest digest here is {oldest}: set the clock right. "
            "Nothing is made until then."
        ),
        "held": "{letters} may have gone out already, and nobody here knows: {ways}",
        "leap": (
            "the clock went {ahead} ahead in a moment, so no letter is made by it for an hour. Set it right; if it is "
            "right now, do nothing, or start digikooste anew."
        ),
        "disk": "only {free} are free on the disk of {folder}; make room before nothing can be written any more.",
        "job": "{job} failed: {error}",
    }
)
"""By code; the names in braces are the notice's parameters."""

SOURCE_CODES = ("failing", "gone", "redirected")
"""The notices that ``about_source`` judges: of these, what it does not say is over."""

EVENTS = frozenset(
    {
        "flood",
        "slow-pattern",
        "course-ends",
        "moved",
        "refused",
        "suppressed",
        "returned",
        "truncated",
        "silence",
        "late",
        "skipped",
    }
)
"""What happened once, and has no end that anybody could tell."""
FADES_AFTER = timedelta(days=14)
"""An event that has not come again for so long is no longer shown."""
FAILING_AFTER = timedelta(days=3)
NOT_FOUND_AFTER = timedelta(days=7)
UNREADABLE_AFTER = 3
"""So many readings in a row of something that is no feed."""
SILENT_TIMES = 3
LEAST_GAPS = 4
"""A rhythm is known from so many gaps between items."""
TOGETHER = timedelta(hours=1)
SHORTEST_SILENCE = timedelta(days=7)
_LONGEST = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that the operator should know of, as long as it lasts."""

    code: str
    subject: str
    params: Mapping[str, str | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a source has been doing: what ``about_source`` judges.

    ``error_code`` is a FetchCode or the name of another error; ``gone`` and ``moved_to`` are addresses or None.
    """

    id: str
    url: str
    failures: int = 0
    failing_since: datetime | None = None
    error_code: str | None = None
    error: str | None = None
    gone: str | None = None
    moved_to: str | None = None


def sentence(code: str, params: Mapping[str, str | int]) -> str:
    """Return what to tell the operator. KeyError when a code has no sentence or a parameter is missing."""
    return SENTENCES[code].format_map(dict(params))


def about_source(standing: Standing, now: datetime) -> Iterator[Finding]:
    """Yield what is worth a notice about one source at ``now``."""
    if standing.gone is not None:
        yield Finding(code="gone", subject=standing.id, params={"url": standing.gone})
        return
    if standing.moved_to is not None:
        yield Finding(code="redirected", subject=standing.id, params={"url": standing.url, "to": standing.moved_to})
    if _fails_for_long(standing, now):
        assert standing.failing_since is not None
        params = {"since": f"{standing.failing_since:%Y-%m-%d}", "error": (standing.error or "")[:_LONGEST]}
        yield Finding(code="failing", subject=standing.id, params=params)


def about_rhythm(subject: str, url: str, news: Sequence[datetime], now: datetime) -> Finding | None:
    """Return the notice about a source that has been silent for three times its usual gap, and for a week at least.

    ``news`` are the moments at which its last items came, the newest last.
    """
    gap = usual_gap(news)
    if gap is None or now - news[-1] <= max(SILENT_TIMES * gap, SHORTEST_SILENCE):
        return None
    return Finding(
        code="silent", subject=subject, params={"since": f"{news[-1]:%Y-%m-%d}", "gap": length(gap), "url": url}
    )


def usual_gap(news: Sequence[datetime]) -> timedelta | None:
    """Return the median of the gaps between the last items, None where too few are known to tell.

    Items of one hour came together: a course that was published at once has no rhythm.
    """
    apart = [later for earlier, later in pairwise(news) if later - earlier >= TOGETHER]
    recent = [*news[:1], *apart][-20:]
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(recent)]
    return timedelta(seconds=median(gaps)) if len(gaps) >= LEAST_GAPS else None


def is_nearly_full(free: int, total: int) -> bool:
    """Whether a disk with ``free`` of ``total`` bytes is about to fill: under 1 GiB and under a twentieth."""
    return free < min(2**30, total // 20)


def length(duration: timedelta) -> str:
    """Return a duration in the largest unit that suits it: "3 days", "5 h", "10 min"."""
    seconds = duration.total_seconds()
    for unit, name in ((86_400, "days"), (3_600, "h")):
        if seconds >= 2 * unit or (unit == 3_600 and seconds >= unit):  # noqa: PLR2004  # seconds of an hour
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds / 60:.0f} min"


def _fails_for_long(standing: Standing, now: datetime) -> bool:
    if standing.failing_since is None:
        return False
    lasting = now - standing.failing_since
    if standing.error_code in {"ParseError", "IsolateError"}:
        return standing.failures >= UNREADABLE_AFTER
    return lasting >= (NOT_FOUND_AFTER if standing.error_code == FetchCode.NOT_FOUND else FAILING_AFTER)
