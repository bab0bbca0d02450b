"""feedparser tuned is feedparser: faster, never other."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import feedparser
import pytest
from feedparser import FeedParserDict, api, mixin
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.corpus import Corpus
from pipeline.sources.tuning import tuned_feedparser

if TYPE_CHECKING:
    from pathlib import Path


UNUSED = {0x81, 0x8D, 0x8F, 0x90, 0x9D}
CP1252 = {code: bytes([code]).decode("cp1252") for code in range(0x80, 0xA0) if code not in UNUSED}

pieces = st.sampled_from(
    [
        "text",
        "  ",
        "\n",
        "\n\n  more\n",
        "ä",
        "\x80\x81\x92\x9f",
        "“€” 😀",
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
    """Compare the tuned library's result with that of the library as it comes, by taking the tuning off."""
    tuned_feedparser()
    with_it = parsed(body)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api, "PREFERRED_XML_PARSERS", ["drv_libxml2"])
        patch.delattr(FeedParserDict, "__deepcopy__")
        patch.setattr(mixin, "_cp1252", CP1252)
        return bool(parsed(body) == with_it)


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


def test_the_table_of_windows_letters_is_the_librarys_own() -> None:
    """A string in place of the dictionary: the same answer for every character there is."""
    table = tuned_feedparser() and mixin._cp1252
    everything = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x110000))))
    assert isinstance(table, str)
    assert everything.translate(CP1252) == everything.translate(table)
