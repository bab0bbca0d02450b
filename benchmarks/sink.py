"""A mail server that takes everything and keeps nothing, in a process of its own: it costs as little as one can."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
_END = b"\r\n.\r\n"


class _Conversation(asyncio.Protocol):
    """Answers as fast as it can read; the letters are counted."""

    taken = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._heard = bytearray()
        self._is_letter = False
        transport.write(b"220 sink.example\r\n")

    def data_received(self, data: bytes) -> None:
        self._heard += data
        while True:
            if self._is_letter:
                end = self._heard.find(_END, max(0, len(self._heard) - len(data) - len(_END)))
                if end < 0:
                    return
                del self._heard[: end + len(_END)]
                self._is_letter = False
                _Conversation.taken += 1
                self._transport.write(b"250 taken\r\n")
            line, found, rest = self._heard.partition(b"\r\n")
            if not found:
                return
            self._heard = rest
            verb = bytes(line[:4]).upper()
            if verb == b"DATA":
                self._is_letter = True
                self._transport.write(b"354 go on\r\n")
            elif verb == b"QUIT":
                self._transport.write(b"221 bye\r\n")
                self._transport.close()
            elif verb == b"NOOP":  # the benchmark asks how many there were
                self._transport.write(f"250 {_Conversation.taken}\r\n".encode())
            else:
                self._transport.write(b"250 ok\r\n")


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Conversation, "127.0.0.1", 0, backlog=64)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


def main() -> None:
    """Serve until standard input is closed; the port is printed first."""
    asyncio.run(_serve())


@contextmanager
def serve() -> Iterator[int]:
    """Run one in a process of its own for the length of the block; gives its port."""
    with subprocess.Popen(
        [sys.executable, "-c", "from benchmarks.sink import main; main()"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.communicate()
