"""Jinja2 as the letter uses it: two environments, and mistakes named by file and line."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import css_inline
from jinja2 import (
    BytecodeCache,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
)

from pipeline.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import CodeType

    from jinja2.bccache import Bucket

    from pipeline.render.words import Words

T = TypeVar("T")

WIDTH = 72
"""Characters in a line of the plain text."""

_LEFTWARDS = frozenset({"R", "AL"})
_STRONG = _LEFTWARDS | {"L"}
_FIRST = "\u0590"
"""No character before the Hebrew ones runs leftwards; looking for one first is ten times as fast."""
_BLANKS = re.compile(r"\n{4,}")
_INLINER = css_inline.CSSInliner(minify_css=True, load_remote_stylesheets=False, preallocate_node_capacity=1024)


class _Compiled(BytecodeCache):
    """What each template became, for every language and as long as the process lives.

    To compile them takes longer than to draw them. The words are looked up when a template is drawn, so that its
    code is the same in all languages. It is known by the file and the text that it was made from.
    """

    _MOST = 500

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give back what was kept, if the text is still the same."""
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was made of a text; all the rest is forgotten when it is too much."""
        if len(self._kept) >= self._MOST:
            self._kept.clear()
        assert bucket.code is not None, "only what was compiled is kept"
        self._kept[bucket.key, bucket.checksum] = bucket.code


_COMPILED = {True: _Compiled(), False: _Compiled()}
"""For escaped and for plain text, which become different code."""


class Engine:
    """Templates of several folders, the first that has a file wins, in the words of one language."""

    def __init__(self, folders: Sequence[Path], words: Words) -> None:
        self._folders = tuple(folders)
        self._html = self._environment(words, autoescape=True)
        self._html.filters["direction"] = direction
        self._text = self._environment(words, autoescape=False)
        self._text.filters |= {"wrap": wrap, "underline": underline}

    def html(self, name: str, /, **context: object) -> str:
        """Return the template's page, everything that is not the template's own escaped."""
        return self._render(self._html, name, context)

    def macro(self, name: str, macro: str, /) -> Callable[..., str]:
        """Return a template's macro as a function that returns HTML: for what is drawn thousands of times."""
        call = self._guarded(name, lambda: getattr(self._html.get_template(name).module, macro))

        def draw(*values: object) -> str:
            return self._guarded(name, lambda: str(call(*values)))

        return draw

    def mail(self, name: str, /, **context: object) -> str:
        """Return the template's page with its style sheet moved into ``style`` attributes."""
        page = self._render(self._html, name, context)
        try:
            return _INLINER.inline(page)
        except css_inline.InlineError as error:
            raise RenderError(f"{self._path(name)}: its style sheet cannot be moved inline: {error}.") from error

    def text(self, name: str, /, **context: object) -> str:
        """Return the template's text: no line ends in a space, at most two blank lines, a last newline."""
        text = self._render(self._text, name, context)
        lines = "\n".join(line.rstrip() for line in text.splitlines())
        return _BLANKS.sub("\n\n\n", lines).strip("\n").replace("\N{NO-BREAK SPACE}", " ") + "\n"

    def _environment(self, words: Words, *, autoescape: bool) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(self._folders),
            autoescape=autoescape,  # noqa: S701  (False for plain text alone)
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            bytecode_cache=_COMPILED[autoescape],
        )
        # The extension adds this method at run time, so no type checker knows it.
        environment.install_gettext_translations(words.catalogue, newstyle=True)  # type: ignore[attr-defined]
        return environment

    def _render(self, environment: Environment, name: str, context: dict[str, object]) -> str:
        return self._guarded(name, lambda: environment.get_template(name).render(context))

    def _guarded(self, name: str, draw: Callable[[], T]) -> T:
        """Return what ``draw`` returns; a mistake in a template is named by file and line."""
        try:
            return draw()
        except TemplateSyntaxError as error:
            raise RenderError(f"{error.filename or error.name}:{error.lineno}: {error.message}") from error
        except TemplateNotFound as error:
            folders = ", ".join(map(str, self._folders))
            raise RenderError(f"The template {error.name} is in none of {folders}; restore it.") from error
        except (TemplateError, TypeError, ValueError, AttributeError, LookupError, ArithmeticError) as error:
            raise RenderError(f"{self._where(error) or self._path(name)}: {error}") from error

    def _where(self, error: Exception) -> str:
        """Return "file:line" of the template line that raised, '' if none did (Jinja2 rewrites tracebacks so)."""
        where = ""
        trace = error.__traceback__
        while trace:
            file = Path(trace.tb_frame.f_code.co_filename)
            if any(file.is_relative_to(folder) for folder in self._folders):
                where = f"{file}:{trace.tb_lineno}"
            trace = trace.tb_next
        return where

    def _path(self, name: str) -> Path:
        return next((path for folder in self._folders if (path := folder / name).exists()), Path(name))


def direction(text: str) -> str:
    """Return rtl or ltr for a text with letters that run leftwards, by its first letter; '' for any other text.

    Where all runs one way there is nothing to keep apart. Said in words, because Outlook knows no ``dir="auto"``.
    """
    if not text or max(text) < _FIRST:
        return ""
    strong = [kind for kind in map(unicodedata.bidirectional, text) if kind in _STRONG]
    if not _LEFTWARDS.intersection(strong):
        return ""
    return "rtl" if strong[0] in _LEFTWARDS else "ltr"


def wrap(text: str, indent: int = 0) -> str:
    """Return ``text`` in lines of at most 72 characters, indented; an address is never broken."""
    space = " " * indent
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=space,
        subsequent_indent=space,
        break_long_words=False,
        break_on_hyphens=False,
    )


def underline(text: str, character: str = "-") -> str:
    """Return ``text``, wrapped, above a line of ``character`` as long as its longest line."""
    wrapped = wrap(text)
    return f"{wrapped}\n{character * max(map(len, wrapped.splitlines()), default=0)}"
