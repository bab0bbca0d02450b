"""What a link or a form proves: signed for one purpose, kept nowhere."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from itsdangerous import Signer

from pipeline.errors import TokenError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CONFIRM_WITHIN = timedelta(days=3)
EDIT_WITHIN = timedelta(days=1)
FORM_WITHIN = timedelta(hours=6)
_AHEAD = timedelta(minutes=5)
"""How far the clocks of two machines may be apart."""
_LONGEST = 2048


class Purpose(StrEnum):
    """What a token is good for, and nothing else: each has a key of its own."""

    CONFIRM = "confirm"
    EDIT = "edit"
    LEAVE = "leave"
    FORM = "form"
    DESK = "desk"


def signed(key: bytes, purpose: str, value: str, *, bound: str = "") -> str:
    """Return ``value`` with its signature, fit for a web address if ``value`` is.

    ``bound`` is signed with it but not said: whoever reads the token has to know it.
    """
    return _signer(key, purpose, bound).sign(value.encode()).decode()


def read(key: bytes, purpose: str, token: str, *, bound: str = "") -> str:
    """Return what ``signed`` was given; raises TokenError for anything else, were it one bit.

    The token is made again and compared, because base64 can say the same signature in several ways.
    """
    value, _, _ = token.rpartition(".")
    if len(token) > _LONGEST or not token.isascii() or not _is(token, signed(key, purpose, value, bound=bound)):
        raise TokenError("This link is not whole, or none of ours.")
    return value


def issued(key: bytes, purpose: str, value: Any, now: datetime, *, bound: str = "") -> str:  # noqa: ANN401  # JSON
    """Return a token that says when it was made; ``value`` is JSON, which its bearer can read."""
    said = json.dumps([int(now.timestamp()), value], ensure_ascii=False, separators=(",", ":"))
    return signed(key, purpose, base64.urlsafe_b64encode(said.encode()).decode().rstrip("="), bound=bound)


def opened(
    key: bytes, purpose: str, token: str, now: datetime, *, within: timedelta, bound: str = ""
) -> tuple[Any, datetime]:
    """Return the value and time of a token that ``issued`` made; raises TokenError, ``expired`` if it is too old."""
    said = read(key, purpose, token, bound=bound)
    try:
        moment, value = json.loads(base64.urlsafe_b64decode(said + "=" * (-len(said) % 4)))
        made = datetime.fromtimestamp(moment, UTC)
    except (ValueError, TypeError, OverflowError, binascii.Error) as error:  # signed by us, but for another use
        raise TokenError("This link is not one of its kind.") from error
    if not -_AHEAD <= now - made <= within:
        raise TokenError("This link is too old.", expired=True)
    return value, made


def confirm(key: bytes, address: str, *, language: str, topics: Sequence[str] | None, now: datetime) -> str:
    """Return what proves that somebody reads mail at ``address``.

    It holds the whole request, so that nothing of it has to be kept until it comes back.
    """
    return issued(key, Purpose.CONFIRM, [address, language, topics], now)


def confirmed(key: bytes, token: str, now: datetime) -> tuple[str, str, tuple[str, ...] | None, datetime]:
    """Return address, language, topics and the time of the mail; raises TokenError."""
    (address, language, topics), made = opened(key, Purpose.CONFIRM, token, now, within=CONFIRM_WITHIN)
    return address, language, None if topics is None else tuple(topics), made


def edit(key: bytes, number: int, address: str, now: datetime) -> str:
    """Return what lets a recipient choose language and topics for a day."""
    return issued(key, Purpose.EDIT, [number, who(key, address)], now)


def editor(key: bytes, token: str, now: datetime, address_of: Callable[[int], str | None]) -> int:
    """Return whose choices the token opens; raises TokenError. ``address_of`` as for ``leaver``."""
    (number, person), _ = opened(key, Purpose.EDIT, token, now, within=EDIT_WITHIN)
    address = address_of(number)
    if address is None or who(key, address) != person:
        raise TokenError("This link belongs to nobody any more.")
    return int(number)


def leave(key: bytes, number: int, address: str) -> str:
    """Return what ends the letter of the recipient ``number`` for ever: the same whenever asked.

    It is bound to the address, so that it never ends the letter of somebody who gets the number later. Number 0
    with no address stands in letters that were sent on trial.
    """
    return signed(key, Purpose.LEAVE, str(number), bound=address.casefold())


def leaver(key: bytes, token: str, address_of: Callable[[int], str | None]) -> int:
    """Return whose letter the token ends; raises TokenError.

    ``address_of`` answers the address of a number that is only claimed so far, None where there is none.
    """
    number, _, _ = token.partition(".")
    if not (number.isascii() and number.isdigit() and len(number) < len(str(2**63))):
        raise TokenError("This link is not whole, or none of ours.")
    address = address_of(int(number))
    if address is None:
        raise TokenError("This link belongs to nobody any more.")
    return int(read(key, Purpose.LEAVE, token, bound=address.casefold()))


def who(key: bytes, address: str) -> str:
    """Return what stands for an address where the address itself is not needed: the same always, telling nothing."""
    return hmac.digest(key, f"who\0{address.casefold()}".encode(), "sha256").hex()[:32]


def _signer(key: bytes, purpose: str, bound: str) -> Signer:
    salt = f"digikooste {purpose}\0{bound}".encode()
    return Signer(key, salt=salt, digest_method=hashlib.sha256, key_derivation="hmac")


def _is(token: str, expected: str) -> bool:
    return hmac.compare_digest(token.encode(), expected.encode())
