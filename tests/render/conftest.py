"""A renderer of the shipped templates."""

from __future__ import annotations

import pytest

from pipeline.render import Renderer, default_templates
from tests.render.samples import SITE


@pytest.fixture(scope="session")
def renderer() -> Renderer:
    return Renderer([default_templates()], SITE)
