"""Change sources.yaml on disk: edit its text, read it back, compare, and only then put it in place, whole."""

from __future__ import annotations

import fcntl
import os
import re
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.config import editing, yaml
from pipeline.config.loader import body_of, configured, shown_path
from pipeline.config.outline import KEY
from pipeline.config.problems import Problem, rendered, unknown_source
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pipeline.config.editing import Entry
    from pipeline.config.settings import Config
    from pipeline.config.yaml import Value
    from pipeline.model import Source

_MARK = "\ufeff"


_PLACE = re.compile(r"^\S+:\d+:\d+: ")


class Rewriting:
    """One file as it is now, and what becomes of it; nothing is written before ``save``.

    Raises ConfigError when the file has mistakes already. ``config`` is what the text says so far.
    """

    def __init__(self, path: Path, environ: Mapping[str, str]) -> None:
        self._path = path
        self._environ = environ
        self._before = body_of(path)
        text = yaml.decoded(self._before)
        if isinstance(text, Problem):
            raise ConfigError(rendered([text], shown_path(path)))
        self._mark = _MARK if self._before.startswith(_MARK.encode()) else ""
        self._text = text
        self._said = yaml.read(text)
        self.config: Config = configured(self._said, path, environ)
        self._saved = (self._text, self._said, self.config)

    @property
    def text(self) -> str:
        """The file's text as it is to be."""
        return self._mark + self._text

    def add(self, entries: Sequence[Entry]) -> None:
        """Put sources at the end of the list; ConfigError when one of them is wrong or the file leaves no place."""
        for entry in entries:
            for key, value in entry.items():
                if odd := yaml.unreadable("".join(value) if isinstance(value, Sequence) else str(value)):
                    raise ConfigError([f"{key}: holds {odd}; leave it out"])
        expected = [*_entries(self._said), *(_value(entry) for entry in entries)]
        try:
            self._change(lambda: editing.added(self._text, entries), expected, judged=self.config.sources)
        except ConfigError as error:  # its lines are those of a text that nobody sees
            raise ConfigError([_PLACE.sub("", problem) for problem in error.problems]) from error

    def remove(self, name: str) -> None:
        """Take a source out."""
        number = self._number(name)
        expected = [entry for place, entry in enumerate(_entries(self._said)) if place != number]
        self._change(lambda: editing.removed(self._text, number), expected)

    def disable(self, name: str) -> None:
        """Let a source rest."""
        self._switch(name, is_on=False, edit=editing.disabled)

    def enable(self, name: str) -> None:
        """Wake a source."""
        self._switch(name, is_on=True, edit=editing.enabled)

    def undo(self) -> None:
        """Forget what was not saved."""
        self._text, self._said, self.config = self._saved

    def save(self) -> None:
        """Put the text in place of the file, whole or not at all; a link stays a link.

        ConfigError when somebody changed the file meanwhile, or it cannot be written.
        """
        body = self.text.encode()
        if body == self._before:
            return
        name = shown_path(self._path)
        place = self._path.resolve()
        try:
            with place.open("rb") as held:
                fcntl.flock(held, fcntl.LOCK_EX)  # whoever else saves now waits, and then finds another file
                if body_of(self._path) != self._before:
                    advice = "nothing was written, do it again"
                    raise ConfigError([f"{name}: was changed by somebody else just now; {advice}"])
                _replace(place, body)
        except OSError as error:
            raise ConfigError([f"{name}: cannot be written ({error.strerror}); it is as it was"]) from error
        self._before = body
        self._saved = (self._text, self._said, self.config)

    def _switch(self, name: str, *, is_on: bool, edit: Callable[[str, int], str]) -> None:
        number = self._number(name)
        if self.config.sources[number].enabled is is_on:
            return
        expected = _entries(self._said)
        entry = expected[number]
        text = edit(self._text, number)
        found = _entries(yaml.read(text))[number]
        flat = {"url": entry} if isinstance(entry, str) else entry
        assert isinstance(flat, dict)
        said = {key: part for key, part in flat.items() if key != "enabled"}
        asked = [said, {**said, "enabled": "true"}] if is_on else [{**said, "enabled": "false"}]
        expected[number] = found if found in asked else asked[0]
        self._change(lambda: text, expected)

    def _change(self, edit: Callable[[], str], expected: list[Value], judged: Sequence[Source] = ()) -> None:
        """Take over what ``edit`` makes of the text, if it says what it should and nothing else.

        ``judged`` are the sources in front that stay as they are: their text is compared, so they need no second look.
        """
        name = shown_path(self._path)
        try:
            text = edit()
        except editing.NotEditable as error:
            raise ConfigError([f"{name}: the {KEY} {error}, then do it again"]) from error
        after = yaml.read(text)
        if after.problems or _rest(after) != _rest(self._said) or _entries(after) != expected:
            raise ConfigError([f"{name}: is written in a way that cannot be changed safely; change it by hand"])
        config = configured(after, self._path, self._environ, judged)
        if {source.id for source in config.sources[len(judged) :]} & {source.id for source in judged}:
            raise ConfigError([f"{name}: the new id is that of an address further up; give another one by --id"])
        self._text, self._said, self.config = text, after, config

    def _number(self, name: str) -> int:
        names = [source.id for source in self.config.sources]
        if name not in names:
            raise ConfigError([f"{shown_path(self._path)} {unknown_source(name, names)}"])
        return names.index(name)


def _entries(document: yaml.Document) -> list[Value]:
    value = document.value
    entries = value.get(KEY) if isinstance(value, dict) else None
    return list(entries) if isinstance(entries, list) else []


def _rest(document: yaml.Document) -> dict[str, Value]:
    value = document.value
    return {key: part for key, part in value.items() if key != KEY} if isinstance(value, dict) else {}


def _value(entry: Entry) -> Value:
    """The entry as the loader reads it back: every scalar is its text."""

    def text(part: object) -> str:
        return str(part).lower() if isinstance(part, bool) else str(part)

    found: dict[str, Value] = {
        key: [text(each) for each in part] if isinstance(part, list | tuple) else text(part)
        for key, part in entry.items()
    }
    return found["url"] if list(found) == ["url"] else found


def _replace(place: Path, body: bytes) -> None:
    """Write a temporary file beside ``place``, with its owner and permissions, and rename it."""
    was = place.stat()
    descriptor, name = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(body)
            file.flush()
            with suppress(PermissionError):  # only root may give it to somebody else, and only root has to
                os.fchown(file.fileno(), was.st_uid, was.st_gid)
            os.fchmod(file.fileno(), was.st_mode & 0o7777)
            os.fsync(file.fileno())
        Path(name).replace(place)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
