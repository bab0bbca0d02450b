"""Digests that gave way to others, kept in mind until their folders are taken out of output/."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from pipeline.store import schema
from pipeline.store.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Iterable

_NAME = "left:"


def remember(connection: sa.Connection, keys: Iterable[str]) -> None:
    """Keep these in mind: whoever is killed before the folders are gone has forgotten them."""
    upsert(connection, schema.meta, [{"name": f"{_NAME}{key}", "value": ""} for key in keys])


def keys(connection: sa.Connection) -> tuple[str, ...]:
    """Return those whose folders may still stand."""
    name = schema.meta.c.name
    found = connection.execute(sa.select(name).where(name.startswith(_NAME, autoescape=True)).order_by(name))
    return tuple(row.name.removeprefix(_NAME) for row in found)


def forget(connection: sa.Connection, keys: Iterable[str]) -> None:
    """Their folders are gone."""
    names = [f"{_NAME}{key}" for key in keys]
    connection.execute(schema.meta.delete().where(schema.meta.c.name.in_(names)))
