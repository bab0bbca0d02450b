"""A clock that leaps ahead in a moment is not believed for an hour; time that has passed is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pipeline.cli.pulse import BELIEVED_AFTER, LEAP, Pulse

NOW = datetime(2026, 11, 16, 6, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Stopwatch:
    """Seconds that the test lets pass."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_time_that_passes_is_no_leap() -> None:
    """However long nobody looked: a year of sleep is a year."""
    watch = Stopwatch()
    pulse = Pulse(watch)
    assert pulse.ahead(NOW) is None
    watch.seconds += 365 * 86_400
    assert pulse.ahead(NOW + timedelta(days=365)) is None


def test_a_clock_that_is_put_right_is_no_leap() -> None:
    """Hours, weeks, and any way back: a machine's clock may have stood still, or been wrong."""
    pulse = Pulse(Stopwatch())
    for ahead in (timedelta(), timedelta(days=40), LEAP, timedelta(days=-400), timedelta(days=-301)):
        assert pulse.ahead(NOW + ahead) is None, ahead


def test_a_leap_is_not_believed_until_an_hour_has_passed() -> None:
    """Then it may be right after all; the way back is believed at once."""
    watch = Stopwatch()
    pulse = Pulse(watch)
    pulse.ahead(NOW)
    far = timedelta(days=400)
    assert pulse.ahead(NOW + far) == far
    watch.seconds += BELIEVED_AFTER / 2
    assert pulse.ahead(NOW + far + HOUR / 2) == far
    assert pulse.ahead(NOW + HOUR / 2) is None
    assert pulse.ahead(NOW + far + HOUR / 2) == far
    watch.seconds += BELIEVED_AFTER
    assert pulse.ahead(NOW + far + HOUR * 1.5) is None
    assert pulse.ahead(NOW + far + HOUR * 1.5) is None


def test_a_clock_that_went_back_and_is_right_again_has_not_leapt() -> None:
    """Unless it stayed back for an hour: then that is the measure, and what follows a leap."""
    watch = Stopwatch()
    pulse = Pulse(watch)
    back = timedelta(days=-400)
    assert [pulse.ahead(NOW), pulse.ahead(NOW + back), pulse.ahead(NOW)] == [None, None, None]
    pulse.ahead(NOW + back)
    watch.seconds += BELIEVED_AFTER
    assert pulse.ahead(NOW + back + HOUR) is None
    assert pulse.ahead(NOW + HOUR) == -back
