"""Many GETs in one thread: side by side, woken from outside, connections reused and closed, nothing left behind."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import FetchCode, FetchError
from pipeline.fetch import NotModified, Response
from pipeline.fetch.client import Client, get
from pipeline.model import Validators
from tests.fetch.scripted import Server, reply, request

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable


def answers(client: Client) -> dict[object, object]:
    """Everything that is in flight, by tag."""
    found: dict[object, object] = {}
    while client.in_flight:
        found |= dict(client.poll(5))
    return found


def test_slow_servers_do_not_wait_for_each_other() -> None:
    """Twenty hosts of which none answers before all have been asked."""
    asked = threading.Barrier(20)

    def slow(connection: socket.socket) -> None:
        asked.wait(60)
        connection.sendall(reply(b"hello"))

    servers = [Server(host=f"127.0.0.{number}") for number in range(2, 22)]
    for server in servers:
        server.__enter__()
    with Client() as client:
        for number, server in enumerate(servers):
            client.start(request(server.says(slow)), None, number)
        found = answers(client)
    for server in servers:
        server.__exit__(None, None, None)
    assert (set(range(20)), True) == (set(found), all(isinstance(one, Response) for one in found.values()))


def test_one_failure_costs_only_itself(server: Server) -> None:
    """Good, refused, unchanged, gone and untrusted, each under its own tag."""
    server.says(reply(b"hello"), path="/good")
    server.says(reply(status="304 Not Modified"), path="/same")
    with Client() as client:
        client.start(request(server.url("/good")), None, "good")
        client.start(request("http://169.254.0.1/"), None, "address")
        client.start(request("nonsense"), None, "nonsense")
        client.start(request(server.url("/same")), Validators(etag="1"), "same")
        client.start(request(server.url("/none")), None, "none")
        assert client.in_flight == 5
        found = answers(client)
    kinds = {tag: one.code if isinstance(one, FetchError) else type(one) for tag, one in found.items()}
    assert kinds == {
        "good": Response,
        "same": NotModified,
        "address": FetchCode.ADDRESS,
        "nonsense": FetchCode.ADDRESS,
        "none": FetchCode.NOT_FOUND,
    }


def test_a_connection_is_reused(server: Server) -> None:
    """Also between a 304 and a 404: one connection for all."""
    server.says(reply(b"hello"))
    with Client() as client:
        for path in ("/", "/none", "/"):
            client.start(request(server.url(path)), None, path)
            answers(client)
    assert (server.connections, len(server.received)) == (1, 3)


def test_a_connection_that_the_server_closed_is_replaced(server: Server) -> None:
    """It is our fault to keep it, so it is no error of the source."""

    def once(connection: socket.socket) -> None:
        connection.sendall(reply(b"hello"))

    with Client() as client:
        for _ in range(3):
            client.start(request(server.says(once)), None, None)
            assert isinstance(answers(client)[None], Response)
            time.sleep(0.02)
    assert server.connections == 3


def test_wake_ends_a_poll_from_another_thread() -> None:
    """A parser that is done need not wait for the network."""
    with Client() as client:
        timer = threading.Timer(0.05, client.wake)
        timer.start()
        began = time.monotonic()
        assert client.poll(60) == []
        assert time.monotonic() - began < 30
        timer.join()


def test_wake_before_a_poll_is_not_lost() -> None:
    """Nor are a thousand of them more than one; and after the end it harms nobody."""
    with Client() as client:
        for _ in range(100_000):
            client.wake()
        began = time.monotonic()
        assert client.poll(60) == []
        assert time.monotonic() - began < 30
    client.wake()


def test_poll_returns_after_its_time() -> None:
    """With nothing to do it waits, and comes back."""
    with Client() as client:
        began = time.monotonic()
        assert client.poll(0.05) == []
        assert 0.04 < time.monotonic() - began < 20


def test_poll_uses_no_processor_while_it_waits(server: Server) -> None:
    """A slow server costs waiting, not spinning."""

    def slow(connection: socket.socket) -> None:
        for _ in range(4):
            time.sleep(0.09)
        connection.sendall(reply(b"hello"))

    with Client() as client:
        client.start(request(server.says(slow)), None, None)
        began = time.thread_time()
        assert isinstance(answers(client)[None], Response)
        assert time.thread_time() - began < 0.05


def test_nothing_is_left_behind(server: Server) -> None:
    """Neither descriptors nor threads, also when requests were under way or refused."""

    def silent(connection: socket.socket) -> None:
        connection.recv(1)

    server.says(silent, path="/silent")
    server.says(reply(b"hello"))
    get(request(server.url()))

    def open_files() -> Iterable[str]:
        return os.listdir("/proc/self/fd")  # noqa: PTH208  # names are enough

    time.sleep(0.05)
    before = len(list(open_files()))
    for _ in range(5):
        with Client() as client:
            client.start(request(server.url("/silent")), None, None)
            client.start(request(server.url(host="localhost")), None, None)
            client.start(request("http://169.254.0.1/"), None, None)
            client.poll(0.05)
    deadline = time.monotonic() + 30
    while len(list(open_files())) > before and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(list(open_files())) <= before


def test_values_are_imported_without_the_engine() -> None:
    """``pipeline.fetch`` is named everywhere; pycurl costs 40 ms and is loaded by who fetches."""
    source = Path(__file__).parents[2] / "pipeline" / "fetch" / "__init__.py"
    script = "import sys, pipeline.fetch; print('pycurl' in sys.modules, 'certifi' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, cwd=source.parents[2])
    assert done.stdout == b"False False\n"
