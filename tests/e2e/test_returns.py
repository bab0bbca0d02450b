"""Letters that come back: read once from a maildir, believed at signed addresses alone, counted over digests."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from pipeline.bounces import ReturnPath
from pipeline.cli import secret
from pipeline.cli.workspace import Workspace
from tests.e2e.desk import Desk, Entry, Page, mail_section, rss
from tests.e2e.steward import Steward
from tests.test_bounces import answer, report

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.demo.inbox import Inbox
    from tests.e2e.desk import Web

PATTERN = "kooste-palautus+{token}@example.fi"
MAIJA = "maija@example.fi"


class Post(Desk):
    """A workspace whose letters come back into a maildir."""

    count: int = 0

    @property
    def maildir(self) -> Path:
        return self.folder / "returns"

    def path(self, number: int, digest: str) -> str:
        """Where the letter of a recipient comes back to."""
        workspace = Workspace(folder=self.folder, environ=os.environ)
        return ReturnPath(PATTERN, secret.key(workspace)).address(number, digest)

    def comes_back(self, body: bytes) -> None:
        """Put a message into the maildir, as a mail server does."""
        self.count += 1
        (self.maildir / "new" / f"{self.count:010}.M1P1.mx").write_bytes(body)

    def states(self) -> dict[str, str]:
        return {one["address"]: one["state"] for one in self.do("recipients", "list", "--json").json()["recipients"]}


@pytest.fixture
def post(tmp_path: Path, web: Web, box: Inbox) -> Post:
    """Two recipients, and an empty maildir."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    desk = Post(folder, web)
    desk.feeds("/feed.xml", mail=mail_section(box, f"return_path: '{PATTERN}'\nbounces: returns\n"))
    for name in ("maija", "pekka"):
        desk.do("recipients", "add", f"{name}@example.fi")
    for name in ("new", "cur", "tmp"):
        (desk.maildir / name).mkdir(parents=True)
    return desk


def test_a_letter_comes_back_to_an_address_of_its_own(post: Post, web: Web, box: Inbox) -> None:
    """MAIL FROM tells whose letter it is and of which digest; From stays. What came back is read by `run` itself."""
    web.pages["/feed.xml"] = Page(rss(Entry("Ensimmäinen")))
    post.comes_back(report("5.1.1", to=post.path(1, "2026-W46")))

    result = post.do("run")

    assert "1 return: 1 for good." in result.out
    senders = {one.recipients[0]: one.sender for one in box.delivered}
    assert senders == {MAIJA: post.path(1, "2026-W47"), "pekka@example.fi": post.path(2, "2026-W47")}
    assert senders[MAIJA].startswith("kooste-palautus+1-2026-w47-")
    assert b"From: =?utf-8?q?Viestint=C3=A4kooste?= <kooste@example.fi>" in box.delivered[0].file.read_bytes()


def test_two_digests_that_came_back_for_good_suppress(post: Post) -> None:
    """One does not, however many servers return it. The operator hears who by number; in person they come back."""
    first = post.path(1, "2026-W47")
    post.comes_back(report("5.1.1", to=first))
    post.comes_back(report("5.1.1", to=first.upper()))
    assert post.do("bounces").out == "2 returns: 2 for good.\n"
    assert post.states()[MAIJA] == "active"
    post.later(weeks=1)
    post.comes_back(report("5.1.1", to=post.path(1, "2026-W48")))

    twice = post.do("bounces", "--json").json()

    assert twice == {"returns": {"hard": 1}, "suppressed": [1]}
    assert post.states() == {MAIJA: "suppressed", "pekka@example.fi": "active"}
    told = post.do("status").out
    assert "recipients 1." in told
    assert "maija" not in told
    (maija, _) = post.do("recipients", "list", "--json").json()["recipients"]
    assert maija["why"] == "Letters of 2 digests came back for good (5.1.1)"
    post.do("recipients", "add", MAIJA)
    post.comes_back(report("5.1.1", to=post.path(1, "2026-W49")))
    post.do("bounces")
    assert post.states()[MAIJA] == "active", "counted anew"


def test_serve_reads_returns_by_itself(post: Post) -> None:
    """Every hour, and it drops what is kept for long enough."""
    with Steward(post) as steward:
        steward.wake(post.now, "housekeeping")
        post.comes_back(report("5.1.1", to=post.path(1, "2026-W47")))
        assert "return" not in steward.wake(post.now + timedelta(minutes=30), "housekeeping")
        assert "1 return: 1 for good." in steward.wake(post.now + timedelta(minutes=31), "housekeeping")
        assert "bounce" in post.do("recipients", "export", MAIJA).json()["kept"]
        steward.wake(post.now + timedelta(days=401), "housekeeping")
    assert post.do("recipients", "export", MAIJA).json()["kept"].keys() == {"recipient"}


def test_what_says_nothing_against_an_address_counts_nothing(post: Post) -> None:
    """A full mailbox, a policy, an answer in somebody's absence, a stranger's forgery; in digest after digest."""
    for week in (47, 48, 49):
        path = post.path(1, f"2026-W{week}")
        post.comes_back(report("5.2.2", "552 5.2.2 mailbox full", to=path))
        post.comes_back(report("5.7.1", "550 5.7.1 blocked", to=path))
        post.comes_back(answer("Olen lomalla.", From=MAIJA, Delivered_To=path, Auto_Submitted="auto-replied"))
        post.comes_back(report("5.1.1", to=path.replace("1-2026", "2-2026")))
        post.comes_back(report("5.1.1", to="kooste-palautus+@example.fi"))
        result = post.do("bounces", "--json").json()["returns"]
        assert result == {"soft": 1, "policy": 1, "auto": 1, "unsigned": 2}
        post.later(weeks=1)
    assert set(post.states().values()) == {"active"}


def test_two_returns_far_apart_have_nothing_to_do_with_each_other(post: Post) -> None:
    """Three months of letters arrived between them."""
    for digest in ("2026-W47", "2027-W10"):
        post.comes_back(report("5.1.1", to=post.path(1, digest)))
        assert post.do("bounces").code == 0
        post.later(days=105)
    assert post.states()[MAIJA] == "active"


def test_each_message_is_read_once_and_hostile_ones_cost_themselves(post: Post) -> None:
    """A pipe, a link, a folder, ten megabytes of boundaries: all are put away, and the good one among them counts."""
    post.comes_back(b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\nContent-Type: message/rfc822\n\n" * 10**5)
    os.mkfifo(post.maildir / "new" / "0000000100.fifo")
    (post.maildir / "new" / "0000000101.link").symlink_to("/etc/passwd")
    (post.maildir / "new" / "0000000102.folder").mkdir()
    (post.maildir / "new" / ".hidden").write_text("not a message yet")
    post.comes_back(report("5.1.1", to=post.path(1, "2026-W47")))

    result = post.do("bounces", "--json").json()["returns"]

    assert result["hard"] == 1
    assert result["unreadable"] >= 3
    assert [one.name for one in (post.maildir / "new").iterdir()] == [".hidden"]
    assert all(one.name.endswith(":2,S") for one in (post.maildir / "cur").iterdir())
    assert post.do("bounces").out == "Nothing has come back.\n"


def test_a_maildir_that_is_gone_is_a_notice(post: Post, box: Inbox) -> None:
    """Serving goes on; by hand it is an error."""
    post.feeds("/feed.xml", mail=mail_section(box, f"return_path: '{PATTERN}'\nbounces: nowhere\n"))
    with Steward(post) as steward:
        assert "mail.bounces" in steward.wake(post.now, "housekeeping")
    assert "mail.bounces" in post.do("status").out
    by_hand = post.do("bounces")
    assert (by_hand.code, "name a maildir" in by_hand.err) == (1, True)


def test_a_forgotten_recipients_return_acts_on_nobody(post: Post) -> None:
    """Numbers are never given again, so a late return meets nobody else."""
    post.do("recipients", "forget", "pekka@example.fi")
    post.do("recipients", "add", "uusi@example.fi")
    for digest in ("2026-W47", "2026-W48"):
        post.comes_back(report("5.1.1", to=post.path(2, digest)))
    assert post.do("bounces", "--json").json() == {"returns": {"hard": 2}, "suppressed": []}
    assert set(post.states().values()) == {"active"}
