"""What the child processes parse with: imported once, by the fork server, so that they share it.

Each of two children would otherwise spend 0.5 s on it and hold 40 MB of its own, half of that the tables
by which languages are told apart.
"""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress

import html_text  # noqa: F401  # imported lazily where it is used, which would be once in each child
import w3lib.url  # noqa: F401  # as above

from pipeline import language
from pipeline.sources import feed, jsonfeed, saxdriver, xmlfeed  # noqa: F401  # as above
from pipeline.sources.tuning import tuned_feedparser

tuned_feedparser()
with suppress(OSError):  # its tables are unpacked by way of a file: on a full disk each reading says so by itself
    language.detect("Kahdesta sanasta kieli jo selviää")
gc.collect()
with suppress(AttributeError):  # a C library without it keeps what it was given
    ctypes.CDLL(None).malloc_trim(0)  # 30 MB through which the tables came
gc.freeze()  # or each child's first collection would write to every object, and so copy its page
