"""Certificates and letters that the mail tests share."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import trustme

from pipeline.mail import Letter, Mailbox, compose, message_id

if TYPE_CHECKING:
    from pathlib import Path

SENDER = "kooste@example.fi"
DATE = datetime(2026, 11, 16, 6, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Return a certificate authority that nobody knows."""
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the path of the authority's own certificate."""
    path: Path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


@pytest.fixture(scope="session")
def tls(authority: trustme.CA) -> ssl.SSLContext:
    """Return what a mail server on 127.0.0.1 needs to encrypt."""
    return server_context(authority.issue_cert("127.0.0.1"))


@pytest.fixture(scope="session")
def letter() -> Letter:
    """Return a small letter in Finnish."""
    return compose(
        subject="Viikko 47 · Näin kirjoitat selkeästi",
        html='<p lang="fi">Hyvää työtä!</p>\n',
        text="Hyvää työtä!\n.\n..kaksi pistettä\n",
        language="fi",
        sender=Mailbox("Viestintäkooste", SENDER),
    )


def server_context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """Return a server's side of TLS with ``certificate``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def addressed(letter: Letter, address: str = "maija@example.fi", number: int = 1) -> bytes:
    """Return the message to ``address`` as the job would make it."""
    return letter.to(address, message_id=message_id("workspace", "2026-W47", number, "example.fi"), date=DATE)
