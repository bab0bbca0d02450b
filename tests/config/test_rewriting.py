"""sources.yaml changed by the program: only what was asked for changes, whatever the file looks like."""

from __future__ import annotations

import difflib
import fcntl
import os
import re
import subprocess
import sys
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.config import load
from pipeline.config.rewriting import Rewriting
from pipeline.errors import ConfigError
from tests.counts import FULL

if TYPE_CHECKING:
    from pipeline.config.editing import Entry

ROOT = Path(__file__).parents[2]
ENTRY: Entry = {"id": "uusi", "name": "Uusi: lähde #1", "url": "https://uusi.example.fi/feed", "topics": ["a-b"]}
PLAIN: Entry = {"id": "uusi", "url": "https://uusi.example.fi/feed"}
EXAMPLES = 200 if FULL else 60


def changed(before: str, after: str) -> tuple[list[str], list[str]]:
    """The lines that a diff shows as added and as taken away."""
    lines = list(difflib.ndiff(before.splitlines(keepends=True), after.splitlines(keepends=True)))
    return [line[2:] for line in lines if line[0] == "+"], [line[2:] for line in lines if line[0] == "-"]


def file_with(folder: Path, text: str) -> Path:
    path = folder / "sources.yaml"
    path.write_bytes(text.encode())
    return path


def added(path: Path, *entries: Entry) -> str:
    rewriting = Rewriting(path, {})
    rewriting.add(entries)
    rewriting.save()
    return path.read_bytes().decode()


@pytest.mark.parametrize("shipped", ["sources.yaml", "pipeline/config/template/sources.yaml"])
def test_a_shipped_file_gains_lines_and_loses_none(tmp_path: Path, shipped: str) -> None:
    """Comments, order, quoting and indentation stay; the new source stands last, indented like its neighbours."""
    before = (ROOT / shipped).read_text(encoding="utf-8")
    path = file_with(tmp_path, before)
    old = load(path, {})

    after = added(path, PLAIN)

    new, gone = changed(before, after)
    assert gone == []
    assert [line for line in new if line.strip()] == ["  - id: uusi\n", "    url: https://uusi.example.fi/feed\n"]
    now = load(path, {})
    assert now.sources[:-1] == old.sources
    assert (now.sources[-1].id, now.sources[-1].url) == ("uusi", "https://uusi.example.fi/feed")


def test_every_source_of_the_shipped_file_can_be_switched_and_switched_back(tmp_path: Path) -> None:
    """A rest and a waking change the one word or line, and the comments beside it stay."""
    before = (ROOT / "sources.yaml").read_text(encoding="utf-8")
    path = file_with(tmp_path, before)
    for source in load(path, {}).sources:
        if not source.enabled:
            continue
        rewriting = Rewriting(path, {})
        rewriting.disable(source.id)
        rewriting.save()
        assert changed(before, path.read_text(encoding="utf-8")) == (["    enabled: false\n"], [])
        rewriting.enable(source.id)
        rewriting.save()
        assert before == path.read_text(encoding="utf-8")


def test_a_comment_beside_the_switch_stays(tmp_path: Path) -> None:
    """``enabled: false  # a guess`` becomes ``enabled: true  # a guess``."""
    path = file_with(tmp_path, "sources:\n  - url: https://a.fi/feed\n    enabled: false  # a guess\n")
    rewriting = Rewriting(path, {})
    rewriting.enable("a-fi-feed")
    assert rewriting.text == "sources:\n  - url: https://a.fi/feed\n    enabled: true  # a guess\n"


def test_a_source_with_a_placeholder_is_not_woken(tmp_path: Path) -> None:
    """What the file must not say is refused with its line, and nothing is written."""
    text = "sources:\n  - id: a\n    url: https://a.fi/…\n    enabled: false\n"
    path = file_with(tmp_path, text)
    rewriting = Rewriting(path, {})
    with pytest.raises(ConfigError, match=r":3:10: url: .*still to be filled in"):
        rewriting.enable("a")
    rewriting.save()
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "sources:\n  - id: u\n    url: https://u.fi/\n"),
        ("# nothing yet", "# nothing yet\n\nsources:\n  - id: u\n    url: https://u.fi/\n"),
        (
            "site:\n  url: https://x.fi/\n",
            "site:\n  url: https://x.fi/\n\nsources:\n  - id: u\n    url: https://u.fi/\n",
        ),
        ("sources:\n", "sources:\n  - id: u\n    url: https://u.fi/\n"),
        (
            "sources:  # ours\n  # - https://a.fi/\nsite:\n",
            "sources:  # ours\n  - id: u\n    url: https://u.fi/\n  # - https://a.fi/\nsite:\n",
        ),
        ("sources:\n- https://a.fi/", "sources:\n- https://a.fi/\n- id: u\n  url: https://u.fi/"),
        (
            "sources:\r\n-   https://a.fi/  # eka\r\n\r\n# loppu\r\n",
            "sources:\r\n-   https://a.fi/  # eka\r\n-   id: u\r\n    url: https://u.fi/\r\n\r\n# loppu\r\n",
        ),
        (
            "sources:\n  -\n    url: https://a.fi/\n    # drip: 1\n  # - https://b.fi/\n",
            "sources:\n  -\n    url: https://a.fi/\n    # drip: 1\n  - id: u\n    url: https://u.fi/\n  # - https://b.fi/\n",
        ),
        ("sources: []\n", "sources:\n  - id: u\n    url: https://u.fi/\n"),
        ("sources: [ ]  # none\nsite:\n", "sources:  # none\n  - id: u\n    url: https://u.fi/\nsite:\n"),
        ("sources: ~\n", "sources:\n  - id: u\n    url: https://u.fi/\n"),
        ("sources: null # yet", "sources: # yet\n  - id: u\n    url: https://u.fi/"),
        ("{sources: []}\n", "{sources: [{id: u, url: 'https://u.fi/'}]}\n"),
        ("sources: [\n]\n", "sources: [{id: u, url: 'https://u.fi/'}\n]\n"),
        ('sources: ["https://a.fi/"]\n', "sources: [\"https://a.fi/\", {id: u, url: 'https://u.fi/'}]\n"),
        (
            '{"sources": [\n  {"url": "https://a.fi/"}\n]}\n',
            '{"sources": [\n  {"url": "https://a.fi/"},\n  {id: u, url: \'https://u.fi/\'}\n]}\n',
        ),
        (
            "\ufeffsources:\n  - https://a.fi/\n",
            "\ufeffsources:\n  - https://a.fi/\n  - id: u\n    url: https://u.fi/\n",
        ),
    ],
)
def test_every_form_of_the_list_is_continued_in_its_own_way(tmp_path: Path, before: str, after: str) -> None:
    """Indentation, line ends, blank lines, brackets and a byte order mark are the file's own."""
    path = file_with(tmp_path, before)
    assert after == added(path, {"id": "u", "url": "https://u.fi/"})


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        ("{site: {}}\n", 'write "sources: []" into the braces'),
        ("sources:\n  - https://a.fi/\n...\n", None),
        ("digest:\n  title: x\n...\n", "cannot be changed safely; change it by hand"),
    ],
)
def test_what_cannot_be_done_safely_is_refused_and_nothing_is_written(
    tmp_path: Path, before: str, reason: str | None
) -> None:
    """The file is read back before it is written; an odd one is never broken."""
    path = file_with(tmp_path, before)
    if reason is None:
        assert "...\n" in added(path, PLAIN)
        return
    with pytest.raises(ConfigError, match=re.escape(reason)):
        added(path, PLAIN)
    assert before == path.read_text(encoding="utf-8")


def test_a_wrong_source_is_refused_with_its_mistake(tmp_path: Path) -> None:
    """An id that is taken, an unknown topic: said as for a file written by hand."""
    path = file_with(tmp_path, "sources:\n  - id: a\n    url: https://a.fi/feed\n")
    with pytest.raises(ConfigError, match='id: "a" is taken by the source on line 2'):
        added(path, {"id": "a", "url": "https://b.fi/feed"})
    with pytest.raises(ConfigError, match='"a-b" is no topic of this file'):
        added(path, ENTRY)


def test_an_id_that_a_bare_address_has_is_refused(tmp_path: Path) -> None:
    """What was read is kept under the id: an address further up never gets another one."""
    path = file_with(tmp_path, "sources:\n  - https://a.fi/feed\n")
    with pytest.raises(ConfigError, match="give another one by --id"):
        added(path, {"id": "a-fi-feed", "url": "https://b.fi/feed"})


def test_a_change_by_somebody_else_is_not_overwritten(tmp_path: Path) -> None:
    """The file is compared right before it is replaced."""
    path = file_with(tmp_path, "sources:\n  - https://a.fi/feed\n")
    rewriting = Rewriting(path, {})
    rewriting.add([PLAIN])
    path.write_text("sources:\n  - https://b.fi/feed\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="was changed by somebody else"):
        rewriting.save()
    assert path.read_text(encoding="utf-8") == "sources:\n  - https://b.fi/feed\n"
    assert [path] == list(tmp_path.iterdir())


def test_two_who_save_at_once_wait_for_each_other(tmp_path: Path) -> None:
    """Between the look at the file and its replacement nobody else comes: the second one is told."""
    path = file_with(tmp_path, "sources:\n  - https://a.fi/feed\n")
    rewriting = Rewriting(path, {})
    rewriting.add([PLAIN])
    errors: list[str] = []

    def save() -> None:
        try:
            rewriting.save()
        except ConfigError as error:
            errors.append(str(error))

    with path.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        waiting = Thread(target=save)
        waiting.start()
        waiting.join(0.2)
        assert waiting.is_alive()
        path.write_text("sources:\n  - https://b.fi/feed\n", encoding="utf-8")
    waiting.join()
    assert len(errors) == 1
    assert "was changed by somebody else" in errors[0]
    assert path.read_text(encoding="utf-8") == "sources:\n  - https://b.fi/feed\n"


def test_a_file_stays_its_owners_whoever_changes_it(tmp_path: Path) -> None:
    """Or the service could not read any more what root has changed; only root may have files of somebody else here."""
    path = file_with(tmp_path, "sources:\n")
    owner = (4711, 4712) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    os.chown(path, *owner)
    path.chmod(0o640)
    added(path, PLAIN)
    found = path.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (*owner, 0o640)


def test_permissions_and_a_link_stay(tmp_path: Path) -> None:
    """A file that a link leads to is changed where it stands."""
    (tmp_path / "real").mkdir()
    path = file_with(tmp_path / "real", "sources:\n")
    path.chmod(0o640)
    link = tmp_path / "sources.yaml"
    link.symlink_to(path)
    added(link, PLAIN)
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert "id: uusi" in path.read_text(encoding="utf-8")


def test_the_thousandth_source_is_added_in_half_a_second(tmp_path: Path) -> None:
    """Loading, putting it in, reading back, comparing and writing, together."""
    lines = [
        f"  - id: s{number}\n    name: Nimi {number}\n    url: https://h{number}.example.fi/feed\n"
        for number in range(999)
    ]
    path = file_with(tmp_path, "sources:\n" + "".join(lines))
    # In a process of its own, where no coverage is measured.
    program = (
        "import sys, time; from pathlib import Path; from tests.config.test_rewriting import PLAIN, added;"
        "began = time.process_time(); added(Path(sys.argv[1]), PLAIN); print(time.process_time() - began)"
    )
    command = [sys.executable, "-c", program, str(path)]
    took = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert float(took) < 1.2  # 0.24 on an idle machine
    assert len(load(path, {}).sources) == 1000


# Files as people write them ---------------------------------------------------------------------------

_NAMES = st.sampled_from(["Nimi", "'it''s: #1'", '"on / off"', "Å ä ö", "true story", "a:b#c"])
_COMMENTS = st.sampled_from(["", "  # huomio", " # - id: x", "   # 'lainaus'"])
_BLANKS = st.sampled_from(["", "\n", "\n# välissä\n", "  # sisennetty\n", "\n\n"])


@st.composite
def files(draw: st.DrawFn) -> str:
    """A sources.yaml with any mix of indentation, forms, comments and blank lines."""
    column, offset = draw(st.sampled_from([0, 2, 4])), draw(st.sampled_from([2, 3, 4]))
    pad, inner = " " * column, " " * (column + offset)
    text = (
        draw(st.sampled_from(["", "# alku\n", "site:\n  url: https://x.fi/\n\n"])) + "sources:" + draw(_COMMENTS) + "\n"
    )
    for number in range(draw(st.integers(0, 4))):
        text += draw(_BLANKS)
        url = f"https://s{number}.fi/feed"
        form = draw(st.sampled_from(["bare", "block", "flow", "below", "folded"]))
        lines = {
            "bare": [draw(st.sampled_from([url, f"'{url}'", f'"{url}"']))],
            "flow": [f'{{url: "{url}", archive: true}}'],
            "block": [f"id: n{number}", f"name: {draw(_NAMES)}", f"url: {url}"],
            "below": [f"url: {url}", f"name: {draw(_NAMES)}", "enabled: true"],
            "folded": [f"url: {url}", "name: >-", "  kahden rivin", "  nimi"],
        }[form]
        begin = pad + "-" + (draw(_COMMENTS) + "\n" + inner if form == "below" else " " * (offset - 1))
        for place, line in enumerate(lines):
            free = form != "folded" or place < 2
            text += (
                (inner if place else begin)
                + line
                + (draw(_COMMENTS) if free and not line.endswith(">-") else "")
                + "\n"
            )
            if free and place < len(lines) - 1 and not line.endswith(">-"):
                text += draw(st.sampled_from(["", f"{inner}# seuraava\n"]))
    text += draw(_BLANKS) + draw(st.sampled_from(["", "collect:\n  pause: 0\n", "# loppu"]))
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@settings(max_examples=EXAMPLES, deadline=None)
@given(text=files())
def test_any_file_gains_lines_only_and_says_one_source_more(folder: Path, text: str) -> None:
    """Whatever the file looks like: a diff shows added lines, and it loads to the same plus one."""
    path = file_with(folder, text)
    old = load(path, {})
    after = added(
        path, {"id": "uusi", "name": "Uusi: lähde #1", "url": "https://uusi.example.fi/feed", "archive": True}
    )
    new, gone = changed(text, after) if text.endswith("\n") else changed(text + "\n", after + "\n")
    assert gone == []
    assert [line.strip(" \r\n-") for line in new if "id: uusi" in line] == ["id: uusi"]
    config = load(path, {})
    assert config.sources[:-1] == old.sources
    assert (
        config.sources[-1].id,
        config.sources[-1].name,
        config.sources[-1].archive,
    ) == ("uusi", "Uusi: lähde #1", True)


@settings(max_examples=EXAMPLES, deadline=None)
@given(text=files())
def test_adding_and_removing_leaves_the_file_as_it_was(folder: Path, text: str) -> None:
    """To take out what was just put in changes nothing, byte for byte."""
    path = file_with(folder, text)
    after = added(path, PLAIN)
    rewriting = Rewriting(path, {})
    rewriting.remove("uusi")
    rewriting.save()
    if text.endswith("\n"):
        assert text == path.read_bytes().decode()
    assert "uusi" in after


@settings(max_examples=EXAMPLES, deadline=None)
@given(text=files(), data=st.data())
def test_resting_and_removing_touch_one_source(folder: Path, text: str, data: st.DataObject) -> None:
    """The others stay as they are, and every comment outside of a removed source stays."""
    path = file_with(folder, text)
    old = load(path, {}).sources
    if not old:
        return
    number = data.draw(st.integers(0, len(old) - 1))
    resting = Rewriting(path, {})
    resting.disable(old[number].id)
    assert [source.enabled for source in resting.config.sources] == [place != number for place in range(len(old))]
    resting.enable(old[number].id)
    assert [source.enabled for source in resting.config.sources] == [True] * len(old)
    assert [source.id for source in resting.config.sources] == [source.id for source in old]

    removing = Rewriting(path, {})
    removing.remove(old[number].id)
    assert removing.config.sources == old[:number] + old[number + 1 :]
    new, _ = changed(text, removing.text)
    assert new == [] or not text.endswith("\n")
    for comment in ("# alku", "# välissä", "# loppu"):
        assert text.count(comment) == removing.text.count(comment)
