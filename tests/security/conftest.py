"""A workspace, a web server and an inbox for each test."""

from tests.e2e.conftest import box, desk, web

__all__ = ["box", "desk", "web"]
