"""The kinds of values that keys of sources.yaml take: how each is checked, and how editors are told."""

from __future__ import annotations

import os
from datetime import date
from functools import partial
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from pipeline.calendar import Holidays
from pipeline.config import values
from pipeline.config.settings import Approval, AssessedBy, Conforms, Mailbox, Security, Silence, Unknown
from pipeline.model import LANGUAGES, ItemKind, Kind, Text

_LANGUAGE = {"type": "string", "enum": list(LANGUAGES)}


def _by_language(part: dict[str, Any]) -> dict[str, Any]:
    """One text for all languages, or one for each."""
    each = {"type": "object", "properties": dict.fromkeys(LANGUAGES, part), "additionalProperties": False}
    return {"anyOf": [part, each]}


def _spread(value: object) -> object:
    return value if isinstance(value, dict) else dict.fromkeys(LANGUAGES, value)


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _one_or_more(part: dict[str, Any]) -> Any:  # noqa: ANN401 - as below
    """One value, or a list of them."""
    return (
        BeforeValidator(_listed),
        AfterValidator(values.distinct),
        WithJsonSchema({"anyOf": [part, {"type": "array", "items": part}]}),
    )


def _checked(check: Any, **schema: Any) -> Any:  # noqa: ANN401 - what Annotated takes is only known to pydantic
    return (AfterValidator(check), WithJsonSchema({"type": "string", **schema}))


Line = Annotated[str, BeforeValidator(values.text)]
Whole = Annotated[int, BeforeValidator(values.whole)]
Number = Annotated[float, BeforeValidator(values.number)]
Flag = Annotated[bool, BeforeValidator(values.flag)]
Identifier = Annotated[Line, *_checked(values.identifier, pattern=values.ID)]
Language = Annotated[Line, *_checked(values.language, enum=list(LANGUAGES))]
WebAddress = Annotated[Line, *_checked(values.web_address, pattern="^https?://")]
FolderAddress = Annotated[Line, *_checked(values.folder_address, pattern="^https?://")]
SourceAddress = Annotated[Line, WithJsonSchema({"type": "string", "pattern": "^(https?://|file:)"})]
MailAddress = Annotated[Line, *_checked(values.mail_address, pattern="@")]
Contact = Annotated[Line, *_checked(values.contact)]
LeaveAddress = Annotated[Line, *_checked(values.leave_address)]
OneClickAddress = Annotated[Line, *_checked(values.one_click_address, pattern="^https://.*\\{token\\}")]
ReturnAddress = Annotated[Line, *_checked(values.return_address, pattern="^[^@]*\\{token\\}[^@]*@")]
Day = Annotated[date, BeforeValidator(values.day), WithJsonSchema({"type": "string", "format": "date"})]
Colours = Annotated[
    dict[Annotated[Line, AfterValidator(values.colour_name)], Annotated[Line, AfterValidator(values.colour)]],
    BeforeValidator(values.colours),
    WithJsonSchema(
        {
            "type": "object",
            "properties": {name: {"type": "string", "pattern": values.COLOUR} for name in values.COLOURS},
            "additionalProperties": False,
        }
    ),
]
HeaderText = Annotated[Line, *_checked(values.header_text)]
Server = Annotated[Line, *_checked(values.server)]
Selector = Annotated[Line, *_checked(values.selector)]
ScheduleText = Annotated[
    Line, *_checked(values.schedule, pattern=r"^([A-Za-z]+|monthly +[0-9]{1,2}) +[0-9]{1,2}:[0-9]{2}$")
]
TimeZone = Annotated[Line, *_checked(values.time_zone)]
Sender = Annotated[Mailbox, BeforeValidator(values.mailbox), WithJsonSchema({"type": "string", "pattern": "@"})]
Texts = Annotated[dict[Language, Line], BeforeValidator(_spread), WithJsonSchema(_by_language({"type": "string"}))]
Words = Annotated[
    dict[Language, list[Line]],
    BeforeValidator(_spread),
    WithJsonSchema(_by_language({"type": "array", "items": {"type": "string"}})),
]
Prefixes = Annotated[
    list[Line],
    BeforeValidator(_listed),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
TextWord = Annotated[Text, BeforeValidator(partial(values.choice, words=tuple(Text)))]
KindWord = Annotated[Kind, BeforeValidator(partial(values.choice, words=tuple(Kind)))]
SecurityWord = Annotated[Security, BeforeValidator(partial(values.choice, words=tuple(Security)))]
HolidaysWord = Annotated[Holidays, BeforeValidator(partial(values.choice, words=tuple(Holidays)))]
ConformsWord = Annotated[Conforms, BeforeValidator(partial(values.choice, words=tuple(Conforms)))]
AssessedByWord = Annotated[AssessedBy, BeforeValidator(partial(values.choice, words=tuple(AssessedBy)))]
ApprovalWord = Annotated[Approval, BeforeValidator(partial(values.choice, words=tuple(Approval)))]
SilenceWord = Annotated[Silence, BeforeValidator(partial(values.choice, words=tuple(Silence)))]
UnknownWord = Annotated[Unknown, BeforeValidator(partial(values.choice, words=tuple(Unknown)))]


Pattern = Annotated[str, BeforeValidator(values.expression), *_checked(values.pattern)]
ItemKindWord = Annotated[ItemKind, BeforeValidator(partial(values.choice, words=tuple(ItemKind)))]
Days = Annotated[Whole, Field(ge=0, le=36500)]
Duration = Annotated[int, BeforeValidator(values.duration), WithJsonSchema({"type": "string"})]
MailAddresses = Annotated[list[MailAddress], *_one_or_more({"type": "string", "pattern": "@"})]
Lines = Annotated[list[Line], *_one_or_more({"type": "string"})]
Languages = Annotated[list[Language], *_one_or_more(_LANGUAGE)]
ItemKinds = Annotated[list[ItemKindWord], *_one_or_more({"type": "string", "enum": list(ItemKind)})]


# No package that happens to be installed has a say in how the file is read; to look for such took 5 ms.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


class Section(BaseModel):
    """A mapping of the file; an unknown key is a mistake."""

    # Built when the first one is judged: a file that says nothing of mail never pays for its class (3 ms each).
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, defer_build=True)
