"""The ways out of the letter: where its footer and its List-Unsubscribe lead, for each recipient."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pipeline.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class WaysOut:
    """What a workspace offers its readers.

    ``service`` is where ``serve --http`` is reached, ``one_click`` the configured address with ``{token}`` in
    it, ``written`` what the footer and the header lead to without them. ``secret`` signs; None while the
    workspace needs none.
    """

    service: str | None
    one_click: str | None
    written: str | None
    secret: bytes | None
    own: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    """Makes the mark in the header, which is stored nowhere, so any secret will do."""

    @property
    def footer(self) -> str | None:
        """Where the letter's footer leads: with a service, the mark of each recipient's own address."""
        return self.footer_mark if self.service else self.written

    @property
    def is_one_click(self) -> bool:
        """Whether something answers a mail program's POST (RFC 8058), which takes https."""
        return bool(self.one_click) or (self.service or "").startswith("https:")

    @property
    def header(self) -> str | None:
        """The first of List-Unsubscribe."""
        return self.header_mark if self.one_click or self.service else self.written

    @property
    def footer_mark(self) -> str:
        """The place of the footer's address. It is stored with the edition, so it always is the same; '' without."""
        from pipeline.mail import mark  # noqa: PLC0415

        return mark(self.secret.hex(), "leave") if self.secret else ""

    @property
    def header_mark(self) -> str:
        """The place of the header's address."""
        from pipeline.mail import mark  # noqa: PLC0415

        return mark(self.own, "one-click")

    @property
    def marks(self) -> list[str]:
        """Every mark that a letter may hold."""
        return list(filter(None, (self.footer_mark, self.header_mark)))

    def shown(self, text: str) -> str:
        """Return a letter's text or HTML as somebody may look at it who is no recipient."""
        return text.replace(self.footer_mark, f"{self.service}leave/…") if self.service else text

    def meaning(self, store: Store) -> Callable[[str], Mapping[str, str]]:
        """What makes the meaning of the marks from a recipient's address.

        An edition that was frozen while there was a service goes out when it is gone, too: with the way that
        is left.
        """
        from pipeline import tokens  # noqa: PLC0415
        from pipeline.mail import leave_token  # noqa: PLC0415

        workspace_id = store.workspace_id()

        def of(address: str) -> dict[str, str]:
            way = self.written or "https://example.invalid/"
            if self.service and self.secret:
                known = store.visitors.known(address)
                number, bound = (known.id, address) if known else (0, "")  # a letter on trial
                way = f"{self.service}leave/{tokens.leave(self.secret, number, bound)}"
            click = self.one_click.replace("{token}", leave_token(workspace_id, address)) if self.one_click else way
            return {self.footer_mark: way, self.header_mark: click}

        return of
