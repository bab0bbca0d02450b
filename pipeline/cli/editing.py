"""The commands of an editor: draft, edit, approve and hold; the desk's pages do the same."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli import drafts, pressing, work
from pipeline.cli.exits import Exit
from pipeline.cli.showing import counted, say, when
from pipeline.cli.workspace import Workspace, now, workspace_option
from pipeline.errors import ConfigError, DraftError
from pipeline.model import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.digest.drafting import Edit
    from pipeline.store import Store
    from pipeline.store.drafts import OpenDraft, Revision

_BY = click.option("--by", metavar="NAME", help="Who does it, for the history (default: your user name).")
_SEEN = click.option(
    "--revision",
    "seen",
    type=click.IntRange(min=0),
    help="Only if the draft still stands at this revision: what somebody else changed meanwhile is never lost.",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print the draft as it then stands as JSON.")


@click.command()
@workspace_option
@click.argument("key", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def draft(workspace: Workspace, key: str | None, *, as_json: bool) -> int:
    """Show the draft KEY (such as 2026-W47), or every draft: items with their numbers, what was dropped, the history.

    `digikooste preview` shows how it will look; `digikooste edit` changes it.
    """
    with _store(workspace) as store:
        kept = [store.drafts.load(key)] if key else list(store.drafts.all())
        found = [_facts(workspace, store, one) for one in kept]
    if as_json:
        click.echo(json.dumps(found[0] if key else {"drafts": found}, ensure_ascii=False, indent=2))
        return Exit.DONE
    if not found:
        say("No draft waits.")
    for facts in found:
        for line in _lines(facts):
            say(line)
    return Exit.DONE


@click.command()
@workspace_option
@click.argument("key")
@click.option("--language", "-l", type=click.Choice(LANGUAGES), help="Of the note or the title (default: the first).")
@click.option("--note", metavar="TEXT", help="Say this on top of the edition, in Markdown; '' takes the note away.")
@click.option(
    "--note-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The same, from a file."
)
@click.option(
    "--restore", multiple=True, metavar="ITEM", help="Take a dropped item back, also one of an earlier draft."
)
@click.option("--drop", multiple=True, metavar="ITEM", help="Leave an item out, now and later.")
@click.option("--pin", multiple=True, metavar="ITEM", help="Put an item first in its section, its section first.")
@click.option("--unpin", multiple=True, metavar="ITEM", help="Let it stand where the choice put it.")
@click.option("--up", multiple=True, metavar="ITEM", help="Move an item up by one place in its section.")
@click.option("--down", multiple=True, metavar="ITEM", help="Move it down.")
@click.option("--retitle", nargs=2, multiple=True, metavar="ITEM TITLE", help="Print another title; '' gives it back.")
@click.option("--release", is_flag=True, help="Hold it no longer: it waits for approval again, deadline and all.")
@_SEEN
@_BY
@_JSON
def edit(workspace: Workspace, key: str, seen: int | None, by: str | None, *, as_json: bool, **wanted: Any) -> int:  # noqa: ANN401  # click's own values, one per option
    """Change the draft KEY: its note, its items, their titles and their order.

    ITEM is an item's number in `digikooste draft KEY`, or its address. Several changes are made in the
    order of the options above; each is a revision of its own, kept with who and when. Without any, $EDITOR
    opens on the note. New items that are found after a draft was made wait for the next letter.
    """
    if wanted["note"] is not None and wanted["note_file"]:
        raise click.UsageError("Write --note or --note-file, not both.")
    nothing = not any(value or value == "" for name, value in wanted.items() if name != "language")
    if nothing and not sys.stdin.isatty():
        raise click.UsageError(f"Say what to change; `digikooste draft {key}` shows the items.")
    hand, moment = pressing.by_command(by), now()
    with _store(workspace) as store:
        kept = store.drafts.load(key)
        seen = kept.number if seen is None else seen
        if nothing:
            wanted["note"] = _written(workspace, kept, wanted["language"])
        for item in wanted["restore"]:
            if item.isascii() and item.isdigit() and not _holds(kept, int(item)) and store.drafts.free(int(item)):
                say(f"Item {item} is dropped no longer; it can come into the next letter.")
                wanted["restore"] = tuple(other for other in wanted["restore"] if other != item)
        for change in _edits(workspace, kept, wanted):
            kept = store.drafts.edit(key, change, hand=hand, now=moment, seen=seen)
            seen = kept.number
        facts = _facts(workspace, store, kept)
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
    else:
        say(f"The draft {key} is at revision {kept.number}; `digikooste draft {key}` shows it.")
    return Exit.DONE


@click.command()
@workspace_option
@click.argument("key")
@_SEEN
@_BY
@click.option("--send-anyway", is_flag=True, help="Although lint finds the letter broken.")
@_JSON
def approve(
    workspace: Workspace, key: str, seen: int | None, by: str | None, *, send_anyway: bool, as_json: bool
) -> int:
    """Approve the draft KEY: it is frozen as it stands, written to output/ and owed to its readers.

    `digikooste serve`, where it runs, sends it at once; otherwise `digikooste deliver` does.
    """
    from pipeline import jobs  # noqa: PLC0415

    hand, moment = pressing.by_command(by), now()
    with _store(workspace) as store:
        with jobs.job_lock(workspace.var, "compose"):
            composed = drafts.approve(workspace, store, moment, key, hand=hand, seen=seen, send_anyway=send_anyway)
            if not as_json:
                say(f"Approved {key}: {counted(len(composed.digest.picks), 'item')}, {drafts.owed(composed.owed)}.")
            work.publish(workspace, store, moment, composed.replaced)
        drafts.tell(workspace, store, moment)
        if as_json:
            history = [_revision(one) for one in store.drafts.history(key)]
            click.echo(json.dumps({"key": key, "owed": composed.owed, "history": history}, indent=2))
        elif composed.owed and jobs.holder(workspace.var, "serve") is None:
            say("`digikooste deliver` sends it.")
    return Exit.DONE


@click.command()
@workspace_option
@click.argument("key")
@click.option("--reason", default="", metavar="TEXT", help="Why, for the other editors.")
@_SEEN
@_BY
@_JSON
def hold(workspace: Workspace, key: str, reason: str, seen: int | None, by: str | None, *, as_json: bool) -> int:
    """Hold the draft KEY: nothing leaves, whatever the deadline says, until somebody approves it.

    `digikooste edit KEY --release` lets it wait for approval again. When the next letter is due, a draft
    that is still held gives way, and its items go into that one.
    """
    from pipeline.digest.drafting import Hold  # noqa: PLC0415

    with _store(workspace) as store:
        kept = store.drafts.edit(key, Hold(reason), hand=pressing.by_command(by), now=now(), seen=seen)
        facts = _facts(workspace, store, kept)
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
    else:
        say(f"The draft {key} is held; `digikooste approve {key}` sends it.")
    return Exit.DONE


def _store(workspace: Workspace) -> Store:
    _ = workspace.config
    if not workspace.has_store:
        raise ConfigError([f"{workspace.file}: nothing has been collected yet; run `digikooste collect` first."])
    return workspace.store()


def _edits(workspace: Workspace, kept: OpenDraft, wanted: dict[str, Any]) -> Iterator[Edit]:
    """The changes that the options ask for, in the order of their help."""
    from pipeline.digest import drafting  # noqa: PLC0415

    languages = workspace.config.digest.languages
    language = wanted["language"] or languages[0]
    if language not in languages:
        raise click.UsageError(f"digest.languages has no {language}; it has {', '.join(languages)}.")
    note = wanted["note"] if wanted["note_file"] is None else _text(wanted["note_file"])
    if note is not None:
        yield drafting.Note(language, note)
    for name, change in (
        ("restore", drafting.Restore),
        ("drop", drafting.Drop),
        ("pin", drafting.Pin),
        ("unpin", drafting.Unpin),
    ):
        yield from (change(_number(kept, item)) for item in wanted[name])
    yield from (drafting.Move(_number(kept, item), up=True) for item in wanted["up"])
    yield from (drafting.Move(_number(kept, item), up=False) for item in wanted["down"])
    yield from (
        drafting.Retitle(_number(kept, item), title, wanted["language"] or "") for item, title in wanted["retitle"]
    )
    if wanted["release"]:
        yield drafting.Release()


def _written(workspace: Workspace, kept: OpenDraft, language: str | None) -> str:
    """The note as somebody leaves it in their editor; as it was where they leave without saving."""
    before = kept.draft.marks.notes.get(language or workspace.config.digest.languages[0], "")
    after = click.edit(before, extension=".md")
    return before if after is None else after


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError([f"{file}: not UTF-8 (byte {error.start}); save it as UTF-8."]) from error


def _holds(kept: OpenDraft, item: int) -> bool:
    return any(pick.item_id == item for pick in kept.draft.digest.picks)


def _number(kept: OpenDraft, text: str) -> int:
    """The number of an item that is named by it, or by its address."""
    for pick in kept.draft.digest.picks:
        if text in {str(pick.item_id), pick.item.url}:
            return pick.item_id
    raise DraftError(f"The draft {kept.key} holds no item {text}; `digikooste draft {kept.key}` lists them.")


def _facts(workspace: Workspace, store: Store, kept: OpenDraft) -> dict[str, Any]:
    from pipeline.digest.drafting import edited  # noqa: PLC0415

    marks, digest = kept.draft.marks, kept.draft.digest
    end = drafts.deadline(workspace, kept)
    return {
        "key": kept.key,
        "revision": kept.number,
        "made": kept.made.isoformat(),
        "held": marks.held,
        "deadline": end.isoformat() if end else None,
        "if_silent": workspace.config.digest.if_silent.value if end else None,
        "notes": dict(marks.notes),
        "sections": [
            {
                "section": section.id or section.kind,
                "items": [
                    {
                        "item": pick.item_id,
                        "title": pick.item.title,
                        "url": pick.item.url,
                        "source": pick.source,
                        "pinned": pick.item_id in marks.pinned,
                        "in_letter": pick.in_letter,
                    }
                    for pick in section.picks
                ],
            }
            for section in edited(kept.draft).sections
        ],
        "dropped": [
            {"item": pick.item_id, "title": pick.item.title, "url": pick.item.url}
            for pick in digest.picks
            if pick.item_id in marks.dropped
        ],
        "history": [_revision(one) for one in store.drafts.history(kept.key)],
    }


def _revision(one: Revision) -> dict[str, Any]:
    return {
        "revision": one.number,
        "at": one.at.isoformat(),
        "who": one.hand.who,
        "way": one.hand.way,
        "change": one.change.code,
        **one.change.params,
    }


def _lines(facts: dict[str, Any]) -> Iterator[str]:
    from datetime import datetime  # noqa: PLC0415

    items = sum(len(section["items"]) for section in facts["sections"])
    made = when(datetime.fromisoformat(facts["made"]))
    yield f"Draft {facts['key']}, revision {facts['revision']}: {counted(items, 'item')}, made {made}."
    if facts["held"] is not None:
        yield f"  It is held{': ' + facts['held'] if facts['held'] else ''}."
    if facts["deadline"]:
        done = "it is sent as it is" if facts["if_silent"] == "send" else "there is no letter this time"
        yield f"  If nobody approves it by {when(datetime.fromisoformat(facts['deadline']))}, {done}."
    for language, note in facts["notes"].items():
        if note:
            yield f"  Note ({language}): {' '.join(note.split())}"
    for section in facts["sections"]:
        yield f"{section['section']}:"
        for item in section["items"]:
            marks = ["pinned"] if item["pinned"] else []
            marks += [] if item["in_letter"] else ["on the page only"]
            said = f" ({', '.join(marks)})" if marks else ""
            yield f"  {item['item']:>6}  {item['title']}{said}"
    if facts["dropped"]:
        yield "Dropped:"
        yield from (f"  {item['item']:>6}  {item['title']}" for item in facts["dropped"])
    yield "History:"
    for one in facts["history"]:
        rest = [str(value) for name, value in one.items() if name not in {"revision", "at", "who", "way", "change"}]
        said = f"{one['change']} {', '.join(rest)}".strip()
        yield f"  {one['revision']:>3}  {when(datetime.fromisoformat(one['at']))}  {one['who']} ({one['way']}): {said}"
