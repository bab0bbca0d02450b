"""A scalar's text as what its key asks for: each function returns the value or raises ValueError with the advice."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import fields
from datetime import date
from urllib.parse import quote, urlsplit, urlunsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import idna
from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from pipeline.calendar import Schedule
from pipeline.colours import Palette
from pipeline.config.problems import did_you_mean, one_of, shown
from pipeline.config.settings import Mailbox

ID = r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$"
TOKEN = "{token}"  # noqa: S105 - a place in an address
"""What stands for a recipient in an address that each has of their own."""
LONGEST_RETURN_TOKEN = 40
"""Characters of what stands in a return path for its recipient and digest, signed."""
LONGEST_LOCAL_PART = 64

LONGEST_URL = 2000
COLOUR = r"^#?([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$"
COLOURS = tuple(field.name for field in fields(Palette))
COLOUR_NAMES = one_of(f"`{name}`" for name in COLOURS)
WEB_PORTS = frozenset({None, 80, 443})
_ID = re.compile(ID)
_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*):(?!\d)")
_MAILBOX = re.compile(r"^(?:(?P<name>[^<>]*)<(?P<inner>[^<>]+)>|(?P<bare>[^<>]+))$")
_LOCAL_PART = re.compile(r"^[^\s()<>@,;:\\\"\[\].\x00-\x1f]+(?:\.[^\s()<>@,;:\\\"\[\].\x00-\x1f]+)*$")
_LONGEST_MAIL_ADDRESS = 254  # RFC 5321, 4.5.3.1.3, without the angle brackets
# A word such as PLAYLIST_ID only as a value: "?FEED_ID=3" is a real address.
_PLACEHOLDER = re.compile(r"…|%E2%80%A6|<[^>]*>|(?<=[=/])[A-Z]+(?:_[A-Z]+)*_ID(?![\w=])")
# C0 and C1 but tab and line end, soft controls of direction, line separators, lone surrogates.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_EMPTY_PAGE = LexborHTMLParser("<p>")


def text(value: object) -> object:
    """One line of text, without space around it; what is no scalar is left to the schema."""
    if not isinstance(value, str):
        return value
    if found := _INVISIBLE.search(value):
        raise ValueError(f"holds an invisible control character (U+{ord(found[0]):04X}); delete it")
    if not (stripped := " ".join(value.split())):
        raise ValueError("is empty; write a text, or delete the line")
    return stripped


def expression(value: object) -> object:
    """A text in which every space counts."""
    text(value)
    return value


def whole(value: object) -> object:
    """A whole number as written in decimal; ``010`` is refused, since YAML 1.1 reads it as 8."""
    if not isinstance(value, str):
        return value
    if not re.fullmatch(r"-?[0-9]{1,9}", value):
        raise ValueError(f"must be a whole number, such as 5; {shown(value)} is none")
    if value.lstrip("-") != str(abs(int(value))):
        raise ValueError(f"has a zero in front; write {int(value)}")
    return int(value)


def number(value: object) -> object:
    """A decimal number with a point."""
    if not isinstance(value, str):
        return value
    if not re.fullmatch(r"-?[0-9]{1,9}(\.[0-9]{1,6})?", value):
        hint = f"; write {value.replace(',', '.')}" if re.fullmatch(r"[0-9]+,[0-9]+", value) else ""
        raise ValueError(f"must be a number, such as 2 or 0.5; {shown(value)} is none{hint}")
    return float(value)


def flag(value: object) -> object:
    """``true`` or ``false``; YAML 1.1's other spellings are named, not guessed at."""
    if not isinstance(value, str):
        return value
    match value.casefold():
        case "true":
            return True
        case "false":
            return False
        case "yes" | "on" | "y" | "1" | "kyllä":
            raise ValueError(f"must be true or false; write true instead of {shown(value)}")
        case "no" | "off" | "n" | "0" | "ei":
            raise ValueError(f"must be true or false; write false instead of {shown(value)}")
        case _:
            raise ValueError(f"must be true or false, not {shown(value)}")


def identifier(value: str) -> str:
    """An id as the names of files and the store need it."""
    if _ID.fullmatch(value):
        return value
    hint = f'; "{slug(value)}" would do' if slug(value) else ""
    raise ValueError(f'may hold a to z, 0 to 9 and "-" only, at most 64 of them{hint}')


def slug(words: str) -> str:
    """An id made of any text, or ''."""
    letters = words.casefold().translate(str.maketrans("äåöéü", "aaoeu"))
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:64].strip("-")


def web_address(value: str) -> str:
    """An absolute http or https URL in ASCII (RFC 3986; hosts by IDNA 2008), without its fragment."""
    if value.split() != [value]:
        raise ValueError(f"must be one address without spaces, not {shown(value)}")
    if len(value) > LONGEST_URL:
        raise ValueError(f"is longer than {LONGEST_URL} characters; no address needs that")
    _check_scheme(value)
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"{shown(value)} is no web address; check its host and port") from error
    if parts.username is not None or parts.password is not None:
        raise ValueError("holds a user name or password; a secret has no place in this file")
    host = host_name(parts.hostname or "")
    netloc = (f"[{host}]" if ":" in host else host) + ("" if port is None else f":{port}")
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~?")
    return urlunsplit((parts.scheme.lower(), netloc, path, query, ""))


def source_address(value: str) -> str:
    """What a source may be read from: a web address, or a file below the workspace's folder, "file:feed.xml"."""
    return _file_address(value) if is_file(value) else web_address(value)


def is_file(url: str) -> bool:
    """Whether the address names a file."""
    return url[:5].lower() == "file:"


def _file_address(value: str) -> str:
    path = value[5:]
    if path.startswith("/"):
        raise ValueError(
            'names a file from the top; write where it stands seen from sources.yaml, as in "file:feed.xml"'
        )
    if not path or any(part in {"", ".", ".."} for part in path.split("/")):
        raise ValueError(
            f'must name a file below the folder of sources.yaml, as in "file:feed.xml", not {shown(value)}'
        )
    return f"file:{path}"


def _check_scheme(value: str) -> None:
    scheme = _SCHEME.match(value)
    if scheme is None:
        hint = f'; write "https://{value.lstrip("/")}"' if "." in value else ""
        raise ValueError(f"must begin with https:// or http://, unlike {shown(value)}{hint}")
    if scheme[1].lower() not in {"http", "https"}:
        raise ValueError(f"must begin with https:// or http://, not with {shown(scheme[1] + ':')}")
    if not value[scheme.end() :].startswith("//"):
        raise ValueError(f'needs two slashes: "{scheme[1]}://…"')


def host_name(value: str) -> str:
    """A host's name in ASCII and lower case, or an IP address."""
    if not value:
        raise ValueError("has no host; write it as https://host/path")
    if ":" in value or value[-1].isdigit():
        return _ip_address(value)
    name = value.removesuffix(".")
    if re.fullmatch(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?", name) and ".." not in name:
        return name.lower()
    try:
        return idna.encode(name, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise ValueError(f"{shown(value)} is no host name") from error


def _ip_address(value: str) -> str:
    """An IP address; a host whose name ends with a digit is taken as one, as browsers do."""
    try:
        return str(ipaddress.ip_address(value))
    except ValueError as error:
        raise ValueError(f"{shown(value)} is neither a host name nor an IP address") from error


def server(value: str) -> str:
    """A mail server's host name alone."""
    if "://" in value or "/" in value:
        raise ValueError(f"must be a host name alone, such as smtp.example.fi, not {shown(value)}")
    if re.fullmatch(r"[^:]+:\d+", value):
        host, port = value.split(":")
        raise ValueError(f'must be a host name alone; write "host: {host}" and "port: {port}"')
    return host_name(value)


def is_placeholder(url: str) -> bool:
    """Whether something is still to be filled in: ``…``, ``<…>`` or a word such as PLAYLIST_ID."""
    return bool(_PLACEHOLDER.search(url))


def filled(url: str) -> str:
    """The address with something in the place of what is still to be filled in, so that the rest can be judged."""
    return _PLACEHOLDER.sub("x", url)


def private_reason(url: str) -> str | None:
    """Why only ``allow_private`` sources may have this address, as far as its text alone tells."""
    parts = urlsplit(url)
    if parts.port not in WEB_PORTS:
        return f"port {parts.port}"
    host = parts.hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return "this computer itself"
    is_address = ":" in host or host[-1:].isdigit()
    return "a private address" if is_address and not ipaddress.ip_address(host).is_global else None


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


def folder_address(value: str) -> str:
    """A web address below which files stand; ends with a slash."""
    url = web_address(value)
    if urlsplit(url).query:
        raise ValueError('is the address of a folder; it cannot hold a "?"')
    return url if url.endswith("/") else url + "/"


def language(value: str) -> str:
    """A language that editions exist in."""
    from_names = {"suomi": "fi", "fin": "fi", "finnish": "fi", "ruotsi": "sv", "svenska": "sv", "swe": "sv",
                  "swedish": "sv", "englanti": "en", "eng": "en", "english": "en"}  # fmt: skip
    code = value.casefold()
    if code in {"fi", "sv", "en"}:
        return code
    hint = f'; write "{from_names[code]}"' if code in from_names else ""
    raise ValueError(f"must be {one_of(('fi', 'sv', 'en'))}, not {shown(value)}{hint}")


def schedule(value: str) -> str:
    """A schedule that the calendar understands."""
    Schedule.parse(value)
    return value


def time_zone(value: str) -> str:
    """A zone of the IANA database."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"must be a time zone such as Europe/Helsinki, not {shown(value)}") from error
    return value


def selector(value: str) -> str:
    """A CSS selector, as the parser of listing pages reads it."""
    try:
        _EMPTY_PAGE.css(value)
    except SelectolaxError as error:
        hint = "; this looks like XPath" if value.startswith(("/", "./")) else ""
        raise ValueError(f"{shown(value)} is no CSS selector, such as .article-teaser or h2 > a{hint}") from error
    return value


def header_text(value: str) -> str:
    """A text that an HTTP header can hold."""
    if not (value.isascii() and value.isprintable()):
        raise ValueError("goes into a header of HTTP; write it in plain ASCII")
    return value


def distinct(value: list[str]) -> list[str]:
    """A list without repetition."""
    for number, word in enumerate(value):
        if word in value[:number]:
            raise ValueError(f"names {shown(word)} twice; delete one")
    return value


_LONGEST_PATTERN = 500
_DURATION = re.compile(
    r"(?:(?P<h>\d{1,3}) *(?:h|t))? *(?:(?P<min>\d{1,4}) *min)? *(?:(?P<s>\d{1,6}) *s)?|"
    r"(?:(?P<hours>\d{1,3}):)?(?P<minutes>\d{1,3}):(?P<seconds>[0-5]\d)"
)


def duration(value: object) -> object:
    """Seconds, of "90 s", "2 min", "1 h 30 min" or "1:30:00"."""
    if not isinstance(value, str):
        return value
    found = _DURATION.fullmatch(value.strip())
    if found is None or not any(found.groupdict().values()):
        raise ValueError(f"must be a length of time such as 90 s, 2 min or 1 h 30 min, not {shown(value)}")
    hours, minutes, seconds = (
        int(found[word] or found[clock] or 0) for word, clock in (("h", "hours"), ("min", "minutes"), ("s", "seconds"))
    )
    return hours * 3600 + minutes * 60 + seconds


def pattern(value: str) -> str:
    """A regular expression, as the library that can be stopped reads it."""
    import regex  # noqa: PLC0415  # 30 ms that a file without patterns never pays

    if len(value) > _LONGEST_PATTERN:
        raise ValueError(f"is longer than {_LONGEST_PATTERN} characters; write words instead")
    try:
        regex.compile(value)
    except (regex.error, RecursionError, OverflowError) as error:
        raise ValueError(f"{shown(value)} is no regular expression ({error}); words need none") from error
    return value


def choice(value: object, words: tuple[str, ...]) -> object:
    """One of a few words."""
    if not isinstance(value, str) or value in words:
        return value
    raise ValueError(f"must be {one_of(words)}, not {shown(value)}{did_you_mean(value, words)}")


def day(value: object) -> object:
    """A date as ISO 8601 writes it."""
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value.strip())
    except ValueError as error:
        raise ValueError(f"must be a day such as 2026-11-16, not {shown(value)}") from error


def colour_name(value: str) -> str:
    """One of the palette's names."""
    if value in COLOURS:
        return value
    hint = did_you_mean(value, COLOURS) or f"; known are {one_of(COLOURS)}"
    raise ValueError(f"{shown(value)} is no colour of the letter{hint}")


def colours(value: object) -> object:
    """A group of colours; one that is gone because of its # is named, since that begins a comment."""
    if not isinstance(value, dict):
        raise ValueError(f'must be a group such as {{link: "#0b4f8a"}}, not {shown(str(value))}')  # noqa: TRY004  # for pydantic
    if bare := [name for name, given in value.items() if given is None]:
        raise ValueError(f'{bare[0]} has no value; write the colour in quotes, such as "#0b4f8a"')
    return value


def colour(value: str) -> str:
    """A colour as ``#rrggbb``."""
    if not re.fullmatch(COLOUR, value):
        raise ValueError(f'must be a colour such as "#0b4f8a" (in quotes), not {shown(value)}')
    digits = value.removeprefix("#").lower()
    return f"#{digits}" if len(digits) == len("rrggbb") else "#" + "".join(digit * 2 for digit in digits)
