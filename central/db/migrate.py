"""Brings the tables to this version of the program; each step is a file under `migrations/versions`."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, func, select

from central.db.engine import for_writing

MIGRATION_LOCK = 7_303  # beside the outbox's and the publications'
STEPS = Path(__file__).parent / "migrations"


def migrate(engine: Engine) -> None:
    """Apply all steps that the database lacks; safe to call at every start."""
    config = Config()
    config.set_main_option("script_location", str(STEPS).replace("%", "%%"))
    with for_writing(engine).begin() as connection:
        if engine.dialect.name == "postgresql":  # several processes may start at once
            connection.execute(select(func.pg_advisory_xact_lock(MIGRATION_LOCK)))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
