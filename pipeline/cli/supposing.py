"""An address that no source has listed, run through everything as if one did."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from pipeline.cli.workspace import Workspace
    from pipeline.digest.explanation import Explanation
    from pipeline.model import Item, Source

NOBODY = "?"
"""The id of the source that stands for none: no id of the file looks like this."""
_READ_BY_LIST = frozenset({"youtube", "page"})
"""Kinds whose items nobody can tell from an address: what a playlist holds, and the one document itself."""


def source_for(sources: Iterable[Source], url: str, name: str | None) -> Source:
    """Return the source that would list the address: the one named, else the nearest of the same site, else nobody.

    Raises ConfigError when ``name`` is no source of the file, or one at rest.
    """
    from pipeline.model import Kind, Source  # noqa: PLC0415

    sources = list(sources)
    if name is not None:
        for source in sources:
            if source.id == name and source.enabled:
                return source
        rests = any(source.id == name for source in sources)
        why = "is not enabled, so it lists nothing" if rests else "is no source of this file"
        raise ConfigError([f"{name} {why}; `digikooste sources list` shows them."])
    near = [source for source in sources if source.enabled and _may_list(source, url)]
    nobody = Source(id=NOBODY, url=url, kind=Kind.FEED, name="a source without rules")
    return max(near, key=lambda source: _in_common(source, url), default=nobody)


def item_of(workspace: Workspace, url: str, title: str | None, source: Source, moment: datetime) -> Item:
    """Return what the source would have of the address: with this title, else as its page describes it.

    Raises FetchError or ParseError when the page cannot be read, ConfigError for a video, whose page is not.
    """
    if title is not None:
        return _titled(url, title, source)
    from pipeline import identity  # noqa: PLC0415
    from pipeline.cli.adding import PARSERS  # noqa: PLC0415
    from pipeline.cli.asking import Errand  # noqa: PLC0415
    from pipeline.isolate import Single  # noqa: PLC0415
    from pipeline.sources import cards  # noqa: PLC0415

    if identity.video_id(url):
        raise ConfigError([f"{url} is a video, and no video's page is read; give its title by --title."])
    with Single(preload=PARSERS) as worker, workspace.client(moment) as client:
        errand = Errand(client, worker, workspace.config.collect.pause)
        return errand.ask(cards.alone(source, url, agent=workspace.agent, now=moment))


def supposed(workspace: Workspace, item: Item, source: Source, moment: datetime) -> Explanation:
    """Return what would be decided of the item if the source listed it now."""
    from pipeline import jobs  # noqa: PLC0415

    choice = workspace.choice()
    if not workspace.has_store:
        return jobs.suppose(choice, item, source, store=None, now=moment)
    with workspace.store() as store:
        return jobs.suppose(choice, item, source, store=store, now=moment)


def _titled(url: str, title: str, source: Source) -> Item:
    from dataclasses import replace  # noqa: PLC0415

    from pipeline.sources import items  # noqa: PLC0415

    safe = items.link((url,), url)
    if safe is None:
        raise ConfigError([f"{url} is no web address that a reader could open."])
    return replace(items.item(url=safe, title=items.literal(title), declared=source.language), card=True)


def _may_list(source: Source, url: str) -> bool:
    if source.kind.value in _READ_BY_LIST or _site(source.url) != _site(url):
        return False
    return not source.prefixes or url.startswith(source.prefixes)


def _in_common(source: Source, url: str) -> int:
    """How many characters the two addresses begin with alike, those of a prefix that fits before all."""
    fits = max((len(prefix) for prefix in source.prefixes), default=0)
    ours, theirs = source.url.partition("://")[2].removeprefix("www."), url.partition("://")[2].removeprefix("www.")
    alike = next((place for place, (one, other) in enumerate(zip(ours, theirs, strict=False)) if one != other), 0)
    return fits + alike


def _site(url: str) -> str:
    parts = urlsplit(url)
    return (parts.hostname or "").removeprefix("www.") + f":{parts.port or ''}"
