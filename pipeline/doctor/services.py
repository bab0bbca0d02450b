"""Checks of what the program works with: the database and the mail server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.doctor import Diagnosis, good, mend, skipped, warning
from pipeline.errors import ConfigError, FetchError, MailError, MailSetupError, StoreError
from pipeline.fetch import Request
from pipeline.fetch.client import get

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from pipeline.mail import Session
    from pipeline.store.inspection import Inspection

_SECONDS = 15.0
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


def database(inspect: Callable[[], Inspection] | None) -> tuple[Diagnosis, Inspection | None]:
    """Every page of the database holds together, and this program knows its tables; None where there is none yet."""
    if inspect is None:
        return good("there is none yet: the first run makes it"), None
    try:
        found = inspect()
    except StoreError as error:
        return mend(str(error), "move it out of var/ and put a backup in its place: digikooste restore FILE"), None
    if not found.is_current:
        said = f"the next command copies it to var/backups and brings its tables up to date (they are {found.version})"
        return good(said), found
    return good(f"{found.name} holds together"), found


def readers_pages(service: str | None, pages: Collection[str], *, agent: str, proxy: str) -> Diagnosis:
    """What site.service promises in every letter is answered by serve, asked for where readers ask.

    Its page for subscribing leads to one of ``pages``, whatever web server stands in front.
    """
    if not service:
        return skipped("site.service is not set: letters promise no pages")
    remedy = "start `digikooste serve --http`, and let the web server in front pass site.service on to it (docs/web.md)"
    url = f"{service}subscribe"
    try:
        answer = get(Request(url=url, user_agent=agent, allow_private=True, deadline=_SECONDS), proxy=proxy)
    except FetchError as error:
        return mend(str(error), remedy)
    if answer.url not in pages:
        return mend(f"{url} is answered by something else", remedy)
    return good(f"{service} is answered by serve")


def mail_server(open_session: Callable[[], Session] | None, sender: str, host: str, *, is_encrypted: bool) -> Diagnosis:
    """The mail server is reached, speaks TLS, takes our login and our sender; nothing is sent."""
    if open_session is None:
        return skipped("mail.host is not set: letters are written to output/ and var/ only")
    try:
        with open_session() as session:
            found = session.check(sender)
    except ConfigError as error:
        return mend(str(error), "correct the section mail in sources.yaml")
    except MailSetupError as error:
        return mend(str(error), "correct the section mail in sources.yaml; nothing is sent until then")
    except MailError as error:
        return mend(str(error), "look whether the server runs and a firewall lets port and host pass")
    if not is_encrypted and host not in _LOCAL:
        return warning(
            f"{host} takes letters from {sender}, and they travel unencrypted",
            "write mail.security: starttls or tls, unless this is your own network",
        )
    how = ", ".join(filter(None, (found.tls, "logged in" if found.logged_in else "")))
    return good(f"{host} takes letters from {sender}" + (f" ({how})" if how else ""))
