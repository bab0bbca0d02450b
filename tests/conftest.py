"""What all tests share: under DIGIKOOSTE_REQUIRE_ALL=1 a test that would be skipped fails instead."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests import chromium

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from playwright.sync_api import Browser

REQUIRE_ALL = os.environ.get("DIGIKOOSTE_REQUIRE_ALL") == "1"
DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
"""Data from outside, which no package brings: only its absence may skip a test."""

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

COSTLY = frozenset({"browser", "wheel", "installed"})
"""Fixtures of a module that take seconds to make."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real browser for the tests of a module."""
    with chromium.opened() as started:
        yield started


READABLE = 60
"""Bytes of an argument that may stand in a test's name."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write the golden files of the letter again, and look at the difference before it is committed",
    )
    parser.addoption(
        "--write-reliability",
        action="store_true",
        help="write docs/reliability.md from what the tests of the failure matrix see (make reliability)",
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what the tests of the failure matrix saw, and write their page where that is asked for."""
    if hasattr(config, "workerinput"):  # one of several processes of this run, which knows its own part alone
        return
    from tests.reliability import figures  # noqa: PLC0415  # only where there is something to tell

    found = figures.of(terminalreporter.getreports("passed"))
    if found:
        terminalreporter.section("the failure matrix")
        for line in figures.table(found):
            terminalreporter.write_line(line)
    if config.getoption("--write-reliability"):
        before = figures.PAGE.read_text(encoding="utf-8") if figures.PAGE.exists() else ""
        figures.PAGE.write_text(figures.page(found, before), encoding="utf-8")
        terminalreporter.write_line(f"Written: {figures.PAGE}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let one worker run all the tests that share something costly, so that it is made once."""
    for item in items:
        if COSTLY.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.xdist_group(str(item.path)))
        elif item.get_closest_marker("postgresql"):
            item.add_marker(pytest.mark.xdist_group("postgresql"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if not hasattr(report, "wasxfail"):
        _required(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _required(report)
    return report


def _required(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip into a failure that says what is missing."""
    if not REQUIRE_ALL or not report.skipped:
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if "data from outside" in reason and not DATA.is_dir():
        return
    report.outcome = "failed"
    report.longrepr = f"DIGIKOOSTE_REQUIRE_ALL=1, but this was to be skipped: {reason}"


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a test by its argument where its bytes are none to read, or hold the time at which they were packed.

    Two processes that collect the same tests must give them the same names.
    """
    is_plain = not isinstance(val, bytes) or (len(val) <= READABLE and val.isascii() and val.decode().isprintable())
    return None if is_plain else argname
