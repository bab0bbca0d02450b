"""Large files: 2,000 sources within a second, 20,000 accepted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.counts import FULL

ROOT = Path(__file__).parents[2]
# In a process of its own, where no coverage is measured.
SCRIPT = """
import sys, time
from pathlib import Path
from pipeline import config
start = time.process_time()
loaded = config.load(Path(sys.argv[1]), {})
print(time.process_time() - start, len({source.id for source in loaded.sources}), len(loaded.notes))
"""


def file_of(path: Path, count: int, *, is_bare: bool) -> Path:
    entry = (
        "  - https://s{0}.example.fi/feed\n"
        if is_bare
        else "  - id: lahde-{0}\n    name: Lähde {0}\n    url: https://s{0}.example.fi/feed\n"
        "    language: fi\n    topics: [viestinta]\n"
    )
    entries = "".join(map(entry.format, range(count)))
    path.write_text(f"topics:\n  - id: viestinta\nsources:\n{entries}")
    return path


@pytest.mark.parametrize(("count", "seconds"), [(2000, 1), (20_000, 20)])
def test_large_files_load(tmp_path: Path, count: int, seconds: float) -> None:
    """Of five keys each; measured 0.2 s and 2.5 s of CPU, the rest is room for slower machines.

    The 20,000 are bare addresses by default, which takes half of that.
    """
    path = file_of(tmp_path / "sources.yaml", count, is_bare=count > 2000 and not FULL)
    command = [sys.executable, "-c", SCRIPT, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    took, sources, notes = done.stdout.split()
    assert float(took) < seconds
    assert [str(count), "0"] == [sources, notes]
