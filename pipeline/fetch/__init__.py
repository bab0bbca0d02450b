"""One polite GET: conditional, bounded in time and size, public addresses only.

These are the values; ``fetch.client`` is the engine that turns a Request into an answer.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.model import Validators

MAX_BYTES = 10 * 2**20
"""The largest body that is read, counted decoded (10 MiB)."""

DEADLINE = 60.0
"""Seconds that one request may take in all, redirects and name look-ups included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One GET as it goes out.

    ``allow_private`` lets it reach private addresses and unusual ports (an intranet). ``max_bytes`` caps the
    decoded body, ``deadline`` the seconds that the whole request may take.
    """

    url: str
    user_agent: str
    accept: str = "*/*"
    allow_private: bool = False
    max_bytes: int = MAX_BYTES
    deadline: float = DEADLINE

    key: str = field(init=False, repr=False, compare=False)
    """The identity of this request, to which validators belong: two sources may share it (RFC 9110, 8.8).

    A hash over everything that the server sees, and ``allow_private``, because what a request may
    reach is part of what it is. The caps are not: they change no answer.
    """

    def __post_init__(self) -> None:
        """Refuse what would write header lines of its own, and work out the key, which is asked for often."""
        if not (self.user_agent + self.accept).isprintable():
            raise ValueError(f"control characters in a request header: {self.user_agent!r}, {self.accept!r}")
        parts = (self.url, self.user_agent, self.accept, "private" if self.allow_private else "public")
        object.__setattr__(self, "key", hashlib.sha256("\n".join(parts).encode()).hexdigest())


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A good answer with a body.

    ``request`` is the URL asked for, ``url`` the one that answered. ``headers`` have lower-case names;
    a name sent twice is joined by ", " (RFC 9110, 5.3). ``body`` is decoded, ``body_hash`` its SHA-256 in
    hex. ``validators`` are this answer's own: both None when it has none, so that old ones are erased.
    ``fresh_for`` is how many seconds the server asks us to stay away, None where it does not say.
    ``moved_to`` is the final URL if every hop on the way was permanent (301, 308), else None.
    """

    request: str
    url: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    body_hash: str
    validators: Validators
    fresh_for: float | None = None
    moved_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """The server says that nothing changed since ``validators`` (RFC 9110, 15.4.5).

    ``validators`` are the ones to keep: those sent, updated by what the 304 carries. The other fields
    are those of Response.
    """

    request: str
    url: str
    validators: Validators
    fresh_for: float | None = None
    moved_to: str | None = None
