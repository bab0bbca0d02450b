"""A workspace that lives for many weeks on a real store: sources are read, letters are made, edited and sent."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pipeline import calendar
from pipeline.digest.drafting import Draft, edited
from pipeline.jobs import Choice, Composed, Desk, Press, approve, choose, compose
from pipeline.model import DeliveryState, Digest, Edition, Reading, Rules
from pipeline.store.drafts import NOBODY
from tests.store.collector import Collector

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from pipeline.digest.drafting import Edit
    from pipeline.errors import DigikoosteError
    from pipeline.jobs import Composition
    from pipeline.model import Delivery, Item, Source, Topic
    from pipeline.render import Renderer
    from pipeline.store import Store

WEEK, DAY, HOUR = timedelta(weeks=1), timedelta(days=1), timedelta(hours=1)
MONDAY = datetime(2026, 11, 16, 6, 0, tzinfo=UTC)
"""08:00 in Helsinki, the slot of 2026-W47."""
LANGUAGES = ("fi", "sv", "en")


class Stencil:
    """A renderer for lives of many weeks: its editions name the items and no more, which costs no time."""

    def edition(self, digest: Digest, language: str, sent: date, *, said: str = "") -> Edition:
        """Name the items of the letter and of the page, by number."""
        inside = [pick for pick in digest.picks if pick.in_letter]
        letter = " ".join(str(pick.item_id) for pick in inside)
        public = [pick for pick in digest.picks if not pick.internal]
        places = " ".join(f"{one.item_id}:{one.course.place}/{one.course.total}" for one in public if one.course)
        page = " ".join(str(pick.item_id) for pick in public)
        return Edition(
            language=language,
            subject=f"{digest.period.key} {sent}",
            html=letter,
            text=f"{said}{letter}",
            page=page,
            page_text=f"{page} {places}",
        )

    def tailored(
        self,
        digest: Digest,
        language: str,
        sent: date,
        *,
        whole: Edition,
        chosen: Sequence[Mapping[str, str]],
        said: str = "",
    ) -> Edition:
        """Name the items of a choice, on the whole digest's page."""
        own = self.edition(digest, language, sent, said=f"{said}{len(chosen)} ")
        return replace(own, page=whole.page, page_text=whole.page_text)


@dataclass
class Life:
    """One workspace: what its file says now, its store, and the moment."""

    store: Store
    sources: list[Source] = field(default_factory=list)
    topics: tuple[Topic, ...] = ()
    rules: Rules = field(default_factory=lambda: Rules(at_least=0))
    schedule: str = "mon 08:00"
    holidays: calendar.Holidays = calendar.Holidays.IGNORE
    now: datetime = MONDAY - 5 * DAY
    web_only: bool = False
    renderer: Renderer | Stencil = field(default_factory=Stencil)
    kept: dict[str, tuple[Digest, tuple[Edition, ...]]] = field(default_factory=dict)
    """What was frozen, as it stood then."""

    @property
    def choice(self) -> Choice:
        """What a digest is chosen by."""
        return Choice(sources=self.sources, topics=self.topics, rules=self.rules, schedule=self.clock)

    @property
    def clock(self) -> calendar.Schedule:
        """The schedule."""
        return calendar.Schedule.parse(self.schedule, holidays=self.holidays)

    @property
    def press(self) -> Press:
        """What a digest is printed with."""
        return Press(
            renderer=self.renderer,  # type: ignore[arg-type]  # a stencil draws what a renderer does
            languages=LANGUAGES,
            message_id=lambda key, recipient: f"<{key}.{recipient}@digikooste.example.fi>",
            web_only=self.web_only,
        )

    def at(self, moment: datetime) -> None:
        """Let time pass until then."""
        assert moment >= self.now
        self.now = moment

    @property
    def baseline_from(self) -> datetime:
        """The start of the running period, as collecting takes it."""
        status = self.store.digests.status(calendar.period(self.clock, self.now).key)
        is_made = status is not None and status.state == "frozen" and not status.replaceable
        return calendar.running_start(self.clock, self.now, frozen=is_made)

    def reads(self, source: Source, *items: Item, **reading: Any) -> None:  # noqa: ANN401  # any field of the noun
        """One source holds these items now."""
        self.hears((source, Reading(items=items, **reading)))

    def hears(self, *results: tuple[Source, Reading | DigikoosteError]) -> None:
        """Sources are read in one round."""
        Collector(self.store).record(*results, now=self.now, baseline_from=self.baseline_from)

    def preview(self) -> Digest:
        """What the next letter would hold."""
        return choose(self.choice, store=self.store, now=self.now)

    def compose(self, *, again: bool = False, draft: bool = False, required: bool = False) -> Composition:
        """Make the letter of the latest slot passed, and keep what was frozen beside the store."""
        desk = Desk(hand=NOBODY, required=required)
        made = compose(self.choice, self.press, store=self.store, desk=desk, now=self.now, again=again, draft=draft)
        if isinstance(made, Composed) and not made.is_draft:
            self._keep(made)
        return made

    def approve(self, key: str) -> Composed:
        """Freeze a draft as it stands."""
        kept = self.store.drafts.load(key)
        made = approve(self.choice, self.press, kept, store=self.store, desk=Desk(), now=self.now)
        assert made.digest == edited(Draft(digest=kept.draft.digest, marks=kept.draft.marks))
        self._keep(made)
        return made

    def edit(self, key: str, edit: Edit) -> None:
        """An editor changes a draft."""
        self.store.drafts.edit(key, edit, hand=NOBODY, now=self.now)

    def _keep(self, made: Composed) -> None:
        for key in made.replaced:
            self.kept.pop(key, None)
        key = made.digest.period.key
        self.kept[key] = (self.store.digests.load(key), self.store.digests.editions(key))

    def joins(self, address: str, *, topics: tuple[str, ...] | None = None, language: str = "fi") -> None:
        """Somebody asks for the letter."""
        self.store.recipients.add([(address, language, self.now)], origin="test", now=self.now, revive=True)
        self.store.recipients.prefer(address, language=language, topics=topics, now=self.now)

    def deliver(self) -> list[Delivery]:
        """Send everything that is due; the mail server takes all of it."""
        sent = []
        for delivery in self.store.outbox.due(self.now, resend_unknown=True):
            if self.store.outbox.sending(delivery, self.now):
                sent.append(delivery)
                self.store.outbox.settle(delivery, DeliveryState.ACCEPTED, now=self.now)
        return sent


def titles(made: Composition | Digest) -> list[str]:
    """The titles of a letter that was made, in its order."""
    digest = made if isinstance(made, Digest) else made.digest if isinstance(made, Composed) else None
    return [pick.item.title for pick in digest.picks] if digest is not None else []


def codes(digest: Digest) -> dict[str, str]:
    """Why each title is in, or out."""
    inside = {pick.item.title: pick.reason.code for pick in digest.picks}
    return {**{one.title: one.reason.code for one in digest.left_out}, **inside}
