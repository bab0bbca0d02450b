"""What a return means: gone for good, passing, about us, a machine's answer; believed only at a signed address."""

from __future__ import annotations

import contextlib
from email.message import EmailMessage
from textwrap import dedent

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.bounces import LONGEST_TOKEN, Kind, Origin, Report, ReturnPath, judge, read
from pipeline.config.values import LONGEST_RETURN_TOKEN
from pipeline.errors import ParseError

PATH = ReturnPath("kooste-palautus+{token}@example.fi", b"k" * 32)


def report(
    status: str,
    diagnostic: str = "",
    *,
    action: str = "failed",
    to: str = "kooste-palautus+x@example.fi",
    more: str = "",
) -> bytes:
    """A return by RFC 3464, as Postfix writes one."""
    return (
        dedent(
            f"""\
            Return-Path: <>
            Delivered-To: {to}
            From: MAILER-DAEMON@mx.example.org (Mail Delivery System)
            To: {to}
            Subject: Undelivered Mail Returned to Sender
            Auto-Submitted: auto-replied
            MIME-Version: 1.0
            Content-Type: multipart/report; report-type=delivery-status; boundary="b"

            --b
            Content-Type: text/plain

            I'm sorry to have to inform you that your message could not be delivered.

            --b
            Content-Type: message/delivery-status

            Reporting-MTA: dns; mx.example.org

            Final-Recipient: rfc822; maija@example.org
            Action: {action}
            Status: {status}
            Diagnostic-Code: smtp; {diagnostic}
            """
        )
        + more
        + "\n--b\nContent-Type: text/rfc822-headers\n\nSubject: Kooste\nPrecedence: list\n\n--b--\n"
    ).encode()


def answer(body: str, **headers: str) -> bytes:
    """A message that is no report; a name's underscores are hyphens."""
    message = EmailMessage()
    message["To"] = "kooste-palautus+x@example.fi"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(body)
    return message.as_bytes()


# --- Whose it is ------------------------------------------------------------------------------------


@pytest.mark.parametrize("digest", ["2026-W47", "2026-11-22", "2026-11"])
@pytest.mark.parametrize("number", [1, 2**31, 9_999_999_999])
def test_a_return_path_tells_whose_letter_it_was(number: int, digest: str) -> None:
    """Also when a server has changed its case; it fits into an address whatever the number."""
    address = PATH.address(number, digest)
    for came in (address, address.upper(), f" {address}"):
        assert Origin(recipient=number, digest=digest) == PATH.origin(["other@example.fi", came])
    assert len(address.partition("+")[2].partition("@")[0]) <= LONGEST_TOKEN == LONGEST_RETURN_TOKEN


@given(st.text(max_size=60))
@example("1-2026-w47-aaaaaaaaaaaaaaaa")
@example("")
def test_nobody_else_can_make_one(token: str) -> None:
    assert PATH.origin([f"kooste-palautus+{token}@example.fi"]) is None


def test_a_return_path_is_good_for_its_own_letter_alone() -> None:
    """Another number, digest, pattern or secret is not signed by it."""
    address = PATH.address(12, "2026-W47")
    for forged in (address.replace("12-", "13-"), address.replace("w47", "w48"), address.replace("example.fi", "e.fi")):
        assert PATH.origin([forged]) is None
    assert ReturnPath(PATH.pattern, b"x" * 32).origin([address]) is None


def test_a_return_is_asked_where_it_was_delivered() -> None:
    found = read(report("5.1.1", to=PATH.address(7, "2026-W47")))
    assert PATH.origin(found.addresses) == Origin(recipient=7, digest="2026-W47")


# --- Reports ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        ("5.1.1", "550 5.1.1 <maija@example.org>: User unknown in virtual mailbox table", Kind.HARD),
        ("5.1.2", "Host or domain name not found", Kind.HARD),
        ("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound", Kind.HARD),
        ("5.0.0", "550 5.1.1 no such user", Kind.HARD),
        ("5.0.0", "550 No such user here", Kind.HARD),
        ("5.2.1", "550-5.2.1 The email account that you tried to reach is disabled", Kind.HARD),
        ("5.4.4", "unable to route: no mail hosts for domain", Kind.HARD),
        ("5.4.1", "550 5.4.1 Recipient address rejected: Access denied", Kind.HARD),
        ("5.4.1", "no answer from host", Kind.SOFT),
        ("5.2.2", "552 5.2.2 The email account that you tried to reach is over quota", Kind.SOFT),
        ("5.0.0", "552 mailbox is full: user unknown to have room", Kind.SOFT),
        ("5.2.3", "message larger than this mailbox takes", Kind.SOFT),
        ("5.3.4", "message too big for system", Kind.SOFT),
        ("4.4.1", "connection timed out: retry time expired", Kind.SOFT),
        ("4.2.2", "452 4.2.2 mailbox full", Kind.SOFT),
        ("4.4.7", "delivery time expired", Kind.SOFT),
        ("5.7.1", "550 5.7.1 Message rejected due to content restrictions", Kind.POLICY),
        ("5.7.26", "550 5.7.26 This mail is unauthenticated (SPF, DKIM)", Kind.POLICY),
        ("5.1.8", "Sender address rejected: Domain not found", Kind.POLICY),
        ("5.6.0", "message content rejected", Kind.POLICY),
        ("5.0.0", "554 Your message looks like spam, user unknown", Kind.POLICY),
        ("", "", Kind.SOFT),
        ("nonsense", "5", Kind.SOFT),
    ],
)
def test_a_report_is_judged_by_its_status(status: str, words: str, kind: Kind) -> None:
    """RFC 3463: hard is only what is wrong with the address itself."""
    assert kind is read(report(status, words)).kind
    assert kind is judge(status, words)[0]


@pytest.mark.parametrize("action", ["delayed", "relayed", "delivered", "expanded", ""])
def test_a_report_of_no_failure_is_none(action: str) -> None:
    assert read(report("5.1.1", action=action)).kind in {Kind.SOFT, Kind.OTHER}


def test_a_list_is_not_gone_with_one_of_its_members() -> None:
    """Where an address leads to many, one that failed says nothing about it."""
    one = "\nFinal-Recipient: rfc822; other@example.org\nAction: {action}\nStatus: {status}\n"
    assert read(report("5.1.1", more=one.format(action="delivered", status="2.0.0"))).kind is Kind.OTHER
    assert read(report("5.1.1", more=one.format(action="failed", status="4.2.2"))).kind is Kind.SOFT
    assert read(report("5.1.1", more=one.format(action="failed", status="5.1.1"))).kind is Kind.HARD


def test_a_receipt_is_an_answer_by_a_machine() -> None:
    receipt = (
        b"Content-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\n\nread\n--b--\n"
    )
    assert Report(kind=Kind.AUTO) == read(receipt)


# --- Everything else --------------------------------------------------------------------------------

QMAIL = """\
Hi. This is the qmail-send program at example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<maija@example.org>:
Sorry, no mailbox here by that name. (#5.1.1)
"""


def test_a_server_that_writes_no_report_is_understood() -> None:
    """As flufl.bounce knows it; believed only when a server wrote it."""
    from_server = answer(QMAIL, From="MAILER-DAEMON@example.org", Return_Path="<>", Subject="failure notice")
    from_person = answer(QMAIL, From="Maija <maija@example.org>", Subject="Re: failure notice")
    assert (read(from_server).kind, read(from_person).kind) == (Kind.HARD, Kind.OTHER)


def test_a_full_mailbox_without_a_report_is_passing() -> None:
    full = QMAIL.replace(
        "Sorry, no mailbox here by that name. (#5.1.1)", "The users mailfolder is over quota. (#5.2.2)"
    )
    assert Kind.SOFT is read(answer(full, From="MAILER-DAEMON@example.org", Return_Path="<>")).kind


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated (vacation)"},
        {"X_Autoreply": "yes"},
        {"X_Autorespond": "Re: Kooste"},
        {"Precedence": "auto_reply"},
        {"Subject": "Automaattinen vastaus: Digiviestinnän viikkokooste"},
        {"Subject": "Poissa: Digiviestinnän viikkokooste"},
        {"Subject": "Autosvar: Veckans digitala kommunikation"},
        {"Subject": "Out of Office: Digital communication weekly"},
    ],
)
def test_an_answer_in_somebodys_absence_is_no_return(headers: dict[str, str]) -> None:
    """Even without a sender, and though its words sound like a failure."""
    body = "I do not work here any more: maija@example.org: user unknown, no such user. Ask 550 5.1.1."
    kind = read(answer(body, From="Maija <maija@example.org>", Return_Path="<>", **headers)).kind
    assert kind is Kind.AUTO


def test_a_persons_answer_is_something_else() -> None:
    assert Kind.OTHER is read(answer("Kiitos kirjeestä!", From="maija@example.org", Subject="Re: Kooste")).kind


# --- Hostile ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00" * 1000,
        b"Content-Type: multipart/report; boundary=b\n\n" + b"--b\nContent-Type: message/rfc822\n\n" * 3000,
        b"Content-Type: message/delivery-status\n\n" + b"Action: failed\n\n" * 5000,
        b"To: " + b"<" * 50_000 + b"\n\n",
        b"Subject: =?utf-8?q?" + b"=ff" * 5000 + b"?=\nFrom: postmaster@e.fi\n\n",
        b"Subject: =?no-such-charset?b?////?=\nFrom: postmaster@e.fi\n\nx",
        b"Content-Type: text/plain; charset=\xff\xfe\nFrom: postmaster@e.fi\n\n\xff\xfe",
        b"From: postmaster@e.fi\n\n" + b"5.1." * 50_000,
    ],
)
def test_hostile_bytes_end_in_a_verdict_or_a_sentence(body: bytes) -> None:
    with contextlib.suppress(ParseError):
        assert read(body).kind in Kind
