"""The local inbox, as the standard library's mail client sees it."""
# ruff: noqa: SIM300 - the expected value stands on the left

from __future__ import annotations

import smtplib
import ssl
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from pipeline.demo import inbox
from pipeline.demo.certificates import authority
from pipeline.errors import DigikoosteError

if TYPE_CHECKING:
    from pathlib import Path

MESSAGE = "Subject: Hei\r\n\r\n.Piste rivin alussa ja ääkköset\r\n..\r\n".encode()


def test_a_message_becomes_a_file(tmp_path: Path) -> None:
    """Byte for byte, one file per message, named after number and first recipient; the envelope is kept."""
    folder = tmp_path / "saapuneet" / "viikko"
    with inbox.serve(folder) as box:
        with smtplib.SMTP(box.host, box.port, timeout=10) as client:
            client.sendmail("kooste@example.fi", ["maija@example.fi", "matti@example.fi"], MESSAGE)
            client.sendmail("", ["o'brien/../x@example.fi"], b"\r\nToinen\r\n")
        first, second = box.delivered

    assert ("kooste@example.fi", ("maija@example.fi", "matti@example.fi")) == (first.sender, first.recipients)
    assert (folder / "0001-maija@example.fi.eml", MESSAGE) == (first.file, first.file.read_bytes())
    assert folder / "0002-o_brien_.._x@example.fi.eml" == second.file
    assert sorted([first.file, second.file]) == sorted(folder.iterdir())


def test_what_the_folder_holds_stays(tmp_path: Path) -> None:
    """A second inbox over the same folder goes on counting."""
    for _ in range(2):
        with inbox.serve(tmp_path) as box, smtplib.SMTP(box.host, box.port, timeout=10) as client:
            client.sendmail("kooste@example.fi", ["maija@example.fi"], MESSAGE)
    assert ["0001-maija@example.fi.eml", "0002-maija@example.fi.eml"] == sorted(
        path.name for path in tmp_path.iterdir()
    )


def test_starttls(tmp_path: Path) -> None:
    """Offered with a context; a client that verifies the certificate by the authority's file is content."""
    with authority() as trusted, inbox.serve(tmp_path, tls=trusted.server_context("127.0.0.1")) as box:
        with smtplib.SMTP(box.host, box.port, timeout=10) as client:
            client.starttls(context=ssl.create_default_context(cafile=trusted.file))
            client.ehlo()
            assert {"8bitmime", "smtputf8", "size"} <= set(client.esmtp_features)
            client.sendmail("kooste@example.fi", ["maija@example.fi"], MESSAGE)
        assert MESSAGE == box.delivered[0].file.read_bytes()


def test_an_address_beyond_ascii(tmp_path: Path) -> None:
    """SMTPUTF8 works, in the envelope and in the file's name."""
    with inbox.serve(tmp_path) as box, smtplib.SMTP(box.host, box.port, timeout=10) as client:
        client.sendmail("kooste@example.fi", ["päivi@example.fi"], MESSAGE, mail_options=["SMTPUTF8", "BODY=8BITMIME"])
        assert (("päivi@example.fi",), "0001-päivi@example.fi.eml") == (
            box.delivered[0].recipients,
            box.delivered[0].file.name,
        )


def test_a_scripted_refusal(tmp_path: Path) -> None:
    """RCPT is answered with the script's words until the address is accepted again."""
    with inbox.serve(tmp_path) as box, smtplib.SMTP(box.host, box.port, timeout=10) as client:
        box.refuse("maija@example.fi", "451 4.7.1 Try later")
        with pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
            client.sendmail("kooste@example.fi", ["maija@example.fi"], MESSAGE)
        assert {"maija@example.fi": (451, b"4.7.1 Try later")} == caught.value.recipients
        box.accept("maija@example.fi")
        client.sendmail("kooste@example.fi", ["maija@example.fi"], MESSAGE)
        assert 1 == len(box.delivered)


def test_a_message_that_cannot_be_written_is_not_accepted(tmp_path: Path) -> None:
    """452, and nothing counts as delivered."""
    with inbox.serve(tmp_path / "inbox") as box, smtplib.SMTP(box.host, box.port, timeout=10) as client:
        box.folder.rmdir()
        with pytest.raises(smtplib.SMTPDataError) as caught:
            client.sendmail("kooste@example.fi", ["maija@example.fi"], MESSAGE)
        assert (452, ()) == (caught.value.smtp_code, box.delivered)


def test_it_ends_while_clients_are_connected(tmp_path: Path) -> None:
    """At once, with no thread left; the clients notice."""
    before = threading.active_count()
    with inbox.serve(tmp_path) as box:
        clients = [smtplib.SMTP(box.host, box.port, timeout=10) for _ in range(3)]
        clients[0].mail("kooste@example.fi")
        started = time.monotonic()
    assert time.monotonic() - started < 20  # it would wait for ever
    assert before == threading.active_count()
    for client in clients:
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.noop()
        client.close()


def test_without_aiosmtpd_a_sentence_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is named."""
    monkeypatch.setitem(sys.modules, "aiosmtpd.smtp", None)
    with pytest.raises(DigikoosteError, match=r"aiosmtpd.*digikooste\[demo\]"), inbox.serve(tmp_path):
        pass
