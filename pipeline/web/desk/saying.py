"""What happened to a draft, and when, in an editor's language."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from datetime import datetime

    from pipeline.model import Reason
    from pipeline.render.words import Words
    from pipeline.store.drafts import Hand

OPERATOR = "operator"
"""Who signs in with the password."""


def _(text: str) -> str:
    """Mark a sentence for the catalogues."""
    return text


_SENTENCES = {
    "noted": _("The note was changed (%(language)s)."),
    "pinned": _("Pinned: %(title)s"),
    "unpinned": _("No longer pinned: %(title)s"),
    "dropped": _("Dropped: %(title)s"),
    "restored": _("Restored: %(title)s"),
    "raised": _("Moved up: %(title)s"),
    "lowered": _("Moved down: %(title)s"),
    "retitled": _("New title: %(title)s (was: %(before)s)"),
    "held": _("Held: %(reason)s"),
    "released": _("Released: it waits for approval again."),
    "approved": _("Approved, as it was at revision %(revision)s."),
    "sent": _("Sent as it was, because nobody had approved it by the deadline (revision %(revision)s)."),
    "skipped": _("Left out, because nobody had approved it by the deadline (revision %(revision)s)."),
    "gave-way": _("Gave way to the next letter, %(digest)s."),
}


def moment(words: Words, when: datetime, zone: str) -> str:
    """Return "16. marraskuuta 2026 klo 12.00"."""
    local = when.astimezone(ZoneInfo(zone))
    return words.gettext("%(day)s at %(time)s", day=words.day(local.date()), time=words.time(local))


def who(words: Words, hand: Hand) -> str:
    """Return who did something: an address, a login name, or what somebody is who has neither here."""
    return words.gettext("the operator") if is_operator(hand) else hand.who


def is_operator(hand: Hand) -> bool:
    """Whether somebody signed in with the password."""
    return hand.way == "desk" and hand.who == OPERATOR


def change(words: Words, done: Reason) -> str:
    """Return what happened, a sentence; codes are those of ``drafting.CHANGES``."""
    if done.code == "composed":
        number = int(done.params["items"])
        return words.ngettext("The draft was made: %(num)s item.", "The draft was made: %(num)s items.", number)
    if done.code == "held" and not done.params["reason"]:
        return words.gettext("Held.")
    params = dict(done.params)
    if "language" in params:
        params["language"] = words.in_language(str(params["language"]))
    return words.gettext(_SENTENCES[done.code], **params)
