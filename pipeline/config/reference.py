"""The pages that are made from the schema: docs/sources.schema.json for editors, docs/configuration.md for people.

``python -m pipeline.config.reference docs`` writes them again.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.config import listed, schema
from pipeline.config.problems import one_of
from pipeline.config.sections import ENVIRONMENT
from pipeline.model import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic.fields import FieldInfo

    from pipeline.config.scalars import Section

SCHEMA_FILE = "sources.schema.json"
PAGE_FILE = "configuration.md"
_FRAME = Path(__file__).with_suffix(".md")
_NULL = {"type": "null"}
_WORDS = {"ge": "minimum", "le": "maximum"}
_NOUNS = {"boolean": "`true` or `false`", "array": "list", "object": "one for each language", "string": "text"}


def json_schema() -> str:
    """The JSON Schema of sources.yaml (draft 7, without references, which every editor reads)."""
    whole = schema.File.model_json_schema(by_alias=True)
    definitions = whole.pop("$defs")
    shape = _plain(whole, definitions)
    for name, section in shape["properties"].items():
        # Only here an empty value means something: a section whose lines are all comments.
        rest = {key: part for key, part in section.items() if key not in {"type", "default"}}
        shape["properties"][name] = {"type": [section["type"], "null"], **rest}
    head = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "sources.yaml of digikooste",
        "description": "What a team learns from, and how its letter is made: see docs/configuration.md.",
    }
    return json.dumps({**head, **shape, "description": head["description"]}, ensure_ascii=False, indent=2) + "\n"


def page() -> str:
    """The configuration reference as Markdown: the written frame with every key's table in it."""
    text = _FRAME.read_text(encoding="utf-8")
    for name, model in (
        ("digest", schema.DigestSection),
        ("site", schema.SiteSection),
        ("letter", schema.LetterSection),
        ("mail", schema.MailSection),
        ("collect", schema.CollectSection),
        ("filters", listed.FilterEntry),
        ("topics", listed.TopicEntry),
        ("sources", listed.SourceEntry),
    ):
        text = text.replace(f"<!-- keys of {name} -->", "\n".join(_table(model)))
    variables = [f"| `{name}` | {meaning} |" for name, meaning in ENVIRONMENT.items()]
    return text.replace("<!-- environment -->", "\n".join(["| variable | meaning |", "|---|---|", *variables]))


def write(folder: Path) -> list[Path]:
    """Write both pages into the folder; returns their paths."""
    pages = {folder / SCHEMA_FILE: json_schema(), folder / PAGE_FILE: page()}
    for path, text in pages.items():
        path.write_text(text, encoding="utf-8")
    return list(pages)


def _plain(node: Any, definitions: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """The schema in the words of draft 7: references resolved, no value may be null, bounds by their names."""
    if isinstance(node, list):
        return [_plain(part, definitions) for part in node if part != _NULL]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target = definitions[node["$ref"].rpartition("/")[2]]
        return _plain({**target, **{key: part for key, part in node.items() if key != "$ref"}}, definitions)
    if len(options := [part for part in node.get("anyOf", []) if part != _NULL]) == 1:
        rest = {key: part for key, part in node.items() if key != "anyOf"}
        return _plain({**options[0], **rest}, definitions)
    mapping: dict[str, Any] = node
    plain: dict[str, Any] = {}
    for key, part in mapping.items():
        if key == "properties":  # here a key such as "title" is one of ours, no word of JSON Schema
            plain[key] = {name: _plain(value, definitions) for name, value in part.items()}
        elif key == "default" and part is not None:
            plain[key] = part
        elif key not in {"title", "examples", "mandatory", "default"}:
            plain[_WORDS.get(key, key)] = _plain(part, definitions)
    if mandatory := [name for name, part in node.get("properties", {}).items() if part.get("mandatory")]:
        plain["required"] = mandatory
    return plain


def _table(model: type[Section]) -> Iterator[str]:
    whole = model.model_json_schema(by_alias=True)
    shapes = _plain(whole, whole.get("$defs", {}))
    yield "| key | value | by default | meaning |"
    yield "|---|---|---|---|"
    for name, field in model.model_fields.items():
        key = field.alias or name
        shape = shapes["properties"][key]
        meaning = field.description or ""
        if field.examples:
            meaning += " For example " + one_of(f"`{example}`" for example in field.examples) + "."
        yield f"| `{key}` | {_value(shape)} | {_default(field)} | {meaning} |".replace("|  |", "| |")


def _value(shape: Mapping[str, Any]) -> str:
    """What kind of value a key takes, in words."""
    if "enum" in shape:
        return one_of(f"`{word}`" for word in shape["enum"])
    if "anyOf" in shape:
        return " or ".join(_value(option) for option in shape["anyOf"])
    if "max_age" in shape.get("properties", {}):
        return "[conditions](#include-and-exclude)"
    if "minimum" in shape:
        noun = "whole number" if shape["type"] == "integer" else "number"
        return f"{noun}, {shape['minimum']:g} to {shape['maximum']:g}"
    if shape["type"] == "object" and LANGUAGES[0] not in shape["properties"]:
        return "colours by name"
    return _NOUNS[shape["type"]]


def _default(field: FieldInfo) -> str:
    value = field.default
    if value is None or value == []:
        return ""
    if isinstance(value, dict):
        return "`{" + ", ".join(f"{key}: {text}" for key, text in value.items()) + "}`"
    if isinstance(value, list):
        return "`[" + ", ".join(value) + "]`"
    if isinstance(value, bool):
        return f"`{value}`".lower()
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


if __name__ == "__main__":
    for written in write(Path(sys.argv[1])):
        sys.stdout.write(f"{written}\n")
