"""A workspace, a web server and the zygote; and a book for the figures of each row of the failure matrix."""

from __future__ import annotations

import contextlib
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme

from tests.e2e.desk import Web
from tests.mail.scripted import Dialogue
from tests.reliability.bench import READERS, Bench
from tests.reliability.figures import Figures
from tests.reliability.zygote import Zygote

if TYPE_CHECKING:
    from collections.abc import Iterator


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Many processes, on a machine that may be busy: what hangs is ended all the same."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(600))


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    with Zygote() as running:
        yield running


@pytest.fixture
def web() -> Iterator[Web]:
    server = Web()
    with contextlib.closing(server):
        yield server


@pytest.fixture
def bench(tmp_path: Path, web: Web, zygote: Zygote) -> Bench:
    folder, streams = tmp_path / "workspace", tmp_path / "streams"
    folder.mkdir()
    streams.mkdir()
    return Bench(folder, web, zygote, streams)


@pytest.fixture(scope="session")
def frozen(tmp_path_factory: pytest.TempPathFactory, zygote: Zygote) -> Path:
    """A workspace whose digest is frozen and owed to six readers; copied by those who deliver it."""
    folder = tmp_path_factory.mktemp("frozen")
    (folder / "workspace").mkdir()
    (folder / "streams").mkdir()
    with contextlib.closing(Web()) as web:
        bench = Bench(folder / "workspace", web, zygote, folder / "streams")
        bench.ready(READERS, "host: 127.0.0.1\nport: 1\nsecurity: none\nfrom: kooste@example.fi\n")
        assert bench.do("collect").code == 0
        assert bench.do("compose").code == 0
    return folder / "workspace"


@pytest.fixture(scope="session")
def secure(tmp_path_factory: pytest.TempPathFactory) -> tuple[Dialogue, str]:
    """A mail server that encrypts and refuses every login, and the file of its issuer's certificate."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(file)
    extensions = ("STARTTLS", "8BITMIME")
    refusing = Dialogue(
        extensions=extensions, encrypted_extensions=("AUTH PLAIN", *extensions[1:]), tls=context, auth="535 5.7.8 no"
    )
    return refusing, str(file)


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    return Figures(request.node)
