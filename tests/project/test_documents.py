"""The documents speak of what exists: links, commands, make targets, and nothing of anybody's machine."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from pipeline import cli
from tests.project.checkout import NO_NETWORK, ROOT, digikooste, documents, run, tracked

if TYPE_CHECKING:
    from pathlib import Path

_FENCE = re.compile(r"^```(?:sh|bash|console)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
_REGISTRIES = (
    "pypi" + ".org",
    "python" + "hosted.org",
    "registry.npm" + "js.org",
    "ghcr" + ".io",
    "test.pypi" + ".org",
)
_MACHINE = re.compile(r"(?<![\w.])/(?:root|work|Users|home)/[\w.-]")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def shell(path: Path) -> list[str]:
    """The command lines of a page's shell blocks, without comments."""
    text = path.read_text(encoding="utf-8")
    lines = [line.removeprefix("$ ").strip() for block in _FENCE.findall(text) for line in block.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def anchors(path: Path) -> set[str]:
    """What a page's headings are called in links, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.replace("`", "")).strip().lower().replace(" ", "-") for heading in headings}


def commands(prefix: str) -> list[tuple[str, str]]:
    return [
        (named(page), line)
        for page in documents()
        for line in shell(page)
        if line.split()[0].rpartition("/")[2] == prefix
    ]


@pytest.mark.parametrize("page", documents(), ids=named)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    """To a tracked file, and where it names a heading, to one that the page has."""
    broken = []
    for target in _LINK.findall(page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = unquote(target).partition("#")
        file = (page.parent / name).resolve() if name else page
        is_there = file in tracked() or any(one.is_relative_to(file) for one in tracked())
        if not is_there or (anchor and anchor not in anchors(file)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize(("page", "line"), commands("make"))
def test_every_make_target_of_the_documents_exists(page: str, line: str) -> None:
    """Without ever running it."""
    target = [word for word in shlex.split(line, comments=True)[1:] if "=" not in word]
    done = run(["make", "--dry-run", "--always-make", *target], ROOT)
    assert done.returncode == 0, f"{page}: {line}: {done.stderr}"


@pytest.mark.parametrize(("page", "line"), commands("digikooste"))
def test_every_digikooste_command_of_the_documents_is_understood(
    page: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its words and options exist: click reads them all before it answers --help."""
    words = [word for word in shlex.split(line, comments=True)[1:] if word != "--help"]
    code = cli.run([*words, "--help"])
    said = capsys.readouterr()
    assert code == 0, f"{page}: {line}: {said.err}"
    known = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", said.out))
    assert {word.partition("=")[0] for word in words if word.startswith("-")} <= known, f"{page}: {line}"


def test_the_five_minutes_of_the_readme_work(tmp_path: Path) -> None:
    """Its commands, in its order, in an empty folder, without a network: none is wrong usage, none breaks."""
    for line in shell(ROOT / "README.md"):
        words = shlex.split(line, comments=True)
        if words[0] != "digikooste" or "demo" in words:
            continue
        done = digikooste(*words[1:], cwd=tmp_path, **NO_NETWORK)
        allowed = {1} if "send-test" in words else {0, 2}  # no mail server is set: a sentence says so
        assert done.returncode in allowed, f"{line}: {done.stderr}"
        assert "Traceback" not in done.stderr, line
    assert (tmp_path / "sources.yaml").is_file()


def test_run_without_a_network_says_so_and_points_to_the_demo(tmp_path: Path) -> None:
    """One sentence, exit 2, and no letter."""
    assert digikooste("init", cwd=tmp_path).returncode == 0
    done = digikooste("run", cwd=tmp_path, **NO_NETWORK)
    assert done.returncode == 2
    (sentence,) = [line for line in done.stdout.splitlines() if "No source could be reached" in line]
    assert "make demo" in sentence
    assert not (tmp_path / "output").exists() or not list((tmp_path / "output").glob("20*"))


def test_every_command_is_somewhere_in_the_documents() -> None:
    """A command that nobody is told of is not there."""
    from tests.project.test_help import commands as every  # noqa: PLC0415

    text = "\n".join(page.read_text(encoding="utf-8") for page in documents())
    assert [" ".join(words) for words in every() if words and f"digikooste {' '.join(words)}" not in text] == []


def test_every_exit_code_is_in_the_operators_page() -> None:
    from pipeline.cli.exits import Exit  # noqa: PLC0415

    text = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    assert [code for code in Exit if not re.search(rf"^\| {code.value} \|", text, re.MULTILINE)] == []


def test_what_the_operators_page_quotes_is_what_the_program_says() -> None:
    """Who searches the page for a sentence on the screen finds it."""
    source = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "pipeline").rglob("*.py"))
    said = re.sub(r'"\s*\n\s*f?"', "", source)  # a sentence that goes over several lines
    text = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    table = text.partition("| it says |")[2].partition("\n\n")[0]
    quotes = [quote for row in table.splitlines()[2:] for quote in re.findall(r"`([^`]+)`", row.split(" | ")[0])]
    assert len(quotes) > 15
    assert [quote for quote in quotes if quote not in said and not quote.startswith("sources.yaml:")] == []


def test_every_environment_variable_of_ours_is_in_the_documents() -> None:
    """Those that the package reads; tests and CI have their own."""
    source = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "pipeline").rglob("*.py"))
    text = "\n".join(page.read_text(encoding="utf-8") for page in documents())
    assert {name for name in re.findall(r"DIGIKOOSTE_[A-Z_]+", source) if name not in text} == set()


def _texts() -> list[tuple[str, str]]:
    found = []
    for path in tracked():
        try:
            found.append((named(path), path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return found


def test_no_tracked_file_names_a_package_registry() -> None:
    """Any index serves: where packages come from is this machine's affair."""
    assert [name for name, text in _texts() if any(host in text for host in _REGISTRIES)] == []


def test_no_tracked_file_names_somebody_s_folder() -> None:
    """A path of one machine is wrong on every other."""
    assert [name for name, text in _texts() if _MACHINE.search(text) or f"{ROOT}/" in text] == []


def test_the_changelog_is_kept() -> None:
    """Keep a Changelog: the version that is being made stands at the top."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert text.startswith("# Changelog\n")
    assert re.search(r"^## \[Unreleased\]$", text, re.MULTILINE)
