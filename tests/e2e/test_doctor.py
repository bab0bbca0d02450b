"""`digikooste doctor`: each check by really breaking the thing; every line that is bad says how to mend it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import trustme
from starlette.applications import Starlette
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from pipeline.doctor import Diagnosis, State, files, machine, services
from pipeline.mail import Security, Server, Session
from pipeline.store.inspection import Inspection
from pipeline.web.server import Server as HttpServer
from tests import small_disk
from tests.e2e.desk import NOW, Desk, Entry, Page, mail_section, messages, rss
from tests.mail.conftest import server_context
from tests.mail.scripted import HOST, Act, Dialogue, serve

if TYPE_CHECKING:
    from pipeline.demo.inbox import Inbox
    from tests.e2e.desk import Web

ROOT = Path(__file__).parents[2]


class Examined:
    """What doctor says: a row for each check."""

    def __init__(self, desk: Desk, *options: str) -> None:
        done = desk.do("doctor", "--json", *options)
        self.code = done.code
        self.rows = {row["check"]: row for row in done.json()["checks"]}

    def states(self, *names: str) -> list[str]:
        return [self.rows[name]["state"] for name in names]

    def wrong(self) -> set[str]:
        return {name for name, row in self.rows.items() if row["state"] == "mend"}

    def said(self, name: str) -> str:
        return f"{self.rows[name]['found']} {self.rows[name]['remedy']}"


def prepare(desk: Desk, web: Web, box: Inbox, **sections: str) -> None:
    desk.folder.chmod(0o755)
    web.pages["/feed.xml"] = Page(rss(Entry("Selkeä kieli säästää kaikkien aikaa")))
    desk.feeds(
        "/feed.xml",
        **{"mail": mail_section(box), "digest": "operator: yllapito@example.fi\nlanguages: [fi]", **sections},
    )
    (desk.folder / "sources.yaml").chmod(0o644)


def test_a_good_installation_has_nothing_to_mend(desk: Desk, web: Web, box: Inbox) -> None:
    """Code 0; nothing is sent, made or changed by looking; a table for people says the same."""
    prepare(desk, web, box)
    assert Examined(desk).wrong() == set()
    assert not (desk.folder / "var").exists()
    desk.do("collect")
    before = {path: path.read_bytes() for path in desk.folder.rglob("*") if path.is_file()}

    examined = Examined(desk)

    assert (examined.code, examined.wrong()) == (0, set())
    assert examined.states("configuration", "database", "mail server", "templates", "operator") == ["good"] * 5
    assert "127.0.0.1 takes letters from kooste@example.fi" in examined.said("mail server")
    assert messages(box) == []
    assert {path: path.read_bytes() for path in desk.folder.rglob("*") if path.is_file()} == before
    table = desk.do("doctor")
    assert table.code == 0
    assert all(name in table.out for name in examined.rows)
    assert ": all is well." in table.out or "warning" in table.out.splitlines()[-1]


def test_a_broken_configuration_names_the_place(desk: Desk, web: Web, box: Inbox) -> None:
    """Code 1, file, line and column; the machine is looked at all the same."""
    prepare(desk, web, box)
    with (desk.folder / "sources.yaml").open("a") as file:
        file.write("nonsense: 1\nmore: 2\n")

    examined = Examined(desk)

    assert (examined.code, examined.wrong()) == (1, {"configuration"})
    assert "sources.yaml:" in examined.said("configuration")
    assert "(and 1 more mistake)" in examined.said("configuration")
    assert {"clock", "time zone", "free space"} <= examined.rows.keys()
    table = desk.do("doctor").out
    assert "→ correct the file; `digikooste sources list` names every mistake" in table
    assert "1 to mend" in table


def test_a_database_is_read_to_its_last_page(desk: Desk, web: Web, box: Inbox) -> None:
    """A flipped page deep in the file, 0 bytes, another program's file, one from the future: each is said."""
    prepare(desk, web, box)
    desk.do("collect")
    file = desk.folder / "var" / "digikooste.db"
    whole = file.read_bytes()
    for broken, words in (
        (whole[:8192] + b"\xff" * 4096 + whole[12288:], "the database is damaged"),
        (b"", "is empty (0 bytes)"),
        (b"PK\x03\x04" + whole[4:], "not an SQLite database"),
    ):
        file.write_bytes(broken)
        examined = Examined(desk)
        assert (examined.code, "database" in examined.wrong()) == (1, True)
        assert words in examined.said("database")
        assert examined.said("database").endswith("digikooste restore FILE")
        assert file.read_bytes() == broken
    file.write_bytes(whole)
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    assert "made by a newer digikooste" in Examined(desk).said("database")


def test_a_row_that_belongs_to_nothing_is_found(desk: Desk, web: Web, box: Inbox) -> None:
    """The pages hold together, the references do not."""
    prepare(desk, web, box)
    desk.do("collect")
    with sqlite3.connect(desk.folder / "var" / "digikooste.db") as connection:
        connection.execute("UPDATE sighting SET item = 999")
    connection.close()
    assert "belongs to nothing in item" in Examined(desk).said("database")


def test_an_older_database_is_no_fault() -> None:
    """The next command brings it up to date."""
    found, inspection = services.database(lambda: Inspection(name="x.db", version="0001", newest=None))
    assert (found.state, inspection is not None) == (State.GOOD, True)
    assert "var/backups" in found.found


def test_the_mail_server_is_really_asked(desk: Desk, web: Web, box: Inbox, tmp_path: Path) -> None:
    """Nobody there, no STARTTLS, a sender that is refused: the server's words and ours; --offline asks nobody."""
    prepare(desk, web, box, mail=mail_section(box).replace("none", "starttls"))
    assert "does not offer STARTTLS" in Examined(desk).said("mail server")
    with serve(Dialogue(mail="550 5.7.1 not from you")) as refusing:
        prepare(desk, web, box, mail=mail_section(box).replace(str(box.port), str(refusing.port)))
        assert "550 5.7.1 not from you" in Examined(desk).said("mail server")
    assert not any(line.startswith(("RCPT", "DATA")) for lines in refusing.heard.conversations for line in lines)

    examined = Examined(desk)  # it has gone
    assert (examined.code, examined.wrong()) == (1, {"mail server"})
    assert Examined(desk, "--offline").states("mail server") == ["skipped"]
    prepare(desk, web, box, mail="")
    assert Examined(desk).states("mail server") == ["skipped"]


def test_the_login_is_tried_under_tls(desk: Desk, web: Web, box: Inbox, tmp_path: Path) -> None:
    """A good one is told with its protocol; a refused one is to be mended; a missing password too."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    tls = server_context(authority.issue_cert(HOST))
    talk = {"tls": tls, "extensions": ("STARTTLS",), "encrypted_extensions": ("AUTH PLAIN",)}
    section = f"host: {HOST}\nport: PORT\nfrom: kooste@example.fi\nuser: kooste\npassword_file: secret\n"
    (desk.folder / "secret").write_text("salasana\n")
    (desk.folder / "secret").chmod(0o600)
    desk.environ["SSL_CERT_FILE"] = str(tmp_path / "ca.pem")
    with serve(Dialogue(**talk)) as running:  # type: ignore[arg-type]
        prepare(desk, web, box, mail=section.replace("PORT", str(running.port)))
        assert "(TLSv1.3, logged in)" in Examined(desk).said("mail server")
    with serve(Dialogue(**talk, auth="535 5.7.8 wrong")) as running:  # type: ignore[arg-type]
        prepare(desk, web, box, mail=section.replace("PORT", str(running.port)))
        assert "refused the login" in Examined(desk).said("mail server")

        (desk.folder / "secret").chmod(0o644)
        examined = Examined(desk)
        assert "others on this machine can read secret" in examined.said("private files")
        assert examined.rows["private files"]["remedy"] == "chmod go= secret"
        (desk.folder / "secret").unlink()
        assert "cannot read secret" in Examined(desk).said("configuration")


def test_letters_that_travel_openly_are_a_warning() -> None:
    """On this machine it is no matter; elsewhere everybody on the way can read them."""
    with serve(Dialogue()) as running:

        def session() -> Session:
            return Session(Server(host=HOST, port=running.port, security=Security.NONE, timeout=5))

        there = services.mail_server(session, "kooste@example.fi", "smtp.example.fi", is_encrypted=False)
        here = services.mail_server(session, "kooste@example.fi", HOST, is_encrypted=False)
    assert (there.state, here.state) == (State.WARNING, State.GOOD)


def test_a_server_that_is_silent_is_not_waited_for_for_ever() -> None:
    with serve(Dialogue(greeting=Act.SILENCE)) as running:
        server = Server(host=HOST, port=running.port, security=Security.NONE, timeout=0.3)
        found = services.mail_server(lambda: Session(server), "kooste@example.fi", HOST, is_encrypted=False)
    assert found.state is State.MEND


def test_the_readers_pages_are_asked_where_readers_ask(web: Web) -> None:
    """Serve answers, another program does, or nobody: what letters promise must hold."""

    def asked(service: str | None) -> Diagnosis:
        return services.readers_pages(service, {f"{service}fi/tilaa"}, agent="digikooste", proxy="")

    routes = [Route("/subscribe", lambda _: RedirectResponse("/fi/tilaa")), Route("/fi/tilaa", lambda _: Response("x"))]
    with HttpServer(Starlette(routes=routes), HOST, 0, name="http") as serving:
        assert (asked(serving.url).state, asked(serving.url).found) == (
            State.GOOD,
            f"{serving.url} is answered by serve",
        )
    gone = asked(serving.url)
    assert (gone.state, "serve --http" in gone.remedy) == (State.MEND, True)
    assert "404" in asked(f"{web.url}/").found
    web.pages["/subscribe"] = Page(b"<h1>It works!</h1>")
    assert "answered by something else" in asked(f"{web.url}/").found
    assert asked(None).state is State.SKIPPED


def test_a_template_that_breaks_the_letter_is_found(desk: Desk, web: Web, box: Inbox) -> None:
    """By file and line where it cannot be read, by lint's words where it can; taken away, all is well."""
    prepare(desk, web, box)
    desk.do("collect")
    own = desk.folder / "templates"
    own.mkdir(mode=0o755)
    (own / "letter.html").write_text("<p>\n{{ letter.", encoding="utf-8")
    (own / "letter.html").chmod(0o644)
    examined = Examined(desk)
    assert examined.wrong() == {"templates"}
    assert "letter.html:2" in examined.said("templates").replace(", line ", ":")
    (own / "letter.html").write_text("<p>Hei.</p>", encoding="utf-8")
    assert "the next letter is broken: " in Examined(desk).said("templates")
    (own / "letter.html").unlink()
    assert Examined(desk).states("templates") == ["good"]


def test_the_publishing_command_is_looked_for_and_not_run(desk: Desk, web: Web, box: Inbox, tmp_path: Path) -> None:
    """Its first word is what the shell would run; what only the shell can work out is left to it."""
    script = tmp_path / "push"
    script.write_text("#!/bin/sh\ntouch ran\n")
    script.chmod(0o755)
    for command, state in (
        (str(script), State.GOOD),
        (f"TARGET=x {script} --now", State.GOOD),
        ("rsnyc -a output/ www:kooste/", State.MEND),
        ("./publish.sh", State.MEND),
        ("if true; then", State.MEND),
        ("cd output && ls", State.GOOD),
        ("$HOME/bin/push", State.GOOD),
    ):
        assert machine.publishing(command, desk.folder).state is state, command
    assert "rsnyc" in machine.publishing("rsnyc -a x y", desk.folder).remedy
    assert not list(desk.folder.rglob("ran"))
    prepare(desk, web, box)
    with (desk.folder / "sources.yaml").open("a") as file:
        file.write("site: {publish: rsnyc -a output/ www}\n")
    assert Examined(desk).wrong() == {"publishing"}


def test_nobody_else_reads_var_or_writes_what_is_obeyed(desk: Desk, web: Web, box: Inbox) -> None:
    """The command that mends it is the very line that is printed."""
    prepare(desk, web, box)
    desk.do("collect")
    (desk.folder / "var").chmod(0o755)
    (desk.folder / "var" / "digikooste.db").chmod(0o644)
    (desk.folder / "templates").mkdir(mode=0o755)
    (desk.folder / "templates" / "letter.css").write_text("")
    (desk.folder / "templates" / "letter.css").chmod(0o666)
    (desk.folder / "sources.yaml").chmod(0o664)

    examined = Examined(desk)

    assert examined.wrong() == {"private files", "obeyed files"}
    for name in examined.wrong():
        subprocess.run(examined.rows[name]["remedy"], shell=True, cwd=desk.folder, check=True)
    assert Examined(desk).wrong() == set()
    assert (desk.folder / "var" / "digikooste.db").stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_written_is_said(desk: Desk, web: Web, box: Inbox) -> None:
    """A file in the folder's place stops root too."""
    prepare(desk, web, box)
    (desk.folder / "output").write_text("in the way")
    examined = Examined(desk)
    assert examined.wrong() == {"output"}
    assert "output cannot be written: Not a directory" in examined.said("output")
    assert files.writable(Path("/proc")).state is State.MEND


def test_a_folder_of_another_user_is_said(tmp_path: Path) -> None:
    """/etc is root's; whoever is not root is told."""
    if os.geteuid() != 0:
        assert files.writable(Path("/etc")).state is State.MEND
        assert "Permission denied" in files.writable(Path("/etc")).found
    else:
        os.chown(tmp_path, 65534, 65534)
        tmp_path.chmod(0o700)
        assert files.private(tmp_path).state is State.WARNING


def test_a_full_disk_is_seen(tmp_path: Path) -> None:
    """On a file system of 1 MB, and on one that takes no more files."""
    look = 'exec "$PY" -c "import pathlib; from pipeline.doctor import files; print(files.room(pathlib.Path()))"'
    environ = {"PY": sys.executable, "PYTHONPATH": str(ROOT)}
    full = small_disk.on(tmp_path, "1M", look, **environ)
    assert "State.MEND" in full
    assert "only 1 MB are free" in full
    assert "more files can be made" in small_disk.on(tmp_path, "60M,nr_inodes=100", look, **environ)


def test_a_clock_that_is_wrong_is_said(desk: Desk, web: Web, box: Inbox) -> None:
    """Before the program was written, before what was done here, or long after it."""
    prepare(desk, web, box)
    desk.do("collect")
    for moment, state in (
        (NOW, "good"),
        (NOW - timedelta(days=2), "mend"),
        (datetime(1970, 1, 1, tzinfo=UTC), "mend"),
        (NOW + timedelta(days=500), "warning"),
    ):
        desk.now = moment
        assert Examined(desk).states("clock") == [state], moment
    assert machine.clock(datetime(2020, 1, 1, tzinfo=UTC), None).state is State.MEND


def test_time_zones_without_their_rules_are_said() -> None:
    """A process that finds neither the system's nor tzdata's."""
    look = (
        "import sys; sys.modules['tzdata'] = None\n"
        "from pipeline.doctor.machine import time_zone\nprint(time_zone('Europe/Helsinki'))"
    )
    environ = {**os.environ, "PYTHONTZPATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", look], env=environ, cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "State.MEND" in done.stdout
    assert "tzdata" in done.stdout
    assert machine.time_zone("Europe/Helsinki").found == "Europe/Helsinki: UTC+2 in winter, UTC+3 in summer"


def test_an_old_yt_dlp_is_a_warning() -> None:
    """From 61 days on, by its own date."""
    today = date(2026, 11, 22)
    assert machine.youtube(today, "2026.9.23", is_wanted=True).state is State.GOOD
    old = machine.youtube(today, "2026.9.22.1", is_wanted=True)
    assert (old.state, "61 days old" in old.found) == (State.WARNING, True)
    assert machine.youtube(today, "unknown", is_wanted=True).state is State.WARNING
    assert machine.youtube(date(2030, 1, 1), is_wanted=False).state is State.WARNING


def test_a_missing_dictionary_matters_where_a_topic_is_finnish(desk: Desk, web: Web, box: Inbox) -> None:
    """A process that has no Voikko says so, with what to install."""
    topics = "- id: saavutettavuus\n  words: {fi: [saavutettavuus]}\n"
    prepare(desk, web, box, topics=topics)
    blocked = "import sys; sys.modules['libvoikko'] = None; from pipeline.cli import run; sys.exit(run(['doctor']))"
    done = subprocess.run(
        [sys.executable, "-c", blocked],
        cwd=desk.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200", "DIGIKOOSTE_NOW": NOW.isoformat()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "→ apt install libvoikko1 voikko-fi" in done.stdout
    assert done.returncode == 0
    prepare(desk, web, box)
    assert Examined(desk).states("Finnish") == ["skipped"]


def test_certificates_that_are_not_there_are_said(desk: Desk, web: Web, box: Inbox, tmp_path: Path) -> None:
    """SSL_CERT_FILE is believed by everything that encrypts."""
    prepare(desk, web, box)
    desk.environ["SSL_CERT_FILE"] = str(tmp_path / "nothing.pem")
    assert Examined(desk).wrong() == {"certificates"}


def test_nobody_to_tell_is_a_warning(desk: Desk, web: Web, box: Inbox) -> None:
    prepare(desk, web, box, digest="")
    examined = Examined(desk)
    assert (examined.code, examined.states("operator")) == (0, ["warning"])
    assert "digest.operator" in examined.said("operator")
