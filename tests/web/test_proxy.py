"""Behind a web server: below a path, and believing only whom one was told to believe."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from pipeline.cli.main import digikooste
from pipeline.render import SiteFacts, default_templates
from pipeline.web.app import create_app
from pipeline.web.pages import Pages
from pipeline.web.published import Published

if TYPE_CHECKING:
    from starlette.requests import Request

DOCS = (Path(__file__).parents[2] / "docs" / "web.md").read_text(encoding="utf-8")
SITE = SiteFacts(title={"fi": "Kooste"})


def who(request: Request) -> PlainTextResponse:
    assert request.client is not None
    return PlainTextResponse(f"{request.client.host} {request.url.scheme}")


def visitor(*trust: str, host: str = "127.0.0.1", root_path: str = "", output: Path = Path("/nowhere")) -> TestClient:
    pages = Pages([default_templates()], SITE, root_path=root_path)
    app = create_app(pages, [Route("/who", who)], published=Published(output), trust=trust)
    return TestClient(app, client=(host, 1), follow_redirects=False)


FORWARDED = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}


@pytest.mark.parametrize(
    ("trust", "host", "said", "believed"),
    [
        (("127.0.0.1",), "127.0.0.1", FORWARDED, "203.0.113.9 https"),
        (("10.0.0.0/8", "::1"), "10.1.2.3", FORWARDED, "203.0.113.9 https"),
        ((), "127.0.0.1", FORWARDED, "127.0.0.1 http"),
        (("127.0.0.1",), "198.51.100.7", FORWARDED, "198.51.100.7 http"),
        # What the visitor wrote stands to the left of what the proxy added.
        (("127.0.0.1",), "127.0.0.1", {"X-Forwarded-For": "1.1.1.1, 203.0.113.9"}, "203.0.113.9 http"),
        (("127.0.0.1", "10.0.0.1"), "127.0.0.1", {"X-Forwarded-For": "203.0.113.9, 10.0.0.1"}, "203.0.113.9 http"),
        (("127.0.0.1",), "127.0.0.1", {"X-Forwarded-Proto": "gopher"}, "127.0.0.1 http"),
        (("127.0.0.1",), "127.0.0.1", {"Forwarded": "for=203.0.113.9;proto=https"}, "127.0.0.1 http"),
    ],
)
def test_only_named_proxies_are_believed(
    trust: tuple[str, ...], host: str, said: dict[str, str], believed: str
) -> None:
    """Who asks, and over what, as the trusted proxy says; a stranger says nothing about themselves."""
    assert visitor(*trust, host=host).get("/who", headers=said).text == believed


def test_below_a_path(tmp_path: Path) -> None:
    """Every link, form, style sheet and redirect is below it, whether or not the proxy takes it off."""
    (tmp_path / "2026-W47").mkdir()
    (tmp_path / "2026-W47" / "index.html").write_text("valitse")
    client = visitor(root_path="/kooste", output=tmp_path)
    for prefix in ("", "/kooste"):
        page = client.get(f"{prefix}/sv/nowhere")
        assert (page.status_code, page.headers["content-language"]) == (404, "sv")
        links = re.findall(r'(?:href|src|action)="(/[^"]*)"', page.text)
        assert links
        assert all(link.startswith("/kooste/") for link in links)
        style = re.findall(r'rel="stylesheet" href="([^"]+)"', page.text)[0]
        assert client.get(style).headers["content-type"] == "text/css; charset=utf-8"
        assert client.get(style.removeprefix("/kooste")).status_code == 200
        assert client.get(f"{prefix}/2026-W47").headers["location"] == "/kooste/2026-W47/"
        assert client.get(f"{prefix}/2026-W47/").text == "valitse"
    assert client.get("/koostetta/2026-W47/").status_code == 404


@pytest.mark.parametrize(
    "options",
    [
        ["--root-path", "kooste"], ["--root-path", "//evil.example"], ["--root-path", "/a b"], ["--root-path", "/k?o"],
        ["--trust", "localhost"], ["--trust", "127.0.0.1/33"], ["--trust", "*"],
    ],
)  # fmt: skip
def test_what_is_no_path_and_no_proxy_is_wrong_usage(options: list[str]) -> None:
    """Said before anything is served."""
    done = CliRunner().invoke(digikooste, ["serve", *options])
    assert done.exit_code != 0
    assert "write" in done.output


def block(kind: str) -> str:
    found = re.search(rf"^```{kind}\n(.*?)^```", DOCS, re.DOTALL | re.MULTILINE)
    assert found
    return found[1]


@pytest.mark.skipif(shutil.which("caddy") is None, reason="needs Caddy (Debian package caddy)")
def test_the_example_for_caddy_is_one(tmp_path: Path) -> None:
    """Caddy takes what the page shows."""
    (tmp_path / "Caddyfile").write_text(block("caddyfile"))
    caddy = shutil.which("caddy") or ""
    done = subprocess.run(
        [caddy, "adapt", "--config", str(tmp_path / "Caddyfile")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
