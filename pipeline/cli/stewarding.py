"""Serve's jobs: what each does when it is woken, and how nothing that fails ends serving."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pipeline.cli import drafts, lines, notes, outlook, pressing, receiving, returns, showing, work
from pipeline.cli.exits import Exit
from pipeline.cli.pulse import Pulse
from pipeline.cli.showing import say, when
from pipeline.cli.workspace import Workspace
from pipeline.errors import BusyError, ConfigError, DigikoosteError, PublishError
from pipeline.notices import Finding, length

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.calendar import Schedule
    from pipeline.jobs import Make
    from pipeline.metrics import Metrics
    from pipeline.schedule import Timetable
    from pipeline.store import Store

_BY_HAND = timedelta(seconds=5)
"""When to look again at a job that a person is running right now."""
_REST = timedelta(minutes=5)
_LONGEST_REST = timedelta(hours=1)
_PATIENCE = timedelta(hours=2)
"""How long a due letter waits for a reading that is under way."""
_LOOK_AROUND = timedelta(days=1)
_REFRESH = timedelta(days=1)
"""How long what was read may wait for the archive between two letters."""
_TEND = timedelta(hours=1)
FAR = timedelta(hours=2)
"""No delivery is put off for so long."""


class Steward:
    """The jobs of a served workspace; each decides by the store what is due at the moment of its wake."""

    def __init__(self, workspace: Workspace, store: Store, stop: threading.Event) -> None:
        self._workspace = workspace
        self._store = store
        self._stop = stop
        self._seen = _fingerprint(workspace)
        self._taking_up = threading.Lock()
        self._resting: dict[str, tuple[datetime, timedelta]] = {}
        self._looked_around: datetime | None = None
        self._pulse = Pulse()
        self._may_have_leapt = True
        self._tended: datetime | None = None
        self._refreshed: datetime | None = None
        self._waiting = "", datetime.min.replace(tzinfo=UTC)
        """The letter that is due, and since when it waits for what is being read."""
        self._troubled = {one.subject for one in store.notices.open() if one.code == "job"}
        self.timetable: Timetable | None = None
        self.metrics: Metrics | None = None

    @property
    def workspace(self) -> Workspace:
        """The workspace as its file last stood without a mistake."""
        return self._workspace

    def jobs(self) -> dict[str, Callable[[datetime], datetime | None]]:
        """What the timetable wakes, by name."""
        jobs = {
            "collect": self._collect,
            "compose": self._compose,
            "drafts": self._tend,
            "editors": self._tell_editors,
            "deliver": self._deliver,
            "housekeeping": self._keep_house,
            "answer": self._answer,
        }
        return {name: self._guarded(name, job) for name, job in jobs.items()}

    def outlook(self, moment: datetime) -> str:
        """One line: what comes next, and when."""
        return outlook.line(outlook.outlook(self._workspace, self._store, moment), moment)

    # What every wake begins and ends with

    def _guarded(
        self, name: str, job: Callable[[Workspace, datetime], datetime | None]
    ) -> Callable[[datetime], datetime | None]:
        """Take up an edited file, rest after a failure, and turn errors into sentences: nothing ends serving."""

        def wake(moment: datetime) -> datetime | None:
            if self._stop.is_set():
                return None
            try:
                workspace = self._current(moment)
                if (until := self._rest(name, moment)) is not None:
                    return until
                with lines.about(job=name):
                    wanted = job(workspace, moment)
            except BusyError:  # a person runs it right now, in another process
                return moment + _BY_HAND
            except (DigikoosteError, OSError) as error:
                return self._failed(name, error, moment)
            if (paused := self._rest(name, moment)) is not None:
                return paused
            self._resting.pop(name, None)
            if name in self._troubled:
                self._troubled.discard(name)
                notes.over(self._store, moment, "job", name)
            return wanted

        return wake

    def _rest(self, name: str, moment: datetime) -> datetime | None:
        until, _ = self._resting.get(name, (moment, _REST))
        return until if moment < until <= moment + _LONGEST_REST else None

    def _pause(self, name: str, moment: datetime) -> datetime:
        """Let a job rest, longer each time in a row."""
        _, before = self._resting.get(name, (moment, _REST / 2))
        rest = min(before * 2, _LONGEST_REST)
        self._resting[name] = moment + rest, rest
        return moment + rest

    def _failed(self, name: str, error: Exception, moment: datetime) -> datetime:
        until = self._pause(name, moment)
        showing.warn(f"{name}: {error} Trying again in {length(until - moment)}.", job=name)
        if not isinstance(error, PublishError):  # that one has a notice of its own
            self._troubled.add(name)
            with contextlib.suppress(DigikoosteError):  # it may be the database itself
                notes.hear(self._store, moment, "job", name, job=name, error=str(error)[:300])
        return until

    def _current(self, moment: datetime) -> Workspace:
        """The workspace as its file last stood without a mistake."""
        with self._taking_up:
            seen = _fingerprint(self._workspace)
            if seen == self._seen:
                return self._workspace
            self._seen = seen
            fresh = Workspace(folder=self._workspace.folder, environ=self._workspace.environ)
            try:
                _ = fresh.config
            except ConfigError as error:
                for problem in error.problems:
                    showing.warn(problem)
                notes.hear(
                    self._store, moment, "file", "sources.yaml", file=str(fresh.file), problems=error.problems[0]
                )
                return self._workspace
            self._workspace = fresh
            self._resting.clear()
            notes.over(self._store, moment, "file", "sources.yaml")
            say(f"{fresh.file} was edited and is taken up. {self.outlook(moment)}")
            return fresh

    # The jobs

    def _collect(self, workspace: Workspace, moment: datetime) -> datetime | None:
        if work.due_sources(workspace, self._store, moment):
            work.collect(workspace, self._store, moment, due_only=True, stop=self._stop.is_set, metrics=self.metrics)
            say(self.outlook(moment))
        return outlook.next_reading(workspace, self._store, moment)

    def _compose(self, workspace: Workspace, moment: datetime) -> datetime | None:
        from pipeline import jobs  # noqa: PLC0415

        store, schedule = self._store, workspace.config.digest.schedule
        if self._has_leapt(moment):
            return None
        ledger = jobs.Ledger(made=store.digests.ends(), skipped=store.digests.skipped())
        missed = list(jobs.missed(schedule, ledger, moment))
        if missed:
            # Only the last one is written down: a clock that ran ahead must not have used up the weeks to come.
            store.digests.skip(missed[0][0], "late", now=moment)
            notes.hear(
                store, moment, "skipped", "digest", digests=_listed([key for key, _ in missed]), due=when(missed[0][1])
            )
        match jobs.duty(schedule, ledger, moment):
            case jobs.Make() as make:
                return self._make(workspace, make, moment)
            case jobs.ClockBehind(key=key, oldest=oldest):
                notes.hear(store, moment, "clock", "digest", key=key, oldest=oldest)
                return None
            case jobs.Wait(due=due):
                notes.over(store, moment, "clock", "digest")
                self._say_draft(schedule, moment)
                return due

    def _has_leapt(self, moment: datetime) -> bool:
        """Whether the clock went so far ahead in a moment that no letter is made by it."""
        ahead = self._pulse.ahead(moment)
        if ahead is not None:
            notes.hear(self._store, moment, "leap", "digest", ahead=length(ahead))
        elif self._may_have_leapt:
            notes.over(self._store, moment, "leap", "digest")
        self._may_have_leapt = ahead is not None
        return ahead is not None

    def _say_draft(self, schedule: Schedule, moment: datetime) -> None:
        """A draft belongs to its editor: serve only says that its time has come."""
        slot = schedule.latest_due(moment)
        status = self._store.digests.status(schedule.key_of(slot))
        waiting = status is not None and status.state == "draft" and not drafts.needs_approval(self._workspace)
        due = {"due": when(schedule.due(slot))}
        found = [Finding(code="draft", subject=schedule.key_of(slot), params=due)] if waiting else []
        notes.settle(self._store, moment, ("draft",), found)

    def _make(self, workspace: Workspace, make: Make, moment: datetime) -> datetime | None:
        """Make the letter that is due, from what has just been read."""
        from pipeline import jobs  # noqa: PLC0415

        store = self._store
        drafts.tend(workspace, store, moment)  # one of the last period gives its items back first
        key, since = self._waiting
        if key != make.key:
            since = moment
            self._waiting = make.key, since
        if moment - since < _PATIENCE and work.due_sources(workspace, store, moment):
            work.collect(workspace, store, moment, due_only=True, stop=self._stop.is_set, metrics=self.metrics)
            if self._stop.is_set():
                return None
        if work.is_cut_off(workspace, store):
            notes.hear(store, moment, "nothing-reached", "digest", digest=make.key)
            return None
        notes.over(store, moment, "nothing-reached", "digest")
        if isinstance(work.compose(workspace, store, moment, hand=pressing.by_itself()), jobs.NothingToSay):
            store.digests.skip(make.key, "empty", now=moment)
        elif make.late is not None:
            notes.hear(store, moment, "late", make.key, due=when(make.due), late=length(make.late))
        else:
            for one in store.notices.open():
                if one.code in {"late", "skipped"}:
                    notes.over(store, moment, one.code, one.subject)
        self._wake("editors", "deliver")
        say(self.outlook(moment))
        return None

    def _wake(self, *names: str) -> None:
        if self.timetable is not None:
            for name in names:
                self.timetable.wake(name)

    def _tend(self, workspace: Workspace, moment: datetime) -> datetime | None:
        """Remind the editors of a draft, let the deadline's rule have its way, and write what was approved."""
        from pipeline.jobs import job_lock  # noqa: PLC0415

        if self._pulse.ahead(moment) is not None:  # no deadline passes by a clock that is not believed
            return None
        following = drafts.tend(workspace, self._store, moment)
        if drafts.is_unwritten(workspace, self._store):
            with job_lock(workspace.var, "compose"):  # whoever delivers waits for that
                work.publish(workspace, self._store, moment)
            self._wake("deliver")
        if following.has_acted:
            self._wake("deliver", "editors")
        return following.until

    def _tell_editors(self, workspace: Workspace, moment: datetime) -> datetime | None:
        return None if drafts.tell(workspace, self._store, moment) else self._pause("editors", moment)

    def _deliver(self, workspace: Workspace, moment: datetime) -> datetime | None:
        from pipeline.jobs import holder  # noqa: PLC0415

        store = self._store
        is_unpublished = work.is_unpublished(workspace, store)
        is_owed = bool(store.outbox.owed(resend_unknown=workspace.resends))
        if (is_unpublished or is_owed) and holder(workspace.var, "compose"):
            return moment + _BY_HAND  # whoever composes publishes too, and the command would run twice at once
        if is_unpublished:
            work.publish(workspace, store, moment)
        next_try = store.outbox.next_try(resend_unknown=workspace.resends)
        if not workspace.config.mail.host or not is_owed or _is_ahead(next_try, moment):
            return next_try
        done = work.deliver(workspace, store, moment, stop=self._stop.is_set, metrics=self.metrics)
        next_try = store.outbox.next_try(resend_unknown=workspace.resends)
        if done is Exit.MEND or (next_try is not None and not _is_ahead(next_try, moment)):  # nothing is taken now
            return self._pause("deliver", moment)
        return next_try

    def _answer(self, workspace: Workspace, moment: datetime) -> datetime | None:
        """Send the mails that visitors of the pages wait for; a mail server that takes none now is asked later."""
        return receiving.answer(workspace, self._store, moment, stop=self._stop.is_set)

    def _keep_house(self, workspace: Workspace, moment: datetime) -> datetime | None:
        before = self._looked_around
        if before is None or not timedelta() <= moment - before < _LOOK_AROUND:
            notes.look_around(workspace, self._store, moment)
            self._looked_around = moment
        if self._tended is None or not timedelta() <= moment - self._tended < _TEND:
            returns.tend(workspace, self._store, moment, stop=self._stop.is_set)
            self._tended = moment
        self._refresh(workspace, moment)
        notes.tell(workspace, self._store, moment)
        return None

    def _refresh(self, workspace: Workspace, moment: datetime) -> None:
        """Once a day, bring the archive up to what was read since the last letter, once there is one."""
        from pipeline.jobs import job_lock  # noqa: PLC0415

        before, self._refreshed = self._refreshed, self._refreshed or moment
        if before is None or timedelta() <= moment - before < _REFRESH:
            return
        self._refreshed = moment
        if not any(one.state == "frozen" and not one.replaceable for one in self._store.digests.statuses()):
            return
        with contextlib.suppress(BusyError), job_lock(workspace.var, "compose"):  # composing publishes too
            work.publish(workspace, self._store, moment)


def _is_ahead(next_try: datetime | None, moment: datetime) -> bool:
    """Whether the next try is still to come; further away than any wait, only a clock set back explains it."""
    return next_try is not None and moment < next_try <= moment + FAR


def _listed(keys: list[str]) -> str:
    """The periods from the oldest on, in a few words."""
    first, last = keys[-1], keys[0]
    return last if first == last else f"{len(keys)} digests, {first} to {last},"


def _fingerprint(workspace: Workspace) -> str:
    """What sources.yaml holds, byte for byte; '' while it cannot be read."""
    try:
        return hashlib.sha256(workspace.file.read_bytes()).hexdigest()
    except OSError:
        return ""
