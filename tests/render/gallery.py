"""Every document that the shipped templates make, as files that a browser or a checker opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline import pictures
from pipeline.model import LANGUAGES
from pipeline.render import DigestLine, Renderer, default_templates
from tests.render.samples import NOTE, OWN, SAMPLES, SENT, SITE, full

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.model import Edition

KEY = "2026-W47"


def write(folder: Path) -> dict[str, Path]:
    """Write every document under ``folder`` and return the files by name.

    Each sample in Finnish, the full one and what a workspace makes its own in all languages: NAME.LANGUAGE.mail
    and .page; the list, the choice of language and the statement; and "images-off", which is the mail as a
    program shows it that shows no pictures.
    """
    (folder / "output" / KEY).mkdir(parents=True)
    shipped, own = (Renderer([default_templates()], site) for site in (SITE, OWN))
    editions = {f"{name}.fi": shipped.edition(sample(), "fi", SENT) for name, sample in SAMPLES.items()}
    editions |= {f"full.{language}": shipped.edition(full(), language, SENT) for language in LANGUAGES}
    editions |= {f"own.{language}": own.edition(full(), language, SENT, said=NOTE[language]) for language in LANGUAGES}
    documents: dict[str, str | bytes] = {}
    for name, edition in editions.items():
        documents |= {f"{name}.mail.html": edition.html, f"output/{KEY}/{name}.page.html": edition.page}
    documents["own.fi.images-off.html"] = pictures.detached(editions["own.fi"].html)[0]
    documents |= {f"output/{name}": body for name, body in own.index([line(editions)]).items()}
    choice = own.folder(line(editions), [editions[f"own.{language}"] for language in LANGUAGES])["index.html"]
    documents[f"output/{KEY}/choice.html"] = choice
    paths = {name.rpartition("/")[2].removesuffix(".html"): folder / name for name in documents}
    for name, document in documents.items():
        (folder / name).write_bytes(document if isinstance(document, bytes) else document.encode())
    return {name: path for name, path in paths.items() if path.suffix == ".html"}


def line(editions: dict[str, Edition]) -> DigestLine:
    """Return the digest's line in the list of all."""
    subjects = {language: editions[f"own.{language}"].subject for language in LANGUAGES}
    return DigestLine(key=KEY, sent=SENT, subjects=subjects)
