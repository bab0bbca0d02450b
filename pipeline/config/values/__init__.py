"""A scalar's text as what its key asks for: each function returns the value or raises ValueError with the advice."""

from pipeline.config.values.addresses import (
    LONGEST_URL,
    WEB_PORTS,
    filled,
    folder_address,
    host_name,
    is_file,
    is_placeholder,
    private_reason,
    server,
    source_address,
    web_address,
)
from pipeline.config.values.correspondence import (
    LONGEST_LOCAL_PART,
    LONGEST_RETURN_TOKEN,
    TOKEN,
    contact,
    leave_address,
    mail_address,
    mailbox,
    one_click_address,
    return_address,
)
from pipeline.config.values.numbers import day, duration, flag, number, schedule, time_zone, whole
from pipeline.config.values.texts import (
    COLOUR,
    COLOUR_NAMES,
    COLOURS,
    ID,
    choice,
    colour,
    colour_name,
    colours,
    distinct,
    expression,
    header_text,
    identifier,
    language,
    pattern,
    selector,
    slug,
    text,
)

__all__ = [
    "COLOUR", "COLOURS", "COLOUR_NAMES", "ID", "LONGEST_LOCAL_PART", "LONGEST_RETURN_TOKEN", "LONGEST_URL", "TOKEN",
    "WEB_PORTS", "choice", "colour", "colour_name", "colours", "contact", "day", "distinct", "duration", "expression",
    "filled", "flag", "folder_address", "header_text", "host_name", "identifier", "is_file", "is_placeholder",
    "language", "leave_address", "mail_address", "mailbox", "number", "one_click_address", "pattern",
    "private_reason", "return_address", "schedule", "selector", "server", "slug", "source_address", "text",
    "time_zone", "web_address", "whole",
]  # fmt: skip
