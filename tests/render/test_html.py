"""Letter and pages are valid HTML and CSS by the Nu Html Checker, but for a few named exceptions."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.counts import in_full
from tests.render import gallery

ROOT = Path(__file__).parents[2]
JAR = Path(os.environ.get("DIGIKOOSTE_NU_JAR") or ROOT / ".venv/node_modules/vnu-jar/build/dist/vnu.jar")
EXCEPTIONS = tomllib.loads(Path(__file__).with_name("nu.toml").read_text())["exception"]

pytestmark = [
    pytest.mark.skipif(not JAR.is_file(), reason="needs the Nu Html Checker: make checker"),
    pytest.mark.skipif(shutil.which("java") is None, reason="needs Java (Debian package default-jre-headless)"),
]


def checked(*paths: Path) -> list[dict[str, Any]]:
    """Return what the checker says of the files; whatever it says, it can be told apart by file."""
    command = ["java", "-Xmx512m", "-jar", str(JAR), "--format", "json", "--stdout", "--exit-zero-always"]
    done = subprocess.run([*command, "--also-check-css", *map(str, paths)], capture_output=True, text=True, check=True)
    messages: list[dict[str, Any]] = json.loads(done.stdout)["messages"]
    return messages


def excepted(message: dict[str, Any]) -> int | None:
    """Return the number of the exception that a message falls under, None where it falls under none."""
    where = "mail" if re.search(r"\.(mail|images-off)\.html$", message["url"]) else "pages"
    fitting = (
        number
        for number, one in enumerate(EXCEPTIONS)
        if one["where"] == where and re.search(one["message"], message["message"])
    )
    return next(fitting, None)


@in_full
def test_every_document_is_valid(tmp_path: Path) -> None:
    """No error and no warning of any document but the named ones; and every exception is still needed."""
    messages = checked(*gallery.write(tmp_path / "gallery").values())
    unexpected = Counter(
        (Path(message["url"]).name, message["message"]) for message in messages if excepted(message) is None
    )
    assert unexpected == {}
    assert {excepted(message) for message in messages} == set(range(len(EXCEPTIONS)))


@in_full
def test_the_checker_checks(tmp_path: Path) -> None:
    """A duplicate id, an unclosed element, an image without alt and a property that is none are found."""
    page = tmp_path / "page.html"
    page.write_text(
        "<!doctype html><html lang=fi><meta charset=utf-8><title>x</title><style>p { colour: red }</style>"
        '<p id="a"><b>x<p id="a"><img src="x.png">'
    )
    said = " ".join(message["message"] for message in checked(page))
    for found in ("Duplicate ID", "Unclosed element", "alt", "“colour”"):
        assert found in said
