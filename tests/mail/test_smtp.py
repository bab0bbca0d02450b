"""Every answer that a mail server can give to a letter, at every stage, is told apart."""

from __future__ import annotations

import re
import time

import pytest

from pipeline.errors import (
    MailError,
    MailSetupError,
    MailStage,
    PermanentMailError,
    StoreError,
    TransientMailError,
    UnknownMailError,
)
from pipeline.mail import Letter, Security, Server, Session
from tests.mail.conftest import SENDER, addressed
from tests.mail.scripted import HOST, Act, Dialogue, Once, Running, serve

MAIJA, MATTI = "maija@example.fi", "matti@example.fi"
GOOD = Dialogue()


def plain(running: Running, *, timeout: float = 5.0, reply_timeout: float = 5.0) -> Server:
    """Return how to reach a server of the test's own without encryption."""
    return Server(host=HOST, port=running.port, security=Security.NONE, timeout=timeout, reply_timeout=reply_timeout)


class Intents:
    """Counts how often the intent was written down."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        """Write it down once more."""
        self.count += 1


def failure(running: Running, letter: Letter, **limits: float) -> tuple[MailError, int]:
    """Return why the letter to Maija failed and how often its intent was written down; Matti gets his."""
    intents = Intents()
    with Session(plain(running, **limits)) as session:
        with pytest.raises(MailError) as failed:
            session.send(SENDER, MAIJA, addressed(letter, MAIJA), before_data=intents)
        assert session.send(SENDER, MATTI, addressed(letter, MATTI)) == "250 2.0.0 queued as 42"
    assert MATTI.encode() in running.heard.messages[-1]
    assert f"{HOST}:{running.port}" in str(failed.value)
    assert len(str(failed.value).splitlines()) == 1
    return failed.value, intents.count


def test_a_letter_arrives_octet_for_octet(letter: Letter) -> None:
    """Lines that begin with dots too (RFC 5321, 4.5.2); what comes back is the server's words."""
    message = addressed(letter)
    with serve(GOOD) as running, Session(plain(running)) as session:
        assert session.send(SENDER, MAIJA, message) == "250 2.0.0 queued as 42"
    (stuffed,) = running.heard.messages
    assert b"\r\n...kaksi" in stuffed
    assert re.sub(rb"(?m)^\.", b"", stuffed) == message
    assert running.heard.verbs == [["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]]


def test_many_letters_share_one_connection_and_each_has_one_recipient(letter: Letter) -> None:
    """Nobody's address travels with another's letter."""
    with serve(GOOD) as running, Session(plain(running)) as session:
        for name in ("maija", "matti", "liisa"):
            session.send(SENDER, f"{name}@example.fi", addressed(letter, f"{name}@example.fi"))
    (commands,) = running.heard.conversations
    assert [line for line in commands if line.startswith("RCPT")] == [
        "RCPT TO:<maija@example.fi>",
        "RCPT TO:<matti@example.fi>",
        "RCPT TO:<liisa@example.fi>",
    ]
    assert [message.count(b"@example.fi\r\n") for message in running.heard.messages] == [1, 1, 1]


def test_the_intent_is_written_when_the_server_would_take_it_and_has_nothing_yet(letter: Letter) -> None:
    """After RCPT and before DATA: a crash in between leaves a row that says so."""
    heard_by_then: list[str] = []
    with serve(GOOD) as running, Session(plain(running)) as session:

        def write_down() -> None:
            heard_by_then.extend(running.heard.verbs[0])

        session.send(SENDER, MAIJA, addressed(letter), before_data=write_down)
    assert heard_by_then == ["EHLO", "MAIL", "RCPT"]


REPLIES = [
    # at which command, reply, (what it means, how far the letter had come, how often the intent was written)
    ("mail", "451 4.3.0 try again", (TransientMailError, MailStage.SENDER, 0)),
    ("mail", "452 4.3.1 disk full", (TransientMailError, MailStage.SENDER, 0)),
    ("mail", "550 5.7.1 sender refused", (MailSetupError, MailStage.SENDER, 0)),
    ("mail", "552 5.3.4 too big", (MailSetupError, MailStage.SENDER, 0)),
    ("mail", "530 5.7.0 authentication required", (MailSetupError, MailStage.SENDER, 0)),
    ("rcpt", "450 4.2.1 mailbox busy", (TransientMailError, MailStage.RECIPIENT, 0)),
    ("rcpt", "451 4.7.1 greylisted", (TransientMailError, MailStage.RECIPIENT, 0)),
    ("rcpt", "550 5.1.1 no such user", (PermanentMailError, MailStage.RECIPIENT, 0)),
    ("rcpt", "553 5.1.3 mailbox name", (PermanentMailError, MailStage.RECIPIENT, 0)),
    ("rcpt", "530 5.7.0 authentication required", (MailSetupError, MailStage.RECIPIENT, 0)),
    ("data", "451 4.3.0 not now", (TransientMailError, MailStage.CONTENT, 1)),
    ("data", "554 5.5.1 no valid recipients", (PermanentMailError, MailStage.CONTENT, 1)),
    ("dot", "451 4.3.0 scanner down", (TransientMailError, MailStage.CONTENT, 1)),
    ("dot", "452 4.3.1 disk full", (TransientMailError, MailStage.CONTENT, 1)),
    ("dot", "550 5.7.1 content refused", (PermanentMailError, MailStage.CONTENT, 1)),
    ("dot", "552 5.2.2 mailbox full", (PermanentMailError, MailStage.CONTENT, 1)),
    ("dot", "554 5.6.0 message refused", (PermanentMailError, MailStage.CONTENT, 1)),
]


USUAL = {"mail": "250 ok", "rcpt": "250 ok", "data": "354 go ahead", "dot": "250 2.0.0 queued as 42"}


def differing_once(stage: str, answer: str | Act) -> Dialogue:
    """Return a dialogue whose first answer at ``stage`` is another than usual."""
    return Dialogue(**{stage: Once(answer, USUAL[stage])})  # type: ignore[arg-type]


@pytest.mark.parametrize(("stage", "reply", "meaning"), REPLIES, ids=[f"{row[0]}-{row[1][:3]}" for row in REPLIES])
def test_each_refusal_is_what_it_is_and_the_next_letter_goes_out(
    letter: Letter, stage: str, reply: str, meaning: tuple[type[MailError], MailStage, int]
) -> None:
    """4xx waits; 5xx ends it for this recipient, or is our fault; the connection serves the next one."""
    with serve(differing_once(stage, reply)) as running:
        error, written = failure(running, letter)
    assert (type(error), error.stage, written) == meaning
    assert error.reply == reply
    assert reply in str(error)
    assert len(running.heard.conversations) == 1
    assert running.heard.verbs[0].count("RSET") == 1


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
def test_421_starts_the_same_letter_again_on_a_fresh_connection(letter: Letter, stage: str) -> None:
    """The server is only tired of this connection; the intent was written once, and the letter arrives once."""
    intents = Intents()
    tired = Dialogue(**{stage: "421 4.7.0 too many messages"})  # type: ignore[arg-type]
    with serve(tired, GOOD) as running, Session(plain(running)) as session:
        assert session.send(SENDER, MAIJA, addressed(letter), before_data=intents) == "250 2.0.0 queued as 42"
    assert running.heard.verbs[1] == ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]
    assert intents.count == 1


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
def test_421_again_means_that_nobody_is_served_now(letter: Letter, stage: str) -> None:
    """Two connections are enough; the stage says that the other recipients would fare no better."""
    tired = Dialogue(**{stage: "421 4.3.2 going down"})  # type: ignore[arg-type]
    with serve(tired, tired, GOOD) as running:
        error, _ = failure(running, letter)
    assert (type(error), error.stage, error.reply) == (TransientMailError, MailStage.SERVER, "421 4.3.2 going down")
    assert len(running.heard.conversations) == 3


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
@pytest.mark.parametrize("act", [Act.HANG_UP, "nonsense", "25", "999 odd"], ids=str)
def test_a_connection_that_breaks_before_the_content_is_made_again(letter: Letter, stage: str, act: str | Act) -> None:
    """The server cannot have accepted what it has not got, so the same letter starts again."""
    broken = Dialogue(**{stage: act})  # type: ignore[arg-type]
    with serve(broken, GOOD) as running, Session(plain(running)) as session:
        session.send(SENDER, MAIJA, addressed(letter))
    assert len(running.heard.messages) == 1


def test_a_server_that_hung_up_between_two_letters_is_called_again(letter: Letter) -> None:
    """An idle connection is closed by most servers within minutes; nothing is owed to that."""
    with (
        serve(Dialogue(dot=Once("250 ok, and good-bye", ""), mail=Once("250 ok", "421 idle")), GOOD) as running,
        Session(plain(running)) as session,
    ):
        session.send(SENDER, MAIJA, addressed(letter, MAIJA))
        session.send(SENDER, MATTI, addressed(letter, MATTI))
    assert len(running.heard.messages) == 2


@pytest.mark.parametrize("act", [Act.HANG_UP, Act.RESET, "nonsense", "25", "354 more"], ids=str)
def test_a_connection_lost_after_data_leaves_the_letter_unknown(letter: Letter, act: str | Act) -> None:
    """RFC 1047: the server may have accepted it; it is not sent again here, and the next letter goes out."""
    with serve(Dialogue(dot=act), GOOD) as running:
        error, written = failure(running, letter)
    assert (type(error), error.stage, written) == (UnknownMailError, MailStage.CONTENT, 1)
    assert [MAIJA.encode() in message for message in running.heard.messages] == [True, False]


@pytest.mark.parametrize("act", [Act.HANG_UP, Act.RESET], ids=str)
def test_a_connection_lost_in_the_middle_of_the_content_is_unknown_too(letter: Letter, act: Act) -> None:
    """The writing itself fails, with most of the letter unsent; whoever holds unknown letters holds this one too."""
    endless = addressed(letter) + (b"x" * 76 + b"\r\n") * 200_000
    with serve(Dialogue(content=act), GOOD) as running, Session(plain(running)) as session:
        with pytest.raises(UnknownMailError, match=r"took the letter to m\*\*\*@example\.fi"):
            session.send(SENDER, MAIJA, endless)
        session.send(SENDER, MATTI, addressed(letter, MATTI))
    assert len(running.heard.messages) == 1


def test_a_reply_to_the_final_dot_that_never_comes_is_unknown(letter: Letter) -> None:
    """It is waited for as long as configured, and then nobody knows."""
    with serve(Dialogue(dot=Act.SILENCE), GOOD) as running:
        error, _ = failure(running, letter, reply_timeout=0.3)
    assert isinstance(error, UnknownMailError)


def test_a_slow_reply_to_the_final_dot_is_waited_for(letter: Letter) -> None:
    """RFC 5321, 4.5.3.2.6: this one reply may take far longer than the others, and only this one."""
    slow = Dialogue(dot_pause=0.5, mail=Once("250 ok", Act.SILENCE))
    with serve(slow, GOOD) as running, Session(plain(running, timeout=0.4, reply_timeout=30)) as session:
        session.send(SENDER, MAIJA, addressed(letter, MAIJA))
        begun = time.monotonic()
        session.send(SENDER, MATTI, addressed(letter, MATTI))
        assert time.monotonic() - begun < 5
    assert [len(verbs) for verbs in running.heard.verbs] == [5, 5]


def test_silence_at_a_command_is_no_lasting_refusal(letter: Letter) -> None:
    """Nothing was handed over, so it goes out later."""
    mute = Dialogue(rcpt=Act.SILENCE)
    with serve(mute, mute, GOOD) as running:
        error, written = failure(running, letter, timeout=0.4)
    assert (type(error), error.stage, written) == (TransientMailError, MailStage.SERVER, 0)


def test_an_intent_that_cannot_be_written_down_sends_nothing(letter: Letter) -> None:
    """The store's own error comes through, and the next letter begins on a clean connection."""

    def fail() -> None:
        raise StoreError("The disk is full.")

    with serve(GOOD) as running, Session(plain(running)) as session:
        with pytest.raises(StoreError, match="disk is full"):
            session.send(SENDER, MAIJA, addressed(letter, MAIJA), before_data=fail)
        session.send(SENDER, MATTI, addressed(letter, MATTI))
    (message,) = running.heard.messages
    assert MATTI.encode() in message


def test_an_interrupted_letter_ends_without_a_word(letter: Letter) -> None:
    """After Ctrl-C not even QUIT is said: in the middle of a message it would be a line of it."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    with serve(GOOD) as running, pytest.raises(KeyboardInterrupt), Session(plain(running)) as session:
        session.send(SENDER, MAIJA, addressed(letter), before_data=interrupt)
    assert running.heard.verbs == [["EHLO", "MAIL", "RCPT"]]


@pytest.mark.parametrize("rset", [Act.HANG_UP, "421 bye", "500 what"], ids=str)
def test_a_server_that_cannot_forget_a_refused_letter_is_called_again(letter: Letter, rset: str | Act) -> None:
    """RSET that fails must not cost the next recipient anything."""
    grumpy = Dialogue(rcpt=Once("550 no such user", "503 bad sequence"), rset=rset)
    with serve(grumpy, GOOD) as running:
        error, _ = failure(running, letter)
    assert isinstance(error, PermanentMailError)


def test_a_good_bye_that_is_not_answered_costs_nothing(letter: Letter) -> None:
    """What the server has accepted stays accepted, whatever happens afterwards."""
    with serve(Dialogue(dot="250 ok", rset=Act.HANG_UP)) as running, Session(plain(running)) as session:
        assert session.send(SENDER, MAIJA, addressed(letter)) == "250 ok"


def test_a_server_with_no_extensions_gets_the_letter_all_the_same(letter: Letter) -> None:
    """Without 8BITMIME, SMTPUTF8, SIZE, even without EHLO: the letter is ASCII already."""
    old = Dialogue(ehlo="502 what?", extensions=())
    with serve(old) as running, Session(plain(running)) as session:
        session.send(SENDER, "maija@ääkkönen.fi", addressed(letter, "maija@ääkkönen.fi"))
    assert running.heard.conversations[0][2:4] == [f"MAIL FROM:<{SENDER}>", "RCPT TO:<maija@xn--kknen-fraa0m.fi>"]
    assert running.heard.messages[0].isascii()


def test_the_size_is_announced_where_the_server_asks_for_it(letter: Letter) -> None:
    """RFC 1870: a letter that is too big is refused before it travels."""
    with serve(GOOD) as running, Session(plain(running)) as session:
        session.send(SENDER, MAIJA, addressed(letter))
    assert running.heard.conversations[0][1] == f"MAIL FROM:<{SENDER}> SIZE={len(addressed(letter))}"


def test_letters_before_the_at_sign_need_smtputf8(letter: Letter) -> None:
    """RFC 6531: a server that has it gets the address as it is written; the next letter is a usual one."""
    address = "äijä@ääkkönen.fi"
    with serve(GOOD) as running, Session(plain(running)) as session:
        session.send(SENDER, address, addressed(letter, address))
        session.send(SENDER, MAIJA, addressed(letter, MAIJA))
    commands = running.heard.conversations[0]
    assert commands[1].endswith(" BODY=8BITMIME SMTPUTF8")
    assert commands[2] == "RCPT TO:<äijä@xn--kknen-fraa0m.fi>"
    assert "SMTPUTF8" not in commands[4]


def test_without_smtputf8_such_a_recipient_is_refused(letter: Letter) -> None:
    """Nobody else is harmed, and the server hears nothing of it."""
    address = "äijä@example.fi"
    with serve(Dialogue(extensions=("8BITMIME",))) as running, Session(plain(running)) as session:
        with pytest.raises(PermanentMailError, match=r"like those of ä\*\*\*@example\.fi") as refused:
            session.send(SENDER, address, addressed(letter, address))
        session.send(SENDER, MAIJA, addressed(letter, MAIJA))
    assert refused.value.stage is MailStage.RECIPIENT
    assert running.heard.verbs[0].count("MAIL") == 1


def test_without_smtputf8_such_a_sender_is_the_operators_to_mend(letter: Letter) -> None:
    """No recipient is to blame for the address in mail.from."""
    with (
        serve(Dialogue(extensions=())) as running,
        Session(plain(running)) as session,
        pytest.raises(MailSetupError, match=r"kööste@example\.fi") as refused,
    ):
        session.send("kööste@example.fi", MAIJA, addressed(letter))
    assert refused.value.stage is MailStage.SENDER


@pytest.mark.parametrize("address", ["maija", "maija@example.fi>\r\nDATA", "maija@example.fi\nRCPT TO:<v@e.fi>"])
def test_what_is_no_address_never_reaches_the_server(letter: Letter, address: str) -> None:
    """An address cannot write commands: a recipient is refused and not named, a sender is ours to mend."""
    with serve(GOOD) as running, Session(plain(running)) as session:
        with pytest.raises(PermanentMailError, match=r"'m\*\*\*"):
            session.send(SENDER, address, addressed(letter))
        with pytest.raises(MailSetupError, match="maija"):
            session.send(address, MAIJA, addressed(letter))
    assert running.heard.verbs == [["EHLO", "QUIT"]]


def test_the_servers_words_are_kept_on_one_printable_line(letter: Letter) -> None:
    """They go into logs, terminals and the store: several lines become one, and controls disappear."""
    words = "550-5.1.1 no\x1b[31m such\x00 user\r\n550-5.1.1 \u202egnp\r\n550 5.1.1 " + "x" * 5000
    with serve(differing_once("rcpt", words)) as running:
        error, _ = failure(running, letter)
    assert error.reply.startswith("550 5.1.1 no[31m such user 5.1.1 gnp 5.1.1 xxx")
    assert len(error.reply) < 400


def test_a_reply_without_end_is_not_read_for_ever(letter: Letter) -> None:
    """One line of a megabyte is no SMTP: before DATA another connection is tried, after DATA nobody knows."""
    with serve(Dialogue(rcpt="250 " + "x" * 1_000_000), GOOD) as running, Session(plain(running)) as session:
        session.send(SENDER, MAIJA, addressed(letter))
    with serve(Dialogue(dot="550 " + "x" * 1_000_000), GOOD) as running:
        error, _ = failure(running, letter)
    assert isinstance(error, UnknownMailError)


def test_checking_names_the_sender_and_sends_nothing() -> None:
    """What a doctor asks: is it there, is it encrypted, would it take our mail."""
    with serve(GOOD) as running, Session(plain(running)) as session:
        found = session.check(SENDER)
    assert (found.tls, found.logged_in) == (None, False)
    assert {"size", "8bitmime", "smtputf8"} == found.extensions
    assert running.heard.verbs == [["EHLO", "MAIL", "RSET", "QUIT"]]


def test_checking_finds_a_sender_that_is_refused() -> None:
    """The sentence is the one that sending would have given."""
    with (
        serve(Dialogue(mail="550 5.7.1 not yours")) as running,
        Session(plain(running)) as session,
        pytest.raises(MailSetupError, match=r"550 5\.7\.1 not yours"),
    ):
        session.check(SENDER)


def test_checking_a_server_that_is_closing_down() -> None:
    """421 is weather."""
    with (
        serve(Dialogue(mail="421 4.3.2 going down")) as running,
        Session(plain(running)) as session,
        pytest.raises(TransientMailError, match="going down"),
    ):
        session.check(SENDER)
