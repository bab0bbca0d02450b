"""Single values: what each key accepts, and the advice where it does not."""
# ruff: noqa: SIM300 - the expected value stands on the left

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import kinds, values
from pipeline.config.settings import Mailbox
from pipeline.config.values import addresses
from pipeline.model import Kind

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("given_url", "expected"),
    [
        ("https://blog.example.fi/feed", "https://blog.example.fi/feed"),
        ("HTTPS://Blog.Example.FI/Feed", "https://blog.example.fi/Feed"),
        ("https://viestintä.fi/työ?q=ä b".replace(" ", "+"), "https://xn--viestint-7za.fi/ty%C3%B6?q=%C3%A4+b"),
        ("https://a.fi/%C3%B6#kohta", "https://a.fi/%C3%B6"),
        ("http://[2001:DB8::1]:8080/", "http://[2001:db8::1]:8080/"),
        ("https://a.fi.", "https://a.fi"),
        ("https://under_score.example/", "https://under_score.example/"),
    ],
)
def test_a_web_address_becomes_plain_ascii(given_url: str, expected: str) -> None:
    """Hosts by IDNA, paths percent-encoded, no fragment; what the reader pasted stays the same page."""
    assert expected == values.web_address(given_url)
    assert expected == values.web_address(expected)


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("blog.example.fi/feed", 'write "https://blog.example.fi/feed"'),
        ("//blog.example.fi/feed", 'write "https://blog.example.fi/feed"'),
        ("blog.example.fi:8080/feed", 'write "https://blog.example.fi:8080/feed"'),
        ("feed", "must begin with https://"),
        ("ftp://a.fi/", 'not with "ftp:"'),
        ("javascript:alert(1)", 'not with "javascript:"'),
        ("file:///etc/passwd", 'not with "file:"'),
        ("https:/a.fi", "needs two slashes"),
        ("https:///polku", "has no host"),
        ("https://anna:salasana@a.fi/", "user name or password"),
        ("https://a.fi:eighty/", "check its host and port"),
        ("https://a.fi:99999/", "check its host and port"),
        ("https://[::1/", "check its host and port"),
        ("https://a b.fi/", "without spaces"),
        ("https://a..fi/", "no host name"),
        ("https://-a-.fi<>/", "no host name"),
        ("https://1.2.3.4.5/", "neither a host name nor an IP address"),
        ("https://0x7f.1/", "neither a host name nor an IP address"),
        ("https://a.fi/" + "x" * 2000, "longer than 2000"),
    ],
)
def test_what_is_no_web_address_is_said(url: str, advice: str) -> None:
    """Every refusal says what to write instead; a password is never repeated."""
    with pytest.raises(ValueError, match=r".") as raised:
        values.web_address(url)
    assert advice in str(raised.value)
    assert "salasana" not in str(raised.value)


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_a_value_error(url: str) -> None:
    """Whatever stands in a file, the door answers with ValueError or with an ASCII address."""
    for prefix in ("", "https://", "https://a.fi/"):
        try:
            address = values.web_address(prefix + url)
        except ValueError:
            continue
        assert address.isascii()
        assert address.startswith(("http://", "https://"))
        assert address == values.web_address(address)
        values.private_reason(address)


@given(st.from_regex(addresses._PLAIN, fullmatch=True))
def test_the_short_way_of_an_ordinary_address_ends_where_the_long_one_does(url: str) -> None:
    """Nearly every address has that form; what it is spared would find nothing."""
    short = (values.web_address(url), values.private_reason(url))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(addresses, "_PLAIN", re.compile("(?!)"))
        assert short == (values.web_address(url), values.private_reason(url))


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://a.fi/", None),
        ("http://a.fi:80/", None),
        ("https://8.8.8.8/", None),
        ("https://a.fi:8443/", "port 8443"),
        ("http://localhost/", "this computer itself"),
        ("http://kooste.localhost/", "this computer itself"),
        ("http://10.0.0.1/", "a private address"),
        ("http://[::1]/", "a private address"),
        ("http://169.254.169.254/", "a private address"),
    ],
)
def test_a_private_address_is_seen_in_its_text(url: str, reason: str | None) -> None:
    """The guard at the socket decides; this only tells the keeper before anything is fetched."""
    assert reason == values.private_reason(url)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kooste@example.fi", Mailbox(address="kooste@example.fi")),
        ("Viestintäkooste <kooste@example.fi>", Mailbox(address="kooste@example.fi", name="Viestintäkooste")),
        ('"Kooste, viestintä" <a.b+c@x.fi>', Mailbox(address="a.b+c@x.fi", name="Kooste, viestintä")),
        ("<k@viestintä.fi>", Mailbox(address="k@viestintä.fi")),
        ("Päivi <päivi@example.fi>", Mailbox(address="päivi@example.fi", name="Päivi")),
    ],
)
def test_a_mailbox_is_a_name_and_an_address(text: str, expected: Mailbox) -> None:
    """As people write them in mail programs."""
    assert expected == values.mailbox(text)


@pytest.mark.parametrize(
    "text",
    ["kooste", "kooste@", "@example.fi", "a b@example.fi", "a@b@c", "a@x.fi, b@x.fi", "A <a@x.fi> B", "a..b@x.fi",
     "<<a@x.fi>>", "x" * 250 + "@x.fi", "a@x.fi\x00", "a@x\u202e.fi", "a@ex ample.fi"],
)  # fmt: skip
def test_what_is_no_mailbox_is_refused(text: str) -> None:
    """Two addresses, missing parts and invisible characters never reach a header."""
    with pytest.raises(ValueError, match=r"mail address|Name <address>|invisible|host"):
        values.mailbox(text)


@pytest.mark.parametrize(
    ("function", "text", "expected"),
    [
        (values.leave_address, "pois@example.fi", "mailto:pois@example.fi"),
        (values.leave_address, "mailto:pois@example.fi?subject=pois", "mailto:pois@example.fi?subject=pois"),
        (values.leave_address, "https://example.fi/pois", "https://example.fi/pois"),
        (values.one_click_address, "https://Example.fi/pois/{token}", "https://example.fi/pois/{token}"),
        (values.return_address, "palautus+{token}@example.fi", "palautus+{token}@example.fi"),
        (values.one_click_address, "https://example.fi/ä?t={token}&a=b", "https://example.fi/%C3%A4?t={token}&a=b"),
        (values.contact, "mailto:a@example.fi", "a@example.fi"),
        (values.contact, "a@example.fi", "a@example.fi"),
        (values.contact, "https://example.fi/@me", "https://example.fi/@me"),
        (values.folder_address, "https://example.fi/kooste", "https://example.fi/kooste/"),
        (values.folder_address, "https://example.fi", "https://example.fi/"),
        (values.server, "SMTP.example.fi", "smtp.example.fi"),
        (values.server, "127.0.0.1", "127.0.0.1"),
        (values.language, "FI", "fi"),
        (values.time_zone, "Europe/Helsinki", "Europe/Helsinki"),
        (values.selector, "a.b > c:nth-child(2)", "a.b > c:nth-child(2)"),
        (values.text, "  yksi\n rivi ", "yksi rivi"),
        (values.whole, "12", 12),
        (values.whole, "-1", -1),
        (values.number, "0.5", 0.5),
        (values.number, "2", 2.0),
        (values.flag, "True", True),
        (values.flag, "false", False),
    ],
)
def test_a_value_is_taken_as_meant(function: Callable[[str], object], text: str, expected: object) -> None:
    """The forms that people write become the one form that the rooms use."""
    assert expected == function(text)


@pytest.mark.parametrize(
    ("function", "text", "advice"),
    [
        (values.leave_address, "http://example.fi/pois", "https"),
        (values.return_address, "palautus@example.fi", "{token} once"),
        (values.return_address, "palautus@{token}.fi", "before its @"),
        (values.return_address, "viestinnan-kirjeen-palautus{token}@example.fi", "24 characters"),
        (values.return_address, "päätös{token}@example.fi", "ASCII"),
        (values.return_address, "<{token}>@example.fi", "mail address"),
        (values.one_click_address, "http://example.fi/pois/{token}", "https"),
        (values.one_click_address, "mailto:pois+{token}@example.fi", "https"),
        (values.one_click_address, "https://example.fi/pois", "{token} once"),
        (values.one_click_address, "https://example.fi/{token}/{token}", "{token} once"),
        (values.one_click_address, "https://{token}.example.fi/pois", "path or its query"),
        (values.one_click_address, "https://example.fi/#{token}", "path or its query"),
        (values.folder_address, "https://example.fi/?a=b", "folder"),
        (values.server, "smtp.example.fi:587", '"port: 587"'),
        (values.server, "smtp://smtp.example.fi", "host name alone"),
        (values.language, "no", 'not "no"'),
        (values.language, "suomi", 'write "fi"'),
        (values.time_zone, "Europe/Helsingfors", "Europe/Helsinki"),
        (values.time_zone, "../etc/passwd", "Europe/Helsinki"),
        (values.selector, "//div[@class]", "XPath"),
        (values.selector, "a[", "no CSS selector"),
        (values.text, " \n ", "is empty"),
        (values.text, "a\u202eb", "U+202E"),
        (values.text, "a\x85b", "U+0085"),
        (values.whole, "010", "write 10"),
        (values.whole, "5.0", "whole number"),
        (values.whole, "1_000", "whole number"),
        (values.whole, "٣", "whole number"),
        (values.whole, "9" * 5000, "whole number"),
        (values.number, "0,5", "write 0.5"),
        (values.number, "nan", "must be a number"),
        (values.flag, "yes", "write true"),
        (values.flag, "ei", "write false"),
        (values.flag, "maybe", 'not "maybe"'),
        (values.identifier, "Tarinat ja työ", '"tarinat-ja-tyo"'),
        (values.identifier, "a_b", '"a-b"'),
        (values.identifier, "-", "a to z"),
        (values.identifier, "x" * 65, "at most 64"),
        (values.identifier, "a\n", '"a"'),
        (values.header_text, "Näytä", "ASCII"),
    ],
)
def test_a_wrong_value_is_answered_with_what_to_write(
    function: Callable[[str], object], text: str, advice: str
) -> None:
    """Each refusal holds the remedy."""
    with pytest.raises(ValueError, match=r".") as raised:
        function(text)
    assert advice in str(raised.value)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://a.fi/feed", Kind.FEED),
        ("https://a.fi/", Kind.FEED),
        ("https://a.fi/uutiset.rss", Kind.FEED),
        ("https://a.fi/feed.json", Kind.FEED),
        ("https://a.fi/sitemap.xml", Kind.SITEMAP),
        ("https://a.fi/fi/post-sitemap2.xml.gz", Kind.SITEMAP),
        ("https://a.fi/sitemap.xml/feed", Kind.FEED),
        ("https://www.youtube.com/playlist?list=PLxxxxxxxxxx", Kind.YOUTUBE),
        ("https://youtu.be/x?list=PLxxxxxxxxxx", Kind.YOUTUBE),
        ("https://notyoutube.com/feed", Kind.FEED),
    ],
)
def test_the_kind_is_told_from_the_address(url: str, kind: Kind) -> None:
    """Where the address is certain it decides; anything else is tried as a feed."""
    assert kind == kinds.guess(url, set())


def test_keys_tell_the_kind_before_the_address() -> None:
    """Only a listing has ``item``, only a sitemap ``prefix``."""
    assert Kind.LISTING == kinds.guess("https://a.fi/feed", {"item"})
    assert Kind.SITEMAP == kinds.guess("https://a.fi/kartta", {"prefix"})
    assert Kind.FEED == kinds.guess("https://a.fi/feed", {"title"})


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("playlist?list=PLabcdefghij", kinds.YouTube.PLAYLIST),
        ("watch?v=dQw4w9WgXcQ&list=PLabcdefghij&index=2", kinds.YouTube.PLAYLIST),
        ("@kela", kinds.YouTube.CHANNEL),
        ("@kela/videos", kinds.YouTube.CHANNEL),
        ("channel/UCabcdefghijklmnopqrstuv", kinds.YouTube.CHANNEL),
        ("user/kela", kinds.YouTube.CHANNEL),
        ("c/kela/", kinds.YouTube.CHANNEL),
    ],
)
def test_a_youtube_address_names_a_playlist_or_a_channel(path: str, expected: kinds.YouTube) -> None:
    """The forms that the browser shows."""
    assert expected is kinds.youtube(f"https://www.youtube.com/{path}")


@pytest.mark.parametrize(
    ("path", "advice"),
    [
        ("watch?v=dQw4w9WgXcQ", "names one video"),
        ("shorts/dQw4w9WgXcQ", "names one video"),
        ("playlist?list=WL", "only its owner sees"),
        ("watch?v=x&list=RDdQw4w9WgXcQ", "is a mix"),
        ("playlist?list=lyhyt", "no playlist's id"),
        ("feeds/videos.xml?playlist_id=PLabcdefghij", "playlist?list=PLabcdefghij"),
        ("feeds/videos.xml?channel_id=UCx", "channel/UCx"),
        ("results?search_query=kela", "names neither"),
        ("", "names neither"),
    ],
)
def test_other_youtube_addresses_are_answered_with_what_to_write(path: str, advice: str) -> None:
    """One video, a private list or the short feed is a slip that yt-dlp would answer with riddles."""
    with pytest.raises(ValueError, match=r".") as raised:
        kinds.youtube(f"https://www.youtube.com/{path}")
    assert advice in str(raised.value)
