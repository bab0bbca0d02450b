"""preview --template and --watch: what a designer sees while changing a template."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests import chromium
from tests.counts import in_full
from tests.e2e.desk import Entry, Page, rss

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.desk import Desk, Web

ARTICLE = Entry("Selkeä kieli säästää kaikkien aikaa")
PATIENCE = 15_000
"""Milliseconds; it takes a quarter of a second on an idle machine."""


@pytest.fixture
def collected(desk: Desk, web: Web) -> Desk:
    """A workspace that knows one article."""
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    desk.feeds("/feed.xml", digest="languages: [fi, sv]")
    desk.do("collect")
    return desk


def own(desk: Desk, text: str, folder: str = "templates") -> Path:
    """Write a letter of the workspace's own."""
    path = desk.folder / folder / "letter.html"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f'<html lang="{{{{ letter.language }}}}"><h1>{text}</h1></html>')
    return path


@contextlib.contextmanager
def watching(desk: Desk, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run preview --watch until the end of the block; gives its process and its address."""
    process = desk.start("preview", "--watch", *arguments)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.endswith("Ctrl-C ends it.\n"), line + process.communicate()[1]
        yield process, line.split()[4]
    finally:
        process.kill()
        process.communicate()


def get(url: str, path: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    """Return status, body and headers of one request."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE / 1000)
    with contextlib.closing(connection):
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), dict(answer.getheaders())


def test_other_templates_can_be_tried(collected: Desk) -> None:
    """--template DIR stands in for the workspace's own folder, for a frozen digest too; nothing is kept of it."""
    own(collected, "Kokeilu {{ letter.period }}", "kokeilu")

    tried = collected.do("preview", "--format", "html", "--template", "kokeilu")
    plain = collected.do("preview", "--format", "html")
    collected.do("compose")
    again = collected.do("preview", "--format", "html", "--template", "kokeilu")

    assert "<h1>Kokeilu Viikko&nbsp;47</h1>" in tried.out
    assert "Kokeilu" not in plain.out
    assert again.out == tried.out
    assert collected.do("preview", "--template", "nowhere").code == 64


def test_a_mistake_names_file_and_line(collected: Desk) -> None:
    """And nothing is sent or frozen with it."""
    path = own(collected, "\n{{ letter.nothing }}")

    shown, run = collected.do("preview", "--format", "html"), collected.do("compose")

    for result in (shown, run):
        assert result.code == 1
        assert f"{path.name}:2: " in result.err
    assert collected.do("status", "--json").json()["digests"] == []


@in_full
@chromium.OPENS_PAGES
@chromium.IF_THERE
def test_a_browser_follows_every_change(collected: Desk) -> None:
    """The open page shows a template's change and a mistake's file and line, by itself; Ctrl-C ends it."""
    from playwright.sync_api import expect  # noqa: PLC0415  (only where there is a browser)

    with watching(collected) as (process, url), chromium.opened() as browser:
        page = browser.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(url)
        letter = page.frame_locator("#letter")
        expect(letter.locator("h1")).to_have_text("Digiviestinnän viikkokooste", timeout=PATIENCE)
        expect(letter.locator("h3")).to_have_text(ARTICLE.title, timeout=PATIENCE)

        own(collected, "Oma kirje {{ letter.period }}")
        expect(letter.locator("h1")).to_have_text("Oma kirje Viikko 47", timeout=PATIENCE)
        path = own(collected, "Rikki\n\n{{ letter.nothing }}")
        expect(letter.locator("body")).to_contain_text(f"{path.name}:3: ", timeout=PATIENCE)
        path.unlink()
        expect(letter.locator("h3")).to_have_text(ARTICLE.title, timeout=PATIENCE)

        settings = collected.folder / "sources.yaml"
        settings.write_text(settings.read_text() + "digest:\n")
        expect(letter.locator("body")).to_contain_text("sources.yaml:", timeout=PATIENCE)
        settings.write_text(settings.read_text().removesuffix("digest:\n"))
        page.get_by_role("link", name="sv").click()
        expect(letter.locator("html")).to_have_attribute("lang", "sv", timeout=PATIENCE)
        page.get_by_role("link", name="Lint").click()
        expect(letter.locator("body")).to_contain_text("Nothing is wrong with it.", timeout=PATIENCE)
        assert [one for one in complaints if "500" not in one] == []

        os.kill(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out, err) == (0, "Ended.\n", "")


def test_the_page_answers_this_computer_and_nothing_else(collected: Desk) -> None:
    """Only GET, only its own name (so that no other site can read it), only its own pages, and a few at a time."""
    with watching(collected, "--language", "sv") as (_, url):
        port = urlsplit(url).port
        assert urlsplit(url).hostname == "127.0.0.1"
        status, shell, _ = get(url, "/?language=../../etc&form=%3Cscript%3E&width=9")
        assert status == 200
        assert 'src="/sv/html"' in shell
        assert "etc" not in shell
        status, letter, headers = get(url, "/fi/html", Host=f"localhost:{port}")
        assert ARTICLE.title in letter
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'unsafe-inline'")
        assert headers["Cache-Control"] == "no-store"
        assert get(url, "/fi/text")[2]["Content-Type"] == "text/plain; charset=utf-8"
        assert get(url, "/fi/html", Host=f"attacker.example:{port}")[0] == 421
        for path in ("/en/html", "/fi/exe", "/../sources.yaml", "/fi/html/x", "//127.0.0.1/fi/html"):
            assert get(url, path)[0] == 404, path

        with contextlib.ExitStack() as listeners:
            answers = []
            for _ in range(7):
                connection = listeners.enter_context(
                    contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10))
                )
                connection.request("GET", "/changes")
                answers.append(connection.getresponse())
            assert [answer.status for answer in answers] == [200] * 6 + [503]
            assert answers[0].readline() == b"retry: 500\n"
            assert answers[0].readline() == b"data: 0\n"
            own(collected, "Muutos")
            assert [answers[0].readline() for _ in range(3)] == [b"\n", b"retry: 500\n", b"data: 1\n"]
        post = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        with contextlib.closing(post):
            post.request("POST", "/fi/html", body=b"x")
            assert post.getresponse().status == 501
