"""The demo: the unmodified program, run against a local internet and a local inbox."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.demo import founding, inbox, internet
from pipeline.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

READERS = {"fi": "maija.meikalainen@example.fi", "sv": "svea.svensson@example.fi", "en": "alex.smith@example.fi"}
MARK = ".digikooste-demo"
"""A file by which a folder is known as an earlier demo."""
_SECONDS = 120


def play(workspace: Path, *, command: Sequence[str], environ: Mapping[str, str], say: Callable[[str], None]) -> int:
    """Make a workspace, run ``command`` in it and say where the letters are; answers the run's exit code.

    ``command`` starts digikooste. An earlier demo in the same folder is replaced, anything else is
    left alone with a StoreError. Nothing outside this machine is asked.
    """
    folder = _fresh(workspace)
    content = founding.content(datetime.now(UTC))
    with (
        internet.serve(content) as world,
        inbox.serve(folder / "inbox", tls=world.server_context("localhost")) as postbox,
    ):
        text = Path(__file__).with_name("workspace.yaml").read_text(encoding="utf-8")
        values = {
            "@PORT@": str(postbox.port),
            "@KELA@": founding.KELA_LIST,
            "@STORY@": founding.STORY_LIST,
            "@SOME@": founding.SOME_LIST,
        }
        for mark, value in values.items():
            text = text.replace(mark, value)
        (folder / "sources.yaml").write_text(text, encoding="utf-8")
        inside = {**environ, **world.environment}
        inside.pop("DIGIKOOSTE_DATABASE", None)

        def digikooste(*arguments: str) -> int:
            say(f"$ digikooste {' '.join(arguments)}")
            done = subprocess.run(  # noqa: S603  # our own command, no foreign word in it
                [*command, *arguments, "--workspace", str(folder)], env=inside, check=False, timeout=_SECONDS
            )
            return done.returncode

        for language, address in READERS.items():
            digikooste("recipients", "add", address, "--language", language)
        code = digikooste("run")
        say("")
        for message in postbox.delivered:
            say(f"In the inbox of {', '.join(message.recipients)}: {message.file}")
    pages = sorted((folder / "output").glob("*/index.html"))
    for page in (*pages, folder / "output" / "index.html"):
        say(f"As a web page: {page}")
    return code


def _fresh(workspace: Path) -> Path:
    """An empty folder for the demo, in place of an earlier one."""
    folder = workspace.resolve()
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).exists():
            raise StoreError(
                f"{folder} holds something else than an earlier demo; name another folder with --workspace."
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text("This folder belongs to `digikooste demo`, which replaces it.\n", encoding="utf-8")
    return folder
