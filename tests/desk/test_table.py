"""At the desk: what editors do to a draft, two at once, and what cannot be smuggled through it."""

from __future__ import annotations

import re
import threading
from html import unescape
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from pipeline.cli import drafts
from pipeline.cli.secret import key
from pipeline.cli.workspace import now
from pipeline.store.drafts import Hand, Revision
from pipeline.web.forms import Seals
from tests.counts import FULL
from tests.desk.office import KEY, MAIJA, PEKKA, TITLES, seal, text_of

if TYPE_CHECKING:
    import httpx2
    import pytest

    from tests.desk.office import Office

EXAMPLES = 100 if FULL else 12
HERE = f"/fi/desk/{KEY}"
HOSTILE = "</textarea></title><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}\r\nBcc: v@e.fi"


def change(client: httpx2.Client, seen: int | None = None, **fields: str) -> httpx2.Response:
    """Send one change, for the revision that the page shows or for ``seen``."""
    page = client.get(HERE).text
    shown = re.search(r'name="seen" value="(\d+)"', page)
    assert shown
    data = {"form": seal(page, HERE), "seen": shown[1] if seen is None else str(seen), **fields}
    return client.post(HERE, data=data)


def note(client: httpx2.Client, text: str, seen: int | None = None) -> httpx2.Response:
    """Save the notes as the page has them, with another Finnish one."""
    return change(client, seen, **{"do": "notes", "note-fi": text, "note-sv": "", "note-en": ""})


def test_two_editors_at_once_lose_nothing(here: Office) -> None:
    """The second gets a page that says what changed, keeps their text, and lets them save it after all."""
    with here.signed_in(MAIJA) as maija, here.signed_in(PEKKA) as pekka:
        assert note(maija, "Maijan sanat").status_code == 303
        late = note(pekka, "Pekan <b>sanat</b>", seen=1)
        assert late.status_code == 409
        page = LexborHTMLParser(late.text)
        said = {name: page.css(name)[0].text().strip() for name in (".past", ".kept", "textarea")}
        assert "Saatesanat muuttuivat (suomeksi)." in said[".past"]
        assert MAIJA in said[".past"]
        assert (said[".kept"], said["textarea"]) == ("Maijan sanat", "Pekan <b>sanat</b>")
        assert here.draft.draft.marks.notes["fi"] == "Maijan sanat"
        fields = {one.attributes["name"]: one.attributes.get("value") for one in page.css("main input")}
        data = {**{str(name): str(value) for name, value in fields.items()}, "note-fi": "Pekan sanat"}
        assert pekka.post(HERE, data=data).status_code == 303
        assert here.draft.draft.marks.notes["fi"] == "Pekan sanat"
        approved = pekka.get(f"{HERE}/approve").text
        change(maija, do="drop", item=str(here.items()[TITLES[0]]))
        refused = pekka.post(f"{HERE}/approve", data={"form": seal(approved, ""), "seen": "3"})
        assert refused.status_code == 409
        assert "Poistettu: Hyvä some-kriisiviestintä" in refused.text


def test_of_many_at_the_same_moment_one_is_heard(here: Office) -> None:
    """Ten browsers send a change for one revision: one is made, and nine are told."""
    with here.signed_in() as client:
        page = client.get(HERE).text
        codes: list[int] = []

        def send(number: int) -> None:
            with here.client() as other:
                other.cookies.update(client.cookies)
                data = {"form": seal(page, HERE), "seen": "1", "do": "notes", "note-fi": f"{number}"}
                codes.append(other.post(HERE, data=data).status_code)

        threads = [threading.Thread(target=send, args=(number,)) for number in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(codes) == [303] + [409] * 9
        assert here.draft.number == 2


def test_approval_sends_what_was_looked_at_and_nothing_else(here: Office) -> None:
    """Pinned, moved, retitled, dropped and noted; the letters hold just that, and the desk can change it no more."""
    with here.signed_in() as client:
        items = here.items()
        asked: tuple[dict[str, str], ...] = (
            {"do": "pin", "item": str(items[TITLES[4]])},
            {"do": "down", "item": str(items[TITLES[0]])},
            {"do": "drop", "item": str(items[TITLES[2]])},
            {"do": "title", "item": str(items[TITLES[3]]), "language": "", "title": "Kuvatekstit kuntoon nyt"},
            {"do": "notes", "note-fi": "Katso [Suomidigi](https://www.suomidigi.fi/)."},
        )
        for fields in asked:
            assert change(client, None, **fields).status_code == 303, fields
        page = client.get(f"{HERE}/approve")
        assert "Sen saa 2 lukijaa." in page.text
        test = client.post(f"{HERE}/test", data={"form": seal(client.get(HERE).text, "/test"), "language": "fi"})
        assert test.headers["location"].endswith("?done=tested")
        done = client.post(f"{HERE}/approve", data={"form": seal(page.text, ""), "seen": "6"})
        assert done.headers["location"] == f"{HERE}?done=approved"
        assert {"drafts", "editors"} <= set(here.woken)
        assert "Hyväksytty." in client.get(done.headers["location"]).text
        assert client.get(f"{HERE}/preview/sv").status_code == 200
        assert "eikä sitä voi enää muuttaa" in client.get(HERE).text
    sent = here.send()
    (finnish,) = [one for one in sent if one["To"] == "anna@example.fi"]
    text = text_of(finnish)
    lines = text.splitlines()
    order = ["Selkeä kieli säästää aikaa", "Kuvatekstit kuntoon nyt", TITLES[1], TITLES[0]]
    assert [line for line in lines if line in order] == order
    assert TITLES[2] not in text
    assert "Katso Suomidigi (https://www.suomidigi.fi/)." in text
    assert any(one["Subject"].startswith("Viikko 47: Selkeä kieli") for one in here.mail_to(MAIJA))
    assert [one["To"] for one in sent if one["Subject"].startswith("Hyväksytty")] == [PEKKA]


def test_nothing_is_smuggled_through_a_field(here: Office) -> None:
    """Markup, templates and line ends in note, title and reason are text on every page, in preview and mail."""
    with here.signed_in() as client:
        item = str(here.items()[TITLES[0]])
        assert note(client, HOSTILE).status_code == 303
        assert change(client, do="title", item=item, title=HOSTILE).status_code == 303
        assert change(client, do="hold", reason=HOSTILE).status_code == 303
        conflict = change(client, seen=1, do="title", item=item, title=HOSTILE)
        pages = [client.get(path).text for path in (HERE, "/fi/desk", f"{HERE}/approve", f"{HERE}/preview/fi")]
        for page in (*pages, conflict.text):
            tree = LexborHTMLParser(page)
            assert tree.css("script, img, [onerror]") == []
            assert "49" not in re.sub(r"[A-Za-z0-9._-]{60,}", "", page)
        client.post(f"{HERE}/test", data={"form": seal(pages[0], "/test"), "language": "fi"})
        mail = here.send()
        assert [one["Bcc"] for one in (*mail, *here.mail_to(MAIJA))] == [None] * (len(mail) + len(here.mail_to(MAIJA)))
        assert any("alert(1)" in text_of(one) for one in here.mail_to(MAIJA))


def test_the_preview_can_do_nothing(here: Office) -> None:
    """It stands in a frame without scripts, forms or anything from outside, and names no reader's own way out."""
    with here.signed_in() as client:
        for language in ("fi", "sv", "en"):
            page = client.get(f"{HERE}/preview/{language}")
            policy = page.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "sandbox" in policy
            assert "allow-scripts" not in policy
            assert page.headers["x-frame-options"] == "SAMEORIGIN"
            assert page.headers["cache-control"] == "no-store"
        assert client.get(f"{HERE}/preview/de").status_code == 404
        frame = LexborHTMLParser(client.get(HERE).text).css("iframe")[0]
        assert "allow-scripts" not in str(frame.attributes["sandbox"])


def test_what_makes_no_sense_changes_nothing(here: Office) -> None:
    """An item that is not there, a change that is none, too long a note, and a letter that would be empty."""
    with here.signed_in() as client:
        assert change(client, do="pin", item="99").status_code == 422
        assert change(client, do="explode").status_code == 400
        assert change(client, None, **{"do": "notes", "note-xx": "x"}).status_code == 400
        long = note(client, "ä" * 4001)
        assert long.status_code == 422
        assert "ä" * 2001 in long.text
        assert here.draft.number == 1
        for item in here.items().values():
            change(client, do="drop", item=str(item))
        page = client.get(f"{HERE}/approve").text
        empty = client.post(f"{HERE}/approve", data={"form": seal(page, ""), "seen": str(here.draft.number)})
        assert empty.status_code == 422
        assert "Kirjeeseen ei jäänyt mitään" in empty.text
        for path in ("/fi/desk/2026-W01", "/fi/desk/2026-W01/approve", "/fi/desk/nonsense", "/fi/desk/2026-W01/x"):
            assert client.get(path).status_code == 404, path


@settings(
    max_examples=300 if FULL else 12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    path=st.sampled_from(("", "/door", "/link", "/in/x", "/out", f"/{KEY}", f"/{KEY}/test", f"/{KEY}/approve", "/x/y")),
    fields=st.dictionaries(
        st.sampled_from(("do", "item", "seen", "language", "note-fi", "title", "reason", "address", "password", "to")),
        st.one_of(
            st.text(max_size=40),
            st.sampled_from(("notes", "pin", "drop", "up", "title", "hold", "fi", "1", "-1", "9" * 30, "\x00", KEY)),
        ),
    ),
)
def test_no_form_ends_in_a_fault(here: Office, path: str, fields: dict[str, str]) -> None:
    """Whatever is sent to whatever page, with a seal that is good for it, no answer is a 500 or a 503."""
    with here.client() as client:
        client.cookies.set("desk", here.store.sessions.begin(MAIJA, now=now()), domain="127.0.0.1")
        purposes = {"/door": "password", "/link": "ask", "/in/x": "enter", "/out": "leave"}
        purpose = purposes.get(path, path.rpartition("/")[2] if path.count("/") > 1 else "change")
        sealed = _sealed(here, client, purpose)
        raw = {name: value.encode("utf-8", "surrogatepass") for name, value in fields.items()}
        answer = client.post(f"/fi/desk{path}", data={"form": sealed, **raw})
        assert answer.status_code < 500
        assert client.get(f"/fi/desk{path}", params=fields or None).status_code < 500


def _sealed(here: Office, client: httpx2.Client, purpose: str) -> str:
    session = here.store.sessions.find(client.cookies["desk"], now=now())
    bound = session.id if session is not None and purpose in {"change", "test", "approve", "leave"} else ""
    return Seals(key(here.workspace), now).seal(purpose, bound=bound)


def test_the_operators_approval_is_told_in_words(here: Office) -> None:
    """Editors hear by mail that the operator did it, who has no name to tell; the desk says the same."""
    drafts.approve(here.workspace, here.store, now(), KEY, hand=Hand(who="operator", way="desk"))
    here.send()
    assert "Ylläpitäjä hyväksyi kirjeen, ja se on matkalla lukijoille." in text_of(here.mail_to(MAIJA)[-1])
    with here.signed_in(MAIJA, "en") as client:
        assert "the operator\N{NO-BREAK SPACE}· on the desk" in unescape(client.get(f"/en/desk/{KEY}").text)


def test_a_change_to_what_has_just_ended_shows_the_letter(here: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Changed by one, approved by another while the third is told of it: no fault, but the letter as it left."""
    told = here.store.drafts.history

    def approved_meanwhile(key: str, *, since: int = 0) -> tuple[Revision, ...]:
        monkeypatch.undo()
        drafts.approve(here.workspace, here.store, now(), KEY, hand=Hand(who=PEKKA, way="desk"))
        return told(key, since=since)

    with here.signed_in(MAIJA) as maija, here.signed_in(PEKKA) as pekka:
        page = maija.get(HERE).text
        assert note(pekka, "Pekan sanat").status_code == 303
        monkeypatch.setattr(here.store.drafts, "history", approved_meanwhile)
        late = maija.post(HERE, data={"form": seal(page, HERE), "seen": "1", "do": "notes", "note-fi": "Maijan"})
    assert (late.status_code, "Kirje on valmis" in late.text) == (200, True)
