"""How the pages follow what a workspace is: without mail, before its first letter, edited while they are served."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.testclient import TestClient

from pipeline.cli import receiving
from pipeline.cli.workspace import Workspace

if TYPE_CHECKING:
    from tests.readers.house import House


def test_without_a_mail_server_nobody_is_promised_anything(house: House) -> None:
    """The page says so instead of a form."""
    folder = house.workspace.folder.parent / "silent"
    folder.mkdir(exist_ok=True)
    (folder / "sources.yaml").write_text("site: {service: 'https://kooste.example.fi/'}\n")
    silent = Workspace(folder=folder, environ={})
    with silent.store() as store:
        app = receiving.app(lambda: silent, store, front=receiving.Front(), more=lambda _: [], wake=lambda: None)
        page = TestClient(app).get("/fi/tilaa").text
    assert "Kirjettä ei voi juuri nyt tilata." in page
    assert "<form" not in page


def test_an_edited_file_is_taken_up(house: House) -> None:
    """A topic that was added while serving stands in the form at the next visit."""
    current = [house.workspace]
    app = receiving.app(lambda: current[0], house.store, front=receiving.Front(), more=lambda _: [], wake=lambda: None)
    visitor = TestClient(app)
    assert "Podcastit" not in visitor.get("/fi/tilaa").text
    folder = house.workspace.folder.parent / "edited"
    folder.mkdir(exist_ok=True)
    text = house.workspace.file.read_text()
    (folder / "sources.yaml").write_text(text + "  - id: podit\n    name: {fi: Podcastit}\n    words: [podcast]\n")
    current[0] = Workspace(folder=folder, environ=house.workspace.environ)
    assert "Podcastit" in visitor.get("/fi/tilaa").text


def test_before_the_first_letter_the_front_page_leads_to_subscribing(house: House) -> None:
    """There is nothing else to see yet; once a list of letters is published, it is shown."""
    folder = house.workspace.folder.parent / "young"
    folder.mkdir(exist_ok=True)
    (folder / "sources.yaml").write_text(house.workspace.file.read_text())
    young = Workspace(folder=folder, environ=house.workspace.environ)
    app = receiving.app(lambda: young, house.store, front=receiving.Front(), more=lambda _: [], wake=lambda: None)
    visitor = TestClient(app, follow_redirects=False)
    for front in ("/", "/sv.html"):
        assert (visitor.get(front).status_code, visitor.get(front).headers["location"]) == (302, "/subscribe")
    young.output.mkdir()
    (young.output / "index.html").write_text("kirjeet")
    assert visitor.get("/").text == "kirjeet"
