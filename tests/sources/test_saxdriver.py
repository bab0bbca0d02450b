"""The SAX driver changes how often feedparser is called, never what it makes of a feed."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import feedparser
import pytest
from feedparser import api
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.corpus import Corpus
from pipeline.sources import saxdriver

if TYPE_CHECKING:
    from pathlib import Path


pieces = st.sampled_from(
    [
        "text",
        "  ",
        "\n",
        "\n\n  more\n",
        "ä",
        "&amp;",
        "&lt;p&gt;",
        "&#228;",
        "<![CDATA[ <b>bold</b>\n]]>",
        "<!-- a comment -->",
        "<?pi x?>",
        "<div xmlns='http://www.w3.org/1999/xhtml'>\n<p>a &amp; b</p>\n</div>",
        "<div>x</div>",
        "</div>",
        "<b/>",
    ]
)
contents = st.lists(pieces, max_size=8).map("".join)
KINDS = st.sampled_from(["", " type='html'", " type='xhtml'", " type='text'", " mode='escaped'", " xml:base='/a/'"])


def parsed(body: bytes) -> Any:  # noqa: ANN401  # feedparser has no types
    result = feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
    result.pop("bozo_exception", None)  # two errors are never equal
    return result


def same_with_and_without(body: bytes) -> bool:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api, "PREFERRED_XML_PARSERS", ["drv_libxml2"])
        without = parsed(body)
        patch.setattr(api, "PREFERRED_XML_PARSERS", [saxdriver.__name__])
        return bool(parsed(body) == without)


@given(contents, KINDS)
def test_an_entry_is_the_same_however_its_text_is_pieced(content: str, kind: str) -> None:
    """Line ends, references, CDATA, comments, inline XHTML, and what is not well-formed."""
    atom = (
        f"<feed xmlns='http://www.w3.org/2005/Atom'><title>t</title><entry><title{kind}>{content}</title>"
        f"<summary{kind}>{content}</summary><content{kind}>{content}</content><id>{content}</id></entry></feed>"
    )
    rss = f"<rss version='2.0'><channel><item><title>{content}</title><description{kind}>{content}</description></item>"
    assert same_with_and_without(atom.encode())
    assert same_with_and_without(f"{rss}</channel></rss>".encode())


def test_long_texts_are_the_same() -> None:
    """Longer than the buffer, and over the ends of what the parser is given at once."""
    text = "Pitkä teksti &lt;b&gt; &amp;amp; rivejä\n" * 9000
    assert same_with_and_without(
        f"<rss><channel><item><description>{text}</description></item></channel></rss>".encode()
    )
    corpus = Corpus(3)
    assert all(same_with_and_without(corpus.body(number, 0)) for number in range(3))


def test_real_feeds_are_the_same(data: Path) -> None:
    """Every feed that was collected from outside."""
    feeds = [path for path in sorted((data / "feeds").iterdir()) if path.suffix == ".xml"]
    assert [path.name for path in feeds if not same_with_and_without(path.read_bytes())] == []
