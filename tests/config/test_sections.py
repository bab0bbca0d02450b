"""The single sections: defaults that depend on one another, and the secrets from outside the file."""
# ruff: noqa: SIM300 - the expected value stands on the left

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline import config
from pipeline.calendar import Holidays, Schedule
from pipeline.errors import ConfigError
from pipeline.model import Rules

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_secrets_do_not_show_in_a_traceback(load: Callable[..., config.Config]) -> None:
    """A Config that is printed by a debugger or a log keeps the password and the proxy's login."""
    loaded = load(
        "mail: {host: a.fi, user: u, from: a@a.fi}\nsources: ['https://x.fi/']\n",
        {"DIGIKOOSTE_SMTP_PASSWORD": "salaisuus", "DIGIKOOSTE_PROXY": "http://u:salaisuus@p.fi:3128"},
    )
    assert "salaisuus" == loaded.mail.password
    assert "http://u:salaisuus@p.fi:3128" == loaded.collect.proxy
    assert "salaisuus" not in repr(loaded)


def test_returns_are_read_only_where_they_can_be_told_apart(load: Callable[..., config.Config]) -> None:
    """A maildir without a return path could be filled by anybody; with one, it is seen from the file's folder."""
    with pytest.raises(ConfigError, match=r"bounces: without return_path nobody can tell"):
        load("mail: {bounces: returns}\n")
    mail = load("mail: {bounces: returns, return_path: 'r{token}@example.fi'}\n").mail
    assert mail.bounces is not None
    assert ("returns", "r{token}@example.fi", 400) == (mail.bounces.name, mail.return_path, mail.keep_deliveries)


def test_the_letters_title_covers_every_language(load: Callable[..., config.Config]) -> None:
    """A language without a title takes the first that is given, and only the digest's languages are kept."""
    loaded = load("digest: {title: {sv: Veckobrev}, languages: [fi, sv]}\n")
    assert {"fi": "Veckobrev", "sv": "Veckobrev"} == loaded.digest.title
    assert {"en": "Letter"} == load("digest: {title: Letter, languages: [en]}\n").digest.title


@pytest.mark.parametrize(("schedule", "at_least"), [("daily 07:30", 0), ("mon 08:00", 5), ("monthly 1 08:00", 5)])
def test_only_a_daily_letter_may_be_short(load: Callable[..., config.Config], schedule: str, at_least: int) -> None:
    """Otherwise the archive would be used up in a fortnight; a number in the file wins."""
    assert at_least == load(f"digest:\n  schedule: {schedule}\n").digest.rules.at_least
    assert 3 == load(f"digest:\n  schedule: {schedule}\n  at_least: 3\n").digest.rules.at_least


def test_at_least_follows_a_small_at_most(load: Callable[..., config.Config]) -> None:
    """Who only says ``at_most: 3`` has made no mistake."""
    assert Rules(at_least=3, at_most=3) == load("digest: {at_most: 3}\n").digest.rules


def test_the_schedule_is_of_its_time_zone(load: Callable[..., config.Config]) -> None:
    """Helsinki unless said otherwise."""
    digest = load("digest:\n  schedule: fri 15:00\n  time_zone: Europe/Stockholm\n").digest
    assert ("Europe/Stockholm", Schedule.parse("fri 15:00", "Europe/Stockholm", Holidays.NEXT)) == (
        digest.time_zone,
        digest.schedule,
    )


def test_what_holidays_do_is_configured(load: Callable[..., config.Config]) -> None:
    """The next working day by default; the previous one, or none of it."""
    for said, expected in (("", Holidays.NEXT), ("previous", Holidays.PREVIOUS), ("ignore", Holidays.IGNORE)):
        assert expected == load("digest:\n" + (f"  holidays: {said}\n" if said else "")).digest.schedule.holidays


def test_a_secret_webhook_comes_from_the_environment(
    load: Callable[..., config.Config], problems: Callable[..., list[str]]
) -> None:
    """DIGIKOOSTE_WEBHOOK wins over the file, is checked like it, and no repr shows either."""
    text = "digest:\n  webhook: https://chat.example.fi/file\n"
    assert "https://chat.example.fi/file" == load(text).digest.webhook
    digest = load(text, {"DIGIKOOSTE_WEBHOOK": "https://chat.example.fi/secret"}).digest
    assert "https://chat.example.fi/secret" == digest.webhook
    assert "chat.example.fi" not in repr(digest)
    (problem,) = problems(text, {"DIGIKOOSTE_WEBHOOK": "chat.example.fi"})
    assert "DIGIKOOSTE_WEBHOOK: must be an address" in problem


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_the_port_follows_the_security(load: Callable[..., config.Config], security: str, port: int) -> None:
    """As RFC 6409 and RFC 8314 have it."""
    mail = load(f"mail: {{host: a.fi, from: a@a.fi, security: {security}}}\n").mail
    assert (port, security) == (mail.port, mail.security)
    assert 2525 == load(f"mail: {{host: a.fi, from: a@a.fi, security: {security}, port: 2525}}\n").mail.port


def test_mail_takes_all_its_keys(load: Callable[..., config.Config]) -> None:
    """Every key reaches the value that the rooms read."""
    mail = load(
        """\
        mail:
          host: smtp.example.fi
          port: 2587
          security: tls
          user: kooste
          from: Viestintäkooste <kooste@example.fi>
          reply_to: viestinta@example.fi
          unsubscribe: pois@example.fi
          one_click: https://example.fi/pois/{token}
          connections: 4
          timeout: 5
          reply_timeout: 60.5
          unknown: hold
        """,
        {"DIGIKOOSTE_SMTP_PASSWORD": "s"},
    ).mail
    assert (
        config.MailSettings(
            host="smtp.example.fi",
            port=2587,
            security=config.Security.TLS,
            user="kooste",
            password="s",
            sender=config.Mailbox(address="kooste@example.fi", name="Viestintäkooste"),
            reply_to=config.Mailbox(address="viestinta@example.fi"),
            unsubscribe="mailto:pois@example.fi",
            one_click="https://example.fi/pois/{token}",
            connections=4,
            timeout=5.0,
            reply_timeout=60.5,
            unknown=config.Unknown.HOLD,
        )
        == mail
    )


LOGIN = "mail: {host: a.fi, user: u, from: a@a.fi, password_file: salasana}\nsources: ['https://x.fi/']\n"


def test_the_password_comes_from_the_environment_or_a_file(load: Callable[..., config.Config], tmp_path: Path) -> None:
    """The variable wins over the variable that names a file, and that one over the file's own key."""
    for name, text in (("salasana", "yksi\n"), ("toinen", "kaksi\r\n")):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o600)
    by_file = {"DIGIKOOSTE_SMTP_PASSWORD_FILE": str(tmp_path / "toinen")}
    assert "yksi" == load(LOGIN).mail.password
    assert "kaksi" == load(LOGIN, by_file).mail.password
    assert "kolme" == load(LOGIN, {**by_file, "DIGIKOOSTE_SMTP_PASSWORD": "kolme"}).mail.password


def test_a_missing_password_is_a_note(load: Callable[..., config.Config]) -> None:
    """Who only previews on another computer needs none."""
    loaded = load("mail: {host: a.fi, user: u, from: a@a.fi}\nsources: ['https://x.fi/']\n")
    assert loaded.mail.password is None
    assert (
        "mail.user is set, but there is no password: set DIGIKOOSTE_SMTP_PASSWORD before letters are delivered",
    ) == loaded.notes


def test_a_password_file_that_others_can_read_is_noted(load: Callable[..., config.Config], tmp_path: Path) -> None:
    """It works, and the note says how to close it."""
    (tmp_path / "salasana").write_text("s")
    (tmp_path / "salasana").chmod(0o644)
    assert "chmod 600" in load(LOGIN).notes[0]


@pytest.mark.parametrize("content", [None, b"", b"\n", b"a\nb", b"\xff", b"x" * 5000])
def test_a_password_file_holds_one_line(
    problems: Callable[..., list[str]], tmp_path: Path, content: bytes | None
) -> None:
    """A missing, empty or wrong file is a mistake of the file that names it."""
    if content is not None:
        (tmp_path / "salasana").write_bytes(content)
    (said,) = problems(LOGIN)
    assert said.startswith("1:58: password_file: ")


@pytest.mark.parametrize("proxy", ["proxy.fi", "socks5://p.fi", "http://", "http://p.fi:port"])
def test_a_wrong_variable_is_named(problems: Callable[..., list[str]], proxy: str) -> None:
    """The environment is judged together with the file."""
    assert ["DIGIKOOSTE_PROXY: must be an address such as http://proxy.example.fi:3128", '1:1: "x" is no'] == [
        said[:74] if said.startswith("D") else said[:14] for said in problems("x: y\n", {"DIGIKOOSTE_PROXY": proxy})
    ]


def test_a_reminder_comes_before_the_deadline(
    load: Callable[..., config.Config], problems: Callable[..., list[str]]
) -> None:
    """A reminder that would come after the deadline is a mistake, where approval is asked for at all."""
    file = "digest:\n  approval: required\n  editors: maija@example.fi\n  deadline: 30 min\n"
    assert "reminder: must be shorter than the deadline" in problems(file + "  reminder: 30 min\n")[0]
    digest = load(file + "  reminder: 10 min\n").digest
    assert (("maija@example.fi",), 1800, 600, "skip") == (
        digest.editors,
        digest.deadline,
        digest.reminder,
        digest.if_silent,
    )
