"""A connection to the mail server that may carry a letter: encrypted, verified and logged in."""

from __future__ import annotations

import base64
import smtplib
import socket
import ssl
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import certifi

from pipeline.errors import MailSetupError, TransientMailError
from pipeline.mail.address import wire_domain
from pipeline.mail.reply import AUTHENTICATED, CONTINUE_LOGIN, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator


class Security(StrEnum):
    """How the way to the server is encrypted; with the first two no mail leaves unless it is."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where mail is handed over, and how.

    ``timeout`` and ``reply_timeout`` are seconds: for each command, and for the reply to the final dot
    (RFC 5321, 4.5.3.2.6 asks for 10 minutes). ``ca_file`` names trusted certificates; without it those of
    ``SSL_CERT_FILE``, of the system, or of certifi count, the first that exist.
    """

    host: str
    port: int
    security: Security = Security.STARTTLS
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout: float = 60.0
    reply_timeout: float = 600.0
    ca_file: str | None = None

    def __str__(self) -> str:
        """Return ``host:port``, as every sentence names it."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a server says of itself once it is connected; ``tls`` is the protocol's version, None without."""

    tls: str | None
    logged_in: bool
    extensions: frozenset[str]


def connect(server: Server) -> smtplib.SMTP:
    """Return a connection that is ready for MAIL FROM.

    Raises MailSetupError where an operator has to act (TLS missing, certificate, login, no SMTP there)
    and TransientMailError where waiting may help.
    """
    if server.user is not None and server.security is Security.NONE:
        raise MailSetupError(
            f"The password for {server} would travel unencrypted: write security: starttls or tls, or remove the user."
        )
    trust = None if server.security is Security.NONE else _trust(server)
    with _in_our_words(server):
        smtp = _dial(server, trust)
        try:
            smtp.ehlo_or_helo_if_needed()
            if trust is not None and server.security is Security.STARTTLS:
                _start_tls(smtp, server, trust)
            if server.user is not None:
                _login(smtp, server, server.user, server.password or "")
        except BaseException:
            smtp.close()
            raise
        return smtp


def capabilities(smtp: smtplib.SMTP, server: Server) -> Capabilities:
    """Return what is known of a connection that ``connect`` made."""
    tls = smtp.sock.version() if isinstance(smtp.sock, ssl.SSLSocket) else None
    return Capabilities(tls=tls, logged_in=server.user is not None, extensions=frozenset(smtp.esmtp_features))


def _dial(server: Server, trust: ssl.SSLContext | None) -> smtplib.SMTP:
    host = wire_domain(server.host) if not server.host.isascii() else server.host
    if server.security is Security.TLS:
        return smtplib.SMTP_SSL(host, server.port, timeout=server.timeout, context=trust)
    return smtplib.SMTP(host, server.port, timeout=server.timeout)


def _start_tls(smtp: smtplib.SMTP, server: Server, trust: ssl.SSLContext) -> None:
    if not smtp.has_extn("starttls"):
        raise MailSetupError(
            f"The mail server {server} does not offer STARTTLS, so nothing was sent: write the port that does "
            "(often 587), or security: tls for one that is encrypted from the start (often 465)."
        )
    code, text = smtp.starttls(context=trust)
    if not Reply.read(code, text).is_positive:
        raise smtplib.SMTPResponseException(code, text)
    smtp.ehlo_or_helo_if_needed()


def _trust(server: Server) -> ssl.SSLContext:
    """Return a context that verifies the server's certificate and name."""
    try:
        return ssl.create_default_context(cafile=server.ca_file or _certificates())
    except OSError as error:
        raise MailSetupError(
            f"The certificates in {server.ca_file or 'SSL_CERT_FILE'} cannot be read: {error}."
        ) from error


def _certificates() -> str | None:
    """Return None where OpenSSL finds certificates of its own (``SSL_CERT_FILE``, the system), else certifi's."""
    paths = ssl.get_default_verify_paths()
    has_own = bool(paths.cafile) or (bool(paths.capath) and any(Path(paths.capath).iterdir()))
    return None if has_own else certifi.where()


def _login(smtp: smtplib.SMTP, server: Server, user: str, password: str) -> None:
    """Authenticate with PLAIN (RFC 4616) or LOGIN.

    smtplib's own login cannot take a password beyond ASCII; CRAM-MD5 adds nothing under TLS.
    """
    offered = smtp.esmtp_features.get("auth", "").upper().split()
    if "PLAIN" in offered:
        reply = _ask(smtp, "AUTH PLAIN " + _base64(f"\0{user}\0{password}"))
    elif "LOGIN" in offered:
        reply = _ask(smtp, "AUTH LOGIN")
        for secret in (user, password):
            if reply.code == CONTINUE_LOGIN:
                reply = _ask(smtp, _base64(secret))
    else:
        raise MailSetupError(
            f"The mail server {server} offers no login by PLAIN or LOGIN (only: {' '.join(offered) or 'none'}): remove "
            "mail.user, or write the port that offers one."
        )
    if reply.code == AUTHENTICATED:
        return
    if reply.is_permanent:
        raise MailSetupError(
            f"The mail server {server} refused the login of {user!r}: {reply}. Check the user and its password.",
            reply=str(reply),
        )
    raise TransientMailError(f"The mail server {server} could not check the login now: {reply}.", reply=str(reply))


def _ask(smtp: smtplib.SMTP, command: str) -> Reply:
    return Reply.read(*smtp.docmd(command))


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@contextmanager
def _in_our_words(server: Server) -> Iterator[None]:
    """Raise what the library found wrong while connecting as one of our own errors."""
    try:
        yield
    except smtplib.SMTPResponseException as error:
        reply = Reply.read(error.smtp_code, _octets(error.smtp_error))
        if reply.is_permanent:
            raise MailSetupError(f"The mail server {server} turned us away: {reply}.", reply=str(reply)) from error
        raise TransientMailError(f"The mail server {server} is not ready: {reply}.", reply=str(reply)) from error
    except ssl.SSLCertVerificationError as error:
        raise MailSetupError(
            f"The certificate of the mail server {server} cannot be trusted, so nothing was sent: "
            f"{error.verify_message}. Write the host that it names, or name its issuer's file in SSL_CERT_FILE."
        ) from error
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
        raise TransientMailError(f"The mail server {server} hung up while TLS was being agreed.") from error
    except ssl.SSLError as error:
        raise MailSetupError(
            f"No TLS could be agreed with the mail server {server} ({error.reason}): {_other_port(server)}."
        ) from error
    except socket.gaierror as error:
        raise TransientMailError(
            f"The mail server {server} was not found ({error.strerror}): check mail.host and the network."
        ) from error
    except (OSError, smtplib.SMTPException) as error:
        raise TransientMailError(
            f"The mail server {server} could not be reached ({error}): check the network; {_other_port(server)}."
        ) from error
    except ValueError as error:
        raise MailSetupError(f"The mail server {server} has a name that cannot be: {error}.") from error


def _octets(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def _other_port(server: Server) -> str:
    """Return what is usually wrong when a port answers, but not as expected."""
    usual = {Security.STARTTLS: "starttls usually means port 587", Security.TLS: "tls usually means port 465"}
    return usual.get(server.security, "check mail.host and mail.port")
