"""What of the items on offer is news, what is old, and which of them make one story."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.digest import archive
from pipeline.digest.chosen import Chosen
from pipeline.digest.reasons import UNWANTED, reason
from pipeline.digest.standing import News, news, spoken_for
from pipeline.digest.twins import Twins

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from datetime import datetime

    from pipeline.digest.courses import Courses
    from pipeline.digest.standing import Holding, Standing
    from pipeline.digest.subjects import Subjects
    from pipeline.digest.versions import Versions
    from pipeline.model import Period, Reason, Rules


class Selection:
    """One choosing: its occasion, and in ``out`` the reason against every item that was turned down so far."""

    def __init__(self, subjects: Subjects, versions: Versions, rules: Rules, period: Period, now: datetime) -> None:
        self.out: dict[int, Reason] = {}
        self._versions = versions
        self._subjects = subjects
        self._rules = rules
        self._period = period
        self._now = now

    def keep(self, standings: Iterable[Standing], why_not: Callable[[Standing], Reason | None]) -> list[Standing]:
        """Return those that nothing speaks against, and note what speaks against the others."""
        kept = []
        for standing in standings:
            if (against := why_not(standing)) is None:
                kept.append(standing)
            else:
                self.out[standing.id] = against
        return kept

    def sift(
        self, free: Iterable[Standing], lessons: Iterable[Chosen], courses: Courses
    ) -> tuple[list[Chosen], list[Standing]]:
        """Return what is news, and what the archive may look at; parts of running courses are neither."""
        handed_out = {lesson.standing.id for lesson in lessons}
        fresh: list[Chosen] = []
        old: list[Standing] = []
        for standing in free:
            if standing.id in handed_out:
                continue
            verdict = self._verdict(standing, courses)
            if isinstance(verdict, Chosen):
                fresh.append(verdict)
                continue
            self.out[standing.id] = verdict
            if verdict.code not in UNWANTED and courses.holds_back(standing) is None:
                old.append(standing)
        return fresh, old

    def _verdict(self, standing: Standing, courses: Courses) -> Chosen | Reason:
        if (shown := standing.last_shown) is not None:
            return reason("shown", digest=shown.key)
        if (later := courses.holds_back(standing)) is not None:
            return later
        if standing.awaits_page:
            return reason("awaiting-page")
        verdict = news(standing, self._period, self._now)
        if not isinstance(verdict, News):
            return verdict
        return self._subjects.unwanted(standing) or self._chosen(standing, verdict)

    def _chosen(self, standing: Standing, verdict: News) -> Chosen:
        wanting = [held for held in standing.holders if self._subjects.refuses(held, standing) is None]
        credit = verdict.holding if verdict.holding in wanting else wanting[0]
        subject, title, published = self._subjects.of(standing), credit.state.title, standing.item.published
        if verdict.by_date and published is not None:
            why = reason("dated", source=title, published=published.isoformat(), word=subject.word)
        else:
            first_seen = verdict.holding.sighting.first_seen.isoformat()
            why = reason("new", source=title, first_seen=first_seen, word=subject.word)
        return Chosen(standing=standing, credit=credit, reason=why, topic=subject.topic)

    def tell_once(
        self, lessons: Sequence[Chosen], fresh: Iterable[Chosen], everything: Iterable[Standing]
    ) -> tuple[list[Chosen], list[Chosen]]:
        """Return lessons and news with twins merged into the first of them.

        What was shown, dropped or reserved under a near-identical title is no news either. A public
        item leads before an internal one, so that the story keeps its place on the public page.
        """
        before = [one for one in everything if one.candidate.shown or spoken_for(one, self._period)]
        told, told_ids = Twins(before), {one.id for one in before}
        telling, telling_ids = Twins(lesson.standing for lesson in lessons), {one.standing.id for one in lessons}
        leads: list[Chosen] = []
        merged: dict[int, list[Standing]] = {}
        for one in sorted(fresh, key=_precedence):
            if (version := self._version_told(one.standing, told_ids, telling_ids)) is not None:
                self.out[one.standing.id] = version
            elif (twin := next(told.of(one.standing), None)) is not None:
                self.out[one.standing.id] = reason("same-title-before", title=twin.item.title)
            elif (lead := next(telling.of(one.standing), None)) is not None:
                merged.setdefault(lead.id, []).append(one.standing)
                self.out[one.standing.id] = _same_title(lead)
            else:
                telling.add(one.standing)
                telling_ids.add(one.standing.id)
                leads.append(one)

        def with_twins(chosen: Iterable[Chosen]) -> list[Chosen]:
            return [
                replace(
                    one, twins=tuple(merged.get(one.standing.id, ())), versions=self._versions.printed(one.standing)
                )
                for one in chosen
            ]

        return with_twins(lessons), with_twins(leads)

    def _version_told(
        self, standing: Standing, told: Collection[int], telling: Collection[int], *, is_news: bool = True
    ) -> Reason | None:
        """Return why the article is told already in another language: before, in this letter, or as old material."""
        for other in self._versions.of(standing):
            title, language = other.item.title, other.item.language or ""
            if other.id in telling:
                source = other.holders[0].state.title
                return reason("other-language", source=source, title=title, language=language)
            if other.id in told or (is_news and self._was_known_before(other, standing)):
                return reason("other-language-before", title=title, language=language)
        return None

    def _was_known_before(self, other: Standing, standing: Standing) -> bool:
        """Whether a version is old material already: an article is no news again because it was translated."""
        return (
            bool(other.holdings)
            and other.holdings[0].sighting.first_seen < standing.holdings[0].sighting.first_seen
            and not isinstance(news(other, self._period, self._now), News)
        )

    def fill(
        self,
        old: Iterable[Standing],
        lessons: Sequence[Chosen],
        fresh: Sequence[Chosen],
        everything: Iterable[Standing],
    ) -> list[Chosen]:
        """Return what the archive adds so that the letter holds ``at_least``, lessons and news counted."""
        until = archive.horizon(self._rules, self._now)
        telling = Twins(one.standing for one in (*lessons, *fresh))
        before = [one for one in everything if spoken_for(one, self._period) or not archive.may_come(one, until)]
        told, told_ids = Twins(before), {one.id for one in before}
        telling_ids = {one.standing.id for one in (*lessons, *fresh)}

        def why_not(standing: Standing, lender: Holding) -> Reason | None:
            unwanted = self._subjects.unwanted(standing)
            if lender in standing.holders:
                unwanted = unwanted or self._subjects.refuses(lender, standing)
            if unwanted is not None:
                return unwanted
            version = self._version_told(standing, told_ids, telling_ids, is_news=False)
            if version is not None:
                return version
            if (lead := next(telling.of(standing), None)) is not None:
                return _same_title(lead)
            if (twin := next(told.of(standing), None)) is not None:
                return reason("same-title-before", title=twin.item.title)
            telling.add(standing)
            telling_ids.add(standing.id)
            return None

        room = min(self._rules.at_least, self._rules.at_most) - len(lessons) - len(fresh)
        filled = archive.fill(old, room, until, why_not, self.out)
        return [replace(one, versions=self._versions.printed(one.standing)) for one in filled]


def _precedence(chosen: Chosen) -> tuple[bool, float, int, int]:
    first_seen = chosen.credit.sighting.first_seen.timestamp()
    return chosen.standing.internal, first_seen, chosen.credit.rank, chosen.standing.id


def _same_title(lead: Standing) -> Reason:
    return reason("same-title", source=lead.holders[0].state.title, title=lead.item.title)
