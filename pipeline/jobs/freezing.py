"""Freeze: say a digest in every language and for every choice of topics, judge it, and write all of it at once."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pipeline import failpoints
from pipeline.errors import StoreError
from pipeline.jobs.tailoring import Tailor
from pipeline.store.outbox import ChoiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from pipeline.calendar import Schedule
    from pipeline.jobs.composing import Choice
    from pipeline.model import Digest, Edition
    from pipeline.render import Renderer
    from pipeline.store import Frozen, Store
    from pipeline.store.drafts import Settlement

_TRIES = 5
"""Readers may change their topics while a digest is made; not five times in a row within milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """What a digest is printed with.

    ``message_id`` makes a Message-ID from the digest's key and a recipient's number. ``judge`` raises
    LintError for an edition that should not be frozen.
    """

    renderer: Renderer
    languages: Sequence[str]
    message_id: Callable[[str, int], str]
    judge: Callable[[Digest, Edition], None] = lambda _digest, _edition: None
    web_only: bool = False


def freeze(
    choice: Choice,
    chosen: Digest,
    press: Press,
    *,
    store: Store,
    notes: Mapping[str, str],
    now: datetime,
    again: bool = False,
    settled: Settlement | None = None,
) -> Frozen:
    """Freeze the digest with its editions and its outbox; ``settled`` is the draft that ends by it.

    Raises StoreError, DraftError, RenderError or LintError; nothing is written then.
    """
    key = chosen.period.key
    made = editions(chosen, press.renderer, press.languages, choice.schedule, now, notes=notes)
    for edition in made:
        press.judge(chosen, edition)
    tailor = Tailor(choice, chosen, made, press.renderer, now, notes=notes)
    for _ in range(_TRIES):
        tailored = tailor.editions(store.recipients.wishes())
        for one in tailored:
            if not one.digest.is_empty:
                press.judge(one.digest, one.edition)
        failpoints.at("compose.before-freeze")
        with suppress(ChoiceError):  # somebody chose this very moment: their edition is made too
            frozen = store.digests.freeze(
                chosen,
                made,
                now=now,
                message_id=lambda recipient: press.message_id(key, recipient),
                tailored=tailored,
                meant=tailor.meant,
                again=again,
                web_only=press.web_only,
                settled=settled,
            )
            failpoints.at("compose.after-freeze")
            return frozen
    raise StoreError(f"Readers change their topics all the while, so {key} was not made; run again.")


def editions(
    chosen: Digest,
    renderer: Renderer,
    languages: Sequence[str],
    schedule: Schedule,
    now: datetime,
    *,
    notes: Mapping[str, str],
) -> tuple[Edition, ...]:
    """Say the digest in every language; it is dated today, as the schedule's zone sees it.

    ``notes`` are the editor's own words by language, and stand on top of that edition alone.
    """
    sent = now.astimezone(ZoneInfo(schedule.zone)).date()
    return tuple(renderer.edition(chosen, language, sent, said=notes.get(language, "")) for language in languages)
