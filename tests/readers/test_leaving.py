"""Leaving: by a button, or by a mail program's POST; opening the link changes nothing; and choosing instead."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from pipeline import tokens
from pipeline.cli import receiving
from pipeline.cli.secret import key
from pipeline.model import RecipientState
from pipeline.web.readers.answers import Answers
from tests.readers.house import SERVICE, seal, somebody

if TYPE_CHECKING:
    from datetime import datetime

    import httpx2

    from pipeline.model import Edition, Recipient
    from pipeline.store import Asking
    from tests.readers.house import House


def leave_path(house: House, address: str, **choice: str) -> str:
    """Let somebody in; returns the way out that their letters hold."""
    number = house.join(address, **choice)  # type: ignore[arg-type]  # a language
    return f"/leave/{tokens.leave(key(house.workspace), number, address)}"


def state(house: House, address: str) -> RecipientState:
    reader = house.store.visitors.known(address)
    assert reader is not None
    return reader.state


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"),
        (
            b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
        (b"", ""),
        (b"\xff" * 1000, "text/plain"),
    ],
)
def test_one_post_ends_it(house: House, content: bytes, kind: str) -> None:
    """RFC 8058: no login, no cookie, no form of ours, no redirect; whatever the body is, the promise is kept."""
    address = somebody()
    there = leave_path(house, address)
    with house.client() as program:
        answer = program.post(there, content=content, headers={"Content-Type": kind} if kind else {})

    assert (answer.status_code, answer.headers.get("set-cookie")) == (200, None)
    assert "Tilauksesi on lopetettu" in answer.text
    assert state(house, address) is RecipientState.LEFT


def test_who_gets_nothing_any_more_is_told_so_and_may_still_leave(house: House, client: httpx2.Client) -> None:
    """An address that bounced is no reader's that a letter is sent to; the button ends it for good all the same."""
    address = somebody()
    there = leave_path(house, address)
    house.store.recipients.suppress(int(there.removeprefix("/leave/").partition(".")[0]), why="5.1.1", now=house.now)

    page = client.get(there).text
    assert f"Kirjettä ei lähetetä osoitteeseen {address}." in page
    assert "Lähetä linkki" not in page
    assert "Tilauksesi on lopetettu" in client.post(there).text
    assert state(house, address) is RecipientState.LEFT


def test_opening_the_link_changes_nothing(house: House, client: httpx2.Client) -> None:
    """Scanners and previews GET, HEAD and OPTIONS what they find; only the button's POST ends the letter."""
    address = somebody()
    there = leave_path(house, address, language="sv")

    page = client.get(there)
    assert page.headers["content-language"] == "sv"
    assert "Avsluta prenumerationen" in page.text
    for method in ("HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"):
        client.request(method, there)
    assert state(house, address) is RecipientState.ACTIVE

    button = re.findall(r'<form method="post" action="([^"]+)"', page.text)[0]
    assert "Din prenumeration är avslutad" in client.post(button).text
    assert state(house, address) is RecipientState.LEFT
    assert "Din prenumeration är avslutad" in client.get(there).text


def test_the_way_out_never_expires(house: House, client: httpx2.Client) -> None:
    """Ten years later it still ends the letter, also of who has left and come back in between; twice is as good."""
    address = somebody()
    there = leave_path(house, address)
    client.post(there)
    house.later(minutes=1)
    house.join(address)
    house.later(days=3653)

    assert [client.post(there).status_code for _ in range(2)] == [200, 200]
    assert state(house, address) is RecipientState.LEFT


def test_a_way_out_is_one_reader_s_own(house: House, client: httpx2.Client) -> None:
    """Another number or signature ends nobody's letter, and a number that exists looks like one that does not."""
    mine, other = somebody(), somebody()
    there, others = leave_path(house, mine), leave_path(house, other)
    number, signature = there.removeprefix("/leave/").split(".")
    theirs = others.removeprefix("/leave/").split(".")[0]

    pages = {client.post(f"/leave/{made}").text for made in (f"{theirs}.{signature}", f"999999.{signature}", number)}
    assert len(pages) == 1
    assert {state(house, address) for address in (mine, other)} == {RecipientState.ACTIVE}


def test_in_every_language_at_its_own_address(house: House, client: httpx2.Client) -> None:
    """The page leads to the other languages under the same token."""
    there = leave_path(house, somebody(), language="en")
    page = client.get(there)
    assert page.headers["content-language"] == "en"
    found = dict(re.findall(r'<li><a href="([^"]+)" lang="(\w+)"', page.text))
    assert sorted(found.values()) == ["fi", "sv"]
    for path, language in found.items():
        assert client.get(path).headers["content-language"] == language


def test_fewer_topics_instead_of_none(house: House, client: httpx2.Client) -> None:
    """From the way out one gets a link to one's choices by mail, which opens them for a day."""
    address = somebody()
    there = leave_path(house, address, language="fi")
    instead = re.findall(r'<form method="post" action="([^"]+)"', client.get(there).text)[1]

    assert client.post(instead).headers["location"] == "/fi/valinnat/kiitos"
    (mail,) = house.answer()
    assert mail["To"] == address
    choices = house.path_in(mail)
    page = client.get(choices).text
    assert not re.search(r'type="checkbox"[^>]+checked', page)

    done = client.post(choices, data={"language": "en", "topic": ["some"]})
    assert "Tallennettu" in client.get(done.headers["location"]).text
    reader = house.store.visitors.known(address)
    assert reader is not None
    assert (reader.language, reader.topics, reader.state) == ("en", ("some",), RecipientState.ACTIVE)

    client.post(choices, data={"language": "en"})
    assert house.store.visitors.known(address).topics is None  # type: ignore[union-attr]
    house.later(days=1, minutes=1)
    assert client.get(choices).status_code == client.post(choices, data={"language": "sv"}).status_code == 410


def test_a_link_to_choices_goes_to_readers_alone(house: House, client: httpx2.Client) -> None:
    """Whoever asks for one hears the same; strangers and leavers get no mail, for they asked for none."""
    reader, stranger, leaver = somebody(), somebody(), somebody()
    house.join(reader)
    client.post(leave_path(house, leaver))

    answers = {house.ask(address, client, path="/en/preferences") for address in (reader, stranger, leaver)}
    assert answers == {303}
    assert [mail["To"] for mail in house.answer()] == [reader]


def test_a_mail_is_drawn_for_whoever_asks_and_sent_to_readers_alone(
    house: House, client: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it costs to answer a stranger is what it costs to answer a reader: who asks next cannot tell by the time."""
    reader, stranger = somebody(), somebody()
    house.join(reader)
    for address in (stranger, reader):
        house.ask(address, client, path="/en/preferences")
    drawn: list[str] = []
    draw = Answers.choices

    def counted(self: Answers, asking: Asking, who: Recipient, now: datetime) -> Edition:
        drawn.append(who.address)
        return draw(self, asking, who, now)

    monkeypatch.setattr(Answers, "choices", counted)
    assert [mail["To"] for mail in house.answer()] == [reader]
    assert drawn == [stranger, reader]


def test_who_has_left_chooses_nothing(house: House, client: httpx2.Client) -> None:
    """An edit link of yesterday does not bring anybody back."""
    address = somebody()
    number = house.join(address)
    token = tokens.edit(key(house.workspace), number, address, house.now)
    house.store.visitors.leave(number, now=house.now)

    client.post(f"/fi/valinnat/{token}", data={"language": "en"})
    assert state(house, address) is RecipientState.LEFT
    assert "ei lähetetä osoitteeseen" in client.get(f"/fi/valinnat/{token}").text


def test_short_addresses_lead_to_one_s_own_language(house: House, client: httpx2.Client) -> None:
    """Letters and archive say no language: the browser does."""
    for asked, language in (
        ("sv-FI,sv;q=0.9,fi;q=0.8", "sv"),
        ("de,en;q=0.5", "en"),
        ("", "fi"),
        ("xx;q=abc,,;", "fi"),
    ):
        answer = client.get("/subscribe", headers={"Accept-Language": asked})
        assert (answer.status_code, answer.headers["location"].split("/")[1]) == (302, language)
        assert answer.headers["vary"] == "Accept-Language"


def test_the_way_out_of_a_letter_on_trial_says_so(house: House, client: httpx2.Client) -> None:
    """Whoever gets a letter by `send-test` and tries its link sees that it works, and ends nothing."""
    with house.workspace.store() as store:
        values = house.workspace.personal(store)("editor@example.fi").values()
    (there,) = {value.replace(SERVICE, "/") for value in values}
    for answer in (client.get(there), client.post(there, content=b"List-Unsubscribe=One-Click")):
        assert (answer.status_code, "lähetettiin kokeeksi" in answer.text) == (200, True)


def test_who_looks_at_a_letter_sees_where_its_way_out_leads(house: House) -> None:
    """In `preview` a place stands for each recipient's own link, and no address that leads nowhere."""
    ways = house.workspace.ways_out
    assert ways.footer is not None
    assert ways.shown(f'<a href="{ways.footer}">') == f'<a href="{SERVICE}leave/…">'


def test_a_letter_that_waited_leads_out_when_the_service_is_gone(house: House) -> None:
    """What was frozen with a place for each reader's link goes out with the way that is left."""
    with_service = house.workspace.ways_out
    without = replace(with_service, service=None)
    with house.workspace.store() as store:
        filled = without.meaning(store)("maija@example.fi")
    assert filled[with_service.footer_mark] == "mailto:kooste@example.fi?subject=unsubscribe"
    assert set(with_service.marks) >= {with_service.footer_mark} <= set(without.marks)


def test_one_click_is_promised_over_https_alone(house: House) -> None:
    """RFC 8058 asks for it; over http the link is still there for who opens it. An address of one's own wins."""
    ways = house.workspace.ways_out
    assert ways.is_one_click
    plain = replace(ways, service="http://127.0.0.1:8765/")
    assert (plain.is_one_click, plain.header == plain.header_mark) == (False, True)
    own = replace(ways, one_click="https://example.fi/pois/{token}")
    with house.workspace.store() as store:
        filled = own.meaning(store)("maija@example.fi")
    assert filled[own.header_mark].startswith("https://example.fi/pois/")
    assert filled[own.footer_mark].startswith(f"{SERVICE}leave/")


def test_below_a_path_every_step_stays_there(house: House) -> None:
    """Forms, redirects and the links in mail, whether or not the proxy takes the path off."""
    app = receiving.app(
        lambda: house.workspace,
        house.store,
        front=receiving.Front(root_path="/kooste"),
        more=lambda _: [],
        wake=lambda: None,
    )
    address = somebody()
    for prefix in ("", "/kooste"):
        visitor = TestClient(app, follow_redirects=False)
        page = visitor.get(f"{prefix}/sv/prenumerera").text
        assert '<form method="post" action="/kooste/sv/prenumerera">' in page
        sent = visitor.post(f"{prefix}/sv/prenumerera", data={"form": seal(page), "address": address})
        assert (sent.status_code, sent.headers["location"]) == (303, "/kooste/sv/prenumerera/tack")
        assert visitor.get(sent.headers["location"]).headers["content-language"] == "sv"
        assert visitor.get(f"{prefix}/subscribe").headers["location"] == "/kooste/fi/tilaa"
    assert visitor.post(f"/kooste{house.path_in(house.answer()[0])}").headers["location"] == "/kooste/sv/valkommen"
