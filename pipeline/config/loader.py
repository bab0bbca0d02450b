"""From the path of sources.yaml and the environment to a ``Config``, or every mistake at once."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.config import schema, yaml
from pipeline.config.appearance import letter_of, statement_of
from pipeline.config.checking import check, check_known
from pipeline.config.entries import named_ids, sources_of, topics_of
from pipeline.config.problems import Problem, rendered
from pipeline.config.sections import Surroundings, collect_of, digest_of, mail_of, site_of
from pipeline.config.settings import Config
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pipeline.config.yaml import Place, Value
    from pipeline.model import Source


def load(path: Path, environ: Mapping[str, str]) -> Config:
    """Read one workspace's configuration.

    ``path`` is the file itself. ConfigError holds every mistake of the file and the environment, in
    the order of the lines, as ``sources.yaml:LINE:COLUMN: what is wrong; what to write instead``.
    """
    text = yaml.decoded(body_of(path))
    if isinstance(text, Problem):
        raise ConfigError(rendered([text], shown_path(path)))
    return configured(yaml.read(text), path, environ)


def configured(
    document: yaml.Document, path: Path, environ: Mapping[str, str], judged: Sequence[Source] = ()
) -> Config:
    """Return what a document says, as if it stood at ``path``; raises as ``load``.

    ``judged`` are what its first sources are known to be, from the document as it was before others were added.
    """
    name = shown_path(path)
    problems: list[Problem] = list(document.problems)
    notes: list[str] = []
    value = document.value
    if value is None and problems:
        raise ConfigError(rendered(problems, name))
    if not isinstance(value, dict):
        if value is not None:
            problems.append(Problem(document.place.mark, 'must begin with a section, such as "sources:"'))
        value = {}
    check_known(value, document.place, problems)
    config = _config(value, document.place, Surroundings(environ, path.parent), problems, notes, judged=judged)
    if problems:
        raise ConfigError(rendered(problems, name))
    return config


def _config(
    value: dict[str, Value],
    place: Place,
    around: Surroundings,
    problems: list[Problem],
    notes: list[str],
    *,
    judged: Sequence[Source],
) -> Config:
    def part(key: str) -> tuple[Value, Place]:
        """An empty section is like none: everything in it has a default."""
        given = value.get(key)
        return ({} if given is None else given), place.at([key])

    digest = check(schema.DigestSection, *part("digest"), problems)
    site = check(schema.SiteSection, *part("site"), problems)
    letter = check(schema.LetterSection, *part("letter"), problems)
    mail = check(schema.MailSection, *part("mail"), problems)
    collect = check(schema.CollectSection, *part("collect"), problems)
    topics = topics_of(value.get("topics"), place.at(["topics"]), problems)
    topic_ids = named_ids(value.get("topics"))
    sources = sources_of(value.get("sources"), place.at(["sources"]), topic_ids, problems, notes, judged=judged)
    if not value.get("sources"):
        notes.append("there are no sources yet; add an address under sources")
    return Config(
        digest=digest_of(digest, around, topic_ids, problems),
        site=replace(site_of(site), statement=statement_of(site, problems)),
        letter=letter_of(letter, around.folder, problems),
        mail=mail_of(mail, around, problems, notes),
        collect=collect_of(collect, around, problems),
        topics=topics,
        sources=sources,
        notes=tuple(notes),
    )


def shown_path(path: Path) -> str:
    """The path as a person would write it from here."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith(os.pardir + os.sep) else relative


def body_of(path: Path) -> bytes:
    """The file's bytes; ConfigError where there are none to be had."""
    name = shown_path(path)
    try:
        if not path.exists():
            raise ConfigError([f'{name}: there is no such file; "digikooste init" writes a commented one'])
        if not path.is_file():
            raise ConfigError([f"{name}: is no file; give the folder that holds sources.yaml as the workspace"])
        with path.open("rb") as file:
            return file.read(yaml.MOST_BYTES + 1)
    except OSError as error:
        raise ConfigError([f"{name}: cannot be read ({error.strerror}); check its permissions"]) from error
