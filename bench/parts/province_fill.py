"""Puts the rows of a province where they belong: people, areas and appliances by their verbs, the rest in bulk."""

import hashlib
import time as clock
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import TypeVar

import msgspec
from sqlalchemy import Connection, insert, text

from bench.parts import province_rows as rows
from central.db.broadcast import AnnouncementRow, ContentRow
from central.db.fleet import DeviceRow, PlayRow, ReceiptRow, RefusalRow
from central.db.library import SheetRow
from central.db.people import AuditRow
from central.domain.people import PersonRole
from central.domain.tally import DAY, day_of
from central.services import (
    House,
    add_person,
    create_slot,
    grant,
    import_areas,
    publish,
    take_approval,
)
from central.services.care import fill_missing
from contract import codec, seal
from contract.area import is_at_or_below
from contract.documents import (
    Announcement,
    Daily,
    Health,
    Kind,
    Rank,
    Sha256,
    Slot,
    Status,
    StreamRelay,
    Vitals,
)
from contract.seal import device_id
from contract.testing import Authority, device_key

PASSWORD = "mật khẩu đủ dài"  # noqa: S105  of people who exist in the bench alone
T = TypeVar("T")
_DROPPED = (
    "ix_plays_started_id",
    "ix_plays_area_started",
    "ix_plays_device_started",
    "ix_plays_source_started",
    "ix_plays_started_short",
    "ix_plays_started_urgent",
)


def pieces(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Yield the items so many at a time."""
    for first in range(0, len(items), size):
        yield items[first : first + size]


class Filling:
    """A province under way, of `communes`, `devices`, `years` and `plays`."""

    def __init__(
        self,
        house: House,
        authority: Authority,
        size: tuple[int, int, int, int],
        seed: int,
        marks: Path,
    ) -> None:
        self.marks = marks
        self.house = house
        self.authority = authority
        self.communes, self.devices, self.years, self.plays = size
        self.seed = seed
        self.now = house.clock()
        self.today = day_of(self.now)
        self.tree = rows.areas(self.communes, seed)
        self.keys = [device_key(f"province:{seed}:{n}") for n in range(self.devices)]
        ids = [device_id(key.public) for key in self.keys]
        self.appliances = rows.spread(ids, self.tree, seed)
        self.news = rows.sheets(self.tree, self.today, self.years, seed)

    def fill(self) -> None:
        """Fill what is not filled yet, saying how long each part took; one that is broken off begins anew."""
        for part in (
            self.people,
            self.fleet,
            self.library,
            self.programmes,
            self.all_plays,
            self.tally,
            self.emergencies,
            self.receipts,
            self.rest,
        ):
            mark = self.marks / f"filled-{part.__name__}"
            if mark.exists():
                continue
            began = clock.monotonic()
            part()
            mark.touch()
            print(f"filled {part.__name__:<12} {clock.monotonic() - began:8.1f} s", flush=True)

    def people(self) -> None:
        """Add the tree, a reader of the province, one of a commune, and an administrator."""
        commune = self.tree[1].path
        with self.house.writing() as unit:
            import_areas(unit, self.tree, who=None, now=self.now)
            for name, role, area in (
                ("tinh", PersonRole.EDITOR, "dt"),
                ("xa", PersonRole.EDITOR, commune),
                ("lap-dat", PersonRole.TECHNICIAN, "dt"),
                ("quan-tri", PersonRole.ADMINISTRATOR, "dt"),
            ):
                add_person(unit, name, PASSWORD, who=None, now=self.now)
                grant(unit, name, role, area, who=None, now=self.now)

    def fleet(self) -> None:
        """Enter every appliance with its sealed assignment and a health: one in fifty is lost, some have no sound."""
        found = []
        for n, (key, place) in enumerate(zip(self.keys, self.appliances, strict=True)):
            name = f"Cụm loa {n + 1}"
            paper = self.authority.assign(key.public, place.area, name=name)
            seen = self.now - timedelta(seconds=n % 240 if n % 50 else 86_400)
            health = _health(seen, Rank.NORMAL if n % 3 else Rank.SILENCE, sounds=n % 97 > 0)
            found.append(
                {"id": place.id, "public_key": key.public, "name": name, "area": place.area, "epoch": 1,
                 "time_zone": "Asia/Ho_Chi_Minh", "zones": ["duong"], "assignment": paper,
                 "assignment_etag": hashlib.sha256(paper).hexdigest(), "assigned": self.now,
                 "last_seen": seen, "health": msgspec.json.encode(health), "health_at": seen}
            )  # fmt: skip
        for some in pieces(found, 1_000):
            with self.house.writing() as unit:
                unit.session.execute(insert(DeviceRow), list(some))
        fill_missing(self.house)

    def library(self) -> None:
        """Enter three years of bulletins with their sheets."""
        contents, sheets = [], []
        for sheet in (sheet for found in self.news.values() for sheet in found):
            at = datetime.combine(sheet.made, time(8), UTC)
            contents.append(_content(sheet, at))
            sheets.append(_sheet(sheet, at))
        with self.house.writing() as unit:
            for table, found in ((ContentRow, contents), (SheetRow, sheets)):
                for some in pieces(found, 2_000):
                    unit.session.execute(insert(table), list(some))

    def programmes(self) -> None:
        """Plan a relay for the province and two sessions for each commune, and publish: 10,000 programmes."""
        relay = StreamRelay(url=rows.STREAM.removeprefix("stream:"))
        newest = [(Sha256(found[-1].sha256), commune) for commune, found in self.news.items()]
        with self.house.writing() as unit:
            live = Slot(
                id="tiep-song", title="Tiếp sóng thời sự", recurrence=Daily(), start=time(5, 0),
                window_s=1_800, live=relay,
            )  # fmt: skip
            create_slot(unit, "dt", live, who=None, now=self.now)
            for number, (commune, found) in enumerate(self.news.items()):
                for hour in (11, 17):
                    slot = Slot(
                        id=f"xa{number}-{hour}",
                        title="Bản tin xã",
                        recurrence=Daily(),
                        start=time(hour, 0),
                        window_s=1_200,
                        items=(Sha256(found[-1].sha256),),
                    )
                    create_slot(unit, commune, slot, who=None, now=self.now)
        with self.house.writing() as unit:
            for sha256, area in ((relay.approved_as, "dt"), *newest):
                paper = self.authority.approve(sha256, area)
                take_approval(unit, paper, who=None, now=self.now)
        began = clock.monotonic()
        done = publish(self.house, "dt", who=None, now=self.now)
        took_s = clock.monotonic() - began
        print(f"  published {done.changed} programmes in {took_s:.1f} s", flush=True)

    def all_plays(self) -> None:
        """Copy every play in; the indexes are made afterwards."""
        days = 365 * self.years
        each = self.plays / days / self.devices
        postgresql = self.house.engine.dialect.name == "postgresql"
        made = {i.name: i for i in PlayRow.metadata.tables["plays"].indexes if i.name in _DROPPED}
        with self.house.engine.begin() as connection:
            for name in made:
                connection.execute(text(f"drop index {name}"))
        for back in range(days, 0, -1):
            day = self.today - back * DAY
            lines = rows.plays_of_day(day, each, self.appliances, self.news, self.seed)
            with self.house.engine.begin() as connection:
                if postgresql:
                    _copied(connection, lines)
                else:
                    _inserted(connection, lines)
        with self.house.engine.begin() as connection:
            for index in made.values():
                index.create(connection)

    def tally(self) -> None:
        """Count in the database itself what the verbs would have counted play by play."""
        if self.house.engine.dialect.name != "postgresql":
            from central.services.tally_recount import rebuild  # noqa: PLC0415

            first = self.today - 365 * self.years * DAY
            rebuild(self.house, first, self.today, who=None, now=self.now)
            return
        with self.house.engine.begin() as connection:
            for statement in TALLY.split(";"):
                if statement.strip():
                    connection.execute(text(statement))

    def emergencies(self) -> None:
        """Enter a drill of the province each month, its four real warnings a year, and five of each commune."""
        days = 365 * self.years
        whole = [(day, "dt", Status.EXERCISE) for day in range(5, days, 30)]
        whole += [(day, "dt", Status.ACTUAL) for day in range(40, days, 91)]
        own = [
            (days * (5 * n + time_) // (5 * self.communes), place.path, Status.ACTUAL)
            for n, place in enumerate(area for area in self.tree if area.path.count("/") == 1)
            for time_ in range(5)
        ]
        told: list[dict[str, object]] = []
        for day, area, status in sorted(whole + own, key=lambda one: one[0], reverse=True):
            sent = self.now - timedelta(days=day + 1)
            paper = self.authority.announce([area], sent=sent, status=status)
            found = codec.decode(Kind.ANNOUNCEMENT, seal.read_envelope(paper).payload)
            assert isinstance(found, Announcement)
            with self.house.writing() as unit:
                unit.session.add(
                    AnnouncementRow(
                        id=found.id, payload_sha256=seal.read_envelope(paper).payload_sha256, envelope=paper,
                        message="Alert", status=status.value, event="Lũ", headline="Cảnh báo lũ", areas=[area],
                        sent=sent, expires=found.expires, state="over", content_sha256s=[], taken=sent,
                        taken_by="tinh", ended=found.expires,
                    )
                )  # fmt: skip
            told += [
                {"device": place.id, "at": sent, "kind": "announcement", "document": found.id, "state": state}
                for place in self.appliances
                if is_at_or_below(place.area, area)
                for state in ("verified", "sounding")
            ]  # fmt: skip
        self._receipts(iter(told))

    def receipts(self) -> None:
        """Have each appliance say every other week for three years that it verified and has its new programme."""
        self._receipts(
            {"device": place.id, "at": self.now - timedelta(days=14 * n), "kind": "programme",
             "document": f"{26 * self.years - n}", "state": state}
            for n in range(26 * self.years, -1, -1)
            for place in self.appliances
            for state in ("verified", "ready")
        )  # fmt: skip

    def _receipts(self, told: Iterator[dict[str, object]]) -> None:
        while some := list(islice(told, 20_000)):
            with self.house.writing() as unit:
                unit.session.execute(insert(ReceiptRow), some)

    def rest(self) -> None:
        """Add refusals and an audit log of some size, and let the database look at its tables."""
        dice = range(self.devices * 10)
        refusals = [
            {"device": self.appliances[n % self.devices].id, "at": self.now - timedelta(minutes=7 * n),
             "what": "Nhạc buổi tối", "code": "quiet-hours", "why": "Giờ yên tĩnh từ 21:00 đến 05:30."}
            for n in dice
        ]  # fmt: skip
        audit = [
            {"at": self.now - timedelta(minutes=5 * n), "who": "tinh", "verb": "change-slot",
             "what": f"khung giờ {n}", "area": self.tree[n % len(self.tree)].path}
            for n in dice
        ]  # fmt: skip
        with self.house.writing() as unit:
            for table, found in ((RefusalRow, refusals), (AuditRow, audit)):
                for some in pieces(found, 5_000):
                    unit.session.execute(insert(table), list(some))
        analyze = "vacuum analyze" if self.house.engine.dialect.name == "postgresql" else "analyze"
        with self.house.engine.connect() as connection:
            options = connection.execution_options(isolation_level="AUTOCOMMIT")
            options.execute(text(analyze))


def _copied(connection: Connection, lines: Iterator[rows.PlayLine]) -> None:
    driver = connection.connection.driver_connection
    assert driver is not None
    with (
        driver.cursor() as cursor,
        cursor.copy(f"copy plays ({', '.join(rows.COLUMNS)}) from stdin") as copy,
    ):
        for line in lines:
            copy.write_row(line)


def _inserted(connection: Connection, lines: Iterator[rows.PlayLine]) -> None:
    columns = ", ".join(rows.COLUMNS)
    marks = ", ".join("?" for _ in rows.COLUMNS)
    cursor = connection.connection.cursor()
    spelled = (line._replace(started=f"{line.started:%Y-%m-%d %H:%M:%S.%f}") for line in lines)  # type: ignore[arg-type]
    into = f"insert into plays ({columns}) values ({marks})"  # noqa: S608  our own names
    cursor.executemany(into, list(spelled))


def _content(sheet: rows.Sheet, at: datetime) -> dict[str, object]:
    return {
        "sha256": sheet.sha256, "title": sheet.title, "file_name": "tin.mp3", "area": sheet.area,
        "size_bytes": 4_800_000, "duration_ms": 600_000, "mime": "audio/mpeg", "codec": "mp3",
        "loudness_lufs": -18.0, "peak_dbfs": -1.0, "gain_db": 0.0, "uploaded": at, "uploaded_by": "xa",
    }  # fmt: skip


def _sheet(sheet: rows.Sheet, at: datetime) -> dict[str, object]:
    return {
        "sha256": sheet.sha256, "kind": "audio", "made": "upload", "field": sheet.field, "topics": [],
        "priority": "normal", "author": "", "department": "", "source": "", "summary": "", "tags": [],
        "text": "", "checks": b"[]", "changed": at, "changed_by": "xa",
    }  # fmt: skip


def _health(at: datetime, on_air: Rank, *, sounds: bool) -> Health:
    return Health(
        at=at, uptime_s=86_400, clock="trusted", on_air=on_air, why="", volume_pct=80, zones_on=(),
        programme_version=1, programme_stale=False, contents_missing=0, sound_path_ok=sounds,
        storage_free_bytes=21_000_000_000, software="tienglang 0.1.0", vitals=Vitals(), mains=True,
    )  # fmt: skip


TALLY = """
create temp table lineages on commit drop as
  select a.area, array_to_string(p.parts[1:n], '/') collate "C" as above
  from (select distinct area from plays) a
  cross join lateral (select string_to_array(a.area, '/') as parts) p
  cross join lateral generate_series(1, cardinality(p.parts)) n;
create temp table days on commit drop as
  select area, device, source, field, rank, outcome, reason,
    (started at time zone 'Asia/Ho_Chi_Minh')::date as day, max(title) as title, count(*) as plays,
    sum(asked_ms) as asked_ms, sum(sounded_ms) as sounded_ms,
    sum(case when heard_pct is null then 0 else sounded_ms end) as listened_ms,
    sum(case when heard_pct is null then 0 else sounded_ms * heard_pct / 100 end) as heard_ms
  from plays group by 1, 2, 3, 4, 5, 6, 7, 8;
create temp table kinds on commit drop as
  select l.above as area, day, field, rank, outcome, reason, sum(plays) as plays, sum(asked_ms) as asked_ms,
    sum(sounded_ms) as sounded_ms, sum(listened_ms) as listened_ms, sum(heard_ms) as heard_ms
  from days join lineages l using (area) group by 1, 2, 3, 4, 5, 6;
insert into tally select area, 'd', day, field, rank, outcome, reason, plays, asked_ms, sounded_ms, listened_ms,
  heard_ms from kinds;
insert into tally select area, 'm', date_trunc('month', day)::date, field, rank, outcome, reason, sum(plays),
  sum(asked_ms), sum(sounded_ms), sum(listened_ms), sum(heard_ms) from kinds group by 1, 3, 4, 5, 6, 7;
insert into tally select area, upper(span), day, 0, 0, outcome, '', sum(plays), sum(asked_ms), sum(sounded_ms),
  sum(listened_ms), sum(heard_ms) from tally group by 1, 2, 3, 6;
create temp table played on commit drop as
  select l.above as area, day, source, max(title) as title, sum(plays) as plays,
    sum(case when outcome = 'sounded' then plays else 0 end) as whole, sum(asked_ms) as asked_ms,
    sum(sounded_ms) as sounded_ms
  from days join lineages l using (area) group by 1, 2, 3;
insert into tally_contents select area, 'd', day, source, title, plays, whole, asked_ms, sounded_ms from played;
insert into tally_contents select area, 'm', date_trunc('month', day)::date, source, max(title), sum(plays),
  sum(whole), sum(asked_ms), sum(sounded_ms) from played group by 1, 3, 4;
insert into tally_devices select 'm', date_trunc('month', day)::date, area, device, sum(plays),
  sum(case when outcome = 'sounded' then 0 else plays end), sum(asked_ms), sum(sounded_ms)
  from days group by 1, 2, 3, 4;
insert into tally_devices select 'y', date_trunc('year', day)::date, area, device, sum(plays), sum(short),
  sum(asked_ms), sum(sounded_ms) from tally_devices group by 1, 2, 3, 4;
insert into tally_days (day) select distinct day from days;
insert into missed_windows (device, area, "window", title, starts, planned_ms, cause)
  select distinct on (device, split_part(key, '/', 2) || '/' || split_part(key, '/', 3)) device, area,
    split_part(key, '/', 2) || 'x/' || split_part(key, '/', 3), title, started, asked_ms,
    (array['lost', 'untold', 'not-ready', 'never'])[1 + id % 4]
  from plays where id % 61 = 0;
create temp table lacking on commit drop as
  select l.above as area, (m.starts at time zone 'Asia/Ho_Chi_Minh')::date as day, count(*) as missed
  from missed_windows m join lineages l using (area) group by 1, 2;
create temp table windows on commit drop as
  select k.area, k.day, sum(k.plays) + coalesce(max(l.missed), 0) as windows, coalesce(max(l.missed), 0) as missed
  from kinds k left join lacking l on l.area = k.area and l.day = k.day group by 1, 2;
insert into tally_planned select area, 'd', day, windows, missed from windows;
insert into tally_planned select area, 'm', date_trunc('month', day)::date, sum(windows), sum(missed)
  from windows group by 1, 3
"""
