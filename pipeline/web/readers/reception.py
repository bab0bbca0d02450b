"""What the readers' pages work with: plain values and the store's face, given by whoever wires them."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from pipeline import tokens
from pipeline.errors import TokenError
from pipeline.mail import wire_address
from pipeline.render.renderer import NAMES
from pipeline.web.readers.paths import path, paths

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response

    from pipeline.model import Recipient, Topic
    from pipeline.store.visitors import Visitors
    from pipeline.web.forms import Form, Seals
    from pipeline.web.pages import Pages
    from pipeline.web.readers.intake import Intake
    from pipeline.web.throttle import Throttle


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """One workspace's readers' side.

    ``is_open`` is False where no mail server is configured, so that nobody's request could be answered.
    """

    pages: Pages
    topics: Sequence[Topic]
    visitors: Visitors
    key: bytes
    clock: Callable[[], datetime]
    seals: Seals
    intake: Intake
    throttle: Throttle
    is_open: bool = True

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of letter and pages."""
        return self.pages.languages

    def choices(self, page: str, language: str, topics: Sequence[str] | None) -> dict[str, Any]:
        """Return what a form shows to choose from in the page's language, with what is chosen."""
        return {
            "languages": [
                {"code": code, "text": NAMES[code], "is_chosen": code == language} for code in self.languages
            ],
            "topics": [{**row, "is_chosen": row["id"] in (topics or ())} for row in self._topics(page)],
        }

    def _topics(self, page: str) -> list[dict[str, str]]:
        words = self.pages.words(page)
        named = [(topic.id, *words.name(topic.name)) for topic in self.topics]
        return [{"id": id_, "name": name, "language": foreign} for id_, name, foreign in named]

    def topic_names(self, page: str, chosen: Sequence[str] | None) -> list[dict[str, str]]:
        """Return the chosen topics that still exist, as a page names them; [] is everything."""
        return [row for row in self._topics(page) if row["id"] in (chosen or ())]

    def topics_of(self, form: Form) -> tuple[str, ...] | None:
        """Return the topics that a form names, None for everything: nothing chosen, or all of them."""
        said = set(form.all("topic"))
        known = tuple(topic.id for topic in self.topics if topic.id in said)
        return known if known and len(known) < len(self.topics) else None

    def language_of(self, form: Form, request: Request) -> str:
        """Return the language that a form names, else the page's."""
        said = form.one("language")
        return said if said in self.languages else self.pages.language(request)

    def show(
        self,
        request: Request,
        template: str,
        page: str,
        *,
        status: int = HTTPStatus.OK,
        **context: Any,  # noqa: ANN401  # whatever the template is given
    ) -> Response:
        """Return a page that is in every language at its own address, under the same token."""
        addresses = paths(page, self.languages, token=request.path_params.get("token", ""))
        language = self.pages.language(request)
        links = {name: self.pages.root_path + path(name, language) for name in ("subscribe", "preferences")}
        return self.pages.response(
            request,
            template,
            status=status,
            addresses=addresses,
            here=self.pages.root_path + addresses[language],
            links=links,
            **context,
        )

    def go(self, request: Request, page: str, *, token: str = "", query: str = "") -> Response:
        """Send the visitor on to a page in the same language, so that reloading it asks for nothing again."""
        there = path(page, self.pages.language(request), token=token) + (f"?{query}" if query else "")
        return RedirectResponse(self.pages.root_path + there, HTTPStatus.SEE_OTHER)

    def admit(self, request: Request) -> None:
        """Count one asking of the visitor's network; raises HTTPException 429 beyond what it may."""
        wait = self.throttle.wait(request.client.host if request.client else "")
        if wait:
            raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": str(int(wait) + 1)})

    def editor(self, token: str) -> Recipient:
        """Return whom an edit token belongs to; raises HTTPException 410 or 404."""
        return self._bearer(lambda address_of: tokens.editor(self.key, token, self.clock(), address_of))

    def leaver(self, token: str) -> Recipient:
        """Return whose letter a leave token ends; raises HTTPException 404."""
        return self._bearer(lambda address_of: tokens.leaver(self.key, token, address_of))

    def confirmed(self, token: str) -> tuple[str, str, tuple[str, ...] | None, datetime]:
        """Return address, language, topics and time of a confirm token; raises HTTPException 410 or 404."""
        try:
            return tokens.confirmed(self.key, token, self.clock())
        except TokenError as error:
            raise _refused(error) from error

    def _bearer(self, read: Callable[[Callable[[int], str | None]], int]) -> Recipient:
        found: dict[int, Recipient] = {}

        def address_of(number: int) -> str | None:
            if (recipient := self.visitors.numbered(number)) is None:
                return None
            found[number] = recipient
            return recipient.address

        try:
            return found[read(address_of)]
        except TokenError as error:
            raise _refused(error) from error


def address_in(form: Form) -> str | None:
    """Return the address of a form, None for what is none."""
    address = form.one("address").strip()
    try:
        wire = wire_address(address)
    except (ValueError, UnicodeError):
        return None
    if "=?" in address or "." not in wire.rpartition("@")[2]:  # the first is what header decoders look for
        return None
    return address


def _refused(error: TokenError) -> HTTPException:
    return HTTPException(HTTPStatus.GONE if error.expired else HTTPStatus.NOT_FOUND)
