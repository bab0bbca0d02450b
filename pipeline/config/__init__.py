"""``sources.yaml`` and the environment as values, or file:line:column and what to write instead."""

from pipeline.config.loader import load
from pipeline.config.settings import (
    CollectSettings,
    Config,
    DigestSettings,
    Mailbox,
    MailSettings,
    Security,
    SiteSettings,
    Unknown,
)

__all__ = [
    "CollectSettings",
    "Config",
    "DigestSettings",
    "MailSettings",
    "Mailbox",
    "Security",
    "SiteSettings",
    "Unknown",
    "load",
]
