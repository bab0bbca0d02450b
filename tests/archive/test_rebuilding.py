"""Publishing again: only what changed is written, what was touched is restored, what may not be there goes."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from pipeline import jobs
from pipeline.archive import search
from pipeline.errors import SiteError
from tests.archive import world

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.jobs import Publishing


def inodes(output: Path) -> dict[str, int]:
    return {str(path.relative_to(output)): path.stat().st_ino for path in output.rglob("*") if path.is_file()}


def changed(before: dict[str, int], after: dict[str, int]) -> set[str]:
    return {name for name in after if after[name] != before.get(name)}


def test_the_same_again_writes_nothing(own: Publishing) -> None:
    """Neither with what the ledger remembers nor with every page drawn and every file compared."""
    before = inodes(own.output)
    for anew in (False, True):
        told = jobs.publish(own, anew=anew)
        assert (told.written, told.removed, told.folders) == ((), (), ())
    assert inodes(own.output) == before


def test_a_new_item_changes_what_tells_of_it_alone(own: Publishing) -> None:
    """Its month, its source, its topics, what counts them, the items' feeds, the index of its language; no letter."""
    before = inodes(own.output)
    new = world.item(99, "Myndigheten och kommunikationen", "", "sv", host="nyheter.example.fi", published=None)
    world.read(own.store, world.NEWS, new, now=world.MONDAY + timedelta(days=1))
    told = jobs.publish(own)
    after = inodes(own.output)
    assert changed(before, after) == set(told.written)
    pages = {name for name in told.written if name.endswith(".html")}
    assert pages == {
        f"{name}/{language}.html"
        for name in ("items/2026-11", "items", "search", "sources/nyheter", "sources", "topics/viestinta", "topics")
        for language in ("fi", "sv", "en")
    }
    rest = {name for name in told.written if not name.startswith("pagefind/sv/")} - pages
    assert rest == {f"feeds/items-{language}.{ending}" for language in ("fi", "sv", "en") for ending in ("xml", "json")}
    fragments = [name for name in told.written if name.endswith(".pf_fragment")]
    assert len(fragments) == 1
    assert all(name.startswith("pagefind/sv/") for name in told.removed)


def test_a_new_letter_changes_what_tells_of_it_alone(own: Publishing) -> None:
    """Its folder, the front pages, its items' lists, the letters' feeds and the site map; no other letter."""
    world.letter(own.store, own, 8, [], world.LESSONS[2])
    told = jobs.publish(own)
    folders = {name.partition("/")[0] for name in told.written}
    assert folders == {
        "2026-W48",
        "courses",
        "feeds",
        "index.html",
        "sv.html",
        "en.html",
        "items",
        "sitemap.xml",
        "pagefind",
    } - ({"pagefind"} - {name.partition("/")[0] for name in told.written})
    assert [folder.name for folder in told.folders] == ["2026-W48"]


def test_what_was_touched_or_lost_is_restored(own: Publishing) -> None:
    """Files that are gone, or other bytes of the same length and age: published again, they are what they were."""
    patterns = (
        "2026-W46/fi.html", "topics/viestinta/sv.html", "feeds/items-fi.xml", "sv.html", "style-*.css", "search-*.js",
        "logo.png", "sitemap.xml", "pagefind/fi/fragment/*", "pagefind/sv/pagefind-entry.json",
    )  # fmt: skip
    paths = [min(own.output.glob(pattern)) for pattern in patterns]
    bodies = {path: path.read_bytes() for path in paths}
    for path, body in bodies.items():
        facts = path.stat()
        path.write_bytes(bytes(len(body)))
        os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    jobs.publish(own)
    assert {path: path.read_bytes() for path in paths} == bodies
    for path in paths:
        path.unlink()
    told = jobs.publish(own)
    assert {path: path.read_bytes() for path in paths} == bodies
    assert "items/fi.html" not in told.written


def test_a_letters_folder_is_restored_before_it_is_sent(own: Publishing) -> None:
    """What delivering asks for: the letters alone, without the archive."""
    shutil.rmtree(own.output / "2026-W46")
    (own.output / "topics" / "fi.html").unlink()
    told = jobs.publish(own, letters_only=True)
    assert [folder.name for folder in told.folders] == ["2026-W46"]
    assert (own.output / "2026-W46" / "fi.html").is_file()
    assert not (own.output / "topics" / "fi.html").exists()
    jobs.publish(own)
    assert (own.output / "topics" / "fi.html").is_file()


def test_what_becomes_internal_goes(own: Publishing) -> None:
    """Pages, feeds and index forget a source that may not be public any more, even without the ledger."""
    (own.var / "published.json").unlink()
    hidden = [replace(one, internal=True) if one.id == "nyheter" else one for one in world.SOURCES]
    told = jobs.publish(replace(own, sources=hidden))
    assert {"sources/nyheter/fi.html", "pagefind/sv/pagefind-entry.json"} <= set(told.removed)
    assert not (own.output / "sources" / "nyheter").exists()
    assert not (own.output / "pagefind" / "sv").exists()
    for path in own.output.rglob("*"):
        if path.suffix in {".html", ".xml", ".json"} and not path.parent.name.startswith("2026-W"):
            assert world.STORIES[1][0] not in path.read_text(encoding="utf-8"), path


def test_a_video_that_went_private_goes(own: Publishing) -> None:
    """Nothing leads to what cannot be opened any more."""
    left = [replace(world.video(n, title), unavailable=n == 3) for n, title in enumerate(world.LESSONS, start=1)]
    world.read(own.store, world.COURSE, *left, now=world.MONDAY + timedelta(days=1))
    jobs.publish(own)
    page = (own.output / "courses" / "tarinallistaminen" / "fi.html").read_text(encoding="utf-8")
    assert world.LESSONS[2] not in page
    assert "2 osaa" in page


def test_an_item_of_a_source_that_left_the_file_goes(own: Publishing) -> None:
    """Nobody can tell any more whether it may be public; a source that is only disabled stays."""
    jobs.publish(replace(own, sources=[replace(one, enabled=False) for one in world.SOURCES if one.id != "blogi"]))
    assert not (own.output / "sources" / "blogi").exists()
    assert (own.output / "sources" / "nyheter" / "fi.html").exists()


def test_a_ledger_of_garbage_is_none(own: Publishing) -> None:
    """It is a memory and no more: broken, of another version or of another folder, everything is compared."""
    before = inodes(own.output)
    for garbage in ("", "[]", '{"version": 1, "output": 1, "files": {"a": [1]}}'):
        (own.var / "published.json").write_text(garbage)
        assert jobs.publish(own).written == ()
    assert inodes(own.output) == before


def test_no_link_is_followed(own: Publishing, tmp_path: Path) -> None:
    """A symbolic link in the place of a folder stops the publishing with a sentence; nothing is written behind it."""
    outside = tmp_path / "outside"
    outside.mkdir()
    shutil.rmtree(own.output / "topics")
    (own.output / "topics").symlink_to(outside)
    with pytest.raises(SiteError, match="topics"):
        jobs.publish(own)
    assert list(outside.iterdir()) == []


def test_other_files_stay(own: Publishing) -> None:
    """What an operator put beside is not ours; in our own folders only what we made may be."""
    (own.output / "own.html").write_text("own")
    (own.output / "topics" / "stray.html").write_text("stray")
    told = jobs.publish(own)
    assert told.removed == ("topics/stray.html",)
    assert (own.output / "own.html").read_text() == "own"


def test_without_pagefind_the_archive_is_written(
    own: Publishing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Missing, failing, hanging or talking nonsense, it costs the new index alone: the old one stays, with a reason."""
    monkeypatch.setenv("PAGEFIND_BINARY_PATH", str(tmp_path / "pagefind"))
    monkeypatch.setattr(search, "SECONDS", 0.5)
    held = {path.name for path in (own.output / "pagefind" / "sv").rglob("*") if path.is_file()}
    programs = {None: "could not be started", "exit 3": "code", "sleep 60": "longer", "echo bm8=,; sleep 9": "no index"}
    for number, (program, why) in enumerate(programs.items()):
        if program:
            (tmp_path / "pagefind").write_text(f"#!/bin/sh\n{program}\n")
            (tmp_path / "pagefind").chmod(0o755)
        title = f"Kommunikationen växer {number}"
        new = world.item(90 + number, title, "", "sv", host="nyheter.example.fi", published=None)
        world.read(own.store, world.NEWS, new, now=world.MONDAY + timedelta(days=1 + number))
        told = jobs.publish(own)
        assert why in told.trouble
        assert title in (own.output / "sources" / "nyheter" / "fi.html").read_text(encoding="utf-8")
        assert {path.name for path in (own.output / "pagefind" / "sv").rglob("*") if path.is_file()} == held
    monkeypatch.undo()
    assert jobs.publish(own).trouble == ""
