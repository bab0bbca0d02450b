"""The letter's looks and its accessibility statement: the sections of the file as values."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline import pictures
from pipeline.colours import DARK, LEAST, LIGHT, unreadable
from pipeline.config.problems import Problem
from pipeline.config.settings import Conforms, LetterSettings, StatementSettings

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.colours import Palette
    from pipeline.config.checking import Checked
    from pipeline.config.schema import LetterSection, SiteSection
    from pipeline.pictures import Picture

_NEEDED = ("contact", "conforms", "assessed")


def letter_of(checked: Checked[LetterSection], folder: Path, problems: list[Problem]) -> LetterSettings:
    """The section ``letter``; the logo is read here, so that a missing one is found before a letter is."""
    section = checked.entry
    if section.logo and not checked.has("logo_alt"):
        text = 'logo: needs words for those who do not see it; write "logo_alt: what the logo says"'
        problems.append(Problem(checked.mark("logo"), text))
    if section.logo_alt and not checked.has("logo"):
        problems.append(Problem(checked.mark("logo_alt"), "logo_alt: is of no use without logo"))
    return LetterSettings(
        logo=_logo(checked, folder, problems),
        logo_alt=section.logo_alt or {},
        footer=section.footer or {},
        light=_palette(checked, "colours", LIGHT, problems),
        dark=_palette(checked, "dark_colours", DARK, problems),
    )


def statement_of(checked: Checked[SiteSection], problems: list[Problem]) -> StatementSettings | None:
    """What ``site`` says for an accessibility statement of our own, None where it says nothing."""
    section = checked.entry
    if not section.organisation:
        if lonely := next((key for key in ("conforms", "assessed", "shortcomings") if checked.has(key)), None):
            text = f'{lonely}: the statement needs a name; write "organisation: who answers for the letter"'
            problems.append(Problem(checked.mark(lonely), text))
        return None
    if checked.has("accessibility"):
        text = "accessibility: names a statement elsewhere, and organisation asks for one of its own; delete either"
        problems.append(Problem(checked.mark("accessibility"), text))
    if missing := [key for key in _NEEDED if not checked.has(key)]:
        *others, last = missing
        needed = f"{', '.join(others)} and {last}" if others else last
        text = f"organisation: the accessibility statement needs {needed} too"
        problems.append(Problem(checked.mark("organisation"), text))
    if section.conforms in {Conforms.PARTIALLY, Conforms.NOT} and not checked.has("shortcomings"):
        text = f'conforms: {section.conforms} needs "shortcomings", what is not accessible and why'
        problems.append(Problem(checked.mark("conforms"), text))
    if section.conforms is Conforms.FULLY and section.shortcomings:
        text = "shortcomings: there are none where conforms is fully; write partially there, or delete them"
        problems.append(Problem(checked.mark("shortcomings"), text))
    if section.conforms is None or section.assessed is None:
        return None
    return StatementSettings(
        organisation=section.organisation,
        conforms=section.conforms,
        assessed=section.assessed,
        assessed_by=section.assessed_by,
        shortcomings={language: tuple(lines) for language, lines in (section.shortcomings or {}).items()},
    )


def _logo(checked: Checked[LetterSection], folder: Path, problems: list[Problem]) -> Picture | None:
    named = checked.entry.logo
    if named is None:
        return None
    try:
        with (folder / named).open("rb") as file:
            return pictures.read(file.read(8 * pictures.MOST_BYTES))
    except OSError as error:
        reason = f"cannot be read ({error.strerror}); put it beside this file"
    except ValueError as error:
        reason = str(error)
    problems.append(Problem(checked.mark("logo"), f"logo: {named} {reason}"))
    return None


def _palette(checked: Checked[LetterSection], key: str, built_in: Palette, problems: list[Problem]) -> Palette:
    """The built-in colours with the file's; a pair that is hard to read is named, with a shade that is not."""
    own: dict[str, str] = getattr(checked.entry, key)
    palette = replace(built_in, **own)
    for pair in unreadable(palette):
        text, ground = getattr(palette, pair.text), getattr(palette, pair.ground)
        mark = checked.place.at([key, pair.text if pair.text in own else pair.ground]).mark
        problems.append(
            Problem(
                mark,
                f"{key}: {pair.text} {text} on {pair.ground} {ground} has a contrast of {pair.ratio:.2f}:1, and text "
                f'needs {LEAST}:1 (WCAG 2.1, 1.4.3); {pair.text}: "{pair.better}" would do',
            )
        )
    return palette
