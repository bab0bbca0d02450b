"""Run an ASGI application in a thread of serve: bounded, deaf to signals, and gone within the grace."""

from __future__ import annotations

import errno
import logging
import socket
import threading
from typing import TYPE_CHECKING, Self

import uvicorn

from pipeline.errors import ListenError
from pipeline.web.protocol import Bounded

if TYPE_CHECKING:
    from types import TracebackType

    from starlette.types import ASGIApp

AT_ONCE = 100
"""Requests under way, and connections; whoever comes beyond them gets 503."""
KEEP_ALIVE_SECONDS = 5
GRACE = 2.0
"""Seconds that answers under way get at the end."""
_BACKLOG = 128


class Server:
    """``app`` at ``host:port`` from ``with`` on, in a thread of its own; port 0 takes any free one.

    Raises ListenError, one sentence, when it cannot listen there. Forwarded headers are not believed here, nothing
    is logged but what fails, and the application has no lifespan.
    """

    def __init__(self, app: ASGIApp, host: str, port: int, *, name: str) -> None:
        self._host = host
        self._port = port
        self._name = name
        config = uvicorn.Config(
            app,
            loop="uvloop",
            http=Bounded,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=AT_ONCE,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=int(GRACE),
            backlog=_BACKLOG,
        )
        self._uvicorn = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name=f"http-{name}", daemon=True)

    @property
    def url(self) -> str:
        """Where it listens; the real port once it does."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}/"

    def __enter__(self) -> Self:
        """Listen; raises ListenError."""
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # what strangers send is no news
        listening = _listen(self._host, self._port, self._name)
        self._port = listening.getsockname()[1]
        self._listening = listening
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish what is being answered, within the grace."""
        self.stop()

    def stop(self) -> bool:
        """End it; True when the thread has ended within the grace."""
        self._uvicorn.should_exit = True
        self._thread.join(timeout=GRACE + 1)
        return not self._thread.is_alive()

    def _run(self) -> None:
        self._uvicorn.run(sockets=[self._listening])


def _listen(host: str, port: int, name: str) -> socket.socket:
    """Take the port at once, in the caller's thread: whoever connects from now on is answered."""
    try:
        (family, kind, protocol, _, address), *_ = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _cannot(host, port, name, error) from error
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        raise _cannot(host, port, name, error) from error
    return listening


def _cannot(host: str, port: int, name: str, error: OSError) -> ListenError:
    why = error.strerror or str(error)
    match error.errno:
        case errno.EADDRINUSE:
            remedy = "Name another port, or end the process that has this one (`ss -ltnp` shows it)."
        case errno.EACCES:
            remedy = "Name a port from 1024 on; those below belong to the machine's administrator."
        case _:
            remedy = "Name an address of this machine, such as 127.0.0.1."
    return ListenError(f"--{name} {host}:{port}: cannot listen there: {why}. {remedy}")
