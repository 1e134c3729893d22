"""Fixtures of central's tests: a province in this process, and one served by a real process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.testing import Authority
from tests.central import postgres
from tests.central.enrolling import Crew, Newcomer
from tests.central.serving import Served
from tests.central.setting import Province, make_sound, real_now, write_site


@pytest.fixture(scope="session", autouse=True)
def chosen_database() -> Iterator[None]:
    """Where TIENGLANG_TEST_DATABASE asks for it, a PostgreSQL that every house of these tests stands on."""
    if postgres.is_chosen():
        postgres.server()
    yield
    postgres.stop_server()


@pytest.fixture(scope="session")
def postgresql(chosen_database: None) -> postgres.Postgres:
    """A PostgreSQL of this test run; tests that need one are left out where it is not installed."""
    if postgres.binaries() is None:
        pytest.skip("PostgreSQL is not installed here: apt-get install postgresql")
    return postgres.server()


@pytest.fixture
def authority() -> Authority:
    """A signing authority of the province `dt`."""
    return Authority.make("dt", seed="central")


@pytest.fixture
def province(tmp_path: Path, authority: Authority) -> Iterator[Province]:
    """A house in this process, with a steered clock."""
    province = Province(tmp_path / "site", authority)
    yield province
    province.house.close()
    if postgres.is_chosen():
        postgres.server().forget(province.house.settings.database)


@pytest.fixture
def crew(province: Province) -> Crew:
    """Planned places and who installs there."""
    return Crew(province)


@pytest.fixture
def newcomer(province: Province) -> Newcomer:
    """An appliance nobody knows."""
    return Newcomer(province)


@pytest.fixture(scope="session")
def tone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of 440 Hz as MP3."""
    return make_sound(tmp_path_factory.mktemp("sounds") / "ban-tin.mp3")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A real server process on loopback, on the machine's own clock, with one person of every role."""
    authority = Authority.make("dt", now=real_now())
    folder = tmp_path_factory.mktemp("served")
    served = Served(write_site(folder, authority), authority)
    served.prepare()
    served.start()
    yield served
    served.stop()
