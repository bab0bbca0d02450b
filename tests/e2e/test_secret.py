"""The workspace's secret: made once, readable by its owner alone, never replaced in silence."""

from __future__ import annotations

import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from pipeline.cli import secret
from pipeline.cli.workspace import Workspace
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def test_it_is_made_once_and_kept(tmp_path: Path) -> None:
    """The first need makes it; every later one finds the same 32 bytes, in a file of mode 0600."""
    workspace = Workspace(folder=tmp_path, environ={})
    first = secret.key(workspace)
    assert len(first) == secret.BYTES
    assert first == secret.key(workspace)
    assert [file.name for file in workspace.var.iterdir()] == ["secret.key"]
    assert stat.S_IMODE((workspace.var / "secret.key").stat().st_mode) == 0o600


def test_two_that_need_it_at_once_get_the_same(tmp_path: Path) -> None:
    """Whoever is faster wins, and nobody signs with a key that is lost."""
    with ThreadPoolExecutor(8) as several:
        found = set(several.map(lambda _: secret.key(Workspace(folder=tmp_path, environ={})), range(32)))
    assert len(found) == 1


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    """Several machines share one; nothing is written then."""
    said = base64.urlsafe_b64encode(bytes(range(40))).decode().rstrip("=")
    assert bytes(range(40)) == secret.key(Workspace(folder=tmp_path, environ={"DIGIKOOSTE_SECRET": said}))
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("body", ["", "abc", "å" * 50, base64.urlsafe_b64encode(b"x" * 31).decode(), "%" * 44])
def test_what_is_no_secret_is_refused_by_name_and_left_alone(tmp_path: Path, body: str) -> None:
    """A new key would end every link in every letter, so a spoilt one is never replaced in silence."""
    file = tmp_path / "var" / "secret.key"
    file.parent.mkdir()
    file.write_text(body, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"secret\.key"):
        secret.key(Workspace(folder=tmp_path, environ={}))
    assert body == file.read_text(encoding="utf-8")
