"""Every import is declared, everything declared is imported, and the pins name packages and hashes alone."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from typing import TYPE_CHECKING, Any

import pytest

from tests.project.checkout import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EXTRAS = ("demo", "dev", "postgresql", "voikko")
OWN = {"pipeline", "tests", "benchmarks", "deploy"}
TYPES_ALONE = {"_typeshed"}
"""What type checkers bring along, and no program can import."""
NEVER_IMPORTED = {
    "build",
    "coverage",
    "editables",
    "hatchling",
    "httptools",  # uvicorn loads these two by name
    "import-linter",
    "mypy",
    "pip-tools",
    "psycopg",  # SQLAlchemy loads it by name
    "pytest-cov",
    "pytest-timeout",
    "pytest-xdist",
    "python-multipart",  # Starlette loads it for forms
    "ruff",
    "tzdata",  # zoneinfo reads it where the system has none
    "uvloop",
}
"""Tools, plugins, data and drivers: declared, and named by no import."""


def normal(name: str) -> str:
    """A distribution's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


@cache
def project() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return found


def names(requirements: list[str]) -> set[str]:
    return {normal(re.split(r"[^\w.-]", one, maxsplit=1)[0]) for one in requirements}


def declared(*extras: str) -> set[str]:
    """What a plain installation, with these extras, brings."""
    return names(project()["dependencies"]).union(*(names(project()["optional-dependencies"][one]) for one in extras))


def imported(file: Path) -> Iterator[str]:
    """The names of other people's modules that a file imports, in whatever function."""
    ours = OWN | TYPES_ALONE | set(sys.stdlib_module_names)
    for node in ast.walk(ast.parse(file.read_bytes())):
        match node:
            case ast.Import(names=aliases):
                modules = [alias.name for alias in aliases]
            case ast.ImportFrom(module=str(module), level=0):
                modules = [module]
            case _:
                continue
        yield from (one for one in modules if one.partition(".")[0] not in ours)


def distributions(module: str) -> set[str]:
    """Who brings a module; a namespace (``ruamel``) may come from several."""
    return {normal(one) for one in _brings().get(module.partition(".")[0], [])}


_brings = cache(packages_distributions)


def undeclared(folder: Path, known: set[str], leave_out: str = "") -> set[str]:
    return {
        f"{file.relative_to(ROOT)}: {module}"
        for file in sorted(folder.rglob("*.py"))
        if not (leave_out and file.is_relative_to(folder / leave_out))
        for module in imported(file)
        if not distributions(module) & known
    }


def test_the_package_imports_what_a_plain_installation_brings() -> None:
    """`pip install digikooste` is enough for everything but the demo, and Voikko where it is wanted."""
    assert undeclared(ROOT / "pipeline", declared("voikko"), leave_out="demo") == set()


def test_the_demo_imports_what_its_extra_brings() -> None:
    assert undeclared(ROOT / "pipeline" / "demo", declared("demo")) == set()


@pytest.mark.parametrize("folder", ["tests", "benchmarks"])
def test_tests_and_benchmarks_import_what_the_extras_bring(folder: str) -> None:
    assert undeclared(ROOT / folder, declared(*EXTRAS)) == set()


def test_nothing_is_declared_that_nobody_imports() -> None:
    """A dependency that is no longer used costs every installation."""
    used = {
        one
        for folder in OWN
        for file in (ROOT / folder).rglob("*.py")
        for module in imported(file)
        for one in distributions(module)
    }
    idle = declared(*EXTRAS) - used - NEVER_IMPORTED
    assert {one for one in idle if not one.startswith("types-")} == set()


def pins() -> dict[str, str]:
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    return {
        normal(name): version for name, version in re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==(\S+)", text, re.MULTILINE)
    }


def test_the_pins_name_packages_and_hashes_alone() -> None:
    """No index, no host, no address, no remark: the file works with any index, and with none but a cache."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pattern = re.compile(r"[a-z0-9][\w.-]*==[\w.!+]+( ; [^\\]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
    assert [line for line in lines if not pattern.fullmatch(line)] == []


def test_everything_declared_is_pinned() -> None:
    """Else set-up with hashes refuses to begin."""
    assert declared(*EXTRAS) - set(pins()) == set()


def test_the_build_backend_is_pinned_once() -> None:
    """What builds the wheel is what the pins install: there is no isolation that would fetch another."""
    everything = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    backend = f"hatchling=={pins()['hatchling']}"
    assert [backend] == everything["build-system"]["requires"]
    assert backend in everything["project"]["optional-dependencies"]["dev"]
