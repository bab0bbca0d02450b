"""What the fork server imports for its children."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = ("feedparser", "html_text", "lxml.html", "numpy", "py3langid", "w3lib.url")
SCRIPT = """
import gc, sys
import pipeline.sources.preload
from pipeline import language
before = set(sys.modules)
assert gc.get_freeze_count() > 10_000
from datetime import UTC, datetime
from benchmarks.corpus import NOW, Corpus
from pipeline.sources import feed
from pipeline.sources.document import Document, Terms
corpus = Corpus(5)
for number in range(5):
    document = Document(body=corpus.body(number, 0), url="https://example.fi/feed")
    found = feed.parse(document, Terms(language=None, limit=100, now=NOW))
    assert len(found.items) == 23
    assert all(item.language for item in found.items), found.items[0]
print(*sorted(set(sys.modules) - before))
"""


def test_children_import_nothing_more_to_read_a_feed() -> None:
    """Declared or detected language, RSS or Atom: everything heavy is there when a child is born."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    late = [name for name in done.stdout.split() if not name.startswith(("benchmarks", "random", "email"))]
    assert [name for name in late if name in HEAVY or name.startswith("pipeline")] == [], late
