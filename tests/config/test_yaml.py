"""The YAML floor: texts stay texts, and what is dangerous or ambiguous is refused with its place."""
# ruff: noqa: SIM300 - the expected value stands on the left

from __future__ import annotations

from time import process_time

import pytest

from pipeline.config import yaml
from pipeline.config.problems import Mark, Problem


def said(text: str) -> list[str]:
    return [f"{problem.mark.line}:{problem.mark.column}: {problem.text}" for problem in yaml.read(text).problems]


@pytest.mark.parametrize(
    "scalar", ["no", "yes", "010", "12:30", "1e3", "0x1F", "2026-11-22", "1_000", "true", ".inf", "'~'", '""', "'null'"]
)
def test_scalars_stay_the_text_in_the_file(scalar: str) -> None:
    """YAML 1.1 makes False, 8, 750 and dates of these; here they wait for the schema to say what they are."""
    assert {"key": scalar.strip("'\"")} == yaml.read(f"key: {scalar}").value


@pytest.mark.parametrize("nothing", ["", "~", "null", "Null", "NULL"])
def test_an_unquoted_nothing_is_no_value(nothing: str) -> None:
    """``key:`` has no value; whether that is a mistake is for the schema to say."""
    assert {"key": None} == yaml.read(f"key: {nothing}").value


def test_places_are_counted_from_one_in_characters() -> None:
    """A reader of the message finds the place in any editor, also behind ä and emoji."""
    place = yaml.read("ä: 1\nlist:\n  - {ö😀: x, b: y}\n").place
    assert Mark(2, 1) == place.keys["list"]
    assert Mark(3, 5) == place.at(["list", 0]).mark
    assert Mark(3, 16) == place.at(["list", 0, "b"]).mark
    assert Mark(3, 13) == place.key(["list", 0, "b"])


def test_the_place_of_what_is_not_there_is_its_nearest_parent() -> None:
    """A missing key is reported where it should have stood."""
    place = yaml.read("list:\n  - {a: x}\n").place
    assert Mark(2, 5) == place.at(["list", 0, "b", "c"]).mark
    assert Mark(2, 5) == place.key(["list", 0, "b"])


def test_an_alias_is_refused_and_its_key_remembered() -> None:
    """A billion laughs is nine lines of aliases; none is ever followed."""
    document = yaml.read("a: &a [x, x]\nb: *a\nc: [*a, y]\n")
    assert {"a": ["x", "x"], "c": ["y"]} == document.value
    assert {"b"} == document.place.refused
    assert ["2:4", "3:5"] == [said_at.rpartition(": ")[0][:3] for said_at in said("a: &a [x, x]\nb: *a\nc: [*a, y]\n")]


def test_a_billion_laughs_costs_nothing() -> None:
    """The classic bomb is refused line by line, at once."""
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 60)]
    start = process_time()
    assert 59 * 9 == len(yaml.read("\n".join(lines)).problems)
    assert process_time() - start < 2


@pytest.mark.parametrize("bracket", ["[", "{", "- ", "? ", "[{"])
def test_deep_nesting_is_refused_before_anything_is_composed(bracket: str) -> None:
    """50,000 brackets crash PyYAML's C composer and exhaust Python's stack."""
    start = process_time()
    (problem,) = yaml.read(bracket * 50_000).problems
    assert "nested more than 16 levels deep" in problem.text
    assert process_time() - start < 5


def test_a_repeated_key_is_refused_with_the_line_of_the_first() -> None:
    """YAML would keep the last one in silence."""
    assert ['3:1: "a" stands here twice, first on line 1; keep one of them'] == said("a: 1\nb: 2\na: 3\n")


@pytest.mark.parametrize(
    "tagged", ["!!python/object/apply:os.system [x]", "!!int 5", "!x y", "!!binary aGVp", "!!map {}"]
)
def test_tags_are_refused(tagged: str) -> None:
    """A tag would make something else of a value."""
    document = yaml.read(f"a: {tagged}\nb: x")
    assert {"b": "x"} == document.value
    assert "are not used here" in document.problems[0].text


def test_a_second_document_is_refused() -> None:
    """Whatever stands behind --- would otherwise be ignored in silence."""
    assert ["2:1: a second document begins here; keep everything in one, without this ---"] == said("a: 1\n---\nb: 2\n")


@pytest.mark.parametrize("key", ["[a]", "{a: b}", "~", "[[a], b]"])
def test_a_key_is_a_word(key: str) -> None:
    """YAML allows lists as keys; Python cannot even hold them."""
    assert ['1:3: a key must be one word, as in "language: fi"'] == said(f"? {key}\n: x\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:\n\t- b", "2:1: a tab stands here; indent with spaces"),
        ("a: @x", '1:4: a text that begins with "@" needs quotes around it'),
        ("a: `x`", '1:4: a text that begins with "`" needs quotes around it'),
        ("a: %x", '1:4: a text that begins with "%" needs quotes around it'),
        ("a: *uutta*", '1:10: a text that begins with "*" or "&" needs quotes around it'),
        ("name: Some: opas", '1:11: a second ": " here: put a text with ": " in quotes, or mend the indentation'),
        ('a:\n  b: "auki\n  c: d\n', "2:6: a quotation mark is opened but never closed"),
        ('a: "C:\\queue"', "1:7: a backslash inside \"…\" means something else in YAML; use '…' instead"),
        ("a: [b, c\nd: e", '2:2: a list that begins with "[" is not closed here; a comma or "]" is missing'),
        ("a: {b: #0b4f8a}\nd: e", '1:8: a comment begins with this "#"; put the text in quotes: "#0b4f8a"'),
        ("a: [b, # and so on\n", '2:1: what begins with "[" or "{" above is not closed here'),
        ("a: {b: c\n", '2:1: a group that begins with "{" is not closed here; a comma or "}" is missing'),
        ("- a\nb: c", '2:1: a "-" is expected here, in the same column as the entries above'),
        ("a:\n   b: c\n  d: e", "3:3: this line is not indented like the lines around it"),
        ("a: 'it's'", "1:8: this stands behind a value that has ended; put the whole text into one pair of quotes"),
        ("a: [https://x.fi/]", '1:10: inside [ ] or { } a text with ":" needs quotes, such as "https://…"'),
        ("a: - b", '1:4: a list begins on a line of its own; a text that begins with "- " needs quotes'),
        ("a: >\n\tb", "2:1: a tab stands here; indent with spaces"),
        ("a: b\nsources\n", '3:1: a ":" is missing: write "key: value"'),
    ],
)
def test_a_mistake_of_syntax_is_said_in_words(text: str, expected: str) -> None:
    """The parser's own words ("mapping values are not allowed in this context") help nobody."""
    assert [expected] == said(text)


def test_an_unknown_mistake_of_syntax_keeps_the_parsers_words() -> None:
    """What we have no better words for is still said, with its place."""
    (problem,) = said("%YAML 3.0\n---\na: b\n")
    assert "this is no YAML (" in problem


@pytest.mark.parametrize("body", ["a: ä\n".encode("utf-8-sig"), "a: ä\r\n".encode(), "a: ä".encode()])
def test_utf8_is_read_with_and_without_its_mark(body: bytes) -> None:
    """Windows Notepad writes a byte order mark and CR LF."""
    text = yaml.decoded(body)
    assert isinstance(text, str)
    assert {"a": "ä"} == yaml.read(text).value


@pytest.mark.parametrize(
    ("body", "line", "column", "words"),
    [
        ("a: b\nnimi: Työ\n".encode("latin-1"), 2, 9, "not UTF-8"),
        ("a: ä\n".encode("utf-16"), 1, 1, "not UTF-8"),
        ("ä: b\x00".encode(), 1, 5, "U+0000"),
        ("a: b  # x\u2028 y\n".encode(), 1, 10, "U+2028"),
        ("a: b\n# x\x85 y\n".encode(), 2, 4, "U+0085"),
        (b"a: b\nc: \x1b[31m", 2, 4, "U+001B"),
        (b"#" * (yaml.MOST_BYTES + 1), 1, 1, "larger than 16 MiB"),
    ],
)
def test_bytes_that_are_no_text_are_refused(body: bytes, line: int, column: int, words: str) -> None:
    """The first bad byte is named by line and column."""
    problem = yaml.decoded(body)
    assert isinstance(problem, Problem)
    assert (line, column) == problem.mark
    assert words in problem.text
