"""The shape of sources.yaml: every key with its type, default, example and meaning.

The editors' JSON Schema, docs/configuration.md and the check at the door are all made from these
classes. A mistake inside one key is found here; what concerns several keys is judged in
``loader`` and ``entries``, which is why no key is required here.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from pipeline.calendar import Holidays
from pipeline.config import values
from pipeline.config.listed import FilterEntry, SourceEntry, TopicEntry
from pipeline.config.scalars import (
    ApprovalWord,
    AssessedByWord,
    Colours,
    ConformsWord,
    Contact,
    Day,
    Duration,
    Flag,
    FolderAddress,
    HolidaysWord,
    Language,
    LeaveAddress,
    Line,
    MailAddress,
    MailAddresses,
    Number,
    OneClickAddress,
    ReturnAddress,
    ScheduleText,
    Section,
    SecurityWord,
    Sender,
    Server,
    SilenceWord,
    SourceAddress,
    Texts,
    TimeZone,
    UnknownWord,
    WebAddress,
    Whole,
    Words,
)
from pipeline.config.settings import Approval, AssessedBy, Security, Silence, Unknown
from pipeline.model import LANGUAGES


class DigestSection(Section):
    """What the letter is called, when it is due and how much it holds."""

    title: Texts = Field(
        default={
            "fi": "Digiviestinnän viikkokooste",
            "sv": "Veckans digitala kommunikation",
            "en": "Digital communication weekly",
        },
        description="The letter's name: one for all languages, or one for each. "
        "A language without one takes the first that is given.",
        examples=["{fi: Digiviestinnän viikkokooste, en: Digital communication weekly}"],
    )
    languages: Annotated[list[Language], Field(min_length=1), AfterValidator(values.distinct)] = Field(
        default=list(LANGUAGES),
        description="The languages in which the letter is made; the first is the main one.",
        examples=["[fi, sv]"],
    )
    schedule: ScheduleText = Field(
        default="mon 08:00",
        description="When the letter is due: a weekday, every day, or a day of the month, and the time of day.",
        examples=["mon 08:00", "daily 07:30", "monthly 1 08:00"],
    )
    time_zone: TimeZone = Field(default="Europe/Helsinki", description="The zone of `schedule`'s clock.")
    holidays: HolidaysWord = Field(
        default=Holidays.NEXT,
        description="Where a letter goes that is due on a Finnish public holiday: to the `next` or the `previous` "
        "working day, at the same time. A daily letter is left out on holidays. `ignore` knows no holidays.",
    )
    at_least: Annotated[Whole, Field(ge=0, le=500)] | None = Field(
        default=None,
        description="A letter with fewer items is filled from the archive. By default 5, or 0 for a daily letter.",
        examples=["5"],
    )
    at_most: Annotated[Whole, Field(ge=1, le=500)] = Field(
        default=60, description="The most items in a letter; the rest is on its web page only."
    )
    repeat_after: Annotated[Whole, Field(ge=1, le=5200)] = Field(
        default=52, description="Weeks before an item may come again from the archive."
    )
    include: FilterEntry | None = Field(
        default=None,
        description="Only items of which all this is true, whatever their source.",
        examples=["{language: [fi, sv]}"],
    )
    exclude: FilterEntry | None = Field(
        default=None,
        description="No items of which any of this is true, whatever their source.",
        examples=["{words: [avoin työpaikka]}"],
    )
    web_only: Flag = Field(
        default=False,
        description="`true` where the digest is published although nobody gets it by mail. Otherwise a digest without "
        "recipients counts as a trial, and its items are free again.",
    )
    operator: MailAddress | None = Field(
        default=None,
        description="The mail address that hears of trouble, in one mail a day at most.",
        examples=["yllapito@example.fi"],
    )
    webhook: WebAddress | None = Field(
        default=None,
        description="An address that hears of trouble by a POST of JSON, whose `text` chat rooms show as it is. "
        "`DIGIKOOSTE_WEBHOOK` wins over it, where the address is a secret.",
        examples=["https://chat.example.fi/hooks/kooste"],
    )
    approval: ApprovalWord = Field(
        default=Approval.NONE,
        description="`required`: every letter is made as a draft, and leaves when an editor has approved it "
        "([more](desk.md)).",
    )
    editors: MailAddresses = Field(
        default=[],
        description="Who gets the draft by mail, where approval is required: one mail address or a list.",
        examples=["[maija@example.fi, pekka@example.fi]"],
    )
    deadline: Annotated[Duration, Field(ge=60, le=14 * 86_400)] = Field(
        default="4 h",
        validate_default=True,
        description="How long the editors have from the slot, or from when the draft was made if that was later.",
        examples=["4 h", "1 h 30 min"],
    )
    reminder: Annotated[Duration, Field(ge=0, le=14 * 86_400)] = Field(
        default="1 h",
        validate_default=True,
        description="How long before the deadline the editors are reminded, once. `0 s` reminds nobody.",
    )
    if_silent: SilenceWord = Field(
        default=Silence.SKIP,
        description="What becomes of a draft that nobody approved or held by the deadline: `skip` makes no letter, and "
        "its items go into the next one; `send` sends it as it is.",
    )


class SiteSection(Section):
    """Where the folder `output/` is published."""

    url: FolderAddress | None = Field(
        default=None,
        description="The address of the published `output/`. Links in the letter lead there.",
        examples=["https://viestinta.example.fi/kooste/"],
    )
    service: FolderAddress | None = Field(
        default=None,
        description="The address at which readers reach `digikooste serve --http`, usually behind a web server with "
        "TLS (docs/web.md). With it people subscribe, choose and leave by themselves, and each letter has a way out of "
        "its own. Only set it where something answers: the promise is in every letter.",
        examples=["https://kooste.example.fi/"],
    )
    publish: Line | None = Field(
        default=None,
        description="A command that carries `output/` to where it is published, run by the shell in this file's folder "
        "after the pages are written. No letter leaves before it has succeeded.",
        examples=["rsync -a --delete output/ www@www.example.fi:kooste/"],
    )
    accessibility: WebAddress | None = Field(
        default=None,
        description="The address of your accessibility statement, for the footer, where you have one elsewhere.",
        examples=["https://viestinta.example.fi/saavutettavuus"],
    )
    organisation: Texts | None = Field(
        default=None,
        description="Who answers for the letter and its pages. With it, `contact`, `conforms` and `assessed`, an "
        "accessibility statement of the kind that act 306/2019 asks for is written into `output/`.",
        examples=["{fi: Esimerkkivirasto, sv: Exempelverket, en: Example Agency}"],
    )
    conforms: ConformsWord | None = Field(
        default=None,
        description="How far letter and pages meet WCAG 2.1 A and AA, as you found: `fully`, `partially` or `not`.",
        examples=["fully"],
    )
    assessed: Day | None = Field(default=None, description="The day on which you found that.", examples=["2026-11-16"])
    assessed_by: AssessedByWord = Field(
        default=AssessedBy.SELF, description="Who found it: your own people (`self`) or an outside `expert`."
    )
    shortcomings: Words | None = Field(
        default=None,
        description="What is not accessible yet, and why: a list for all languages, or one for each. Needed unless "
        "`conforms` is `fully`.",
        examples=["{fi: [Logon väri erottuu huonosti tummalla pohjalla (WCAG 1.4.11).]}"],
    )
    contact: Contact | None = Field(
        default=None,
        description="Where readers turn: a web address or a mail address, for the footer.",
        examples=["viestinta@example.fi"],
    )


class LetterSection(Section):
    """What is your own in the letter's looks; the rest is done by templates (docs/templates.md)."""

    logo: Line | None = Field(
        default=None,
        description="A PNG, JPEG or GIF beside this file, at most 64 kB. It travels inside the letter, so nothing is "
        "loaded; it is shown at most 220 wide and 64 high, so twice that size is sharp everywhere.",
        examples=["logo.png"],
    )
    logo_alt: Texts | None = Field(
        default=None,
        description="What the logo says, for those who do not see it: one text, or one for each language.",
        examples=["{fi: Esimerkkivirasto, sv: Exempelverket, en: Example Agency}"],
    )
    footer: Texts | None = Field(
        default=None,
        description="A sentence of your own at the letter's foot: one text, or one for each language.",
        examples=["{fi: Kirjeen tekee Esimerkkiviraston viestintä.}"],
    )
    colours: Colours = Field(
        default={},
        description="Colours other than the built-in ones, in quotes: " + values.COLOUR_NAMES + ". "
        "Text that would be hard to read on its ground (below 4.5:1) is refused.",
        examples=['{link: "#00594c"}'],
    )
    dark_colours: Colours = Field(
        default={}, description="The same for readers whose programs are dark.", examples=['{link: "#7fd1bf"}']
    )


class MailSection(Section):
    """The server that sends the letter. Without `host`, letters are only written to `output/` and `var/`."""

    host: Server | None = Field(default=None, description="The mail server's host name.", examples=["smtp.example.fi"])
    port: Annotated[Whole, Field(ge=1, le=65535)] | None = Field(
        default=None,
        description="Its port. By default 587 with `starttls`, 465 with `tls` and 25 with `none`.",
        examples=["587"],
    )
    security: SecurityWord = Field(
        default=Security.STARTTLS,
        description="How the connection is protected. `none` is for a relay on your own network, without a password.",
    )
    user: Line | None = Field(
        default=None,
        description="The user name, where the server asks for one. The password never stands in this file: set "
        "`DIGIKOOSTE_SMTP_PASSWORD`, or name a file by `password_file`.",
        examples=["kooste"],
    )
    password_file: Line | None = Field(
        default=None,
        description="A file whose one line is the password; a relative path is seen from this file's folder. "
        "`DIGIKOOSTE_SMTP_PASSWORD` wins over it.",
        examples=["/run/secrets/smtp-password"],
    )
    sender: Sender | None = Field(
        default=None,
        alias="from",
        description="Who the letter is from. Needed with `host`.",
        examples=["Viestintäkooste <kooste@example.fi>"],
    )
    reply_to: Sender | None = Field(
        default=None, description="Where answers go, if not to `from`.", examples=["viestinta@example.fi"]
    )
    unsubscribe: LeaveAddress | None = Field(
        default=None,
        description="Where leaving leads: a mail address or an https address. It stands in the footer and in the "
        "header that mail programs show as a button.",
        examples=["kooste-pois@example.fi"],
    )
    one_click: OneClickAddress | None = Field(
        default=None,
        description="Where a mail program ends the letter by itself when its reader presses Unsubscribe: an https "
        "address that answers a POST with `List-Unsubscribe=One-Click`, without a login, and does nothing on a GET "
        "(RFC 8058). `{token}` stands for the recipient. Only set it where something answers: the promise is in every "
        "letter's header.",
        examples=["https://viestinta.example.fi/kooste/leave/{token}"],
    )
    connections: Annotated[int, Field(ge=1, le=20)] = Field(
        default=1,
        description="How many connections to the mail server send at once. One is enough for some thousand recipients; "
        "ask the server's keeper how many it takes.",
    )
    timeout: Annotated[Number, Field(ge=1, le=600)] = Field(
        default=30.0, description="Seconds to wait for the server to answer a command."
    )
    reply_timeout: Annotated[Number, Field(ge=1, le=3600)] = Field(
        default=600.0,
        description="Seconds to wait for the server to take the message (RFC 5321 asks for ten minutes).",
    )
    return_path: ReturnAddress | None = Field(
        default=None,
        description="Where letters that cannot be delivered come back to: an address with `{token}` before its @, "
        "which tells whose letter it was and cannot be made up by others. Mail to all such addresses must arrive in "
        "the folder of `bounces`; most servers do so for `name+anything@`.",
        examples=["kooste-palautus+{token}@example.fi"],
    )
    bounces: Line | None = Field(
        default=None,
        description="The maildir into which such returns are delivered; a relative path is seen from this file's "
        "folder. It is read with each `run` and every hour by `serve`. An address whose letters of two digests came "
        "back for good gets no more.",
        examples=["/var/mail/kooste-palautus/Maildir"],
    )
    keep_deliveries: Annotated[Whole, Field(ge=100, le=36_500)] = Field(
        default=400,
        description="Days for which it is known who was sent what, and how it ended. That a digest was sent at all is "
        "never forgotten.",
    )
    unknown: UnknownWord = Field(
        default=Unknown.RESEND,
        description="What to do when the connection breaks before the server says whether it took a message: `resend` "
        "(the same message again, which most servers recognise) or `hold` (leave it to a person).",
    )


class CollectSection(Section):
    """The manners of a guest: how sources are visited."""

    interval: Annotated[Number, Field(ge=1, le=168)] = Field(
        default=6.0,
        description="Hours between two readings of a source while `serve` runs; a publisher who asks for a longer "
        "rest gets it.",
    )
    pause: Annotated[Number, Field(ge=0, le=600)] = Field(
        default=2.0, description="Seconds between two requests to one host."
    )
    hosts: Annotated[Whole, Field(ge=1, le=256)] = Field(
        default=8, description="How many hosts are visited side by side; each gets one request at a time."
    )
    page_cards: Annotated[Whole, Field(ge=0, le=1000)] = Field(
        default=20,
        description="The most article pages of one source opened in one run, for their title, summary and date; and "
        "as many of the same articles in the letter's other languages.",
    )
    deadline: Annotated[Number, Field(ge=1, le=600)] = Field(
        default=60.0, description="Seconds that one request may take in all; what takes longer has failed."
    )
    contact: Contact | None = Field(
        default=None,
        description="A web or mail address that publishers find in our User-Agent.",
        examples=["https://viestinta.example.fi/kooste/"],
    )


class File(Section):
    """The whole file."""

    digest: DigestSection = Field(default_factory=DigestSection, description=DigestSection.__doc__)
    site: SiteSection = Field(default_factory=SiteSection, description=SiteSection.__doc__)
    letter: LetterSection = Field(default_factory=LetterSection, description=LetterSection.__doc__)
    mail: MailSection = Field(default_factory=MailSection, description=MailSection.__doc__)
    collect: CollectSection = Field(default_factory=CollectSection, description=CollectSection.__doc__)
    topics: list[TopicEntry] = Field(default=[], description=TopicEntry.__doc__)
    sources: list[SourceAddress | SourceEntry] = Field(default=[], description=SourceEntry.__doc__)
