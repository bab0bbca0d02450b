"""Publish: bring output/ up to what the store holds; what is there already is left alone."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pipeline import site
from pipeline.errors import SiteError
from pipeline.render import DigestLine
from pipeline.store.digests import FROZEN

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from pipeline.render import Renderer
    from pipeline.store import Store


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


def keep_sample(folder: Path, name: str, message: bytes) -> None:
    """Keep a letter as a file that any mail program opens, written whole or not at all. Raises SiteError."""
    sample, draft = folder / name, folder / f".{name}.{os.getpid()}.new"
    try:
        draft.write_bytes(message)
        draft.replace(sample)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise SiteError(f"{sample}: the sample letter could not be written: {error.strerror}.") from error
