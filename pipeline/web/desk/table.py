"""The drafts on the table: each with its items, notes and history, and every change that an editor makes."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse

from pipeline import prose
from pipeline.digest import drafting
from pipeline.errors import DraftChanged, DraftError, StoreError
from pipeline.render.renderer import NAMES
from pipeline.render.summary import period_name
from pipeline.store.drafts import Hand
from pipeline.web.desk.door import MOST_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from pipeline.digest.drafting import Edit
    from pipeline.model import Edition, Section
    from pipeline.store.drafts import OpenDraft
    from pipeline.store.sessions import Session
    from pipeline.web.desk.bureau import Bureau
    from pipeline.web.forms import Form

_SHOWN = 12
"""Digests that are listed."""
_PREVIEW_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
"""A letter is shown as mail programs show it: no script, nothing from anywhere."""


class Table:
    """What answers at the desk itself."""

    def __init__(self, bureau: Bureau) -> None:
        self._here = bureau

    async def all(self, request: Request) -> Response:
        """Every draft that waits, and the last letters that left."""
        here = self._here
        session = await here.admitted(request)
        drafts = await run_in_threadpool(here.store.drafts.all)
        statuses = await run_in_threadpool(here.store.digests.statuses)
        return here.show(
            request,
            "table.html",
            "",
            session=session,
            drafts=[self.line(request, one) for one in reversed(drafts)],
            frozen=[
                {
                    "key": one.key,
                    "name": self._name(request, one.key),
                    "items": one.items,
                    "sent": {"accepted": 0, "pending": 0, **one.deliveries},
                }
                for one in statuses
                if one.state != "draft"
            ][:_SHOWN],
        )

    async def one(self, request: Request) -> Response:
        """One draft with all that can be done to it, or a frozen digest with what was done."""
        here = self._here
        session = await here.admitted(request)
        key = request.path_params["key"]
        try:
            kept = await run_in_threadpool(here.store.drafts.load, key)
        except DraftError:
            return await self.ended(request, session, key)
        return await self.drawn(request, session, kept)

    async def drawn(
        self,
        request: Request,
        session: Session,
        kept: OpenDraft,
        *,
        status: int = HTTPStatus.OK,
        **more: Any,  # noqa: ANN401  # whatever the template is given
    ) -> Response:
        """Return the page of a draft."""
        here = self._here
        history = await run_in_threadpool(here.store.drafts.history, kept.key)
        marks = kept.draft.marks
        digest = drafting.edited(kept.draft)
        context: dict[str, Any] = {
            **self.line(request, kept),
            "seen": kept.number,
            "sections": [self._section(request, section, kept) for section in digest.sections],
            "dropped": [
                {"item": pick.item_id, "title": pick.item.title or pick.item.url, "source": pick.source_title}
                for pick in kept.draft.digest.picks
                if pick.item_id in marks.dropped
            ],
            "notes": self._notes(kept),
            "editions": [{"language": code, "name": NAMES[code]} for code in here.languages],
            "shown": here.pages.language(request),
            "history": here.history(request, history),
            "mailbox": here.mailbox(session.who),
            "longest": drafting.LONGEST_NOTE,
            "done": request.query_params.get("done", ""),
            "trouble": "",
        }
        return here.show(request, "draft.html", f"/{kept.key}", session=session, status=status, **{**context, **more})

    async def ended(self, request: Request, session: Session, key: str) -> Response:
        """Return the page of a digest that is no draft any more; raises HTTPException 404 for what never was one."""
        here = self._here
        history = await run_in_threadpool(here.store.drafts.history, key)
        status = await run_in_threadpool(here.store.digests.status, key)
        if status is None and not history:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return here.show(
            request,
            "ended.html",
            f"/{key}",
            session=session,
            key=key,
            name=self._name(request, key),
            history=here.history(request, history),
            is_frozen=status is not None,
            items=status.items if status is not None else 0,
            deliveries={"accepted": 0, "pending": 0, **(status.deliveries if status is not None else {})},
            editions=[
                {"language": code, "name": NAMES[code]}
                for code in here.languages
                if status is not None and code in status.languages
            ],
            done=request.query_params.get("done", ""),
        )

    async def change(self, request: Request) -> Response:
        """Make the changes of one form, if the draft still is what the editor was looking at."""
        here = self._here
        session, form = await here.posted(request, "change", most=MOST_BYTES)
        key, seen = request.path_params["key"], seen_of(form)
        edits = _edits_of(form, here.languages)
        if not edits:
            raise HTTPException(HTTPStatus.BAD_REQUEST)
        if any(isinstance(one, drafting.Note) and drafting.is_too_long(one.text) for one in edits):
            return await self._refused(request, session, form, "long")
        hand, made = Hand(who=session.who, way="desk"), 0
        for edit in await run_in_threadpool(self._changing, key, edits):
            try:
                kept = await run_in_threadpool(
                    here.store.drafts.edit, key, edit, hand=hand, now=here.clock(), seen=seen
                )
            except DraftChanged as error:
                return await self.conflict(request, session, form, error)
            except DraftError:
                return await self._refused(request, session, form, "unchanged")
            seen, made = kept.number, made + 1
        if not made:
            return await self._refused(request, session, form, "unchanged")
        return here.go(request, f"/{key}{_anchor(edits[0])}")

    def _changing(self, key: str, edits: list[Edit]) -> list[Edit]:
        """Leave out the notes that say what they said: their form holds all languages."""
        try:
            notes = self._here.store.drafts.load(key).draft.marks.notes
        except DraftError:
            return edits
        return [
            one
            for one in edits
            if not isinstance(one, drafting.Note) or prose.lines(one.text) != notes.get(one.language, "")
        ]

    async def conflict(self, request: Request, session: Session, form: Form, error: DraftChanged) -> Response:
        """Say what somebody else changed meanwhile, and keep what this editor wrote."""
        here, key = self._here, request.path_params["key"]
        words = here.pages.words(here.pages.language(request))
        history = await run_in_threadpool(here.store.drafts.history, key, since=error.seen)
        try:
            kept = await run_in_threadpool(here.store.drafts.load, key)
        except DraftError:  # which ended since
            return await self.ended(request, session, key)
        return here.show(
            request,
            "conflict.html",
            f"/{key}",
            session=session,
            status=HTTPStatus.CONFLICT,
            key=key,
            name=self._name(request, key),
            seen=kept.number,
            history=here.history(request, history),
            notes=[
                {
                    **one,
                    "mine": form.one(f"note-{one['language']}"),
                    "said": words.in_language(one["language"]),
                }
                for one in self._notes(kept)
                if _says(form, f"note-{one['language']}") and form.one(f"note-{one['language']}") != one["text"]
            ],
            asked={name: form.one(name) for name in ("do", "item", "language", "title", "reason") if _says(form, name)},
        )

    async def preview(self, request: Request) -> Response:
        """One edition as mail programs show it, in a frame that can do nothing."""
        here = self._here
        await here.admitted(request)
        key, language = request.path_params["key"], request.path_params["edition"]
        if language not in here.languages:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        edition = await run_in_threadpool(self._edition, key, language)
        body = edition.html.replace("<head>", '<head>\n<base target="_blank">', 1)
        headers = {"Content-Security-Policy": _PREVIEW_POLICY, "X-Frame-Options": "SAMEORIGIN"}
        return HTMLResponse(body, headers=headers)

    def _edition(self, key: str, language: str) -> Edition:
        here = self._here
        try:
            return here.preview(here.store.drafts.load(key), language)
        except DraftError:
            found = [one for one in here.store.digests.editions(key) if one.language == language]
            if not found:
                raise HTTPException(HTTPStatus.NOT_FOUND) from None
            return here.plain(found[0])

    async def _refused(self, request: Request, session: Session, form: Form, trouble: str) -> Response:
        """Show the draft again with what is wrong; what was written is still there."""
        here = self._here
        try:
            kept = await run_in_threadpool(here.store.drafts.load, request.path_params["key"])
        except StoreError:
            raise HTTPException(HTTPStatus.NOT_FOUND) from None
        except DraftError:
            return await self.ended(request, session, request.path_params["key"])
        notes = [
            {**one, "text": form.one(name) if _says(form, name := f"note-{one['language']}") else one["text"]}
            for one in self._notes(kept)
        ]
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return await self.drawn(request, session, kept, status=status, trouble=trouble, notes=notes)

    # In words

    def line(self, request: Request, kept: OpenDraft) -> dict[str, Any]:
        """Return how a draft stands, as a page says it."""
        here, held = self._here, kept.draft.marks.held
        end = here.deadline(kept) if held is None else None
        return {
            "key": kept.key,
            "name": self._name(request, kept.key),
            "items": len(drafting.edited(kept.draft).picks),
            "made": here.moment(request, kept.made),
            "is_held": held is not None,
            "held": held or "",
            "deadline": here.moment(request, end) if end is not None else "",
            "sends": here.sends,
            "revision": kept.number,
        }

    def _notes(self, kept: OpenDraft) -> list[dict[str, str]]:
        notes = kept.draft.marks.notes
        return [{"language": code, "name": NAMES[code], "text": notes.get(code, "")} for code in self._here.languages]

    def _name(self, request: Request, key: str) -> str:
        pages = self._here.pages
        return period_name(key, pages.words(pages.language(request)))

    def _section(self, request: Request, section: Section, kept: OpenDraft) -> dict[str, Any]:
        pages = self._here.pages
        words = pages.words(pages.language(request))
        name, language = words.name(section.name)
        rows = []
        for pick in section.picks:
            up, down = drafting.neighbours(kept.draft, pick.item_id)
            rows.append(
                {
                    "item": pick.item_id,
                    "title": pick.item.title or pick.item.url,
                    "titles": drafting.titles(pick),
                    "language": pick.item.language or "",
                    "url": pick.item.url,
                    "source": pick.source_title,
                    "is_pinned": pick.item_id in kept.draft.marks.pinned,
                    "in_letter": pick.in_letter,
                    "up": up,
                    "down": down,
                }
            )
        return {"kind": section.kind.value, "name": name, "language": language, "rows": rows}


def seen_of(form: Form) -> int:
    """The revision that the editor was looking at; raises HTTPException 400 for none."""
    said = form.one("seen")
    if not (said.isascii() and said.isdigit() and len(said) < 9):  # noqa: PLR2004  # what fits the database
        raise HTTPException(HTTPStatus.BAD_REQUEST)
    return int(said)


def _edits_of(form: Form, languages: tuple[str, ...]) -> list[Edit]:
    """The changes that a form asks for, none for what there is not."""
    if form.one("do") == "notes":
        return [
            drafting.Note(language, form.one(name)) for language in languages if _says(form, name := f"note-{language}")
        ]
    edit = _edit_of(form)
    return [] if edit is None else [edit]


def _edit_of(form: Form) -> Edit | None:
    item = form.one("item")
    number = int(item) if item.isascii() and item.isdigit() and len(item) < 18 else -1  # noqa: PLR2004  # as above
    simple: dict[str, Callable[[int], Edit]] = {
        "pin": drafting.Pin,
        "unpin": drafting.Unpin,
        "drop": drafting.Drop,
        "restore": drafting.Restore,
    }
    match form.one("do"):
        case "up" | "down" as way:
            return drafting.Move(number, up=way == "up")
        case "title":
            return drafting.Retitle(number, form.one("title"), form.one("language"))
        case "hold":
            return drafting.Hold(form.one("reason"))
        case "release":
            return drafting.Release()
        case asked:
            return simple[asked](number) if asked in simple else None


def _says(form: Form, name: str) -> bool:
    return any(key == name for key, _ in form.fields)


def _anchor(edit: Edit) -> str:
    """Where on the page the editor goes on."""
    match edit:
        case drafting.Drop() | drafting.Hold() | drafting.Release():
            return ""
        case drafting.Note():
            return "?done=noted#notes"
        case _:
            return f"#item-{edit.item}"
