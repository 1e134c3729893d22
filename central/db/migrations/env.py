"""Runs the migration steps on the connection that `central.db.migrate` passes in."""

from typing import Literal

from alembic import context
from sqlalchemy import Connection

from central.db import tables
from central.db.base import UtcInstant

connection = context.config.attributes["connection"]
if not isinstance(connection, Connection):
    message = "run migrations by `tienglang-central migrate`, which passes its connection"
    raise TypeError(message)


def render_item(_kind: str, item: object, _context: object) -> str | Literal[False]:
    """Write our instants as what the database keeps, so that a step does not depend on today's code."""
    if isinstance(item, UtcInstant):
        return "sa.DateTime(timezone=True)"
    return False


context.configure(
    connection=connection,
    target_metadata=tables.metadata,
    render_as_batch=True,
    transactional_ddl=True,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
