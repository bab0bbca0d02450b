"""What a returned letter says: about whom (by a signed return path), and whether the address is gone for good."""

from __future__ import annotations

import base64
import hmac
import logging
import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message
from email.utils import getaddresses
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from pipeline.errors import ParseError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LARGEST = 256 * 2**10
"""Octets of a return that are read: its report comes first, and our own letter after it."""
SECONDS = 5.0
MEMORY = 2**28
PLACE: Final = "{token}"
"""Where the token stands in a pattern of return paths."""
LONGEST_TOKEN = 40
_LONGEST_WORDS = 20_000
_MAC = 16
"""Characters of base32: 80 bits, in an address that has 64 octets before its @ (RFC 5321, 4.5.3.1.1)."""
_TOKEN = re.compile(rf"([1-9][0-9]{{0,9}})-([0-9w-]{{4,10}})-([a-z2-7]{{{_MAC}}})")
_ARRIVED = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To", "Cc")
"""Where the address stands to which a return was delivered; only a signed one counts, so all may be asked."""


class Kind(StrEnum):
    """What a return means for its address.

    ``POLICY`` is about our letter or our server, ``SOFT`` passes by itself; neither counts against anybody.
    ``AUTO`` is a machine's answer in somebody's absence, ``OTHER`` anything else, such as a person's answer.
    """

    HARD = "hard"
    SOFT = "soft"
    POLICY = "policy"
    AUTO = "auto"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one return says; ``status`` is its code by RFC 3463 or '', ``addresses`` where it was delivered."""

    kind: Kind
    status: str = ""
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Which letter came back: the number of its recipient, and its digest."""

    recipient: int
    digest: str


@dataclass(frozen=True, slots=True)
class ReturnPath:
    """Addresses that tell which letter comes back (VERP), and that only the holder of ``key`` can make.

    ``pattern`` is a mail address with ``{token}`` before its @. A token is in lower case throughout, for
    not every server keeps the case of what stands before the @.
    """

    pattern: str
    key: bytes

    def address(self, recipient: int, digest: str) -> str:
        """Return where a letter to ``recipient`` of ``digest`` comes back to; the same whenever asked."""
        said = f"{recipient}-{digest.lower()}"
        return self.pattern.replace(PLACE, f"{said}-{self._mac(said)}")

    def origin(self, addresses: Iterable[str]) -> Origin | None:
        """Return what the first address of ours tells, or None when no one is signed by us."""
        before, _, after = self.pattern.lower().partition(PLACE)
        for address in addresses:
            lower = address.strip().lower()
            if not (lower.startswith(before) and lower.endswith(after)):
                continue
            found = _TOKEN.fullmatch(lower[len(before) : len(lower) - len(after)])
            if found and hmac.compare_digest(self._mac(f"{found[1]}-{found[2]}"), found[3]):
                return Origin(recipient=int(found[1]), digest=found[2].upper())
        return None

    def _mac(self, said: str) -> str:
        digest = hmac.digest(self.key, f"return-path\0{said}".encode(), "sha256")
        return base64.b32encode(digest).decode().lower()[:_MAC]


def read(body: bytes) -> Report:
    """Return what a returned message says; raises ParseError for one that cannot be taken apart.

    A report by RFC 3464 is believed by its own fields. What has none is asked of flufl.bounce, and only
    when a mail server wrote it. Runs in a child process: the bytes are anybody's.
    """
    try:
        message = message_from_bytes(body[:LARGEST], policy=policy.compat32)
        kind, status = _judge(message)
        return Report(kind=kind, status=status, addresses=_addresses(message))
    except (ValueError, LookupError, AttributeError, TypeError, AssertionError, RecursionError) as error:
        raise ParseError(f"A returned message cannot be taken apart ({type(error).__name__}).") from error


def _judge(message: Message) -> tuple[Kind, str]:
    blocks = list(_status_blocks(message))
    if blocks:
        return _of_report(blocks)
    if message.get_content_type() == "multipart/report":
        return Kind.AUTO, ""  # a receipt, or a complaint that is not ours to judge
    if not _is_absence(message) and _is_from_server(message):
        kind, status = _of_words(message)
        if kind is not Kind.OTHER:
            return kind, status
    return (Kind.AUTO if _is_automatic(message) else Kind.OTHER), ""


# Reports by RFC 3464 ----------------------------------------------------------------------------------


def _status_blocks(message: Message) -> Iterator[Message]:
    """Yield the fields about each recipient; the first block is about the message (RFC 3464, 2.1)."""
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            payload = part.get_payload()
            if isinstance(payload, list):
                yield from (block for block in payload[1:] if isinstance(block, Message) and block.keys())
            return


def _of_report(blocks: list[Message]) -> tuple[Kind, str]:
    """Say what a report means: hard only when every address that it names failed for good."""
    found = []
    for block in blocks:
        action = _field(block, "Action").lower()
        if action in {"delivered", "relayed", "expanded"}:
            return Kind.OTHER, ""
        if action == "failed":
            found.append(judge(_field(block, "Status"), _field(block, "Diagnostic-Code")))
    if not found:
        return Kind.SOFT, ""  # delayed: the server is still trying
    return next((one for one in found if one[0] is not Kind.HARD), found[0])


def judge(status: str, words: str) -> tuple[Kind, str]:
    """Say what a failure means, by its status code (RFC 3463) and the server's words.

    Where the code says no more than "failed" (5.0.0), one in the words is asked. A full mailbox (x.2.2), a
    letter that is too big, one that expired after temporary failures (4.x.x) or was refused as unwanted
    (5.7.x) says nothing against the address.
    """
    code = _code(status)
    if code is None or code.endswith((".0.0", ".5.0")):
        code = _code(words) or code
    kind = _kind(code, words[:_LONGEST_WORDS].lower())
    return kind, code or ""


def _kind(code: str | None, words: str) -> Kind:
    if code is None or code == "5.0.0":
        return _kind_of_words(words)
    if not code.startswith("5."):
        return Kind.SOFT
    if code in _ABOUT_US or code.startswith(("5.7.", "5.6.")):
        return Kind.POLICY
    if code == "5.4.1":  # Exchange Online says so of addresses that its directory lacks
        return Kind.HARD if "recipient address rejected" in words else Kind.SOFT
    return Kind.HARD if code.startswith("5.1.") or code in _GONE else Kind.SOFT


def _kind_of_words(words: str) -> Kind:
    if _OUR_FAULT.search(words):
        return Kind.POLICY
    if _PASSING.search(words):
        return Kind.SOFT
    return Kind.HARD if _UNKNOWN.search(words) else Kind.SOFT


_GONE = frozenset({"5.2.1", "5.4.4"})
"""Mailbox disabled; no host of that name. Beside all of 5.1.x: no such address."""
_ABOUT_US = frozenset({"5.1.7", "5.1.8", "5.1.9"})
"""The sender's address, not the recipient's."""
_UNKNOWN = re.compile(
    r"user (?:is )?unknown|unknown (?:user|recipient|address|mailbox)|no such (?:user|recipient|mailbox|address)"
    r"|(?:user|recipient|mailbox|address|account) (?:was |is |does )?(?:not|n't) (?:found|exist|known)"
    r"|doesn'?t have an? \w+ account|mailbox unavailable|account (?:has been |is )?(?:disabled|deactivated|closed)"
    r"|does not exist|no mailbox here|invalid (?:recipient|mailbox|user)"
    r"|(?:host|domain) (?:name )?(?:not found|unknown|does not exist)"
)
_OUR_FAULT = re.compile(r"spam|polic(?:y|ies)|blocked|blacklist|block list|denylist|reputation|spf\b|dkim|dmarc|virus")
_PASSING = re.compile(r"quota|full\b|too large|too big|size limit|expired|timed? ?out|try again|tempor")
_CODE = re.compile(r"(?<![\d.])([245])[.](\d{1,3})[.](\d{1,3})(?![\d.])")


def _code(text: str) -> str | None:
    found = _CODE.search(text[:_LONGEST_WORDS])
    return f"{found[1]}.{int(found[2])}.{int(found[3])}" if found else None


# What is no report ------------------------------------------------------------------------------------


def _of_words(message: Message) -> tuple[Kind, str]:
    """Ask flufl.bounce, which knows what servers without reports write."""
    from flufl.bounce import all_failures  # noqa: PLC0415  # only the child needs it

    logging.getLogger("flufl.bounce").disabled = True  # it would log foreign bytes with a traceback
    temporary, permanent = all_failures(message)
    if not permanent:
        return (Kind.SOFT if temporary else Kind.OTHER), ""
    words = _text(message)
    kind, status = judge("", words)
    if not status and not _OUR_FAULT.search(words.lower()) and not _PASSING.search(words.lower()):
        kind = Kind.HARD
    return kind, status


def _is_from_server(message: Message) -> bool:
    """Whether a mail server wrote it: bounces have no sender in their envelope (RFC 5321, 4.5.5)."""
    if _field(message, "Return-Path") == "<>" or message.get("X-Failed-Recipients") is not None:
        return True
    sender = _field(message, "From").lower()
    return any(name in sender for name in ("mailer-daemon", "mailerdaemon", "postmaster", "mail delivery"))


def _is_automatic(message: Message) -> bool:
    """Whether a machine answered (RFC 3834, 5, and what was usual before it)."""
    submitted = _field(message, "Auto-Submitted").lower().partition(";")[0].strip()
    return submitted not in {"", "no"} or _is_absence(message)


def _is_absence(message: Message) -> bool:
    if any(message.get(name) is not None for name in _ABSENT):
        return True
    if _field(message, "Precedence").lower() in {"auto_reply", "auto-reply", "list"}:
        return True
    return bool(_AWAY.match(_subject(message)))


_ABSENT = ("X-Autoreply", "X-Autorespond", "X-Autoreply-From", "X-Mail-Autoreply", "X-AutoReply-Sent", "X-Vacation")
_AWAY = re.compile(
    r"\W*(?:out of (?:the )?office|automatic reply|auto(?:matic)? ?-?(?:reply|response)|autoreply|away from"
    r"|vacation|automaattinen (?:vastaus|poissaoloviesti)|automaattivastaus|poissa\b|poissaolo|lomalla"
    r"|autosvar|automatiskt svar|frånvarande|ej på kontoret|på semester)",
    re.IGNORECASE,
)


def _subject(message: Message) -> str:
    from email.header import decode_header  # noqa: PLC0415  # for the few that are no reports

    parts = decode_header(_field(message, "Subject")[:1000])
    return "".join(
        part.decode(charset or "latin-1", errors="replace") if isinstance(part, bytes) else part
        for part, charset in parts
    )


def _text(message: Message) -> str:
    """Return the first text that is in it, as far as it is needed."""
    for part in message.walk():
        if part.get_content_maintype() == "text":
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                return payload[:_LONGEST_WORDS].decode("latin-1")
    return ""


def _field(message: Message, name: str) -> str:
    """Return a header's first value on one line, '' where it is missing."""
    value = message.get(name)
    return "" if value is None else " ".join(str(value)[:_LONGEST_WORDS].split())


def _addresses(message: Message) -> tuple[str, ...]:
    values = [str(value)[:1000] for name in _ARRIVED for value in message.get_all(name, [])[:10]]
    return tuple(address for _, address in getaddresses(values) if "@" in address)[:20]
