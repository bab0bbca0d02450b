"""Set-up by make: friendly where Python lacks something, and started over when it was interrupted."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from tests.project.checkout import ROOT, run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout of which only set-up matters: it pins nothing and installs an empty project."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "requirements.txt").touch()
    (tmp_path / "pyproject.toml").touch()
    return tmp_path


def python(folder: Path, script: str) -> str:
    """An interpreter of the test's own."""
    path = folder / "python-of-the-test"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


STAND_IN = f"""
case "$*" in
  *"-m venv"*) for folder; do :; done; rm -rf "$folder"; mkdir -p "$folder/bin"
    printf '#!/bin/sh\\necho "$@" >>{{log}}\\ntest ! -e {{broken}}\\n' >"$folder/bin/python"
    chmod +x "$folder/bin/python" ;;
  *) exec {sys.executable} "$@" ;;
esac
"""
"""Makes a .venv whose Python notes what it is asked, and fails while the file ``broken`` is there."""


def test_no_python(folder: Path) -> None:
    """One sentence that says what to install and how to name another Python."""
    done = run(["make", "run", "PYTHON=python-that-is-not-there"], folder)
    assert done.returncode == 2
    assert "needs Python 3.11 or newer" in done.stderr
    assert "apt install python3.11 python3.11-venv" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (folder / ".venv").exists()


def test_old_python(folder: Path) -> None:
    """A Python that is too old is said so, before anything is installed into it."""
    old = python(folder, f"exec {sys.executable} -c 'import sys; sys.version_info = (3, 9); '\"$2\"")
    done = run(["make", "run", f"PYTHON={old}"], folder)
    assert done.returncode == 2
    assert "needs Python 3.11 or newer" in done.stderr


def test_no_venv_module(folder: Path) -> None:
    """Debian packs it apart."""
    bare = python(folder, f'case "$*" in *ensurepip*) exit 1;; esac\nexec {sys.executable} "$@"')
    done = run(["make", "test", f"PYTHON={bare}"], folder)
    assert done.returncode == 2
    assert "venv module" in done.stderr
    assert "python3.11-venv" in done.stderr
    assert not (folder / ".venv").exists()


def test_an_interrupted_set_up_starts_over(folder: Path) -> None:
    """What a first, broken attempt left in .venv is gone after the second."""
    broken = folder / "broken"
    stand_in = python(folder, STAND_IN.format(log=folder / "log", broken=broken))
    setup = ["make", ".venv/installed", f"PYTHON={stand_in}"]
    broken.touch()
    first = run(setup, folder)
    assert first.returncode == 2
    assert "the same command starts over" in first.stderr
    assert not (folder / ".venv" / "installed").exists()
    (folder / ".venv" / "half-installed").touch()

    broken.unlink()
    assert run(setup, folder).returncode == 0
    assert (folder / ".venv" / "installed").exists()
    assert not (folder / ".venv" / "half-installed").exists()


def test_a_finished_set_up_is_not_repeated_until_the_pins_change(folder: Path) -> None:
    """And then what is there is kept: only what changed is installed."""
    log = folder / "log"
    stand_in = python(folder, STAND_IN.format(log=log, broken=folder / "broken"))
    setup = ["make", ".venv/installed", f"PYTHON={stand_in}"]
    assert run(setup, folder).returncode == 0
    once = log.read_text(encoding="utf-8").count("--require-hashes")
    assert once == 1
    assert run(setup, folder).returncode == 0
    assert log.read_text(encoding="utf-8").count("--require-hashes") == 1

    (folder / ".venv" / "kept").touch()
    run(["touch", "-d", "+1 minute", "requirements.txt"], folder)
    assert run(setup, folder).returncode == 0
    assert log.read_text(encoding="utf-8").count("--require-hashes") == 2
    assert (folder / ".venv" / "kept").exists()


def test_a_venv_whose_python_has_gone_is_made_again(folder: Path) -> None:
    """The system's Python was replaced: its .venv leads nowhere."""
    stand_in = python(folder, STAND_IN.format(log=folder / "log", broken=folder / "broken"))
    setup = ["make", ".venv/installed", f"PYTHON={stand_in}"]
    assert run(setup, folder).returncode == 0
    (folder / ".venv" / "bin" / "python").unlink()
    assert run(setup, folder).returncode == 0
    assert (folder / ".venv" / "bin" / "python").exists()
