"""A text as an address of somebody, or where a reader's answer goes."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from pipeline.config.problems import shown
from pipeline.config.settings import Mailbox
from pipeline.config.values.addresses import host_name, web_address
from pipeline.config.values.texts import text

TOKEN = "{token}"  # noqa: S105 - a place in an address
"""What stands for a recipient in an address that each has of their own."""
LONGEST_RETURN_TOKEN = 40
"""Characters of what stands in a return path for its recipient and digest, signed."""
LONGEST_LOCAL_PART = 64
_MAILBOX = re.compile(r"^(?:(?P<name>[^<>]*)<(?P<inner>[^<>]+)>|(?P<bare>[^<>]+))$")
_LOCAL_PART = re.compile(r"^[^\s()<>@,;:\\\"\[\].\x00-\x1f]+(?:\.[^\s()<>@,;:\\\"\[\].\x00-\x1f]+)*$")
_LONGEST_MAIL_ADDRESS = 254  # RFC 5321, 4.5.3.1.3, without the angle brackets


def mail_address(value: str) -> str:
    """An address alone: local part, @ and domain (RFC 5321; other alphabets allowed by RFC 6531)."""
    local, at, domain = value.rpartition("@")
    if not at or not _LOCAL_PART.fullmatch(local) or len(value) > _LONGEST_MAIL_ADDRESS:
        raise ValueError(f"must be a mail address, such as kooste@example.fi, not {shown(value)}")
    host_name(domain)
    return value


def mailbox(value: object) -> object:
    """``Name <address>`` or an address alone."""
    if not isinstance(value, str):
        return value
    found = _MAILBOX.fullmatch(str(text(value)))
    if found is None:
        raise ValueError(f"must be an address or Name <address>, not {shown(value)}")
    name = " ".join((found["name"] or "").split()).strip('"')
    return Mailbox(address=mail_address((found["inner"] or found["bare"]).strip()), name=name)


def contact(value: str) -> str:
    """A web address or a mail address."""
    if value.lower().startswith("mailto:"):
        return mail_address(value[len("mailto:") :])
    if "@" not in value and "." not in value:
        raise ValueError(f'must be a web or mail address, such as viestinta@example.fi, not "{value}"')
    return mail_address(value) if "@" in value and "://" not in value else web_address(value)


def leave_address(value: str) -> str:
    """Where leaving leads: a mailto: or an https: address (RFC 2369; RFC 8058 asks for https)."""
    if value.lower().startswith("mailto:"):
        return (
            "mailto:"
            + mail_address(value[len("mailto:") :].partition("?")[0])
            + value.partition("?")[1]
            + (quote(value.partition("?")[2], safe="/%:@!$&'()*+,;=~?"))
        )
    if "@" in value and "://" not in value:
        return "mailto:" + mail_address(value)
    url = web_address(value)
    if not url.startswith("https://"):
        raise ValueError("must be an https: or a mail address; mail programs ignore http: here")
    return url


def return_address(value: str) -> str:
    """A mail address with ``{token}`` before its @, short enough for every token (RFC 5321, 4.5.3.1.1)."""
    local, _, _ = value.rpartition("@")
    if value.count(TOKEN) != 1 or TOKEN not in local:
        raise ValueError(f"must hold {TOKEN} once before its @, where the address says whose letter comes back")
    place = "x" * LONGEST_RETURN_TOKEN
    if not value.isascii() or len(local.replace(TOKEN, place)) > LONGEST_LOCAL_PART:
        room = LONGEST_LOCAL_PART - LONGEST_RETURN_TOKEN
        raise ValueError(f"must be in ASCII, with at most {room} characters beside {TOKEN} before its @")
    return mail_address(value.replace(TOKEN, place)).replace(place, TOKEN)


def one_click_address(value: str) -> str:
    """An https: address with ``{token}`` where it says who leaves (RFC 8058, 3.1)."""
    if value.count(TOKEN) != 1:
        raise ValueError(f"must hold {TOKEN} once, where the address says who leaves")
    place = "digikooste-token"
    url = web_address(value.replace(TOKEN, place))
    if not url.startswith("https://"):
        raise ValueError("must be an https: address; mail programs post to no other (RFC 8058)")
    if place in urlsplit(url).netloc or place not in url:
        raise ValueError(f"must hold {TOKEN} in its path or its query")
    return url.replace(place, TOKEN)
