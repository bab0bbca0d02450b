"""One article in several languages: found by the addresses that its pages name, shown once."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias

from pipeline import identity
from pipeline.model import Version

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.digest.standing import Standing

    _Claim: TypeAlias = tuple[Standing, Version]


class Versions:
    """Which items are one article in different languages.

    An address that two items of one language name is nobody's twin: a site without a translation links
    to its front page or to a list instead. So does a group that would hold two items in one language.
    """

    def __init__(self, everything: Iterable[Standing]) -> None:
        standings = list(everything)
        self._others: dict[int, tuple[Standing, ...]] = {}
        claims: defaultdict[str, list[_Claim]] = defaultdict(list)
        for standing in standings:
            for version in standing.item.addresses:
                claims[identity.key_of(version.url)].append((standing, version))
        sound = {key: claimed for key, claimed in claims.items() if _is_sound(claimed)}
        self._named: defaultdict[int, list[Version]] = defaultdict(list)
        for claimed in sound.values():
            for standing, version in claimed:
                self._named[standing.id].append(version)
        self._group([standing for standing in standings if standing.item.key in sound], sound)

    def _group(self, targets: Iterable[Standing], sound: dict[str, list[_Claim]]) -> None:
        groups: dict[int, list[Standing]] = {}
        for target in targets:
            for claimant, version in sound[target.item.key]:
                if claimant.id == target.id or target.item.language not in {None, version.language}:
                    continue
                one, other = groups.get(claimant.id, [claimant]), groups.get(target.id, [target])
                if one is not other:
                    joined = [*one, *other]
                    groups.update((member.id, joined) for member in joined)
        for number, group in groups.items():
            languages = [member.item.language for member in group]
            if len(set(languages)) == len(languages):
                self._others[number] = tuple(member for member in group if member.id != number)

    def of(self, standing: Standing) -> tuple[Standing, ...]:
        """Return the other items that are this article in another language."""
        return self._others.get(standing.id, ())

    def printed(self, standing: Standing) -> tuple[Version, ...]:
        """Return what each language's edition may link instead of the item itself.

        A public page never shows what only an internal source holds.
        """
        group = (standing, *self.of(standing))
        named = (version for member in group for version in self._named.get(member.id, ()))
        found = {version.language: version for version in sorted(named, key=lambda one: bool(one.title))}
        for other in self._shown_with(standing):
            language = other.item.language or ""
            found[language] = Version(
                language=language, url=other.item.url, title=other.item.title, summary=other.item.summary
            )
        found.pop(standing.item.language or "", None)
        return tuple(found[language] for language in sorted(found) if language)

    def _shown_with(self, standing: Standing) -> Iterator[Standing]:
        return (other for other in self.of(standing) if other.holders and (standing.internal or not other.internal))


def _is_sound(claimed: list[_Claim]) -> bool:
    languages = [standing.item.language for standing, _ in claimed]
    return len(set(languages)) == len(languages)
