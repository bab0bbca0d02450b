"""The nouns: Source, Item, Period, Digest, Edition, Recipient, Delivery; frozen, slotted, keyword-only.

Times are aware datetimes in UTC, durations whole seconds, languages BCP 47 codes ("fi"), texts plain
(never HTML). Nothing here knows how it is fetched, stored or shown.
"""

from pipeline.model.digests import (
    Candidate,
    CoursePlace,
    Digest,
    Edition,
    LeftOut,
    Period,
    Pick,
    Reason,
    Rules,
    Section,
    SectionKind,
    Shown,
    Sighting,
    SourceState,
    Tailored,
)
from pipeline.model.readings import Asks, Item, Known, Reading, Seen, Validators, Version
from pipeline.model.recipients import Delivery, DeliveryState, Recipient, RecipientState
from pipeline.model.sources import LANGUAGES, Conditions, ItemKind, Kind, Selectors, Source, Text, Topic

__all__ = [
    "LANGUAGES",
    "Asks",
    "Candidate",
    "Conditions",
    "CoursePlace",
    "Delivery",
    "DeliveryState",
    "Digest",
    "Edition",
    "Item",
    "ItemKind",
    "Kind",
    "Known",
    "LeftOut",
    "Period",
    "Pick",
    "Reading",
    "Reason",
    "Recipient",
    "RecipientState",
    "Rules",
    "Section",
    "SectionKind",
    "Seen",
    "Selectors",
    "Shown",
    "Sighting",
    "Source",
    "SourceState",
    "Tailored",
    "Text",
    "Topic",
    "Validators",
    "Version",
]  # fmt: skip
