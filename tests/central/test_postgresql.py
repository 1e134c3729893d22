"""Central on PostgreSQL: the same tables, the same story, and several processes that know of each other."""

import queue
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select, text

from central.config import load_settings
from central.db.broadcast import OutboxRow, ProgrammeRow
from central.db.engine import open_engine
from central.db.migrate import migrate
from central.db.tables import metadata
from central.domain.errors import TooOften, Unacceptable
from central.domain.people import PersonRole
from central.domain.tokens import Scope
from central.services import add_area, list_areas, open_house, publish, take_announcement
from central.services.nonces import NONCE_LIFE, Challenges, forget_nonces, once
from central.services.tokens import TokenAsked, admit, create_token
from contract.seal import SigningKey, device_id
from contract.testing import Authority
from tests.central import postgres
from tests.central.serving import Served, SignedBy
from tests.central.setting import COMMUNE, HAMLET, Province, make_slot, real_now, write_site
from tests.central.warm import ROOT

HOLD = """
import sys
from pathlib import Path
from central.config import load_settings
from central.services import open_house
house = open_house(load_settings(Path(sys.argv[1])))
with house.publishing:
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def here(tmp_path: Path, authority: Authority, postgresql: postgres.Postgres) -> Iterator[Province]:
    """A province on PostgreSQL, in this process."""
    province = Province(tmp_path / "site", authority, database=postgresql.database())
    yield province
    province.house.close()
    postgresql.forget(province.house.settings.database)


def test_the_tables_are_those_of_the_program(postgresql: postgres.Postgres) -> None:
    """Steps from empty leave no difference to the models; doing them again changes nothing, nor do two at once."""
    engine = open_engine(postgresql.database(empty=True))
    with ThreadPoolExecutor(2) as lanes:
        list(lanes.map(migrate, [engine, engine]))
    migrate(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_a_notice_goes_from_upload_to_appliance(here: Province, tone: Path) -> None:
    """Content, approval, slot, publication and alarm: each lands as it does on SQLite, in order in the outbox."""
    content = here.sound(tone)
    here.slot(make_slot(content.sha256))
    _, device = here.appliance()
    done = publish(here.house, "dt", who=None, now=here.now)
    assert (done.changed, done.unchanged) == (1, 0)
    with here.house.writing() as unit:
        paper = here.authority.announce([COMMUNE], sent=here.now)
        take_announcement(unit, paper, who=None, now=here.now)
    with here.house.reading() as unit:
        assert unit.session.get_one(ProgrammeRow, device).version == 1
        ids = list(
            unit.session.scalars(select(OutboxRow.id).order_by(OutboxRow.created, OutboxRow.id))
        )
        assert ids == sorted(ids)


def test_a_reader_sees_one_state(here: Province) -> None:
    """What another commits while a unit reads is not seen by it; the next one sees it."""
    with here.house.reading() as unit:
        before = len(list_areas(unit))
        with here.house.writing() as other:
            add_area(other, "dt/moi", "Mới", who=None, now=here.now)
        assert len(list_areas(unit)) == before
    with here.house.reading() as unit:
        assert len(list_areas(unit)) == before + 1


def test_what_no_column_holds_is_the_askers_mistake(here: Province) -> None:
    """A zero byte in a name is refused in words, and nothing is kept of it."""
    with pytest.raises(Unacceptable), here.house.writing() as unit:
        add_area(unit, "dt/moi", "Mới\x00", who=None, now=here.now)


def test_the_database_tells_other_processes_that_something_came(here: Province) -> None:
    """Whoever listens hears what another process posts at its commit, and nothing of what is undone or only written."""
    second = open_house(here.house.settings, clock=here.clock)
    heard = queue.SimpleQueue[float]()
    bell = second.hear_others(lambda: heard.put(time.monotonic()))
    assert bell is not None
    heard.get(timeout=10)  # it listens
    with here.house.writing() as unit:
        add_area(unit, "dt/moi", "Mới", who=None, now=here.now)
    with suppress(KeyError), here.house.writing() as unit:
        unit.post("programme", "changed", b"{}", now=here.now, areas=["dt"])
        raise KeyError
    assert heard.empty()
    with here.house.writing() as unit:
        unit.post("programme", "changed", b"{}", now=here.now, areas=["dt"])
    heard.get(timeout=10)
    with here.house.engine.connect() as connection:  # the line is cut from the database's side
        cut = "select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen %'"
        connection.execute(text(cut))
    heard.get(timeout=10)  # it has come back by itself
    bell.stop()
    second.close()


def test_a_nonce_counts_once_for_all_processes(here: Province) -> None:
    """What one process took, another refuses; when nobody may use it any more it is forgotten."""
    second = open_house(here.house.settings, clock=here.clock)
    one, two = once(here.house), once(second)
    assert one.take("a", here.now)
    assert not two.take("a", here.now)
    assert two.take("b", here.now)
    assert not one.take("b", here.now)
    assert one.take_all(["c", "b", "c", "d"], here.now) == [True, False, False, True]
    here.clock.pass_by(NONCE_LIFE + timedelta(seconds=1))
    forget_nonces(here.house, now=here.now)
    assert one.take("a", here.now)
    second.close()


def test_a_challenge_of_one_process_is_redeemed_at_another(here: Province) -> None:
    """Once, by the appliance it was given to, while it is fresh; never twice, wherever it is shown."""
    second = open_house(here.house.settings, clock=here.clock)
    one, two = Challenges(here.house), Challenges(second)
    challenge = one.give("a" * 16, here.now)
    assert not two.redeem("b" * 16, challenge, here.now)
    assert two.redeem("a" * 16, challenge, here.now)
    assert not one.redeem("a" * 16, challenge, here.now)
    late = one.give("a" * 16, here.now)
    assert not two.redeem("a" * 16, late, here.now + timedelta(seconds=60))
    assert not two.redeem("a" * 16, "AAAA", here.now)
    assert not two.redeem("a" * 16, "không phải", here.now)
    second.close()


def test_a_tokens_requests_are_counted_by_all_processes(here: Province) -> None:
    """Half here and half there is as much as all at one."""
    lan = here.person("lan", PersonRole.ADMINISTRATOR)
    asked = TokenAsked(name="x", area="dt", scopes=(Scope.READ_LOG,), per_minute=4)
    with here.house.writing() as unit:
        token = create_token(unit, asked, who=lan, now=here.now).secret
    second = open_house(here.house.settings, clock=here.clock)
    for house in (here.house, second, here.house, second):
        admit(house, token, room="log", writes=False, now=here.now)
    with pytest.raises(TooOften):
        admit(here.house, token, room="log", writes=False, now=here.now)
    second.close()


def test_publishing_waits_for_another_process(tmp_path: Path) -> None:
    """While one process has the turn another has not; when it dies, by kill -9 too, the turn is free."""
    config = write_site(tmp_path / "site", Authority.make("dt", now=real_now()))
    _waits_for_another_process(config)


def test_publishing_waits_for_another_process_on_postgresql(
    tmp_path: Path, postgresql: postgres.Postgres
) -> None:
    """The turn of PostgreSQL, too, is free again when its holder is killed."""
    authority = Authority.make("dt", now=real_now())
    config = write_site(tmp_path / "site", authority, database=postgresql.database())
    _waits_for_another_process(config)


def _waits_for_another_process(config: Path) -> None:
    house = open_house(load_settings(config))
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(config)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert holder.stdout is not None
    assert holder.stdin is not None
    assert holder.stdout.readline() == "held\n"
    assert not house.publishing.acquire(blocking=False)
    holder.send_signal(signal.SIGKILL)
    holder.wait(timeout=20)
    holder.stdout.close()
    holder.stdin.close()
    with house.publishing:
        assert not house.publishing.acquire(blocking=False)
    assert house.publishing.acquire(blocking=False)
    house.publishing.release()
    house.close()


@pytest.fixture
def pair(tmp_path: Path, postgresql: postgres.Postgres) -> Iterator[tuple[Served, Served]]:
    """Two servers over one database."""
    authority = Authority.make("dt", now=real_now())
    config = write_site(tmp_path / "site", authority, database=postgresql.database())
    first, second = Served(config, authority), Served(config, authority)
    first.prepare()
    first.start()
    second.start()
    yield first, second
    first.stop()
    second.stop()


def test_two_servers_are_one_house(pair: tuple[Served, Served], tone: Path) -> None:
    """Signed in at one is signed in at the other; what one took the other gives; no request counts twice."""
    first, second = pair
    key = first.assign(HAMLET)
    with first.person() as lan:
        token = lan.headers["authorization"]
        answer = lan.post(
            "/contents",
            params={"area": "dt"},
            content=tone.read_bytes(),
            headers={"x-file-name": "a"},
        )
        sha256 = answer.json()["sha256"]
    with httpx.Client(
        base_url=f"{second.url}/api/v1", trust_env=False, headers={"authorization": token}
    ) as lan:
        assert lan.get(f"/contents/{sha256}").status_code == 200
    refused_twice(first, second, key)
    with ThreadPoolExecutor(2) as lanes:
        done = list(lanes.map(published, (first, second)))
    assert sorted(done) == [200, 200]


def published(served: Served) -> int:
    """Publish at one server; return the status."""
    with served.person() as lan:
        return lan.post("/publish", json={"area": "dt"}).status_code


def refused_twice(first: Served, second: Served, key: SigningKey) -> None:
    """Have a challenge of the first server be redeemed at the second, once; the same request finds no door after."""
    with httpx.Client(trust_env=False) as client:
        asked = client.post(
            f"{first.url}/device/v1/challenge", json={"device": device_id(key.public)}
        )
        signed = SignedBy(key, asked.json()["challenge"])
        statuses = [
            client.post(f"{served.url}/device/v1/session", auth=signed).status_code
            for served in (second, first, second)
        ]
    assert statuses == [200, 401, 401]
