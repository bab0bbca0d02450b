"""A broken letter is named, and nobody gets it unless somebody says so; headers are whole from end to end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.e2e.desk import Entry, Page, mail_section, messages, rss
from tests.mail import decoder

if TYPE_CHECKING:
    from pipeline.demo.inbox import Inbox
    from tests.e2e.desk import Desk, Web

ARTICLE = Entry("Selkeä kieli säästää kaikkien aikaa")
FAINT = "p { color: #aaaaaa !important }\n"


@pytest.fixture
def ready(desk: Desk, web: Web, box: Inbox) -> Desk:
    """A workspace with one article to tell of, and one reader."""
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    desk.feeds("/feed.xml", mail=mail_section(box), digest="languages: [fi, sv]")
    desk.do("recipients", "add", "maija@example.fi")
    return desk


def break_letter(desk: Desk) -> None:
    """Put a style sheet of the workspace's own in the way: its text is too faint."""
    (desk.folder / "templates").mkdir(exist_ok=True)
    (desk.folder / "templates" / "letter.css").write_text(FAINT)


def test_a_whole_letter_is_good_to_send(ready: Desk) -> None:
    """Nothing is found in the next letter, nor in one that is frozen; an unknown key is a wrong question."""
    ready.do("collect")

    following = ready.do("lint")
    ready.do("compose")

    assert following.code == 0
    assert following.out == "The letter 2026-W47 (fi, sv) is good to send.\n"
    assert ready.do("lint", "2026-W47", "--json").json() == {"digest": "2026-W47", "findings": []}
    unknown = ready.do("lint", "2026-W01")
    assert unknown.code == 64
    assert "There is no digest 2026-W01; there are 2026-W47." in unknown.err


def test_a_broken_letter_is_not_frozen_and_costs_nothing(ready: Desk, box: Inbox) -> None:
    """File and reason are named, exit 1; once the template is mended, the next run sends everything."""
    break_letter(ready)

    run = ready.do("run")
    lint = ready.do("lint")

    assert run.code == lint.code == 1
    assert "The letter 2026-W47 (fi) is broken, so nothing was frozen" in run.err
    assert "letter.html: contrast: " in run.err
    assert "in #aaaaaa on #ffffff has 2.32 : 1 in the light colours, and needs 4.5" in run.err
    assert re.search(r"^2026-W47 sv letter\.html: contrast: ", lint.out, re.MULTILINE)
    assert messages(box) == []
    assert ready.do("status", "--json").json()["digests"] == []
    assert "nobody gets a broken letter" in ready.do("status").out

    (ready.folder / "templates" / "letter.css").unlink()
    mended = ready.do("run")

    assert mended.code == 0, mended.said
    assert len(messages(box)) == 1
    assert ready.do("status", "--json").json()["notices"] == []


def test_a_letter_that_was_frozen_broken_is_not_sent(ready: Desk, box: Inbox) -> None:
    """Nobody is marked: what is owed is still owed, and goes out as it is when somebody says so."""
    break_letter(ready)
    ready.do("collect")
    assert ready.do("compose", "--send-anyway").code == 0

    held = ready.do("deliver")

    assert held.code == 1
    assert "The letter 2026-W47 (fi) is broken, so nobody got it" in held.said
    assert messages(box) == []
    assert ready.do("status", "--json").json()["digests"][0]["deliveries"] == {"pending": 1}
    assert ready.do("deliver", "--send-anyway").code == 0
    assert [str(one["To"]) for one in messages(box)] == ["maija@example.fi"]


def test_send_test_and_run_can_be_told_to_send_it_anyway(ready: Desk, box: Inbox) -> None:
    """A test letter is held back like a real one; --send-anyway overrides both."""
    break_letter(ready)
    ready.do("collect")

    assert ready.do("send-test", "editor@example.fi").code == 1
    assert messages(box) == []
    assert ready.do("send-test", "editor@example.fi", "--send-anyway").code == 0
    assert ready.do("run", "--send-anyway").code == 0
    assert [str(one["To"]) for one in messages(box)] == ["editor@example.fi", "maija@example.fi"]


def test_what_a_publisher_wrote_holds_nothing_back(desk: Desk, web: Web, box: Inbox) -> None:
    """Two articles of one name and braces in a title are told by lint, and sent by run."""
    web.pages["/feed.xml"] = Page(
        rss(Entry("Lue lisää", link="https://a.fi/1"), Entry("{{ title }}", link="https://a.fi/2"))
    )
    desk.feeds("/feed.xml", mail=mail_section(box), digest="languages: [fi]")
    desk.do("recipients", "add", "maija@example.fi")

    assert desk.do("run").code == 0
    lint = desk.do("lint")

    assert lint.code == 0
    assert 'links: the link text "Lue lisää" says nothing when read alone' in lint.out
    assert "(only a hint)" in lint.out
    assert len(messages(box)) == 1


def test_a_letter_has_its_list_headers(desk: Desk, web: Web, box: Inbox) -> None:
    """RFC 2369, 2919, 3834, 8058: with a one-click address every reader has one of their own, and one to write to."""
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    desk.feeds("/feed.xml", mail=mail_section(box, "one_click: https://example.fi/leave/{token}\n"))
    with (desk.folder / "sources.yaml").open("a", encoding="utf-8") as file:
        file.write("site:\n  url: https://example.fi/kooste/\n  contact: tuki@example.fi\n")
    for name in ("maija", "matti"):
        desk.do("recipients", "add", f"{name}@example.fi")

    assert desk.do("run").code == 0
    assert desk.do("send-test", "maija@example.fi").code == 0

    blocks = [one.file.read_bytes().partition(b"\r\n\r\n")[0] + b"\r\n" for one in box.delivered]
    found = [dict(decoder.fields(block)) for block in blocks]
    assert [name for name, _ in decoder.fields(blocks[0])] == [
        "Date",
        "Message-ID",
        "To",
        "List-Unsubscribe",
        "From",
        "Subject",
        "List-Id",
        "List-Unsubscribe-Post",
        "List-Help",
        "List-Archive",
        "Auto-Submitted",
        "Content-Language",
        "MIME-Version",
        "Content-Type",
    ]
    assert found[0]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert found[0]["List-Help"] == "<mailto:tuki@example.fi>"
    assert found[0]["List-Archive"] == "<https://example.fi/kooste/>"
    assert found[0]["List-Id"] == "<kooste.example.fi>"
    ways = [one["List-Unsubscribe"] for one in found]
    assert all(
        re.fullmatch(r"<https://example\.fi/leave/[0-9a-f]{32}>, <mailto:pois@example\.fi>", way) for way in ways
    )
    assert ways[0] != ways[1]
    assert ways[2] in ways[:2], "a test letter to a reader ends that reader's letter, as the real one does"


def test_without_a_one_click_address_nothing_is_promised(ready: Desk, box: Inbox) -> None:
    """RFC 8058: the promise is made only where somebody keeps it; writing always works."""
    ready.do("run")
    (letter,) = messages(box)
    assert letter["List-Unsubscribe"] == "<mailto:pois@example.fi>"
    assert letter["List-Unsubscribe-Post"] is None
    assert letter["List-Help"] == "<mailto:kooste@example.fi>"
    assert letter["List-Archive"] is None
