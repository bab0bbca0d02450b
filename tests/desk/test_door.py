"""The door: who comes in, for how long, and what is refused."""

from __future__ import annotations

import re
import time
from html import unescape
from typing import TYPE_CHECKING

import sqlalchemy as sa
from argon2 import PasswordHasher

from pipeline import tokens
from pipeline.cli.secret import key
from pipeline.cli.workspace import now
from pipeline.web.desk import door
from tests.desk import office
from tests.desk.office import KEY, MAIJA, PEKKA, seal

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.desk.office import Office

WORD = "hevosenkenkä-2026"
PAGES = ("", f"/{KEY}", f"/{KEY}/preview/fi", f"/{KEY}/approve")
FORMS = (f"/{KEY}", f"/{KEY}/test", f"/{KEY}/approve", "/out")


def test_nobody_comes_in_without_a_session(here: Office) -> None:
    """Every page leads to the door, and no form does anything, with no cookie or with any that is not ours."""
    before = here.draft
    for cookie in ({}, {"desk": "x" * 43}, {"desk": ""}):
        with here.client() as client:
            client.cookies.update(cookie)
            for language in ("fi", "sv", "en"):
                for page in PAGES:
                    answer = client.get(f"/{language}/desk{page}")
                    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (
                        303,
                        f"/{language}/desk/door",
                    )
                    assert "Hyvä some" not in answer.text
            for form in FORMS:
                answer = client.post(f"/fi/desk{form}", data={"do": "drop", "item": "1", "seen": "1", "form": "x"})
                assert answer.status_code == 303
    assert here.draft == before


def test_a_link_signs_in_once(here: Office) -> None:
    """Opening it changes nothing, for scanners open links; its button works once, and leads to the draft."""
    path = here.link()
    with here.client() as client, here.client() as other:
        for _ in range(2):
            page = client.get(path)
            assert page.status_code == 200
            assert "set-cookie" not in page.headers
        entered = client.post(path, data={"form": seal(page.text)})
        assert entered.headers["location"] == f"/fi/desk/{KEY}"
        cookie = entered.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert client.get(f"/fi/desk/{KEY}").status_code == 200
        gone = other.get(path)  # as a mail program's page opens it: the cookie stays at home, the session does not end
        assert (gone.status_code, '<a href="/fi/desk">' in gone.text) == (410, True)
        assert other.post(path, data={"form": seal(page.text)}).status_code == 410
        assert other.get(f"/fi/desk/{KEY}").status_code == 303


def test_a_link_of_another_kind_or_time_is_refused(here: Office) -> None:
    """One that was changed, was made for another purpose, for somebody else, or more than three days ago."""
    secret = key(here.workspace)
    path = here.link()
    head, _, token = path.rpartition("/")
    wrong = [
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        token[:5] + ("A" if token[5] != "A" else "B") + token[6:],
        token.partition(".")[0],
        tokens.issued(secret, tokens.Purpose.EDIT, [MAIJA, KEY, "x"], now()),
        tokens.issued(secret, tokens.Purpose.DESK, ["mallory@example.fi", KEY, "x"], now()),
        tokens.issued(secret, tokens.Purpose.DESK, [MAIJA], now()),
        tokens.issued(secret, tokens.Purpose.DESK, "operator", now()),
        tokens.issued(secret, tokens.Purpose.DESK, ["operator", KEY, "x"], now()),
        tokens.issued(b"x" * 32, tokens.Purpose.DESK, [MAIJA, KEY, "x"], now()),
    ]
    with here.client() as client:
        page = client.get(path)
        for other in wrong:
            assert client.get(f"{head}/{other}").status_code == 410, other
            assert client.post(f"{head}/{other}", data={"form": seal(page.text)}).status_code == 410
        here.later(days=3, minutes=1)
        assert client.get(path).status_code == 410


def test_a_session_cannot_be_fixed_and_ends(here: Office) -> None:
    """Signing in gives a new one, and ends what the browser held; sleeping, a day, or signing out ends it for good."""
    with here.client() as client:
        client.cookies.set("desk", "fixed-by-somebody-else", domain="127.0.0.1")
        path = here.link()
        client.post(path, data={"form": seal(client.get(path).text)})
        first = client.cookies["desk"]
        assert first != "fixed-by-somebody-else"
    with here.client() as client:
        client.cookies.set("desk", first, domain="127.0.0.1")
        path = here.link()
        client.post(path, data={"form": seal(client.get(path).text)})
    with here.client() as client:
        client.cookies.set("desk", first, domain="127.0.0.1")
        assert client.get("/fi/desk").status_code == 303
    with here.signed_in() as client:
        token = client.cookies["desk"]
        page = client.get("/fi/desk").text
        assert client.post("/fi/desk/out", data={"form": seal(page, "/out")}).status_code == 303
        client.cookies.set("desk", token, domain="127.0.0.1")
        assert client.get("/fi/desk").status_code == 303
    with here.signed_in() as client:
        here.later(hours=1.9)
        assert client.get("/fi/desk").status_code == 200
        here.later(hours=2)
        assert client.get("/fi/desk").status_code == 303
    with here.signed_in() as client:
        for _ in range(7):
            here.later(hours=1.7)
            client.get("/fi/desk")
        here.later(hours=0.2)
        assert client.get("/fi/desk").status_code == 303


def test_what_was_written_while_a_session_ended_is_shown_again(here: Office) -> None:
    """Nothing is saved, and nothing is lost: the door shows it to be copied, but no text from another site's form."""
    words = "Kaksi tuntia\nhiottu <b>teksti</b>"
    with here.signed_in(MAIJA, "sv") as client:
        page = client.get(f"/sv/desk/{KEY}").text
        data = {"form": seal(page, KEY), "seen": "1", "do": "notes", "note-fi": words, "note-sv": "", "title": ""}
        here.later(hours=2, minutes=1)
        late = client.post(f"/sv/desk/{KEY}", data=data)
        kept = re.findall(r"<textarea[^>]*readonly[^>]*>\n(.*?)</textarea>", late.text, re.DOTALL)
        assert (late.status_code, [unescape(one) for one in kept]) == (403, [words])
        assert "Du har loggats ut" in late.text
        assert f'name="to" value="{KEY}"' in late.text or "by-password" not in late.text
        foreign = client.post(f"/sv/desk/{KEY}", data=data, headers={"Sec-Fetch-Site": "cross-site"})
        assert (foreign.status_code, "hiottu" in foreign.text) == (403, False)
        assert client.post(f"/sv/desk/{KEY}", data={**data, "note-fi": " "}).status_code == 303
    assert here.draft.number == 1


def test_who_is_no_editor_any_more_is_out_at_once(here: Office) -> None:
    """Whatever session or link they hold."""
    with here.signed_in(PEKKA) as client:
        path, file = here.link(PEKKA), here.workspace.file
        file.write_text(file.read_text(encoding="utf-8").replace(f", {PEKKA}", ""), encoding="utf-8")
        assert client.get("/fi/desk").status_code == 200
        here.reload()
        assert client.get("/fi/desk").status_code == 303
        assert client.get(path).status_code == 410


def test_the_password_lets_the_operator_in(here: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is set by a command, kept as a hash that nobody else may read, and a new one signs the old one out."""
    assert "choose one of 12" in here.do("desk", "password", stdin="lyhyt\n")
    assert "The password is set" in here.do("desk", "password", stdin=f"{WORD}\n")
    file = here.workspace.var / "desk.password"
    assert file.stat().st_mode & 0o777 == 0o600
    assert WORD not in file.read_text()
    assert file.read_text().startswith("$argon2id$")
    monkeypatch.setenv("DIGIKOOSTE_DESK_PASSWORD_HASH", PasswordHasher(time_cost=1, memory_cost=64).hash(WORD))
    here.reload()
    with here.client() as client:
        page = client.get("/sv/desk/door", params={"to": KEY})
        form = {"form": seal(page.text, "/door"), "password": WORD, "to": KEY}
        wrong = client.post("/sv/desk/door", data={**form, "password": "väärä"})
        assert (wrong.status_code, "set-cookie" in wrong.headers) == (422, False)
        right = client.post("/sv/desk/door", data=form)
        assert right.headers["location"] == f"/sv/desk/{KEY}"
        assert client.get("/sv/desk").status_code == 200
        here.do("desk", "password", "--remove")
        assert client.get("/sv/desk").status_code == 303
        tries = [client.post("/sv/desk/door", data={**form, "password": "väärä"}).status_code for _ in range(10)]
        assert (tries[0], tries[-1]) == (422, 429)


def test_every_wrong_password_costs_the_same_work(here: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is hashed by argon2 as the real one is, however near it comes; none is told apart before."""
    monkeypatch.setenv("DIGIKOOSTE_DESK_PASSWORD_HASH", PasswordHasher(time_cost=1, memory_cost=64).hash(WORD))
    here.reload()
    tried: list[str] = []
    verify = PasswordHasher.verify

    def counted(self: PasswordHasher, kept: str, word: str) -> bool:
        tried.append(word)
        return verify(self, kept, word)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    wrong = ["x", WORD[:-1], f"{WORD}x", WORD.upper(), "ä" * 1024]
    with here.client() as client:
        form = {"form": seal(client.get("/fi/desk/door").text, "/door")}
        answers = [client.post("/fi/desk/door", data={**form, "password": word}) for word in wrong]
    assert tried == wrong
    assert {answer.status_code for answer in answers} == {422}
    assert len({_without_seals(answer.text) for answer in answers}) == 1


def test_an_answer_at_the_door_does_the_same_for_an_editor_and_a_stranger(
    here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While they are answered, and whoever asks next, the database is asked nothing: no clock can tell them apart."""
    monkeypatch.setattr(door, "LATER", (3600.0, 3600.0))
    asked: list[str] = []

    def counter(*said: object) -> None:
        asked.append(str(said[2]))

    sa.event.listen(sa.Engine, "before_cursor_execute", counter)
    try:
        with here.client() as client:
            for address in (MAIJA, "nobody@example.fi", PEKKA):
                form = {"form": seal(client.get("/fi/desk/door").text, "/link"), "address": address}
                assert client.post("/fi/desk/link", data=form).status_code == 200
                assert client.get("/fi/desk/door").status_code == 200
            assert (asked, here.woken) == ([], [])
            client.cookies.set("desk", "x")
            client.get("/fi/desk")
        assert asked, "nothing was counted"
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", counter)


def test_asking_for_a_link_tells_nobody_who_is_an_editor(here: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer is the same to everybody; only an editor gets a mail, and one in ten minutes at most."""
    monkeypatch.setattr(door, "LATER", (0.0, 0.1))
    with here.client() as client:
        answers = {}
        for address in ("nobody@example.fi", MAIJA.upper(), MAIJA, "x" * 300, "a@b\r\nBcc: c@d.fi"):
            page = client.get("/fi/desk/door")
            asked = client.post("/fi/desk/link", data={"form": seal(page.text, "/link"), "address": address})
            answers[address] = asked.status_code, _without_seals(asked.text)
        assert len(set(answers.values())) == 1
        for _ in range(200):
            if "editors" in here.woken:
                break
            time.sleep(0.02)
        sent = [one for one in here.send() if one["To"] != "anna@example.fi"]
        links = [one for one in sent if "Toimituspöydälle:" in one["Subject"]]
        assert [one["To"] for one in links] == [MAIJA]


def test_a_cookie_of_a_published_desk_is_bound_to_its_host(composed: Path, tmp_path: Path) -> None:
    """Over https it is Secure and has the prefix that no other host can set."""
    with office.opened(composed, tmp_path / "w", service="https://desk.example.fi/") as here, here.client() as client:
        path = here.link()
        entered = client.post(path, data={"form": seal(client.get(path).text)})
        cookie = entered.headers["set-cookie"]
        assert cookie.startswith("__Host-desk=")
        assert {"secure", "httponly", "samesite=strict", "path=/"} <= {
            part.strip().lower() for part in cookie.split(";")
        }
        assert "domain" not in cookie.lower()


def test_the_desk_lives_below_a_path(composed: Path, tmp_path: Path) -> None:
    """Behind a proxy that gives the service a folder, every link, form and redirect stays in it."""
    service = "https://viestinta.example.fi/kooste/"
    with office.opened(composed, tmp_path / "w", service=service, root_path="/kooste") as here, here.client() as client:
        path = f"/kooste{here.link()}"
        entered = client.post(path, data={"form": seal(client.get(path).text)})
        assert entered.headers["location"] == f"/kooste/fi/desk/{KEY}"
        client.headers["Cookie"] = entered.headers["set-cookie"].partition(";")[0]
        page = client.get(entered.headers["location"])
        assert page.status_code == 200
        led = re.findall(r'(?:href|src|action)="(/[^"]*)"', page.text)
        assert [one for one in led if not one.startswith("/kooste/")] == []
        assert {client.get(one).status_code for one in led if "preview" in one or one.endswith(".css")} == {200}
        assert client.get("/kooste/desk").headers["location"] == "/kooste/fi/desk"


def test_a_form_that_was_not_drawn_for_this_session_does_nothing(here: Office) -> None:
    """Without its seal, with somebody else's, with another form's, from another site's page, or of yesterday."""
    with here.signed_in() as client, here.signed_in(PEKKA) as other:
        page, theirs = client.get(f"/fi/desk/{KEY}").text, other.get(f"/fi/desk/{KEY}").text
        good = seal(page, f"/desk/{KEY}")
        tries: list[tuple[str, dict[str, str]]] = [
            ("", {}),
            (good[:-1], {}),
            (seal(theirs, f"/desk/{KEY}"), {}),
            (seal(page, "/out"), {}),
            (good, {"Origin": "https://evil.example"}),
            (good, {"Sec-Fetch-Site": "cross-site"}),
        ]
        for form in ("", "/test", "/approve"):
            for sealed, headers in tries:
                data = {"form": sealed, "seen": "1", "do": "hold", "reason": "x", "language": "fi"}
                answer = client.post(f"/fi/desk/{KEY}{form}", data=data, headers=headers)
                assert answer.status_code == 403, (form, sealed, headers)
        for _ in range(4):
            here.later(hours=1.6)
            client.get("/fi/desk")
        assert client.post(f"/fi/desk/{KEY}", data={"form": good, "seen": "1", "do": "hold"}).status_code == 403
        assert here.draft.number == 1


def _without_seals(page: str) -> str:
    return re.sub(r'name="form" value="[^"]+"', "", page)
