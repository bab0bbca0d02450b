"""People's addresses as a log may show them: recognisable to who knows them, and of no use to anybody else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

_ADDRESS = re.compile(r"""[^\s<>()\[\]{}"',;:@=|]+@[\w.-]*\w""")


def masked(address: str) -> str:
    """Return ``m***@example.fi``; of what has no @ the first character alone."""
    local, at, domain = address.strip().rpartition("@")
    return f"{local[:1]}***@{domain}" if at else f"{domain[:1]}***"


def hidden(text: str, *, keep: Collection[str] = ()) -> str:
    """Return ``text`` with every address in it masked but those of ``keep``, whatever their case."""
    kept = {address.casefold() for address in keep}
    return _ADDRESS.sub(lambda found: found[0] if found[0].casefold() in kept else masked(found[0]), text)


def without_addresses(text: str) -> str:
    """Return ``text`` without any address, masked ones too: what two servers' words have in common."""
    return _ADDRESS.sub("", text)


def struck(text: str, address: str) -> str:
    """Return ``text``, which may hold ``address`` and be about what is none, with it masked."""
    if not address:
        return text
    quoted, plain = re.escape(repr(address)), re.escape(address)
    shown = masked(address)
    return re.sub(f"{quoted}|{plain}", lambda found: shown if found[0] == address else repr(shown), text)
