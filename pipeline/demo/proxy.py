"""A CONNECT proxy on loopback that answers TLS itself for the hosts it doubles, and refuses every other host."""

from __future__ import annotations

import gzip
import socket
import sys
import threading
from contextlib import closing, contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pipeline.demo.exchange import TEXT, Exchange, Request, Response

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Mapping

    from pipeline.demo.certificates import Authority
    from pipeline.demo.exchange import Site

MAX_CONNECTIONS = 64
MAX_BODY = 2**20
IDLE_SECONDS = 15.0
GZIP_FROM = 1024

_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Proxy(ThreadingMixIn, TCPServer):
    """The listening server, one thread per connection, at most ``MAX_CONNECTIONS`` of them.

    Made by ``serve``; ``url`` is what a client calls its proxy, ``exchanges`` what was asked so far, oldest first.
    """

    daemon_threads = False
    block_on_close = True
    request_queue_size = MAX_CONNECTIONS

    def __init__(self, sites: Mapping[str, Site], contexts: Mapping[str, ssl.SSLContext]) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self._sites = sites
        self.contexts = contexts
        self._slots = threading.BoundedSemaphore(MAX_CONNECTIONS)
        self._lock = threading.Lock()
        self._open: dict[socket.socket, socket.socket] = {}
        self._exchanges: list[Exchange] = []
        self._failures: list[BaseException] = []

    @property
    def url(self) -> str:
        """The proxy's own address, ``http://127.0.0.1:PORT``."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Everything that was asked since the start or the last ``forget``."""
        with self._lock:
            return tuple(self._exchanges)

    def forget(self) -> None:
        """Empty the record of exchanges."""
        with self._lock:
            self._exchanges.clear()

    def answer(self, request: Request) -> Response:
        """Ask the site behind ``request.host`` and record the exchange."""
        response = self._sites[request.host](request)
        self.record(request, response.status)
        return response

    def record(self, request: Request, status: int) -> None:
        """Remember one exchange; called before its answer is sent, so that whoever has the answer finds the record."""
        with self._lock:
            self._exchanges.append(
                Exchange(
                    method=request.method,
                    host=request.host,
                    path=request.target,
                    headers=request.headers,
                    status=status,
                )
            )

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - socketserver's signature
        """Start a conversation in its own thread, or say 503 when too many are under way."""
        if not self._slots.acquire(blocking=False):
            request.sendall(_BUSY)
            self.shutdown_request(request)
            return
        with self._lock:
            # TLS takes the descriptor over from `request`; this duplicate still reaches the connection in `hang_up`.
            self._open[request] = request.dup()
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as above
        """Hold one conversation, then free its place."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._lock:
                self._open.pop(request).close()
            self._slots.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401, ARG002 - as above
        """Keep what went wrong in a site for ``hang_up``; a client that leaves or distrusts us is its own affair."""
        failure = sys.exception()
        if failure is not None and not isinstance(failure, OSError):
            with self._lock:
                self._failures.append(failure)

    def hang_up(self) -> None:
        """End every conversation, wait for its thread, and raise the first failure of a site, if there was any."""
        with self._lock:
            for connection in self._open.values():
                with suppress(OSError):  # the client has hung up already
                    connection.shutdown(socket.SHUT_RDWR)
        self.server_close()
        if self._failures:
            raise self._failures[0]


class _Conversation(BaseHTTPRequestHandler):
    """One connection: plain requests to the proxy first, then, after CONNECT, TLS requests to one doubled host."""

    protocol_version = "HTTP/1.1"
    server_version = "digikooste-demo"
    sys_version = ""
    timeout = IDLE_SECONDS
    wbufsize = 2**16
    disable_nagle_algorithm = True
    server: Proxy
    host = ""

    def do_CONNECT(self) -> None:
        """Open a tunnel to a doubled host (RFC 9110, 9.3.6), or refuse with a sentence."""
        host, _, port = self.path.rpartition(":")
        if self.host or port != "443" or host not in self.server.contexts:
            self._refuse(host or self.path)
            return
        self.send_response_only(HTTPStatus.OK, "Connection established")
        self.end_headers()
        self.wfile.flush()
        self._secure(host)
        # Python 3.11's http.client opens its tunnels in HTTP/1.0, which http.server takes for "close afterwards".
        self.close_connection = False

    def do_GET(self) -> None:
        """Answer for the tunnel's host; outside a tunnel, lead http:// of a doubled host to https://."""
        if not self.host:
            self._answer_plainly()
            return
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > MAX_BODY or "Transfer-Encoding" in self.headers:
            self.close_connection = True
            self._send(Response(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE, content_type=TEXT, body=b"Too large\n"))
            return
        self._send(self.server.answer(self._request(self.host, self.path, self.rfile.read(int(length)))))

    do_HEAD = do_GET  # noqa: N815 - http.server looks methods up by this name
    do_POST = do_GET  # noqa: N815 - as above

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """Say nothing; ``Proxy.exchanges`` is the log."""

    def finish(self) -> None:
        """Close the files and TLS's socket, which socketserver does not know, also when the client has gone."""
        with closing(self.connection), closing(self.rfile):
            super().finish()

    def _secure(self, host: str) -> None:
        """Answer the client's TLS as ``host`` and go on reading and writing through it."""
        with closing(self.rfile), closing(self.wfile):
            self.connection = self.server.contexts[host].wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb", self.rbufsize)
        self.wfile = self.connection.makefile("wb", self.wbufsize)
        self.host = host

    def _answer_plainly(self) -> None:
        """Answer a request in absolute form (RFC 9112, 3.2.2): to https:// of a doubled host, or refuse."""
        url = urlsplit(self.path)
        host = url.hostname or ""
        if url.scheme != "http" or host not in self.server.contexts:
            self._refuse(host or self.path)
            return
        target = url._replace(scheme="", netloc="").geturl() or "/"
        moved = Response(status=HTTPStatus.MOVED_PERMANENTLY, headers={"Location": f"https://{host}{target}"})
        self.server.record(self._request(host, target), moved.status)
        self._send(moved)

    def _refuse(self, host: str) -> None:
        """Say that a host is not doubled, and end the connection."""
        sentence = f"{host} is not part of the demo's internet\n"
        refused = Response(status=HTTPStatus.FORBIDDEN, content_type=TEXT, body=sentence.encode())
        self.server.record(self._request(host, self.path), refused.status)
        self.close_connection = True
        self._send(refused)

    def _request(self, host: str, target: str, body: bytes = b"") -> Request:
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Request(method=self.command, host=host, target=target, headers=headers, body=body)

    def _send(self, response: Response) -> None:
        """Write one response, gzip-coded where the client asks for it; no body for HEAD and 304 (RFC 9110, 6.4.1)."""
        body, headers = response.body, dict(response.headers)
        if len(body) >= GZIP_FROM and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, compresslevel=1, mtime=0)
            headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        self.send_response(response.status)
        if response.status != HTTPStatus.NOT_MODIFIED:
            headers |= {"Content-Type": response.content_type, "Content-Length": str(len(body))}
        if self.close_connection:
            headers["Connection"] = "close"
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD" and response.status != HTTPStatus.NOT_MODIFIED:
            self.wfile.write(body)


@contextmanager
def serve(sites: Mapping[str, Site], authority: Authority) -> Iterator[Proxy]:
    """Listen on a free loopback port for the length of the block; ``sites`` are the doubled hosts, by name.

    At the end every connection is closed and every thread has ended; a site that raised raises here.
    """
    contexts = {host: authority.server_context(host) for host in sites}
    proxy = Proxy(sites, contexts)
    accepting = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05}, name="demo-proxy")
    accepting.start()
    try:
        yield proxy
    finally:
        proxy.shutdown()
        accepting.join()
        proxy.hang_up()
