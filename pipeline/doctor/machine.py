"""Checks of the machine: its clock, its time zones, the dictionary, the libraries that age, the publishing command."""

from __future__ import annotations

import re
import shlex
import subprocess
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipeline.doctor import Diagnosis, good, mend, skipped, warning

if TYPE_CHECKING:
    from pathlib import Path

BUILT = datetime(2026, 11, 1, tzinfo=UTC)
"""No clock that is right shows a moment before this program was written."""
TOLERANCE = timedelta(minutes=10)
LONG = timedelta(days=400)
OLD = timedelta(days=60)
_CLOCK = "set the clock, and let it be kept right: timedatectl set-ntp true"
_SUMMER, _WINTER = datetime(2027, 7, 1, 12), datetime(2027, 1, 1, 12)  # noqa: DTZ001  # the zone is what is asked
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=.*")


def clock(now: datetime, newest: datetime | None) -> Diagnosis:
    """The clock stands after this program's making, and after ``newest``, the last thing written down here."""
    said = f"{now.astimezone():%Y-%m-%d %H:%M %Z}"
    if now < BUILT:
        return mend(f"the clock says {said}, before this program was written", _CLOCK)
    if newest is not None and now < newest - TOLERANCE:
        return mend(
            f"the clock says {said}, but something was done here at {newest.astimezone():%Y-%m-%d %H:%M}", _CLOCK
        )
    if newest is not None and now > newest + LONG:
        return warning(
            f"the clock says {said}, and nothing has been done here since {newest.astimezone():%Y-%m-%d}",
            "look whether the clock is ahead before the next letter",
        )
    return good(said)


def time_zone(name: str) -> Diagnosis:
    """The zone's rules are there, summer time too."""
    remedy = "install the time zone data: apt install tzdata, or pip install tzdata"
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        return mend(f"there are no rules of the time zone {name}: {error}", remedy)
    summer, winter = (_offset(moment, zone) for moment in (_SUMMER, _WINTER))
    if name == "Europe/Helsinki" and (summer, winter) != (3.0, 2.0):
        return mend(f"{name} is UTC{winter:+g} in winter and UTC{summer:+g} in summer, which is wrong", remedy)
    return good(f"{name}: UTC{winter:+g} in winter, UTC{summer:+g} in summer")


def _offset(moment: datetime, zone: ZoneInfo) -> float:
    offset = moment.replace(tzinfo=zone).utcoffset()
    assert offset is not None
    return offset.total_seconds() / 3600


def voikko(missing: str | None, *, is_wanted: bool) -> Diagnosis:
    """Finnish words are found in all their forms; ``missing`` is what the topics say of the dictionary."""
    if not is_wanted:
        return skipped("no topic has Finnish words")
    if missing:
        return warning(missing, "apt install libvoikko1 voikko-fi, and pip install 'digikooste[voikko]'")
    return good("Finnish words are found in all their forms")


def youtube(today: date, installed: str | None = None, *, is_wanted: bool) -> Diagnosis:
    """yt-dlp is not old: YouTube changes, and it stops working within weeks or months."""
    try:
        installed = installed or version("yt-dlp")
    except PackageNotFoundError:
        return mend("yt-dlp is not installed", "install digikooste again, with what it needs")
    found = re.match(r"(\d{4})\.(\d{1,2})\.(\d{1,2})", installed)
    if not found:
        return warning(f"yt-dlp {installed} does not say how old it is", "make upgrade")
    age = today - date(*map(int, found.groups()))
    if age <= OLD:
        return good(f"yt-dlp {installed}, {max(age.days, 0)} days old")
    why = "lists may stop being read any week" if is_wanted else "no source needs it now"
    return warning(f"yt-dlp {installed} is {age.days} days old; {why}", "make upgrade, or pip install --upgrade yt-dlp")


def publishing(command: str | None, folder: Path) -> Diagnosis:
    """The command of ``site.publish`` can be parsed, and its first word is there; it is not run."""
    if not command:
        return skipped("site.publish is not set: output/ stays where it is")
    parsed = subprocess.run(["/bin/sh", "-n", "-c", command], cwd=folder, capture_output=True, check=False, text=True)  # noqa: S603  # -n runs nothing
    if parsed.returncode:
        return mend(
            f"site.publish is no shell command: {parsed.stderr.strip()}", "correct site.publish in sources.yaml"
        )
    word = _first_word(command)
    if (
        word
        and subprocess.run(  # noqa: S603  # asks the shell where the word leads, runs nothing
            ["/bin/sh", "-c", 'command -v -- "$1"', "sh", word], cwd=folder, capture_output=True, check=False
        ).returncode
    ):
        return mend(f"{word}, the command of site.publish, is not there", f"install {word}, or correct its path")
    return good(f"{word or command} is there")


def _first_word(command: str) -> str:
    """The program that a command line begins with; '' where the shell has to work it out."""
    try:
        words = shlex.split(command, comments=True)
    except ValueError:
        return ""
    word = next((word for word in words if not _ASSIGNMENT.fullmatch(word)), "")
    return "" if re.search(r"[$`(){};&|<>*?]", word) else word
