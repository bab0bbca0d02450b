"""Every page of the service is valid HTML and CSS by the Nu Html Checker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.counts import FULL, in_full
from tests.readers import gallery
from tests.readers.house import somebody
from tests.render import test_html
from tests.render.test_html import pytestmark

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2

    from tests.readers.house import House

__all__ = ["pytestmark"]

LANGUAGES = ("fi", "sv", "en") if FULL else ("en",)


@in_full
def test_every_page_is_valid(house: House, client: httpx2.Client, tmp_path: Path) -> None:
    """No error and no warning in any page or in the style sheet; in the mail no other than in the letter."""
    files = []

    def keep(name: str, text: str) -> None:
        files.append(tmp_path / name)
        files[-1].write_text(text, encoding="utf-8")

    for language in LANGUAGES:
        paths = gallery.shown(house, language)
        for name, path in paths.items():
            keep(f"{language}-{name}.html", client.get(path).text)
        keep(f"{language}-mistake.html", gallery.mistaken(client, paths["subscribe"]))
    style = client.get(client.get("/fi/tilaa").text.split('rel="stylesheet" href="')[1].split('"')[0]).text
    keep("style.html", f"<!doctype html><html lang=en><title>style</title><style>{style}</style>")
    house.ask(somebody(), client)
    mail = house.answer()[0].get_body(("html",))
    assert mail is not None
    keep("confirm.mail.html", mail.get_content())
    messages = [one for one in test_html.checked(*files) if test_html.excepted(one) is None]
    assert [(one["url"].rpartition("/")[2], one["message"]) for one in messages] == []
