"""What a digest is printed with, and whose hand does it."""

from __future__ import annotations

import getpass
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.cli.workspace import Workspace
    from pipeline.jobs import Desk, Press
    from pipeline.model import Digest, Edition
    from pipeline.store import Store
    from pipeline.store.drafts import Hand


def press(workspace: Workspace, store: Store, *, send_anyway: bool = False) -> Press:
    """What this workspace's digests are printed with; ``send_anyway`` although lint finds them broken."""
    from pipeline import jobs  # noqa: PLC0415

    def judge(digest: Digest, edition: Edition) -> None:
        if not send_anyway:
            jobs.refuse_to_freeze(digest, edition, workspace.letter(edition))

    return jobs.Press(
        renderer=workspace.renderer(),
        languages=workspace.config.digest.languages,
        message_id=workspace.message_id(store.workspace_id()),
        judge=judge,
        web_only=workspace.config.digest.web_only,
    )


def desk_of(workspace: Workspace, hand: Hand | None = None) -> Desk:
    """How this workspace's drafts are handled; ``hand`` is who does it, without one whoever runs the command."""
    from pipeline import jobs  # noqa: PLC0415

    digest = workspace.config.digest
    return jobs.Desk(hand=hand or by_command(), required=digest.approval == "required", editors=digest.editors)


def by_command(who: str | None = None) -> Hand:
    """The hand of whoever runs a command."""
    from pipeline.store.drafts import Hand  # noqa: PLC0415

    if who is None:
        try:
            who = getpass.getuser()
        except (KeyError, OSError):  # a user without a name, as containers have them
            who = f"user {os.getuid()}"
    return Hand(who=who, way="command")


def by_itself() -> Hand:
    """The hand of serve, and of a deadline."""
    from pipeline.store.drafts import Hand  # noqa: PLC0415

    return Hand(who="digikooste", way="serve")
