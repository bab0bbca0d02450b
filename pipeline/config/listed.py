"""The shape of what sources.yaml lists: one rule, one topic, one source, with every key as in ``schema``."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from pipeline.config import values
from pipeline.config.scalars import (
    Days,
    Duration,
    Flag,
    HeaderText,
    Identifier,
    ItemKinds,
    KindWord,
    Language,
    Languages,
    Line,
    Lines,
    Pattern,
    Prefixes,
    Section,
    Selector,
    SourceAddress,
    Texts,
    TextWord,
    Whole,
    Words,
)


class FilterEntry(Section):
    """Conditions. What is not known of an item, such as the length of an article, decides nothing."""

    topics: Lines = Field(
        default=[], description="Topics of this file; one of them is enough.", examples=["[saavutettavuus]"]
    )
    words: Words | None = Field(
        default=None,
        description="Words in the title or summary, in all their forms: a list for all languages, or one for each.",
        examples=["[rekrytointi, avoin työpaikka]"],
    )
    pattern: Pattern | None = Field(
        default=None,
        description="A regular expression that is searched in title and summary; upper and lower case are alike.",
        examples=['"^(Avoin|Haettavana)"'],
    )
    language: Languages = Field(default=[], description="Languages of items.", examples=["[fi, sv]"])
    kind: ItemKinds = Field(default=[], description="What a reader gets behind the link.")
    path: Lines = Field(
        default=[],
        description="What the path of the address begins with, or the whole address; `*` is any text.",
        examples=["/blogi/", "/*/koulutus"],
    )
    min_age: Days | None = Field(default=None, description="Days since the item's own date, at least.")
    max_age: Days | None = Field(default=None, description="Days since the item's own date, at most.", examples=["365"])
    min_duration: Duration | None = Field(
        default=None, description="How long a video or podcast is, at least.", examples=["90 s", "2 min"]
    )
    max_duration: Duration | None = Field(
        default=None, description="How long a video or podcast is, at most.", examples=["1 h 30 min"]
    )
    shorts: Flag | None = Field(default=None, description="`true`: YouTube's Shorts; `false`: other videos.")
    live: Flag | None = Field(default=None, description="`true`: live streams, also past ones; `false`: other videos.")


class TopicEntry(Section):
    """A subject. An item belongs to it when one of its words stands in the item's title or summary."""

    id: Identifier | None = Field(
        default=None,
        description="A short name that does not change: a to z, 0 to 9 and -.",
        examples=["tarinallistaminen"],
        json_schema_extra={"mandatory": True},
    )
    name: Texts | None = Field(
        default=None,
        description="The heading in the letter: one for all languages, or one for each. By default the id.",
        examples=["{fi: Tarinallistaminen, sv: Storytelling, en: Storytelling}"],
    )
    words: Words | None = Field(
        default=None,
        description="The words to look for, without their endings: a list for all languages, or one for each. "
        "By default the topic's name.",
        examples=["{fi: [tarinallistaminen, tarinankerronta], en: [storytelling]}"],
    )
    but_not: Words | None = Field(
        default=None,
        description="Words that hold one of `words` and mean something else: where they stand, nothing is found.",
        examples=["{fi: [viestintäministeriö, viestintävirasto]}"],
    )


class SourceEntry(Section):
    """One place to read. A bare address is a source too: its kind, id and name are found."""

    url: SourceAddress | None = Field(
        default=None,
        description="The address of the feed, playlist, channel, WordPress site, listing page, sitemap or document. "
        "To try something out, `file:feed.xml` names a feed below this file's folder.",
        examples=["https://blog.example.fi/feed"],
        json_schema_extra={"mandatory": True},
    )
    id: Identifier | None = Field(
        default=None,
        description="A short name that does not change: a to z, 0 to 9 and -. What was read is kept under it. "
        "By default it is made from the address.",
        examples=["somepreesens"],
    )
    name: Line | None = Field(
        default=None,
        description="The name in the letter. By default the source's own title.",
        examples=["Somepreesens (Tom Laine)"],
    )
    kind: KindWord | None = Field(
        default=None,
        description="How it is read: `feed` (RSS, Atom, JSON Feed), `youtube` (a playlist or a channel), `listing` "
        "(a page of links; needs `item`), `sitemap`, `wordpress` (all posts of such a site) or `page` (one document: "
        "an item when its text is revised). By default found from the address and the keys given.",
        examples=["listing"],
    )
    language: Language | None = Field(
        default=None, description="The language of its items. By default as declared there, else detected."
    )
    topics: Annotated[list[Line], AfterValidator(values.distinct)] = Field(
        default=[],
        description="Topics that all its items belong to, whatever their words.",
        examples=["[tarinallistaminen]"],
    )
    only_topics: Flag = Field(
        default=False, description="`true`: items that belong to no topic are left out, instead of standing under Muut."
    )
    drip: Annotated[Whole, Field(ge=0, le=20)] = Field(
        default=0,
        description="A playlist as a course: this many lessons in every letter, in order, until it is through.",
        examples=["1"],
    )
    archive: Flag | None = Field(
        default=None,
        description="`true`: its old items may fill a short letter. By default `true` for playlists only.",
        examples=["true"],
    )
    enabled: Flag = Field(
        default=True,
        description="`false`: neither read nor shown. Its address may then hold a placeholder such as PLAYLIST_ID.",
    )
    internal: Flag | None = Field(
        default=None,
        description="`true`: its items are in the mail only, never on the public page. By default `true` with "
        "`allow_private`.",
        examples=["false"],
    )
    allow_private: Flag = Field(
        default=False, description="`true`: the address may be on your own network, or have an unusual port."
    )
    user_agent: HeaderText | None = Field(
        default=None,
        description="Another User-Agent, for a server that refuses ours.",
        examples=["Mozilla/5.0 (compatible; digikooste)"],
    )
    limit: Annotated[Whole, Field(ge=1, le=20000)] = Field(
        default=1000, description="The most entries kept of one reading."
    )
    item: Selector | None = Field(
        default=None, description="Listing: the CSS selector of one teaser.", examples=[".article-teaser"]
    )
    link: Selector | None = Field(
        default=None,
        description="Listing: the link inside the teaser. By default the teaser itself or its first link.",
        examples=["a.article-teaser__link"],
    )
    title: Selector | None = Field(
        default=None,
        description="Listing: the title inside the teaser. By default the link's text.",
        examples=[".article-teaser__label"],
    )
    lead: Selector | None = Field(
        default=None, description="Listing: the lead inside the teaser.", examples=[".article-teaser__lead"]
    )
    date: Selector | None = Field(
        default=None, description="Listing: the date inside the teaser.", examples=[".article-teaser__date"]
    )
    next: Selector | None = Field(
        default=None,
        description="Listing: the link to the next page. By default `a[rel=next]` or `link[rel=next]`.",
        examples=[".pager__item--next a"],
    )
    pages: Annotated[Whole, Field(ge=1, le=200)] = Field(
        default=10,
        description="Listing: the most pages followed in one reading. WordPress: the same, of 100 posts each.",
    )
    prefix: Prefixes = Field(
        default=[],
        description="Sitemap: only addresses that begin so; one or a list, each a path or a whole address.",
        examples=["/artikkelit/"],
    )
    text: TextWord | None = Field(
        default=None,
        description="Open the page of each item and take its own lead (`lead`), or read all its text (`full`), which "
        "also tells how long it takes to read.",
        examples=["full"],
    )
    include: FilterEntry | None = Field(
        default=None, description="Only items of which all this is true.", examples=["{language: [fi], max_age: 365}"]
    )
    exclude: FilterEntry | None = Field(
        default=None, description="No items of which any of this is true.", examples=["{shorts: true, live: true}"]
    )
