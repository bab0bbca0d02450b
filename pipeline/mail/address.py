"""The form in which an address travels: ASCII wherever the standards allow it."""

from __future__ import annotations

import re

import idna

_ATEXT = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~\-"
_LOCAL_PART = re.compile(rf"[{_ATEXT}\u00a1-\U0010ffff]+(?:\.[{_ATEXT}\u00a1-\U0010ffff]+)*")
"""A dot-atom (RFC 5322, 3.2.3), with the letters that RFC 6532 adds; quoted local parts are refused."""

_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")

_LONGEST_LOCAL_PART = 64  # RFC 5321, 4.5.3.1.1, in octets
_LONGEST_ADDRESS = 254  # RFC 3696, erratum 1690


def wire_address(address: str) -> str:
    """Return ``address`` with its domain in lower-case A-labels; the local part is left as it is.

    Raises ValueError, with a sentence that names the address, for what no mail server would take.
    """
    local, at, domain = address.rpartition("@")
    if not at or not _LOCAL_PART.fullmatch(local) or not local.isprintable():
        raise ValueError(f"{address!r} is no mail address: write it as name@domain")
    try:
        wire = f"{local}@{wire_domain(domain)}"
    except ValueError as error:
        raise ValueError(f"{address!r} is no mail address, for {error}") from error
    if len(local.encode()) > _LONGEST_LOCAL_PART or len(wire.encode()) > _LONGEST_ADDRESS:
        raise ValueError(f"{address!r} is longer than a mail address can be: check it")
    return wire


def wire_domain(domain: str) -> str:
    """Return a host name in lower-case A-labels (IDNA 2008); raises ValueError with a sentence."""
    try:
        wire = domain.lower() if domain.isascii() else idna.encode(domain, uts46=True).decode()
    except idna.IDNAError as error:
        raise ValueError(f"{domain!r} is no domain name ({error}): check its spelling") from error
    if not _HOST.fullmatch(wire):
        raise ValueError(f"{domain!r} is no domain name: check its spelling")
    return wire
