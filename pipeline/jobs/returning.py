"""Returns: read what came back into a maildir, and suppress addresses whose letters came back for good."""

from __future__ import annotations

import os
import stat
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline import bounces
from pipeline.errors import ConfigError, ParseError
from pipeline.isolate import Call

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from pipeline.bounces import Report, ReturnPath
    from pipeline.isolate import Pool
    from pipeline.store import Store

IN_DIFFERENT_DIGESTS = 2
"""Letters of so many digests have to come back for good: one alone may be a server's bad day."""
AT_ONCE = 1000
"""Returns of one sweep; the rest waits for the next."""
_SEEN = ":2,S"
_UNREADABLE = "unreadable"
_STRANGE = "unsigned"


@dataclass(slots=True, kw_only=True)
class Returned:
    """What one sweep found: returns by their kind, "unsigned" and "unreadable" ones, and who was suppressed."""

    kinds: Counter[str] = field(default_factory=Counter)
    suppressed: list[int] = field(default_factory=list)


def take_returns(
    maildir: Path,
    *,
    path: ReturnPath,
    store: Store,
    pool: Pool,
    now: datetime,
    stop: Callable[[], bool] = lambda: False,
) -> Returned:
    """Read every new message of ``maildir`` once, the oldest first, and move it to cur/.

    Each is taken apart in a child process, and one that ends it costs itself alone. Only what came to an
    address that we signed counts. Killed anywhere, the next sweep goes on: a letter that comes back counts
    once. Raises ConfigError when there is no maildir, and StoreError.
    """
    found = Returned()
    for file in _new(maildir):
        if stop():
            break
        kind, number = _judge(file, path=path, store=store, pool=pool, now=now)
        found.kinds[kind] += 1
        if number is not None:
            found.suppressed.append(number)
        _put_away(file, maildir)
    return found


def _judge(file: Path, *, path: ReturnPath, store: Store, pool: Pool, now: datetime) -> tuple[str, int | None]:
    """Say what one file is, keep what it tells, and suppress its recipient when it is time to: their number then."""
    try:
        body = _read(file)
        call: Call[Report] = Call(
            bounces.read, (body,), what="a returned message", seconds=bounces.SECONDS, memory=bounces.MEMORY
        )
        report = pool.submit(call).result()
    except (OSError, ParseError):  # whatever it is, it costs itself alone
        return _UNREADABLE, None
    origin = path.origin(report.addresses)
    if origin is None:
        return _STRANGE, None
    if report.kind in {bounces.Kind.AUTO, bounces.Kind.OTHER}:
        return report.kind, None
    times = store.returns.note(origin.recipient, origin.digest, kind=report.kind, status=report.status, now=now)
    if times < IN_DIFFERENT_DIGESTS:
        return report.kind, None
    words = f" ({report.status})" if report.status else ""
    why = f"Letters of {times} digests came back for good{words}"
    is_suppressed = store.recipients.suppress(origin.recipient, why=why, now=now)
    return report.kind, origin.recipient if is_suppressed else None


def _new(maildir: Path) -> Iterator[Path]:
    """Yield what has arrived, the oldest first: a maildir's names begin with the time of their delivery."""
    try:
        files = sorted((maildir / "new").iterdir())
    except OSError as error:
        raise ConfigError(
            [
                (
                    f"mail.bounces: {maildir / 'new'} cannot be read ({error.strerror}); name a maildir, and let this "
                    "user read and write it."
                )
            ]
        ) from error
    return (file for file in files[:AT_ONCE] if not file.name.startswith("."))


def _read(file: Path) -> bytes:
    """Return the beginning of a plain file; raises OSError for anything else, such as a link or a pipe."""
    descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as opened:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError("no plain file")
        return opened.read(bounces.LARGEST)


def _put_away(file: Path, maildir: Path) -> None:
    """Move a message to where read ones are; raises ConfigError when it would be read again and again."""
    try:
        (maildir / "cur").mkdir(exist_ok=True)
        file.rename(maildir / "cur" / f"{file.name.partition(':')[0]}{_SEEN}")
    except FileNotFoundError:
        return  # another program was faster
    except OSError as error:
        raise ConfigError(
            [f"mail.bounces: {file} cannot be moved to cur/ ({error.strerror}); let this user write there."]
        ) from error
