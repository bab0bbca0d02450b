"""A letter is one message per recipient, text first, whose octets depend on nothing but its parts."""

from __future__ import annotations

import re
from datetime import datetime
from email import message_from_bytes, policy
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import MailSetupError, MailStage, PermanentMailError
from pipeline.mail import Letter, Mailbox, compose, eml, message_id, wire_address
from pipeline.masking import masked
from tests.mail import decoder
from tests.mail.conftest import DATE, SENDER, addressed

LEAVE = "mailto:pois@example.fi?subject=pois"


def composed(html: str = "<p>työ</p>\n", text: str = "työ\n", subject: str = "Viikko 47") -> Letter:
    """Return a letter with the given parts."""
    return compose(subject=subject, html=html, text=text, language="fi", sender=Mailbox("Kooste", SENDER))


def head(message: bytes) -> dict[str, str]:
    """Return the headers before the first blank line; a name that stands twice fails."""
    fields = decoder.fields(message.partition(b"\r\n\r\n")[0] + b"\r\n")
    assert len(fields) == len(dict(fields))
    return dict(fields)


def parts(message: bytes) -> list[tuple[str, str]]:
    """Return type and text of each part, as a reader's program unpacks them."""
    parsed = message_from_bytes(message, policy=policy.default)
    leaves = list(parsed.iter_parts())
    assert [parsed.defects, *(leaf.defects for leaf in leaves)] == [[]] * (len(leaves) + 1)
    return [(leaf.get_content_type(), leaf.get_content().replace("\r\n", "\n")) for leaf in leaves]


def test_the_headers_are_exactly_these(letter: Letter) -> None:
    """What is not configured is not there: no Reply-To, no List-Unsubscribe, nobody else's address."""
    found = head(addressed(letter))
    assert list(found) == [
        "Date",
        "Message-ID",
        "To",
        "From",
        "Subject",
        "List-Id",
        "Auto-Submitted",
        "Content-Language",
        "MIME-Version",
        "Content-Type",
    ]
    assert decoder.mailbox(found["From"]) == ("Viestintäkooste", SENDER)
    assert decoder.text(found["Subject"]) == "Viikko 47 · Näin kirjoitat selkeästi"
    assert found["Date"] == "Mon, 16 Nov 2026 06:00:00 +0000"
    assert found["To"] == "maija@example.fi"
    assert found["List-Id"] == "<kooste.example.fi>"
    assert found["Auto-Submitted"] == "auto-generated"
    assert found["Content-Language"] == "fi"


def test_leaving_and_answering_are_written_where_they_are_configured() -> None:
    """RFC 2369 and RFC 8058: the one-click promise needs an address to leave by."""
    letter = compose(
        subject="Viikko 47",
        html="<p>a</p>",
        text="a",
        language="fi",
        sender=Mailbox("Kooste", SENDER),
        reply_to=Mailbox("Viestinnän tuki", "tuki@example.fi"),
        list_id="viikko.viestinta.example.fi",
        unsubscribe=("https://example.fi/pois", LEAVE),
        one_click=True,
        list_help="mailto:tuki@example.fi",
        archive="https://example.fi/kooste/",
    )
    found = head(addressed(letter))
    assert list(found) == [
        "Date",
        "Message-ID",
        "To",
        "From",
        "Reply-To",
        "Subject",
        "List-Id",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "List-Help",
        "List-Archive",
        "Auto-Submitted",
        "Content-Language",
        "MIME-Version",
        "Content-Type",
    ]
    assert decoder.mailbox(found["Reply-To"]) == ("Viestinnän tuki", "tuki@example.fi")
    assert found["List-Id"] == "<viikko.viestinta.example.fi>"
    assert found["List-Unsubscribe"] == f"<https://example.fi/pois>, <{LEAVE}>"
    assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert found["List-Help"] == "<mailto:tuki@example.fi>"
    assert found["List-Archive"] == "<https://example.fi/kooste/>"


def test_an_address_to_write_to_is_ascii_in_a_header() -> None:
    """RFC 6068: its domain in A-labels, the rest percent-encoded, so that no header needs an encoding of its own."""
    letter = compose(
        subject="a",
        html="a",
        text="a",
        language="fi",
        sender=Mailbox("", SENDER),
        unsubscribe=("mailto:pois@ääkkönen.fi?subject=pois%20listalta ä",),
        list_help="mailto:kysy+tästä@example.fi",
    )
    found = head(addressed(letter))
    assert found["List-Unsubscribe"] == "<mailto:pois@xn--kknen-fraa0m.fi?subject=pois%20listalta%20%C3%A4>"
    assert found["List-Help"] == "<mailto:kysy+t%C3%A4st%C3%A4@example.fi>"


@pytest.mark.parametrize("unsubscribe", [(), (LEAVE,), ("http://example.fi/pois",), ("https://a.fi", "https://b.fi")])
def test_one_click_takes_one_https_address(unsubscribe: tuple[str, ...]) -> None:
    """RFC 8058, 3.1: a program must not have to choose where it posts, so a promise without is not made."""
    with pytest.raises(MailSetupError, match="exactly one https address"):
        compose(
            subject="a",
            html="a",
            text="a",
            language="fi",
            sender=Mailbox("", SENDER),
            unsubscribe=unsubscribe,
            one_click=True,
        )


def test_the_text_comes_first_and_the_html_last() -> None:
    """RFC 2046, 5.1.4: a program shows the last part that it can."""
    letter = composed(html="<p>Hyvää työtä!</p>\n", text="Hyvää työtä!\n")
    assert parts(addressed(letter)) == [("text/plain", "Hyvää työtä!\n"), ("text/html", "<p>Hyvää työtä!</p>\n")]


WELL_KNOWN_TROUBLE = [
    ".\n..\n.\r\n.",
    "From me\n>From you\n",
    "trailing blanks   \nand tabs\t\n",
    "x" * 100_000,
    "ä" * 100_000,
    "form\x0cfeed \x0b \x85 \u2028 \u2029 \x1c\x1d\x1e",
    "\x00\x1a\x7f",
    "--=_boundary\n\n--=_boundary--\n",
    "=3D =\n=20\n",
    "\ufeff\u200b\U0001f469\u200d\U0001f4bb",
    "",
    "\n",
]


@pytest.mark.parametrize("text", WELL_KNOWN_TROUBLE)
def test_every_text_arrives_whole(text: str) -> None:
    """Dots, blanks, endless lines, boundaries and control characters come out as they went in."""
    assert_arrives_whole(text)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
@settings(deadline=None)
def test_any_text_arrives_whole(text: str) -> None:
    """Whatever stands in a part, the reader's program shows it, in lines that every server carries."""
    assert_arrives_whole(text)


def assert_arrives_whole(text: str) -> None:
    """Line breaks apart, which mail writes its own way, and the one at the end."""
    message = addressed(composed(html=text, text=text))
    lines = re.sub(r"\r\n|\r", "\n", text).removesuffix("\n") + "\n"
    assert [content for _, content in parts(message)] == [lines if text else "\n"] * 2
    assert_travels_anywhere(message)


def assert_travels_anywhere(message: bytes) -> None:
    """ASCII in CRLF lines of 78 at most, so that a server without 8BITMIME takes it as it is."""
    assert message.isascii()
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)|\x00", message)
    assert max(map(len, message.split(b"\r\n"))) <= 78
    assert message.endswith(b"\r\n")


def test_a_lone_surrogate_costs_one_character() -> None:
    """A text that cannot be written in UTF-8 goes out with a question mark, rather than not at all."""
    assert [content for _, content in parts(addressed(composed("a\ud800b", "\udfff")))] == ["?\n", "a?b\n"]


@pytest.mark.parametrize(
    "subject", ["=?utf-8?q?a=0ABcc=3Av=40e.fi?=", "a\r\nBcc: v@e.fi", "a\r\n\r\nb", "\u2028Bcc: v", "", "\u202e"]
)
def test_a_hostile_subject_changes_no_other_line(subject: str) -> None:
    """The letter goes out with the subject cleaned; everything else is the same to the octet."""

    def others(message: bytes) -> list[bytes]:
        return [line for line in message.split(b"\r\n") if not line.startswith((b"Subject:", b" =?"))]

    assert others(addressed(composed(subject="Viikko 47"))) == others(addressed(composed(subject=subject)))


def test_the_same_parts_give_the_same_octets() -> None:
    """A resend after a restart is the same message, which is what lets a reader's server drop it."""
    assert addressed(composed()) == addressed(composed())
    assert addressed(composed()) != addressed(composed(text="toinen\n"))


def test_recipients_differ_in_their_own_headers_only(letter: Letter) -> None:
    """One message per recipient: nobody sees another's address, and nothing is rendered again."""
    maija, matti = (addressed(letter, f"{name}@example.fi", number) for number, name in enumerate(("maija", "matti")))
    assert b"matti" not in maija
    assert maija.partition(b"\r\nFrom: ")[2] == matti.partition(b"\r\nFrom: ")[2] != b""


def test_a_message_id_is_always_the_same_and_says_nothing_of_the_recipient() -> None:
    """It depends on workspace, digest and recipient, each of them, and cannot be guessed or read back."""
    first = message_id("workspace", "2026-W47", 7, "example.fi")
    assert first == message_id("workspace", "2026-W47", 7, "example.fi")
    assert re.fullmatch(r"<2026-W47\.[0-9a-f]{32}@example\.fi>", first)
    others = [("workspacf", "2026-W47", 7), ("workspace", "2026-W48", 7), ("workspace", "2026-W47", 8)]
    assert len({first, *(message_id(*facts, "example.fi") for facts in others)}) == 4


def test_a_message_id_has_an_ascii_domain() -> None:
    """It stands in a header that is never encoded."""
    assert message_id("w", "2026-W47", 1, "ääkkönen.fi").endswith("@xn--kknen-fraa0m.fi>")


@pytest.mark.parametrize("address", ["maija@ääkkönen.fi", "Maija@ÄÄKKÖNEN.FI", "maija@xn--kknen-fraa0m.fi"])
def test_a_finnish_domain_travels_as_ascii(letter: Letter, address: str) -> None:
    """IDNA needs nothing of the server; the local part is the owner's and keeps its letters."""
    message = addressed(letter, address)
    assert message.isascii()
    assert head(message)["To"] == f"{address.partition('@')[0]}@xn--kknen-fraa0m.fi"


def test_letters_before_the_at_sign_stay_as_they_are(letter: Letter) -> None:
    """RFC 6532: there is no ASCII form of them, so the header holds them in UTF-8, and nothing else does."""
    message = addressed(letter, "maija.äijälä@example.fi")
    assert head(message)["To"] == "maija.äijälä@example.fi"
    assert message.replace("äijälä".encode(), b"").isascii()


NO_ADDRESSES = [
    "",
    "maija",
    "maija@",
    "@example.fi",
    "maija@example.fi\r\nBcc: v@e.fi",
    "maija@exa mple.fi",
    "mai ja@example.fi",
    "maija@example.fi, matti@example.fi",
    "<maija@example.fi>",
    "maija@matti@example.fi",
    "maija..m@example.fi",
    ".maija@example.fi",
    '"maija"@example.fi',
    "maija@-example.fi",
    "maija@example..fi",
    "maija@example_x.fi",
    "maija@\u2028.fi",
    "maija\u202e@example.fi",
    "ma\ud800ija@example.fi",
    "maija@ex\ud800mple.fi",
    "m" * 65 + "@example.fi",
    "maija@" + "e" * 64 + ".fi",
    "maija@" + "e.fi" * 63,
]


@pytest.mark.parametrize("address", NO_ADDRESSES)
def test_what_is_no_address_is_refused(letter: Letter, address: str) -> None:
    """It is that recipient's end for this digest; the sentence goes to logs, so it shows what stands there masked."""
    shown = repr(masked(address)) if address else "''"
    with pytest.raises(PermanentMailError, match=re.escape(shown)) as refused:
        addressed(letter, address)
    assert refused.value.stage is MailStage.RECIPIENT
    assert address[:1] in {"", "@"} or address not in str(refused.value)


@pytest.mark.parametrize(
    "address", ["a@b.fi", "o'brien+kooste@mail.example.fi", "maija@localhost", "m" * 64 + "@example.fi", "a/b=c@x.fi"]
)
def test_a_usual_address_stays_as_it_is(address: str) -> None:
    """What a mail server takes is not changed."""
    assert wire_address(address) == address


@pytest.mark.parametrize("address", ["kooste", "kooste@example.fi\nBcc: v@e.fi"])
def test_a_wrong_sender_is_the_operators_to_mend(address: str) -> None:
    """No recipient is to blame, so no recipient is marked."""
    with pytest.raises(MailSetupError, match="kooste"):
        compose(subject="a", html="a", text="a", language="fi", sender=Mailbox("Kooste", address))
    with pytest.raises(MailSetupError, match="kooste"):
        compose(
            subject="a", html="a", text="a", language="fi", sender=Mailbox("", SENDER), reply_to=Mailbox("", address)
        )


def test_a_sender_with_letters_before_its_at_sign_has_an_ascii_list_id() -> None:
    """List-Id is never encoded, so the list takes another name in the same domain."""
    letter = compose(subject="a", html="a", text="a", language="fi", sender=Mailbox("", "kööste@example.fi"))
    assert head(addressed(letter))["List-Id"] == "<digikooste.example.fi>"


def test_the_date_keeps_its_zone(letter: Letter) -> None:
    """RFC 5322, 3.3: local time with its offset says when the letter was sent where it was sent."""
    message = letter.to(
        "maija@example.fi", message_id="<a@b.fi>", date=datetime(2026, 11, 16, 8, tzinfo=ZoneInfo("Europe/Helsinki"))
    )
    assert head(message)["Date"] == "Mon, 16 Nov 2026 08:00:00 +0200"


def test_the_sample_opens_in_any_mail_program_and_is_addressed_to_nobody(letter: Letter) -> None:
    """Its recipient lies in a domain that cannot exist (RFC 2606)."""
    sample = eml(letter, date=DATE)
    assert head(sample)["To"] == "recipient@example.invalid"
    assert [kind for kind, _ in parts(sample)] == ["text/plain", "text/html"]
    assert_travels_anywhere(sample)
