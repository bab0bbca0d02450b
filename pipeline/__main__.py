"""``python -m pipeline`` and the command ``digikooste`` are the same."""

import gc
import signal
import sys


def main() -> None:
    """Run the command line and exit with its code."""
    gc.set_threshold(20_000, 20, 20)  # instead of 700 new objects: imports make no garbage, and took a tenth longer
    from pipeline.cli import run  # noqa: PLC0415  # a child process imports this module again, and needs none of it
    from pipeline.cli.streams import outlive_readers  # noqa: PLC0415  # as above

    outlive_readers()
    try:
        code = run(sys.argv[1:])
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # all is done: a second Ctrl-C ends it without a traceback
    except KeyboardInterrupt:  # the second one came between the work's end and here
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
