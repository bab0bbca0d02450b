"""Counts for whoever watches from outside: nothing but numbers and moments, read in one snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from pipeline.model import DeliveryState
from pipeline.store import schema

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pipeline.store.database import Database

_UNSETTLED = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Recipients by state, open notices by code, deliveries not settled by state, and when one was last accepted."""

    recipients: Mapping[str, int]
    notices: Mapping[str, int]
    outbox: Mapping[str, int]
    last_delivery: datetime | None


def counts(database: Database) -> Counts:
    """Count; raises StoreError."""
    recipient, notice, delivery = schema.recipient, schema.notice, schema.delivery
    with database.read() as connection:

        def by(column: sa.Column[str], *which: sa.ColumnElement[bool]) -> dict[str, int]:
            query = sa.select(column, sa.func.count()).where(*which).group_by(column)
            return {row[0]: row[1] for row in connection.execute(query)}

        last = sa.select(sa.func.max(delivery.c.last_try)).where(delivery.c.state == DeliveryState.ACCEPTED)
        return Counts(
            recipients=by(recipient.c.state),
            notices=by(notice.c.code, notice.c.resolved.is_(None)),
            outbox=by(delivery.c.state, delivery.c.state.in_(_UNSETTLED)),
            last_delivery=connection.execute(last).scalar(),
        )
