"""What the desk's pages work with: plain values and the store's face, given by whoever wires them."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from pipeline.web import forms
from pipeline.web.desk import saying
from pipeline.web.desk.saying import OPERATOR

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response

    from pipeline.model import Edition
    from pipeline.store import Store
    from pipeline.store.drafts import Hand, OpenDraft, Revision
    from pipeline.store.sessions import Session
    from pipeline.web.forms import Form, Seals
    from pipeline.web.pages import Pages
    from pipeline.web.throttle import Throttle

DESK = "/desk"


__all__ = ["DESK", "OPERATOR", "Bureau", "NotAdmitted"]


class NotAdmitted(Exception):  # no error: it leads to the door
    """Nobody is signed in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bureau:
    """One workspace's editors' side.

    ``editors`` are the addresses that may sign in by a link; ``password`` tells whether a word is the
    operator's (None: nobody set one); ``ask_link`` has a link mailed. ``preview`` says a draft in one
    language, and ``plain`` takes out of a stored edition what is each reader's own. ``approve`` freezes a
    draft at a revision, ``test`` mails one to an address; ``mailbox`` is where a test goes for somebody who
    is signed in, '' for nowhere. ``deadline`` is when silence is answered, None where it never is, and
    ``sends`` whether the letter leaves then.
    """

    pages: Pages
    store: Store
    key: bytes
    clock: Callable[[], datetime]
    seals: Seals
    throttle: Throttle
    zone: str
    is_secure: bool
    editors: Sequence[str]
    password: Callable[[str], bool] | None
    ask_link: Callable[[str], None]
    preview: Callable[[OpenDraft, str], Edition]
    plain: Callable[[Edition], Edition]
    approve: Callable[[str, int, Hand], None]
    test: Callable[[OpenDraft, str, str], None]
    mailbox: Callable[[str], str]
    deadline: Callable[[OpenDraft], datetime | None]
    sends: bool

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of letter and pages."""
        return self.pages.languages

    @property
    def cookie(self) -> str:
        """The session cookie's name; with the prefix no other host can set it (RFC 6265bis, 4.1.3)."""
        return "__Host-desk" if self.is_secure else "desk"

    # Who is there

    async def session(self, request: Request) -> Session | None:
        """Return who is signed in, None for nobody; an editor who left digest.editors is nobody at once."""
        token = request.cookies.get(self.cookie, "")
        if not token:
            return None
        found = await run_in_threadpool(self.store.sessions.find, token, now=self.clock())
        return found if found is not None and self.may_enter(found.who) else None

    def may_enter(self, who: str) -> bool:
        """Whether somebody of that name has a place at this desk."""
        if who == OPERATOR:
            return self.password is not None
        return who.casefold() in {one.casefold() for one in self.editors}

    async def admitted(self, request: Request) -> Session:
        """Return who is signed in; raises NotAdmitted for nobody."""
        found = await self.session(request)
        if found is None:
            raise NotAdmitted
        return found

    async def posted(self, request: Request, purpose: str, *, most: int = forms.MOST_BYTES) -> tuple[Session, Form]:
        """Return who sent a form, and the form; raises NotAdmitted, and HTTPException for one that is not theirs."""
        session = await self.admitted(request)
        form = await forms.read(request, most=most)
        self.seals.check(request, form, purpose, bound=session.id)
        return session, form

    def throttled(self, request: Request) -> None:
        """Count one try at the door; raises HTTPException 429 beyond what a network may."""
        wait = self.throttle.wait(request.client.host if request.client else "")
        if wait:
            raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": str(int(wait) + 1)})

    # Where things are, and what they look like

    def path(self, request: Request, rest: str = "", language: str = "") -> str:
        """Return where a page of the desk is, in the visitor's language."""
        return f"{self.pages.root_path}/{language or self.pages.language(request)}{DESK}{rest}"

    def go(self, request: Request, rest: str = "") -> Response:
        """Send the visitor on, so that reloading does nothing again."""
        return RedirectResponse(self.path(request, rest), HTTPStatus.SEE_OTHER)

    def show(
        self,
        request: Request,
        template: str,
        rest: str,
        *,
        session: Session | None,
        status: int = HTTPStatus.OK,
        **context: Any,  # noqa: ANN401  # whatever the template is given
    ) -> Response:
        """Return a page that is in every language at its own address."""
        base = f"{DESK}{rest}"

        def seal(purpose: str) -> str:
            return self.seals.seal(purpose, bound=session.id if session is not None else "")

        return self.pages.response(
            request,
            f"desk/{template}",
            status=status,
            addresses={language: f"/{language}{base}" for language in self.languages},
            desk=self.path(request),
            who=session.who if session is not None else "",
            is_operator=session is not None and session.who == OPERATOR,
            seal=seal,
            **context,
        )

    # In words

    def moment(self, request: Request, when: datetime) -> str:
        """Return a moment as the page says it."""
        return saying.moment(self.pages.words(self.pages.language(request)), when, self.zone)

    def history(self, request: Request, revisions: Sequence[Revision]) -> list[dict[str, Any]]:
        """Return what happened, the newest first, as the page says it."""
        words = self.pages.words(self.pages.language(request))
        ways = {
            "desk": words.gettext("on the desk"),
            "command": words.gettext("by command"),
            "serve": words.gettext("by itself"),
        }
        return [
            {
                "number": one.number,
                "when": self.moment(request, one.at),
                "who": saying.who(words, one.hand),
                "way": ways[one.hand.way],
                "what": saying.change(words, one.change),
            }
            for one in reversed(revisions)
        ]
