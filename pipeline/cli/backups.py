"""The commands backup and restore: one file that holds a workspace, and the way back into an empty place."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline import __version__
from pipeline.cli import deliveries, secret
from pipeline.cli.exits import Exit
from pipeline.cli.showing import counted, say, when
from pipeline.cli.workspace import Workspace, now, workspace_option
from pipeline.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping

_COPY = ".backup-copy"
_UNPACKED = ".restoring"
_SQLITE = b"SQLite format 3\x00"


@click.command()
@workspace_option
@click.argument("destination", required=False, type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--keep", type=click.IntRange(1, 10_000), help="Remove this workspace's older ones there, but for so many."
)
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def backup(workspace: Workspace, destination: Path | None, keep: int | None, *, as_json: bool) -> int:
    """Write a backup into the folder DESTINATION (default: var/backups), while everything runs.

    One file: the database, the secret that links in old letters are signed with, sources.yaml, templates/
    and notes/. It is read back and compared before it gets its name, so a backup that is there is whole.
    It holds every address and the secret: keep it as private as var/.
    """
    from pipeline import safekeeping  # noqa: PLC0415
    from pipeline.jobs import job_lock  # noqa: PLC0415

    folder, moment = (destination or workspace.var / "backups").absolute(), now()
    if workspace.server:
        raise StoreError("DIGIKOOSTE_DATABASE is PostgreSQL, whose own pg_dump makes backups; keep var/secret.key too.")
    if not workspace.has_store:
        raise StoreError(f"{workspace.var}: there is no database here yet, so there is nothing to keep.")
    with workspace.store() as store, job_lock(workspace.var, "backup"):
        for stray in workspace.var.glob(f"{_COPY}*"):  # what a kill left
            stray.unlink(missing_ok=True)
        copy = workspace.var / f"{_COPY}-{os.getpid()}"
        try:
            rows = store.copy(copy)
            contents = safekeeping.Contents(
                files=_files(workspace, copy), made=moment, program=__version__, schema=store.schema, rows=rows
            )
            target = folder / safekeeping.name_of(store.workspace_id(), moment)
            safekeeping.pack(contents, target)
        finally:
            copy.unlink(missing_ok=True)
        removed = safekeeping.prune(folder, store.workspace_id(), keep) if keep else ()
    _remember(workspace, folder)
    if as_json:
        facts = {"file": str(target), "bytes": target.stat().st_size, "rows": dict(rows), "removed": len(removed)}
        click.echo(json.dumps(facts, indent=2))
        return Exit.DONE
    size = target.stat().st_size
    shown = f"{size / 2**20:.1f} MB" if size >= 2**20 else f"{size / 2**10:.0f} kB"
    say(
        f"Written, read back and compared: {target} ({shown}; {counted(rows['digest'], 'digest')}, "
        f"{counted(rows['recipient'], 'recipient')})."
    )
    if removed:
        say(f"{counted(len(removed), 'older backup')} removed.")
    if safekeeping.SECRET not in contents.files:
        say(f"The secret comes from {secret.VARIABLE} and is not in it: keep it too, for old links need it.")
    return Exit.DONE


@click.command()
@workspace_option
@click.argument("backup", metavar="BACKUP", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--moved",
    is_flag=True,
    help="The old place was stopped before BACKUP was made, and nothing ran since: hold nothing.",
)
def restore(workspace: Workspace, backup: Path, *, moved: bool) -> int:
    """Put BACKUP back into a place without a database; it is verified first.

    What was owed when it was made may have gone out since, and nobody here knows. So it is held, and so is
    a digest whose time has passed already: nothing is sent twice, and `digikooste deliveries` shows what
    waits for your word. Whoever was forgotten since stays forgotten. BACKUP may also be a bare SQLite file.
    """
    from pipeline import safekeeping  # noqa: PLC0415
    from pipeline.jobs import job_lock  # noqa: PLC0415
    from pipeline.store import Store  # noqa: PLC0415

    _refuse_occupied(workspace)
    moment = now()
    with job_lock(workspace.var, "restore"):
        for stray in workspace.var.glob(f"{_UNPACKED}-*"):
            shutil.rmtree(stray, ignore_errors=True)
        unpacked = workspace.var / f"{_UNPACKED}-{os.getpid()}"
        unpacked.mkdir(mode=0o700)
        try:
            found = _unpack(backup, unpacked)
            _place_secret(workspace, unpacked)
            journal = workspace.journal()
            journal.take_in([unpacked / "var" / safekeeping.FILE, backup.absolute().parent / safekeeping.BESIDE])
            file = unpacked / safekeeping.DATABASE
            with Store(file, seal=journal) as store:
                held = 0 if moved else store.holding.hold(taken=found.made, now=moment)
                again = store.personal.forget_again()
                deliveries.tell_held(store, moment, resend_unknown=True)
            kept = _place(workspace, unpacked, file)
            _remember(workspace, backup.absolute().parent)
        finally:
            shutil.rmtree(unpacked, ignore_errors=True)
    _report(found, kept=kept, held=held, again=again, moved=moved)
    return Exit.DONE


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What stands in a backup."""

    file: Path
    made: datetime
    rows: Mapping[str, int]
    has_secret: bool


def folders(workspace: Workspace) -> tuple[Path, ...]:
    """Where backups of this workspace were written to; they hold what somebody wants to be forgotten of."""
    try:
        lines = (workspace.var / "backup-folders").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return ()
    return tuple(Path(line) for line in lines if line.startswith("/"))


# Backing up -------------------------------------------------------------------------------------------


def _files(workspace: Workspace, copy: Path) -> dict[str, Path]:
    """What goes into a backup, by the names that it has there."""
    from pipeline import safekeeping  # noqa: PLC0415

    files = {safekeeping.DATABASE: copy}
    if not workspace.environ.get(secret.VARIABLE):
        secret.key(workspace)
        files[safekeeping.SECRET] = workspace.var / secret.FILE
    if (workspace.var / safekeeping.FILE).exists():
        files[f"var/{safekeeping.FILE}"] = workspace.var / safekeeping.FILE
    return files | dict(safekeeping.workspace_files(workspace.folder))


def _remember(workspace: Workspace, folder: Path) -> None:
    """Know where backups are, and let those who are forgotten be known beside them."""
    from pipeline import safekeeping  # noqa: PLC0415

    known = folders(workspace)
    if folder not in known:
        with suppress(OSError):  # then nobody is told of it, but the backup stands
            descriptor = os.open(
                workspace.var / "backup-folders", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600
            )
            with os.fdopen(descriptor, "a", encoding="utf-8") as out:
                out.write(f"{folder}\n")
    with suppress(StoreError):
        safekeeping.Journal(folder / safekeeping.BESIDE, lambda: b"").take_in([workspace.var / safekeeping.FILE])


# Restoring --------------------------------------------------------------------------------------------


def _refuse_occupied(workspace: Workspace) -> None:
    if workspace.server:
        raise StoreError(
            "DIGIKOOSTE_DATABASE is PostgreSQL: restore it with pg_restore, then run `digikooste deliveries hold`, "
            "so that nothing is sent twice."
        )
    for name in ("digikooste.db", "digikooste.db-wal", "digikooste.db-shm"):
        if os.path.lexists(workspace.var / name):
            raise StoreError(
                f"{workspace.var / name} is there already, and nothing was changed. Restore into an empty folder "
                "(--workspace), or stop every digikooste and move var/digikooste.db, -wal and -shm away first."
            )


def _unpack(backup: Path, folder: Path) -> _Found:
    """Unpack and verify; raises StoreError for what is damaged, or too new for this digikooste."""
    from pipeline import safekeeping  # noqa: PLC0415
    from pipeline.store import copying, schema  # noqa: PLC0415

    file = folder / safekeeping.DATABASE
    if safekeeping.is_archive(backup):
        said = safekeeping.extract(backup, folder)
        made, expected = said.made, dict(said.rows)
    else:
        with backup.open("rb") as opened:
            if opened.read(len(_SQLITE)) != _SQLITE:
                raise StoreError(f"{backup} is no backup: not one of `digikooste backup`, and no SQLite database.")
        journal = Path(f"{backup}-wal")
        if journal.exists() and journal.stat().st_size:
            raise StoreError(
                f"{backup} is no whole copy, for {journal.name} holds a part of it: use `digikooste backup`."
            )
        file.parent.mkdir(mode=0o700)
        shutil.copyfile(backup, file)
        file.chmod(0o600)
        made, expected = datetime.fromtimestamp(backup.stat().st_mtime, UTC), None
    rows = copying.verify(file)
    if expected is not None and dict(rows) != expected:
        raise StoreError(f"{backup}: this backup is damaged (rows are missing); take another one.")
    if (version := copying.version_of(file)) > schema.HEAD:
        raise StoreError(
            f"{backup}: made by a newer digikooste (schema {version}, this one knows {schema.HEAD}); install that one."
        )
    return _Found(file=backup, made=made, rows=rows, has_secret=(folder / safekeeping.SECRET).exists())


def _place_secret(workspace: Workspace, unpacked: Path) -> None:
    """Put the secret in its place first: everything else is read with it."""
    from pipeline import safekeeping  # noqa: PLC0415

    theirs, ours = unpacked / safekeeping.SECRET, workspace.var / secret.FILE
    if workspace.environ.get(secret.VARIABLE) or not theirs.exists():
        return
    try:
        os.link(theirs, ours)
    except FileExistsError:
        if ours.read_bytes() != theirs.read_bytes():
            raise StoreError(
                f"{ours} is another secret than the backup's, with which the links in old letters are signed. Move it "
                "away and restore again; nothing was changed."
            ) from None


def _place(workspace: Workspace, unpacked: Path, file: Path) -> list[str]:
    """Move what was unpacked into its place, the database last; answer what was there already and stays."""
    from pipeline.store import copying  # noqa: PLC0415

    kept = []
    for path in sorted(unpacked.rglob("*")):
        name = path.relative_to(unpacked)
        if not path.is_file() or name.parts[0] == "var":
            continue
        target = workspace.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path, target)
        except FileExistsError:
            if target.read_bytes() != path.read_bytes():
                kept.append(str(name))
    os.link(file, workspace.var / "digikooste.db")
    copying.settle(workspace.var)
    return kept


def _report(found: _Found, *, kept: list[str], held: int, again: int, moved: bool) -> None:
    say(
        f"Restored {found.file} of {when(found.made)}: {counted(found.rows['digest'], 'digest')}, "
        f"{counted(found.rows['recipient'], 'recipient')}."
    )
    if not found.has_secret:
        say("No secret came with it: unless the old one is in var/secret.key, links in letters that went out are dead.")
    if kept:
        say(f"Left as they are here, though the backup has others: {', '.join(kept)}.")
    if again:
        say(f"Forgotten again, as they had been since it was made: {counted(again, 'person', 'people')}.")
    if held:
        say(
            f"{counted(held, 'letter')} owed at that time may have gone out since, so nothing sends them now: "
            "`digikooste deliveries held`."
        )
    if not moved:
        say("A digest whose time has come already is held too when it is made. Who joined or left since is not known.")
