"""A database's own errors as sentences: what happened, where, and what to do."""

from __future__ import annotations

import sqlite3

_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, "55P03"})
_FULL = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, "53100", "58030"})
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, "XX001", "XX002"})
_FORBIDDEN = frozenset(
    {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH, "25006", "42501"}
)
_UNREACHABLE = frozenset({"08000", "08001", "08003", "08004", "08006", "57P01", "57P02", "57P03", "53300"})


def sentence(name: str, error: BaseException, *, patience: float) -> str:
    """What ``error``, a driver's own, says about the database ``name``; writers were waited for ``patience`` seconds.

    Told by the codes of SQLite (its primary result codes) and of PostgreSQL (SQLSTATE): their words
    come in the server's language.
    """
    code, words = _code(error), " ".join(str(error).split())
    if code in _BUSY:
        return (
            f"{name}: another process has been writing to the database for over {patience:g} s. "
            "End it or try again later; nothing was written."
        )
    if code in _FULL:
        return f"{name}: the disk is full or failing; make room and run again. Nothing was written."
    if code in _DAMAGED:
        return damaged(name, words)
    if code in _FORBIDDEN:
        return f"{name}: the database cannot be written. Check who owns the file and its folder ({words})."
    if code is None or code in _UNREACHABLE:
        return f"{name}: the database server cannot be reached; start it or correct DIGIKOOSTE_DATABASE ({words})."
    return f"{name}: the database refused: {words}"


def damaged(name: str, words: str) -> str:
    """The sentence for a database that does not hold together."""
    return f"{name}: the database is damaged ({words}). Put a backup in its place; nothing was written."


def _code(error: BaseException) -> int | str | None:
    """SQLite's primary result code, or PostgreSQL's SQLSTATE: None for a connection that was never made."""
    if isinstance(error, sqlite3.Error):
        extended: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        return extended & 0xFF
    state: str | None = getattr(error, "sqlstate", None)
    return state
