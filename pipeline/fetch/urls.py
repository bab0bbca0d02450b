"""URLs as libcurl itself reads them, so that what is judged is what is dialled."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

import pycurl

from pipeline.fetch import addresses

_AUTHORITY = re.compile(r"^((?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//)([^/?#\\]*)(.*)$", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ASCII = "".join(map(chr, range(0x21, 0x7F)))
_DEFAULT_PORTS = {"http": 80, "https": 443}


class BadTarget(Exception):
    """The URL cannot be asked for; the text completes "it …"."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL leads: ASCII, normalised, without a fragment. ``host`` may still be a name."""

    url: str
    scheme: str
    host: str
    port: int

    def objection(self, *, allow_private: bool) -> str | None:
        """Return why this URL must not be asked for, as far as it shows without DNS, or None."""
        address = addresses.literal(self.host)
        if address is None:  # a name is judged by the addresses that DNS gives it, when dialling
            return addresses.port_objection(self.port, allow_private=allow_private)
        return addresses.objection(address, self.port, allow_private=allow_private)


def resolve(url: str, base: str | None = None) -> Target:
    """Return where ``url`` leads, seen from ``base`` where it is relative (RFC 3986, 5).

    Raises BadTarget for anything that is not http(s) with a host and without a user name.
    """
    if _CONTROL.search(url):
        raise BadTarget("contains control characters")
    try:
        parsed = pycurl.CurlUrl(base or _ascii(url), pycurl.U_URLENCODE | pycurl.U_NON_SUPPORT_SCHEME)
        if base is not None:
            parsed.setpart(pycurl.UPART_URL, _ascii(url), pycurl.U_URLENCODE | pycurl.U_NON_SUPPORT_SCHEME)
        parsed.fragment = None
        scheme, host = parsed.scheme, parsed.host
    except (pycurl.error, ValueError) as error:
        raise BadTarget("is not a valid web address") from error
    if scheme not in _DEFAULT_PORTS:
        raise BadTarget(f"has the scheme {scheme}, and only http and https are read")
    if parsed.user is not None or parsed.password is not None:
        raise BadTarget("carries a user name or password")
    if not host:
        raise BadTarget("names no host")
    return Target(parsed.url, scheme, host, int(parsed.port or _DEFAULT_PORTS[scheme]))


def _ascii(url: str) -> str:
    """Return the URL as it goes over the wire: host by IDNA, the rest percent-encoded UTF-8 (RFC 3987, 3.1)."""
    if url.isascii():
        return url
    match = _AUTHORITY.match(url)
    if match is None:
        return quote(url, safe=_ASCII)
    before, authority, after = match.groups()
    if not authority.isascii():
        import idna  # noqa: PLC0415  # 8 ms for the few names that need it

        try:
            authority = idna.encode(authority, uts46=True).decode()
        except idna.IDNAError as error:
            raise BadTarget("names a host that cannot exist") from error
    return quote(before, safe=_ASCII) + authority + quote(after, safe=_ASCII)
