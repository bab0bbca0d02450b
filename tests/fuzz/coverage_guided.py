"""Look for new ways to break one target with atheris, where that is installed: see README.md."""

from __future__ import annotations

import sys
from pathlib import Path


def main() -> None:
    """Fuzz the target that the first argument names; the rest is libFuzzer's."""
    try:
        from importlib import import_module  # noqa: PLC0415  # it must come before what it watches

        atheris = import_module("atheris")
    except ImportError:
        sys.exit("atheris is not installed: pip install atheris (it needs clang).")
    with atheris.instrument_imports(include=["pipeline"]):
        from tests.fuzz.targets import TARGETS  # noqa: PLC0415  # instrumented as it is imported
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(f"Name a target: {', '.join(TARGETS)}.")
    target, folder = TARGETS[sys.argv.pop(1)]
    atheris.Setup([*sys.argv, str(Path(__file__).parent / "corpus" / folder)], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
