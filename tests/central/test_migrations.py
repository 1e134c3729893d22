"""The tables are what the program thinks they are, from empty onwards."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from central.db.engine import open_engine
from central.db.migrate import migrate
from central.db.tables import metadata


def test_steps_from_empty_give_exactly_the_tables_of_the_program(tmp_path: Path) -> None:
    """Migrating an empty database leaves no difference to the models."""
    engine = open_engine(f"sqlite:///{tmp_path}/central.db")
    migrate(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    """A start on tables that are up to date leaves them as they are."""
    engine = open_engine(f"sqlite:///{tmp_path}/central.db")
    migrate(engine)
    before = sorted(inspect(engine).get_table_names())
    migrate(engine)
    assert sorted(inspect(engine).get_table_names()) == before
    assert "outbox" in before
    engine.dispose()
