"""The sections letter and site: logo, colours, footer, and the accessibility statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.colours import DARK, LIGHT
from pipeline.config import load
from pipeline.errors import ConfigError
from tests.test_pictures import png

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.config import Config


def read(folder: Path, text: str) -> Config:
    (folder / "sources.yaml").write_text(text, encoding="utf-8")
    return load(folder / "sources.yaml", {})


def problems(folder: Path, text: str) -> list[str]:
    """Return every mistake with its line and column."""
    with pytest.raises(ConfigError) as caught:
        read(folder, text)
    return [line.partition("sources.yaml:")[2] for line in caught.value.problems]


def test_without_a_word_everything_is_built_in(tmp_path: Path) -> None:
    """No logo, no footer, the built-in colours, no statement."""
    config = read(tmp_path, "sources: []\n")
    assert (config.letter.logo, config.letter.footer, config.site.statement) == (None, {}, None)
    assert (config.letter.light, config.letter.dark) == (LIGHT, DARK)


def test_colours_change_one_by_one(tmp_path: Path) -> None:
    """Those that are named; with or without #, long or short, in any case."""
    config = read(tmp_path, 'letter:\n  colours: {link: "#00594C", rule: "#ccc"}\n  dark_colours: {link: 7fd1bf}\n')
    assert (config.letter.light.link, config.letter.light.rule) == ("#00594c", "#cccccc")
    assert config.letter.light.ink == LIGHT.ink
    assert config.letter.dark.link == "#7fd1bf"


@pytest.mark.parametrize(
    ("section", "said"),
    [
        (
            'colours: {rule: "#eee", link: "#8fc7bb"}',
            "2:33: colours: link #8fc7bb on paper #ffffff has a contrast of 1.90:1, and text needs 4.5:1 (WCAG 2.1, ",
        ),
        ('colours: {link: "#8fc7bb"}', "2:19: colours: link #8fc7bb on tint #eef3f6 has a contrast of 1.70:1"),
        (
            'dark_colours: {paper: "#777777"}',
            "2:25: dark_colours: ink #e6e9ec on paper #777777 has a contrast of 3.67:1",
        ),
        ('colours: {lnik: "#000"}', '2:13: colours: "lnik" is no colour of the letter; did you mean "link"?'),
        ("colours: {link: blue}", '2:19: colours: must be a colour such as "#0b4f8a" (in quotes), not "blue"'),
        ("colours: {link: #000\n    }", "2:12: colours: link has no value; write the colour in quotes"),
        ("colours: green", '2:12: colours: must be a group such as {link: "#0b4f8a"}, not "green"'),
        ("logo: nowhere.png\n  logo_alt: A", "2:9: logo: nowhere.png cannot be read (No such file or directory)"),
        ("logo: sources.yaml\n  logo_alt: A", "2:9: logo: sources.yaml is no PNG, JPEG or GIF"),
        ("logo_alt: A", "2:13: logo_alt: is of no use without logo"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, section: str, said: str) -> None:
    """By line and column, with what to write instead."""
    found = problems(tmp_path, f"letter:\n  {section}\n")
    assert any(line.startswith(said) for line in found), found


def test_a_logo_needs_words(tmp_path: Path) -> None:
    """A picture says nothing to those who do not see it, or have images off."""
    (tmp_path / "logo.png").write_bytes(png(300, 80))
    assert problems(tmp_path, "letter:\n  logo: logo.png\n") == [
        '2:9: logo: needs words for those who do not see it; write "logo_alt: what the logo says"'
    ]
    letter = read(tmp_path, "letter:\n  logo: logo.png\n  logo_alt: {fi: Virasto}\n").letter
    assert letter.logo is not None
    assert (letter.logo.width, letter.logo.height, letter.logo_alt) == (300, 80, {"fi": "Virasto"})


STATEMENT = """
site:
  contact: viestinta@example.fi
  organisation: {fi: Esimerkkivirasto}
  conforms: partially
  assessed: 2026-11-16
  assessed_by: expert
  shortcomings: {fi: [Yksi, Kaksi]}
"""


def test_the_statement_is_read(tmp_path: Path) -> None:
    """All that the law asks of it."""
    statement = read(tmp_path, STATEMENT).site.statement
    assert statement is not None
    assert (statement.conforms, statement.assessed_by, str(statement.assessed)) == (
        "partially",
        "expert",
        "2026-11-16",
    )
    assert statement.shortcomings == {"fi": ("Yksi", "Kaksi")}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("conforms: partially", "", "4:17: organisation: the accessibility statement needs conforms too"),
        ("contact: viestinta@example.fi", "", "4:17: organisation: the accessibility statement needs contact too"),
        (
            "contact: viestinta@example.fi",
            "contact: viestintä",
            '3:12: contact: must be a web or mail address, such as viestinta@example.fi, not "viestintä"',
        ),
        ("organisation: {fi: Esimerkkivirasto}", "", "5:13: conforms: the statement needs a name"),
        ("partially", "fully", "8:17: shortcomings: there are none where conforms is fully"),
        ("shortcomings: {fi: [Yksi, Kaksi]}", "", '5:13: conforms: partially needs "shortcomings"'),
        ("partially", "mostly", '5:13: conforms: must be fully, partially or not, not "mostly"'),
        ("2026-11-16", "16.11.2026", '6:13: assessed: must be a day such as 2026-11-16, not "16.11.2026"'),
        ("assessed_by: expert", "accessibility: https://a.fi/", "7:18: accessibility: names a statement elsewhere"),
    ],
)
def test_a_statement_that_would_say_too_little_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    """Half a statement is none."""
    found = problems(tmp_path, STATEMENT.replace(old, new))
    assert any(line.startswith(said) for line in found), found
