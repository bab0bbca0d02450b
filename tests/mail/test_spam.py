"""SpamAssassin's local rules, an objective check: a good letter scores nothing."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from pipeline import mail
from pipeline.model import LANGUAGES
from pipeline.render import Renderer, default_templates
from tests.mail.conftest import DATE, SENDER
from tests.render.samples import SENT, SITE, full

if TYPE_CHECKING:
    from pathlib import Path

SPAMASSASSIN = shutil.which("spamassassin")
GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
"""What every copy of SpamAssassin takes for spam, so that a silent failure shows."""


def sent(language: str, more: str = "") -> bytes:
    """Return the letter with every header that can be configured."""
    edition = Renderer([default_templates()], SITE).edition(full(), language, SENT)
    leave = "https://viestinta.example.fi/kooste/leave/0123456789abcdef0123456789abcdef"
    letter = mail.compose(
        subject=edition.subject,
        html=edition.html,
        text=edition.text + more,
        language=language,
        sender=mail.Mailbox("Viestintäkooste", SENDER),
        reply_to=mail.Mailbox("", "viestinta@example.fi"),
        unsubscribe=[leave, "mailto:kooste@example.fi?subject=Lopeta"],
        one_click=True,
        list_help="mailto:viestinta@example.fi",
        archive=SITE.url,
    )
    identity = mail.message_id("workspace", "2026-W47", 1, "example.fi")
    return letter.to("maija@example.fi", message_id=identity, date=DATE)


@pytest.mark.skipif(SPAMASSASSIN is None, reason="needs SpamAssassin (Debian package spamassassin)")
def test_no_letter_looks_like_spam(tmp_path: Path) -> None:
    """All three editions score 0.0 or less by the local rules; a letter that is spam by definition does not."""
    assert SPAMASSASSIN is not None
    letters = [*(sent(language) for language in LANGUAGES), sent("fi", f"\n{GTUBE}\n")]
    mbox = b"".join(
        b"From kooste@example.fi Mon Nov 16 06:00:00 2026\n" + one.replace(b"\r\n", b"\n") + b"\n" for one in letters
    )

    judged = subprocess.run(
        [SPAMASSASSIN, "--local", "--test-mode", "--nocreate-prefs", "--mbox"],
        input=mbox,
        capture_output=True,
        check=True,
        cwd=tmp_path,
        timeout=100,
    )

    status = re.compile(r"^X-Spam-Status: \w+, score=(-?[\d.]+).*?tests=([\w,\s]*?)\s*autolearn", re.MULTILINE)
    found = [(float(score), rules.split()) for score, rules in status.findall(judged.stdout.decode())]
    ours = [one for one in found if not any("GTUBE" in rules for rules in one[1])]
    assert (len(ours), len(found)) == (3, 4), judged.stderr.decode()
    assert max(ours)[0] <= 0.0, ours
    assert max(found)[0] > 900
