"""The command lint: what is wrong with a letter, before anybody gets it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from pipeline.cli.exits import Exit
from pipeline.cli.showing import counted, log, say
from pipeline.cli.upcoming import kept, upcoming
from pipeline.cli.workspace import Workspace, workspace_option

if TYPE_CHECKING:
    from pipeline.lint import Finding


@click.command()
@workspace_option
@click.argument("key", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def lint(workspace: Workspace, key: str | None, *, as_json: bool) -> int:
    """Check a letter in all its languages: digest KEY, or the one that comes next.

    Looks at contrast, headings, alt texts, languages, link texts, anchors, addresses, size, the plain text, the
    headers and what a template left over, in the mail and on the page. The same is checked before a
    digest is frozen and before anything is sent; what is broken is not sent. Changes nothing.
    """
    from pipeline import jobs  # noqa: PLC0415

    languages = workspace.config.digest.languages
    digest, editions = kept(workspace, key, languages) if key else upcoming(workspace, languages)
    found = [
        (edition.language, finding)
        for edition in editions
        for finding in jobs.findings(digest, edition, workspace.letter(edition))
    ]
    if as_json:
        rows = [_row(language, finding) for language, finding in found]
        click.echo(json.dumps({"digest": digest.period.key, "findings": rows}, ensure_ascii=False, indent=2))
    elif not editions:
        log(f"Nothing new and nothing to hand out in {digest.period.key}: there would be no letter.")
    else:
        for language, finding in found:
            say(f"{digest.period.key} {language} {finding}{'' if finding.is_broken else ' (only a hint)'}")
        broken = sum(finding.is_broken for _, finding in found)
        which = ", ".join(edition.language for edition in editions)
        verdict = f"broken ({counted(broken, 'fault')})" if broken else "good to send"
        say(f"The letter {digest.period.key} ({which}) is {verdict}.")
    return Exit.MEND if any(finding.is_broken for _, finding in found) else Exit.DONE


def _row(language: str, finding: Finding) -> dict[str, str | bool]:
    return {
        "language": language,
        "part": finding.part,
        "check": finding.check,
        "reason": finding.reason,
        "broken": finding.is_broken,
    }
