"""Subscribing by oneself: nothing is kept before it is confirmed, nobody learns who is known, nobody is flooded."""

from __future__ import annotations

import re
import signal
import sqlite3
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from pipeline.cli import receiving
from pipeline.errors import TransientMailError
from pipeline.model import RecipientState
from pipeline.store import Asking, Kind, visitors
from pipeline.web.throttle import NETWORK
from tests.readers.house import somebody

if TYPE_CHECKING:
    import httpx2

    from tests.readers.house import House

WORDS = {
    "fi": ("/fi/tilaa", "Vahvista tilaus: Digiviestinnän viikkokooste", "Tervetuloa"),
    "sv": ("/sv/prenumerera", "Bekräfta: Veckans digitala kommunikation", "Välkommen"),
    "en": ("/en/subscribe", "Confirm: Digital communication weekly", "Welcome"),
}


def everything(house: House) -> str:
    """All that the database holds, as text."""
    with sqlite3.connect(house.workspace.var / "digikooste.db") as connection:
        return "\n".join(connection.iterdump())


@pytest.mark.parametrize("language", WORDS)
def test_who_asks_and_confirms_gets_the_letter(house: House, client: httpx2.Client, language: str) -> None:
    """In each language: the form, one mail with a link, a button behind it, and in; with time and origin."""
    address, (path, subject, welcome) = somebody(), WORDS[language]

    assert house.ask(address, client, path=path, language=language, topic=["kieli", "some"]) == 303
    (mail,) = house.answer()
    assert (mail["Subject"], mail["To"], mail["Content-Language"]) == (subject, address, language)
    there = house.path_in(mail)
    assert address in client.get(there).text
    assert house.store.visitors.known(address) is None

    done = client.post(there)
    assert done.status_code == 303
    assert welcome in client.get(done.headers["location"]).text
    reader = house.store.visitors.known(address)
    assert reader is not None
    assert (reader.language, reader.topics, reader.origin) == (language, ("kieli", "some"), "web")
    assert (reader.state, reader.consent_at) == (RecipientState.ACTIVE, house.now)


def test_nothing_is_kept_of_who_does_not_confirm(house: House, client: httpx2.Client) -> None:
    """The address stands in the database until the mail has left; a day later not even its hash does."""
    address = somebody()
    house.ask(address, client)
    assert address in everything(house)

    house.answer()
    assert address not in everything(house)
    house.later(days=1, minutes=1)
    house.answer()
    with sqlite3.connect(house.workspace.var / "digikooste.db") as connection:
        assert connection.execute("SELECT count(*) FROM asking").fetchone() == (0,)


def test_nobody_learns_who_is_known(house: House, client: httpx2.Client) -> None:
    """Byte for byte the same answer for strangers, readers, and those who have left; only the mail differs."""
    stranger, reader, leaver = somebody(), somebody(), somebody()
    house.join(reader)
    house.store.visitors.leave(house.join(leaver), now=house.now)

    answers = set()
    for address in (stranger, reader, leaver):
        form = client.get("/fi/tilaa")
        answer = client.post(
            "/fi/tilaa", data={"form": re.findall(r'name="form" value="(.+?)"', form.text)[0], "address": address}
        )
        headers = tuple((name, value) for name, value in answer.headers.items() if name != "date")
        answers.add((answer.status_code, headers, answer.text, client.get(answer.headers["location"]).text))

    assert len(answers) == 1
    subjects = [mail["Subject"].partition(":")[0] for mail in house.answer()]
    assert subjects == ["Vahvista tilaus", "Valintasi", "Vahvista tilaus"]


def test_nobody_can_measure_who_is_known(house: House, client: httpx2.Client) -> None:
    """Nothing is looked up before the answer, so the times of readers and strangers lie within each other's spread."""
    readers, strangers = [somebody() for _ in range(10)], [somebody() for _ in range(10)]
    for address in readers:
        house.join(address)
    page = client.get("/fi/tilaa").text
    form = re.findall(r'name="form" value="(.+?)"', page)[0]

    def took(address: str) -> float:
        began = time.perf_counter()
        assert client.post("/fi/tilaa", data={"form": form, "address": address}).status_code == 303
        return time.perf_counter() - began

    times = [(took(reader), took(stranger)) for reader, stranger in zip(readers, strangers, strict=True)]
    known, unknown = (statistics.median(column) for column in zip(*times, strict=True))
    spread = max(statistics.stdev(known for known, _ in times), statistics.stdev(unknown for _, unknown in times))
    assert abs(known - unknown) < 3 * spread + 0.005


def test_who_is_in_already_gets_a_link_to_their_choices(house: House, client: httpx2.Client) -> None:
    """Somebody else's form changes nothing of theirs; they are told, and can look."""
    address = somebody()
    house.join(address, language="sv", topics=("some",))

    house.ask(address, client, language="en", topic="kieli")
    (mail,) = house.answer()
    assert mail["Subject"] == "Dina val: Veckans digitala kommunikation"
    assert house.path_in(mail).startswith("/sv/val/")
    reader = house.store.visitors.known(address)
    assert reader is not None
    assert (reader.language, reader.topics) == ("sv", ("some",))


def test_asking_again_and_again_floods_nobody(house: House, client: httpx2.Client) -> None:
    """However often it is asked for: one mail at once, none sooner than two minutes later, three in a day."""
    address = somebody()

    def ask(times: int) -> int:
        for _ in range(times):
            house.ask(address, client)
        return len(house.answer())

    assert ask(5) == 1
    house.later(seconds=60)
    assert ask(2) == 0
    counts = []
    for _ in range(4):
        house.later(minutes=3)
        counts.append(ask(2))
    assert counts == [1, 1, 0, 0]
    house.later(days=1)
    assert ask(1) == 1


def test_a_network_that_asks_too_often_has_to_wait(house: House) -> None:
    """429 with Retry-After from the whole /24 or /48, whatever the addresses; other networks go on."""
    with house.client(60_000) as visitor, house.client(60_001) as other:
        found = [house.ask(somebody(), visitor) for _ in range(NETWORK.burst + 1)]
        assert found == [303] * NETWORK.burst + [429]
        form = visitor.get("/fi/tilaa").text
        refused = visitor.post(
            "/fi/tilaa",
            data={"form": re.findall(r'name="form" value="(.+?)"', form)[0], "address": somebody()},
            headers={"X-Forwarded-For": "10.234.96.250"},
        )
        assert (refused.status_code, refused.headers["retry-after"].isdigit()) == (429, True)
        assert "Liian monta pyyntöä" in refused.text
        assert house.ask(somebody(), other) == 303


def test_a_link_that_has_been_used_brings_nobody_back(house: House, client: httpx2.Client) -> None:
    """Confirming twice changes nothing; after leaving, the old link says that it is used, and a new request works."""
    address = somebody()
    house.ask(address, client)
    there = house.path_in(house.answer()[0])

    assert client.post(there).status_code == client.post(there).status_code == 303
    reader = house.store.visitors.known(address)
    assert reader is not None
    house.later(minutes=5)
    house.store.visitors.leave(reader.id, now=house.now)
    assert client.post(there).status_code == 410
    assert house.store.visitors.numbered(reader.id).state is RecipientState.LEFT  # type: ignore[union-attr]

    house.later(minutes=5)
    house.ask(address, client, language="en", path="/en/subscribe")
    assert client.post(house.path_in(house.answer()[0])).status_code == 303
    back = house.store.visitors.numbered(reader.id)
    assert back is not None
    assert (back.state, back.language, back.consent_at) == (RecipientState.ACTIVE, "en", house.now)


def test_a_link_expires(house: House, client: httpx2.Client) -> None:
    """Three days; then a page says what to do, in the language of the link."""
    house.ask(somebody(), client, path="/sv/prenumerera")
    there = house.path_in(house.answer()[0])

    house.later(days=3, minutes=1)
    for answer in (client.get(there), client.post(there)):
        assert answer.status_code == 410
        assert "Länken är redan använd eller för gammal" in answer.text
        for way_on in ("/sv/prenumerera", "/sv/val"):
            assert f'<a href="{way_on}">' in answer.text


def test_who_was_forgotten_comes_back_by_their_own_word_alone(house: House, client: httpx2.Client) -> None:
    """An old link does not bring back what was to be forgotten; a new confirmation does."""
    address = somebody()
    house.ask(address, client)
    before = house.path_in(house.answer()[0])
    client.post(before)
    house.later(minutes=5)
    house.store.personal.forget(address, now=house.now)

    assert client.post(before).status_code == 410
    assert house.store.visitors.known(address) is None
    house.later(minutes=5)
    house.ask(address, client)
    assert client.post(house.path_in(house.answer()[0])).status_code == 303
    assert house.store.visitors.known(address) is not None


def test_a_request_survives_a_crash_and_a_mail_server_that_is_down(house: House, client: httpx2.Client) -> None:
    """It is on the disk before the visitor is answered, and tried again until the server takes it."""
    address = somebody()
    house.box.refuse(address, "451 4.3.0 Try later")
    house.ask(address, client)
    with sqlite3.connect(house.workspace.var / "digikooste.db") as connection:
        assert connection.execute("SELECT count(*) FROM asking WHERE address = ?", (address,)).fetchone() == (1,)

    assert house.answer() == []
    assert house.answer() == []
    house.box.accept(address)
    house.later(minutes=6)
    assert [mail["To"] for mail in house.answer()] == [address]
    house.later(minutes=6)
    assert house.answer() == []


ANSWER = """
import os, pathlib, sys
from pipeline import failpoints
from pipeline.cli import receiving
from pipeline.cli.workspace import Workspace, now
failpoints.arm("deliver.after-content=kill")
workspace = Workspace(folder=pathlib.Path(sys.argv[1]), environ=os.environ)
with workspace.store() as store:
    receiving.answer(workspace, store, now())
"""


def test_a_kill_in_the_midst_of_a_mail_loses_nobody(house: House, client: httpx2.Client) -> None:
    """Killed with the mail on its way, the next round sends it again under the same Message-ID."""
    address = somebody()
    house.ask(address, client)
    killed = subprocess.run([sys.executable, "-c", ANSWER, house.workspace.folder], check=False)
    assert killed.returncode == -signal.SIGKILL

    first = house.mail_to(address)
    (again,) = house.answer()
    assert again["To"] == address
    assert {one["Message-ID"] for one in first} <= {again["Message-ID"]}
    assert house.store.visitors.next_try() is None


def test_an_address_that_does_not_exist_is_dropped(house: House, client: httpx2.Client) -> None:
    """550 is the end of it; nothing of the address stays."""
    address = somebody()
    house.box.refuse(address, "550 5.1.1 No such user")
    house.ask(address, client)

    assert house.answer() == []
    assert house.store.visitors.next_try() is None
    assert address not in everything(house)


def test_a_mail_server_that_is_gone_stops_the_round(house: House, client: httpx2.Client) -> None:
    """Whoever wakes the job hears of it, and what was asked stays."""
    house.ask(somebody(), client)
    away = replace(house.workspace)
    text = away.file.read_text()
    try:
        away.file.write_text(re.sub(r"port: \d+", "port: 9", text))
        with pytest.raises(TransientMailError):
            receiving.answer(away, house.store, house.now)
    finally:
        away.file.write_text(text)
    house.later(minutes=2)
    assert len(house.answer()) == 1


def test_many_at_once_are_one_write_and_all_are_kept(house: House) -> None:
    """Visitors wait for the disk together; none is lost."""
    people = [somebody() for _ in range(24)]

    def ask(address: str) -> int:
        with house.client() as visitor:
            return house.ask(address, visitor)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, people)) == {303}
    assert {mail["To"] for mail in house.answer()} == set(people)


def test_when_too_many_wait_everybody_hears_it(
    house: House, client: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503, readers and strangers alike; nothing is kept of them, and the service goes on afterwards."""
    monkeypatch.setattr(visitors, "MOST_WAITING", 20)
    reader = somebody()
    house.join(reader)
    waiting = [
        Asking(kind=Kind.JOIN, who=str(n), address=f"x{n}@example.fi", language="fi", topics=None, at=house.now)
        for n in range(20)
    ]
    assert house.store.visitors.ask(waiting)
    assert [house.ask(address, client) for address in (reader, somebody())] == [503, 503]

    house.later(days=3)
    assert house.answer() == []  # nobody wants an answer of three days ago
    assert house.ask(somebody(), client) == 303
    assert len(house.answer()) == 1


@pytest.mark.parametrize(
    "address",
    ["", "maija", "maija@", "@example.fi", "maija@example", "a b@example.fi", "<b>@example.fi", "a@b.fi\r\nBcc: c@d.fi",
     "a@b.fi,c@d.fi", "a" * 300 + "@example.fi", "maija@[127.0.0.1]", "maija@127.0.0.1:25", '"x"@example.fi', "a@b..fi",
     "a\u202eb@example.fi", "\u200b@example.fi"],
)  # fmt: skip
def test_what_is_no_address_is_said_so(house: House, client: httpx2.Client, address: str) -> None:
    """422, the form again with what was typed, the mistake named; nothing is kept and nobody is written to."""
    form = re.findall(r'name="form" value="(.+?)"', client.get("/fi/tilaa").text)[0]
    answer = client.post("/fi/tilaa", data={"form": form, "address": address, "language": "sv", "topic": "some"})

    assert answer.status_code == 422
    assert "Tämä ei ole sähköpostiosoite" in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert re.search(r'value="sv" checked', answer.text)
    assert re.search(r'value="some" checked', answer.text)
    assert house.answer() == []


def test_what_is_chosen_is_only_what_there_is(house: House, client: httpx2.Client) -> None:
    """Topics and languages that do not exist are no choice; all topics, or none, is everything."""
    chosen = []
    for topics in ([], ["tarinat", "kieli", "some"], ["nope"], ["kieli", "nope", "kieli"]):
        address = somebody()
        house.ask(address, client, topic=topics, language="xx")
        client.post(house.path_in(house.answer()[0]))
        reader = house.store.visitors.known(address)
        assert reader is not None
        chosen.append((reader.language, reader.topics))
    assert chosen == [("fi", None), ("fi", None), ("fi", None), ("fi", ("kieli",))]


def test_the_mail_is_asked_for_at_once(house: House, client: httpx2.Client) -> None:
    """Whoever answers is woken when something was written down."""
    before = len(house.woken)
    house.ask(somebody(), client)
    assert len(house.woken) > before


def test_a_confirmation_is_asked_for_in_time(house: House) -> None:
    """What could not be answered for two days is not answered any more."""
    asked = Asking(kind=Kind.JOIN, who="x", address=somebody(), language="fi", topics=None, at=house.now)
    assert house.store.visitors.ask([asked])
    house.later(days=2, minutes=1)
    assert house.answer() == []
    assert house.store.visitors.next_try() is None
    assert timedelta(days=2) < house.now - asked.at
