"""A child process takes what a parser on foreign bytes would do to us: hang, eat the memory, crash."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import wait
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pebble import CONSTS

from pipeline import isolate
from pipeline.errors import FetchCode, FetchError, IsolateError, ParseError, YouTubeError
from pipeline.isolate import Call, Pool, Single
from tests.isolated import (
    double,
    eat,
    fail,
    fail_twofold,
    give_back,
    hang,
    hoard,
    nap,
    process,
    quit_,
    recurse,
    segfault,
    unpicklable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parent.parent
WHAT = "the feed https://example.fi/rss"


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool() as running:
        yield running


@pytest.fixture(scope="module")
def single() -> Iterator[Single]:
    with Single() as running:
        yield running


@pytest.fixture(params=["pool", "single"])
def worker(request: pytest.FixtureRequest) -> Pool | Single:
    """Either of them: what a child may do is the same."""
    found: Pool | Single = request.getfixturevalue(request.param)
    return found


def test_a_call_gives_its_result(worker: Pool | Single) -> None:
    """As if it ran here."""
    assert worker.submit(Call(double, (21,), what=WHAT)).result() == 42
    assert worker.submit(Call(give_back, (b"x" * 10**7,), what=WHAT)).result() == b"x" * 10**7


def test_one_call_alone() -> None:
    """``run`` starts a child and ends it."""
    assert isolate.run(Call(double, (21,), what=WHAT)) == 42


def test_two_calls_run_at_once(pool: Pool) -> None:
    """Threads give nothing for parsing; two processes nearly twice the speed."""
    pids = {future.result() for future in [pool.submit(Call(process, (n,), what=WHAT)) for n in range(8)]}
    assert len(pids) == 2
    assert os.getpid() not in pids


@pytest.mark.parametrize(("function", "args"), [(hang, ()), (nap, (60,))])
def test_a_call_that_takes_too_long_is_stopped(
    worker: Pool | Single, function: Callable[..., object], args: tuple[object, ...]
) -> None:
    """Also while C code holds the interpreter lock; and the sentence says what and how long."""
    began = time.monotonic()
    with pytest.raises(IsolateError, match=r"The feed https://example.fi/rss took longer than 0.2 s to read"):
        worker.submit(Call(function, args, what=WHAT, seconds=0.2)).result()
    assert time.monotonic() - began < 40  # 0.3 s on an idle machine; the call itself would take a minute or years
    assert worker.submit(Call(double, (21,), what=WHAT)).result() == 42


def test_a_limit_is_this_calls_own(worker: Pool | Single) -> None:
    """A short limit before does not end the next call in the same worker."""
    for _ in range(4):
        worker.submit(Call(double, (1,), what=WHAT, seconds=0.1)).result()
    assert [f.result() for f in [worker.submit(Call(nap, (0.15,), what=WHAT)) for _ in range(2)]] == ["slept"] * 2


@pytest.mark.parametrize(("function", "args"), [(eat, (300 * 2**20,)), (hoard, ())])
def test_a_call_that_needs_too_much_memory_is_stopped(
    worker: Pool | Single, function: Callable[..., object], args: tuple[object, ...]
) -> None:
    """At once or bit by bit; the worker goes on."""
    with pytest.raises(IsolateError, match=r"needed more than 200 MB of memory"):
        worker.submit(Call(function, args, what=WHAT, memory=200 * 2**20)).result()
    assert worker.submit(Call(eat, (300 * 2**20,), what=WHAT)).result() == 300 * 2**20


@pytest.mark.parametrize(("function", "args", "cause"), [(quit_, (3,), "exit code 3"), (segfault, (), "SIGSEGV")])
def test_a_crash_costs_only_its_own_call(
    worker: Pool | Single, function: Callable[..., object], args: tuple[object, ...], cause: str
) -> None:
    """Even a clean-looking exit code; calls before and after it get their results."""
    others = [worker.submit(Call(double, (n,), what=WHAT)) for n in range(10)]
    crash = worker.submit(Call(function, args, what=WHAT))
    others += [worker.submit(Call(double, (n,), what=WHAT)) for n in range(10)]
    with pytest.raises(IsolateError, match=cause):
        crash.result()
    assert [future.result() for future in others] == [n * 2 for n in range(10)] * 2


def test_our_own_errors_travel_unchanged(worker: Pool | Single) -> None:
    """With every field."""
    error = FetchError(FetchCode.GONE, "gone.", url="https://a.fi/", status=410, retry_after=5)
    with pytest.raises(FetchError, match=r"^gone\.$") as caught:
        worker.submit(Call(fail, (error,), what=WHAT)).result()
    assert (caught.value.code, caught.value.url, caught.value.status, caught.value.retry_after) == (
        FetchCode.GONE,
        "https://a.fi/",
        410,
        5,
    )
    with pytest.raises(YouTubeError, match=r"^blocked\.$"):
        worker.submit(Call(fail, (YouTubeError("blocked."),), what=WHAT)).result()


@pytest.mark.parametrize(
    ("function", "args", "name"),
    [
        (fail, (ValueError("no date"),), r"ValueError: no date"),
        (fail, (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"),), "UnicodeDecodeError"),
        (fail, (SystemExit(0),), "SystemExit"),
        (fail_twofold, (), "Twofold: ab"),
        (recurse, (), "RecursionError"),
    ],
)
def test_a_foreign_exception_is_a_parse_error(
    worker: Pool | Single, function: Callable[..., object], args: tuple[object, ...], name: str
) -> None:
    """It names what was read; no foreign exception crosses the wall, and none breaks the pool."""
    with pytest.raises(ParseError, match=rf"^The feed https://example.fi/rss could not be read .*{name}") as caught:
        worker.submit(Call(function, args, what=WHAT)).result()
    assert not isinstance(caught.value, IsolateError)
    assert worker.submit(Call(double, (21,), what=WHAT)).result() == 42


def test_a_result_that_cannot_travel_is_an_error(worker: Pool | Single) -> None:
    """Ours to mend, but it must not hang."""
    with pytest.raises(IsolateError, match=r"could not be handed .*pickle"):
        worker.submit(Call(unpicklable, what=WHAT)).result()


def test_done_is_called_after_success_and_failure(pool: Pool) -> None:
    """So that an event loop can be woken; the future has its result by then."""
    seen: list[bool] = []
    for function in (double, quit_):
        event = threading.Event()
        future = pool.submit(Call[object](function, (1,), what=WHAT), event.set)
        assert event.wait(5)
        seen.append(future.done())
    assert seen == [True, True]


def test_leaving_ends_what_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """At once, also in C code; whoever waits is told instead of waiting for ever."""
    monkeypatch.setattr(CONSTS, "term_timeout", 90)  # after which pebble sends SIGKILL to who has not heard SIGTERM
    with Pool() as pool:
        pids = [pool.submit(Call(process, (n,), what=WHAT)) for n in range(4)]
        wait(pids)
        futures = [pool.submit(Call(hang, what=WHAT)) for _ in range(4)]
        time.sleep(0.05)
        began = time.monotonic()
    assert time.monotonic() - began < 45  # 0.1 s on an idle machine
    for future in futures:
        with pytest.raises(IsolateError, match="the run stopped"):
            future.result(0)
    assert not any(alive(pid.result()) for pid in pids)


def test_an_idle_worker_that_is_killed_is_replaced() -> None:
    """By the system's memory killer, say; pebble alone would refuse every later call."""
    with Pool() as pool:
        for _ in range(2):
            pids = {future.result() for future in [pool.submit(Call(process, (n,), what=WHAT)) for n in range(6)]}
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
            until(lambda: not any(map(alive, pids)))  # noqa: B023  # called at once
            time.sleep(0.1)
            time.sleep(0.1)
        assert pool.submit(Call(double, (21,), what=WHAT)).result() == 42


def test_a_single_child_that_is_killed_while_idle_is_replaced() -> None:
    """The same for a child alone: nobody notices."""
    with Single() as single:
        for _ in range(2):
            child = single.submit(Call(process, what=WHAT)).result()
            os.kill(child, signal.SIGKILL)
            until(lambda: not alive(child))  # noqa: B023  # called at once
        assert single.submit(Call(double, (21,), what=WHAT)).result() == 42


def test_a_single_child_ends_with_its_block() -> None:
    """At once, whatever it does, and without a zombie."""
    with Single() as single:
        child = single.submit(Call(process, what=WHAT)).result()
    assert not Path(f"/proc/{child}").exists()


def test_a_child_that_cannot_be_started_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """No memory, no process: the call says so, and the next one tries again."""
    with monkeypatch.context() as broken:
        broken.setattr(sys, "executable", "/nowhere/python")
        single = Single()
        single.__enter__()
        with pytest.raises(IsolateError, match=r"The feed .* was not read: no child process could be started"):
            single.submit(Call(double, (21,), what=WHAT)).result()
    assert single.submit(Call(double, (21,), what=WHAT)).result() == 42
    single.__exit__(None, None, None)


def test_a_call_that_cannot_travel_is_an_error(single: Single) -> None:
    """A function without a name, say; the child goes on."""
    with pytest.raises(IsolateError, match=r"could not be handed .*pickle"):
        single.submit(Call(lambda: 1, what=WHAT)).result()
    assert single.submit(Call(double, (21,), what=WHAT)).result() == 42


def test_children_leave_ctrl_c_to_the_parent(pool: Pool) -> None:
    """A terminal sends SIGINT to all of them."""
    pids = {future.result() for future in [pool.submit(Call(process, (n,), what=WHAT)) for n in range(8)]}
    futures = [pool.submit(Call(nap, (0.1,), what=WHAT)) for _ in range(2)]
    for pid in pids:
        os.kill(pid, signal.SIGINT)
    assert [future.result() for future in futures] == ["slept", "slept"]


ORPHANS = """
import sys, time
from pipeline.isolate import Call, Pool, Single
from tests.isolated import hang, nap, process
if __name__ == "__main__" and sys.argv[1].startswith("single"):
    with Single() as single:
        print(single.submit(Call(process, what="x")).result(), flush=True)
        if sys.argv[1] == "single, busy":
            single.submit(Call(hang, what="x", seconds=1000))
        time.sleep(1000)
elif __name__ == "__main__":
    with Pool() as pool:
        pids = {f.result() for f in [pool.submit(Call(process, (n,), what="x")) for n in range(8)]}
        pool.submit(Call(hang, what="x", seconds=1000))
        if sys.argv[1] == "busy":
            pool.submit(Call(nap, (1000,), what="x", seconds=1000))
        time.sleep(0.1)
        print(*pids, flush=True)
        time.sleep(1000)
"""


@pytest.mark.parametrize("state", ["busy", "one idle", "single, busy", "single, idle"])
def test_no_child_outlives_a_parent_that_is_killed(tmp_path: Path, state: str) -> None:
    """kill -9 of the parent: workers, fork server and resource tracker are gone, also in C code."""  # noqa: D403
    script = tmp_path / "orphans.py"
    script.write_text(ORPHANS)
    parent = subprocess.Popen(
        [sys.executable, script, state],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )
    assert parent.stdout is not None
    workers = [int(pid) for pid in parent.stdout.readline().split()]
    family = [pid for pid in session_of(parent.pid) if pid != parent.pid]
    assert set(workers) <= set(family)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    until(lambda: not any(map(alive, family)))


@pytest.mark.parametrize("state", ["busy", "single, busy"])
def test_ctrl_c_ends_a_run_without_noise(tmp_path: Path, state: str) -> None:
    """SIGINT to the whole group: the parent leaves its with block, the children say nothing."""
    script = tmp_path / "interrupted.py"
    script.write_text(ORPHANS)
    parent = subprocess.Popen(
        [sys.executable, script, state],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )
    assert parent.stdout is not None
    parent.stdout.readline()
    family = session_of(parent.pid)
    os.killpg(parent.pid, signal.SIGINT)
    _, errors = parent.communicate(timeout=60)
    assert errors.count(b"Traceback") == 1
    assert errors.rstrip().endswith(b"KeyboardInterrupt")
    until(lambda: not any(map(alive, family)))


def test_ctrl_c_while_the_fork_server_imports_makes_no_noise(tmp_path: Path) -> None:
    """A terminal's SIGINT reaches it too, and it has nothing to say."""
    (tmp_path / "slow_import.py").write_text("import pathlib, time\npathlib.Path('importing').touch()\ntime.sleep(2)\n")
    script = tmp_path / "warm.py"
    script.write_text(
        "import time\n"
        "from pipeline.isolate import Pool\n"
        "if __name__ == '__main__':\n"
        "    with Pool(preload=['slow_import']) as pool:\n"
        "        pool.warm()\n"
        "        time.sleep(1000)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, script],
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": f"{ROOT}:{tmp_path}"},
        start_new_session=True,
    )
    until((tmp_path / "importing").exists)
    os.killpg(parent.pid, signal.SIGINT)
    _, errors = parent.communicate(timeout=60)
    assert errors.count(b"Traceback") == 1, "the parent's own, which the command line turns into a sentence"
    assert b"slow_import" not in errors


def test_nothing_starts_before_the_first_call() -> None:
    """Neither a process nor an import: most runs find nothing to parse."""
    script = (
        "import sys, multiprocessing; from pipeline.isolate import Pool\n"
        "with Pool(): print('pebble' in sys.modules, multiprocessing.active_children())"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, cwd=ROOT)
    assert done.stdout == b"False []\n"


def test_preloaded_modules_are_there_from_birth(tmp_path: Path) -> None:
    """Loaded once in the fork server, shared by every worker."""
    script = tmp_path / "preloaded.py"
    script.write_text(
        "from pipeline.isolate import Call, Pool\n"
        "from tests.isolated import loaded\n"
        "if __name__ == '__main__':\n"
        "    with Pool(preload=['wave']) as pool:\n"
        "        print(pool.submit(Call(loaded, ('wave',), what='x')).result())\n"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, script], check=True, capture_output=True, env=environment)
    assert done.stdout == b"True\n"


def test_what_is_preloaded_may_be_imported_ahead_of_the_first_call(tmp_path: Path) -> None:
    """``warm`` returns at once, starts no worker, and may be said again; the import goes on in the background."""
    (tmp_path / "slow_import.py").write_text(
        "import os, pathlib\npathlib.Path('imported').write_text(str(os.getpid()))\n"
    )
    script = tmp_path / "warm.py"
    script.write_text(
        "import pathlib, time\n"
        "from pipeline.isolate import Pool\n"
        "if __name__ == '__main__':\n"
        "    with Pool(preload=['slow_import']) as pool:\n"
        "        pool.warm()\n"
        "        pool.warm()\n"
        "        while not pathlib.Path('imported').exists():\n"
        "            time.sleep(0.01)\n"
    )
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{tmp_path}"}
    subprocess.run([sys.executable, script], check=True, cwd=tmp_path, env=environment, timeout=60)


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def session_of(leader: int) -> list[int]:
    """Every process of a session."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and alive(int(entry.name)):
            pid = int(entry.name)
            try:
                if os.getsid(pid) == leader:
                    found.append(pid)
            except ProcessLookupError:
                continue
    return found


def until(condition: Callable[[], bool]) -> None:
    """Wait up to a minute."""
    ends = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.01)
