"""Workspaces that live for a year, whatever publishers, keepers, editors and readers do: see docs/news.md."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pipeline.calendar import Holidays
from pipeline.store import Store
from tests.counts import FULL
from tests.weeks.life import DAY, Life
from tests.weeks.parts import rules
from tests.weeks.world import World

if TYPE_CHECKING:
    from pathlib import Path

FIRST, LIVES, WEEKS = map(int, os.environ.get("DIGIKOOSTE_LIVES", "1:6:30" if FULL else "1:1:12").split(":"))
"""Which seeds live for how long: "100:50:40" looks for trouble in 50 others for 40 weeks each."""
SCHEDULES = ("mon 08:00", "mon 08:00", "thu 03:30", "daily 07:30", "monthly 31 08:00")


@pytest.mark.parametrize("seed", range(FIRST, FIRST + LIVES))
def test_a_life_goes_by_the_rules(seed: int, tmp_path: Path) -> None:
    """Week after week the letter is what the plainest telling of the rules makes of what everybody did.

    Nothing is news or a lesson twice, in any letter or inbox; what was published where nothing was meddled with
    comes once, every lesson comes, caps hold, what was frozen stays, and no letter is sent again but after a kill.
    """
    chance = random.Random(seed)
    begins = datetime(2026, 9, 1, 7, tzinfo=UTC) + chance.randint(0, 250) * DAY
    path = tmp_path / "digikooste.db"
    life = Life(
        Store(path),
        now=begins,
        schedule=chance.choice(SCHEDULES),
        holidays=chance.choice(list(Holidays)),
        rules=rules(chance),
    )
    world = World(life, chance, path)
    try:
        if chance.random() < 0.8:
            life.joins("lukija1@example.fi")
        for _ in range(WEEKS):
            world.week()
        world.ends()
    except Exception as error:
        error.add_note("\n".join(world.story))
        raise
    finally:
        world.life.store.close()
