"""The lists of the file, topics and sources: rules over several keys, ids, and the values that others use."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from pipeline.config import kinds, values
from pipeline.config.checking import Checked, check
from pipeline.config.filters import conditions_of
from pipeline.config.listed import SourceEntry, TopicEntry
from pipeline.config.problems import Problem, did_you_mean, one_of, shown
from pipeline.config.yaml import Place
from pipeline.model import LANGUAGES, Kind, Selectors, Source, Topic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.config.problems import Mark
    from pipeline.config.yaml import Value

_LONGEST_ID = 64


def topics_of(value: Value, place: Place, problems: list[Problem]) -> tuple[Topic, ...]:
    """The topics in the file's order."""
    entries = [
        check(TopicEntry, part, place.at([number]), problems) for number, part in _numbered(value, place, problems)
    ]
    _check_unique([(entry.entry.id, entry.mark("id")) for entry in entries], "topic", problems)
    topics = []
    for checked in entries:
        entry = checked.entry
        if entry.id is None:
            if "id" not in checked.broken:
                problems.append(Problem(checked.place.mark, 'a topic needs an id, such as "id: tarinallistaminen"'))
            continue
        name = entry.name or dict.fromkeys(LANGUAGES, entry.id)
        words = entry.words if entry.words is not None else {language: [text] for language, text in name.items()}
        others = entry.but_not or {}
        topics.append(
            Topic(
                id=entry.id,
                name=name,
                words={each: tuple(some) for each, some in words.items()},
                but_not={each: tuple(some) for each, some in others.items()},
            )
        )
    return tuple(topics)


def sources_of(
    value: Value,
    place: Place,
    topics: frozenset[str],
    problems: list[Problem],
    notes: list[str],
    *,
    judged: Sequence[Source] = (),
) -> tuple[Source, ...]:
    """The sources in the file's order, each with an id; ``topics`` are the ids that they may name.

    ``judged`` are what the first entries were found to be when nothing came after them: they are taken over.
    """
    entries = []
    given = _numbered(value, place, problems)
    ids = [_named(part, place.at([number])) for number, part in given[: len(judged)]]
    for number, part in given[len(judged) :]:
        if isinstance(part, str):
            entries.append(check(SourceEntry, {"url": part}, Place(place.at([number]).mark), problems))
        else:
            entries.append(check(SourceEntry, part, place.at([number]), problems))
    _check_unique([*ids, *((entry.entry.id, entry.mark("id")) for entry in entries)], "source", problems)
    taken = {entry.entry.id for entry in entries if entry.entry.id} | {source.id for source in judged}
    sources = list(judged)
    for checked in entries:
        source = _Judge(checked, topics, problems).source(taken)
        if source is not None:
            taken.add(source.id)
            sources.append(source)
    _note_placeholders(sources, notes)
    _note_short_feeds(sources, notes)
    _note_twins(sources, notes)
    return tuple(sources)


def _named(part: Value, place: Place) -> tuple[str | None, Mark]:
    """The id that an entry gives itself, and where it stands."""
    identifier = part.get("id") if isinstance(part, dict) else None
    return (identifier.strip() if isinstance(identifier, str) else None), place.at(["id"]).mark


def named_ids(value: Value) -> frozenset[str]:
    """Every id that a list of the file gives, of wrong entries too, so that one mistake is said once."""
    entries = value if isinstance(value, list) else []
    found = (entry.get("id") for entry in entries if isinstance(entry, dict))
    return frozenset(each.strip() for each in found if isinstance(each, str))


class _Judge:
    """One entry of ``sources``: the rules over several of its keys."""

    def __init__(self, checked: Checked[SourceEntry], topics: frozenset[str], problems: list[Problem]) -> None:
        self._checked = checked
        self._entry = checked.entry
        self._topics = topics
        self._problems = problems

    def source(self, taken: set[str]) -> Source | None:
        """The source, or None after what is wrong has been said."""
        before = len(self._problems)
        self._check_topics()
        entry, url = self._entry, self._url()
        kind = entry.kind or (kinds.guess(values.filled(url), self._checked.place.keys) if url else None)
        playlist = kind is Kind.YOUTUBE and (url is None or self._is_playlist(url))
        if kind and "kind" not in self._checked.broken:
            self._check_keys(kind, playlist=playlist)
        prefixes = self._prefixes(url or "https://x.fi/")  # so that the prefixes are judged all the same
        include = conditions_of(self._checked, "include", self._topics, self._problems)
        exclude = conditions_of(self._checked, "exclude", self._topics, self._problems)
        if url is None or kind is None or self._checked.broken or len(self._problems) > before:
            return None
        return Source(
            id=entry.id or _free_id(url, taken),
            url=url,
            kind=kind,
            name=entry.name,
            language=entry.language,
            topics=tuple(entry.topics),
            only_topics=entry.only_topics,
            drip=entry.drip,
            archive=playlist if entry.archive is None else entry.archive,
            enabled=entry.enabled,
            internal=entry.allow_private if entry.internal is None else entry.internal,
            allow_private=entry.allow_private,
            user_agent=entry.user_agent,
            selectors=self._selectors(),
            prefixes=prefixes,
            pages=entry.pages,
            limit=entry.limit,
            include=include,
            exclude=exclude,
            text=entry.text,
        )

    def _say(self, key: str, text: str) -> None:
        self._problems.append(Problem(self._checked.mark(key), f"{key}: {text}"))

    def _url(self) -> str | None:
        url, place = self._entry.url, self._checked.place
        if url is None:
            if "url" not in self._checked.broken:
                self._problems.append(Problem(place.mark, 'a source needs an address, such as "url: https://…"'))
            return None
        if values.is_placeholder(url) and self._entry.enabled:
            if "enabled" not in self._checked.broken:
                advice = 'write the address, or "enabled: false" for now'
                self._say("url", f"{shown(url)} is still to be filled in; {advice}")
            return None
        try:
            address = values.source_address(values.filled(url))
        except ValueError as error:
            self._say("url", str(error))
            return None
        if values.is_file(address):
            return url if values.is_placeholder(url) else address
        reason = values.private_reason(address)
        if reason and not self._entry.allow_private and "allow_private" not in self._checked.broken:
            self._say("url", f'leads to {reason}; write "allow_private: true" if this is your own network')
        return url if values.is_placeholder(url) else address

    def _is_playlist(self, url: str) -> bool:
        if values.is_placeholder(url):
            return "list=" in url
        try:
            return kinds.youtube(url) is kinds.YouTube.PLAYLIST
        except ValueError as error:
            self._say("url", str(error))
            return True  # said once is enough: nothing more is to be concluded from this address

    def _check_topics(self) -> None:
        for number, topic in enumerate(self._entry.topics):
            if topic not in self._topics:
                mark = self._checked.place.at(["topics", number]).mark
                hint = did_you_mean(topic, self._topics) or "; add it under topics, or leave it out here"
                self._problems.append(Problem(mark, f"topics: {shown(topic)} is no topic of this file{hint}"))

    def _check_keys(self, kind: Kind, *, playlist: bool) -> None:
        given = self._checked.place.keys
        if kind is Kind.LISTING and not self._checked.has("item"):
            mark = self._checked.mark("kind")
            self._problems.append(Problem(mark, 'a listing needs "item", the CSS selector of one teaser'))
        for owners, keys in kinds.KEYS_OF:
            for key in keys:
                if key in given and kind not in owners:
                    hint = '; did you mean "name"?' if key == "title" else ""
                    self._say(key, f"only a {one_of(owners)} has it, and this source is read as a {kind}{hint}")
        if self._entry.url and values.is_file(self._entry.url) and kind is not Kind.FEED:
            self._say("url", f"only a feed is read from a file, and this source is read as a {kind}")
        if self._entry.text and kind in {Kind.YOUTUBE, Kind.PAGE}:
            self._say("text", f"only articles have a text to be read on their page; this source is read as a {kind}")
        if self._entry.drip and not playlist:
            what = "a channel has no order" if kind is Kind.YOUTUBE else f"this source is read as a {kind}"
            self._say("drip", f"only a YouTube playlist can be a course; {what}")

    def _prefixes(self, url: str) -> tuple[str, ...]:
        found = []
        for number, prefix in enumerate(self._entry.prefix):
            mark = self._checked.place.at(["prefix", number]).mark
            if not prefix.startswith(("/", "http://", "https://")):
                self._problems.append(Problem(mark, f'prefix: must be a path or an address; write "/{prefix}"'))
                continue
            try:
                found.append(values.web_address(urljoin(url, prefix)))
            except ValueError as error:
                self._problems.append(Problem(mark, f"prefix: {error}"))
        return tuple(found)

    def _selectors(self) -> Selectors | None:
        entry = self._entry
        if entry.item is None:
            return None
        return Selectors(
            item=entry.item, link=entry.link, title=entry.title, lead=entry.lead, date=entry.date, next=entry.next
        )


def _numbered(value: Value, place: Place, problems: list[Problem]) -> list[tuple[int, Value]]:
    """The entries of a list with their numbers; None is an empty list."""
    if value is None:
        return []
    if not isinstance(value, list):
        problems.append(Problem(place.mark, 'must be a list; begin each entry with "- "'))
        return []
    for number, part in enumerate(value):
        if part is None:
            problems.append(Problem(place.at([number]).mark, 'this "-" has nothing after it; delete it'))
    return [(number, part) for number, part in enumerate(value) if part is not None]


def _check_unique(found: list[tuple[str | None, Mark]], noun: str, problems: list[Problem]) -> None:
    first: dict[str, Mark] = {}
    for identifier, mark in found:
        if identifier is None:
            continue
        if identifier in first:
            taken = f"is taken by the {noun} on line {first[identifier].line}; choose another"
            problems.append(Problem(mark, f"id: {shown(identifier)} {taken}"))
        first.setdefault(identifier, mark)


def _free_id(url: str, taken: set[str]) -> str:
    """An id from the address alone, so that it stays the same when other entries come and go."""
    parts = urlsplit(values.filled(url))
    words = f"{(parts.hostname or '').removeprefix('www.')} {parts.port or ''} {parts.path} {parts.query}"
    plain = values.slug(words)
    exact = hashlib.sha256(url.encode()).hexdigest()
    if plain in taken or len(plain) == _LONGEST_ID:
        return f"{plain[: _LONGEST_ID - 9].strip('-')}-{exact[:8]}"
    return plain or f"source-{exact[:8]}"


def _note_placeholders(sources: list[Source], notes: list[str]) -> None:
    names = [source.id for source in sources if values.is_placeholder(source.url)]
    if names:
        notes.append(f"disabled, with an address that is still to be filled in: {', '.join(names)}")


def _note_short_feeds(sources: list[Source], notes: list[str]) -> None:
    notes.extend(
        f"{source.id}: YouTube's feeds hold 15 videos at most; kind youtube reads them all"
        for source in sources
        if source.kind is Kind.FEED and source.enabled and kinds.is_youtube(source.url)
    )


def _note_twins(sources: list[Source], notes: list[str]) -> None:
    """Two sources that would fetch and keep the very same are most likely a slip of the pen."""
    first: dict[tuple[object, ...], str] = {}
    for source in sources:
        same = (source.kind, source.url, source.selectors, source.prefixes, source.allow_private)
        if source.enabled and same in first:
            notes.append(f"{one_of((first[same], source.id))} is one too many: both read {source.url}")
        elif source.enabled:
            first[same] = source.id
