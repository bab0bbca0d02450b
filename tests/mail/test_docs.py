"""docs/mail.md says what the program does."""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.mail import Mailbox, compose
from tests.mail import decoder
from tests.mail.conftest import SENDER, addressed

PAGE = (Path(__file__).parents[2] / "docs" / "mail.md").read_text(encoding="utf-8")


def test_the_page_lists_every_header_and_no_other() -> None:
    """In the order of the message, with those that are always there marked so."""
    rows = re.findall(r"^\| `([\w-]+)` \|.*\| ([^|]+) \|$", PAGE, re.MULTILINE)
    letter = compose(
        subject="a",
        html="a",
        text="a",
        language="fi",
        sender=Mailbox("", SENDER),
        reply_to=Mailbox("", SENDER),
        unsubscribe=["https://example.fi/pois"],
        one_click=True,
        list_help=f"mailto:{SENDER}",
        archive="https://example.fi/kooste/",
    )
    names = [name for name, _ in decoder.fields(addressed(letter).partition(b"\r\n\r\n")[0] + b"\r\n")]
    assert [name for name, _ in rows] == names
    assert {name for name, when in rows if when != "always"} == {"Reply-To", "List-Unsubscribe-Post", "List-Archive"}


def test_the_relay_is_told_to_sign_what_matters() -> None:
    """RFC 6376, 5.4.1, and RFC 8058, 4: who it is from, what it says, and the way out; all of them headers of ours."""
    (line,) = re.findall(r"^(From:\S+)$", PAGE, re.MULTILINE)
    signed = set(line.split(":"))
    listed = set(re.findall(r"^\| `([\w-]+)` \|", PAGE, re.MULTILINE))
    assert signed <= listed
    assert signed >= {"From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post"}
