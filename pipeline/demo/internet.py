"""The local internet as a whole: a proxy, a YouTube and a Suomidigi, started and ended together."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from pipeline.demo import proxy, suomidigi, youtube
from pipeline.demo.certificates import authority
from pipeline.demo.exchange import TEXT, Response
from pipeline.demo.innertube import Layout
from pipeline.demo.suomidigi import Suomidigi
from pipeline.demo.youtube import YouTube

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Mapping

    from pipeline.demo.certificates import Authority
    from pipeline.demo.content import Content
    from pipeline.demo.exchange import Exchange, Request, Site
    from pipeline.demo.proxy import Proxy


class _Faults:
    """Which hosts answer every request with an error just now."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: dict[str, Response] = {}

    def set(self, host: str, answer: Response) -> None:
        with self._lock:
            self._answers[host] = answer

    def clear(self, host: str) -> None:
        with self._lock:
            self._answers.pop(host, None)

    def before(self, site: Site) -> Site:
        """Return ``site`` with the faults of its host in front of it."""

        def answer(request: Request) -> Response:
            with self._lock:
                fault = self._answers.get(request.host)
            return fault or site(request)

        return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Internet:
    """What runs inside a ``serve`` block.

    ``youtube`` and ``suomidigi`` are scripted by their own methods; ``fail`` breaks a whole host.
    """

    youtube: YouTube
    suomidigi: Suomidigi
    _proxy: Proxy
    _authority: Authority
    _faults: _Faults

    @property
    def proxy(self) -> str:
        """The address of the proxy through which this internet is reached."""
        return self._proxy.url

    @property
    def ca_file(self) -> str:
        """The PEM file to trust."""
        return str(self._authority.file)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead digikooste, curl and Python programs here, and nowhere else."""
        return {
            "DIGIKOOSTE_PROXY": self.proxy,
            "HTTPS_PROXY": self.proxy,
            "https_proxy": self.proxy,
            "http_proxy": self.proxy,
            "SSL_CERT_FILE": self.ca_file,
        }

    @property
    def requests(self) -> tuple[Exchange, ...]:
        """Everything that was asked so far, oldest first; also what was refused."""
        return self._proxy.exchanges

    def forget_requests(self) -> None:
        """Empty ``requests``."""
        self._proxy.forget()

    def fail(self, host: str, status: int = HTTPStatus.SERVICE_UNAVAILABLE, *, retry_after: int | None = None) -> None:
        """Let every request to ``host`` be answered with ``status`` until ``mend``; ``retry_after`` is in seconds."""
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        body = f"{HTTPStatus(status).phrase}\n".encode()
        self._faults.set(host, Response(status=status, content_type=TEXT, headers=headers, body=body))

    def mend(self, host: str) -> None:
        """Let a host answer again."""
        self._faults.clear(host)

    def server_context(self, *names: str) -> ssl.SSLContext:
        """Return a TLS context for another local server (an inbox), with a certificate that ``ca_file`` vouches for."""
        return self._authority.server_context(*names)


@contextmanager
def serve(
    content: Content, *, layout: Layout = Layout.LOCKUP, sites: Mapping[str, Site] | None = None
) -> Iterator[Internet]:
    """Start the doubles with ``content``, and further ``sites`` by host name, on free loopback ports.

    Nothing outside is ever asked: every host that is no double is refused. At the end all sockets, threads and
    files are gone. DigikoosteError when trustme is not installed.
    """
    tube = YouTube(content.playlists, content.channels, now=content.now, layout=layout)
    digi = Suomidigi(content.articles)
    faults = _Faults()
    doubles: dict[str, Site] = {youtube.HOST: tube, suomidigi.HOST: digi, **(sites or {})}
    guarded = {host: faults.before(site) for host, site in doubles.items()}
    with authority() as trusted, proxy.serve(guarded, trusted) as running:
        yield Internet(youtube=tube, suomidigi=digi, _proxy=running, _authority=trusted, _faults=faults)
