"""A new workspace: a commented sources.yaml in a folder that has none, with its schema for editors."""

from __future__ import annotations

from pathlib import Path

from pipeline.config.reference import SCHEMA_FILE, json_schema
from pipeline.errors import ConfigError

_TEMPLATE = Path(__file__).parent / "template" / "sources.yaml"
_IGNORED = """\
# var/ holds the database and the addresses of recipients: personal data never goes into version control.
/var/
"""


def init(folder: Path) -> list[Path]:
    """Write sources.yaml, its schema and a .gitignore; returns their paths.

    The folder is made where there is none. ConfigError, and nothing written, where one of the files
    exists already or the folder cannot be written to.
    """
    texts = {
        folder / "sources.yaml": _TEMPLATE.read_text(encoding="utf-8"),
        folder / SCHEMA_FILE: json_schema(),
        folder / ".gitignore": _IGNORED,
    }
    there = [path for path in texts if path.exists() or path.is_symlink()]
    if there:
        raise ConfigError([f"{path}: is there already; choose an empty folder" for path in there])
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in texts.items():
            with path.open("x", encoding="utf-8") as file:
                written.append(path)
                file.write(text)
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        place = error.filename or folder
        raise ConfigError([f"{place}: cannot be written ({error.strerror}); choose a folder of your own"]) from error
    return written
