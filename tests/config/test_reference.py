"""The pages made from the schema are current and true, and the shipped files are valid by both judges."""
# ruff: noqa: SIM300 - the expected value stands on the left

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from pipeline import config
from pipeline.config import listed, reference, schema, yaml
from pipeline.config.checking import keys_of
from pipeline.config.sections import ENVIRONMENT
from pipeline.model import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipeline.config.scalars import Section

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "pipeline" / "config" / "template" / "sources.yaml"
SECTIONS: dict[str, type[Section]] = {
    "digest": schema.DigestSection,
    "site": schema.SiteSection,
    "letter": schema.LetterSection,
    "mail": schema.MailSection,
    "collect": schema.CollectSection,
    "topics": listed.TopicEntry,
    "sources": listed.SourceEntry,
}
KEYS = [(name, key) for name, model in SECTIONS.items() for key in keys_of(model)]


def as_an_editor_reads(text: str) -> Any:  # noqa: ANN401 - JSON
    """The file's value with YAML's core types, which is what an editor holds against the schema."""

    def typed(value: yaml.Value) -> Any:  # noqa: ANN401 - JSON
        match value:
            case dict():
                return {key: typed(part) for key, part in value.items()}
            case list():
                return [typed(part) for part in value]
            case "true" | "false":
                return value == "true"
            case str() if re.fullmatch(r"-?\d+(\.\d+)?", value):
                return float(value) if "." in value else int(value)
            case _:
                return value

    return typed(yaml.read(text).value)


SHAPE: dict[str, Any] = json.loads(reference.json_schema())


@pytest.fixture(scope="module")
def editor() -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(SHAPE)


@pytest.mark.parametrize("name", [reference.SCHEMA_FILE, reference.PAGE_FILE])
def test_the_generated_pages_are_current(tmp_path: Path, name: str) -> None:
    """``make docs`` would change nothing."""
    reference.write(tmp_path)
    assert (tmp_path / name).read_text() == (ROOT / "docs" / name).read_text(), 'run "make docs"'


def test_the_command_of_the_makefile_writes_both(tmp_path: Path) -> None:
    """``python -m pipeline.config.reference FOLDER`` names what it wrote."""
    command = [sys.executable, "-m", "pipeline.config.reference", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "" == done.stderr
    assert sorted(map(str, tmp_path.iterdir())) == sorted(done.stdout.splitlines())
    assert 2 == len(done.stdout.splitlines())


def test_the_schema_is_one() -> None:
    """Draft 7, without references, so that every editor shows the descriptions."""
    jsonschema.Draft7Validator.check_schema(SHAPE)
    assert "$ref" not in json.dumps(SHAPE)
    assert list(SECTIONS) == list(SHAPE["properties"])


@pytest.mark.parametrize(("section", "key"), KEYS)
def test_every_key_is_documented(section: str, key: str) -> None:
    """In the schema for editors and on the page for people."""
    shape = SHAPE["properties"][section]
    entry = shape if "properties" in shape else shape["items"]
    while "anyOf" in entry:
        entry = entry["anyOf"][-1]
    assert entry["properties"][key]["description"].endswith((".", ")"))
    part = reference.page().split(f"\n## {section}\n")[1].split("\n## ")[0]
    assert 1 == part.count(f"\n| `{key}` |")


def test_every_kind_and_variable_is_documented() -> None:
    """Nothing that can be set is a secret of the code."""
    page = reference.page()
    assert all(f"`{kind}`" in page for kind in Kind)
    assert all(f"| `{name}` |" in page for name in ENVIRONMENT)
    assert "<!-- keys" not in page
    assert "<!-- environment" not in page


def examples() -> Iterator[tuple[str, str, str]]:
    for name, model in SECTIONS.items():
        for key, field in model.model_fields.items():
            for example in field.examples or []:
                yield name, field.alias or key, str(example)


# What an example needs beside it to be a whole entry.
COMPANIONS = {
    "host": ["from: a@example.fi"],
    "user": ["host: a.fi", "from: a@example.fi"],
    "password_file": [],
    "bounces": ["return_path: 'returns{token}@example.fi'"],
    "drip": ["url: https://www.youtube.com/playlist?list=PLabcdefghij"],
    "item": ["kind: listing"],
    "kind": ["item: li"],
    **{key: ["item: li"] for key in ("link", "title", "lead", "date", "next")},
    "prefix": ["kind: sitemap"],
}
STATEMENT = {
    "organisation": "A",
    "contact": "a@example.fi",
    "conforms": "partially",
    "assessed": "2026-11-16",
    "shortcomings": "[A]",
}
FILES = {"password_file", "logo", "logo_alt"}
"""Keys that need a file beside sources.yaml."""


@pytest.mark.parametrize(("section", "key", "example"), [each for each in examples() if each[1] not in FILES])
def test_every_example_is_accepted(
    load: Callable[..., config.Config], editor: jsonschema.Draft7Validator, section: str, key: str, example: str
) -> None:
    """By the loader and by an editor; what is printed as an example can be copied."""
    companions = list(COMPANIONS.get(key, [])) if section in {"sources", "mail"} else []
    if section == "sources" and key != "url" and not any(line.startswith("url:") for line in companions):
        companions.append("url: https://x.fi/")
    if section == "site" and key in STATEMENT and example != "fully":
        companions = [f"{name}: {value}" for name, value in STATEMENT.items() if name != key]
    elif key == "conforms":
        companions = [f"{name}: {STATEMENT[name]}" for name in ("organisation", "contact", "assessed")]
    if section == "topics" and key != "id":
        companions.append("id: a")
    lines = [f"{key}: {example}", *companions]
    listed = section in {"topics", "sources"}
    body = f"{section}:\n" + "".join(f"  {'- ' if listed and not n else '  '}{line}\n" for n, line in enumerate(lines))
    if key == "topics":
        body += "topics: [{id: tarinallistaminen}]\n"
    load(body)
    assert [] == [error.message for error in editor.iter_errors(as_an_editor_reads(body))]


@pytest.mark.parametrize("snippet", re.findall(r"```yaml\n(.*?)```", reference.page(), re.DOTALL))
def test_every_piece_of_the_page_is_a_valid_file(load: Callable[..., config.Config], snippet: str) -> None:
    """Documentation that does not load is worse than none."""
    load(snippet)


@pytest.mark.parametrize(
    "wrong",
    [
        "soruces: []",
        "digest: {at_least: -1}",
        "digest: {at_least: viisi}",
        "digest: {languages: [no]}",
        "digest: {languages: []}",
        "digest: {title: {no: x}}",
        "digest: {web_only: 'yes'}",
        "mail: {security: ssl}",
        "mail: {password: x}",
        "topics: [{name: a}]",
        "topics: [{id: Å}]",
        "sources: [{id: a}]",
        "sources: [{url: 'x.fi'}]",
        "sources: ['x.fi/feed']",
        "sources: [{url: 'https://x.fi/', kind: rss}]",
        "sources: [{url: 'https://x.fi/', langauge: fi}]",
    ],
)
def test_an_editor_marks_what_the_loader_refuses(
    problems: Callable[..., list[str]], editor: jsonschema.Draft7Validator, wrong: str
) -> None:
    """The two judges agree on whatever a schema can say."""
    assert problems(wrong)
    assert list(editor.iter_errors(as_an_editor_reads(wrong)))


@pytest.mark.parametrize("path", [ROOT / "sources.yaml", TEMPLATE], ids=["shipped", "template"])
def test_a_shipped_file_is_valid_and_names_its_schema(path: Path, editor: jsonschema.Draft7Validator) -> None:
    """Nothing is underlined in an editor, and the first run finds nothing to complain of."""
    config.load(path, {})
    text = path.read_text()
    assert [] == [error.message for error in editor.iter_errors(as_an_editor_reads(text))]
    assert text.startswith("# yaml-language-server: $schema=./")
    assert max(map(len, text.splitlines())) <= 120


def test_the_shipped_schema_is_where_the_shipped_file_says() -> None:
    """The path in the first line leads to the generated schema."""
    first = (ROOT / "sources.yaml").read_text().splitlines()[0]
    assert (ROOT / first.partition("$schema=")[2]).samefile(ROOT / "docs" / reference.SCHEMA_FILE)


def test_the_shipped_file_reads_what_is_known_and_rests_what_is_a_guess() -> None:
    """Suomidigi and the government are read; the three courses wait for their ids; guesses are disabled."""
    loaded = config.load(ROOT / "sources.yaml", {})
    enabled = {source.id for source in loaded.sources if source.enabled}
    courses = [source for source in loaded.sources if source.drip]
    assert {
        "suomidigi-artikkelit", "suomidigi-blogit", "suomidigi-sv-en", "valtioneuvosto", "valtioneuvosto-en",
    } == enabled  # fmt: skip
    assert [(Kind.YOUTUBE, 1, True, False)] * 3 == [
        (course.kind, course.drip, course.archive, course.enabled) for course in courses
    ]
    assert {"eoppiva", "haus", "dvv", "valtiovarainministerio", "kela"} <= {source.id for source in loaded.sources}
    assert all(source.only_topics for source in loaded.sources if source.id.startswith("valtioneuvosto"))


def test_the_shipped_topics_have_words_in_three_languages() -> None:
    """The founding article's keywords, and the channels that it speaks of, in each language."""
    topics = config.load(ROOT / "sources.yaml", {}).topics
    for topic in topics:
        assert {"fi", "sv", "en"} == set(topic.words) == set(topic.name)
        assert all(topic.words.values())
    words = {word for topic in topics for word in topic.words["fi"]}
    assert {
        "Kela", "viestintä", "some", "sosiaalinen media", "viestintäsuositus", "tarinallistaminen",
        "Twitter", "LinkedIn", "Facebook", "YouTube", "Pinterest",
    } <= words  # fmt: skip


def test_every_disabled_source_says_why() -> None:
    """A guess says so, a placeholder says what to fill in; the courses say it once for all three."""
    text = (ROOT / "sources.yaml").read_text()
    body, courses = text.split("# --- Courses")
    unexplained = re.findall(r"^\s+enabled: false\s*$", body, re.MULTILINE)
    assert [] == unexplained
    assert 'copy what follows "list="' in courses
