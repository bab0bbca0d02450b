"""The workspace's secret: what signs the links in letters and keys the hashes of who was forgotten."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.cli.workspace import Workspace

VARIABLE = "DIGIKOOSTE_SECRET"
FILE = "secret.key"
"""Its file in var/; a backup holds it too, for links in letters of years ago lead to it."""
BYTES = 32


def key(workspace: Workspace) -> bytes:
    """Return the 32 bytes that everything is signed with, made at the first need.

    From DIGIKOOSTE_SECRET (base64url of at least 32 bytes), which several machines may share, else from
    ``var/secret.key``, which only this user may read. Raises ConfigError.
    """
    said = workspace.environ.get(VARIABLE)
    if said:
        return _decoded(said, f"{VARIABLE} in the environment")
    file = workspace.var / FILE
    try:
        return _decoded(file.read_text(encoding="ascii"), str(file))
    except FileNotFoundError:
        return _made(file)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{file}: {error}; let this user read it, or restore it from a backup."]) from error


def is_made(workspace: Workspace) -> bool:
    """Whether there is a secret already: looking around makes none."""
    return VARIABLE in workspace.environ or (workspace.var / FILE).exists()


def _made(file: Path) -> bytes:
    """Write a new key, whole or not at all; whoever was faster wins."""
    text = base64.urlsafe_b64encode(secrets.token_bytes(BYTES)).decode() + "\n"
    draft = file.with_name(f"{FILE}.{secrets.token_hex(8)}.new")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        with suppress(FileExistsError):
            os.link(draft, file)
        draft.unlink()
        return _decoded(file.read_text(encoding="ascii"), str(file))
    except OSError as error:
        raise ConfigError([f"{file}: the workspace's secret cannot be written: {error.strerror}."]) from error


def _decoded(text: str, where: str) -> bytes:
    text = text.strip()
    try:
        found = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if len(found) < BYTES:
        raise ConfigError(
            [
                (
                    f"{where}: not a secret of {BYTES} bytes in base64url; restore it from a backup, or make one: "
                    f"python3 -c 'import secrets; print(secrets.token_urlsafe({BYTES}))'."
                )
            ]
        )
    return found
