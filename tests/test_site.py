"""output/: each file written whole or not at all, and never anywhere else."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import site
from pipeline.errors import SiteError

KEY = "2026-W47"
FILES = {"fi.html": b"<p>Hei", "fi.txt": b"Hei\n", "index.html": b"<a>"}
ROOT = Path(site.__file__).parent.parent


def tree(folder: Path) -> dict[str, bytes]:
    """Return every file under a folder, hidden ones too."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def run(program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a program in a process of its own, where limits and kills harm nobody else."""
    start = "import sys; from pathlib import Path; from pipeline import site; output = Path(sys.argv[1])\n"
    command = [sys.executable, "-c", start + program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def test_writes_a_folder(tmp_path: Path) -> None:
    """All the files of a digest, readable by a web server, and nothing besides."""
    output = tmp_path / "deep" / "output"
    assert site.write(output, KEY, FILES)
    assert tree(output) == {f"{KEY}/{name}": body for name, body in FILES.items()}
    assert (output / KEY).stat().st_mode & 0o777 == 0o755
    assert (output / KEY / "fi.html").stat().st_mode & 0o777 == 0o644


def test_writes_front_pages(tmp_path: Path) -> None:
    """Without a key the files stand in output/ itself, beside what is there."""
    (tmp_path / "logo.png").write_bytes(b"png")
    assert site.write(tmp_path, None, {"index.html": b"1", "sv.html": b"2"})
    assert tree(tmp_path) == {"index.html": b"1", "logo.png": b"png", "sv.html": b"2"}


def test_unchanged_files_are_left_alone(tmp_path: Path) -> None:
    """A second write of the same changes no file and no time; of a changed one, only that."""
    site.write(tmp_path, KEY, FILES)
    before = {name: (tmp_path / KEY / name).stat() for name in FILES}
    assert not site.write(tmp_path, KEY, FILES)
    assert site.write(tmp_path, KEY, FILES | {"fi.txt": b"Moi\n"})
    after = {name: (tmp_path / KEY / name).stat() for name in FILES}
    assert {name for name in FILES if before[name].st_ino != after[name].st_ino} == {"fi.txt"}
    assert (tmp_path / KEY / "fi.txt").read_bytes() == b"Moi\n"


def test_missing(tmp_path: Path) -> None:
    """A page is missing when it, its folder or output/ is not there, or holds anything else."""
    assert site.missing(tmp_path / "nowhere", KEY, FILES)
    assert site.missing(tmp_path, KEY, FILES)
    site.write(tmp_path, KEY, FILES)
    assert not site.missing(tmp_path, KEY, FILES)
    (tmp_path / KEY / "fi.html").write_bytes(b"")
    assert site.missing(tmp_path, KEY, FILES)
    assert site.write(tmp_path, KEY, FILES)
    assert not site.missing(tmp_path, KEY, FILES)
    (tmp_path / KEY / "fi.html").unlink()
    assert site.missing(tmp_path, KEY, FILES)
    assert site.missing(tmp_path, None, {"index.html": b""})


@pytest.mark.parametrize(
    "key",
    ["", ".", "..", "../2026-W47", "/etc", "2026-W4", "2026-W477", "2026-w47", "2026-W47/..", "2026-W47\n", "٢٠٢٦-W47"],
)
def test_a_key_is_a_period(tmp_path: Path, key: str) -> None:
    """Only weeks, days and months name folders."""
    with pytest.raises(SiteError, match="is no period"):
        site.write(tmp_path / "output", key, FILES)
    assert tree(tmp_path) == {}


@pytest.mark.parametrize("key", ["2026-W47", "2026-11", "2026-11-16"])
def test_periods(tmp_path: Path, key: str) -> None:
    """A week, a month and a day."""
    assert site.write(tmp_path, key, FILES)


@given(st.text(max_size=20) | st.sampled_from(["../x.html", "a/b.html", ".x.html", "x.html\0", "x.php", "X.html"]))
def test_a_file_name_is_plain(name: str) -> None:
    """Names with a folder, a dot in front, capitals or another ending are refused before anything is touched."""
    if site._NAME.fullmatch(name):
        assert "/" not in name
        assert not name.startswith(".")
        return
    with pytest.raises(SiteError, match="is no name for a file"):
        site.write(Path("/nonexistent/output"), KEY, {name: b""})


def test_a_symlinked_folder_is_refused(tmp_path: Path) -> None:
    """A period's folder that leads elsewhere is not followed."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    output = tmp_path / "output"
    output.mkdir()
    (output / KEY).symlink_to(elsewhere)
    with pytest.raises(SiteError, match="A file or a symbolic link stands where a folder should"):
        site.write(output, KEY, FILES)
    assert site.missing(output, KEY, FILES)
    assert tree(elsewhere) == {}


def test_a_symlinked_file_is_replaced(tmp_path: Path) -> None:
    """Where a page's name leads elsewhere, the page takes the name and the other file keeps its bytes."""
    site.write(tmp_path / "output", KEY, FILES)
    other = tmp_path / "other"
    other.write_bytes(FILES["fi.html"])
    page = tmp_path / "output" / KEY / "fi.html"
    page.unlink()
    page.symlink_to(other)
    assert site.missing(tmp_path / "output", KEY, FILES)
    site.write(tmp_path / "output", KEY, FILES | {"fi.html": b"uusi"})
    assert not page.is_symlink()
    assert page.read_bytes() == b"uusi"
    assert other.read_bytes() == FILES["fi.html"]


def test_output_itself_may_be_a_symlink(tmp_path: Path) -> None:
    """An operator may point output/ at the web server's folder."""
    (tmp_path / "www").mkdir()
    (tmp_path / "output").symlink_to(tmp_path / "www")
    assert site.write(tmp_path / "output", KEY, FILES)
    assert not site.missing(tmp_path / "output", KEY, FILES)
    assert len(tree(tmp_path / "www")) == 3


def test_a_pipe_or_folder_in_the_way(tmp_path: Path) -> None:
    """A named pipe does not stop the writer, who replaces it; a folder of a page's name is an error that says so."""
    folder = tmp_path / KEY
    folder.mkdir()
    os.mkfifo(folder / "fi.html")
    assert site.write(tmp_path, KEY, FILES)
    assert (folder / "fi.html").read_bytes() == FILES["fi.html"]
    (folder / "fi.txt").unlink()
    (folder / "fi.txt").mkdir()
    with pytest.raises(SiteError, match=rf"{KEY} could not be written: Is a directory"):
        site.write(tmp_path, KEY, FILES)
    assert not list(folder.glob(".*"))


def test_a_full_disk_changes_nothing(tmp_path: Path) -> None:
    """When the second file does not fit any more, the first one too stands as it was, and no rest is left behind."""
    site.write(tmp_path, KEY, FILES)
    program = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "for key in ('2026-W47', '2026-W48'):\n"
        "    try: site.write(output, key, {'fi.html': b'x', 'fi.txt': b'y' * 5000})\n"
        "    except site.SiteError as error: print(error)\n"
    )
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    done = run(program, tmp_path)
    assert done.stdout.splitlines() == [
        f"{tmp_path}/{key} could not be written: File too large. "
        "Raise the limit on file sizes and run again. What stood there before still stands."
        for key in (KEY, "2026-W48")
    ]
    assert tree(tmp_path) == {f"{KEY}/{name}": body for name, body in FILES.items()}
    assert [path.name for path in tmp_path.iterdir()] == [KEY]


def test_a_folder_that_gave_way_is_taken_away(tmp_path: Path) -> None:
    """Its files go, other digests stay; taking away what is not there is no error, and links are not followed."""
    site.write(tmp_path, KEY, FILES)
    site.write(tmp_path, "2026-W46", FILES)
    site.remove(tmp_path, KEY)
    site.remove(tmp_path, KEY)
    assert [path.name for path in tmp_path.iterdir()] == ["2026-W46"]
    (tmp_path / KEY).symlink_to(tmp_path / "2026-W46")
    site.remove(tmp_path, KEY)
    assert len(tree(tmp_path / "2026-W46")) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["2026-W46"]
    with pytest.raises(SiteError, match="is no period"):
        site.remove(tmp_path, "..")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write into a read-only folder")
def test_a_read_only_folder(tmp_path: Path) -> None:
    """output/ that may not be written to is named."""
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(SiteError, match=rf"{KEY} could not be written: {os.strerror(errno.EACCES)}"):
            site.write(tmp_path, KEY, FILES)
    finally:
        tmp_path.chmod(0o755)


def test_output_that_is_a_file(tmp_path: Path) -> None:
    """A file in the place of output/ is named."""
    (tmp_path / "output").write_text("")
    with pytest.raises(SiteError, match="output/2026-W47 could not be written"):
        site.write(tmp_path / "output", KEY, FILES)


def test_kill_at_any_moment_leaves_no_half_folder(tmp_path: Path) -> None:
    """Killed before each system call in turn, a writer leaves a whole folder or none, and the next one mends all."""
    program = (
        "import os, signal\n"
        "count = [0]\n"
        "def deadly(name):\n"
        "    real = getattr(os, name)\n"
        "    def call(*args, **kwargs):\n"
        "        count[0] += 1\n"
        "        if count[0] == int(sys.argv[2]): os.kill(os.getpid(), signal.SIGKILL)\n"
        "        return real(*args, **kwargs)\n"
        "    setattr(os, name, call)\n"
        "for name in ('open', 'mkdir', 'rename', 'fsync'): deadly(name)\n"
        "site.write(output, '2026-W47', {'fi.html': b'1' * 9, 'fi.txt': b'2' * 9, 'index.html': b'3' * 9})\n"
    )
    whole = {"fi.html": b"1" * 9, "fi.txt": b"2" * 9, "index.html": b"3" * 9}
    killed = 0
    for step in range(2, 40):
        done = run(program, tmp_path, str(step))
        if (tmp_path / KEY).exists():
            assert tree(tmp_path / KEY) == whole
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL
        killed += 1
    assert killed >= 8
    assert [path.name for path in tmp_path.iterdir()] == [KEY], "the next writer clears what a killed one left"


def test_writers_wait_for_each_other(tmp_path: Path) -> None:
    """Eight writers of the same folder at once: no error, and one of their versions, whole."""
    versions = [{name: bytes([65 + number]) * 100_000 for name in FILES} for number in range(8)]
    failures: list[BaseException] = []

    def write(version: dict[str, bytes]) -> None:
        try:
            site.write(tmp_path, KEY, version)
        except SiteError as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(version,)) for version in versions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert tree(tmp_path / KEY) in versions
