"""Letters that come back: read once from a maildir, believed at signed addresses alone, counted over digests."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.e2e.desk import Desk, Entry, Page, mail_section, rss
from tests.e2e.steward import Steward
from tests.test_bounces import answer, report

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.demo.inbox import Inbox
    from tests.e2e.desk import Web

PATTERN = "kooste-palautus+{token}@example.fi"


class Post(Desk):
    """A workspace whose letters come back into a maildir."""

    box: Inbox
    count: int = 0

    @property
    def maildir(self) -> Path:
        return self.folder / "returns"

    def send(self, *titles: str) -> dict[str, str]:
        """Make and send this week's letter; answers each recipient's return path."""
        entries = [Entry(title, published=self.now - timedelta(hours=number)) for number, title in enumerate(titles)]
        self.web.pages["/feed.xml"] = Page(rss(*reversed(entries)))
        before = len(self.box.delivered)
        result = self.do("run")
        assert result.code == 0, result.said
        return {one.recipients[0]: one.sender for one in self.box.delivered[before:]}

    def comes_back(self, body: bytes) -> Path:
        """Put a message into the maildir, as a mail server does."""
        self.count += 1
        file = self.maildir / "new" / f"{self.count:010}.M1P1.mx"
        file.write_bytes(body)
        return file

    def states(self) -> dict[str, str]:
        return {one["address"]: one["state"] for one in self.do("recipients", "list", "--json").json()["recipients"]}


@pytest.fixture
def post(tmp_path: Path, web: Web, box: Inbox) -> Post:
    folder = tmp_path / "workspace"
    folder.mkdir()
    desk = Post(folder, web)
    desk.box = box
    desk.feeds("/feed.xml", mail=mail_section(box, f"return_path: '{PATTERN}'\nbounces: returns\n"))
    for name in ("maija", "pekka"):
        desk.do("recipients", "add", f"{name}@example.fi")
    for name in ("new", "cur", "tmp"):
        (desk.maildir / name).mkdir(parents=True)
    return desk


def test_a_letter_comes_back_to_an_address_of_its_own(post: Post) -> None:
    """MAIL FROM tells whose letter it is and of which digest; what readers see in From does not change."""
    paths = post.send("Ensimmäinen")
    assert set(paths) == {"maija@example.fi", "pekka@example.fi"}
    assert all(path.startswith("kooste-palautus+") for path in paths.values())
    assert paths["maija@example.fi"].startswith("kooste-palautus+1-2026-w47-")
    assert len(set(paths.values())) == 2
    assert b"From: =?utf-8?q?Viestint=C3=A4kooste?= <kooste@example.fi>" in post.box.delivered[0].file.read_bytes()


def test_two_digests_that_came_back_for_good_suppress(post: Post) -> None:
    """One does not, however many servers return it. The operator hears who by number; they get no more."""
    first = post.send("Ensimmäinen")["maija@example.fi"]
    post.comes_back(report("5.1.1", to=first))
    post.comes_back(report("5.1.1", to=first.upper()))
    once = post.do("bounces")
    assert once.out == "2 returns: 2 for good.\n"
    assert post.states()["maija@example.fi"] == "active"
    post.later(weeks=1)
    second = post.send("Ensimmäinen", "Toinen")["maija@example.fi"]
    post.comes_back(report("5.1.1", to=second))

    twice = post.do("bounces", "--json").json()

    assert twice == {"returns": {"hard": 1}, "suppressed": [1]}
    assert post.states() == {"maija@example.fi": "suppressed", "pekka@example.fi": "active"}
    told = post.do("status").out
    assert "recipients 1." in told
    assert "maija" not in told
    (maija, _) = post.do("recipients", "list", "--json").json()["recipients"]
    assert maija["why"] == "Letters of 2 digests came back for good (5.1.1)"
    post.later(weeks=1)
    assert set(post.send("Ensimmäinen", "Toinen", "Kolmas")) == {"pekka@example.fi"}


def test_run_reads_returns_by_itself(post: Post) -> None:
    """And whoever asks again in person begins anew."""
    for week, titles in enumerate((("A1",), ("A1", "B2"))):
        path = post.send(*titles)["maija@example.fi"]
        post.comes_back(report("5.1.1", to=path))
        post.later(weeks=1, minutes=week)
    post.send("A1", "B2", "C3")
    assert post.states()["maija@example.fi"] == "suppressed"
    post.do("recipients", "add", "maija@example.fi")
    post.later(weeks=1)
    path = post.send("A1", "B2", "C3", "D4")["maija@example.fi"]
    post.comes_back(report("5.1.1", to=path))
    post.do("bounces")
    assert post.states()["maija@example.fi"] == "active"


def test_serve_reads_returns_by_itself(post: Post) -> None:
    """Every hour, and it drops what is kept for long enough."""
    path = post.send("Ensimmäinen")["maija@example.fi"]
    with Steward(post) as steward:
        steward.wake(post.now, "housekeeping")
        post.comes_back(report("5.1.1", to=path))
        assert "return" not in steward.wake(post.now + timedelta(minutes=30), "housekeeping")
        assert "1 return: 1 for good." in steward.wake(post.now + timedelta(minutes=31), "housekeeping")
        steward.wake(post.now + timedelta(days=401), "housekeeping")
    assert post.do("recipients", "export", "maija@example.fi").json()["kept"].keys() == {"recipient"}


def test_what_says_nothing_against_an_address_counts_nothing(post: Post) -> None:
    """A full mailbox, a policy, an answer in somebody's absence, a stranger's forgery; in digest after digest."""
    for number in range(3):
        titles = [f"Artikkeli {one}" for one in range(number + 1)]
        path = post.send(*titles)["maija@example.fi"]
        post.comes_back(report("5.2.2", "552 5.2.2 mailbox full", to=path))
        post.comes_back(report("5.7.1", "550 5.7.1 blocked", to=path))
        post.comes_back(answer("Olen lomalla.", From="maija@example.fi", Auto_Submitted="auto-replied"))
        forged = path.replace("1-2026", "2-2026")
        post.comes_back(report("5.1.1", to=forged))
        post.comes_back(report("5.1.1", to="kooste-palautus+@example.fi"))
        result = post.do("bounces", "--json").json()["returns"]
        assert {kind: result.get(kind) for kind in ("hard", "soft", "policy")} == {"hard": None, "soft": 1, "policy": 1}
        post.later(weeks=1)
    assert set(post.states().values()) == {"active"}


def test_two_returns_far_apart_have_nothing_to_do_with_each_other(post: Post) -> None:
    path = post.send("Ensimmäinen")["maija@example.fi"]
    post.comes_back(report("5.1.1", to=path))
    post.do("bounces")
    post.later(days=105)
    path = post.send("Ensimmäinen", "Toinen")["maija@example.fi"]
    post.comes_back(report("5.1.1", to=path))
    post.do("bounces")
    assert post.states()["maija@example.fi"] == "active"


def test_each_message_is_read_once_and_hostile_ones_cost_themselves(post: Post) -> None:
    """A pipe, a link, a folder, ten megabytes of boundaries: all are put away, and the good one among them counts."""
    path = post.send("Ensimmäinen")["maija@example.fi"]
    post.comes_back(b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\nContent-Type: message/rfc822\n\n" * 10**5)
    os.mkfifo(post.maildir / "new" / "0000000100.fifo")
    (post.maildir / "new" / "0000000101.link").symlink_to("/etc/passwd")
    (post.maildir / "new" / "0000000102.folder").mkdir()
    (post.maildir / "new" / ".hidden").write_text("not a message yet")
    post.comes_back(report("5.1.1", to=path))

    result = post.do("bounces", "--json").json()["returns"]

    assert result["hard"] == 1
    assert result["unreadable"] >= 3
    assert [one.name for one in (post.maildir / "new").iterdir()] == [".hidden"]
    assert all(one.name.endswith(":2,S") for one in (post.maildir / "cur").iterdir())
    assert post.do("bounces").out == "Nothing has come back.\n"


def test_a_maildir_that_is_gone_is_a_notice(post: Post) -> None:
    """The letter goes out all the same; by hand it is an error."""
    post.feeds("/feed.xml", mail=mail_section(post.box, f"return_path: '{PATTERN}'\nbounces: nowhere\n"))
    assert len(post.send("Ensimmäinen")) == 2
    assert "mail.bounces" in post.do("status").out
    by_hand = post.do("bounces")
    assert (by_hand.code, "name a maildir" in by_hand.err) == (1, True)


def test_a_forgotten_recipients_return_acts_on_nobody(post: Post) -> None:
    """Numbers are never given again, so a late return meets nobody else."""
    path = post.send("Ensimmäinen")["pekka@example.fi"]
    post.do("recipients", "forget", "pekka@example.fi")
    post.do("recipients", "add", "uusi@example.fi")
    post.comes_back(report("5.1.1", to=path))
    assert post.do("bounces").code == 0
    assert set(post.states().values()) == {"active"}
