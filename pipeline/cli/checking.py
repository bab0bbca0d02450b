"""The command sources check: what each source answers today, in plain words, changing nothing."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.exits import Exit
from pipeline.cli.showing import Progress, counted, say
from pipeline.cli.workspace import Workspace, now, workspace_option
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipeline.jobs import Collected
    from pipeline.model import Candidate, Digest, Item, Source
    from pipeline.topics import Matcher

_SHOWN = 3
_FEEDS = frozenset({"feed", "youtube"})
"""Kinds that are made for programs; robots.txt is for pages."""


@click.command(short_help="Say what each source answers today; exit 2 if one fails.")
@workspace_option
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option(
    "--hosts", type=click.IntRange(1, 256), help="Hosts asked side by side (default: collect.hosts of the file)."
)
def check(workspace: Workspace, ids: Sequence[str], *, as_json: bool, hosts: int | None) -> int:
    """Read the sources (all enabled ones, or the named ones) as if for the first time, and say what they hold.

    Nothing is remembered: what is news stays news. Named sources are read even when they are disabled.
    Ends with 2 if one of them fails.
    """
    chosen = _chosen(workspace, ids)
    findings = _findings(workspace, chosen, hosts=hosts, quiet=as_json)
    failed = sum(finding["error"] is not None for finding in findings)
    if as_json:
        click.echo(json.dumps({"sources": findings}, ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            say("\n  ".join(_sentences(finding)))
        say(f"{counted(len(findings), 'source')} read, {failed} failed.")
    return Exit.SOURCES_FAILED if failed else Exit.DONE


def _chosen(workspace: Workspace, ids: Sequence[str]) -> list[Source]:
    from pipeline.config.problems import unknown_source  # noqa: PLC0415

    known = {source.id: source for source in workspace.config.sources}
    if unknown := [name for name in ids if name not in known]:
        raise ConfigError([f"{workspace.file} {unknown_source(name, known)}" for name in unknown])
    named = [replace(known[name], enabled=True) for name in dict.fromkeys(ids)]
    return named or [source for source in known.values() if source.enabled]


def _findings(
    workspace: Workspace, chosen: Sequence[Source], *, hosts: int | None, quiet: bool
) -> list[dict[str, Any]]:
    """Read into a store that is thrown away afterwards: the real way, without a trace."""
    from pipeline import calendar, jobs  # noqa: PLC0415
    from pipeline.store import Store  # noqa: PLC0415
    from pipeline.topics import Matcher  # noqa: PLC0415

    moment = now()
    manners = workspace.manners()
    with (
        tempfile.TemporaryDirectory(prefix="digikooste-check-") as folder,
        Store(Path(folder) / "check.db") as store,
        workspace.client(moment) as client,
        workspace.pool() as pool,
        Progress("Reading sources", len(chosen), quiet=quiet) as progress,
    ):
        collected = jobs.collect(
            chosen,
            store=store,
            client=client,
            pool=pool,
            manners=replace(manners, hosts=hosts) if hosts else manners,
            place="check",
            now=moment,
            baseline_from=calendar.running_start(workspace.config.digest.schedule, moment, frozen=False),
            # The rest of its sentence tells what is remembered, and nothing is.
            progress=lambda one: progress.step(
                one.sentence if one.error else f"{one.id}: {one.held}", is_bad=one.error is not None
            ),
        )
        held = _by_source(store.digests.candidates([source.id for source in chosen]))
        titles = {name: one.title for name, one in store.readings.statuses().items()}
        letter = jobs.choose(replace(workspace.choice(), sources=chosen), store=store, now=moment)
    matcher = Matcher(workspace.config.topics)
    sources = {source.id: source for source in chosen}
    return [
        {
            **_answer(one, titles.get(one.id)),
            **_contents(held.get(one.id, []), matcher, sources[one.id]),
            "letter": _in_letter(letter, one.id),
        }
        for one in collected
    ]


def _by_source(candidates: Sequence[Candidate]) -> dict[str, list[Item]]:
    """Return what each source holds now, in its own order where it has one."""
    found: dict[str, list[tuple[int, Item]]] = {}
    for candidate in candidates:
        for sighting in candidate.sightings:
            if not sighting.unavailable:
                found.setdefault(sighting.source, []).append((sighting.place or 0, candidate.item))
    return {name: [item for _, item in sorted(places, key=lambda place: place[0])] for name, places in found.items()}


def _answer(one: Collected, title: str | None) -> dict[str, Any]:
    """Return how the source's server answered."""
    validators = [seen.validators for seen in one.seen if seen.validators]
    moved = next((seen.moved_to for seen in one.seen if seen.moved_to and seen.url == one.url), None)
    if one.kind in _FEEDS:
        robots = "not asked"
    else:
        robots = "refuses" if one.code == "robots" else "allows" if one.error is None else "unknown"
    return {
        "id": one.id,
        "kind": one.kind,
        "url": one.url,
        "title": title,
        "outcome": one.outcome,
        "items": one.items,
        "etag": any(validator.etag for validator in validators),
        "last_modified": any(validator.last_modified for validator in validators),
        "robots": robots,
        "hub": one.hub,
        "moved_to": moved,
        "warnings": list(one.warnings),
        "error": one.error,
        "error_code": one.code,
    }


def _contents(items: Sequence[Item], matcher: Matcher, source: Source) -> dict[str, Any]:
    """Return what the source holds: dates, languages, topics, the first items."""
    dates = [item.published for item in items if item.published]
    topics: Counter[str] = Counter()
    none = 0
    for item in items:
        hits = {hit.topic for hit in matcher.topics_of(item.title, item.summary, item.language)} | set(source.topics)
        topics.update(hits)
        none += not hits
    return {
        "newest": max(dates).isoformat() if dates else None,
        "dated": len(dates),
        "untitled": sum(not item.title for item in items),
        "languages": dict(Counter(item.language or "unknown" for item in items).most_common()),
        "topics": dict(topics.most_common()),
        "without_topic": none,
        "first": [
            {"title": item.title, "url": item.url, "published": item.published and item.published.isoformat()}
            for item in items[:_SHOWN]
        ],
    }


def _in_letter(letter: Digest, name: str) -> dict[str, Any]:
    """Return what the next letter would take from this source, if everything else were known already."""
    picks = [(section.kind.value, pick) for section in letter.sections for pick in section.picks if pick.source == name]
    as_news = {"topic", "other"}
    return {
        "news": sum(kind in as_news for kind, _ in picks),
        "lessons": sum(kind == "lessons" for kind, _ in picks),
        "archive": sum(kind == "archive" for kind, _ in picks),
        "left_out": dict(Counter(one.reason.code for one in letter.left_out if one.source == name).most_common()),
        "titles": [pick.item.title for _, pick in picks[:_SHOWN]],
    }


# Words ------------------------------------------------------------------------------------------------

_LEFT_OUT = {
    "moved": "known from before",
    "baseline": "known from before",
    "baseline-open": "known until all has been read",
    "too-old": "too old",
    "archive-later": "for the archive, another time",
    "course-waits": "lessons, once all has been read",
    "course-later": "later lessons",
    "awaiting-page": "whose pages come first",
    "excluded": "by exclude",
    "not-included": "by include",
    "no-topic": "without a topic",
    "same-title": "told by another source",
    "other-language": "told in another language",
    "unavailable": "private or deleted",
}
"""By reason code, after a number; where the check is the first reading there can be no others."""


def _sentences(finding: Mapping[str, Any]) -> Iterator[str]:
    """Say one finding, a line for each thing that a keeper may want to know."""
    yield f"{finding['id']} ({finding['kind']}) {finding['url']}"
    if finding["error"]:
        yield finding["error"]
        return
    yield _summary(finding)
    for item in finding["first"]:
        date = f" ({item['published'][:10]})" if item["published"] else ""
        yield f"  - {item['title'] or item['url']}{date}"
    if finding["items"]:
        yield _topics(finding)
        yield _letter(finding["letter"])
    yield _manners(finding)
    if finding["moved_to"]:
        yield f"It has moved for good: write url: {finding['moved_to']}"
    yield from finding["warnings"]
    if not finding["items"] and not finding["warnings"]:
        yield "It answers, but holds nothing today: if that lasts, check the address."


def _summary(finding: Mapping[str, Any]) -> str:
    called = f'"{finding["title"]}", ' if finding["title"] else ""
    dates = f"{finding['dated']} dated, the newest {finding['newest'][:10]}" if finding["newest"] else "none dated"
    languages = ", ".join(f"{name} {count}" for name, count in finding["languages"].items()) or "no language"
    untitled = f", {finding['untitled']} without a title yet" if finding["untitled"] else ""
    return f"{called}{counted(finding['items'], 'item')}{untitled}; {dates}; languages: {languages}."


def _topics(finding: Mapping[str, Any]) -> str:
    hits = ", ".join(f"{name} {count}" for name, count in finding["topics"].items()) or "none"
    return f"Topics: {hits}; {finding['without_topic']} under none."


def _letter(letter: Mapping[str, Any]) -> str:
    parts = [
        f"{letter[name]} {noun}"
        for name, noun in (
            ("news", "as news"),
            ("lessons", "as a lesson" if letter["lessons"] == 1 else "as lessons"),
            ("archive", "from the archive"),
        )
        if letter[name]
    ]
    titles = f" ({'; '.join(letter['titles'])})" if letter["titles"] else ""
    left_out = ", ".join(f"{count} {_LEFT_OUT.get(code, code)}" for code, count in letter["left_out"].items())
    return f"The next letter would show {' and '.join(parts) or 'nothing of it'}{titles}" + (
        f"; left out: {left_out}." if left_out else "."
    )


def _manners(finding: Mapping[str, Any]) -> str:
    """Say what makes the next visit cheap, and what the site allows."""
    names = [name for key, name in (("etag", "ETag"), ("last_modified", "Last-Modified")) if finding[key]]
    if finding["url"].startswith("file:"):
        cheap = "It is a file of this folder, read whole each time"
    elif finding["kind"] == "youtube":
        cheap = "YouTube sends no validators, so it is listed anew each time"
    elif names:
        cheap = f"It sends {' and '.join(names)}, so an unchanged answer costs nothing"
    else:
        cheap = "It sends neither ETag nor Last-Modified, so it is fetched whole each time"
    robots = {"allows": "; robots.txt allows us", "not asked": ""}.get(finding["robots"], "; robots.txt is unclear")
    hub = f"; it has a WebSub hub, {finding['hub']}" if finding["hub"] else ""
    return f"{cheap}{robots}{hub}."
