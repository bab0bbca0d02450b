"""Style sheets of pages as files of their own: a page that is served under a strict policy holds no style."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.archive.tree import SHEET, digest_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_STYLE = re.compile(r"<style>\s*(.*?)\s*</style>", re.DOTALL)


def hoist(page: str, above: str = "") -> tuple[str, Mapping[str, bytes]]:
    """Return the page with each style block as a link, and the style sheets' files by name.

    A file is named by what it holds, so it never changes, and pages that look alike share it. ``above`` leads
    from the page to where the files stand ("../").
    """
    sheets: dict[str, bytes] = {}

    def link(found: re.Match[str]) -> str:
        body = f"{found[1]}\n".encode()
        name = f"{SHEET}{digest_of(body)[:12]}.css"
        sheets[name] = body
        return f'<link rel="stylesheet" href="{above}{name}">'

    head, end, rest = page.partition("</head>")
    return _STYLE.sub(link, head) + end + rest, sheets
