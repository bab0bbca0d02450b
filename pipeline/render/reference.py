"""The page on templates: docs/templates.md, made from the classes that templates are given.

``python -m pipeline.render.reference docs`` writes it again.
"""

from __future__ import annotations

import ast
import inspect
import sys
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.model import CoursePlace, Digest, Item, ItemKind, Period, Pick, Reason, Section, SectionKind
from pipeline.pictures import Picture
from pipeline.render import statement
from pipeline.render.facts import Logo, SiteFacts, Statement
from pipeline.render.renderer import DigestLine, Renderer, default_templates

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE_FILE = "templates.md"
EXAMPLE = """\
{{ letter.title | underline }}
{{ letter.counts }}
{% for chapter in letter.chapters %}

{{ chapter.name }}
{% for entry in chapter.entries %}
- {{ entry.title }}
  {{ entry.url }}
{% endfor %}
{% endfor %}

{{ _("Unsubscribe") }}: {{ site.leave }}
"""
"""A template of few lines, which the page shows with what it makes."""

_FRAME = Path(__file__).with_suffix(".md")
_LONGEST = 60
_SENT = date(2026, 11, 16)


def page() -> str:
    """Return the page: the written frame with every table and the example in it."""
    text = _FRAME.read_text(encoding="utf-8")
    for value in examples():
        table = "\n".join(_table(value))
        text = text.replace(f"<!-- table of {type(value).__name__} -->", table)
    return text.replace("<!-- example template -->\n", EXAMPLE).replace("<!-- example text -->\n", made())


def examples() -> tuple[object, ...]:
    """Return a value of each class that the tables show, all of one small letter."""
    site = _site()
    renderer = Renderer([default_templates()], site)
    letter = renderer.letter(_digest(), "fi", _SENT, said="Hyvää viikkoa!\n\nTerveisin Aino")
    line = DigestLine(key="2026-W47", sent=_SENT, subjects={"fi": letter.subject})
    stated = statement.write(site, renderer.words("fi"))
    course = letter.chapters[1].entries[0]
    assert letter.note is not None
    assert letter.logo is not None
    shown = (letter, letter.note, letter.logo, letter.links, letter.links.others[0], letter.chapters[0], course, site)
    return (*shown, renderer.row(line, "fi"), stated)


def made() -> str:
    """Return what the example makes of the sample."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "letter.txt").write_text(EXAMPLE, encoding="utf-8")
        return Renderer([Path(folder), default_templates()], _site()).edition(_digest(), "fi", _SENT).text


def described(kind: type) -> dict[str, tuple[str, str]]:
    """Return type and meaning of every field and property of a class, from its own source."""
    tree = ast.parse(inspect.getsource(kind)).body[0]
    assert isinstance(tree, ast.ClassDef)
    found: dict[str, tuple[str, str]] = {}
    for statement_, after in zip(tree.body, [*tree.body[1:], None], strict=True):
        match statement_, after:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(meaning))):
                found[name] = (ast.unparse(statement_.annotation), meaning)
            case ast.FunctionDef(name=name, returns=ast.expr() as returns), _:
                found[name] = (ast.unparse(returns), ast.get_docstring(statement_) or "")
    return found


def write(folder: Path) -> Path:
    """Write the page into the folder; returns its path."""
    path = folder / PAGE_FILE
    path.write_text(page(), encoding="utf-8")
    return path


def _table(value: object) -> Iterator[str]:
    yield "| name | type | for example | meaning |"
    yield "|---|---|---|---|"
    for name, (kind, meaning) in described(type(value)).items():
        shown = _shown(getattr(value, name))
        yield f"| `{name}` | {kind.replace(' | ', ' or ')} | {shown} | {' '.join(meaning.split())} |"


def _shown(value: Any) -> str:  # noqa: ANN401 - whatever a field holds
    match value:
        case "" | None | int() | ():
            shown = f"`{value!r}`"
        case str():
            shown = _code(value)
        case dict() | (str(), *_):
            shown = _code(str(value))
        case tuple():
            shown = f"{len(value)} of {type(value[0]).__name__}"
        case _:
            shown = type(value).__name__
    return shown


def _code(text: str) -> str:
    text = " ".join(text.replace("|", "/").split())
    return f"`{text if len(text) <= _LONGEST else text[: _LONGEST - 1] + '…'}`"


def _site() -> SiteFacts:
    return SiteFacts(
        title={"fi": "Digiviestinnän viikkokooste", "sv": "Veckans digitala kommunikation"},
        url="https://viestinta.example.fi/kooste/",
        languages=("fi", "sv"),
        leave="mailto:kooste@example.fi?subject=unsubscribe",
        operator="Viestintäkooste",
        contact="viestinta@example.fi",
        logo=Logo(picture=Picture(media_type="image/png", content=b"", width=440, height=112), alt={"fi": "Virasto"}),
        footer={"fi": "Kirjeen tekee Esimerkkiviraston viestintä."},
        statement=Statement(organisation={"fi": "Esimerkkivirasto"}, conforms="fully", assessed=_SENT),
    )


def _digest() -> Digest:
    article = Item(
        url="https://www.example.fi/selkea-virkakieli",
        key="www.example.fi/selkea-virkakieli",
        title="Selkeä virkakieli on palvelu",
        summary="Kuusi tapaa lyhentää päätöstekstiä.",
        language="fi",
        published=datetime(2026, 11, 10, 7, tzinfo=UTC),
    )
    lesson = Item(
        url="https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        key="youtube:dQw4w9WgXcQ",
        kind=ItemKind.VIDEO,
        title="Berättelser på jobbet",
        language="sv",
        duration=252,
    )
    course = CoursePlace(source="kurssi", title="Tarinallistaminen", place=2, total=6, next_title="Så börjar du")
    picks = (
        Pick(
            item_id=1,
            item=article,
            source="dvv",
            source_title="DVV",
            reason=Reason(code="new"),
            also_in=("Kuntaliitto",),
        ),
        Pick(item_id=2, item=lesson, source="kurssi", source_title="HAUS", reason=Reason(code="lesson"), course=course),
    )
    topic = Section(kind=SectionKind.TOPIC, id="kieli", name={"fi": "Selkeä kieli"}, picks=picks[:1])
    period = Period(
        key="2026-W47", start=datetime(2026, 11, 9, 6, tzinfo=UTC), end=datetime(2026, 11, 16, 6, tzinfo=UTC)
    )
    return Digest(period=period, sections=(topic, Section(kind=SectionKind.LESSONS, picks=picks[1:])))


if __name__ == "__main__":
    sys.stdout.write(f"{write(Path(sys.argv[1]))}\n")
