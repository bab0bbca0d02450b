"""``sources.yaml`` and the environment as values, or file:line:column and what to write instead."""

from pipeline.config.loader import load
from pipeline.config.settings import (
    AssessedBy,
    CollectSettings,
    Config,
    Conforms,
    DigestSettings,
    LetterSettings,
    Mailbox,
    MailSettings,
    Security,
    SiteSettings,
    StatementSettings,
    Unknown,
)

__all__ = [
    "AssessedBy",
    "CollectSettings",
    "Config",
    "Conforms",
    "DigestSettings",
    "LetterSettings",
    "MailSettings",
    "Mailbox",
    "Security",
    "SiteSettings",
    "StatementSettings",
    "Unknown",
    "load",
]
