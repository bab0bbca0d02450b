"""What is written down of each attempt: the intent before, the outcome after; a group of them is one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

import sqlalchemy as sa

from pipeline import failpoints
from pipeline.model import DeliveryState, RecipientState
from pipeline.store import schema

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from pipeline.model import Delivery

REFUSED_IN_A_ROW = 2
"""So many digests in a row whose letter was refused because of the address: nothing more is sent there."""
CREDIBLE = timedelta(days=3)
"""A longer time between two tries says that nobody tried, or that the clock was set: it counts for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A delivery is about to be handed over."""

    delivery: Delivery
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an attempt; ``next_try`` None means that it is not tried again.

    ``blames_address``: the server refused the recipient's address itself, not our letter nor our server.
    """

    delivery: Delivery
    state: DeliveryState
    now: datetime
    reply: str = ""
    next_try: datetime | None = None
    blames_address: bool = False


Entry: TypeAlias = "Intent | Outcome"


def waited(delivery: Delivery, now: datetime) -> timedelta:
    """For how long a delivery has been tried at ``now``, by gaps that nobody's clock has made up."""
    gap = now - delivery.last_try if delivery.last_try is not None else timedelta()
    return delivery.waited + (gap if timedelta() < gap <= CREDIBLE else timedelta())


def _this_one() -> sa.ColumnElement[bool]:
    """Whether a row is the very delivery: a digest that was made again has new ones under the old numbers."""
    table = schema.delivery
    return sa.and_(
        table.c.id == sa.bindparam("b_id"),
        table.c.message_id == sa.bindparam("b_message_id"),
        table.c.created == sa.bindparam("b_created"),
    )


_is_here = sa.exists().where(
    schema.recipient.c.id == schema.delivery.c.recipient, schema.recipient.c.state == RecipientState.ACTIVE
)
_attempt: dict[str, Any] = {
    "attempts": sa.bindparam("b_attempts"),
    "last_try": sa.bindparam("b_now"),
    "waited": sa.bindparam("b_waited"),
}
_INTEND = (
    schema.delivery.update()
    .where(_this_one(), schema.delivery.c.state == sa.bindparam("b_state"), _is_here)
    .values(state=DeliveryState.SENDING, **_attempt)
)
_SETTLE = (
    schema.delivery.update()
    .where(_this_one(), schema.delivery.c.state.in_((DeliveryState.SENDING, sa.bindparam("b_state"))))
    .values(
        state=sa.bindparam("b_new"),
        reply=sa.bindparam("b_reply"),
        next_try=sa.bindparam("b_next_try"),
        doubts=sa.bindparam("b_doubts"),
        **_attempt,
    )
)
_ABSOLVE = (
    schema.recipient.update()
    .where(
        schema.recipient.c.refusals > 0,
        schema.recipient.c.id.in_(
            sa.select(schema.delivery.c.recipient).where(
                schema.delivery.c.id.in_(sa.bindparam("b_ids", expanding=True))
            )
        ),
    )
    .values(refusals=0)
)


def write(
    connection: sa.Connection,
    entries: Sequence[Entry],
    *,
    drop_unwanted: Callable[[Delivery], None],
    stop: Callable[[int], None],
) -> list[bool]:
    """Write a group of intents and outcomes, and answer each in its order.

    An intent: whether the delivery is still owed. An outcome: whether its recipient is suppressed by it.
    ``drop_unwanted`` gives up what should be tried again but is wanted no more, ``stop`` what a recipient
    waits for.
    """
    intents = [entry for entry in entries if isinstance(entry, Intent)]
    outcomes = [entry for entry in entries if isinstance(entry, Outcome)]
    owed = iter(_intend(connection, intents))
    if intents:
        failpoints.at("deliver.in-intent")
    if outcomes:
        _settle(connection, outcomes)
    suppressed = []
    for one in outcomes:
        if one.next_try is not None:
            drop_unwanted(one.delivery)
        suppressed.append(one.blames_address and _blame(connection, one, stop))
    accepted = [one.delivery.id for one in outcomes if one.state is DeliveryState.ACCEPTED]
    if accepted:
        connection.execute(_ABSOLVE, {"b_ids": accepted})
    if outcomes:
        failpoints.at("deliver.in-settle")
    blamed = iter(suppressed)
    return [next(owed) if isinstance(entry, Intent) else next(blamed) for entry in entries]


def _intend(connection: sa.Connection, intents: Sequence[Intent]) -> list[bool]:
    """Write intents in one go; only where some are owed no longer, find out which."""
    if not intents:
        return []
    written = connection.execute(_INTEND, [_of(one.delivery, one.now) for one in intents]).rowcount
    if written in {0, len(intents)}:
        return [written > 0] * len(intents)
    table = schema.delivery
    rows = connection.execute(
        sa.select(table.c.id, table.c.message_id, table.c.attempts).where(
            table.c.id.in_([one.delivery.id for one in intents]), table.c.state == DeliveryState.SENDING
        )
    )
    sending = {(row.id, row.message_id, row.attempts) for row in rows}  # by us: nobody else delivers under our lock
    return [(one.delivery.id, one.delivery.message_id, one.delivery.attempts + 1) in sending for one in intents]


def _settle(connection: sa.Connection, outcomes: Sequence[Outcome]) -> None:
    connection.execute(
        _SETTLE,
        [
            {
                **_of(one.delivery, one.now),
                "b_new": one.state,
                "b_reply": one.reply,
                "b_next_try": one.next_try,
                "b_doubts": one.delivery.doubts + (one.state is DeliveryState.UNKNOWN),
            }
            for one in outcomes
        ],
    )


def _of(delivery: Delivery, now: datetime) -> dict[str, Any]:
    return {
        "b_id": delivery.id,
        "b_message_id": delivery.message_id,
        "b_created": delivery.created,
        "b_state": delivery.state,
        "b_attempts": delivery.attempts + 1,
        "b_now": now,
        "b_waited": round(waited(delivery, now).total_seconds()),
    }


def _blame(connection: sa.Connection, outcome: Outcome, stop: Callable[[int], None]) -> bool:
    """Count a refused address; suppress it when the digest before was refused too. True when that happened."""
    delivery, recipient = schema.delivery, schema.recipient
    row = connection.execute(
        sa.select(recipient.c.id, recipient.c.refusals, recipient.c.state)
        .join(delivery, delivery.c.recipient == recipient.c.id)
        .where(delivery.c.id == outcome.delivery.id, delivery.c.message_id == outcome.delivery.message_id)
    ).one_or_none()
    if row is None:
        return False
    values: dict[str, Any] = {"refusals": row.refusals + 1}
    is_last: bool = row.state == RecipientState.ACTIVE and row.refusals + 1 >= REFUSED_IN_A_ROW
    if is_last:
        words = outcome.reply.replace(outcome.delivery.address, "…")
        why = f"The mail server refused the address in two digests in a row: {words}"
        values |= {"state": RecipientState.SUPPRESSED, "why": why, "changed": outcome.now}
    connection.execute(recipient.update().where(recipient.c.id == row.id).values(values))
    if is_last:
        stop(row.id)
    return is_last
