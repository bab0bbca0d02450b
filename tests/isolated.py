"""What the tests run in child processes; apart from them, so that a child need not import pytest."""

from __future__ import annotations

import ctypes
import os
import re
import sys
import threading
import time
from typing import NoReturn


class Twofold(Exception):
    """Pickles, but does not unpickle: the trap that breaks a pool."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(one + two)


def double(number: int) -> int:
    """Work a little."""
    return number * 2


def process(_: int = 0) -> int:
    """Say who works, slowly enough that another gets the next one."""
    time.sleep(0.05)
    return os.getpid()


def nap(seconds: float) -> str:
    """Wait in Python."""
    time.sleep(seconds)
    return "slept"


def hang() -> None:
    """A regular expression that holds the interpreter lock for ages; no thread, no signal handler runs."""
    re.match(r"(a+)+$", "a" * 60 + "b")


def eat(size: int) -> int:
    """Take memory at once."""
    return len(bytearray(size))


def hoard() -> None:
    """Take memory bit by bit."""
    kept: list[str] = []
    while True:
        kept.append("x" * 100_000 + str(len(kept)))


def quit_(code: int) -> NoReturn:
    """End without a word."""
    os._exit(code)


def segfault() -> None:
    """Read where nothing is."""
    ctypes.string_at(0)


def fail(error: BaseException) -> NoReturn:
    """Raise what is given."""
    raise error


def fail_twofold() -> NoReturn:
    """Raise what does not come back."""
    raise Twofold("a", "b")


def recurse() -> None:
    """Never come to an end."""
    recurse()


def give_back(value: object) -> object:
    """Return what is given."""
    return value


def unpicklable() -> object:
    """Return what cannot travel."""
    return threading.Lock()


def loaded(module: str) -> bool:
    """Say whether a module is here already."""
    return module in sys.modules
