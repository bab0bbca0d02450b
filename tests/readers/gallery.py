"""Every page of the service with something on it, for browsers and checkers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline import tokens
from pipeline.cli.secret import key
from tests.readers.house import seal, somebody

if TYPE_CHECKING:
    import httpx2

    from tests.readers.house import House


def shown(house: House, language: str) -> dict[str, str]:
    """The path of every page in one language, each with something on it."""
    address, left = somebody(), somebody()
    secret, number, gone = key(house.workspace), house.join(address, topics=("kieli",)), house.join(left)
    house.store.visitors.leave(gone, now=house.now)
    confirm = tokens.confirm(secret, address, language=language, topics=("kieli", "some"), now=house.now)
    edit = tokens.edit(secret, number, address, house.now)
    words = {
        "fi": ("tilaa", "tilaa/kiitos", "vahvista", "tervetuloa", "valinnat", "valinnat/kiitos", "lopeta"),
        "sv": ("prenumerera", "prenumerera/tack", "bekrafta", "valkommen", "val", "val/tack", "avsluta"),
        "en": ("subscribe", "subscribe/thanks", "confirm", "welcome", "preferences", "preferences/thanks", "leave"),
    }
    names = ("subscribe", "asked", "confirm", "welcome", "preferences", "sent", "leave")
    paths = {name: f"/{language}/{path}" for name, path in zip(names, words[language], strict=True)}
    paths["edit"] = f"{paths['preferences']}/{edit}?saved"
    paths["confirm"] += f"/{confirm}"
    paths["left"] = f"{paths['leave']}/{tokens.leave(secret, gone, left)}"
    paths["leave"] += f"/{tokens.leave(secret, number, address)}"
    late = tokens.confirm(secret, address, language=language, topics=None, now=house.now - 2 * tokens.CONFIRM_WITHIN)
    paths["expired link"] = f"/{language}/{words[language][2]}/{late}"
    paths["trial"] = f"/{language}/{words[language][-1]}/{tokens.leave(secret, 0, '')}"
    paths["not there"] = f"/{language}/nowhere"
    return paths


def mistaken(client: httpx2.Client, path: str) -> str:
    """The form with a mistake in it, as a page."""
    data = {"form": seal(client.get(path).text), "address": "<maija>", "topic": "some"}
    return client.post(path, data=data).text
