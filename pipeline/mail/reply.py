"""What a mail server's reply means for a delivery."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.errors import MailError, MailSetupError, MailStage, PermanentMailError, TransientMailError
from pipeline.masking import hidden, masked

SERVICE_CLOSING = 421
START_OF_CONTENT = 354
AUTHENTICATED = 235
CONTINUE_LOGIN = 334
_AUTHENTICATION_REQUIRED = 530  # RFC 4954, 6: possible after any command
_LONGEST_REPLY = 300


@dataclass(frozen=True, slots=True)
class Reply:
    """A code (-1 if that was no SMTP) and the server's words on one line; ``str`` is both."""

    code: int
    words: str

    @classmethod
    def read(cls, code: int, text: bytes) -> Reply:
        """Return what ``smtplib`` read, with the words made fit to be printed and kept: no address stands in them."""
        words = hidden(" ".join(text.decode(errors="replace").split()))
        return cls(code, "".join(filter(str.isprintable, words))[:_LONGEST_REPLY])

    def __str__(self) -> str:
        """Return ``550 5.1.1 No such user``."""
        return f"{self.code} {self.words}".rstrip()

    @property
    def is_positive(self) -> bool:
        """True when the server did as it was asked."""
        return self._class == 2  # noqa: PLR2004  RFC 5321, 4.2.1

    @property
    def is_temporary(self) -> bool:
        """True when asking later may help."""
        return self._class == 4  # noqa: PLR2004  RFC 5321, 4.2.1

    @property
    def is_permanent(self) -> bool:
        """True when asking again is of no use."""
        return self._class == 5  # noqa: PLR2004  RFC 5321, 4.2.1

    @property
    def is_verdict(self) -> bool:
        """True for yes, later or no; False for a question back, or for what is no SMTP at all."""
        return self.is_positive or self.is_temporary or self.is_permanent

    @property
    def _class(self) -> int:
        return self.code // 100


def refusal(reply: Reply, stage: MailStage, *, server: object, sender: str, recipient: str) -> MailError:
    """Return the error for a reply that is not a yes: whose fault it is, and whether waiting helps.

    Its words go to logs and notices, so the recipient is masked in them.
    """
    words, recipient = str(reply), masked(recipient)
    if reply.code == _AUTHENTICATION_REQUIRED:
        return MailSetupError(
            f"The mail server {server} wants a login before it takes mail: {reply}. Write mail.user, and its password "
            "in DIGIKOOSTE_SMTP_PASSWORD.",
            reply=words,
            stage=stage,
        )
    if not reply.is_permanent:
        return TransientMailError(
            f"The mail server {server} did not take the letter to {recipient} now: {reply}. It is tried again later.",
            reply=words,
            stage=stage,
        )
    if stage is MailStage.SENDER:
        return MailSetupError(
            f"The mail server {server} refused our sender {sender}: {reply}. Check mail.from (or mail.return_path) and "
            "what it allows.",
            reply=words,
            stage=stage,
        )
    what = f"the letter to {recipient}" if stage is MailStage.CONTENT else f"the recipient {recipient}"
    return PermanentMailError(
        f"The mail server {server} refused {what}: {reply}. Nothing is tried again for this digest.",
        reply=words,
        stage=stage,
    )
