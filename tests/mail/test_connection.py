"""No mail and no password leaves before the way to the server is what the configuration asks for."""

from __future__ import annotations

import base64
import socket
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from aiosmtpd.smtp import Session as Peer

from pipeline.errors import MailSetupError, MailStage, TransientMailError
from pipeline.mail import Letter, Security, Server, Session
from tests.mail.conftest import SENDER, addressed, server_context
from tests.mail.scripted import HOST, Act, Answer, Dialogue, Once, serve

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

PASSWORD = "salasana-ääkkösin"
OPEN = ("STARTTLS", "SIZE 10000000")
LOGIN = ("AUTH PLAIN LOGIN", "8BITMIME")


def secured(port: int, ca_file: str | None, security: Security = Security.STARTTLS, **rest: object) -> Server:
    """Return how to reach a server of the test's own that encrypts."""
    return Server(host=HOST, port=port, security=security, ca_file=ca_file, timeout=5.0, **rest)  # type: ignore[arg-type]


def refused(server: Server, kind: type[MailSetupError | TransientMailError]) -> str:
    """Return the sentence with which connecting fails: one line that names the server."""
    with pytest.raises(kind) as failed, Session(server):
        pass
    sentence = str(failed.value)
    assert f"{HOST}:{server.port}" in sentence
    assert len(sentence.splitlines()) == 1
    assert failed.value.stage is MailStage.SERVER
    return sentence


class Inbox:
    """A handler of aiosmtpd that keeps what it gets."""

    def __init__(self) -> None:
        self.received: list[tuple[str | None, list[str], bytes | str | None]] = []

    async def handle_DATA(self, server: SMTP, peer: Peer, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's own name
        """Keep one message."""
        self.received.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 OK"


def free_port() -> int:
    """Return a port that is free now; aiosmtpd cannot take port 0."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_a_letter_travels_encrypted_after_a_login(
    letter: Letter, tls: ssl.SSLContext, ca_file: str, security: Security
) -> None:
    """Against aiosmtpd, an SMTP server that is not ours; the password may hold any letter."""

    def judge(server: SMTP, peer: Peer, envelope: Envelope, mechanism: str, given: LoginPassword) -> AuthResult:
        return AuthResult(success=(given.login, given.password) == (b"kooste", PASSWORD.encode()))

    inbox, port = Inbox(), free_port()
    is_implicit = security is Security.TLS
    controller = Controller(
        inbox,
        hostname=HOST,
        port=port,
        ssl_context=tls if is_implicit else None,
        tls_context=None if is_implicit else tls,
        require_starttls=not is_implicit,
        authenticator=judge,
        auth_required=not is_implicit,  # aiosmtpd knows no TLS but its own STARTTLS
        auth_require_tls=not is_implicit,
    )
    controller.start()
    try:
        with Session(secured(port, ca_file, security, user="kooste", password=PASSWORD)) as session:
            found = session.check(SENDER)
            assert session.send(SENDER, "maija@example.fi", addressed(letter)) == "250 OK"
    finally:
        controller.stop()
    assert (found.tls, found.logged_in) == ("TLSv1.3", True)
    assert inbox.received == [(SENDER, ["maija@example.fi"], addressed(letter))]


def test_a_server_without_starttls_gets_nothing(ca_file: str) -> None:
    """The default asks for it; a stripped STARTTLS looks the same, and neither login nor letter follows."""
    with serve(Dialogue(extensions=("AUTH PLAIN",))) as running:
        sentence = refused(secured(running.port, ca_file, user="kooste", password=PASSWORD), MailSetupError)
    assert "does not offer STARTTLS, so nothing was sent" in sentence
    assert running.heard.verbs == [["EHLO"]]


def test_starttls_that_is_refused_for_now_is_tried_later(tls: ssl.SSLContext, ca_file: str) -> None:
    """RFC 3207, 4: 454 means that TLS is not available at the moment; no mail leaves meanwhile."""
    with serve(Dialogue(extensions=OPEN, starttls="454 4.7.0 TLS not available")) as running:
        assert "454 4.7.0" in refused(secured(running.port, ca_file), TransientMailError)
    assert running.heard.verbs == [["EHLO", "STARTTLS"]]


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
@pytest.mark.parametrize(
    ("problem", "words"),
    [
        ("unknown issuer", "unable to get local issuer certificate"),
        ("another host", "IP address mismatch"),
        ("expired", "certificate has expired"),
    ],
)
def test_a_bad_certificate_ends_it_before_anything_is_said(
    authority: trustme.CA, ca_file: str, security: Security, problem: str, words: str
) -> None:
    """With TLS required, a server that is not who it should be hears neither login nor letter."""
    long_ago = datetime.now(UTC) - timedelta(days=2)
    certificate = {
        "unknown issuer": lambda: trustme.CA().issue_cert(HOST),
        "another host": lambda: authority.issue_cert("127.0.0.9"),
        "expired": lambda: authority.issue_cert(HOST, not_before=long_ago - timedelta(days=9), not_after=long_ago),
    }[problem]()
    bad = Dialogue(extensions=OPEN, tls=server_context(certificate), implicit_tls=security is Security.TLS)
    with serve(bad) as running:
        server = secured(running.port, ca_file, security, user="kooste", password=PASSWORD)
        sentence = refused(server, MailSetupError)
    assert words in sentence
    assert "nothing was sent" in sentence
    assert running.heard.verbs == [["EHLO", "STARTTLS"] if security is Security.STARTTLS else []]


def test_certificates_named_by_the_environment_count(
    tls: ssl.SSLContext, ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SSL_CERT_FILE is how an organisation's own authority is made known to everything at once."""
    encrypted = Dialogue(extensions=OPEN, tls=tls)
    with serve(encrypted) as running:
        assert "cannot be trusted" in refused(secured(running.port, None), MailSetupError)
        monkeypatch.setenv("SSL_CERT_FILE", ca_file)
        with Session(secured(running.port, None)) as session:
            assert session.check(SENDER).tls == "TLSv1.3"


def test_a_certificate_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """Nothing is dialled then."""
    missing = tmp_path / "ca.pem"
    with pytest.raises(MailSetupError, match=str(missing)), Session(secured(1, str(missing))):
        pass
    missing.write_text("no certificate")
    with pytest.raises(MailSetupError, match=str(missing)), Session(secured(1, str(missing))):
        pass


def test_what_was_said_before_tls_is_forgotten(tls: ssl.SSLContext, ca_file: str) -> None:
    """RFC 3207, 4.2: an attacker's answers, slipped in behind the 220, are never taken for the server's."""
    injected = Dialogue(
        extensions=(*OPEN, "X-BEFORE"),
        encrypted_extensions=("X-AFTER",),
        starttls="220 go ahead\r\n250-mail.example.fi\r\n250 X-INJECTED",
        tls=tls,
    )
    with serve(injected) as running, Session(secured(running.port, ca_file)) as session:
        assert session.check(SENDER).extensions == {"x-after"}


@pytest.mark.parametrize("answer", [Act.HANG_UP, "220 go ahead"], ids=["hangs up", "hangs up in the handshake"])
def test_a_server_that_vanishes_before_tls_is_tried_later(ca_file: str, answer: Answer) -> None:
    """A lost connection is weather, wherever it happens."""
    with serve(Dialogue(extensions=OPEN, starttls=answer)) as running:
        refused(secured(running.port, ca_file), TransientMailError)


def test_tls_from_the_start_on_a_port_that_speaks_plainly(ca_file: str) -> None:
    """The usual mistake, 587 with security: tls, is named."""
    with serve(Dialogue()) as running:
        assert "tls usually means port 465" in refused(secured(running.port, ca_file, Security.TLS), MailSetupError)


def test_a_password_never_travels_unencrypted() -> None:
    """It is refused before the server is called; a port that nobody listens on would say something else."""
    server = Server(host=HOST, port=free_port(), security=Security.NONE, user="kooste", password=PASSWORD)
    assert "would travel unencrypted" in refused(server, MailSetupError)


def test_a_password_is_never_printed() -> None:
    """Not by a debugger, a log or a traceback that shows values."""
    assert PASSWORD not in repr(secured(587, None, user="kooste", password=PASSWORD))


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("535 5.7.8 authentication failed", MailSetupError),
        ("534 5.7.9 mechanism too weak", MailSetupError),
        ("504 5.5.4 unknown mechanism", MailSetupError),
        ("454 4.7.0 temporary authentication failure", TransientMailError),
        ("421 4.7.0 too many failures", TransientMailError),
        ("334 more?", TransientMailError),
        (Act.HANG_UP, TransientMailError),
    ],
    ids=str,
)
def test_a_failed_login_stops_at_once(
    tls: ssl.SSLContext, ca_file: str, answer: Answer, kind: type[MailSetupError | TransientMailError]
) -> None:
    """It is asked once, so that no account is locked; the sentence holds the server's words and no secret."""
    dialogue = Dialogue(extensions=OPEN, encrypted_extensions=LOGIN, tls=tls, auth=answer)
    with serve(dialogue) as running:
        sentence = refused(secured(running.port, ca_file, user="kooste", password=PASSWORD), kind)
    assert running.heard.verbs == [["EHLO", "STARTTLS", "EHLO", "AUTH"]]
    assert isinstance(answer, Act) or answer in sentence
    assert PASSWORD not in sentence


def test_login_is_used_where_plain_is_not_offered(tls: ssl.SSLContext, ca_file: str) -> None:
    """User and password follow one by one, as UTF-8."""
    questions = Once("334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "235 welcome")
    dialogue = Dialogue(extensions=OPEN, encrypted_extensions=("AUTH LOGIN",), tls=tls, auth=questions)
    with (
        serve(dialogue) as running,
        Session(secured(running.port, ca_file, user="kooste", password=PASSWORD)) as session,
    ):
        assert session.check(SENDER).logged_in
    assert [base64.b64decode(line).decode() for line in running.heard.conversations[0][4:6]] == ["kooste", PASSWORD]


@pytest.mark.parametrize("offered", [(), ("AUTH CRAM-MD5 GSSAPI",)])
def test_a_server_without_a_login_that_we_know_is_named(
    tls: ssl.SSLContext, ca_file: str, offered: tuple[str, ...]
) -> None:
    """What it offers instead stands in the sentence."""
    with serve(Dialogue(extensions=OPEN, encrypted_extensions=offered, tls=tls)) as running:
        sentence = refused(secured(running.port, ca_file, user="kooste", password=PASSWORD), MailSetupError)
    assert (offered[0].removeprefix("AUTH ") if offered else "none") in sentence


@pytest.mark.parametrize(
    ("greeting", "kind"),
    [
        ("554 5.7.1 your address is blocked", MailSetupError),
        ("421 4.3.2 too busy", TransientMailError),
        ("HTTP/1.1 400 Bad Request", TransientMailError),
        (Act.HANG_UP, TransientMailError),
        (Act.SILENCE, TransientMailError),
    ],
    ids=str,
)
def test_a_greeting_that_is_none(greeting: Answer, kind: type[MailSetupError | TransientMailError]) -> None:
    """A server that says no for good has to be seen to; everything else may pass."""
    with serve(Dialogue(greeting=greeting)) as running:
        sentence = refused(Server(host=HOST, port=running.port, security=Security.NONE, timeout=0.5), kind)
    assert isinstance(greeting, Act) or greeting[:3] in sentence or "-1" in sentence


def test_a_server_that_refuses_us_by_name() -> None:
    """Neither EHLO nor HELO is taken."""
    with serve(Dialogue(ehlo="550 no", helo="550 who are you")) as running:
        server = Server(host=HOST, port=running.port, security=Security.NONE)
        assert "550 who are you" in refused(server, MailSetupError)


def test_a_server_that_is_not_there() -> None:
    """The connection is refused: it goes out later."""
    assert "could not be reached" in refused(
        Server(host=HOST, port=free_port(), security=Security.NONE), TransientMailError
    )


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        ("no-such-host.invalid", TransientMailError),
        ("sähköposti.invalid", TransientMailError),
        ("mail..example.fi", MailSetupError),
        ("sähkö posti.fi", MailSetupError),
        ("x" * 64 + ".fi", MailSetupError),
    ],
)
def test_a_host_name_that_leads_nowhere_is_named(host: str, kind: type[MailSetupError | TransientMailError]) -> None:
    """One that may exist tomorrow is tried again; one that cannot is to be mended."""
    with pytest.raises(kind, match=host), Session(Server(host=host, port=587)):
        pass


def test_a_fresh_connection_is_checked_like_the_first(
    letter: Letter, tls: ssl.SSLContext, ca_file: str, authority: trustme.CA
) -> None:
    """After 421 somebody else may answer: the letter waits, rather than go out to whoever that is."""
    tired = Dialogue(extensions=OPEN, tls=tls, mail="421 4.7.0 bye")
    stranger = Dialogue(extensions=OPEN, tls=server_context(trustme.CA().issue_cert(HOST)))
    with (
        serve(tired, stranger) as running,
        Session(secured(running.port, ca_file)) as session,
        pytest.raises(MailSetupError, match="cannot be trusted"),
    ):
        session.send(SENDER, "maija@example.fi", addressed(letter))
    assert running.heard.verbs[1] == ["EHLO", "STARTTLS"]
