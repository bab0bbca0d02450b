"""Making one message per recipient, beside building each with the standard library's EmailMessage."""

from __future__ import annotations

import time
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from email.utils import format_datetime
from typing import TYPE_CHECKING

from benchmarks.letter import SENT, weekly
from benchmarks.report import Table, ratio
from pipeline import mail
from pipeline.render import Renderer, SiteFacts, default_templates

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.model import Edition

SECRET = "a workspace's own secret"
SENDER = "kooste@example.fi"
LEAVE = mail.mark(SECRET, "leave")


class Different(Exception):
    """Both ways did not make the same letter, so that their speeds say nothing."""


def run(*, recipients: int, items: int, sample: int) -> None:
    """Make ``recipients`` messages of a letter with ``items`` items, and ``sample`` the usual way; print a table.

    Every message has an address to leave by of its own, in its header, its text and its HTML. Raises
    Different when a reader would see another letter.
    """
    edition = _edition(items)
    began = time.perf_counter()
    letter = _letter(edition)
    prepared = time.perf_counter() - began
    _compare(edition, letter)
    ours = _timed(lambda number: _ours(letter, number), recipients)
    theirs = _timed(lambda number: _theirs(edition, number), sample)
    size = len(_ours(letter, 0))
    table = Table(
        f"{recipients:,} personalised messages of a letter with {items} items, {size / 1000:.0f} KB each",
        "program",
        "made",
        "s",
        "ms each",
        "messages/s",
    )
    for name, number, seconds in (
        ("digikooste", recipients, ours * recipients + prepared),
        ("EmailMessage", sample, theirs * sample),
    ):
        each = seconds / number
        table.row(name, f"{number:,}", f"{seconds:.2f}", f"{each * 1000:.3f}", f"{1 / each:,.0f}")
    table.note(
        f"digikooste: {ratio(theirs, ours + prepared / recipients)} as fast; "
        f"preparing the edition, once, is counted ({prepared * 1000:.1f} ms)"
    )
    table.print()


def _ours(letter: mail.Letter, number: int) -> bytes:
    return letter.to(_address(number), message_id=_identity(number), date=SENT, values={LEAVE: _leave(number)})


def _theirs(edition: Edition, number: int) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["Date"] = format_datetime(SENT)
    message["Message-ID"] = _identity(number)
    message["To"] = _address(number)
    message["From"] = f"Kooste <{SENDER}>"
    message["Subject"] = edition.subject
    message["List-Unsubscribe"] = f"<{_leave(number)}>"
    message.set_content(edition.text.replace(LEAVE, _leave(number)))
    message.add_alternative(edition.html.replace(LEAVE, _leave(number)), subtype="html")
    return message.as_bytes()


def _timed(make: Callable[[int], bytes], times: int) -> float:
    """Return the seconds that one message takes; each is made and let go, as when it is sent."""
    began = time.perf_counter()
    for number in range(times):
        make(number)
    return (time.perf_counter() - began) / times


def _compare(edition: Edition, letter: mail.Letter) -> None:
    """Raise Different unless a mail program shows the same parts of both."""
    shown = []
    for message in (_ours(letter, 7), _theirs(edition, 7)):
        parts = message_from_bytes(message, policy=default).walk()
        shown.append([part.get_content().replace("\r\n", "\n") for part in parts if not part.is_multipart()])
    if shown[0] != shown[1] or _leave(7) not in shown[0][0]:
        raise Different("digikooste and EmailMessage made different letters of the same edition.")


def _address(number: int) -> str:
    return f"lukija.{number}@virasto-{number % 50}.example.fi"


def _leave(number: int) -> str:
    return f"https://viestinta.example.fi/kooste/leave/{mail.leave_token(SECRET, _address(number))}"


def _identity(number: int) -> str:
    return mail.message_id(SECRET, "2026-W47", number, "example.fi")


def _letter(edition: Edition) -> mail.Letter:
    return mail.compose(
        subject=edition.subject,
        html=edition.html,
        text=edition.text,
        language=edition.language,
        sender=mail.Mailbox("Kooste", SENDER),
        unsubscribe=[LEAVE],
        marks=[LEAVE],
    )


def _edition(items: int) -> Edition:
    facts = SiteFacts(
        title={"fi": "Digiviestinnän viikkokooste"}, languages=("fi",), url="https://example.fi/kooste/", leave=LEAVE
    )
    renderer = Renderer([default_templates()], facts)
    return renderer.edition(weekly(items), "fi", SENT.date())
