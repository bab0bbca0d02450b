"""Look for new ways to break one target with atheris, where that is installed: see README.md."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
SEEN = Path(tempfile.gettempdir()) / "digikooste-fuzz"
"""Where what is found goes, so that the next run begins there; ``corpus`` holds what is kept for good."""


def main() -> None:
    """Fuzz the target that the first argument names; the rest is libFuzzer's."""
    try:
        from importlib import import_module  # noqa: PLC0415  # it must come before what it watches

        atheris = import_module("atheris")
    except ImportError:
        sys.exit("atheris is not installed, and nothing else needs it: pip install atheris.")
    with atheris.instrument_imports(include=["pipeline", "feedparser", "protego", "listparser", "w3lib"]):
        from tests.fuzz.targets import TARGETS  # noqa: PLC0415  # instrumented as it is imported
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(f"Name a target: {', '.join(TARGETS)}.")
    name = sys.argv.pop(1)
    found = SEEN / name
    found.mkdir(parents=True, exist_ok=True)
    limits = ["-timeout=10", "-rss_limit_mb=2048", "-max_len=20000", f"-artifact_prefix={found}-"]
    folders = [str(found), *(str(CORPUS / folder) for folder in TARGETS[name].folders)]
    atheris.Setup([sys.argv[0], *limits, *sys.argv[1:], *folders], TARGETS[name].run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
