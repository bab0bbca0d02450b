"""When to come again: what our own interval, a server, a feed and its failures ask of a guest.

RFC 9110 and 9111, RSS 2.0 and the syndication module; every wait is capped, nonsense is ignored, and no
clock that was set, forward or back, makes us come in a storm or stay away for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from pipeline.errors import FetchCode, FetchError, ParseError
from pipeline.model import Asks, Reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.errors import DigikoosteError

INTERVAL = timedelta(hours=6)
LONGEST = timedelta(days=7)
JITTER = 0.1
"""Up to so much of a wait is added to it, so that a thousand readers do not come at the same second."""
LONGEST_BACK_OFF = timedelta(days=3)
DAILY = timedelta(days=1)
MOVED_TIMES = 3
MOVED_APART = timedelta(hours=24)
TOLERANCE = timedelta(minutes=10)
"""A last visit further in the future than this tells that the clock was set back meanwhile."""
_REFUSED = timedelta(hours=4)
_BROKEN = timedelta(hours=1)
_REFUSALS: Final[Mapping[FetchCode | None, tuple[timedelta, timedelta]]] = MappingProxyType(
    {
        FetchCode.REFUSED: (_REFUSED, LONGEST_BACK_OFF),
        FetchCode.RATE_LIMITED: (_REFUSED, LONGEST_BACK_OFF),
        FetchCode.NOT_FOUND: (_BROKEN, DAILY),
        FetchCode.ROBOTS: (_BROKEN, DAILY),
    }
)
"""The first wait, which doubles, and the longest; for everything else an hour, up to three days."""
_BINDING = frozenset({FetchCode.REFUSED, FetchCode.RATE_LIMITED, FetchCode.SERVER})
"""After these the server is left alone whoever asks."""
_FURTHEST = 2 * LONGEST + 2 * DAILY
"""The longest wait with its jitter, behind seven days that a feed excludes."""
_HOURS, _DAYS = 24, 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """When to come again after a failure.

    ``due``: by the schedule; None for never, until the source's address changes. ``not_before``: the
    server itself asked for it, or refused, so that a person's own run keeps it too.
    """

    due: datetime | None
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A permanent redirect seen ``times`` times, a day apart at least; remembered after three."""

    to: str
    times: int
    first: datetime
    last: datetime

    @property
    def is_remembered(self) -> bool:
        """Whether the new address is asked from now on."""
        return self.times >= MOVED_TIMES


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """When and where a source is to be read next.

    ``due`` None: at once, unless it is ``gone`` (the address that answered 410). ``not_before`` binds a
    person's own run too. ``asks`` is what the feed said of itself when it was last parsed, ``move`` the
    permanent redirect that its address has shown.
    """

    due: datetime | None = None
    not_before: datetime | None = None
    asks: Asks | None = None
    gone: str | None = None
    move: Move | None = None

    def address(self, url: str) -> str:
        """The address to read, for a source whose own is ``url``."""
        return self.move.to if self.move is not None and self.move.is_remembered else url


def prospect(
    before: Prospect,
    result: Reading | DigikoosteError,
    url: str,
    *,
    failures: int,
    now: datetime,
    jitter: float,
    interval: timedelta = INTERVAL,
) -> Prospect:
    """Return what follows from reading the source at ``url`` (its own address) with this ``result``.

    ``interval`` is our own wish: nobody is asked more often by the schedule.
    """
    if isinstance(result, Reading):
        asks = result.asks or before.asks
        first = result.seen[0] if result.seen else None
        move = before.move if first is None else moved(before.move, first.moved_to, now)
        due = next_visit(now, asks, first.fresh_for if first else None, jitter=jitter, interval=interval)
        return Prospect(due=due, asks=asks, move=move)
    is_gone = isinstance(result, FetchError) and result.code is FetchCode.GONE
    move = before.move
    if move is not None and move.is_remembered and _is_lost(result):
        move, is_gone = None, False  # the new address ended: the old one may know more
    again = after_failure(result, failures, now, jitter=jitter, interval=interval)
    due = again.due or now + _BROKEN
    return Prospect(due=due, not_before=again.not_before, asks=before.asks, gone=url if is_gone else None, move=move)


def _is_lost(error: DigikoosteError) -> bool:
    return isinstance(error, FetchError) and error.code in {FetchCode.GONE, FetchCode.NOT_FOUND}


def next_visit(
    now: datetime, asks: Asks | None, fresh_for: float | None, *, jitter: float, interval: timedelta = INTERVAL
) -> datetime:
    """Return when to come again after a good answer.

    ``fresh_for`` is what the answer's headers ask (seconds), ``asks`` what the feed says of itself;
    ``jitter`` is between 0 and 1. Never earlier than asked, and never in the hours and days (GMT) that
    the feed excludes.
    """
    asked = max(asks.interval or 0.0 if asks else 0.0, fresh_for or 0.0)
    wait = max(interval, min(timedelta(seconds=min(asked, LONGEST.total_seconds())), LONGEST))
    moment = now + wait * (1 + JITTER * jitter)
    return _outside(moment, asks) if asks else moment


def after_failure(
    error: DigikoosteError, failures: int, now: datetime, *, jitter: float, interval: timedelta = INTERVAL
) -> Again:
    """Return when to come again after ``error``; ``failures`` is how often the source had failed in a row before."""
    code = error.code if isinstance(error, FetchError) else None
    if code is FetchCode.GONE:
        return Again(due=None)
    if isinstance(error, FetchError) and error.retry_after is not None:
        asked = now + min(timedelta(seconds=error.retry_after), LONGEST)
        return Again(due=max(asked, now + _BROKEN), not_before=asked)
    first, longest = _REFUSALS.get(code, (_BROKEN, LONGEST_BACK_OFF))
    if isinstance(error, ParseError):
        first = longest = interval
    again = now + min(first * 2.0 ** min(failures, 10), longest) * (1 + JITTER * jitter)
    return Again(due=again, not_before=again if code in _BINDING else None)


def is_due(next_due: datetime | None, last_try: datetime | None, now: datetime) -> bool:
    """Whether the schedule asks for a visit; a date that only a clock set back explains is none."""
    if next_due is None or next_due <= now or next_due - now > _FURTHEST:
        return True
    return last_try is not None and last_try - now > TOLERANCE


def is_resting(not_before: datetime | None, now: datetime) -> bool:
    """Whether a server's own wish, or our back-off after its refusal, still holds."""
    return not_before is not None and now < not_before <= now + LONGEST + DAILY


def moved(move: Move | None, to: str | None, now: datetime) -> Move | None:
    """Return what is known of a move after a good answer; ``to`` is where every hop led for good, or None.

    Three identical answers, each a day after the last that counted, are remembered (the first two may
    be a captive portal or a mistake of an evening).
    """
    if move is not None and move.is_remembered:
        return move
    if to is None:
        return None
    if move is None or move.to != to:
        return Move(to=to, times=1, first=now, last=now)
    if now < move.last or now - move.last >= MOVED_APART:  # a clock that was set back counts anew from here
        return Move(to=to, times=move.times + (now > move.last), first=move.first, last=now)
    return move


def _outside(moment: datetime, asks: Asks) -> datetime:
    """Return the first moment from ``moment`` on that the feed does not exclude; all of them excluded is nonsense."""
    hours = frozenset() if len(asks.skip_hours) >= _HOURS else asks.skip_hours
    days = frozenset() if len(asks.skip_days) >= _DAYS else asks.skip_days
    moment = moment.astimezone(UTC)
    for _ in range(_HOURS * (_DAYS + 1)):
        if moment.hour not in hours and moment.weekday() not in days:
            break
        moment = (moment + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
    return moment
