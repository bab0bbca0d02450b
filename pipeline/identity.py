"""When two entries are the same item: canonical URL, video id, near-identical title."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, NamedTuple, TypeVar
from urllib.parse import SplitResult, parse_qsl, unquote, urljoin, urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pipeline.model import Item

_T = TypeVar("_T")

LONGEST_URL = 2000
"""Characters; longer addresses fail in mail programs and are no article's."""

_SIMILAR = 85  # rapidfuzz's ratio, of 100; measured on pairs together with the rule about numbers


# --- The one gate -----------------------------------------------------------------------------------

_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\\\\]")
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\]", re.IGNORECASE)
_PLAIN = re.compile(
    r"https?://(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,9}[a-z]{2,20}"
    r"(?P<path>/[A-Za-z0-9_.~/-]*)(?P<query>\?[A-Za-z0-9_.~=&-]+)?"
)
"""The form of most addresses: it passes the gate as it is, and needs 2 µs instead of 60 to be told so."""


def safe_url(url: str, base: str | None = None) -> str | None:
    """Return ``url``, resolved against ``base``, as an absolute ASCII http(s) URL, or None.

    This is the only gate by which a foreign address enters an item: http or https, a host, no
    credentials, no control characters or backslashes, at most ``LONGEST_URL`` characters. Spaces and
    characters outside ASCII come back percent-encoded, host names as IDNA. A safe URL stays as it is.
    """
    url = url.strip(" \t\r\n\f")
    if len(url) <= LONGEST_URL and _PLAIN.fullmatch(url):
        return url
    if not url or len(url) > LONGEST_URL or _FORBIDDEN.search(url):
        return None
    try:
        if base is not None:
            url = urljoin(base, url)
        if not _is_public_form(urlsplit(url)):
            return None
        url = _encoded(url)
        host = urlsplit(url).netloc
        url = url.replace(host, host.lower(), 1)  # IDNA makes "TM" of a trade mark's sign
        parts = urlsplit(url)
    except ValueError:  # a bracket without its pair, a port that is no number, a host that is no name
        return None
    if len(url) > LONGEST_URL or not _is_public_form(parts) or not _HOST.fullmatch(_host_of(parts)):
        return None
    return url


def _is_public_form(parts: SplitResult) -> bool:
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0


def _encoded(url: str) -> str:
    from w3lib.url import safe_url_string  # noqa: PLC0415 - 65 ms, and --help never needs it

    encoded: str = safe_url_string(url)
    return encoded


def _host_of(parts: SplitResult) -> str:
    """Return the host as it is written, with an address's brackets, without the port."""
    return parts.netloc[: parts.netloc.find("]") + 1] or parts.netloc.partition(":")[0]


# --- Canonical URL ----------------------------------------------------------------------------------

_TRACKING_PREFIXES = (
    "utm_", "mtm_", "pk_", "piwik_", "matomo_", "hsa_", "at_campaign", "at_medium", "at_custom", "fb_action_",
    "guce_", "_x_tr_", "trkcampaign", "wt.mc_", "wt_mc", "sfmc_", "elqtrack", "hsct", "__cft__", "cm_mmc", "aff_sub",
    "mkt_", "sb_referer_", "ns_campaign", "ns_mchannel", "ns_source", "vgo_", "dicbo", "itm_",
)  # fmt: skip
_TRACKING = frozenset({
    "fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "twclid", "ttclid", "yclid", "ysclid",
    "li_fat_id", "epik", "rdt_cid", "igsh", "igshid", "mc_cid", "mc_eid", "mkt_tok", "_ga", "_gl", "_hsenc",
    "_hsmi", "__hstc", "__hssc", "__hsfp", "hsctatracking", "vero_id", "vero_conv", "oly_enc_id", "oly_anon_id",
    "ml_subscriber", "ml_subscriber_hash", "ck_subscriber_id", "_openstat", "__twitter_impression", "__s", "_ke",
    "xtor", "cmpid", "s_cid", "sc_cid", "ref_src", "ref_url", "fb_ref", "fb_source", "guccounter", "trk",
    "gad_source", "gad_campaignid", "srsltid", "wickedid", "irclickid", "mc_tc", "s_kwcid", "dm_i", "ymclid", "yadclid",
    "tblci", "obclickid", "mibextid", "__tn__", "__xts__", "_branch_match_id", "_bhlid", "emci", "emdi", "elq",
    "ef_id", "sms_click", "sms_source", "nr_email_referer", "mailchimp_id", "spm", "bsft_clkid", "bsft_uid",
    "nb_expid", "rb_clickid", "soc_src", "soc_trk", "trackingid", "wbdcd", "zanpid", "_kx", "__twitter_imp",
    "jsessionid", "phpsessid", "aspsessionid", "cftoken",
})  # fmt: skip
_AMP_PARAMETERS = {"amp": {"", "1", "true", "amp"}, "outputtype": {"amp"}}
_AMP_CACHE = re.compile(
    r"https?://(?:(?:www\.)?google\.[a-z.]+/amp|[a-z0-9-]+\.cdn\.ampproject\.org/[a-z]+)/(?P<tls>s/)?(?P<page>[^/?\#]+\.[^/?\#]+.*)",
    re.IGNORECASE,
)
_SESSION = re.compile(r"(?<!;);*(?:;jsessionid=[^/;]*)+;*$", re.IGNORECASE)
_ENDINGS = re.compile(r"(?:(?<=[^/])/amp|/)+$ | (?<=\w)\.amp(?=\.html?$|$)", re.IGNORECASE | re.VERBOSE)
"""What may follow a page's path without naming another page; "/topics/amp" is read as "/topics" in AMP."""

_DEFAULT_PORT = {"http": ":80", "https": ":443"}
_ROUTE = ("!", "/")  # fragments by which scripts choose a page; any other is a place on one page


def canonical_url(url: str) -> str:
    """Return the one form of all addresses of the same page; the form of a form is itself.

    Lower-case host without default port and mobile or AMP label, sorted query without tracking
    parameters, no fragment (but ``#!`` and ``#/``, which name pages), no trailing slash, no AMP suffix;
    a video, however it is embedded or shared, is ``https://www.youtube.com/watch?v=ID``, a playlist
    ``https://www.youtube.com/playlist?list=ID``. It is made for comparing: readers are given the
    publisher's own address. What is no http(s) URL comes back as it is.
    """
    safe = safe_url(url)
    if safe is None:
        return url
    page = _page(safe)
    video = _video_of(page)
    return page if video is None else f"https://www.youtube.com/watch?v={video}"


def key_of(url: str) -> str:
    """Return the identity of a URL's item across sources.

    "youtube:ID" for a video, else the canonical URL without its scheme and "www.", which publishers
    write in both ways: "suomidigi.fi/artikkelit/some".
    """
    safe = safe_url(url)
    if safe is None:
        return url
    page = _page(safe)
    video = _video_of(page)
    if video is not None:
        return f"youtube:{video}"
    return page.partition("://")[2].removeprefix("www.").removesuffix("/")


@lru_cache(maxsize=64)  # an entry's address is asked for its key and for its video, one after the other
def _page(safe: str) -> str:
    """Return the canonical form of a safe URL, with videos still in any of their forms."""
    page = _settled(safe)
    while cached := _AMP_CACHE.fullmatch(page):
        inner = safe_url(f"http{'s' if cached['tls'] else ''}://{cached['page']}")
        if inner is None:
            break
        page = _settled(inner)
    return page if len(page) <= LONGEST_URL else safe  # percent-encoding made it longer than the gate allows


def _settled(safe: str) -> str:
    plain = _PLAIN.fullmatch(safe)
    is_canonical = plain is not None and plain["query"] is None and "/." not in plain["path"]
    parts = urlsplit(safe if is_canonical else _ordered(safe))
    path, query = _without_endings(parts.path), _without_tracking(parts.query)
    netloc = _desktop(parts.netloc.removesuffix(_DEFAULT_PORT[parts.scheme]))
    if netloc in _YOUTUBE and path == "/playlist":
        netloc = "www.youtube.com"
        query = "&".join(part for part in query.split("&") if part.startswith("list="))
    fragment = parts.fragment if parts.fragment.startswith(_ROUTE) and len(parts.fragment) > 1 else ""
    return urlunsplit((parts.scheme, netloc, path, query, fragment))


def _ordered(safe: str) -> str:
    from w3lib.url import canonicalize_url  # noqa: PLC0415 - 65 ms, and --help never needs it

    ordered: str = canonicalize_url(safe, keep_fragments=True)
    return ordered


def _desktop(netloc: str) -> str:
    """Return a host (and port) without the labels by which sites serve telephones: m., mobile., amp., fi.m."""
    host, colon, port = netloc.partition(":") if not netloc.startswith("[") else (netloc, "", "")
    labels = host.removesuffix(".").split(".")
    while len(labels) > 2 and labels[0] in {"m", "mobile", "amp"}:  # noqa: PLR2004 - a domain keeps its two labels
        del labels[0]
    while len(labels) > 3 and labels[1] == "m":  # noqa: PLR2004 - language, "m", and a domain of two labels
        del labels[1]
    return ".".join(labels) + colon + port


def _without_endings(path: str) -> str:
    path = _SESSION.sub("", path)
    if ";" in path:  # its parameters belong to the page; without their slash they would to w3lib
        return path
    while (shorter := _ENDINGS.sub("", path)) != path:
        path = shorter
    return path or "/"


def _without_tracking(query: str) -> str:
    return "&".join(part for part in query.split("&") if part and not _is_tracking(part))


def _is_tracking(part: str) -> bool:
    name, _, value = part.lower().partition("=")
    name = unquote(name)
    return name in _TRACKING or name.startswith(_TRACKING_PREFIXES) or value in _AMP_PARAMETERS.get(name, ())


# --- Videos -----------------------------------------------------------------------------------------

_YOUTUBE = frozenset({"youtube.com", "www.youtube.com", "music.youtube.com"})
_YOUTUBE_EMBEDS = frozenset({"youtube-nocookie.com", "www.youtube-nocookie.com"})
_YOUTUBE_SHORT = frozenset({"youtu.be", "www.youtu.be"})
_VIDEO = re.compile(r"(?!videoseries$|live_stream$)[A-Za-z0-9_-]{11}")  # players of lists and of channels
_VIDEO_PATH = re.compile(r"/(?:embed|shorts|live|v|e|watch)/([^/;&]+)")


def video_id(url: str) -> str | None:
    """Return the YouTube id of a video's address in any of its forms, or None."""
    safe = safe_url(url)
    return None if safe is None else _video_of(_page(safe))


def _video_of(page: str) -> str | None:
    parts = urlsplit(page)
    found = ""
    if parts.netloc in _YOUTUBE_SHORT:
        found = parts.path.removeprefix("/")
    elif parts.netloc in _YOUTUBE or parts.netloc in _YOUTUBE_EMBEDS:
        if in_path := _VIDEO_PATH.fullmatch(parts.path):
            found = in_path[1]
        elif parts.path == "/watch":
            found = next((value for name, value in parse_qsl(parts.query) if name == "v"), "")
    return found if _VIDEO.fullmatch(found) else None


# --- Near-identical titles --------------------------------------------------------------------------

_NUMBER = re.compile(r"\d+|\b[IVX]+\b")
_COUNTING = re.compile(
    # Months, days, parts and a "not", by what their inflected forms begin with.
    r"\b(?:(?:(?:tammi|helmi|maalis|huhti|touko|kesä|heinä|elo|syys|loka|marras|joulu)kuu|maanantai|tiistai|keskivii"
    r"|torstai|perjantai|lauantai|sunnuntai|ensimmäi|toinen|toise|kolmas|kolmann|neljä|viides|kaksi|kahde|kolme"
    r"|januari|februari|april|juni|juli|augusti|september|oktober|november|december|måndag|tisdag|onsdag|torsdag"
    r"|fredag|lördag|söndag|första|andra|tredje|fjärde|january|february|august|october|monday|tuesday|wednesday"
    r"|thursday|friday|saturday|sunday|first|second|third|fourth)"
    r"|(?:yksi|mars|maj|två|tre|march|may|june|july|one|two|three|ei|eivät|emme|ilman|inte|utan|not|never|without)\b)"
)
_WORD = re.compile(r"\w{4,}")
_LIKE_WORD = 50
"""rapidfuzz's ratio: "uudistui" and "uusittiin" have 59, "Helsingin" and "Espoon" 40."""


def similar_titles(a: str, b: str) -> bool:
    """Return whether two titles say the same: the same set of numbers, 85 of 100 alike, and no word for another.

    The numbers, among them Roman ones, months, days and a "not", tell "osa 1" from "osa 2", which are 96 of
    100 alike; and where both have words that the other has not, these must be alike too: one town's news is
    not another's. A title without a letter or digit is like no other.
    """
    if not (any(map(str.isalnum, a)) and any(map(str.isalnum, b))) or _numbers(a) != _numbers(b):
        return False
    from rapidfuzz.fuzz import ratio  # noqa: PLC0415 - 46 ms, and --help never needs it

    a, b = _folded(a), _folded(b)
    if ratio(a, b, score_cutoff=_SIMILAR) <= 0:
        return False
    fewer, more = sorted((_words(a) - _words(b), _words(b) - _words(a)), key=len)
    return all(any(ratio(one, other) >= _LIKE_WORD for other in more) for one in fewer) and (_counted(a) == _counted(b))


def _numbers(title: str) -> frozenset[str]:
    return frozenset(number.lstrip("0") for number in _NUMBER.findall(title))


def _counted(title: str) -> frozenset[str]:
    return frozenset(_COUNTING.findall(title))


def _words(title: str) -> frozenset[str]:
    return frozenset(_WORD.findall(title))


def _folded(title: str) -> str:
    return " ".join(title.casefold().split())


# --- Which stored item an entry is ------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighted:
    """How a source last gave an item of the store; ``item_id`` is positive."""

    item_id: int
    publisher_id: str | None
    url_key: str


class _Face(NamedTuple):
    """All by which entries of one reading are told apart; entries with one face are one item."""

    publisher_id: str | None
    key: str


def match(items: Sequence[Item], within: Sequence[Sighted], across: Mapping[str, int]) -> tuple[int, ...]:
    """Return for every entry of a reading the stored item that it is, or a negative number if it is new.

    ``within`` is what the same source has given before, ``across`` the items of all sources by their
    key. Entries that are the same new item share their number: -1, -2, ... in the order of the reading.

    An entry is what it was if its publisher's id and its URL both are; else what its publisher's id
    says, where no other entry of the reading has that id (a corrected URL); else what its URL says,
    where no other entry leads there (a corrected id); else what another source calls by the same key.
    Each step is taken for all entries before the next, and no two entries become one stored item, so
    an id or a URL that moved to a newcomer does not make the newcomer an old item. What is recorded
    with a sighting is the entry's URL and the latest id that it had; entries that can be told apart
    by neither (no ids, one URL) are one item.
    """
    faces = _faces(items)
    distinct = dict.fromkeys(faces)
    ids = Counter(face.publisher_id for face in distinct)
    urls = Counter(face.key for face in distinct)
    before = _Before(within)
    steps: tuple[Callable[[_Face], int | None], ...] = (
        before.same,
        lambda face: before.by_id(face.publisher_id) if ids[face.publisher_id] == 1 else None,
        lambda face: before.by_url(face.key) if urls[face.key] == 1 else None,
        lambda face: across.get(face.key) if urls[face.key] == 1 else None,
    )
    answers: dict[_Face, int] = {}
    taken: set[int] = set()
    for step in steps:
        for face in distinct:
            item_id = step(face) if face not in answers else None
            if item_id is not None and item_id not in taken:
                answers[face] = item_id
                taken.add(item_id)
    new = count(-1, -1)
    for face in distinct:
        if face not in answers:
            answers[face] = next(new)
    return tuple(answers[face] for face in faces)


def _faces(items: Sequence[Item]) -> tuple[_Face, ...]:
    """Return each entry's face: its id and key, where an entry without an id is the only other one's twin."""
    ids: defaultdict[str, set[str]] = defaultdict(set)
    for item in items:
        if item.publisher_id:
            ids[item.key].add(item.publisher_id)
    lone = _only(ids)
    return tuple(_Face(item.publisher_id or lone.get(item.key), item.key) for item in items)


class _Before:
    """What a source has given before, by each thing that may name an item; what names two names none."""

    def __init__(self, within: Iterable[Sighted]) -> None:
        self._same: dict[_Face, int] = {}
        by_id: defaultdict[str, set[int]] = defaultdict(set)
        by_url: defaultdict[str, set[int]] = defaultdict(set)
        for sighted in within:
            self._same.setdefault(_Face(sighted.publisher_id or None, sighted.url_key), sighted.item_id)
            by_url[sighted.url_key].add(sighted.item_id)
            if sighted.publisher_id:
                by_id[sighted.publisher_id].add(sighted.item_id)
        self._by_id, self._by_url = _only(by_id), _only(by_url)

    def same(self, face: _Face) -> int | None:
        return self._same.get(face)

    def by_id(self, publisher_id: str | None) -> int | None:
        return None if publisher_id is None else self._by_id.get(publisher_id)

    def by_url(self, key: str) -> int | None:
        return self._by_url.get(key)


def _only(named: Mapping[str, set[_T]]) -> dict[str, _T]:
    """Return what is named by a name that names nothing else."""
    return {name: next(iter(things)) for name, things in named.items() if len(things) == 1}
