"""The sentence for a person whose installation lacks the optional packages of the demo."""

from __future__ import annotations

from pipeline.errors import DigikoosteError


def missing(package: str) -> DigikoosteError:
    """Return the error to raise when ``package``, which only the extra ``demo`` brings, cannot be imported."""
    return DigikoosteError(
        f"The demo needs the Python package {package}, which is not installed here: "
        'install it with pip install "digikooste[demo]" and try again.'
    )
