"""A PostgreSQL cluster of the tests' own: made in a temporary folder, reached by a socket, gone at the end."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

_START_SECONDS = 30.0
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "50",
    "autovacuum": "off",
    "lc_messages": "C",
}


class Absent(Exception):
    """PostgreSQL's server programs are not on this machine."""


class Cluster:
    """A running server; ``create`` makes one more database in it and answers its address."""

    def __init__(self, folder: Path, user: str) -> None:
        self._folder = folder
        self._user = user
        self._count = 0

    def address(self, database: str) -> str:
        return f"postgresql://{self._user}@/{database}?host={quote(str(self._folder), safe='')}"

    def create(self, template: str = "template0") -> str:
        self._count += 1
        name = f"test_{self._count}"
        with self.administration() as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
        return name

    def drop(self, name: str) -> None:
        with self.administration() as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())

    @contextlib.contextmanager
    def administration(self, database: str = "postgres") -> Iterator[psycopg.Connection]:
        with psycopg.connect(self.address(database), autocommit=True) as connection:
            yield connection


@contextlib.contextmanager
def running() -> Iterator[Cluster]:
    """Start a cluster, and stop it by its own process id. Raises Absent."""
    programs = _programs()
    user = _user()
    folder = Path(tempfile.mkdtemp(prefix="digikooste-pg-"))
    data = folder / "data"
    try:
        if user is not None:
            shutil.chown(folder, user)
        options = ("--username=tester", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync")
        command: list[str | Path] = [programs / "initdb", "--pgdata", data, *options]
        subprocess.run(command, check=True, capture_output=True, user=user, cwd=folder)
        settings = {**_SETTINGS, "unix_socket_directories": str(folder)}
        with (
            (folder / "log").open("wb") as log,
            subprocess.Popen(
                [programs / "postgres", "-D", data, *(f"--{name}={value}" for name, value in settings.items())],
                stdout=log,
                stderr=log,
                user=user,
                cwd=folder,
                start_new_session=True,
            ) as server,
        ):
            try:
                cluster = Cluster(folder, "tester")
                _wait(cluster, server, folder / "log")
                yield cluster
            finally:
                server.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path is None:
        raise Absent("PostgreSQL's server programs are not here (Debian package postgresql)")
    return Path(on_path).resolve().parent


def _user() -> str | None:
    """Whom to run the server as: it refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _wait(cluster: Cluster, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while True:
        try:
            with cluster.administration():
                return
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"PostgreSQL did not start: {log.read_text(errors='replace')}") from None
        time.sleep(0.05)
