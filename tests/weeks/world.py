"""One workspace and everything that happens to it, told to the real thing and to the reference alike."""

from __future__ import annotations

import contextlib
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from pipeline.calendar import period
from pipeline.digest.drafting import Drop, Hold, Pin, Restore, Unpin
from pipeline.errors import DraftError, StoreError
from pipeline.jobs import AlreadyFrozen, AwaitsApproval, Composed, NothingToSay
from pipeline.model import DeliveryState, Kind, Reading, Rules
from pipeline.store import Store
from pipeline.store.drafts import NOBODY, Settlement
from pipeline.store.standing import DRAFT
from tests.store.collector import failure
from tests.weeks.life import DAY, HOUR, Life
from tests.weeks.parts import OFF, SECTION, TOPIC, by_section, feed, in_order, parted, playlist, rules
from tests.weeks.publishers import Place, Publishers, entries, uid_of
from tests.weeks.reference import Made, Reference

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from pipeline.digest.drafting import Edit
    from pipeline.errors import DigikoosteError
    from pipeline.model import Delivery, Digest, Source


@dataclass
class World:
    """One workspace, everything that happens to it, and the reference that is told the same."""

    life: Life
    chance: random.Random
    path: Path
    model: Reference = field(default_factory=Reference)
    places: dict[str, Place] = field(default_factory=dict)
    file: dict[str, Source] = field(default_factory=dict)
    composed: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    inboxes: dict[str, Counter[str]] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)
    story: list[str] = field(default_factory=list)
    received: dict[str, dict[int, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.publishers = Publishers(self.chance)
        self.life.topics = (TOPIC,)
        for place, source in (
            (Place("vakaa", window=40), feed("vakaa")),
            (Place("blogi", window=6), feed("blogi", archive=True)),
            (Place("lista", window=5, dates=False, ids=False), feed("lista")),
            (Place("virasto", window=8), feed("virasto", only_topics=True, archive=True)),
            (Place("kurssi", is_list=True), playlist("kurssi", drip=1)),
            (Place("toinen", is_list=True), playlist("toinen", drip=1)),
            (Place("soitto", is_list=True), playlist("soitto")),
        ):
            self.places[place.name], self.file[place.name] = place, source
            for _ in range(self.chance.randint(3, 7)):
                self.publishers.publish(place, self.life.now, date=self.life.now - self.chance.randint(1, 300) * DAY)
            if not place.is_list:
                place.things.sort(key=lambda one: one.date or self.life.now, reverse=True)
        self.places["kaksonen"] = self.places["blogi"]  # two sources with one address
        self.file["kaksonen"] = replace(self.file["blogi"], id="kaksonen", archive=False)
        self.old = {thing.uid for thing in self.places["vakaa"].things}
        self.write()

    def write(self) -> None:
        self.life.sources = list(self.file.values())

    def tell(self, what: str) -> None:
        self.story.append(f"{self.life.now:%m-%d %H:%M} {what}")

    def happens(self) -> None:
        """Something happens at one publisher's."""
        name = self.chance.choice(list(self.places))
        place = self.places[name]
        if name == "vakaa":
            self.tell(f"vakaa publishes {self.publishers.publish(place, self.life.now).uid}")
        else:
            lists = [self.places["soitto"], self.places["toinen"]]
            self.tell(self.publishers.happens(place, lists, self.life.now))

    # Keepers

    def edits(self) -> None:
        """The file is changed."""
        name = self.chance.choice(["blogi", "lista", "virasto", "toinen", "soitto", "kaksonen", "topic", "rules"])
        match name:
            case "topic":
                self.model.topic_is_on = not self.model.topic_is_on
                self.life.topics = (TOPIC if self.model.topic_is_on else OFF,)
                self.tell("the topic's words are changed")
                return
            case "rules":
                self.life.rules = rules(self.chance)
                self.tell(f"rules are {self.life.rules}")
                return
        source = next((one for one in self.file.values() if one.id.split("-")[0] == name), None)
        if source is None:
            return
        slot = next(key for key, one in self.file.items() if one is source)
        match self.chance.randint(0, 4):
            case 0:
                source = replace(source, enabled=not source.enabled)
            case 1:
                source = replace(source, limit=source.limit + 1)
            case 2:
                source = replace(source, id=f"{name}-{self.chance.randint(1, 3)}")
            case 3 if source.kind is Kind.YOUTUBE:
                source = replace(source, drip=self.chance.randint(0, 2))
            case _:
                source = replace(source, archive=not source.archive)
        self.file[slot] = source
        self.tell(f"the file says {source}")
        self.write()

    def reads(self) -> None:
        """Some of the sources are read in one round; some fail, some lists come back short."""
        results: list[tuple[Source, Reading | DigikoosteError]] = []
        running = self.life.baseline_from
        for slot, source in self.file.items():
            if not source.enabled or (slot != "vakaa" and self.chance.random() < 0.2):
                continue
            if slot != "vakaa" and self.chance.random() < 0.1:
                results.append((source, failure()))
                if self.model.scopes.setdefault(source.id, source.scope) != source.scope:
                    self.model.scopes[source.id], self.model.closed[source.id] = source.scope, None
                continue
            place = self.places[slot]
            listed = place.things[: place.window]
            complete = self.chance.random() < 0.85
            if not complete:
                listed = listed[: self.chance.randint(0, len(listed))]
            self.tell(f"{source.id} lists {[t.uid for t in listed]} {'' if complete else 'incomplete'}")
            snapshot = [replace(thing) for thing in listed]
            self.model.reads(source, snapshot, complete=complete, now=self.life.now, running=running)
            results.append((source, Reading(items=tuple(entries(snapshot)), complete=complete)))
        if results:
            self.life.hears(*results)

    # Editors, letters, readers

    def numbers(self) -> dict[int, int]:
        found = self.life.store.digests.candidates([source.id for source in self.file.values()])
        return {uid_of(one.item.title): one.id for one in found}

    def give_way(self) -> None:
        """As composing does before it."""
        here = period(self.life.clock, self.life.now)
        for kept in self.life.store.drafts.all():
            if kept.draft.digest.period.end < here.end:
                settled = Settlement(seen=kept.number, code="gave-way", hand=NOBODY)
                self.life.store.drafts.discard(kept.key, settled, now=self.life.now, reason="held", because=here.key)
                del self.model.digests[kept.key]
                self.tell(f"draft {kept.key} gives way")

    def composes(self, *, again: bool = False, draft: bool = False) -> None:
        """The letter of the latest slot is made, and is what the reference says."""
        foreseen = self.life.preview()
        self.give_way()
        life, model = self.life, self.model
        here = period(life.clock, life.now)
        mine = model.digests.get(here.key)
        stands = mine is not None and mine.at is not None and mine.counts
        if again and stands and self.is_out(here.key):
            with pytest.raises(StoreError):
                life.compose(again=True)
            return
        is_kept = mine is not None and mine.at is None and not again and not draft
        if mine is not None and is_kept and not any(mine.items.values()):
            with contextlib.suppress(DraftError):  # nothing is left in it; a held one waits all the same
                assert isinstance(life.compose(), AwaitsApproval)
            return
        expected = model.choose(life.sources, life.rules, here, life.now, self.numbers())
        made = life.compose(again=again, draft=draft)
        self.tell(
            f"compose {here.key} {again=} {draft=}: {type(made).__name__}, {expected}, {parted(foreseen)} foreseen"
        )
        match made:
            case AlreadyFrozen():
                assert stands
            case AwaitsApproval():
                assert is_kept
            case NothingToSay():
                assert not any(expected.values()), expected
                if again and mine is not None:
                    self.gave_way(here.key)
            case Composed(digest=digest, is_draft=is_draft):
                if mine is not None and is_kept:
                    expected = mine.items  # the draft, as its editor left it
                else:
                    inside = sum(pick.in_letter for pick in digest.picks)  # in a draft, what is pinned besides
                    assert is_draft or inside == min(len(digest.picks), life.rules.at_most)
                    assert stands or parted(foreseen) == expected
                assert in_order(parted(digest), is_draft) == in_order(expected, is_draft)
                self.gave_way(here.key)
                self.takes(digest, None if is_draft else life.now)
                self.looks_right()

    def gave_way(self, key: str) -> None:
        """What was replaceable is gone, and this period's digest with it."""
        for other in [other for other, made in self.model.digests.items() if made.at is not None and not made.counts]:
            del self.model.digests[other]
        self.model.digests.pop(key, None)

    def takes(self, digest: Digest, at: datetime | None) -> None:
        key = digest.period.key
        items = {name: [uid_of(pick.item.title) for pick in picks] for name, picks in by_section(digest).items()}
        items["news"].sort()
        status = self.life.store.digests.status(key)
        assert status is not None
        counts = at is not None and (bool(status.deliveries) or self.life.web_only)
        self.model.digests[key] = Made(items, at, counts)

    def looks_right(self) -> None:
        """Once something was news, it is never news again."""
        told = Counter(
            uid
            for made in self.model.digests.values()
            if made.counts
            for uid in (*made.items["lesson"], *made.items["news"])
        )
        assert [uid for uid, times in told.items() if times > 1] == []

    def is_out(self, key: str) -> bool:
        status = self.life.store.digests.status(key)
        return status is not None and (status.attempted or status.published is not None)

    def edits_draft(self) -> None:
        for kept in self.life.store.drafts.all():
            if not kept.draft.digest.picks:
                continue
            pick = self.chance.choice(kept.draft.digest.picks)
            uid, made = uid_of(pick.item.title), self.model.digests[kept.key]
            number = pick.item_id
            edits: list[Edit] = [Drop(number), Drop(number), Pin(number), Unpin(number), Restore(number), Hold("x")]
            edit = self.chance.choice(edits)
            try:
                self.life.edit(kept.key, edit)
            except DraftError:
                continue
            self.tell(f"{kept.key}: {edit} is thing {uid}")
            dropped = {uid_of(one.item.title) for one in kept.draft.digest.picks} - {
                uid_of(one.item.title) for one in self.life.store.digests.load(kept.key).picks
            }
            composed = {uid_of(one.item.title) for one in kept.draft.digest.picks}
            self.model.dropped = (self.model.dropped - composed) | dropped
            made.items = parted(self.life.store.digests.load(kept.key))

    def approves(self) -> None:
        for kept in self.life.store.drafts.all():
            before = self.model.digests[kept.key].items
            if not any(before.values()):
                with pytest.raises(DraftError):
                    self.life.approve(kept.key)
                continue
            made = self.life.approve(kept.key)
            self.tell(f"approved {kept.key}: {parted(made.digest)}")
            assert parted(made.digest) == before
            self.gave_way(kept.key)
            self.takes(made.digest, self.life.now)
            self.looks_right()

    def delivers(self) -> None:
        """Some of what is due is sent; some is put off, some is cut off after the server took it."""
        outbox, now = self.life.store.outbox, self.life.now
        outbox.recover()
        for delivery in outbox.due(now, resend_unknown=True):
            fate = self.chance.random()
            if fate < 0.15 or not outbox.sending(delivery, now):
                continue
            if fate < 0.25:
                outbox.settle(delivery, DeliveryState.PENDING, now=now, next_try=now + HOUR, reply="451")
                continue
            inbox = self.inboxes.setdefault(delivery.address, Counter())
            inbox[delivery.message_id] += 1
            assert inbox[delivery.message_id] <= 1 + self.kills[delivery.message_id]
            self.gets(delivery)
            if fate < 0.3:  # killed before it was written down
                self.kills[delivery.message_id] += 1
                continue
            outbox.settle(delivery, DeliveryState.ACCEPTED, now=now)

    def gets(self, delivery: Delivery) -> None:
        """What is in a letter was in none before, as news or lesson; who chose topics gets nothing else."""
        digests = self.life.store.digests
        if delivery.choice:
            tailored = digests.tailored(delivery.digest, delivery.language, delivery.choice)
            edition, digest = tailored.edition, tailored.digest
            assert all("kampanjat" in pick.topics for pick in digest.picks)
        else:
            (edition,) = (one for one in digests.editions(delivery.digest) if one.language == delivery.language)
            digest = digests.load(delivery.digest)
        inside = [pick for pick in digest.picks if pick.in_letter]
        assert edition.html.split() == [str(pick.item_id) for pick in inside]
        mine = self.received.setdefault(delivery.address, {})
        for pick in inside:
            if SECTION[pick.reason.code] != "archive":
                assert mine.setdefault(uid_of(pick.item.title), delivery.digest) == delivery.digest

    def people(self) -> None:
        number = self.chance.randint(1, 4)
        address = f"lukija{number}@example.fi"
        if self.chance.random() < 0.6:
            self.life.joins(
                address, topics=("kampanjat",) if number == 4 else None, language=self.chance.choice(["fi", "sv"])
            )
        elif any(one.address == address for one in self.life.store.recipients.all()):
            self.life.store.recipients.remove(address, now=self.life.now)

    def restart(self) -> None:
        self.life.store.close()
        self.life.store = Store(self.path)

    def day(self) -> None:
        """Whatever may happen between two moments."""
        for act, odds in (
            (self.happens, 0.9),
            (self.happens, 0.5),
            (self.edits, 0.12),
            (self.reads, 0.8),
            (self.edits_draft, 0.5),
            (self.people, 0.15),
            (self.restart, 0.05),
            (self.delivers, 0.3),
        ):
            if self.chance.random() < odds:
                act()

    def week(self) -> None:
        """Days go by until the next letter is due; it is made, perhaps late, perhaps not at all."""
        due = self.life.clock.next_due(self.life.now)
        due = self.life.clock.due(due)
        while (left := due - self.life.now) > DAY:
            self.life.at(self.life.now + min(left, timedelta(hours=self.chance.randint(20, 60))))
            self.day()
        self.life.at(max(due, self.life.now) + self.chance.choice([0, 0, 5, 2000]) * timedelta(minutes=1))
        self.reads()
        self.life.web_only = self.chance.random() < 0.05
        choice = self.chance.random()
        if choice < 0.1:
            self.tell("no letter is made")
            return
        self.composes(draft=choice < 0.35)
        for _ in range(self.chance.randint(0, 3)):
            self.edits_draft()
        if self.chance.random() < 0.2:
            self.composes(again=True, draft=self.chance.random() < 0.3)
        if self.chance.random() < 0.6:
            self.approves()
        self.delivers()
        if self.chance.random() < 0.2:
            self.composes()

    def ends(self) -> None:
        """The last weeks are quiet: everything that waits comes, and what was frozen is as it was."""
        self.life.web_only = False
        self.life.rules = Rules(at_least=0, at_most=3)
        self.life.joins("lukija1@example.fi")
        for thing in (thing for place in self.places.values() for thing in place.things):
            thing.is_hidden = False
        steady = [thing.uid for thing in self.places["vakaa"].things if thing.uid not in self.old]
        course = [thing.uid for thing in self.places["kurssi"].things]
        for _ in range(2 + len(course)):
            self.life.at(self.life.clock.due(self.life.clock.next_due(self.life.now)))
            self.chance = random.Random(0)
            self.reads()
            self.composes()
            self.life.deliver()
        told = Counter(uid for made in self.model.digests.values() if made.counts for uid in made.all())
        listed = {uid for name, uid in self.model.sights if name == "vakaa"}
        known = {uid for (name, uid), sight in self.model.sights.items() if name == "vakaa" and sight.is_known}
        assert [uid for uid in steady if uid in listed - known - self.model.dropped and told[uid] != 1] == []
        assert [uid for uid in course if not told[uid] and uid not in self.model.dropped] == []
        for key, (digest, editions) in self.life.kept.items():
            status = self.life.store.digests.status(key)
            if status is not None and status.state != DRAFT:
                assert self.life.store.digests.load(key) == digest
                assert self.life.store.digests.editions(key) == editions
