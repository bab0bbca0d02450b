"""The command explain: what was decided about one address or one letter, and why. It changes nothing."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.exits import Exit
from pipeline.cli.reasons import sentence
from pipeline.cli.showing import counted, say
from pipeline.cli.workspace import Workspace, now, workspace_option
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipeline.digest.explanation import Explanation
    from pipeline.digest.filters import Decision
    from pipeline.model import Digest, Pick, Reason, Section

_SHOWN = 20
"""Items left out for one reason that are named; --json names all."""


@click.command()
@workspace_option
@click.argument("what", metavar="URL|KEY")
@click.option("--read", "-r", "is_read", is_flag=True, help="Of an address that no source has listed: read its page.")
@click.option("--title", metavar="TEXT", help="The same without reading it: with this title.")
@click.option("--source", metavar="ID", help="As if this source listed it (default: the nearest one of its site).")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def explain(
    workspace: Workspace, what: str, title: str | None, source: str | None, *, is_read: bool, as_json: bool
) -> int:
    """Say what became of an address (URL), or what a letter holds and what not (KEY, such as 2026-W47).

    An address is run through everything: which item it is, its sources, its topics with the word that was
    found, what each rule says, and whether it is in a letter. One that no source has listed is run through the
    same with --read, as its page describes it, or with --title. Nothing else is fetched and nothing changes.
    """
    if "://" not in what and "." not in what:
        facts = _digest_facts(_digest(workspace, what))
        lines = _digest_lines(facts)
    else:
        url = what if "://" in what else f"https://{what}"
        facts = _address_facts(workspace, url, title, source, is_read=is_read)
        lines = _item_lines(facts)
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
    else:
        for line in lines:
            say(line)
    return Exit.DONE


def _digest(workspace: Workspace, key: str) -> Digest:
    from pipeline import jobs  # noqa: PLC0415

    if not workspace.has_store:
        raise ConfigError([f"{workspace.file}: nothing has been collected yet; run `digikooste collect` first."])
    with workspace.store() as store:
        return jobs.digest_of(workspace.choice(), key, store=store, now=now())


# --- One address ------------------------------------------------------------------------------------


def _address_facts(
    workspace: Workspace, url: str, title: str | None, name: str | None, *, is_read: bool
) -> dict[str, Any]:
    """Return what is known of an address, else what would be decided of it."""
    from pipeline import identity, jobs  # noqa: PLC0415
    from pipeline.cli import supposing  # noqa: PLC0415

    moment = now()
    found = None
    if workspace.has_store:
        with workspace.store() as store:
            found = jobs.explain(workspace.choice(), url, store=store, now=moment)
    facts: dict[str, Any] = {
        "address": url,
        "canonical": identity.canonical_url(url),
        "key": identity.key_of(url),
        "known": found is not None,
    }
    if found is not None:
        return facts | _item_facts(found)
    source = supposing.source_for(workspace.config.sources, url, name)
    facts["would_be_of"] = None if source.id == supposing.NOBODY else source.id
    if title is None and not is_read:
        return facts
    item = supposing.item_of(workspace, url, title, source, moment)
    return facts | _item_facts(supposing.supposed(workspace, item, source, moment)) | {"item": None, "sources": []}


def _item_facts(found: Explanation) -> dict[str, Any]:
    item = found.candidate.item
    facts: dict[str, Any] = {
        "item": found.candidate.id,
        "summary": item.summary,
        "title": item.title,
        "url": item.url,
        "kind": item.kind,
        "language": item.language,
        "published": item.published.isoformat() if item.published else None,
        "first_seen": found.candidate.first_seen.isoformat(),
        "duration": item.duration,
        "reading": item.reading,
        "sources": [
            {
                "id": state.source.id,
                "name": state.title,
                "first_seen": sighting.first_seen.isoformat(),
                "baseline": sighting.baseline,
                "moved": sighting.moved,
                "present": sighting.present,
            }
            for state, sighting in found.holdings
        ],
        "other_languages": _other_languages(found),
        "topics": [{"id": subject.topic, "word": subject.word} for subject in found.topics],
        "rules": [_rule(source, decision) for source, decision in found.decisions],
        "shown": [{"digest": shown.key, "section": shown.section} for shown in found.candidate.shown],
        "next": found.period.key,
    }
    if found.pick is not None and found.section is not None:
        return facts | _picked(found.pick, found.section)
    assert found.left_out is not None, "every candidate is picked or left out"
    return facts | {"in": False, **_why(found.left_out.reason)}


def _other_languages(found: Explanation) -> list[dict[str, Any]]:
    """Return the article in other languages: as items of their own, else as its page names them."""
    named = [(other.item.language, other.item.title, other.item.url) for other in found.versions]
    told = {language for language, *_ in named}
    named += [(one.language, one.title, one.url) for one in found.candidate.item.addresses if one.language not in told]
    return [{"language": language, "title": title, "url": url} for language, title, url in named]


def _rule(source: str, decision: Decision) -> dict[str, Any]:
    return {
        "source": source or None,
        "list": "include" if decision.included else "exclude",
        "rule": decision.rule,
        "wanted": decision.wanted,
        "found": decision.found,
        "holds": decision.holds,
        "keeps_out": decision.is_against,
    }


def _why(reason: Reason) -> dict[str, Any]:
    return {"reason": reason.code, "params": dict(reason.params), "sentence": sentence(reason)}


def _picked(pick: Pick, section: Section) -> dict[str, Any]:
    return {"in": True, "section": section.id or section.kind, "in_letter": pick.in_letter, **_why(pick.reason)}


def _item_lines(facts: Mapping[str, Any]) -> Iterator[str]:
    if not facts["known"]:
        yield f"No source has ever listed {facts['address']}."
        yield f"  It would be known as {facts['key']}, whatever tracking its address carries."
        near = facts["would_be_of"]
        yield f"  The nearest source is {near}." if near else "  No enabled source of this file reads its site."
        if "title" not in facts:
            yield "  --read reads its page and runs it through everything; --title TEXT does without the page."
            return
    number = f", item {facts['item']}" if facts["known"] else ""
    yield f'"{facts["title"] or "(untitled)"}"{number}: {facts["url"]}'
    if facts["canonical"] != facts["url"]:
        yield f"  The same as {facts['canonical']}."
    known = (facts["kind"], facts["language"] or "language not known", _dated(facts))
    yield f"  {', '.join(known)}; known as {facts['key']}"
    for source in facts["sources"]:
        when = "held when the source was first read" if source["baseline"] else "came after the source was first read"
        when = "came when nothing known was left in the source" if source["moved"] else when
        gone = "" if source["present"] else "; not in its last reading"
        yield f"  In {source['name']} ({source['id']}): first seen {source['first_seen'][:10]}, {when}{gone}"
    for other in facts["other_languages"]:
        title = f'"{other["title"]}", ' if other["title"] else ""
        yield f"  The same article in {other['language']}: {title}{other['url']}"
    topics = [f'{one["id"]} (by "{one["word"]}")' if one["word"] else f"{one['id']} (its source says so)"
              for one in facts["topics"]]  # fmt: skip
    yield f"  Topics: {', '.join(topics) or 'none'}"
    for rule in facts["rules"]:
        yield f"  {_rule_line(rule)}"
    for shown in facts["shown"]:
        yield f"  It was in {shown['digest']} ({shown['section']})."
    it = "It is" if facts["known"] else f"If {facts['would_be_of'] or 'a source without rules'} listed it now, it is"
    if facts["in"]:
        where = "" if facts["in_letter"] else ", on the page only"
        yield f"  {it} in {facts['next']}, under {facts['section']}{where}: {facts['sentence']}."
    elif facts["reason"] != "shown" or all(shown["digest"] != facts["next"] for shown in facts["shown"]):
        yield f"  {it} not in {facts['next']}: {facts['sentence']}."


def _dated(facts: Mapping[str, Any]) -> str:
    return f"published {facts['published'][:10]}" if facts["published"] else "without a date"


def _rule_line(rule: Mapping[str, Any]) -> str:
    whose = rule["source"] or "the digest"
    verdict = "keeps it out" if rule["keeps_out"] else "lets it in"
    found = {True: "it holds", False: "it does not hold", None: "that is not known of it"}[rule["holds"]]
    has = f" (found: {rule['found']})" if rule["found"] else ""
    return f"Rule of {whose}: {rule['list']} {rule['rule']} {rule['wanted']}: {found}{has}, so it {verdict}"


# --- One letter -------------------------------------------------------------------------------------


def _digest_facts(digest: Digest) -> dict[str, Any]:
    return {
        "digest": digest.period.key,
        "from": digest.period.start.isoformat(),
        "to": digest.period.end.isoformat(),
        "sections": [
            {
                "section": section.id or section.kind,
                "items": [
                    {"title": pick.item.title, "url": pick.item.url, "source": pick.source, **_picked(pick, section)}
                    for pick in section.picks
                ],
            }
            for section in digest.sections
        ],
        "left_out": [
            {"title": one.title, "url": one.url, "source": one.source, **_why(one.reason)} for one in digest.left_out
        ],
        "notices": [_why(notice) for notice in digest.notices],
    }


def _digest_lines(facts: Mapping[str, Any]) -> Iterator[str]:
    items = sum(len(section["items"]) for section in facts["sections"])
    yield f"{facts['digest']}: {counted(items, 'item')}, {len(facts['left_out'])} left out"
    for section in facts["sections"]:
        yield f"{section['section']}:"
        for item in section["items"]:
            page = "" if item["in_letter"] else " (on the page only)"
            yield f'  "{item["title"]}"{page}: {item["sentence"]}'
    reasons = Counter(one["reason"] for one in facts["left_out"])
    for code, number in reasons.most_common():
        yield f"Left out, {code} ({number}):"
        for one in [one for one in facts["left_out"] if one["reason"] == code][:_SHOWN]:
            yield f'  "{one["title"] or one["url"]}": {one["sentence"]}'
        if number > _SHOWN:
            yield f"  and {number - _SHOWN} more; --json names all"
    for notice in facts["notices"]:
        yield f"Notice: {notice['sentence']}"
