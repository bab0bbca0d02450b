"""Every edition is byte for byte what it was, unless somebody changes it on purpose.

``pytest tests/render/test_golden.py --update-golden`` writes tests/render/golden again; the difference is
then to be read, and the letter looked at (``make pictures``), before it is committed.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import pictures
from pipeline.model import LANGUAGES
from pipeline.render import Renderer, default_templates
from pipeline.render.statement import FILES
from tests.render.samples import NOTE, OWN, SENT, SITE, full, nothing_new, short

GOLDEN = Path(__file__).parent / "golden"


def documents() -> dict[str, str]:
    """Return every golden document by its file's name; an embedded picture is told by its address alone."""
    shipped, own = (Renderer([default_templates()], site) for site in (SITE, OWN))
    editions = {f"full.{language}": shipped.edition(full(), language, SENT) for language in LANGUAGES}
    editions |= {f"short.{language}": shipped.edition(short(), language, SENT) for language in LANGUAGES}
    editions |= {f"nothing-new.{language}": shipped.edition(nothing_new(), language, SENT) for language in LANGUAGES}
    editions |= {f"own.{language}": own.edition(full(), language, SENT, said=NOTE[language]) for language in LANGUAGES}
    found: dict[str, str] = {}
    for name, edition in editions.items():
        found |= {
            f"{name}.subject.txt": f"{edition.subject}\n",
            f"{name}.mail.html": pictures.detached(edition.html)[0],
            f"{name}.mail.txt": edition.text,
            f"{name}.page.html": edition.page,
            f"{name}.page.txt": edition.page_text,
        }
    return found | {name: own.index([])[name].decode() for name in FILES.values()}


DOCUMENTS = documents()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_as_it_was(name: str, pytestconfig: pytest.Config) -> None:
    """The bytes that a reader would get."""
    path = GOLDEN / name
    if pytestconfig.getoption("--update-golden"):
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(DOCUMENTS[name], encoding="utf-8")
    assert path.read_text(encoding="utf-8") == DOCUMENTS[name]


def test_no_golden_file_is_left_over(pytestconfig: pytest.Config) -> None:
    """A file that nothing is held against says nothing."""
    files = {path.name for path in GOLDEN.iterdir()}
    if pytestconfig.getoption("--update-golden"):
        for name in files - set(DOCUMENTS):
            (GOLDEN / name).unlink()
        return
    assert files == set(DOCUMENTS)
