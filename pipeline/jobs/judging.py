"""Judge: no broken letter is frozen or sent, unless somebody says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.errors import LintError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.lint import Finding
    from pipeline.mail import Letter
    from pipeline.model import Digest, Edition


def findings(digest: Digest, edition: Edition, letter: Letter) -> tuple[Finding, ...]:
    """Return everything that is wrong with an edition: its files, and the message that carries it."""
    from pipeline import lint, mail  # noqa: PLC0415  # an HTML parser, which few commands need

    quoted = lint.Quoted.of(digest)
    files = lint.edition(
        html=edition.html,
        text=edition.text,
        page=edition.page,
        page_text=edition.page_text,
        language=edition.language,
        quoted=quoted,
    )
    message = lint.message(mail.eml(letter, date=digest.period.end), quoted=quoted)
    return tuple(dict.fromkeys([*files, *message]))


def refuse_to_send(digest: Digest, edition: Edition, letter: Letter) -> None:
    """Raise LintError unless the message that would be sent is whole."""
    from pipeline import lint, mail  # noqa: PLC0415

    found = lint.message(mail.eml(letter, date=digest.period.end), quoted=lint.Quoted.of(digest))
    _refuse(digest, edition, found, "so nobody got it: mend the templates and make it anew (compose --again)")


def refuse_to_freeze(digest: Digest, edition: Edition, letter: Letter) -> None:
    """Raise LintError unless the edition is whole, its public page too."""
    _refuse(digest, edition, findings(digest, edition, letter), "so nothing was frozen: mend the templates")


def _refuse(digest: Digest, edition: Edition, found: Iterable[Finding], what: str) -> None:
    broken = [one for one in found if one.is_broken]
    if broken:
        more = f" (and {len(broken) - 1} more; `digikooste lint` lists them)" if len(broken) > 1 else ""
        raise LintError(
            f"The letter {digest.period.key} ({edition.language}) is broken, {what}, or add --send-anyway. "
            f"{broken[0]}{more}."
        )
