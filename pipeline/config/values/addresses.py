"""A text as an address on the web, or a file below the workspace."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import quote, urlsplit, urlunsplit

from pipeline.config.problems import shown

LONGEST_URL = 2000
WEB_PORTS = frozenset({None, 80, 443})
_PLAIN = re.compile(
    r"https?://(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,3}[a-z]{2,20}(?:/[A-Za-z0-9_.~/-]{0,1500})?"
)
"""The form of most addresses, public as far as its text tells: it is as it has to be, which 2 µs tell instead of 30."""
_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*):(?!\d)")
# A word such as PLAYLIST_ID only as a value: "?FEED_ID=3" is a real address.
_PLACEHOLDER = re.compile(r"…|%E2%80%A6|<[^>]*>|(?<=[=/])[A-Z]+(?:_[A-Z]+)*_ID(?![\w=])")


def web_address(value: str) -> str:
    """An absolute http or https URL in ASCII (RFC 3986; hosts by IDNA 2008), without its fragment."""
    if _PLAIN.fullmatch(value):
        return value
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
    import idna  # noqa: PLC0415  # only for names in other letters

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


def folder_address(value: str) -> str:
    """A web address below which files stand; ends with a slash."""
    url = web_address(value)
    if urlsplit(url).query:
        raise ValueError('is the address of a folder; it cannot hold a "?"')
    return url if url.endswith("/") else url + "/"


def is_placeholder(url: str) -> bool:
    """Whether something is still to be filled in: ``…``, ``<…>`` or a word such as PLAYLIST_ID."""
    return bool(_PLACEHOLDER.search(url))


def filled(url: str) -> str:
    """The address with something in the place of what is still to be filled in, so that the rest can be judged."""
    return _PLACEHOLDER.sub("x", url)


def private_reason(url: str) -> str | None:
    """Why only ``allow_private`` sources may have this address, as far as its text alone tells."""
    if _PLAIN.fullmatch(url) and ".localhost" not in url:
        return None
    parts = urlsplit(url)
    if parts.port not in WEB_PORTS:
        return f"port {parts.port}"
    host = parts.hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return "this computer itself"
    is_address = ":" in host or host[-1:].isdigit()
    return "a private address" if is_address and not ipaddress.ip_address(host).is_global else None
