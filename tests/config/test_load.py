"""The whole file: the shortest one, every mistake at once, and whatever else a file may hold."""
# ruff: noqa: SIM300 - the expected value stands on the left

from __future__ import annotations

import os
import re
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline import config
from pipeline.calendar import Holidays, Schedule
from pipeline.errors import ConfigError
from pipeline.model import Kind, Rules, Source

if TYPE_CHECKING:
    from collections.abc import Callable

PLAYLIST = "https://www.youtube.com/playlist?list=PLabcdefghijklmnop"


def test_one_bare_address_is_a_whole_file(load: Callable[..., config.Config]) -> None:
    """Everything has a good default; the source's id comes from its address."""
    loaded = load("sources:\n  - https://blog.example.fi/feed\n")
    assert Source(id="blog-example-fi-feed", url="https://blog.example.fi/feed", kind=Kind.FEED) == loaded.sources[0]
    assert ("fi", "sv", "en") == loaded.digest.languages
    assert {"fi", "sv", "en"} == set(loaded.digest.title)
    assert Schedule.parse("mon 08:00", holidays=Holidays.NEXT) == loaded.digest.schedule
    assert Rules(at_least=5, at_most=60, repeat_after=52) == loaded.digest.rules
    assert config.SiteSettings() == loaded.site
    assert config.MailSettings() == loaded.mail
    assert config.CollectSettings(pause=2.0, hosts=8, page_cards=20) == loaded.collect
    assert () == loaded.topics
    assert () == loaded.notes


@pytest.mark.parametrize("text", ["", "# vain kommentti\n", "digest:\nsite:\nmail:\ncollect:\ntopics:\nsources:\n"])
def test_an_empty_file_is_valid_and_says_what_is_missing(load: Callable[..., config.Config], text: str) -> None:
    """A section whose lines are all comments is empty, not wrong."""
    assert ("there are no sources yet; add an address under sources",) == load(text).notes


def test_every_mistake_is_named_at_once_in_the_order_of_the_lines(problems: Callable[..., list[str]]) -> None:
    """A keeper mends the file in one go, and nothing is said twice."""
    assert [
        '2:3: "langauges" is no key of digest; did you mean "languages"?',
        "3:14: at_least: has a zero in front; write 10",
        '4:11: title: must be fi, sv or en, not "no"',
        '5:19: languages: must be fi, sv or en, not "se"',
        '7:9: a mail server needs a sender too; write "from: Name <address>"',
        '7:9: host: must be a host name alone; write "host: smtp.example.fi" and "port: 587"',
        (
            "8:3: password: a secret has no place in this file; set DIGIKOOSTE_SMTP_PASSWORD, or name a file by "
            "password_file"
        ),
        '9:13: security: must be starttls, tls or none, not "ssl"',
        '11:9: id: may hold a to z, 0 to 9 and "-" only, at most 64 of them; "tarina" would do',
        "14:12: drip: only a YouTube playlist can be a course; this source is read as a feed",
        '15:14: topics: "Tarnia" is no topic of this file; did you mean "Tarina"?',
        '17:14: enabled: must be true or false; write false instead of "no"',
        '18:5: a source needs an address, such as "url: https://…"',
    ] == problems(
        """\
        digest:
          langauges: [fi]
          at_least:  010
          title: {no: x}
          languages: [fi, se]
        mail:
          host: smtp.example.fi:587
          password: salaisuus
          security: ssl
        topics:
          - id: Tarina
        sources:
          - url: https://x.fi/
            drip:  1
            topics: [Tarnia]
          - url: https://y.fi/
            enabled: no
          - name: Nimi
        """
    )


def test_a_secret_in_the_file_is_never_repeated(problems: Callable[..., list[str]]) -> None:
    """What is printed ends in logs and tickets."""
    said = "\n".join(
        problems(
            """\
            mail: {password: salaisuus1}
            sources:
              - https://anna:salaisuus2@x.fi/
            """,
            {"DIGIKOOSTE_PROXY": "salaisuus3"},
        )
    )
    assert 3 == len(said.splitlines())
    assert "salaisuus" not in said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- https://x.fi/feed\n", '1:1: must begin with a section, such as "sources:"'),
        ("vain tekstiä\n", '1:1: must begin with a section, such as "sources:"'),
        ("soruces: []\n", '1:1: "soruces" is no section; did you mean "sources"?'),
        ("at_least: 3\n", '1:1: "at_least" is no section; it belongs to digest'),
        (
            "abc: 3\n",
            '1:1: "abc" is no section; the sections are digest, site, letter, mail, collect, topics or sources',
        ),
        ("sources: https://x.fi/feed\n", '1:10: must be a list; begin each entry with "- "'),
        ("sources: {a: b}\n", '1:10: must be a list; begin each entry with "- "'),
        ("sources:\n  -\n", '2:4: this "-" has nothing after it; delete it'),
        ("sources:\n  - [a]\n", '2:5: must be a group of "key: value" lines, not a list'),
        ("digest: [a]\n", '1:9: must be a group of "key: value" lines, not a list'),
        ("digest: fi\n", '1:9: must be a group of "key: value" lines, not "fi"'),
        ("digest:\n  title:\n", "2:3: title: has no value; write one, or delete the line"),
        ("digest:\n  title: {fi: }\n", "2:15: title: has no value; write one, or delete the line"),
        ("digest:\n  title: [a]\n", "2:10: title: must be one text, not a list"),
        ("digest:\n  title: {}\n", "2:10: title: is empty; write a text for one language at least"),
        ("digest:\n  languages: fi\n", "2:14: languages: must be a list; write [fi]"),
        ("digest:\n  languages: []\n", "2:14: languages: must name at least one"),
        ("digest:\n  languages: [fi, fi]\n", '2:14: languages: names "fi" twice; delete one'),
        ("digest:\n  at_least: -1\n", "2:13: at_least: must be at least 0"),
        ("digest:\n  at_most: 1000\n", "2:12: at_most: must be at most 500"),
        ("digest:\n  at_most: [1]\n", "2:12: at_most: must be a number, not a list"),
        ("digest:\n  web_only: {}\n", "2:13: web_only: must be true or false, not a group of keys"),
        ("digest: {at_least: 9, at_most: 8}\n", "1:20: at_least: 9 is more than at_most, which is 8"),
        ("digest: {schedule: monday}\n", ('1:20: schedule: "monday" is not a schedule; write for example '
         '"mon 08:00", "daily 07:30" or "monthly 1 08:00"')),
        ("digest: {name: Kooste}\n", '1:10: "name" is no key of digest; did you mean "title"?'),
        ("site: {host: a.fi}\n", '1:8: "host" is no key of site; it belongs to mail'),
        (
            "collect: {xyz: a.fi}\n",
            '1:11: "xyz" is no key of collect; known are interval, pause, hosts, page_cards, deadline or contact',
        ),
        ("mail: {user: a, security: none, host: a.fi, from: a@a.fi}\n",
         "1:27: security: none would send the password in the open; write starttls or tls"),
        ("mail: {password_file: x}\n", "1:23: password_file: is of no use without user"),
        ("collect: {pause: nopea}\n", '1:18: pause: must be a number, such as 2 or 0.5; "nopea" is none'),
        ("topics:\n  - name: Tarina\n", '2:5: a topic needs an id, such as "id: tarinallistaminen"'),
        ("topics:\n  - id: a\n  - id: b\n  - id: a\n", '4:9: id: "a" is taken by the topic on line 2; choose another'),
        ("topics:\n  - id: a\n    words: {fi: sana}\n", "3:17: words: must be a list; write [sana]"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(problems: Callable[..., list[str]], text: str, expected: str) -> None:
    """``sources.yaml:LINE:COLUMN: what is wrong, what to write instead``."""
    assert [expected] == problems(text)


def test_a_refused_key_is_not_missed_as_well(problems: Callable[..., list[str]]) -> None:
    """Who wrote an alias as the address hears of the alias only."""
    assert ["2:10"] == [said[:4] for said in problems("sources:\n  - url: *osoite\n    name: A\n")]


def test_very_many_mistakes_end_after_a_hundred(problems: Callable[..., list[str]]) -> None:
    """A terminal holds no 20,000 lines."""
    said = problems("sources:\n" + "  - {url: 'https://x.fi/', foo: 1}\n" * 300)
    assert 101 == len(said)
    assert "and 200 more mistakes" in said[-1]


def test_a_missing_file_points_to_init(tmp_path: Path) -> None:
    """The first thing that a newcomer may see."""
    with pytest.raises(ConfigError, match='there is no such file; "digikooste init"') as raised:
        config.load(tmp_path / "sources.yaml", {})
    assert str(tmp_path) in str(raised.value)


def test_a_folder_or_a_pipe_is_no_file(tmp_path: Path) -> None:
    """A pipe would be waited for without end."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(ConfigError, match="is no file"):
            config.load(path, {})


def test_a_file_is_named_as_seen_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative below the current folder, absolute elsewhere: what an editor can open."""
    (tmp_path / "tila").mkdir()
    path = tmp_path / "tila" / "sources.yaml"
    path.write_text("x: y\n")
    for folder, name in ((tmp_path, "tila/sources.yaml"), (tmp_path / "tila", "sources.yaml"), (Path("/"), str(path))):
        monkeypatch.chdir(folder)
        with pytest.raises(ConfigError) as raised:
            config.load(path, {})
        assert name in {raised.value.problems[0].split(":1:1: ")[0], "/" + raised.value.problems[0].split(":1:1: ")[0]}


def said_of(path: Path) -> list[str]:
    """What is wrong with a file, at least one line; nothing if it is valid."""
    try:
        config.load(path, {})
    except ConfigError as error:
        return list(error.problems) or ["nothing was said"]
    return []


WORDS = st.sampled_from(
    ["digest", "mail", "topics", "sources", "url", "id", "item", "title", "drip", "https://x.fi/feed", PLAYLIST, "true",
     "1", "fi", "…", "a@b.fi", "~", '""', "*x", "&x", "!!int", "mon 08:00", "\t", "PLAYLIST_ID", "listing", "\u202e"]
)  # fmt: skip
PIECES = st.one_of(WORDS, st.sampled_from([": ", "\n", "\n  ", "\n    - ", "- ", "[", "]", "{", "}", ", ", '"', "#"]))


@given(st.lists(PIECES, max_size=40).map("".join))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_file_is_a_config_or_named_mistakes(tmp_path: Path, text: str) -> None:
    """Nothing but ConfigError ever leaves the room, and each line of it has a place within the file."""
    path = tmp_path / "sources.yaml"
    path.write_text(text)
    for problem in said_of(path):
        place = re.fullmatch(r"\S+sources\.yaml:(\d+):(\d+): .+", problem)
        assert place, problem
        assert 1 <= int(place[1]) <= text.count("\n") + 2


@given(st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_are_a_config_or_named_mistakes(tmp_path: Path, body: bytes) -> None:
    """Also what is no text at all."""
    path = tmp_path / "sources.yaml"
    path.write_bytes(body)
    assert all(problem.startswith(str(path)) for problem in said_of(path))


VALID = """\
digest:
  title: {fi: Kooste}
  at_least: 4
mail:
  host: smtp.example.fi
  from: a@example.fi
topics:
  - id: some
    words: {fi: [some]}
sources:
  - id: a
    url: https://a.example.fi/feed
    topics: [some]
  - id: b
    url: https://b.example.fi/
    item: li
"""
WRONG = {
    3: "  at_least: x",
    5: "  host: a b",
    8: "  - id: Å",
    13: "    topics: [some, sone]",
    15: "    url: b",
    12: "    url: c",
}


@given(st.sets(st.sampled_from(sorted(WRONG)), min_size=1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_mistake_hides_another(tmp_path: Path, lines: set[int]) -> None:
    """Whatever set of lines is broken, exactly these lines are named (and those that point to them)."""
    text = dedent(VALID).splitlines()
    for line in lines:
        text[line - 1] = WRONG[line]
    path = tmp_path / "sources.yaml"
    path.write_text("\n".join(text))
    with pytest.raises(ConfigError) as raised:
        config.load(path, {})
    named = {int(problem.split("sources.yaml:")[1].split(":")[0]) for problem in raised.value.problems}
    # Without its id the topic is unknown where it is used.
    assert lines | ({13} if 8 in lines else set()) == named
