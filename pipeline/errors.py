"""Everything that can go wrong, as one tree.

DigikoosteError
├── ConfigError           sources.yaml or the environment: every mistake at once, each with its line
├── StoreError            the database: corrupt, foreign, newer, locked, full
│   └── LeaseLost         the host lease ran out while its source was being read
├── BusyError             another process holds this job's lock
├── FetchError            one request failed; ``code`` says how (see ``FetchCode``)
├── ParseError            a body was read but is not what its source should give
│   └── IsolateError      the child process that parsed it was killed (time, memory, crash)
├── YouTubeError          yt-dlp could not list: gone, blocked, broken
├── RenderError           a template is wrong: file and line
├── LintError             a letter is broken, so it was neither frozen nor sent
├── DraftError            a draft cannot be changed, approved or held like that
│   └── DraftChanged      somebody else changed it meanwhile
├── SiteError             output/ could not be written
│   └── PublishError      the operator's command could not carry it to where it is published
├── WebhookError          the operator's webhook did not take a notice
├── TokenError            a link or a form: not ours, changed, used or too old
├── ListenError           serve cannot listen at an address: taken, not ours, forbidden
└── MailError             the mail server
    ├── MailSetupError    our fault: login, TLS, sender refused; the run stops, nobody is marked
    ├── TransientMailError  4xx or no connection: try again later
    ├── PermanentMailError  5xx for this recipient: refused, with the server's words
    └── UnknownMailError    the connection was lost after DATA: nobody knows

Each ``str(error)`` is one sentence for a person: what happened, where, what to do.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class DigikoosteError(Exception):
    """Anything that a person can cause or mend; its text is for that person."""


class ConfigError(DigikoosteError):
    """Every mistake found in the configuration, each as ``file:line:column: what, and what instead``."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Keep the problems in the order of their lines."""
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class StoreError(DigikoosteError):
    """The database cannot be used; the sentence names it and the way out."""


class LeaseLost(StoreError):
    """Another process took over the host while its source was being read; nothing was written."""


class BusyError(DigikoosteError):
    """Another process holds this job's lock (exit code 75)."""


class FetchCode(StrEnum):
    """How a request failed; decides when to come again."""

    ADDRESS = "address"  # a private address, an odd port, another scheme: refused by us
    DNS = "dns"
    CONNECT = "connect"
    TIMEOUT = "timeout"
    TLS = "tls"
    TOO_BIG = "too-big"
    TOO_SLOW = "too-slow"
    EMPTY = "empty"  # 200 with no body, or one cut short
    REDIRECT = "redirect"  # a loop, more than 5 hops, or https to http
    GONE = "gone"  # 410
    NOT_FOUND = "not-found"  # 404
    REFUSED = "refused"  # 401, 403
    RATE_LIMITED = "rate-limited"  # 429, or 503 with Retry-After
    SERVER = "server"  # other 5xx
    STATUS = "status"  # any other status that is no answer
    PROTOCOL = "protocol"  # not HTTP, broken coding, too many headers
    ROBOTS = "robots"  # robots.txt asks us not to read this page
    WAITING = "waiting"  # not asked at all: the host or our own back-off says later


class FetchError(DigikoosteError):
    """One request failed.

    ``status`` is the HTTP status or None; ``retry_after`` seconds that the server asked to wait
    (RFC 9110, 10.2.3), or None.
    """

    def __init__(
        self,
        code: FetchCode,
        message: str,
        *,
        url: str,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        """Say what happened to which URL."""
        super().__init__(message)
        self.code = code
        self.url = url
        self.status = status
        self.retry_after = retry_after

    def __reduce__(self) -> tuple[object, ...]:
        """Survive the way back from a child process."""
        return (_fetch_error, (self.code, str(self), self.url, self.status, self.retry_after))


def _fetch_error(code: FetchCode, message: str, url: str, status: int | None, retry_after: float | None) -> FetchError:
    return FetchError(code, message, url=url, status=status, retry_after=retry_after)


class ParseError(DigikoosteError):
    """A body is not what its source should give; the sentence says what it looks like instead."""


class IsolateError(ParseError):
    """The child process passed its limit of time or memory, or crashed, and was ended."""


class YouTubeError(DigikoosteError):
    """yt-dlp could not list a playlist or channel; never taken as its end (outages look the same)."""


class RenderError(DigikoosteError):
    """A template or a translation is wrong; names file and line."""


class LintError(DigikoosteError):
    """A letter is broken, and nobody got it; the sentence names the part and the reason."""


class DraftError(DigikoosteError):
    """A draft cannot be changed, approved or held like that; nothing was changed."""


class DraftChanged(DraftError):
    """Somebody else changed the draft after ``seen``, the revision that this change was made for; it was not made."""

    def __init__(self, message: str, *, seen: int, current: int) -> None:
        """Say it, with both revisions' numbers."""
        super().__init__(message)
        self.seen = seen
        self.current = current


class SiteError(DigikoosteError):
    """output/ could not be written; what stood there before still stands."""


class PublishError(SiteError):
    """``site.publish`` failed: the pages are written, but readers do not find them."""


class ListenError(DigikoosteError):
    """Serve cannot listen where it was told to; the sentence names the address."""


class WebhookError(DigikoosteError):
    """The operator's webhook did not take a notice; it is posted again later."""


class TokenError(DigikoosteError):
    """A link or a form proves nothing; ``expired`` when it once did."""

    def __init__(self, message: str, *, expired: bool = False) -> None:
        """Keep whether a new one would help."""
        super().__init__(message)
        self.expired = expired


class MailStage(StrEnum):
    """How far a message had come; ``SERVER`` concerns every recipient, ``RECIPIENT`` this one alone."""

    SERVER = "server"  # dialling, TLS, login, or the server is closing down (421)
    SENDER = "sender"  # MAIL FROM
    RECIPIENT = "recipient"  # RCPT TO, or the address itself
    CONTENT = "content"  # DATA and the reply to the final dot


class MailError(DigikoosteError):
    """Something between us and the mail server; ``reply`` holds the server's own words, or ''."""

    def __init__(self, message: str, *, reply: str = "", stage: MailStage = MailStage.SERVER) -> None:
        """Say what happened, with the server's words where it had any, and how far the message had come."""
        super().__init__(message)
        self.reply = reply
        self.stage = stage


class MailSetupError(MailError):
    """Our fault (login, TLS, sender): stop at once, mark nobody."""


class TransientMailError(MailError):
    """4xx, or the server could not be reached: the same message goes out later."""


class PermanentMailError(MailError):
    """This recipient was refused for good for this digest."""


class UnknownMailError(MailError):
    """The connection was lost after DATA: the message may or may not have arrived."""
