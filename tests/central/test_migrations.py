"""The tables are what the program thinks they are, from empty onwards."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from central.db.engine import for_writing, open_engine
from central.db.migrate import STEPS, migrate
from central.db.tables import metadata


def test_steps_from_empty_give_exactly_the_tables_of_the_program(tmp_path: Path) -> None:
    """Migrating an empty database leaves no difference to the models."""
    engine = open_engine(f"sqlite:///{tmp_path}/central.db")
    migrate(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_what_was_kept_before_a_step_is_kept_after_it(tmp_path: Path) -> None:
    """A play of the first tables is there after the second step, with nothing claimed to have been heard."""
    engine = open_engine(f"sqlite:///{tmp_path}/central.db")
    config = Config()
    config.set_main_option("script_location", str(STEPS))
    with for_writing(engine).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(
            text(
                "insert into plays (device, key, source, title, rank, zones, started, asked_ms, "
                "sounded_ms, outcome, why) values ('a', 'k', 's', 'Bản tin', 2, '[]', "
                "'2026-11-22 03:00:00', 1000, 990, 'sounded', '')"
            )
        )
    migrate(engine)
    with engine.connect() as connection:
        kept = connection.execute(text("select title, heard_pct from plays")).one()
    assert tuple(kept) == ("Bản tin", None)
    with for_writing(engine).begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
        assert "readiness" not in inspect(connection).get_table_names()
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
