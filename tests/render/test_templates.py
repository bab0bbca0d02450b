"""Templates by hand: a workspace's file wins, and a mistake in it is named by file and line."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import RenderError
from pipeline.render import Renderer, default_templates, engine
from tests.render.samples import SENT, SITE, hostile, short


def own(folder: Path, name: str, source: str) -> Renderer:
    """Return a renderer whose workspace has one template of its own."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(source)
    return Renderer([folder, default_templates()], SITE)


def test_a_workspace_overrides_file_by_file(tmp_path: Path) -> None:
    """One file of the workspace's own replaces that one, and every template that includes it uses it."""
    renderer = own(tmp_path / "templates", "page-footer.html", "<footer><p>Oma alatunniste</p></footer>\n")
    page = renderer.edition(short(), "fi", SENT).page
    assert "Oma alatunniste" in page
    assert "Somen vuosikello" in page


def test_a_workspace_without_templates_uses_the_shipped_ones(tmp_path: Path) -> None:
    """The folder need not exist."""
    renderer = Renderer([tmp_path / "templates", default_templates()], SITE)
    assert "Somen vuosikello" in renderer.edition(short(), "fi", SENT).html


def test_a_template_is_compiled_once_for_all_languages_and_again_when_it_changes(tmp_path: Path) -> None:
    """The second language finds the first one's code; a changed file is seen by the next renderer."""
    source = '{{ _("Unsubscribe") }} {{ letter.language }}\n'
    first = own(tmp_path / "templates", "letter.txt", source)
    texts = [first.edition(short(), language, SENT).text for language in ("fi", "sv")]
    kept = len(engine._COMPILED[False]._kept)
    texts.append(own(tmp_path / "templates", "letter.txt", source).edition(short(), "en", SENT).text)
    assert len(engine._COMPILED[False]._kept) == kept
    assert [text.split()[-1] for text in texts] == ["fi", "sv", "en"]
    assert len({text.rpartition(" ")[0] for text in texts}) == 3
    changed = own(tmp_path / "templates", "letter.txt", f"Uusi {source}")
    assert changed.edition(short(), "fi", SENT).text.startswith("Uusi ")


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        ("<h1>\n\n{{ letter.subject }\n", 3, "unexpected '}'"),
        ("<h1>\n{% if letter.counts %}\n", 2, "Unexpected end of template"),
        ("{{ letter.title }}\n\n{{ letter.colour }}\n", 3, "has no attribute 'colour'"),
        ("\n{{ nothing }}\n", 2, "'nothing' is undefined"),
        ("\n\n\n{{ letter.more / 0 }}\n", 4, "division by zero"),
        ("\n{{ letter.chapters[99].name }}\n", 2, "has no element 99"),
        ("\n{{ letter.title | shout }}\n", 2, "No filter named 'shout'"),
        ('\n{{ _("Week %(week)s") }}\n', 2, "'week'"),
        ('{% include "nowhere.html" %}\n', 0, "The template nowhere.html is in none of"),
    ],
)
@pytest.mark.parametrize("name", ["letter.html", "letter.txt", "page.html"])
def test_a_mistake_is_named_by_file_and_line(tmp_path: Path, name: str, source: str, line: int, said: str) -> None:
    """Nothing is rendered, and the sentence says where to look, in mail, text and page alike."""
    renderer = own(tmp_path / "templates", name, source)
    with pytest.raises(RenderError) as caught:
        renderer.edition(short(), "fi", SENT)
    where = f"{tmp_path}/templates/{name}:{line}: " if line else ""
    assert str(caught.value).startswith(where)
    assert said in str(caught.value)


def test_a_mistake_in_an_included_file_is_named_there(tmp_path: Path) -> None:
    """The innermost template's line is the one to mend."""
    renderer = own(tmp_path / "templates", "page-footer.html", "<footer>\n{{ site.motto }}\n</footer>\n")
    with pytest.raises(RenderError, match=r"templates/page-footer\.html:2: .*motto"):
        renderer.edition(short(), "fi", SENT)


def test_a_template_that_is_no_text_is_named(tmp_path: Path) -> None:
    """A file in another encoding is refused by name."""
    renderer = own(tmp_path / "templates", "letter.txt", "")
    (tmp_path / "templates" / "letter.txt").write_bytes(b"\xe4")
    with pytest.raises(RenderError, match=r"letter\.txt"):
        renderer.edition(short(), "fi", SENT)


def test_html_is_escaped_in_own_templates_too(tmp_path: Path) -> None:
    """A template need not remember to escape; the text part is not escaped at all."""
    source = "{% for c in letter.chapters %}{% for e in c.entries %}[{{ e.title }}]{% endfor %}{% endfor %}"
    assert "[&lt;script&gt;" in own(tmp_path / "html", "page.html", source).edition(hostile(), "fi", SENT).page
    assert "[<script>" in own(tmp_path / "text", "letter.txt", source).edition(hostile(), "fi", SENT).text


def test_default_templates_travel_with_the_package(tmp_path: Path) -> None:
    """In a checkout they are the top-level folder; installed from a wheel, the package holds them itself."""
    assert (default_templates() / "letter.html").is_file()
    installed = tmp_path / "pipeline"
    package = Path(sys.modules["pipeline"].__file__ or "").parent
    for part in ("__init__.py", "errors.py", "model", "colours.py", "pictures.py", "prose.py", "render", "locale"):
        copy = shutil.copytree if (package / part).is_dir() else shutil.copyfile
        installed.mkdir(exist_ok=True)
        copy(package / part, installed / part)
    shutil.copytree(default_templates(), installed / "templates")
    program = "from pipeline.render import default_templates; print(default_templates())"
    answer = subprocess.run(
        [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {program}"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert answer.stdout.strip() == str(installed / "templates")
