"""A workspace's file, written and loaded for real."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING, Protocol

import pytest

from pipeline import config
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Load(Protocol):
    """Writes a text as sources.yaml and loads it."""

    def __call__(self, text: str | bytes, environ: Mapping[str, str] | None = None) -> config.Config:
        """Return the configuration."""
        ...


class Problems(Protocol):
    """Writes a text as sources.yaml and loads it in vain."""

    def __call__(self, text: str | bytes, environ: Mapping[str, str] | None = None) -> list[str]:
        """Return what is said about it, without the file's name."""
        ...


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "sources.yaml"

    def load_text(text: str | bytes, environ: Mapping[str, str] | None = None) -> config.Config:
        path.write_bytes(text if isinstance(text, bytes) else dedent(text).encode())
        return config.load(path, environ or {})

    return load_text


@pytest.fixture
def problems(load: Load) -> Problems:
    def refuse(text: str | bytes, environ: Mapping[str, str] | None = None) -> list[str]:
        with pytest.raises(ConfigError) as raised:
            load(text, environ)
        return [problem.removeprefix("sources.yaml:") for problem in raised.value.problems]

    return refuse
