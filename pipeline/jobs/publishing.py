"""Publish: bring output/ up to what the store holds; what is there already is left alone."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pipeline import site
from pipeline.errors import PublishError, SiteError
from pipeline.store.digests import FROZEN

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from pipeline.archive import Archive, Tree
    from pipeline.model import Source, Topic
    from pipeline.render import DigestLine, Renderer
    from pipeline.render.letter import Letter
    from pipeline.store import DigestStatus, Store


_LONGEST = 300
"""Characters of a command's last words that stand in a notice."""


_SYNCED = 5
"""So many letters' folders wait for the disk; more are a rebuilding, which begins anew after a power cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What became of output/: the letters' folders that changed, and every file that was written or taken away.

    ``trouble`` says why the search has no new index, '' when it has.
    """

    folders: tuple[Path, ...] = ()
    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publishing:
    """What output/ is made of: the store, the looks, and the parts of sources.yaml that the archive tells of."""

    store: Store
    renderer: Renderer
    output: Path
    var: Path
    sources: Sequence[Source] = field(default_factory=tuple)
    topics: Sequence[Topic] = field(default_factory=tuple)


def publish(
    what: Publishing, *, replaced: Collection[str] = (), anew: bool = False, letters_only: bool = False
) -> Published:
    """Bring output/ up to the store: every frozen digest's folder, the archive, and the list of all letters last.

    The letters' pages come from the stored bytes, so a page that went missing comes back as it was. What is as it was
    left is not read again, unless ``anew``. ``replaced`` are keys that gave way to another digest. ``letters_only``
    leaves the archive as it is: what must stand before a letter leaves. Raises SiteError and RenderError; what stood
    there before still stands.
    """
    from pipeline import archive  # noqa: PLC0415  # it brings all that draws: a third of what `status` would import
    from pipeline.archive.building import made_by  # noqa: PLC0415

    store, output = what.store, what.output
    frozen = {one.key: one for one in store.digests.statuses() if one.state == FROZEN and one.frozen is not None}
    lines = _lines(what, frozen)
    base = made_by(what.renderer.folders)
    with archive.opened(output, what.var, anew=anew) as tree:
        tree.keep_sheets()
        folders: list[Path] = []
        for line in lines:
            if _restore(what, tree, line, frozen[line.key], base=base, sync=len(folders) < _SYNCED):
                folders.append(output / line.key)  # how many there are already matters
        left = {*replaced, *store.digests.left_behind()}
        for key in left - set(frozen):
            site.remove(output, key)
        store.digests.cleared(left)
        site.sweep(output)
        trouble = ""
        if not letters_only:
            for name, body in what.renderer.standing().items():
                _put(tree, name, body)
            built = _archive(what, lines, frozen, base)
            built.write(tree)
            trouble = built.trouble
            tree.sweep()
        return Published(
            folders=tuple(folders), written=tuple(tree.written), removed=tuple(tree.removed), trouble=trouble
        )


def _lines(what: Publishing, frozen: dict[str, DigestStatus]) -> list[DigestLine]:
    """Return the letters, newest first."""
    from pipeline.render import DigestLine  # noqa: PLC0415

    zone = ZoneInfo(what.renderer.site.time_zone)
    subjects = what.store.digests.subjects()
    lines = [
        DigestLine(key=key, sent=one.frozen.astimezone(zone).date(), subjects=subjects[key])
        for key, one in frozen.items()
        if one.frozen is not None and key in subjects
    ]
    return sorted(lines, key=lambda line: (line.sent, line.key), reverse=True)


def _restore(what: Publishing, tree: Tree, line: DigestLine, status: DigestStatus, *, base: str, sync: bool) -> bool:
    """Bring one letter's folder up to the stored bytes; whether anything had to be written."""
    from pipeline import archive  # noqa: PLC0415

    made = (line.key, line.sent, line.subjects, status.frozen, repr(what.renderer.site))
    stamp = archive.digest_of(base, repr(made))
    names = ["index.html", *(f"{language}.{ending}" for language in line.subjects for ending in ("html", "txt"))]
    paths = [f"{line.key}/{name}" for name in names]
    if all([tree.is_fresh(path, stamp) for path in paths]):  # noqa: C419  # each is wanted
        return False
    files = {}
    for name, body in what.renderer.folder(line, what.store.digests.editions(line.key)).items():
        files[name] = body
        if name.endswith(".html"):
            served, sheets = archive.hoist(body.decode(), "../")
            files[name] = served.encode()
            for sheet, css in sheets.items():
                tree.put(sheet, css)
    changed = site.write(what.output, line.key, files, sync=sync)
    for path in paths:
        tree.note(path, stamp)
    if changed:
        tree.written.extend(paths)
    return changed


def _put(tree: Tree, name: str, body: bytes) -> None:
    from pipeline.archive.building import write_page  # noqa: PLC0415

    if name.endswith(".html"):
        write_page(tree, name, body.decode(), "")
    else:
        tree.put(name, body)


def _archive(what: Publishing, lines: Sequence[DigestLine], frozen: dict[str, DigestStatus], base: str) -> Archive:
    from pipeline import archive  # noqa: PLC0415
    from pipeline.topics import Matcher  # noqa: PLC0415  # a dictionary of Finnish, which delivering does without

    store, renderer = what.store, what.renderer
    statuses = store.readings.statuses()
    titles = {
        source.id: source.name or (status.title if (status := statuses.get(source.id)) and status.title else source.id)
        for source in what.sources
    }
    collection = archive.gather(
        store.digests.candidates(list(statuses)),
        what.sources,
        titles,
        what.topics,
        matcher=Matcher(what.topics),
        zone=ZoneInfo(renderer.site.time_zone),
    )

    load = cache(store.digests.load)

    def shown(line: DigestLine, language: str) -> Letter:
        return renderer.shown(load(line.key), language, line.sent)

    return archive.Archive(
        renderer.folders,
        renderer.site,
        collection,
        archive.Letters(
            lines=lines,
            frozen={key: one.frozen for key, one in frozen.items() if one.frozen is not None},
            shown=shown,
        ),
        what.sources,
        workspace=store.workspace_id(),
        base=base,
    )


def carry(command: str, *, folder: Path, output: Path, timeout: float = 600.0) -> None:
    """Run the operator's shell command that brings ``output`` to where it is published, in ``folder``.

    Raises PublishError when it fails or takes longer than ``timeout`` seconds.
    """
    process = subprocess.Popen(  # noqa: S602  # the operator's own line, as in a crontab
        command,
        shell=True,
        cwd=folder,
        env={**os.environ, "DIGIKOOSTE_OUTPUT": str(output.resolve())},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    with process:
        try:
            said, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired as error:
            os.killpg(process.pid, signal.SIGKILL)
            raise PublishError(f"site.publish took longer than {timeout:.0f} s and was stopped: {command}") from error
    if process.returncode:
        lines = said.decode(errors="replace").strip().splitlines() or ["it said nothing"]
        raise PublishError(f"site.publish failed with code {process.returncode} ({lines[-1][:_LONGEST]}): {command}")


def keep_sample(folder: Path, name: str, message: bytes) -> None:
    """Keep a letter as a file that any mail program opens, written whole or not at all. Raises SiteError."""
    sample, draft = folder / name, folder / f".{name}.{os.getpid()}.new"
    try:
        draft.write_bytes(message)
        draft.replace(sample)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise SiteError(f"{sample}: the sample letter could not be written: {error.strerror}.") from error
