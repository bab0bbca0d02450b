"""A YouTube that gives the recorded answers, as a site behind the local proxy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pipeline.demo.exchange import Request, Response, html, json_answer

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.demo.exchange import Site

LEARNING = "PL8dPuuaLjXtOAKed_MxxWBNaPno5h3Zs8"
LONG = "PLoumn5BIsUDeGF1vy5Nylf_RJKn5aL_nr"
MISSING = "PL00000000000000000000000000000000"


def site(folder: Path) -> Site:
    """Return the site: each list's page and reload are its recorded first answer, the rest as recorded."""

    def recorded(name: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads((folder / f"{name}.body.json").read_bytes())
        return answer

    lists = {LEARNING: _first_page(recorded("learning-list")), LONG: _first_page(recorded("long-list-1"))}
    more = recorded("long-list-2")
    missing = recorded("missing-list")
    feed = (folder / "feed-missing.body.html").read_bytes()

    def answer(request: Request) -> Response:
        if request.path == "/playlist":
            return _page(lists.get(request.parameter("list"), missing))
        if request.path == "/feeds/videos.xml":
            return Response(status=404, body=feed)
        if request.path == "/youtubei/v1/browse":
            query = json.loads(request.body)
            if query.get("continuation"):
                return json_answer(more)
            return json_answer(lists.get(query["browseId"].removeprefix("VL"), missing))
        return html("", status=404)

    return answer


def _first_page(recorded: dict[str, Any]) -> dict[str, Any]:
    """Return the recorded answer with its items where a page's ytInitialData has them (facts of its README)."""
    items = recorded["onResponseReceivedActions"][0]["reloadContinuationItemsCommand"]["continuationItems"]
    section = {"itemSectionRenderer": {"contents": [{"playlistVideoListRenderer": {"contents": items}}]}}
    tab = {"tabRenderer": {"selected": True, "content": {"sectionListRenderer": {"contents": [section]}}}}
    kept = {name: value for name, value in recorded.items() if name != "onResponseReceivedActions"}
    return {**kept, "contents": {"twoColumnBrowseResultsRenderer": {"tabs": [tab]}}}


def _page(data: dict[str, Any]) -> Response:
    text = json.dumps(data).replace("<", "\\u003c")
    config = '{"INNERTUBE_CLIENT_NAME": "WEB", "INNERTUBE_CLIENT_VERSION": "2.20260123.01.00"}'
    return html(
        f"<!DOCTYPE html><html><head><script>ytcfg.set({config});</script></head>"
        f"<body><script>var ytInitialData = {text};</script></body></html>"
    )
