"""What a mail server may do to a letter, and what becomes of it: every case by real processes over real sockets."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.counts import full
from tests.e2e.desk import NOW, Entry, Page, rss
from tests.mail.scripted import Dialogue, serve
from tests.reliability.bench import READERS
from tests.reliability.post import Act, Post

if TYPE_CHECKING:
    from pathlib import Path

    from tests.reliability.bench import Bench
    from tests.reliability.figures import Figures

NAMES = [f"reader{number}@example.fi" for number in range(READERS)]
ONE = NAMES[2]
LATER = "451 4.3.0 Try again later"


class Always:
    """One answer at one stage, to one recipient or to all, so many times; ``times`` counts how often it was given."""

    def __init__(self, stage: str, answer: str | Act, *, to: str = "", only: int = 10_000) -> None:
        self.stage, self.answer, self.to, self.only, self.times = stage, answer, to, only, 0

    def __call__(self, stage: str, recipient: str) -> str | Act | None:
        if stage != self.stage or (self.to and recipient != self.to) or self.times >= self.only:
            return None
        self.times += 1
        return self.answer


@pytest.mark.parametrize("act", [Act.HANG_UP, Act.TAKE_AND_HANG_UP, Act.SILENCE])
def test_lost_after_data_is_unknown_and_sent_again(act: Act, bench: Bench, frozen: Path, figures: Figures) -> None:
    """Nobody knows; the same message follows, at most one copy; the others are not kept waiting."""
    with Post(Always("dot", act, to=ONE, only=1)) as post:
        bench.adopt(frozen, post.section + "reply_timeout: 1\n")
        first = bench.process("deliver")
        assert (first.code, bench.states()) == (3, {"accepted": READERS - 1, "unknown": 1}), first.said
        bench.later(minutes=6)
        assert bench.process("deliver").code == 0
        assert bench.states() == {"accepted": READERS}
        copies = sum(post.times().values()) - READERS
        assert set(post.times()) == set(NAMES)
        assert copies == (act is Act.TAKE_AND_HANG_UP)
        assert len(set(post.taken)) == READERS
        did = {Act.HANG_UP: "lost before it was taken", Act.SILENCE: "hung", Act.TAKE_AND_HANG_UP: "lost after it was"}
        figures.record(
            "after-data", did[act], recipients=READERS, lost=0, duplicated=copies, identities=len(set(post.taken))
        )


def test_unknown_three_times_is_left_to_the_operator(bench: Bench, frozen: Path, figures: Figures) -> None:
    """Three tries at most; what the server put off before counts for nothing, and the rest of the week neither."""
    fault = Always("dot", Act.HANG_UP, to=ONE)
    with Post(Always("rcpt", LATER, to=ONE)) as post:
        bench.adopt(frozen, post.section)
        for minutes in (6, 16, 61):
            assert bench.process("deliver").code == 3
            bench.later(minutes=minutes)
        post.fault = fault
        codes = []
        for _ in range(4):
            codes.append(bench.process("deliver").code)
            bench.later(minutes=61)
        assert codes == [3, 3, 0, 0]
        assert fault.times == 3
        assert bench.states() == {"accepted": READERS - 1, "unknown": 1}
        figures.record("after-data", "lost at every try, after three 4xx: tried three times", recipients=READERS)


def test_unknown_may_be_held(bench: Bench, frozen: Path, figures: Figures) -> None:
    """With unknown: hold nobody gets a second copy, and the operator sees whose fate is not known."""
    with Post(Always("dot", Act.TAKE_AND_HANG_UP, to=ONE)) as post:
        bench.adopt(frozen, post.section + "unknown: hold\n")
        for _ in range(2):
            assert bench.process("deliver").code == 0
            bench.later(minutes=61)
        assert bench.states() == {"accepted": READERS - 1, "unknown": 1}
        assert post.times() == Counter(NAMES)
        figures.record(
            "after-data", "`unknown: hold`", recipients=READERS, lost=0, duplicated=0, identities=len(set(post.taken))
        )


def test_put_off_for_48_hours(bench: Bench, frozen: Path, figures: Figures) -> None:
    """Tried again after 5, 15, 60 and 60 minutes, not before; after 48 hours refused, with a notice."""
    with Post(Always("rcpt", LATER)) as post:
        bench.adopt(frozen, post.section)
        waits = []
        for _ in range(4):
            assert bench.process("deliver").code == 3
            row = bench.delivery(ONE)
            next_try = datetime.fromisoformat(row["next_try"])
            waits.append(next_try - datetime.fromisoformat(row["last_try"]))
            bench.later(minutes=1)
            attempts = row["attempts"]
            bench.process("deliver")
            assert bench.delivery(ONE)["attempts"] == attempts, "not before its time"
            bench.now = next_try.replace(tzinfo=NOW.tzinfo)
        assert [wait / timedelta(minutes=1) for wait in waits] == [5, 15, 60, 60]
        bench.now = NOW + timedelta(hours=47, minutes=59)
        assert bench.process("deliver").code == 3
        bench.later(hours=2)
        assert bench.process("deliver").code == 0
        assert bench.states() == {"refused": READERS}
        assert "refused" in bench.notices()
        assert post.taken == []
        figures.record("4xx", "451 to everybody for 48 hours: refused then, with a notice", recipients=READERS)


def test_put_off_and_taken_later(bench: Bench, frozen: Path, figures: Figures) -> None:
    """A server that takes letters after an hour of 4xx gets each once."""
    with Post(Always("dot", LATER)) as post:
        bench.adopt(frozen, post.section)
        for minutes in (6, 16):
            assert bench.process("deliver").code == 3
            bench.later(minutes=minutes)
        post.fault = lambda _stage, _recipient: None
        assert bench.process("deliver").code == 0
        assert post.times() == Counter(NAMES)
        figures.record(
            "4xx", "451 twice, then taken", recipients=READERS, lost=0, duplicated=0, identities=len(set(post.taken))
        )


@pytest.mark.parametrize(
    ("row", "stage", "reply", "words"),
    [
        ("550", "rcpt", "550 5.1.1 No such user", "No such user"),
        ("5xx", "dot", "552 5.3.4 Message too big", "Message too big"),
        ("5xx", "dot", "554 5.6.0 Content not liked", "Content not liked"),
    ],
)
def test_a_refusal_costs_its_recipient_alone(  # noqa: PLR0917  # the columns of a table
    row: str, stage: str, reply: str, words: str, bench: Bench, frozen: Path, figures: Figures
) -> None:
    """The others get theirs; that one is refused in the server's words, and not tried again for this digest."""
    fault = Always(stage, reply, to=ONE)
    with Post(fault) as post:
        bench.adopt(frozen, post.section)
        result = bench.process("deliver")
        assert (result.code, words in result.out) == (0, True), result.said
        bench.later(days=1)
        assert bench.process("deliver").code == 0
        assert fault.times == 1
        assert bench.states() == {"accepted": READERS - 1, "refused": 1}
        assert words in bench.delivery(ONE)["reply"]
        assert post.times() == Counter(set(NAMES) - {ONE})
        figures.record(row, f"{reply[:3]} at {stage}", recipients=READERS, lost=0, duplicated=0)


@pytest.mark.parametrize("stage", [*full("mail", "rcpt"), "data", "dot"])
def test_421_reconnects_and_goes_on_with_the_same_letter(
    stage: str, bench: Bench, frozen: Path, figures: Figures
) -> None:
    """The server closes before it took anything: a fresh connection, the same row, nobody put off."""
    with Post(Always(stage, "421 4.3.2 Closing", only=1)) as post:
        bench.adopt(frozen, post.section)
        assert bench.process("deliver").code == 0
        assert post.connections == 2
        assert post.times() == Counter(NAMES)
        assert {row for (row,) in bench.ask("SELECT attempts FROM delivery")} == {1}
        figures.record(
            "421", f"421 at {stage}", recipients=READERS, lost=0, duplicated=0, identities=len(set(post.taken))
        )


def test_a_refused_sender_is_our_fault(bench: Bench, frozen: Path, figures: Figures) -> None:
    """5xx to MAIL FROM: stopped at once, one notice, nobody marked; mended, everybody gets the letter."""
    fault = Always("mail", "550 5.7.1 Sender refused")
    with Post(fault) as post:
        bench.adopt(frozen, post.section)
        result = bench.process("deliver")
        assert (result.code, "refused our sender" in result.out) == (1, True), result.said
        assert fault.times == 1
        assert bench.states() == {"pending": READERS}
        assert bench.notices() == {"stopped": "mail"}
        post.fault = lambda _stage, _recipient: None
        assert bench.process("deliver").code == 0
        assert post.times() == Counter(NAMES)
        figures.record("5xx", "550 to MAIL FROM: nobody marked", recipients=READERS, lost=0, duplicated=0)


@pytest.mark.parametrize("connections", [1, 4])
def test_three_identical_refusals_mark_three_and_nobody_else(
    connections: int, bench: Bench, frozen: Path, figures: Figures
) -> None:
    """A refusal of the content in the same words is about us; what was in hand over other connections is put back."""
    taken_first = Always("dot", "250 taken", only=1)

    def fault(stage: str, recipient: str) -> str | Act | None:
        if stage != "dot" or (connections > 1 and taken_first(stage, recipient)):
            return None
        return "554 5.7.1 Spam"

    with Post(fault) as post:
        bench.adopt(frozen, post.section + f"connections: {connections}\n")
        assert bench.process("deliver").code == 1
        states = bench.states()
        assert states.pop("refused") == 3
        assert states.pop("accepted", 0) == (connections > 1)
        assert states == {"pending": READERS - 3 - (connections > 1)}
        post.fault = lambda _stage, _recipient: None
        bench.later(minutes=6)
        assert bench.process("deliver").code == 0
        assert post.times() == Counter(NAMES[:1] * (connections > 1) + [name for (name,) in still(bench)])
        figures.record("5xx", f"554 in the same words, {connections} connections: three marked", recipients=READERS)


def news(bench: Bench, week: int) -> None:
    """The feed has an entry that is new."""
    entry = Entry(f"Juttu {week}", bench.now - timedelta(hours=5), f"https://blog.example.fi/{week}")
    bench.web.pages["/feed.xml"] = Page(rss(entry))


def still(bench: Bench) -> list[tuple[str]]:
    """Whose letter was accepted after the first."""
    found = bench.ask(
        "SELECT r.address FROM delivery d JOIN recipient r ON r.id = d.recipient "
        "WHERE d.state = 'accepted' ORDER BY d.id"
    )
    return [(address,) for (address,) in found if address != NAMES[0]]


def test_a_server_that_takes_only_one_connection(bench: Bench, frozen: Path, figures: Figures) -> None:
    """Further connections are turned away with 421: the first goes on alone, and nobody is put off."""
    with Post() as post:
        post.fault = lambda stage, _recipient: "421 4.7.0 Too many" if stage == "connect" and post.at_once > 1 else None
        bench.adopt(frozen, post.section + "connections: 4\n")
        assert bench.process("deliver").code == 0
        assert post.times() == Counter(NAMES)
        figures.record("421", "421 to each further connection", recipients=READERS, lost=0, duplicated=0)


def test_a_wrong_password_stops_at_once(
    bench: Bench, frozen: Path, figures: Figures, secure: tuple[Dialogue, str]
) -> None:
    """535: asked once, one notice, nobody marked."""
    dialogue, certificates = secure
    with serve(dialogue) as running:
        mail = f"host: 127.0.0.1\nport: {running.port}\nuser: kooste\nfrom: kooste@example.fi\n"
        bench.adopt(frozen, mail)
        wrong = bench.process("deliver", SSL_CERT_FILE=certificates, DIGIKOOSTE_SMTP_PASSWORD="wrong")
        assert (wrong.code, "refused the login" in wrong.out) == (1, True), wrong.said
        assert "wrong" not in wrong.said
        assert running.heard.messages == []
        assert sum(line.count("AUTH") for lines in running.heard.verbs for line in lines) == 1
        assert bench.states() == {"pending": READERS}
        assert bench.notices() == {"stopped": "mail"}
        figures.record("5xx", "535 to the login: nobody marked", recipients=READERS, lost=0, duplicated=0)


def test_no_letter_leaves_without_tls(
    bench: Bench, frozen: Path, figures: Figures, secure: tuple[Dialogue, str]
) -> None:
    """No STARTTLS, or a certificate that nobody vouches for: exit 1, not one message, nobody marked."""
    for did, dialogue in (("no STARTTLS", Dialogue()), ("a certificate of an unknown issuer", secure[0])):
        with serve(dialogue) as running:
            mail = f"host: 127.0.0.1\nport: {running.port}\nfrom: kooste@example.fi\n"
            if not (bench.folder / "var").exists():
                bench.adopt(frozen, mail)
            bench.feeds("/feed.xml", mail=mail)
            result = bench.process("deliver")
            assert result.code == 1, result.said
            assert ("STARTTLS" in result.out) or ("cannot be trusted" in result.out)
            assert running.heard.messages == []
            assert all("MAIL" not in verbs for verbs in running.heard.verbs)
            assert bench.states() == {"pending": READERS}
            figures.record("tls", did, recipients=READERS, lost=0, duplicated=0)


def test_a_server_that_knows_no_extension(bench: Bench, figures: Figures) -> None:
    """HELO alone: pure ASCII leaves, the domain by IDNA; letters before the @ are refused by name."""
    with serve(Dialogue(ehlo="502 what?", extensions=())) as running:
        mail = f"host: 127.0.0.1\nport: {running.port}\nsecurity: none\nfrom: kooste@example.fi\n"
        bench.ready(0, mail)
        for name in ("aino@yhtiö.example.fi", "äinö@example.fi"):
            bench.do("recipients", "add", name)
        result = bench.process("run")
        assert (result.code, "ä***@example.fi" in result.out) == (0, True), result.said
        assert bench.states() == {"accepted": 1, "refused": 1}
        (message,) = running.heard.messages
        assert message.isascii()
        assert "RCPT TO:<aino@xn--yhti-8qa.example.fi>" in running.heard.conversations[0]
        figures.record("plain", "HELO alone, one address beyond ASCII", recipients=2)


def test_two_digests_refused_in_a_row_suppress_the_address(bench: Bench, figures: Figures) -> None:
    """5.1.1 twice: nothing more is sent there, the operator hears of it; an accepted letter begins the count anew."""
    gone, flaky = NAMES[0], NAMES[1]
    with Post() as post:
        bench.ready(3, post.section, digest="at_least: 1")
        refused_by_week = [{gone, flaky}, {gone}, {flaky}, {flaky}]
        for week, refused in enumerate(refused_by_week):
            news(bench, week)
            post.fault = lambda stage, recipient, refused=refused: (  # type: ignore[misc]
                "550 5.1.1 No such user" if stage == "rcpt" and recipient in refused else None
            )
            said = bench.do("run").said
            states = {
                row["address"]: row["state"] for row in bench.do("recipients", "list", "--json").json()["recipients"]
            }
            assert states[gone] == ("active" if week == 0 else "suppressed"), (week, said)
            assert states[flaky] == ("active" if week < 3 else "suppressed"), (week, said)
            assert ("1 recipient suppressed" in said) == (week in {1, 3}), said
            bench.later(days=7)
        assert post.times() == Counter({NAMES[2]: 4, flaky: 1})
        bench.do("recipients", "add", gone, "--origin", "asked by phone")
        news(bench, 9)
        bench.do("run")
        assert post.times()[gone] == 1
        figures.record("550", "5.1.1 in two digests in a row: suppressed, with a notice", recipients=3)


def test_a_policy_refusal_suppresses_nobody(bench: Bench, figures: Figures) -> None:
    """5.7.1 at RCPT is about our server: however often, the address stays."""
    with Post(Always("rcpt", "550 5.7.1 Relaying denied", to=NAMES[0])) as post:
        bench.ready(2, post.section, digest="at_least: 1")
        for week in range(3):
            news(bench, week)
            bench.do("run")
            bench.later(days=7)
        assert bench.ask("SELECT DISTINCT state FROM recipient") == [("active",)]
        figures.record("550", "5.7.1 (policy) in three digests: nobody suppressed", recipients=2)
