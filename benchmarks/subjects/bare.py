"""A bare httpx2 client in threads: conditional requests, and nothing done with the answers."""

from __future__ import annotations

from benchmarks.subjects import threads


def main() -> None:
    """Ask for everything and keep the validators."""
    threads.run(lambda _body: 0)
