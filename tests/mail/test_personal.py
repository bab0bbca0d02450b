"""What differs by recipient is filled in at sending, whatever stands round it."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import MailSetupError
from pipeline.mail import Letter, Mailbox, compose, eml, leave_token, mark
from pipeline.pictures import Picture
from tests.mail import decoder
from tests.mail.conftest import DATE, SENDER
from tests.mail.test_headers import THOROUGH
from tests.mail.test_message import assert_travels_anywhere, head, parts

LEAVE = mark("a workspace's secret", "leave")
NAME = mark("a workspace's secret", "name")
MAILTO = "mailto:pois@example.fi?subject=pois"


def marked(html: str, text: str) -> Letter:
    """Return a letter with places in both parts and in List-Unsubscribe."""
    return compose(
        subject="Viikko 47",
        html=html,
        text=text,
        language="fi",
        sender=Mailbox("Kooste", SENDER),
        unsubscribe=(LEAVE, MAILTO),
        one_click=True,
        marks=(LEAVE, NAME),
    )


def sent(letter: Letter, **values: str) -> bytes:
    """Return the message of somebody for whom the marks mean ``values``."""
    meaning = {"leave": LEAVE, "name": NAME}
    return letter.to(
        "maija@example.fi",
        message_id="<a@example.fi>",
        date=DATE,
        values={meaning[name]: value for name, value in values.items()},
    )


def test_every_place_is_filled_with_the_recipients_own_value() -> None:
    """In the text as it is, in HTML escaped, and in the header, where both addresses stay in one list."""
    letter = marked(f'<p>Hei {NAME}! <a href="{LEAVE}">Lopeta</a></p>\n', f"Hei {NAME}!\n{LEAVE}\n")
    message = sent(letter, leave="https://example.fi/pois?a=1&t=ab=3D", name="Maija & <Matti>")
    found = head(message)
    assert found["List-Unsubscribe"] == f"<https://example.fi/pois?a=1&t=ab=3D>, <{MAILTO}>"
    assert list(found).count("List-Unsubscribe") == 1
    assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert parts(message) == [
        ("text/plain", "Hei Maija & <Matti>!\nhttps://example.fi/pois?a=1&t=ab=3D\n"),
        (
            "text/html",
            '<p>Hei Maija &amp; &lt;Matti&gt;! <a href="https://example.fi/pois?a=1&amp;t=ab=3D">Lopeta</a></p>\n',
        ),
    ]


pieces = st.lists(st.sampled_from([LEAVE, NAME, "\n", " ", "ä", ".", "=", "x" * 75, "y" * 74 + " ", "\t", "<b>"]))
values = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=200)


@given(pieces, st.from_regex(r"https://[a-z0-9./?=&_-]{1,300}", fullmatch=True), values)
@THOROUGH
def test_no_value_breaks_the_lines_round_it(around: list[str], leave: str, name: str) -> None:
    """Wherever the places stand and however long their values are, the message reads as if written by hand."""
    whole = "".join(around)
    message = sent(marked(whole, whole), leave=leave, name=name)
    read = whole.replace(LEAVE, leave).replace(NAME, name)
    escaped = whole.replace(LEAVE, escape(leave)).replace(NAME, escape(name))
    assert [content for _, content in parts(message)] == [f"{one.removesuffix(chr(10))}\n" for one in (read, escaped)]
    body = message.partition(b"\r\n\r\n")[2]
    assert_travels_anywhere(body)
    assert max(map(len, body.split(b"\r\n"))) <= 76
    assert [one for one, _ in decoder.fields(message.partition(b"\r\n\r\n")[0] + b"\r\n")] == list(head(message))


@pytest.mark.parametrize("value", ["", "a\r\nBcc: v@e.fi", "a\nb", "a\x00b", "a\u2028b", "\u202egnp", "\ud800"])
def test_a_value_is_one_visible_line(value: str) -> None:
    """A missing or hostile value stops the letter rather than leaving a hole, or writing lines of its own."""
    with pytest.raises(MailSetupError, match="a place"):
        sent(marked("<p>a</p>", f"Hei {NAME}"), leave="https://example.fi/pois", name=value)


@pytest.mark.parametrize("value", ["https://e.fi/>, <mailto:v@e.fi", "https://e.fi/a b", "https://e.fi/ä", "a,b", '"'])
def test_a_header_takes_a_plain_address_only(value: str) -> None:
    """Nothing in a value ends the angle brackets, begins another address or needs an encoding."""
    with pytest.raises(MailSetupError, match="plain web address"):
        sent(marked("<p>a</p>", "a"), leave=value, name="Maija")


def test_a_mark_cannot_be_written_by_a_publisher() -> None:
    """It depends on the workspace's secret; what only looks like one stays text."""
    forged = mark("another secret", "leave")
    assert forged != LEAVE
    message = sent(marked(f"<p>{forged}</p>", forged), leave="https://example.fi/pois", name="Maija")
    assert [content for _, content in parts(message)] == [f"{forged}\n", f"<p>{forged}</p>\n"]


def test_a_token_is_always_the_same_and_says_nothing_of_the_recipient() -> None:
    """So the way out never expires, and nobody can be unsubscribed by guessing."""
    token = leave_token("secret", "Maija@example.fi")
    assert token == leave_token("secret", "maija@example.fi")
    assert re.fullmatch("[0-9a-f]{32}", token)
    assert len({token, leave_token("other", "maija@example.fi"), leave_token("secret", "matti@example.fi")}) == 3


def test_the_samples_places_lead_nowhere() -> None:
    """A file that anybody may open ends nobody's letter."""
    sample = eml(marked(f'<a href="{LEAVE}">Lopeta</a>', LEAVE), date=DATE)
    assert head(sample)["List-Unsubscribe"] == f"<https://example.invalid/leave>, <{MAILTO}>"
    assert parts(sample)[0] == ("text/plain", "https://example.invalid/leave\n")


def test_pictures_travel_with_the_html() -> None:
    """RFC 2387: HTML and its images are one part, still the last; who reads the text never opens them."""
    logo = Picture(media_type="image/png", content=bytes(range(256)) * 3)
    letter = compose(
        subject="a",
        html=f'<img src="{logo.data_url}" alt="Kooste"><img src="{logo.data_url}" alt="Kooste">',
        text="a",
        language="fi",
        sender=Mailbox("", SENDER),
    )
    message = sent(letter)
    assert_travels_anywhere(message)
    plain, related = message_from_bytes(message, policy=policy.default).iter_parts()
    html, image = related.iter_parts()
    assert [part.get_content_type() for part in (plain, related, html, image)] == [
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
    ]
    assert html.get_content().count(f'src="cid:{logo.content_id}"') == 2
    assert image["Content-ID"] == f"<{logo.content_id}>"
    assert image.get_content() == logo.content
