"""digikooste: the weekly learning letter, from sources.yaml to an inbox."""

__version__ = "0.1.0"
