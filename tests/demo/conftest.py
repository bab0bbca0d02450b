"""What every test of the doubles needs: a running internet, the real yt-dlp, and a plain HTTPS client."""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import yt_dlp

from pipeline.demo import founding
from pipeline.demo.internet import Internet, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pipeline.demo.content import Content


@pytest.fixture
def now() -> datetime:
    """Return the moment at which the doubled internet stands."""
    return datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def content(now: datetime) -> Content:
    """Return the demo's own content."""
    return founding.content(now)


@pytest.fixture
def internet(content: Content) -> Iterator[Internet]:
    """Serve the demo's own content."""
    with serve(content) as running:
        yield running


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One answer as a client sees it; header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@pytest.fixture
def get() -> Callable[..., Page]:
    """Return a GET by urllib through the doubled internet; redirects are not followed."""

    class Staying(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    def get(internet: Internet, url: str, **headers: str) -> Page:
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({"http": internet.proxy, "https": internet.proxy}),
            urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=internet.ca_file)),
            Staying,
        )
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            answer = opener.open(urllib.request.Request(url, headers=named), timeout=10)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return Page(
                status=answer.status,
                headers={name.lower(): value for name, value in answer.headers.items()},
                body=answer.read(),
            )

    return get


@dataclass(slots=True)
class Listed:
    """What yt-dlp made of a list: its facts, its entries, and what it warned of."""

    info: dict[str, Any]
    entries: list[dict[str, Any]]
    warnings: list[str] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        """The video ids, in order."""
        return [entry["id"] for entry in self.entries]


class _Logger:
    def __init__(self) -> None:
        self.warnings: list[str] = []

    def debug(self, message: str) -> None:
        """Drop it."""

    def warning(self, message: str) -> None:
        self.warnings.append(message)

    def error(self, message: str) -> None:
        """Drop it; it is raised too."""


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> Callable[[Internet, str], Listed]:
    """Return the unmodified yt-dlp's flat listing of a URL; it knows nothing but a proxy and SSL_CERT_FILE."""

    def listed(internet: Internet, url: str) -> Listed:
        monkeypatch.setenv("SSL_CERT_FILE", internet.ca_file)
        logger = _Logger()
        options = {
            "extract_flat": "in_playlist",
            "compat_opts": {"no-certifi"},
            "proxy": internet.proxy,
            "extractor_retries": 1,
            "socket_timeout": 10,
            "logger": logger,
        }
        with yt_dlp.YoutubeDL(options) as downloader:
            info = downloader.extract_info(url, download=False, process=False)
            entries = list(info.pop("entries"))
        return Listed(info, entries, logger.warnings)

    return listed
