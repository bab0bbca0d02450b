"""Words to systemd (sd_notify(3)): ready, stopping, how it stands, and that the scheduler still beats."""

from __future__ import annotations

import contextlib
import os
import socket


def notify(*words: str) -> None:
    """Tell the service manager, where there is one that wants to hear: ``READY=1``, ``WATCHDOG=1``, ``STATUS=…``."""
    place = os.environ.get("NOTIFY_SOCKET", "")
    if not place.startswith(("/", "@")):
        return
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as telling,
        contextlib.suppress(OSError),
    ):
        telling.setblocking(False)  # a manager that does not read must not hold us up
        telling.connect("\0" + place[1:] if place.startswith("@") else place)
        telling.sendall("\n".join(words).encode())
