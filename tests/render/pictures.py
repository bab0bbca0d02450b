"""Pictures of the letter to look at: ``make pictures``, or ``python -m tests.render.pictures FOLDER``.

Each sample in Finnish, the full one and one with a workspace's own looks in all languages, as mail and page, and
the mail with images off, at 320 and 800 px, light and dark; letter.png is the picture of the README.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests import chromium
from tests.render import gallery

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def draw(browser: Browser, documents: dict[str, Path], folder: Path) -> int:
    """Draw all pictures into a folder; answers how many."""
    drawn = 0
    for scheme in ("light", "dark"):
        for width in (320, 800):
            page = browser.new_page(viewport={"width": width, "height": 1000})
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            for name, path in documents.items():
                page.goto(path.as_uri())
                page.screenshot(path=folder / f"{name}.{scheme}.{width}.png", full_page=True)
                drawn += 1
            page.close()
    page = browser.new_page(viewport={"width": 800, "height": 1010})
    page.goto(documents["full.fi.mail"].as_uri())
    page.screenshot(path=folder / "letter.png")
    page.close()
    return drawn + 1


def main() -> None:
    """Draw into the folder that the command line names."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as pages, chromium.opened() as browser:
        drawn = draw(browser, gallery.write(Path(pages)), folder)
    sys.stdout.write(f"{drawn} pictures are in {folder}.\n")


if __name__ == "__main__":
    main()
