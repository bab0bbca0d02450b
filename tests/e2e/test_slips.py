"""What somebody gets wrong who has never seen the program: the answer is a sentence that says what to do instead."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.desk import Entry, Page, mail_section, rss

if TYPE_CHECKING:
    from pipeline.demo.inbox import Inbox
    from tests.e2e.desk import Desk, Web


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("rnu", "run"), ("recipient", "recipients"), ("send_test", "send-test"), ("pubish", "publish")],
)
def test_a_misspelt_command_gets_a_proposal(desk: Desk, typed: str, meant: str) -> None:
    """As the commands below `sources` and `recipients` do."""
    done = desk.do(typed)
    assert done.code == 64
    assert f"Did you mean '{meant}'?" in done.err


@pytest.mark.parametrize("option", ["-w", "--workspace"])
def test_the_workspace_is_named_behind_the_command(desk: Desk, option: str) -> None:
    """Many programs take it before."""
    done = desk.do(option, ".", "run")
    assert done.code == 64
    assert "stands behind the command: digikooste run --workspace DIR" in done.err


def test_what_nobody_reads_stops_nothing(desk: Desk) -> None:
    """`digikooste … | head -1`: what was begun is done to its end, silently, and the exit code tells of it."""
    process = desk.start("init")
    assert process.stdout is not None
    process.stdout.close()
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (0, "")


def test_a_letter_that_the_terminal_lacks_is_a_question_mark(desk: Desk) -> None:
    """Titles and names hold whatever publishers write, and terminals are old."""
    desk.write("- {id: a, name: Selkeä kieli → 漢字, url: 'https://a.example.fi/feed'}")
    shown = subprocess.run(
        [sys.executable, "-m", "pipeline", "sources", "show", "a"],
        cwd=desk.folder,
        env=os.environ | {"PYTHONIOENCODING": "latin-1"},
        check=True,
        stdout=subprocess.PIPE,
    )
    assert "Selkeä kieli ? ??".encode("latin-1") in shown.stdout


def test_a_full_disk_under_the_answer_is_one_sentence(desk: Desk) -> None:
    """`digikooste status > report` where nothing fits any more."""
    desk.feeds("/feed.xml")
    with Path("/dev/full").open("w", encoding="ascii") as full:
        done = subprocess.run(
            [sys.executable, "-m", "pipeline", "sources", "list"],
            cwd=desk.folder,
            check=False,
            stdout=full,
            stderr=subprocess.PIPE,
        )
    assert done.returncode == 1
    assert done.stderr.decode().splitlines() == ["No space left on device. Nothing is lost: mend it and run again."]


def test_a_wrong_line_of_an_import_says_how_to_write_it(desk: Desk) -> None:
    """The proposal is no address of anybody, and is not masked as one."""
    desk.feeds("/feed.xml")
    (desk.folder / "people.csv").write_text("maija(at)example.fi\n", encoding="utf-8")
    done = desk.do("recipients", "import", "people.csv")
    assert done.code == 1
    assert done.err == "people.csv:1: 'm***' is no mail address: write it as name@domain.\n"


def test_another_file_than_a_list_of_addresses_does_not_fill_the_screen(desk: Desk) -> None:
    """Fifty lines of it are told."""
    desk.feeds("/feed.xml")
    (desk.folder / "novel.txt").write_text("Call me Ishmael.\n" * 1050, encoding="utf-8")
    done = desk.do("recipients", "import", "novel.txt")
    assert done.code == 1
    assert len(done.err.splitlines()) == 51
    assert done.err.endswith("novel.txt: 1000 more lines are wrong; is this the right file?\n")


def test_a_day_is_proposed_as_it_is_written(desk: Desk) -> None:
    """Not as a programmer's pattern."""
    desk.feeds("/feed.xml")
    done = desk.do("recipients", "add", "maija@example.fi", "--consent", "22.11.2026")
    assert done.code == 64
    assert "'22.11.2026' is no day; write 2026-11-22." in done.err


def test_who_gets_the_letter_stands_in_columns(desk: Desk) -> None:
    """However long an address is."""
    desk.feeds("/feed.xml")
    for address in ("maija.meikalainen@example.fi", "a@b.fi"):
        desk.do("recipients", "add", address, "--consent", "2026-11-02")
    assert desk.do("recipients", "list").out.splitlines() == [
        "1  maija.meikalainen@example.fi  fi  active  2026-11-02  added by hand",
        "2  a@b.fi                        fi  active  2026-11-02  added by hand",
        "2 active recipients.",
    ]


@pytest.mark.parametrize("group", ["recipients", "deliveries", "desk", "sources"])
def test_each_command_of_a_group_is_told_in_a_whole_sentence(desk: Desk, group: str) -> None:
    """At the width of a common terminal, too."""
    desk.environ = {"COLUMNS": "80"}
    _, _, commands = desk.do(group, "--help").out.partition("Commands:")
    assert commands
    assert "..." not in commands


def test_delivering_when_nothing_is_owed_says_so(desk: Desk) -> None:
    """Silence looks like a hang or a fault."""
    desk.feeds("/feed.xml", mail="host: 127.0.0.1\nport: 1\nsecurity: none\nfrom: kooste@example.fi")
    assert desk.do("deliver").out == "Nothing is owed.\n"


def test_collecting_from_nowhere_says_so(desk: Desk) -> None:
    """As `run` does."""
    desk.write("- {url: 'https://blog.example.fi/feed', enabled: false}")
    done = desk.do("collect")
    assert (done.code, done.out) == (
        0,
        "sources.yaml has no enabled source; add one, or enable one that is there.\n",
    )


def test_a_letter_that_is_not_there_yet_is_told_by_the_file(desk: Desk) -> None:
    """Not by a lonely dot for this folder."""
    desk.feeds("/feed.xml")
    for command in (("preview",), ("explain", "2026-W47"), ("edit", "2026-W47", "--drop", "1")):
        said = desk.do(*command).err
        assert said == "sources.yaml: nothing has been collected yet; run `digikooste collect` first.\n"


def test_what_a_letter_holds_is_not_said_to_be_missing_from_it(desk: Desk, web: Web) -> None:
    """The item that was shown in this period's letter is explained by that alone."""
    web.pages["/feed.xml"] = Page(rss(Entry("Selkeä kieli", link="https://blog.example.fi/1")))
    desk.feeds("/feed.xml")
    desk.do("recipients", "add", "maija@example.fi")
    desk.do("collect")
    desk.do("compose")
    said = desk.do("explain", "https://blog.example.fi/1").out
    assert "It was in 2026-W47" in said
    assert "not in 2026-W47" not in said
    desk.later(days=7)
    assert "It is not in 2026-W48: it was in 2026-W47." in desk.do("explain", "https://blog.example.fi/1").out


def test_a_folder_without_templates_is_no_look(desk: Desk) -> None:
    """A designer who names the wrong folder would see the default letter and wonder."""
    desk.feeds("/feed.xml")
    (desk.folder / "drafts").mkdir()
    done = desk.do("preview", "--template", "drafts")
    assert done.code == 64
    assert "drafts holds none of the templates, such as letter.html" in done.err


def test_a_port_is_for_watching(desk: Desk) -> None:
    """Alone it would do nothing."""
    desk.feeds("/feed.xml")
    done = desk.do("preview", "--port", "8080")
    assert done.code == 64
    assert "--port goes with --watch." in done.err


def test_one_held_letter_is_told_in_the_singular(desk: Desk, web: Web) -> None:
    """And releasing it says what sends it."""
    web.pages["/feed.xml"] = Page(rss(Entry("Selkeä kieli")))
    desk.feeds("/feed.xml", mail="host: 127.0.0.1\nport: 1\nsecurity: none\nfrom: kooste@example.fi")
    desk.do("recipients", "add", "maija@example.fi")
    desk.do("collect")
    desk.do("compose")
    assert "2026-W47: 1 letter may have gone out already" in desk.do("deliveries", "hold").out
    said = desk.do("deliveries", "release", "2026-W47").out
    assert "2026-W47: 1 letter released; the next `digikooste deliver` or `run` sends it." in said


def test_a_database_that_is_no_address_is_refused(desk: Desk) -> None:
    """It would be a file somewhere, without anybody's letters; and doctor says the same."""
    desk.feeds("/feed.xml")
    desk.environ = {"DIGIKOOSTE_DATABASE": "kooste"}
    for command in (("status",), ("recipients", "list"), ("doctor", "--offline")):
        done = desk.do(*command)
        assert done.code == 1
        assert "DIGIKOOSTE_DATABASE is 'kooste'; write postgresql://user@host/name" in done.said
    assert "free space" in done.out
    assert [path.name for path in desk.folder.iterdir()] == ["sources.yaml"]


def test_an_empty_setting_of_the_database_is_none(desk: Desk) -> None:
    """As in a file of settings whose line was not filled in."""
    desk.feeds("/feed.xml")
    desk.environ = {"DIGIKOOSTE_DATABASE": ""}
    assert "nothing has been collected yet" in desk.do("preview").err
    desk.do("recipients", "add", "maija@example.fi")
    assert " kB; 0 digests, 1 recipient)." in desk.do("backup").out


def test_a_file_without_sources_says_how_to_begin(desk: Desk) -> None:
    """Instead of counting to zero."""
    desk.write("[]")
    assert desk.do("sources", "list").out == "sources.yaml has no source yet: `digikooste sources add URL`.\n"


@pytest.mark.parametrize("command", ["show", "check", "remove", "disable", "enable"])
def test_a_misspelt_source_gets_a_proposal(desk: Desk, command: str) -> None:
    """Whichever command is given it; nothing is done."""
    desk.write("- {id: somepreesens, url: 'https://a.example.fi/feed'}")
    done = desk.do("sources", command, "somepresens")
    assert done.code == 1
    assert done.err == 'sources.yaml has no source somepresens; did you mean "somepreesens"?\n'


def test_a_list_that_breaks_off_is_not_taken_for_an_empty_one(desk: Desk) -> None:
    """A download that was cut holds nothing that could be imported."""
    desk.feeds("/feed.xml")
    (desk.folder / "cut.opml").write_text("<opml><body><outline", encoding="utf-8")
    done = desk.do("sources", "import", "cut.opml", "--yes")
    assert done.code == 1
    assert "cut.opml holds no address" in done.err


def test_a_file_that_is_no_backup_is_named(desk: Desk, tmp_path: Path) -> None:
    """By its own name, and not by that of a copy that was made of it."""
    (tmp_path / "letter.txt").write_text("Hei!\n", encoding="utf-8")
    done = desk.do("restore", str(tmp_path / "letter.txt"))
    assert done.code == 1
    assert done.err.startswith(f"{tmp_path / 'letter.txt'} is no backup")


@pytest.mark.parametrize("option", [("--trust", "127.0.0.1"), ("--root-path", "/kooste")])
def test_what_is_about_the_pages_needs_the_pages(desk: Desk, option: tuple[str, str]) -> None:
    """Alone it would do nothing."""
    desk.feeds("/feed.xml")
    done = desk.do("serve", *option)
    assert done.code == 64
    assert "--trust and --root-path go with --http." in done.err


def test_a_wrong_address_for_a_test_is_repeated_as_it_was_typed(desk: Desk, box: Inbox) -> None:
    """A command that is given an address answers with it; only logs and notices mask."""
    desk.feeds("/feed.xml", mail=mail_section(box))
    done = desk.do("send-test", "maija@example..fi")
    assert done.code == 1
    assert "'maija@example..fi'" in done.err


def test_a_refused_test_promises_nothing(desk: Desk, web: Web, box: Inbox) -> None:
    """What is said of deliveries, which are tried again or not, does not hold for it."""
    web.pages["/feed.xml"] = Page(rss(Entry("Selkeä kieli")))
    desk.feeds("/feed.xml", mail=mail_section(box))
    desk.do("collect")
    box.refuse("maija@example.fi", "451 4.3.0 later")
    done = desk.do("send-test", "maija@example.fi")
    assert done.code == 1
    assert "451 4.3.0 later. A test is sent once" in done.err


LINGERING = """
import sys, threading, time
import pipeline.cli
from pipeline.__main__ import main

def run(arguments):
    threading.Thread(target=time.sleep, args=(20,)).start()
    threading.Timer(0.2, print, ("ending",), {"flush": True}).start()
    return 0

pipeline.cli.run = run
main()
"""


def test_an_impatient_ctrl_c_meets_no_traceback() -> None:
    """The second one, when all is done and Python only waits for what is still under way."""
    process = subprocess.Popen([sys.executable, "-c", LINGERING], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ending\n"
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert said == b""
    assert process.returncode == -signal.SIGINT


def test_a_topic_that_the_file_has_not_is_told_before_anything_is_asked(desk: Desk, web: Web) -> None:
    """With those that it has, and not by a line that nobody wrote."""
    desk.feeds(topics="- {id: some, words: [some]}")
    done = desk.do("sources", "add", f"{web.url}/feed.xml", "--allow-private", "--yes", "--topic", "sosiaalinen")
    assert done.code == 1
    assert done.err == "sources.yaml: no topic sosiaalinen; the topics are some.\n"
    assert web.requests == []


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--name", "red\x1b[31m", "name: holds an invisible control character (U+001B); leave it out\n"),
        ("--drip", "1", "drip: only a YouTube playlist can be a course; this source is read as a feed\n"),
        ("--id", "Ä Ö", "id: may hold a to z"),
    ],
)
def test_what_cannot_stand_in_the_file_is_a_sentence(desk: Desk, web: Web, option: str, value: str, said: str) -> None:
    """About the option, for there is no line yet; and the file is as it was."""
    web.pages["/feed.xml"] = Page(rss(Entry("Selkeä kieli")))
    desk.feeds("/other.xml")
    before = (desk.folder / "sources.yaml").read_bytes()
    done = desk.do("sources", "add", f"{web.url}/feed.xml", "--allow-private", "--yes", option, value)
    assert done.code == 1
    assert done.err.startswith(said)
    assert (desk.folder / "sources.yaml").read_bytes() == before


@pytest.mark.parametrize("command", [("explain",), ("backup",), ("send-test",), ("run", "-w")])
def test_an_argument_that_is_not_utf8_is_wrong_usage(desk: Desk, command: tuple[str, ...]) -> None:
    """An old terminal or a list from an old machine hands over bytes that nothing here can hold."""
    desk.feeds("/feed.xml")
    done = desk.do(*command, "kev\udce4t")
    assert done.code == 64
    assert "'kev?t' is not UTF-8" in done.err


def test_a_folder_whose_name_is_not_utf8_is_refused(desk: Desk) -> None:
    """The database keeps where it was read, and a backup where it lies."""
    desk.feeds("/feed.xml")
    desk.folder = desk.folder.rename(desk.folder.parent / "kev\udce4t")
    done = desk.do("status")
    assert done.code == 64
    assert "/kev?t has a name that is not UTF-8; rename it." in done.err


def test_an_answer_does_not_steer_the_terminal(desk: Desk) -> None:
    """Nor does it when it repeats what was pasted."""
    desk.feeds("/feed.xml")
    desk.do("recipients", "add", "maija@example.fi", "--origin", "by\nphone")
    assert "  by phone\n" in desk.do("recipients", "list").out
    assert "\x1b" not in desk.do("edit", "\x1b[31m", "--drop", "1").err
