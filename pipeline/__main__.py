"""``python -m pipeline`` and the command ``digikooste`` are the same."""

import gc
import sys


def main() -> None:
    """Run the command line and exit with its code."""
    gc.set_threshold(20_000, 20, 20)  # instead of 700 new objects: imports make no garbage, and took a tenth longer
    from pipeline.cli import run  # noqa: PLC0415  # a child process imports this module again, and needs none of it
    from pipeline.cli.streams import outlive_readers  # noqa: PLC0415  # as above

    outlive_readers()
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
