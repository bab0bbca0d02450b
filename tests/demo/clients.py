"""Two clients of the doubled internet that know a proxy and a CA file alone: urllib, and the real yt-dlp."""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import yt_dlp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.demo.internet import Internet


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One answer; header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Staying(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def get(internet: Internet, url: str, **headers: str) -> Page:
    """Ask for a page with ``headers`` (If_None_Match for If-None-Match); redirects are not followed."""
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({"http": internet.proxy, "https": internet.proxy}),
        urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=internet.ca_file)),
        _Staying,
    )
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        answer = opener.open(urllib.request.Request(url, headers=named), timeout=20)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return Page(
            status=answer.status,
            headers={name.lower(): value for name, value in answer.headers.items()},
            body=answer.read(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What yt-dlp made of a list: its facts, its entries, and what it warned of."""

    info: Mapping[str, Any]
    entries: list[dict[str, Any]]
    warnings: list[str]

    @property
    def ids(self) -> list[str]:
        return [entry["id"] for entry in self.entries]


class _Logger:
    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warning(self, message: str) -> None:
        self.warnings.append(message)

    def debug(self, message: str) -> None: ...

    def error(self, message: str) -> None:
        """Drop it: it is raised too."""


def listed(internet: Internet, url: str) -> Listing:
    """Let the unmodified yt-dlp list a playlist or a channel's tab, flat."""
    logger = _Logger()
    options = {
        "extract_flat": "in_playlist",
        "compat_opts": {"no-certifi"},
        "proxy": internet.proxy,
        "extractor_retries": 1,
        "socket_timeout": 20,
        "logger": logger,
    }
    with pytest.MonkeyPatch.context() as patch, yt_dlp.YoutubeDL(options) as downloader:
        patch.setenv("SSL_CERT_FILE", internet.ca_file)
        info = downloader.extract_info(url, download=False, process=False)
        entries = list(info.pop("entries"))
    return Listing(info=info, entries=entries, warnings=logger.warnings)
