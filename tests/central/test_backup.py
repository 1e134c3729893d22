"""Backup and restore: what is there at one moment is there again, whatever went on meanwhile, on either database."""

import gzip
import hashlib
import shutil
import tarfile
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Self

import pytest
from sqlalchemy import MetaData, func, select

from central.config import Settings, load_settings
from central.db.broadcast import ContentRow, OutboxRow
from central.db.engine import open_engine
from central.db.fleet import PlayRow
from central.db.people import AreaRow, PersonSessionRow
from central.domain.people import PersonRole
from central.services import House, open_house, publish, take_announcement
from central.services.backup import back_up, open_beside
from central.services.backup_check import BadBackup, check_backup
from central.services.log_reading import export_log, export_reports
from central.services.reports import Acknowledged, take_reports
from central.services.restore import restore, restore_chain
from contract import codec, seal
from contract.documents import Kind, Outcome, Play, Rank, Report, Sha256
from contract.errors import Misuse
from contract.testing import Authority
from provisioning.__main__ import main as provision
from tests.central import postgres
from tests.central.serving import Served
from tests.central.setting import (
    COMMUNE,
    Province,
    make_slot,
    make_sound,
    real_now,
    site_settings,
    write_site,
)

NOT_COMPARED = {"alembic_version", "person_sessions"}


def rows_of(house: House) -> dict[str, list[str]]:
    """Return every row of every table in words that both databases agree on."""
    schema = MetaData()
    with house.engine.connect() as connection:
        schema.reflect(connection)
        return {
            table.name: sorted(
                repr([_plain(value) for value in row]) for row in connection.execute(select(table))
            )
            for table in schema.sorted_tables
            if table.name not in NOT_COMPARED
        }


def _plain(value: object) -> object:
    if isinstance(value, memoryview):
        return bytes(value)
    written = getattr(value, "isoformat", None)
    return str(written()).removesuffix("+00:00") if written else value


def files_of(folder: Path) -> dict[str, str]:
    """Return the hash of every file of the library."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "publishing.lock"
    }


@pytest.fixture
def lived_in(province: Province, tone: Path) -> Province:
    """A province with something of everything."""
    live_in(province, tone)
    return province


def live_in(province: Province, tone: Path) -> None:
    """Have a province plan, warn and hear of a play."""
    province.person("lan", *PersonRole)
    content = province.sound(tone)
    province.slot(make_slot(content.sha256))
    key, device = province.appliance()
    publish(province.house, "dt", who=None, now=province.now)
    with province.house.writing() as unit:
        paper = province.authority.announce([COMMUNE], sent=province.now)
        take_announcement(unit, paper, who=None, now=province.now)
    play = Play(
        key="slot/sang/20261122T230000Z/0",
        source=content.sha256,
        title="Bản tin 🌾",
        rank=Rank.NORMAL,
        zones=("san",),
        started=province.now,
        asked_ms=1_000,
        sounded_ms=400,
        outcome=Outcome.PARTLY,
        level_dbfs=-18.25,
    )
    told = Report(
        device=device,
        counter=1,
        previous_sha256=Sha256("0" * 64),
        issued=province.now,
        plays=(play,),
    )
    sealed = seal.seal(Kind.REPORT, codec.encode(told), [key])
    (answer,) = take_reports(province.house, [(device, sealed)], now=province.now)
    assert isinstance(answer, Acknowledged)


def kept(province: Province, to: Path) -> Path:
    """Return a new backup of a province."""
    back_up(province.house, to, now=province.now, settings_file=province.folder / "central.toml")
    return to


def emptied(folder: Path, authority: Authority, **changes: object) -> Settings:
    """Return the settings of a new house with the same keys and nothing in it."""
    return site_settings(folder, authority, **changes)


def check_log(house: House, folder: Path) -> None:
    """Have the auditor's own program read the log and the reports from the first line to the last."""
    folder.mkdir()
    (folder / "log.gz").write_bytes(b"".join(export_log(house, now=house.clock())))
    (folder / "reports.gz").write_bytes(b"".join(export_reports(house, now=house.clock())))
    words = ["audit", "--log", str(folder / "log.gz"), "--reports", str(folder / "reports.gz")]
    assert provision([*words, "--trust", str(house.settings.repository)]) == 0


def test_everything_is_there_again(lived_in: Province, tmp_path: Path) -> None:
    """Every row and every file is as it was, the log verifies, and sign-ins alone are gone."""
    backup = kept(lived_in, tmp_path / "b.tar")
    assert backup.stat().st_mode & 0o077 == 0
    before, library = rows_of(lived_in.house), files_of(lived_in.house.settings.data_dir)
    settings = emptied(tmp_path / "new", lived_in.authority)
    restored = restore(settings, backup)
    house = open_house(settings, clock=lived_in.clock)
    assert rows_of(house) == before
    assert files_of(settings.data_dir) == library
    assert restored.rows == sum(len(rows) for name, rows in before.items())
    assert [warning for warning in restored.warnings if "not the one" in warning] == []
    with house.reading() as unit:
        assert unit.session.scalar(select(func.count()).select_from(PersonSessionRow)) == 0
    check_log(house, tmp_path / "audit")
    house.close()


def test_numbers_go_on_where_they_were(lived_in: Province, tmp_path: Path) -> None:
    """A message of the outbox never gets the number of one that was forgotten: appliances would miss it."""
    with lived_in.house.writing() as unit:
        last = unit.session.scalar(select(func.max(OutboxRow.id))) or 0
        for row in unit.session.scalars(select(OutboxRow)):
            unit.session.delete(row)
    settings = emptied(tmp_path / "new", lived_in.authority)
    restore(settings, kept(lived_in, tmp_path / "b.tar"))
    house = open_house(settings, clock=lived_in.clock)
    with house.writing() as unit:
        unit.post("x", "changed", b"{}", now=lived_in.now, areas=["dt"])
        assert unit.session.scalar(select(func.max(OutboxRow.id))) == last + 1
        unit.session.add(AreaRow(path="dt/moi", name="Mới", created=lived_in.now))
    house.close()


def test_a_house_that_holds_anything_is_not_overwritten(lived_in: Province, tmp_path: Path) -> None:
    """Rows or files in the way are refused before anything is touched; an empty house takes it."""
    backup = kept(lived_in, tmp_path / "b.tar")
    before = rows_of(lived_in.house)
    with pytest.raises(Misuse, match="holds files"):
        restore(lived_in.house.settings, backup)
    settings = emptied(tmp_path / "rows", lived_in.authority)
    house = open_house(settings, clock=lived_in.clock)
    with house.writing() as unit:
        unit.session.add(AreaRow(path="zz", name="Khác", created=lived_in.now))
    house.close()
    with pytest.raises(Misuse, match="holds rows"):
        restore(settings, backup)
    assert rows_of(lived_in.house) == before
    with pytest.raises(Misuse, match="exists already"):
        kept(lived_in, backup)


@pytest.mark.parametrize("how", ["cut", "bit", "no-manifest", "foreign", "added", "not-there"])
def test_a_damaged_backup_is_found_out(lived_in: Province, tmp_path: Path, how: str) -> None:
    """Cut off, changed in one byte, without its manifest, with a part too much: named, and nothing is restored."""
    backup = kept(lived_in, tmp_path / "b.tar")
    assert check_backup(backup).tables["plays"].rows == 1
    damage(backup, how)
    with pytest.raises((BadBackup, OSError)):
        check_backup(backup)
    settings = emptied(tmp_path / "new", lived_in.authority)
    with pytest.raises((BadBackup, OSError)):
        restore(settings, backup)
    assert not (settings.data_dir / "contents").exists()


def damage(backup: Path, how: str) -> None:
    """Spoil a backup."""
    whole = backup.read_bytes()
    match how:
        case "cut":
            backup.write_bytes(whole[: len(whole) // 2])
        case "bit":
            at = whole.index(b"\x1f\x8b") + 60
            backup.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        case "foreign":
            backup.write_bytes(b"no tar file at all" * 1_000)
        case "not-there":
            backup.unlink()
        case _:
            rewrite(
                backup, drop="manifest.json" if how == "no-manifest" else "", add=how == "added"
            )


def rewrite(backup: Path, *, drop: str, add: bool) -> None:
    """Write a backup anew without one part, or with one more."""
    other = backup.with_suffix(".new")
    with tarfile.open(backup) as old, tarfile.open(other, "w") as new:
        for member in old:
            if member.name != drop:
                new.addfile(member, old.extractfile(member))
        if add:
            new.addfile(tarfile.TarInfo("data/../../evil"))
    other.replace(backup)


def test_other_keys_are_told_of(lived_in: Province, tmp_path: Path) -> None:
    """Where keys or secret are not the old ones, restoring says what holds no more."""
    settings = emptied(tmp_path / "new", Authority.make("dt", seed="another"))
    secret = tmp_path / "new" / "session.secret"
    secret.write_bytes(b"another secret, also long enough to serve")
    settings = load_settings(tmp_path / "new" / "central.toml")
    told = " ".join(restore(settings, kept(lived_in, tmp_path / "b.tar")).warnings)
    assert "session_secret_file is not" in told
    assert "schedule_key is not" in told


def test_the_chain_is_put_back_where_there_is_none(lived_in: Province, tmp_path: Path) -> None:
    """A wiped machine gets the chain of trust from the backup; one that is there is left alone."""
    backup = kept(lived_in, tmp_path / "b.tar")
    folder = lived_in.house.settings.repository
    here = [path for path in folder.rglob("*") if path.is_file()]
    assert restore_chain(backup, tmp_path / "trust") == len(here)
    assert restore_chain(backup, tmp_path / "trust") == 0


def test_no_secret_is_in_a_backup(lived_in: Province, tmp_path: Path) -> None:
    """Neither a private key nor the session secret lies in any part of it."""
    backup = kept(lived_in, tmp_path / "b.tar")
    secret = lived_in.house.settings.session_secret
    with tarfile.open(backup) as tar:
        for member in tar:
            part = tar.extractfile(member)
            assert part is not None
            data = part.read()
            if member.name.endswith(".gz"):
                data = gzip.decompress(data)
            assert secret not in data, member.name
            assert b"PRIVATE KEY" not in data, member.name


def test_a_province_moves_to_postgresql_and_back(
    lived_in: Province, tmp_path: Path, postgresql: postgres.Postgres
) -> None:
    """A backup made on one database is restored on the other, row by row the same, and back again."""
    before = rows_of(lived_in.house)
    first = kept(lived_in, tmp_path / "first.tar")
    there = emptied(tmp_path / "pg", lived_in.authority, database=postgresql.database(empty=True))
    restore(there, first)
    house = open_house(there, clock=lived_in.clock)
    assert rows_of(house) == before
    with house.writing() as unit:
        unit.session.add(
            PersonSessionRow(
                token_hash="x", person_id=1, created=lived_in.now, expires=lived_in.now
            )
        )
        row = unit.session.scalars(select(PlayRow)).one()
        unit.session.expunge(row)
    second = tmp_path / "second.tar"
    back_up(house, second, now=lived_in.now)
    house.close()
    back = emptied(tmp_path / "back", lived_in.authority, database="sqlite:///central.db")
    restore(back, second)
    house = open_house(back, clock=lived_in.clock)
    assert rows_of(house) == before
    house.close()


class Load:
    """Editors who go on working while a backup is made: what was acknowledged is noted."""

    def __init__(self, served: Served, sounds: list[Path]) -> None:
        self.served = served
        self.sounds = sounds
        self.contents: list[str] = []
        self.areas: list[str] = []
        self._over = threading.Event()
        self._threads = [threading.Thread(target=work) for work in (self._upload, self._add)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _upload(self) -> None:
        with self.served.person() as lan:
            for sound in self.sounds:
                if self._over.is_set():
                    return
                answer = lan.post(
                    "/contents",
                    params={"area": "dt"},
                    content=sound.read_bytes(),
                    headers={"x-file-name": sound.name},
                )
                assert answer.status_code == 201, answer.text
                self.contents.append(answer.json()["sha256"])

    def _add(self) -> None:
        with self.served.person() as lan:
            for number in range(10_000):
                if self._over.is_set():
                    return
                area = f"dt/ap-{number}"
                answer = lan.post("/areas", json={"path": area, "name": f"Ấp {number}"})
                assert answer.status_code == 201, answer.text
                self.areas.append(area)


@pytest.fixture
def served_alone(tmp_path: Path) -> Iterator[Served]:
    """A server of this test's own."""
    authority = Authority.make("dt", now=real_now())
    served = Served(write_site(tmp_path / "site", authority), authority)
    served.prepare()
    served.start()
    yield served
    served.stop()


@pytest.mark.timeout(400)
def test_backup_under_load_then_wipe_then_restore_loses_nothing(
    served_alone: Served, tmp_path: Path
) -> None:
    """What was acknowledged before the backup began is there after the wipe, files and all, and the log verifies."""
    served, backup = served_alone, tmp_path / "b.tar"
    sounds = [make_sound(tmp_path / f"{n}.mp3", f"sine={300 + n}:d=1") for n in range(6)]
    served.assign(COMMUNE)
    settings = load_settings(served.config)
    with Load(served, sounds) as load:
        while len(load.contents) < 2 or len(load.areas) < 5:
            assert all(thread.is_alive() for thread in load._threads)
        contents, areas = list(load.contents), list(load.areas)
        served.run("backup", "--to", str(backup))
        after = (len(load.contents), len(load.areas))
    assert after >= (len(contents), len(areas))
    assert "sound" in served.run_bare("check-backup", str(backup)).stdout
    served.stop()
    wipe(settings)
    assert "restored" in served.run("restore", "--from", str(backup)).stdout
    again = served.run_any("restore", "--from", str(backup))
    assert (again.returncode, "holds" in again.stderr) == (1, True)
    served.start()
    with served.person_anew() as lan:
        names = {area["path"] for area in lan.get("/areas").json()}
        assert set(areas) <= names
        for sha256 in contents:
            sound = lan.get(f"/contents/{sha256}/bytes")
            assert hashlib.sha256(sound.content).hexdigest() == sha256
    house = open_beside(settings, real_now)
    with house.reading() as unit:
        for row in unit.session.scalars(select(ContentRow)):
            path = house.library / row.sha256[:2] / row.sha256
            assert hashlib.sha256(path.read_bytes()).hexdigest() == row.sha256
    check_log(house, tmp_path / "audit")
    house.close()


def wipe(settings: Settings) -> None:
    """Lose the database, the library and the chain, as a dead disk does; keys and settings are kept elsewhere."""
    shutil.rmtree(settings.data_dir)
    shutil.rmtree(settings.repository)
    if settings.database.startswith("sqlite"):
        place = Path(settings.database.removeprefix("sqlite:///"))
        for file in place.parent.glob(f"{place.name}*"):
            file.unlink()
    else:
        engine = open_engine(settings.database)
        schema = MetaData()
        schema.reflect(engine)
        schema.drop_all(engine)
        engine.dispose()


def test_a_backup_of_a_past_version_is_brought_up(lived_in: Province, tmp_path: Path) -> None:
    """Rows go in at the step they were written at; the steps since are taken afterwards."""
    backup = kept(lived_in, tmp_path / "b.tar")
    manifest = check_backup(backup)
    assert manifest.revision
    settings = emptied(tmp_path / "new", lived_in.authority)
    restore(settings, backup)
    house = open_house(settings, clock=lived_in.clock)
    lived_in.clock.pass_by(timedelta(days=1))
    publish(house, "dt", who=None, now=lived_in.now)
    house.close()
