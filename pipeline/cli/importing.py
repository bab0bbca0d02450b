"""What becomes of a list of addresses: entries of the file, as they stand there or as a look at each finds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pipeline.cli.adding import PARSERS, WORDS, entry_of, finder, free_id, twin_of
from pipeline.cli.showing import Progress
from pipeline.errors import ConfigError, FetchError, ParseError, YouTubeError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pipeline.cli.workspace import Workspace
    from pipeline.config import Config
    from pipeline.config.editing import Entry
    from pipeline.sources.opml import Listed

_NOTHING_SAID = {
    "kind": None, "name_id": None, "language": None, "only_topics": False, "drip": None, "archive": False,
    "item": None, "prefixes": (), "guess": False,
}  # fmt: skip


@dataclass(slots=True)
class Intake:
    """What is to be written, how many addresses the file has already, why others are left out, how many failed."""

    entries: list[Entry] = field(default_factory=list)
    known: int = 0
    refused: list[str] = field(default_factory=list)
    failed: int = 0


def as_listed(listed: Sequence[Listed], config: Config, *, disabled: bool, allow_private: bool) -> Intake:
    """Take the addresses as they stand in the list; nothing is fetched."""
    from pipeline import identity  # noqa: PLC0415

    intake = Intake()
    keys = {identity.key_of(source.url) for source in config.sources}
    taken = {source.id for source in config.sources}
    for one in listed:
        url = _list_of(one.url)
        key = identity.key_of(url)
        if key in keys:
            intake.known += 1
            continue
        private, reason = _judged(url, allow_private=allow_private)
        if reason:
            intake.refused.append(f"{url}: {reason}")
            continue
        keys.add(key)
        entry: dict[str, str | int | bool | Sequence[str]] = {"id": free_id(one.name, url, taken)}
        given = {"name": one.name, "url": url, "topics": topics_of(one, config), "allow_private": private}
        entry |= {name: value for name, value in given.items() if value}
        taken.add(str(entry["id"]))
        intake.entries.append({**entry, "enabled": False} if disabled else entry)
    return intake


def as_found(
    listed: Sequence[Listed], workspace: Workspace, moment: datetime, *, disabled: bool, allow_private: bool
) -> Intake:
    """Look at each address as `sources add` does, one after the other, and take what it can be read as."""
    from pipeline.isolate import Single  # noqa: PLC0415

    intake = Intake()
    sources = list(workspace.config.sources)
    said = {**_NOTHING_SAID, "allow_private": allow_private, "disabled": disabled}
    with (
        workspace.client(moment) as client,
        Single(preload=PARSERS) as worker,
        Progress("Looking at addresses", len(listed)) as progress,
    ):
        find = finder(workspace, client, worker, moment, said, lambda: workspace.config.sources)
        for one in listed:
            known = twin_of(sources, one.url)
            try:
                finding = None if known else find(one.url)
            except (ConfigError, FetchError, ParseError, YouTubeError) as error:
                intake.failed += not isinstance(error, ConfigError)
                intake.refused.append(str(error).rstrip("."))
                progress.step(str(error), is_bad=True)
                continue
            if finding is None or (known := twin_of(sources, finding.source.url)):
                intake.known += 1
                progress.step(f"{one.url} is in the file already: {known.id if known else ''}")
                continue
            facts = {**said, "name": one.name, "topics": topics_of(one, workspace.config)}
            entry = entry_of(finding, facts, {source.id for source in sources})
            sources.append(replace(finding.source, id=str(entry["id"])))
            intake.entries.append(entry)
            progress.step(f"{one.url} is read as {WORDS[finding.source.kind.value]}: {finding.source.url}")
    return intake


def topics_of(one: Listed, config: Config) -> list[str]:
    """Return the topics whose names the entry's folders have."""
    known = {name.casefold(): topic.id for topic in config.topics for name in (topic.id, *topic.name.values())}
    return list(dict.fromkeys(known[name] for folder in one.folders if (name := folder.casefold()) in known))


def _judged(url: str, *, allow_private: bool) -> tuple[bool, str | None]:
    """Return whether the address is on one's own network, and why it may not be taken, or None."""
    from pipeline.config import values  # noqa: PLC0415

    try:
        private = values.private_reason(values.web_address(url))
    except ValueError as error:
        return False, str(error)
    if private and not allow_private:
        return True, f"{private}; add --allow-private if this is your own network"
    return bool(private), _youtube_fault(url)


def _list_of(url: str) -> str:
    """Return the playlist or channel behind one of YouTube's feeds, which hold 15 videos at most."""
    from urllib.parse import urlsplit  # noqa: PLC0415

    from pipeline.config import kinds  # noqa: PLC0415
    from pipeline.sources.youtube import target_of  # noqa: PLC0415

    if kinds.is_youtube(url) and urlsplit(url).path == "/feeds/videos.xml":
        return target_of(url).url.removesuffix("/videos")
    return url


def _youtube_fault(url: str) -> str | None:
    from pipeline.config import kinds  # noqa: PLC0415

    if kinds.is_youtube(url):
        try:
            kinds.youtube(url)
        except ValueError as error:
            return str(error)
    return None
