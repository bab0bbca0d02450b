"""A small real driver: it performs what a reader asks, over HTTP and in child processes."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, assert_never

from pipeline.errors import DigikoosteError
from pipeline.fetch import Response
from pipeline.fetch.client import get
from pipeline.isolate import Call
from pipeline.sources import Get, Unchanged

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pipeline.fetch import NotModified
    from pipeline.isolate import Pool
    from pipeline.model import Reading, Seen
    from pipeline.sources import Step, Steps


@dataclass(slots=True, kw_only=True)
class Driver:
    """Runs readings one after another; ``remember`` is what a store would keep of one.

    ``environment`` is set in the child processes, which were born before a test knew it.
    """

    pool: Pool
    proxy: str = ""
    ca_file: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    called: list[str] = field(default_factory=list)
    kept: dict[str, Seen] = field(default_factory=dict)

    def run(self, steps: Steps[Reading]) -> Reading:
        """Return the reading, or raise the error that failed it."""
        try:
            step = next(steps)
            while True:
                try:
                    answer = self._perform(step)
                except DigikoosteError as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(answer)
        except StopIteration as end:
            reading: Reading = end.value
            return reading

    def remember(self, reading: Reading) -> Reading:
        """Keep the validators and hashes of a reading, as the store does once it is recorded."""
        for seen in reading.seen:
            before = self.kept.get(seen.request)
            body_hash = seen.body_hash or (before.body_hash if before else None)  # a 304 keeps the old one
            self.kept[seen.request] = dataclasses.replace(seen, body_hash=body_hash)
        return reading

    def _perform(self, step: Step) -> object:
        match step:
            case Get():
                return self._get(step)
            case Call():
                self.called.append(step.function.__name__)
                inside = Call(within, (self.environment, step.function, step.args), what=step.what)
                return self.pool.submit(inside).result()
            case _ as unreachable:
                assert_never(unreachable)

    def _get(self, step: Get) -> Response | NotModified | Unchanged:
        self.asked.append(step.request.url)
        kept = self.kept.get(step.request.key) if step.conditional else None
        answer = get(step.request, kept.validators if kept else None, proxy=self.proxy, ca_file=self.ca_file)
        if kept and isinstance(answer, Response) and answer.body_hash == kept.body_hash:
            return Unchanged(response=answer)
        return answer


def within(environment: Mapping[str, str], function: Callable[..., Any], args: tuple[Any, ...]) -> object:
    """Return ``function(*args)``, run in a child under ``environment``."""
    os.environ.update(environment)
    return function(*args)
