"""Large files: 2,000 sources within a second, 20,000 accepted."""
# ruff: noqa: SIM300 - the expected value stands on the left

from __future__ import annotations

import gc
from time import process_time
from typing import TYPE_CHECKING

from pipeline import config

if TYPE_CHECKING:
    from pathlib import Path


def file_of(path: Path, count: int) -> Path:
    entries = "".join(
        f"  - id: lahde-{number}\n    name: Lähde {number}\n    url: https://s{number}.example.fi/feed\n"
        f"    language: fi\n    topics: [viestinta]\n"
        for number in range(count)
    )
    path.write_text(f"topics:\n  - id: viestinta\nsources:\n{entries}")
    return path


def test_two_thousand_sources_of_five_keys_load_within_a_second(tmp_path: Path) -> None:
    """Measured 0.15 s of CPU on the developers' machine; the rest is room for slower ones."""
    path = file_of(tmp_path / "sources.yaml", 2000)
    gc.collect()
    start = process_time()
    loaded = config.load(path, {})
    assert process_time() - start < 1
    assert 2000 == len(loaded.sources)


def test_twenty_thousand_sources_are_accepted(tmp_path: Path) -> None:
    """Nobody has so many; whoever has waits for a few seconds."""
    loaded = config.load(file_of(tmp_path / "sources.yaml", 20_000), {})
    assert 20_000 == len({source.id for source in loaded.sources})
    assert () == loaded.notes
