"""Publish: bring output/ up to what the store holds; what is there already is left alone."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING

from pipeline import site
from pipeline.errors import PublishError, SiteError
from pipeline.render import DigestLine
from pipeline.store.digests import FROZEN

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from pipeline.render import Renderer
    from pipeline.store import Store


_LONGEST = 300
"""Characters of a command's last words that stand in a notice."""


def publish(
    *, store: Store, renderer: Renderer, output: Path, zone: ZoneInfo, replaced: Collection[str] = ()
) -> tuple[Path, ...]:
    """Write every frozen digest's folder and the list of all; answers the folders that changed.

    The pages come from the stored bytes, so a page that went missing comes back as it was. ``replaced``
    are keys that gave way to another digest. Raises SiteError; what stood there before still stands.
    """
    lines, changed = [], []
    for status in store.digests.statuses():
        if status.state != FROZEN or status.frozen is None:
            continue
        editions = store.digests.editions(status.key)
        line = DigestLine(
            key=status.key,
            sent=status.frozen.astimezone(zone).date(),
            subjects={one.language: one.subject for one in editions},
        )
        lines.append(line)
        if site.write(output, status.key, renderer.folder(line, editions)):
            changed.append(output / status.key)
    for key in set(replaced) - {line.key for line in lines}:
        site.remove(output, key)
    site.write(output, None, renderer.index(lines))
    return tuple(changed)


def carry(command: str, *, folder: Path, output: Path, timeout: float = 600.0) -> None:
    """Run the operator's shell command that brings ``output`` to where it is published, in ``folder``.

    Raises PublishError when it fails or takes longer than ``timeout`` seconds.
    """
    process = subprocess.Popen(  # noqa: S602  # the operator's own line, as in a crontab
        command,
        shell=True,
        cwd=folder,
        env={**os.environ, "DIGIKOOSTE_OUTPUT": str(output.resolve())},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    with process:
        try:
            said, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired as error:
            os.killpg(process.pid, signal.SIGKILL)
            raise PublishError(f"site.publish took longer than {timeout:.0f} s and was stopped: {command}") from error
    if process.returncode:
        lines = said.decode(errors="replace").strip().splitlines() or ["it said nothing"]
        raise PublishError(f"site.publish failed with code {process.returncode} ({lines[-1][:_LONGEST]}): {command}")


def keep_sample(folder: Path, name: str, message: bytes) -> None:
    """Keep a letter as a file that any mail program opens, written whole or not at all. Raises SiteError."""
    sample, draft = folder / name, folder / f".{name}.{os.getpid()}.new"
    try:
        draft.write_bytes(message)
        draft.replace(sample)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise SiteError(f"{sample}: the sample letter could not be written: {error.strerror}.") from error
