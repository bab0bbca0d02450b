"""The three jobs, each safe to run twice and to kill: read this page first.

    sources.yaml ─ collect ─→ store ─ compose ─→ digest, editions, outbox ─ publish ─→ output/
                                                                          └ deliver ─→ SMTP

``collect`` reads every source side by side and writes items, validators and body hashes in one
transaction. ``compose`` takes what is news, renders it in every language, and freezes digest, bytes
and outbox in one transaction. ``publish`` brings output/ up to the stored bytes, always before
``deliver`` sends what is owed: intent before, outcome after. Killed anywhere, the next run goes on.
"""

from pipeline.jobs.collecting import Collected, collect, next_due
from pipeline.jobs.composing import (
    AlreadyFrozen,
    AwaitsApproval,
    Choice,
    Composed,
    Composition,
    Desk,
    NothingToSay,
    approve,
    choose,
    compose,
    digest_of,
    explain,
    suppose,
)
from pipeline.jobs.delivering import Delivered, deliver
from pipeline.jobs.freezing import Press, editions
from pipeline.jobs.judging import findings, refuse_to_freeze, refuse_to_send
from pipeline.jobs.locking import holder, job_lock
from pipeline.jobs.manners import Manners
from pipeline.jobs.publishing import Published, Publishing, carry, keep_sample, publish
from pipeline.jobs.tending import Fate, GiveWay, Remind, Send, Skip, StillOpen, Terms, deadline, fate
from pipeline.jobs.waking import ClockBehind, Duty, Ledger, Make, Wait, duty, missed

__all__ = [
    "AlreadyFrozen",
    "AwaitsApproval",
    "Choice",
    "ClockBehind",
    "Collected",
    "Composed",
    "Composition",
    "Delivered",
    "Desk",
    "Duty",
    "Fate",
    "GiveWay",
    "Ledger",
    "Make",
    "Manners",
    "NothingToSay",
    "Press",
    "Published",
    "Publishing",
    "Remind",
    "Send",
    "Skip",
    "StillOpen",
    "Terms",
    "Wait",
    "approve",
    "carry",
    "choose",
    "collect",
    "compose",
    "deadline",
    "deliver",
    "digest_of",
    "duty",
    "editions",
    "explain",
    "fate",
    "findings",
    "holder",
    "job_lock",
    "keep_sample",
    "missed",
    "next_due",
    "publish",
    "refuse_to_freeze",
    "refuse_to_send",
    "suppose",
]
