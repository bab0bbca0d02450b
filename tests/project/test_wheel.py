"""The wheel works outside the checkout: everything that the program reads at run time travels inside it."""

from __future__ import annotations

import os
import shutil
import site
import sys
import zipfile
from pathlib import Path

import pytest

from tests.counts import FULL, in_full
from tests.project.checkout import ROOT, run, tracked

PACKED = ("pipeline", "templates")
BESIDE = ("pyproject.toml", "README.md", "LICENSE")
_DEMO_SECONDS = 100


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of what is tracked, with the build backend that is installed."""
    folder = tmp_path_factory.mktemp("build")
    source = folder / "source"
    for path in tracked():
        name = path.relative_to(ROOT)
        if name.parts[0] in {*PACKED, *BESIDE}:
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, source / name)
    done = run([sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(folder)], source)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command, installed into an environment of its own that borrows this one's libraries."""
    folder = tmp_path_factory.mktemp("environment")
    made = run([sys.executable, "-m", "venv", "--without-pip", str(folder)], folder)
    assert made.returncode == 0, made.stderr
    python = folder / "bin" / "python"
    options = ["--no-deps", "--no-index", "--quiet", "--disable-pip-version-check"]
    done = run([sys.executable, "-m", "pip", "--python", str(python), "install", *options, str(wheel)], folder)
    assert done.returncode == 0, done.stderr
    (packages,) = folder.glob("lib/python3*/site-packages")
    # Lines after our own: the wheel's pipeline is found before the checkout's, whose own .pth is not followed.
    (packages / "borrowed.pth").write_text("\n".join(site.getsitepackages()), encoding="utf-8")
    return folder / "bin" / "digikooste"


def outside(command: Path, *arguments: str, cwd: Path, seconds: float = 60) -> str:
    """Run the installed command away from the checkout; answers what it printed."""
    environ = {"PYTHONPATH": "", "PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}"}
    done = run([str(command), *arguments], cwd, seconds, **environ)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_holds_what_is_read_at_run_time(wheel: Path) -> None:
    """Every tracked file of the package, and the templates; nothing else."""
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    wanted = {
        f"pipeline/{name}" if name.startswith("templates/") else name
        for name in (str(path.relative_to(ROOT)) for path in tracked())
        if name.split("/")[0] in PACKED
    }
    assert wanted == held
    assert {"pipeline/templates/letter.html", "pipeline/locale/fi/LC_MESSAGES/digikooste.po"} <= held


@in_full
def test_the_installed_command_is_the_wheel_s(installed: Path, tmp_path: Path) -> None:
    """Not the checkout's, which would prove nothing."""
    python = str(installed.with_name("python"))
    done = run([python, "-c", "import pipeline; print(pipeline.__file__)"], tmp_path, PYTHONPATH="")
    assert Path(done.stdout).is_relative_to(installed.parents[1])


@in_full
def test_help_and_init(installed: Path, tmp_path: Path) -> None:
    assert "Usage: digikooste" in outside(installed, "--help", cwd=tmp_path)
    outside(installed, "init", "--workspace", "kooste", cwd=tmp_path)
    assert (tmp_path / "kooste" / "sources.yaml").is_file()
    assert (tmp_path / "kooste" / "sources.schema.json").is_file()
    assert "0 recipients" in outside(installed, "status", "--workspace", "kooste", cwd=tmp_path)


@pytest.mark.skipif(not FULL, reason="a full count: DIGIKOOSTE_FULL=1")
def test_the_demo_and_a_workspace_s_own_templates(installed: Path, tmp_path: Path) -> None:
    """A letter in three languages from the wheel alone; a file in the workspace's templates/ replaces that file."""
    said = outside(installed, "demo", "--workspace", "demo", cwd=tmp_path, seconds=_DEMO_SECONDS)
    assert "Letters: sent to 3 recipients." in said
    workspace = tmp_path / "demo"
    (page,) = workspace.glob("output/20*/fi.html")
    key = page.parent.name
    assert len(list(workspace.glob("inbox/*.eml"))) == 3

    own = workspace / "templates"
    own.mkdir()
    (own / "letter.txt").write_text("Oma pohja, {{ _('Archive') }}\n", encoding="utf-8")
    text = outside(installed, "preview", "--workspace", "demo", "--again", cwd=tmp_path)
    html = outside(installed, "preview", "--workspace", "demo", "--again", "--format", "html", cwd=tmp_path)
    assert text.startswith("Oma pohja")
    assert "<!doctype html>" in html.lower(), key
