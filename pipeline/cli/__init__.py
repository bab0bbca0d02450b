"""Commands: wiring, words for people, exit codes. Heavy rooms are imported when a command needs them."""

from pipeline.cli.main import run

__all__ = ["run"]
