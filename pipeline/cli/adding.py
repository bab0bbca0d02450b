"""The command sources add: any address in, a tried source in sources.yaml out."""

from __future__ import annotations

import re
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.exits import Exit
from pipeline.cli.showing import counted, log, say
from pipeline.cli.workspace import Workspace, now, workspace_option
from pipeline.errors import ConfigError, FetchError, ParseError, YouTubeError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    from pipeline.cli.asking import Worker
    from pipeline.config.editing import Entry
    from pipeline.config.rewriting import Rewriting
    from pipeline.fetch.client import Client
    from pipeline.model import Item, Selectors, Source
    from pipeline.sources.discovery import Finding, Wish

_SHOWN = 5
_HANDLE = re.compile(r"@[\w.-]{3,100}")
_LONGEST_ID = 40
PARSERS = (
    *(f"pipeline.sources.{name}" for name in ("recognition", "feed", "xmlfeed", "sitemap", "saxdriver")),
    *("feedparser", "html_text", "w3lib.url"),
)
"""What a child imports that is to look at whatever an address holds; without the tables that tell languages apart."""
WORDS = {
    "feed": "a feed",
    "youtube": "a YouTube list",
    "wordpress": "a WordPress site",
    "listing": "a listing",
    "sitemap": "a sitemap",
    "page": "one document",
}
"""By kind, as sources.yaml names it."""


@click.command(short_help="Add an address: find out what it is, try it, write it down.")
@workspace_option
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option("--yes", "-y", is_flag=True, help="Write without asking.")
@click.option("--kind", type=click.Choice(tuple(WORDS)), help="Read it as this kind, instead of the best one found.")
@click.option("--id", "name_id", metavar="ID", help="Its short name (default: made from its name).")
@click.option("--name", help="Its name in the letter (default: its own title).")
@click.option("--language", type=click.Choice(["fi", "sv", "en"]), help="The language of its items.")
@click.option(
    "--topic", "topics", multiple=True, metavar="ID", help="A topic that all its items belong to; repeatable."
)
@click.option("--only-topics", is_flag=True, help="Leave out items that belong to no topic.")
@click.option(
    "--drip", metavar="N", type=click.IntRange(1, 20), help="A playlist as a course: so many lessons in every letter."
)
@click.option("--archive", is_flag=True, help="Its old items may fill a short letter.")
@click.option("--item", metavar="CSS", help="Listing: the selector of one teaser (default: found).")
@click.option("--prefix", "prefixes", multiple=True, metavar="PATH", help="Sitemap: only addresses that begin so.")
@click.option("--guess", is_flag=True, help="Also look where feeds often stand: /feed, /rss.xml, /atom.xml.")
@click.option("--allow-private", is_flag=True, help="The address may be on your own network.")
@click.option("--disabled", is_flag=True, help="Write it at rest: neither read nor shown until it is enabled.")
def add(workspace: Workspace, urls: Sequence[str], **said: Any) -> int:  # noqa: ANN401  # click's own
    """Find out what an address is, show what it holds, and write it into sources.yaml.

    An address may be a feed, a page that names its feed, a YouTube playlist, channel or @handle, a
    WordPress site, a sitemap or robots.txt, a page that lists articles, one document that is revised, or
    a feed in a file of the workspace (file:feed.xml).
    """
    from pipeline.isolate import Single  # noqa: PLC0415

    if len(urls) > 1 and (said["name_id"] or said["name"]):
        raise click.UsageError("--id and --name are for one address alone.")
    moment = now()
    failed = wrong = False
    with ExitStack() as open_ones:
        worker = open_ones.enter_context(Single(preload=PARSERS))  # it makes itself ready while the file is read
        rewriting = workspace.rewriting()
        workspace.topics(said["topics"])
        client = open_ones.enter_context(workspace.client(moment))
        find = finder(workspace, client, worker, moment, said, lambda: rewriting.config.sources)
        for place, url in enumerate(urls):
            if place:
                say("")
            try:
                _add(rewriting, find(url), said)
            except (FetchError, ParseError, YouTubeError) as error:
                log(str(error))
                failed = True
            except ConfigError as error:
                if len(urls) == 1:
                    raise
                log(str(error))
                wrong = True
    return Exit.MEND if wrong else Exit.SOURCES_FAILED if failed else Exit.DONE


def finder(  # noqa: PLR0917  # what it takes to ask
    workspace: Workspace,
    client: Client,
    worker: Worker,
    moment: datetime,
    said: dict[str, Any],
    listed: Callable[[], Iterable[Source]],
) -> Callable[[str], Finding]:
    """Return what finds out, address by address, what each can be read as; ``said`` are the options of ``add``.

    ``listed`` tells what stands in the file by then.
    It raises ConfigError for an address that may not stand in the file or stands there already, and whatever
    ``discover`` raises.
    """
    from pipeline.cli.asking import Errand  # noqa: PLC0415
    from pipeline.sources.discovery import discover  # noqa: PLC0415

    collect = workspace.config.collect
    errand = Errand(client, worker, collect.pause)

    def find(url: str) -> Finding:
        address = _address(url, allow_private=said["allow_private"])
        _refuse_twin(listed(), address)
        steps = discover(address, _wish(address, said), agent=workspace.agent, now=moment, proxy=collect.proxy)
        return errand.ask(steps)

    return find


def _address(said: str, *, allow_private: bool) -> str:
    """Return the address as the file would hold it; ConfigError where it may not."""
    from pipeline.config import values  # noqa: PLC0415

    url = said.strip()
    if _HANDLE.fullmatch(url):
        url = f"https://www.youtube.com/{url}"
    if "://" not in url and not values.is_file(url) and "." in url.partition("/")[0]:
        url = f"https://{url}"
    try:
        url = values.source_address(url)
        reason = None if values.is_file(url) else values.private_reason(url)
    except ValueError as error:
        raise ConfigError([f"{said}: {error}"]) from error
    if reason and not allow_private:
        raise ConfigError([f"{url} leads to {reason}; add --allow-private if this is your own network"])
    return url


def _refuse_twin(sources: Iterable[Source], url: str) -> None:
    if (twin := twin_of(sources, url)) is not None:
        raise ConfigError([f"{url} is in the file already: {twin.id}"])


def twin_of(sources: Iterable[Source], url: str) -> Source | None:
    """Return the source that has this address already; parts of one sitemap are different sources."""
    from pipeline import identity  # noqa: PLC0415

    key = identity.key_of(url)
    telling = _telling(key)
    for source in sources:
        if source.url == url:
            return source
        if not source.prefixes and telling in source.url.lower() and identity.key_of(source.url) == key:
            return source
    return None


def _telling(key: str) -> str:
    """Return what every address with this key holds, a domain or a video's id, so that few of 1,000 are keyed."""
    place, colon, video = key.partition("youtube:")
    if colon and not place:
        return video.lower()
    host = key.partition("/")[0].partition("?")[0]
    return ".".join(host.partition(":")[0].split(".")[-2:]).lower()


def _wish(url: str, said: dict[str, Any]) -> Wish:
    from urllib.parse import urljoin  # noqa: PLC0415

    from pipeline.model import Kind, Selectors  # noqa: PLC0415
    from pipeline.sources.discovery import Wish  # noqa: PLC0415

    kind = Kind(said["kind"]) if said["kind"] else None
    if said["item"] and kind is None:
        kind = Kind.LISTING
    return Wish(
        kind=kind,
        selectors=Selectors(item=said["item"]) if said["item"] else None,
        prefixes=tuple(urljoin(url, prefix) for prefix in said["prefixes"]),
        language=said["language"],
        allow_private=said["allow_private"],
        guess=said["guess"],
    )


def _add(rewriting: Rewriting, finding: Finding, said: dict[str, Any]) -> None:
    """Show one finding, ask, and write it."""
    _show(finding)
    if not finding.source.prefixes:
        _refuse_twin(rewriting.config.sources, finding.source.url)
    entry = entry_of(finding, said, {source.id for source in rewriting.config.sources})
    rewriting.add([entry])
    say("\n".join(f"    {'- ' if not place else '  '}{line}" for place, line in enumerate(_lines(entry))))
    if not (said["yes"] or agreed("Write this into sources.yaml?")):
        rewriting.undo()
        say("Nothing was written.")
        return
    rewriting.save()
    added = rewriting.config.sources[-1].id
    say(f"Added: {added}. The next run reads it; what it holds by then is news only where it is dated in this period.")


def agreed(question: str) -> bool:
    """Ask; where nobody can answer, say how to go on without being asked."""
    try:
        return click.confirm(question, default=True, err=True)
    except click.Abort as error:
        if sys.stdin.isatty():
            raise
        raise click.UsageError("Nobody is there to answer, so nothing was written; add --yes.") from error


def entry_of(finding: Finding, said: dict[str, Any], taken: Collection[str]) -> Entry:
    """Return the lines of the file: what was found, what was said, and nothing that the file finds out by itself."""
    from pipeline.config import kinds  # noqa: PLC0415

    source = finding.source
    name = said["name"] or finding.title or finding.reading.title or _host(source.url)
    entry: dict[str, str | int | bool | Sequence[str]] = {"id": said["name_id"] or free_id(name, source.url, taken)}
    if name:
        entry["name"] = name
    chosen = dict(_selectors(source.selectors))
    prefixes = [prefix.removeprefix(_origin(source.url)) for prefix in source.prefixes]
    guessed = kinds.guess(source.url, [*chosen, *(["prefix"] if prefixes else [])])
    if guessed is not source.kind:
        entry["kind"] = source.kind.value
    entry["url"] = source.url
    given = {
        "language": source.language,
        "topics": list(said["topics"]),
        **chosen,
        "prefix": prefixes[0] if len(prefixes) == 1 else prefixes,
        "only_topics": said["only_topics"],
        "drip": said["drip"],
        "archive": said["archive"],
        "allow_private": source.allow_private,
    }
    entry |= {key: value for key, value in given.items() if value}
    if said["disabled"]:
        entry["enabled"] = False
    return entry


def free_id(name: str | None, url: str, taken: Collection[str]) -> str:
    """Return an id made of the name, else of the address, that no other source has."""
    from urllib.parse import urlsplit  # noqa: PLC0415

    from pipeline.config.values import slug  # noqa: PLC0415

    parts = urlsplit(url)
    plain = slug(name or "") or slug(f"{(parts.hostname or '').removeprefix('www.')} {parts.path}") or "source"
    if len(plain) > _LONGEST_ID:
        plain = plain[:_LONGEST_ID].rpartition("-")[0] or plain[:_LONGEST_ID]
    found, number = plain, 2
    while found in taken:
        found, number = f"{plain}-{number}", number + 1
    return found


def _host(url: str) -> str:
    from urllib.parse import urlsplit  # noqa: PLC0415

    return (urlsplit(url).hostname or "").removeprefix("www.")


def _origin(url: str) -> str:
    from urllib.parse import urlsplit  # noqa: PLC0415

    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _selectors(selectors: Selectors | None) -> Iterator[tuple[str, str]]:
    if selectors is not None:
        for key in ("item", "link", "title", "lead", "date", "next"):
            if value := getattr(selectors, key):
                yield key, value


def _lines(entry: Entry) -> Iterator[str]:
    for key, value in entry.items():
        shown = value if isinstance(value, str | int) else f"[{', '.join(value)}]"
        yield f"{key}: {str(shown).lower() if isinstance(shown, bool) else shown}"


def _show(finding: Finding) -> None:
    source, reading = finding.source, finding.reading
    title = finding.title or reading.title
    called = f', "{title}"' if title else ""
    say(f"{source.url} is read as {WORDS[source.kind.value]}{called}.")
    for note in finding.notes:
        say(f"  {note}")
    present = [item for item in reading.items if not item.unavailable]
    more = f" of {reading.count}" if reading.count and reading.count > len(present) else ""
    more += " from its first page" if source.kind == "listing" else ""
    say(f"  It would get {counted(len(present), 'item')}{more}" + (", the first of them:" if present else "."))
    for place, item in enumerate(present[:_SHOWN], start=1):
        say(f"    {place}. {described(item)}")
    for warning in reading.warnings:
        say(f"  {warning}")
    for other in finding.others:
        say(f"  It could also be read as {other}.")


def described(item: Item) -> str:
    """Return an item in one line: title, date, length, address."""
    length = f"{item.duration // 60} min {item.duration % 60:02} s" if item.duration else ""
    facts = [
        item.title or "(no title yet)",
        item.published.date().isoformat() if item.published else "",
        length,
        item.url,
    ]
    return " · ".join(fact for fact in facts if fact)
