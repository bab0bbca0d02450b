"""A workspace's own looks, by the command line: a mistake costs nothing, a logo travels, a statement is published."""

from __future__ import annotations

from email import message_from_bytes, policy
from typing import TYPE_CHECKING

import pytest

from tests.e2e.desk import Entry, Page, mail_section, messages, rss
from tests.render.markup import HTMLParser, first
from tests.test_pictures import png

if TYPE_CHECKING:
    from pipeline.demo.inbox import Inbox
    from tests.e2e.desk import Desk, Web


@pytest.fixture
def ready(desk: Desk, web: Web, box: Inbox) -> Desk:
    """A workspace with one article to tell of, and one reader."""
    web.pages["/feed.xml"] = Page(rss(Entry("Selkeä kieli säästää kaikkien aikaa")))
    desk.feeds("/feed.xml", mail=mail_section(box), digest="languages: [fi, sv]")
    desk.do("recipients", "add", "maija@example.fi")
    return desk


@pytest.mark.parametrize(
    ("name", "source", "said"),
    [
        ("letter.html", "<h1>{{ letter.title }}</h1>\n{{ letter.titel }}\n", "letter.html:2: "),
        ("letter.txt", "{{ letter.title }}\n\n{% if letter.counts %}\n", "letter.txt:3: "),
        (
            "page.html",
            "{% for chapter in letter.chapters %}\n{{ chapter.name | shout }}\n{% endfor %}",
            "page.html:2: ",
        ),
        ("items.html", "\n{{ nothing }}", "items.html:2: "),
    ],
)
def test_a_mistake_in_a_template_sends_nothing_and_loses_nothing(
    ready: Desk, box: Inbox, name: str, source: str, said: str
) -> None:
    """File and line are named, exit 1, no traceback; once it is mended, the next run sends the same news."""
    own = ready.folder / "templates"
    own.mkdir()
    (own / name).write_text(source, encoding="utf-8")

    broken = ready.do("run")

    assert broken.code == 1
    assert f"templates/{said}" in broken.err
    assert "Traceback" not in broken.said
    assert messages(box) == []
    assert ready.do("status", "--json").json()["digests"] == []
    assert not list((ready.folder / "output").glob("2026-*"))

    (own / name).unlink()
    mended = ready.do("run")

    assert mended.code == 0, mended.said
    assert ["Selkeä kieli" in str(one["Subject"]) for one in messages(box)] == [True]


def test_a_colour_that_cannot_be_read_is_refused(ready: Desk, box: Inbox) -> None:
    """By its name and line, before anything is fetched."""
    file = ready.folder / "sources.yaml"
    file.write_text(file.read_text() + 'letter:\n  colours:\n    quiet: "#aaaaaa"\n')

    run = ready.do("run")

    assert run.code == 1
    line = len(file.read_text().splitlines())
    assert f"sources.yaml:{line}:12: colours: quiet #aaaaaa on paper #ffffff has a contrast of 2.32:1" in run.err
    assert ready.web.requests == []
    assert messages(box) == []


def test_looks_of_ones_own(ready: Desk, box: Inbox) -> None:
    """Logo, colours and foot come by mail, the logo as a part of the message; page and statement are published."""
    (ready.folder / "logo.png").write_bytes(png(300, 80))
    file = ready.folder / "sources.yaml"
    file.write_text(
        file.read_text()
        + "letter:\n  logo: logo.png\n  logo_alt: Esimerkkivirasto\n  footer: {fi: Kirjeen tekee viestintä.}\n"
        + '  colours: {link: "#00594c"}\n'
        + "site:\n  url: https://viestinta.example.fi/kooste/\n  contact: viestinta@example.fi\n"
        + "  organisation: {fi: Esimerkkivirasto, sv: Exempelverket}\n  conforms: fully\n  assessed: 2026-11-16\n"
    )

    run = ready.do("run")

    assert run.code == 0, run.said
    message = message_from_bytes(box.delivered[0].file.read_bytes(), policy=policy.default)
    image = next(part for part in message.walk() if part.get_content_type() == "image/png")
    html = next(part for part in message.walk() if part.get_content_type() == "text/html").get_content()
    text = next(part for part in message.walk() if part.get_content_type() == "text/plain").get_content()
    assert image.get_content() == png(300, 80)
    logo = first(HTMLParser(html), "img").attributes
    assert logo["src"] == f"cid:{image['Content-ID'].strip('<>')}"
    assert (logo["alt"], logo["width"], logo["height"]) == ("Esimerkkivirasto", "220", "59")
    assert "#00594c" in html
    assert "Kirjeen tekee viestintä." in html
    assert "Kirjeen tekee viestintä." in text
    assert 'href="https://viestinta.example.fi/kooste/saavutettavuus.html"' in html
    output = ready.folder / "output"
    assert (output / "logo.png").read_bytes() == png(300, 80)
    assert 'src="../logo.png"' in (output / "2026-W47" / "fi.html").read_text()
    assert 'href="../saavutettavuus.html"' in (output / "2026-W47" / "fi.html").read_text()
    assert "Esimerkkivirasto on arvioinut saavutettavuuden itse." in (output / "saavutettavuus.html").read_text()
    assert "Exempelverket har själv bedömt tillgängligheten." in (output / "tillganglighet.html").read_text()
    assert not (output / "accessibility.html").exists(), "the letter has no English edition"
