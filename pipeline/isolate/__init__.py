"""Run a parser on foreign bytes, or yt-dlp, in a child process with a time and a memory limit.

A hostile body can hold the interpreter for minutes or fill the memory (one feed: 27 s and 450 MB), and
neither can be stopped from inside. How Linux does it stands in ``child``.
"""

from pipeline.isolate.calls import Call
from pipeline.isolate.pool import Pool
from pipeline.isolate.single import Single, run

__all__ = ["Call", "Pool", "Single", "run"]
