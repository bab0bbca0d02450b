"""What outlives a database: backups, written whole or not at all, and the hashes of who was forgotten."""

from pipeline.safekeeping.archive import (
    DATABASE,
    SECRET,
    Backup,
    Contents,
    extract,
    found_in,
    inspect,
    is_archive,
    name_of,
    pack,
    prune,
    workspace_files,
)
from pipeline.safekeeping.journal import BESIDE, FILE, Journal

__all__ = [
    "BESIDE",
    "DATABASE",
    "FILE",
    "SECRET",
    "Backup",
    "Contents",
    "Journal",
    "extract",
    "found_in",
    "inspect",
    "is_archive",
    "name_of",
    "pack",
    "prune",
    "workspace_files",
]
