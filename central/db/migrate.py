"""Brings the tables to this version of the program; each step is a file under `migrations/versions`."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

from central.db.engine import for_writing

STEPS = Path(__file__).parent / "migrations"


def migrate(engine: Engine) -> None:
    """Apply all steps that the database lacks; safe to call at every start."""
    config = Config()
    config.set_main_option("script_location", str(STEPS).replace("%", "%%"))
    with for_writing(engine).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
