"""HTTP/1.1 by uvicorn and httptools, with every length and every wait of a stranger bounded."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio

    from starlette.types import ASGIApp, Receive, Scope, Send

MAX_HEAD = 16 * 2**10
"""Bytes of the request line and all headers together; browsers send 1 to 4 KiB."""
MAX_BODY = 2**20
"""Bytes of a request's body; a page may allow less."""
HEAD_SECONDS = 10.0
"""From the connection, or from a request's first byte, to the end of its headers."""
EXCHANGE_SECONDS = 60.0
"""From there to the answer's last byte; and as long may it take to reach a slow reader, or to ask again."""
MOST_CONNECTIONS = 256
"""Beyond these a connection is not even read."""


class Bounded(HttpToolsProtocol):
    """One connection: too long a head is 431, too long a body 413, and who dawdles is cut off.

    uvicorn itself bounds neither heads nor the time that a request may take; httptools keeps a header
    of any length until its line ends.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Start the clock for the first head."""
        super().connection_made(transport)
        self._in_head = True
        self._head = self._unparsed = self._body = 0
        self._deadline: asyncio.TimerHandle | None = None
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
        else:
            self._within(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse; what is still no whole head after so many bytes never will be."""
        if self.transport.is_closing():
            return
        if self._in_head:
            self._unparsed += len(data)
        super().data_received(data)
        if self._in_head and self._unparsed > MAX_HEAD and not self.transport.is_closing():
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._in_head = True
        self._head = self._body = 0
        self._within(HEAD_SECONDS)

    def on_url(self, url: bytes) -> None:
        """Count the target."""
        self._head += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a header, or a trailer; keep none beyond the measure."""
        self._head += len(name) + len(value)
        if self._head <= MAX_HEAD:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Answer what is too long at once, and give the rest to the application."""
        self._in_head, self._unparsed = False, 0
        self._within(EXCHANGE_SECONDS)
        ours = self.app
        if self._head > MAX_HEAD:
            self.app = _answer(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._announced() > MAX_BODY:
            self.app = _answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        try:
            super().on_headers_complete()
        finally:
            self.app = ours

    def on_body(self, body: bytes) -> None:
        """Count what comes in chunks, without an announced length."""
        self._body += len(body)
        if self._body <= MAX_BODY:
            super().on_body(body)
        elif not self.transport.is_closing():
            if self.cycle.response_started:
                self.transport.abort()
            else:
                self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    def on_response_complete(self) -> None:
        """The answer is out; uvicorn closes soon when nothing follows, but waits for ever for who does not read."""
        self._within(EXCHANGE_SECONDS)
        super().on_response_complete()

    def _announced(self) -> int:
        lengths = [value for name, value in self.headers if name == b"content-length"]
        return max((int(value[:20]) for value in lengths if value.isdigit()), default=0)

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer without any application, and hang up."""
        words = f"{status.phrase}\n".encode()
        head = b"content-type: text/plain; charset=utf-8\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(
            words
        )
        self.transport.write(STATUS_LINE[status] + head + words)
        self.transport.close()

    def _within(self, seconds: float) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(seconds, self.transport.abort)


def _answer(status: HTTPStatus) -> ASGIApp:
    """An application that says one status and hangs up."""

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        headers: list[Any] = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": int(status), "headers": headers})
        await send({"type": "http.response.body", "body": f"{status.phrase}\n".encode()})

    return app
