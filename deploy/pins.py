"""Writes deploy/requirements.txt: of the pins in requirements.txt those that run the program, without developers'.

Run it where everything is installed (`make upgrade` does); the hashes come along, so that
`pip install --require-hashes` holds for a service too.
"""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
TARGET = Path(__file__).with_name("requirements.txt")
EXTRAS = ("postgresql", "voikko")
BUILDER = "hatchling"
"""What makes the package of a checkout."""


def needed(name: str, extras: tuple[str, ...] = ()) -> set[str]:
    """Return the names of everything that ``name`` with ``extras`` needs here, itself too."""
    found: set[str] = set()
    waiting = [(canonicalize_name(name), extras)]
    while waiting:
        one, its_extras = waiting.pop()
        found.add(one)
        for line in _requirements(one):
            requirement = Requirement(line)
            wanted = ({"extra": extra} for extra in (*its_extras, ""))
            if requirement.marker and not any(requirement.marker.evaluate(here) for here in wanted):
                continue
            following = canonicalize_name(requirement.name)
            if following not in found:
                waiting.append((following, tuple(requirement.extras)))
    return found


def _requirements(name: str) -> list[str]:
    try:
        return requires(name) or []
    except PackageNotFoundError:  # for another platform, or not pinned
        return []


def pins() -> str:
    """Return the text of deploy/requirements.txt."""
    names = (needed("digikooste", EXTRAS) | needed(BUILDER)) - {"digikooste"}
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=\S)", text.strip())
    chosen = [block for block in blocks if canonicalize_name(re.split(r"[\[=]", block, maxsplit=1)[0]) in names]
    return "\n".join(chosen) + "\n"


if __name__ == "__main__":
    TARGET.write_text(pins(), encoding="utf-8")
