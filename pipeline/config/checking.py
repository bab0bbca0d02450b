"""One mapping of the file against its class of ``schema``: what is right goes on, what is wrong is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from pydantic import ValidationError

from pipeline.config import listed, schema
from pipeline.config.problems import Mark, Problem, did_you_mean, one_of, shown
from pipeline.config.scalars import Section

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from pipeline.config.yaml import Place, Value

M = TypeVar("M", bound=Section)

_SECTIONS: dict[str, type[Section]] = {
    "digest": schema.DigestSection,
    "site": schema.SiteSection,
    "letter": schema.LetterSection,
    "mail": schema.MailSection,
    "collect": schema.CollectSection,
    "a topic": listed.TopicEntry,
    "a source": listed.SourceEntry,
}
_OTHER_WORDS = {
    "address": "url", "feed": "url", "href": "url", "link": "url", "type": "kind", "lang": "language", "tags": "topics",
    "title": "name", "label": "name", "selector": "item", "server": "host", "username": "user", "sender": "from",
    "keywords": "words", "name": "title", "timezone": "time_zone", "time": "schedule", "max": "at_most",
    "min": "at_least",
}  # fmt: skip
_WANTED = {
    # pydantic's error type: what to say of it
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
    "too_short": "must name at least one",
    "list_type": "must be a list, not {given}",
    "dict_type": "must be a group such as {{fi: …, sv: …, en: …}}, not {given}",
    "int_type": "must be a number, not {given}",
    "float_type": "must be a number, not {given}",
    "bool_type": "must be true or false, not {given}",
    "model_type": "must be a group such as {{language: [fi]}}, not {given}",
}
_FILTERS = ("include", "exclude")
_SECRETS = frozenset({"password", "passwd", "pass", "secret", "token"})


@dataclass(frozen=True, slots=True)
class Checked(Generic[M]):
    """A mapping whose good keys are in ``entry``; ``broken`` are those that have been reported."""

    entry: M
    place: Place
    broken: frozenset[str]

    def has(self, key: str) -> bool:
        """Whether the file gives this key, rightly or wrongly."""
        return key in self.broken or key in self.place.keys

    def mark(self, key: str) -> Mark:
        """Where the key's value stands, or the mapping's beginning."""
        return self.place.at([key]).mark


def keys_of(model: type[Section]) -> tuple[str, ...]:
    """The keys as they are written in the file."""
    return tuple(field.alias or name for name, field in model.model_fields.items())


def check(model: type[M], value: Value, place: Place, problems: list[Problem]) -> Checked[M]:
    """Judge every key by itself.

    A wrong key costs that key only, so that the rules over several keys can still be judged: the
    mapping without it is valid, since no key is required by the schema.
    """
    if not isinstance(value, dict):
        problems.append(Problem(place.mark, f'must be a group of "key: value" lines, not {_noun(value)}'))
        return Checked(model(), place, frozenset(keys_of(model)))
    broken = set(place.refused)
    if not value:
        return Checked(
            model.model_construct(), place, frozenset(broken)
        )  # defaults, which pydantic does not judge either
    for key, part in value.items():
        if part is None and key in keys_of(model):
            problems.append(Problem(place.keys[key], f"{key}: has no value; write one, or delete the line"))
            broken.add(key)
    good = {key: part for key, part in value.items() if key not in broken}
    try:
        return Checked(model.model_validate(good), place, frozenset(broken))
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            problems.append(_problem(model, detail, place))
            broken.add(str(detail["loc"][0]))
    good = {key: part for key, part in value.items() if key not in broken}
    return Checked(model.model_validate(good), place, frozenset(broken))


def check_known(value: dict[str, Value], place: Place, problems: list[Problem]) -> None:
    """Refuse unknown keys at the top of the file."""
    known = keys_of(schema.File)
    for key in value:
        if key not in known:
            homes = [name for name, model in _SECTIONS.items() if key in keys_of(model)]
            hint = f"; it belongs to {one_of(homes)}" if homes else did_you_mean(key, known)
            text = f"{shown(key)} is no section{hint or f'; the sections are {one_of(known)}'}"
            problems.append(Problem(place.keys[key], text))


def _problem(model: type[Section], detail: ErrorDetails, place: Place) -> Problem:
    path = list(detail["loc"])
    if detail["type"] == "extra_forbidden":
        if path[0] in _FILTERS and len(path) > 1:
            known = keys_of(listed.FilterEntry)
            hint = did_you_mean(str(path[-1]), known) or f"; known are {one_of(known)}"
            return Problem(place.key(path), f"{path[0]}: {shown(str(path[-1]))} is no condition{hint}")
        return Problem(place.key(path), _unknown(model, str(path[-1])))
    if path[-1] == "[key]":
        return Problem(place.key(path[:-1]), f"{path[0]}: {_advice(detail)}")
    return Problem(place.at(path).mark, f"{path[0]}: {_advice(detail)}")


def _unknown(model: type[Section], key: str) -> str:
    here = next(name for name, candidate in _SECTIONS.items() if candidate is model)
    if key.casefold() in _SECRETS:
        return (
            f"{key}: a secret has no place in this file; set DIGIKOOSTE_SMTP_PASSWORD, or name a file by password_file"
        )
    known = keys_of(model)
    other = _OTHER_WORDS.get(key.casefold())
    homes = [name for name, candidate in _SECTIONS.items() if key in keys_of(candidate)]
    if other in known:
        hint = f'; did you mean "{other}"?'
    elif homes:
        hint = f"; it belongs to {one_of(homes)}"
    else:
        hint = did_you_mean(key, known) or f"; known are {one_of(known)}"
    return f"{shown(key)} is no key of {here}{hint}"


def _advice(detail: ErrorDetails) -> str:
    given, context = detail["input"], detail.get("ctx", {})
    if given is None:
        return "has no value; write one, or delete the line"
    if detail["type"] == "value_error":
        return str(context["error"])
    if detail["type"] == "list_type" and isinstance(given, str):
        return f"must be a list; write [{shown(given)[1:-1]}]"
    wanted = _WANTED.get(detail["type"], "must be one text, not {given}")
    return wanted.format(given=_noun(given), **context)


def _noun(value: object) -> str:
    match value:
        case list():
            return "a list"
        case dict():
            return "a group of keys"
        case None:
            return "nothing"
        case _:
            return shown(str(value))
