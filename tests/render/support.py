"""What mail programs show of HTML and CSS: a slice of caniemail's data, and what a letter uses of it.

``python -m tests.render.support FILE`` makes the slice anew of the data file of caniemail (in npm's package
caniemail: dist/data/caniemail.json, MIT licence, see tests/render/caniemail/LICENSE).
"""

from __future__ import annotations

import json
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

from tests.render.markup import HTMLParser

SLICE = Path(__file__).parent / "caniemail" / "support.json"
FAMILIES = ("gmail", "outlook")

NOT_IN_CANIEMAIL = frozenset({"color", "font-family", "-webkit-hyphens"})
"""Every program has the first two; the third stands beside the one without a prefix."""

_OF_PROPERTY = {
    "background-color": "css-background-color",
    "height": "css-height",
    "max-height": "css-max-height",
    "border-radius": "css-border-radius",
    "list-style-type": "css-list-style-type",
}
_SHORTHANDS = ("margin", "padding", "border", "background", "list-style")
_ELEMENTS = {
    "h1": "html-h1-h6",
    "h2": "html-h1-h6",
    "h3": "html-h1-h6",
    "ul": "html-lists",
    "li": "html-lists",
    "tr": "html-table",
    "td": "html-table",
    "tbody": "html-table",
}
_NO_ELEMENTS = frozenset({"html", "head", "meta", "title", "a"})
"""Elements that caniemail does not list, since every program has or drops them."""
_SELECTORS = {
    r"\[": "css-selector-attribute",
    r"\.[a-z]": "css-selector-class",
    r",": "css-selector-grouping",
    r"[\w\])] +[\w.]": "css-selector-descendant",
    r"(^|[, ])[a-z]\w*": "css-selector-type",
    r">": "css-selector-child",
    r"\+": "css-selector-adjacent-sibling",
    r"~": "css-selector-general-sibling",
    r"\*": "css-selector-universal",
    r":hover": "css-pseudo-class-hover",
}


@cache
def slices() -> dict[str, Any]:
    """Return the slice: "updated", "clients" and for each feature its title and a letter per client."""
    data: dict[str, Any] = json.loads(SLICE.read_text(encoding="utf-8"))
    return data


def lacking(slug: str) -> tuple[str, ...]:
    """Return the programs of Gmail and Outlook that do not have a feature, by their newest version tested."""
    data = slices()
    letters = data["features"][slug][1]
    return tuple(client for client, letter in zip(data["clients"], letters, strict=True) if letter == "n")


def used(html: str) -> set[str]:
    """Return the features of caniemail that a letter uses; raises KeyError for one that nobody knows."""
    tree = HTMLParser(html)
    sheets = [node.text() for node in tree.css("style")]
    found = {"html-doctype", "html-comments", "css-at-media-prefers-color-scheme", "css-at-media"}
    for declarations in [node.attributes["style"] or "" for node in tree.css("[style]")]:
        found |= _of_declarations(declarations)
    for sheet in sheets:
        for selector, declarations in re.findall(r"([^{};]+)\{([^{}]*)\}", re.sub(r"@media[^{]*\{", "", sheet)):
            found |= _of_declarations(declarations)
            found |= {slug for pattern, slug in _SELECTORS.items() if re.search(pattern, selector.strip())}
    for node in tree.css("*"):
        tag = node.tag or ""
        if tag not in _NO_ELEMENTS and not tag.startswith("-"):
            found.add(_ELEMENTS.get(tag, f"html-{tag}"))
        found |= {f"html-{name}" for name in node.attributes if f"html-{name}" in slices()["features"]}
        address = node.attributes.get("href") or ""
        found |= {"html-anchor-links"} if address.startswith("#") else set()
        found |= {"html-mailto-links"} if address.startswith("mailto:") else set()
        found |= {"html-aria-hidden"} if "aria-hidden" in node.attributes else set()
        found |= {"html-meta-color-scheme"} if node.attributes.get("name") == "color-scheme" else set()
    assert found <= set(slices()["features"]), found - set(slices()["features"])
    return found


def _of_declarations(declarations: str) -> set[str]:
    found = set()
    for declaration in filter(None, map(str.strip, declarations.split(";"))):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if "!important" in value:
            found.add("css-important")
        found |= {f"css-unit-{unit}" for unit in re.findall(r"\d(px|r?em|vw|vh)\b", value)}
        found |= {"css-unit-percent"} if re.search(r"\d%", value) else set()
        if name in NOT_IN_CANIEMAIL or name.startswith("mso-"):
            continue
        if name == "display" and value.startswith("none"):
            found.add("css-display-none")
        base = next((short for short in _SHORTHANDS if name.startswith(f"{short}-")), name)
        found.add(_OF_PROPERTY.get(name, f"css-{base}"))
    return found


def cut(source: Path) -> dict[str, Any]:
    """Return the slice of caniemail's whole data: HTML and CSS, Gmail and Outlook, the newest version tested."""
    whole = json.loads(source.read_text(encoding="utf-8"))
    features = [feature for feature in whole["data"] if feature["category"] in {"css", "html"}]
    clients = sorted(
        {
            f"{family}/{platform}"
            for feature in features
            for family in FAMILIES
            for platform in feature["stats"].get(family, {})
        }
    )

    def letter(feature: dict[str, Any], client: str) -> str:
        family, _, platform = client.partition("/")
        versions = feature["stats"].get(family, {}).get(platform, {})
        return str((list(versions.values()) or ["u"])[-1])[0]

    return {
        "updated": whole["last_update_date"][:10],
        "clients": clients,
        "features": {
            feature["slug"]: [feature["title"], "".join(letter(feature, client) for client in clients)]
            for feature in features
        },
    }


if __name__ == "__main__":
    text = json.dumps(cut(Path(sys.argv[1])), ensure_ascii=False, indent=0)
    SLICE.write_text(re.sub(r'\[\n"(.*)",\n"(\w+)"\n\]', r'["\1", "\2"]', text) + "\n", encoding="utf-8")
