"""Run inside a network namespace: a public address lives on its loopback, so that public is really public.

Prints one JSON object: for each attempt what came of it, and which servers were called how often.
"""

from __future__ import annotations

import fcntl
import json
import socket
import struct
from contextlib import ExitStack

from pipeline.errors import FetchError
from pipeline.fetch.client import Client
from tests.fetch.scripted import Server, redirect, reply, request

PUBLIC = "93.184.215.14"
SIOCSIFADDR, SIOCSIFFLAGS, UP_AND_RUNNING = 0x8916, 0x8914, 0x41


def raise_interfaces() -> None:
    """Switch loopback on and give it a public address besides its own."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", UP_AND_RUNNING))
        address = struct.pack("HH4s8x", socket.AF_INET, 0, socket.inet_aton(PUBLIC))
        fcntl.ioctl(control, SIOCSIFADDR, struct.pack("16s16s", b"lo:1", address))


def attempt(url: str, *names: str, allow_private: bool = False, client: Client | None = None) -> str:
    """What one GET gives: the body, or the error's code."""
    with ExitStack() as stack:
        running = client or stack.enter_context(Client(names=names))
        running.start(request(url, allow_private=allow_private, deadline=3), None, None)
        [(_, answer)] = running.poll(5)
    return answer.code if isinstance(answer, FetchError) else answer.body.decode()  # type: ignore[union-attr]


def main() -> None:
    raise_interfaces()
    with Server(host=PUBLIC, port=80) as public, Server(port=80) as private, Server(host=PUBLIC, port=8080) as odd:
        for server, word in ((public, b"public"), (private, b"private"), (odd, b"odd")):
            server.says(reply(word))
        public.says(redirect("http://127.0.0.1/"), path="/literal")
        public.says(redirect("http://inner.example/"), path="/name")
        public.says(redirect(f"http://{PUBLIC}:8080/"), path="/port")
        public.says(redirect("/literal"), path="/twice")
        inner = "inner.example:80:127.0.0.1"
        found = {
            "public": attempt(f"http://{PUBLIC}/"),
            "public name": attempt("http://outer.example/", f"outer.example:80:{PUBLIC}"),
            "redirect to a private address": attempt(f"http://{PUBLIC}/literal"),
            "redirect to a private name": attempt(f"http://{PUBLIC}/name", inner),
            "redirect to an odd port": attempt(f"http://{PUBLIC}/port"),
            "redirect twice": attempt(f"http://{PUBLIC}/twice"),
            "private": attempt("http://127.0.0.1/"),
            "private name": attempt("http://inner.example/", inner),
            "public, then private": attempt("http://trick.example/", f"trick.example:80:{PUBLIC},127.0.0.1"),
            "private, then public": attempt("http://trick.example/", f"trick.example:80:127.0.0.1,{PUBLIC}"),
        }
        before = private.connections
        with Client(names=[inner]) as client:
            found["an intranet source"] = attempt("http://inner.example/", allow_private=True, client=client)
            found["on the intranet's connection"] = attempt("http://inner.example/", client=client)
        called = {"private": before, "for the intranet": len(private.received), "odd": odd.connections}
    print(json.dumps(found | {"called": called}))  # noqa: T201  # the answer to whoever started this


if __name__ == "__main__":
    main()
