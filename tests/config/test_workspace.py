"""``init``: a commented workspace in an empty folder, and never over anything that is there."""
# ruff: noqa: SIM300 - the expected value stands on the left

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

import pytest

from pipeline import config
from pipeline.config.workspace import init
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_new_workspace_is_valid_and_commented(tmp_path: Path) -> None:
    """It loads as it is, its schema stands where its first line says, and var/ stays out of git."""
    folder = tmp_path / "uusi" / "tila"
    assert [folder / "sources.yaml", folder / "sources.schema.json", folder / ".gitignore"] == init(folder)
    loaded = config.load(folder / "sources.yaml", {})
    assert ["valtioneuvosto"] == [source.id for source in loaded.sources]
    first = (folder / "sources.yaml").read_text().splitlines()[0]
    assert json.loads((folder / first.partition("$schema=")[2]).read_text())["properties"]["sources"]
    assert "/var/" in (folder / ".gitignore").read_text().splitlines()


def test_what_is_commented_out_is_valid_too(tmp_path: Path) -> None:
    """Who deletes the "# " before an example gets a valid file."""
    init(tmp_path)
    path = tmp_path / "sources.yaml"
    text = re.sub(r"^(  )# (?=(?:- |  )?[\w-]+: |- https)", r"\1", path.read_text(), flags=re.MULTILINE)
    path.write_text(text.replace("PLAYLIST_ID", "PLabcdefghij"))
    loaded = config.load(path, {})
    assert "smtp.example.fi" == loaded.mail.host
    assert loaded.site.url
    assert ["blog-example-fi-feed", "valtioneuvosto", "somepreesens", "suomidigi-artikkelit"] == [
        source.id for source in loaded.sources
    ]


@pytest.mark.parametrize("name", ["sources.yaml", "sources.schema.json", ".gitignore"])
def test_nothing_is_written_over(tmp_path: Path, name: str) -> None:
    """One file in the way, and nothing at all is written; a dangling link counts."""
    (tmp_path / name).symlink_to("ei-mihinkään")
    with pytest.raises(ConfigError, match="is there already"):
        init(tmp_path)
    assert [name] == [path.name for path in tmp_path.iterdir()]


def test_other_files_do_not_matter(tmp_path: Path) -> None:
    """A cloned repository with its README is a fine place."""
    (tmp_path / "README.md").write_text("x")
    assert 3 == len(init(tmp_path))


def test_a_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    """A file where the folder should be."""
    (tmp_path / "tila").write_text("x")
    with pytest.raises(ConfigError, match=r"tila.*cannot be written|Not a directory"):
        init(tmp_path / "tila")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_named(tmp_path: Path) -> None:
    """The operating system's reason is said."""
    tmp_path.chmod(0o500)
    with pytest.raises(ConfigError, match="Permission denied"):
        init(tmp_path)
