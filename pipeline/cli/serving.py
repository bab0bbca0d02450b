"""The command serve: everything by itself, woken by the schedule, decided by the store."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from typing import TYPE_CHECKING

import click

from pipeline.cli import lines, webbing
from pipeline.cli.exits import Exit
from pipeline.cli.notifying import notify
from pipeline.cli.showing import say
from pipeline.cli.stewarding import Steward
from pipeline.cli.stopping import GRACE, stopping
from pipeline.cli.workspace import Workspace, now, workspace_option
from pipeline.errors import BusyError, DigikoosteError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.cli.receiving import Front
    from pipeline.schedule import Timetable
    from pipeline.store import Store
    from pipeline.web.server import Server

_REHEARSAL_BEAT = 0.1


@click.command()
@workspace_option
@click.option(
    "--http",
    type=webbing.Address(),
    metavar="HOST:PORT",
    help="Answer there, such as 127.0.0.1:8765: output/, the readers' pages (site.service), /healthz, /readyz.",
)
@click.option(
    "--root-path",
    type=webbing.RootPath(),
    default="",
    metavar="PATH",
    help="Where a web server in front shows --http, if not at its root, such as /kooste.",
)
@click.option(
    "--trust",
    multiple=True,
    type=webbing.Network(),
    metavar="ADDRESS",
    help="A proxy whose X-Forwarded-For and -Proto are believed, such as 127.0.0.1 or 10.0.0.0/8; may be repeated.",
)
@click.option(
    "--metrics",
    type=webbing.Address(),
    metavar="HOST:PORT",
    help="Answer /metrics there, for Prometheus, such as 127.0.0.1:9765.",
)
@click.option(
    "--log",
    "form",
    type=click.Choice(lines.FORMS),
    default="auto",
    help="Log plain lines, or one JSON object a line; auto is plain on a terminal and json elsewhere.",
)
def serve(
    workspace: Workspace,
    *,
    http: tuple[str, int] | None,
    root_path: str,
    trust: tuple[str, ...],
    metrics: tuple[str, int] | None,
    form: str,
) -> int:
    """Stay, and do everything at its time: read sources, make the letter, deliver it.

    Sources are read as often as they like to be, letters made by digest.schedule. Start it once and
    forget it: it may be killed and started again, an edited sources.yaml is taken up as it runs, and
    other commands work beside it. SIGTERM or Ctrl-C ends it after the message in hand.
    """
    from pipeline.cli.receiving import Front  # noqa: PLC0415
    from pipeline.cli.records import speaking  # noqa: PLC0415

    if (trust or root_path) and not http:
        raise click.UsageError("--trust and --root-path go with --http.")
    log = lines.Lines(now, form)
    try:
        with speaking(log):
            return _serve(workspace, http, metrics, Front(root_path=root_path, trust=trust))
    except DigikoosteError as error:
        if not log.is_json:
            raise
        log.write("ERROR", str(error))
        return Exit.BUSY if isinstance(error, BusyError) else Exit.MEND


def _serve(workspace: Workspace, http: tuple[str, int] | None, metrics: tuple[str, int] | None, front: Front) -> int:
    from pipeline.jobs import job_lock  # noqa: PLC0415
    from pipeline.schedule import BEAT, Timetable  # noqa: PLC0415

    _ = workspace.config
    with stopping(signal.SIGTERM, signal.SIGINT) as stop, workspace.store() as store:
        with job_lock(workspace.var, "serve"):
            steward = Steward(workspace, store, stop)
            beat = _REHEARSAL_BEAT if "DIGIKOOSTE_NOW" in os.environ else BEAT
            timetable = Timetable(steward.jobs(), clock=now, beat=beat, on_beat=lambda: notify("WATCHDOG=1"))
            steward.timetable = timetable
            with _answering(steward, store, timetable, http, metrics, front=front) as servers:
                say(f"Serving {workspace.folder.resolve()}, pid {os.getpid()}. {steward.outlook(now())}")
                notify("READY=1", f"STATUS={steward.outlook(now())}")
                ended = timetable.run(stop, grace=GRACE)
                notify("STOPPING=1")
                gone = [server.stop() for server in servers]
            say("Stopped; everything is written down." if ended else "Stopped; what was in hand is finished next time.")
        if not ended or not all(gone):
            sys.stdout.flush()
            sys.stderr.flush()
            # A server that never answers must not keep us: what it holds is unknown, as after a kill.
            os._exit(Exit.DONE)
    return Exit.DONE


@contextlib.contextmanager
def _answering(
    steward: Steward,
    store: Store,
    timetable: Timetable,
    http: tuple[str, int] | None,
    metrics: tuple[str, int] | None,
    *,
    front: Front,
) -> Iterator[list[Server]]:
    """Listen where it was asked for; raises ListenError."""
    with contextlib.ExitStack() as stack:
        servers: list[Server] = []
        if http is not None:
            app = webbing.app(lambda: steward.workspace, store, timetable, front=front)
            servers.append(stack.enter_context(webbing.listening(app, http, "http")))
            say(f"Answering at {servers[-1].url}")
        if metrics is not None:
            steward.metrics = webbing.metrics(lambda: steward.workspace, store, timetable)
            app = webbing.metrics_app(steward.metrics)
            servers.append(stack.enter_context(webbing.listening(app, metrics, "metrics")))
            say(f"Metrics at {servers[-1].url}metrics")
        yield servers
