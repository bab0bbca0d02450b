"""The pages behind a real nginx, set up as docs/web.md shows."""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest

from tests.readers.house import seal, somebody

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.readers.house import House

NGINX = shutil.which("nginx")
pytestmark = pytest.mark.skipif(NGINX is None, reason="needs nginx (Debian package nginx-light)")
DOCS = Path(__file__).parents[2] / "docs" / "web.md"
NAME = "kooste.example.fi"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture
def outside(house: House, tmp_path: Path) -> Iterator[tuple[httpx2.Client, Path]]:
    """A visitor from outside, by TLS, and nginx's access log."""
    trustme = pytest.importorskip("trustme")
    authority, port = trustme.CA(), free_port()
    authority.issue_cert(NAME).private_key_and_cert_chain_pem.write_to_path(tmp_path / "both.pem")
    found = re.search(r"^```nginx\n(.*?)^```", DOCS.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert found
    server = re.sub(r"/etc/ssl/kooste\.(pem|key)", str(tmp_path / "both.pem"), found[1])
    server = server.replace("listen 443", f"listen 127.0.0.1:{port}").replace("http://127.0.0.1:8765", house.url)
    folders = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (tmp_path / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {tmp_path}/pid; error_log stderr; events {{}}\n"
        f"http {{ access_log {tmp_path}/access; {folders}\n{server}\n}}\n"
    )
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    with subprocess.Popen([NGINX or "", "-c", str(tmp_path / "nginx.conf")]) as process:
        try:
            wait_for(port)
            with httpx2.Client(
                base_url=f"https://127.0.0.1:{port}", verify=trust, headers={"Host": NAME}, follow_redirects=False
            ) as client:
                client.event_hooks = {"request": [named]}
                yield client, tmp_path / "access"
        finally:
            process.terminate()


def named(request: httpx2.Request) -> None:
    """Ask for the certificate of the name, whatever the address."""
    request.extensions["sni_hostname"] = NAME


def wait_for(port: int) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except ConnectionRefusedError:
            assert time.monotonic() < end
            time.sleep(0.02)
        else:
            return


def test_a_reader_comes_in_through_nginx(house: House, outside: tuple[httpx2.Client, Path]) -> None:
    """Forms are taken with the browser's Origin, redirects stay here, and the log holds no confirmation."""
    client, log = outside
    address = somebody()
    page = client.get("/fi/tilaa")
    assert page.headers["strict-transport-security"] == "max-age=31536000"
    sent = client.post(
        "/fi/tilaa", data={"form": seal(page.text), "address": address}, headers={"Origin": f"https://{NAME}"}
    )
    assert (sent.status_code, sent.headers["location"]) == (303, "/fi/tilaa/kiitos")
    confirm = house.path_in(house.answer()[0])
    assert client.get(confirm).status_code == 200
    assert client.post(confirm).headers["location"] == "/fi/tervetuloa"
    assert house.store.visitors.known(address) is not None

    assert client.get("/readyz").status_code == 404
    assert client.post("/fi/tilaa", content=b"x" * 100_000).status_code == 413
    told = log.read_text()
    assert "/fi/tilaa/kiitos" not in told
    assert "/fi/tilaa" in told
    assert "vahvista" not in told
