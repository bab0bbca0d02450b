"""Pictures of the letter to look at: ``python -m tests.render.pictures FOLDER``.

Each sample in Finnish, and the full one in Swedish and English, as mail and page, at 320 and 800 px, light and
dark; and letter.png, the picture of the README.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from pipeline.model import LANGUAGES
from pipeline.render import Renderer, default_templates
from tests.render.samples import SAMPLES, SENT, SITE, full

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = "/usr/bin/chromium"


def documents() -> dict[str, str]:
    """Return every document by the name of its picture."""
    renderer = Renderer([default_templates()], SITE)
    editions = {f"{name}.fi": renderer.edition(sample(), "fi", SENT) for name, sample in SAMPLES.items()}
    editions |= {f"full.{language}": renderer.edition(full(), language, SENT) for language in LANGUAGES}
    mails = {f"{name}.mail": edition.html for name, edition in editions.items()}
    return mails | {f"{name}.page": edition.page for name, edition in editions.items()}


def draw(browser: Browser, folder: Path) -> int:
    """Draw all pictures into a folder; answers how many."""
    drawn = 0
    shown = documents()
    for scheme in ("light", "dark"):
        for width in (320, 800):
            page = browser.new_page(viewport={"width": width, "height": 1000})
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            for name, document in shown.items():
                page.set_content(document)
                page.screenshot(path=folder / f"{name}.{scheme}.{width}.png", full_page=True)
                drawn += 1
            page.close()
    page = browser.new_page(viewport={"width": 800, "height": 1010})
    page.set_content(shown["full.fi.mail"])
    page.screenshot(path=folder / "letter.png")
    page.close()
    return drawn + 1


def main() -> None:
    """Draw into the folder that the command line names."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        drawn = draw(browser, folder)
        browser.close()
    sys.stdout.write(f"{drawn} pictures are in {folder}.\n")


if __name__ == "__main__":
    main()
