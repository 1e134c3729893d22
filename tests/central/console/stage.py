"""A province worth looking at: areas, people, appliances that report, contents, slots; all of it real papers."""

import hashlib
import math
import subprocess
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import msgspec

from central.domain.areas import Area
from central.domain.people import PersonRole
from central.domain.states import ContentState
from central.services import (
    add_person,
    device_named,
    grant,
    import_areas,
    publish,
    take_approval,
    take_assignment,
)
from central.services.reports import Acknowledged, take_reports
from contract import codec, seal
from contract.documents import (
    Assignment,
    Check,
    Daily,
    Health,
    Hours,
    Input,
    InputKind,
    Kind,
    Level,
    Live,
    LocalWarning,
    Lunar,
    Outcome,
    Play,
    Policy,
    Pull,
    Rank,
    Readiness,
    Receipt,
    Refusal,
    Report,
    Right,
    Role,
    Sha256,
    Slot,
    StaffPin,
    StreamRelay,
    Switch,
    Threshold,
    Vitals,
    Weekdays,
    Zone,
)
from contract.seal import SigningKey, device_id
from contract.testing import Authority
from tests.central.setting import PASSWORD, Province, real_now

PLACES = (
    ("dt", "Tỉnh Đồng Tháp"),
    ("dt/my-phong", "Phường Mỹ Phong"),
    ("dt/my-phong/kp-1", "Khu phố 1"),
    ("dt/my-phong/kp-2", "Khu phố 2"),
    ("dt/my-phong/ap-my-thanh", "Ấp Mỹ Thạnh"),
    ("dt/tan-hoi", "Xã Tân Hội"),
    ("dt/tan-hoi/ap-1", "Ấp 1"),
    ("dt/tan-hoi/ap-2", "Ấp 2"),
    ("dt/thoi-son", "Xã Thới Sơn"),
)
UNITS = (
    ("dt/my-phong/kp-1", "Cụm loa Chợ Mỹ Phong"),
    ("dt/my-phong/kp-2", "Cụm loa Trường Tiểu học"),
    ("dt/my-phong/ap-my-thanh", "Cụm loa Bến đò Mỹ Thạnh"),
    ("dt/tan-hoi/ap-1", "Cụm loa Nhà văn hóa Ấp 1"),
    ("dt/tan-hoi/ap-2", "Cụm loa Ngã ba Tân Hội"),
)
ZONES = (
    Zone(name="duong", title="Mặt đường", relay_pin=17),
    Zone(name="khu-dan-cu", title="Khu dân cư", relay_pin=27),
)
INPUTS = (
    Input(
        name="dien-luoi",
        title="Điện lưới",
        kind=InputKind.MAINS,
        pin=5,
        active_high=True,
        pull=Pull.DOWN,
    ),
    Input(name="cua-tu", title="Cửa tủ", kind=InputKind.DOOR, pin=6),
    Input(
        name="doc-lai-1", title="Đọc lại rơ-le 1", kind=InputKind.READ_BACK, pin=13, zone="duong"
    ),
    Input(name="nut-noi", title="Nút bấm để nói", kind=InputKind.TALK, pin=19),
)
SWITCHES = (
    Switch(
        name="quat", title="Quạt tủ", relay_pin=22, on=(Hours(start=time(9), end=time(16, 30)),)
    ),
)
STAFF = (
    StaffPin(name="Cán bộ văn hóa", verifier="$argon2id$stage", rights=tuple(Right)),
    StaffPin(name="Trực đài", verifier="$argon2id$stage"),
)
STREAM = StreamRelay(url="https://phat-song.vi-du.vn/vov1/truc-tiep.mp3")
PASSPHRASE = "mở khóa của lan"


@dataclass
class Told:
    """An appliance of the stage, and the end of its chain of reports."""

    key: SigningKey
    area: str
    name: str
    counter: int = 0
    previous: str = "0" * 64

    @property
    def device(self) -> str:
        """Return its id."""
        return device_id(self.key.public)


class Stage:
    """The province on disk, filled; close it and a real server may serve it."""

    def __init__(self, folder: Path, *, two_people: bool = False) -> None:
        now = real_now()
        thresholds = [Threshold(role=Role.EMERGENCY, area="dt", count=2)] if two_people else []
        self.authority = Authority.make("dt", now=now, thresholds=thresholds)
        self.second = self.authority.add_key(Role.EMERGENCY, holder="Chủ tịch")
        self.province = Province(folder, self.authority)
        self.units: list[Told] = []

    def fill_people(self) -> None:
        """Add the area tree and three people."""
        house, now = self.province.house, self.province.now
        with house.writing() as unit:
            areas = [Area(path=path, name=name) for path, name in PLACES]
            import_areas(unit, areas, who=None, now=now)
            for name, roles, area in (
                ("lan.nguyen", tuple(PersonRole), "dt"),
                ("chu.tich", (PersonRole.EMERGENCY, PersonRole.VIEWER), "dt"),
                ("minh.xem", (PersonRole.VIEWER,), "dt/tan-hoi"),
            ):
                add_person(unit, name, PASSWORD, who=None, now=now)
                for role in roles:
                    grant(unit, name, role, area, who=None, now=now)

    def fill_units(self) -> None:
        """Assign five appliances."""
        house, now = self.province.house, self.province.now
        for area, name in UNITS:
            told = Told(SigningKey.generate(), area, name)
            paper = Assignment(
                device=device_id(told.key.public),
                device_key=told.key.public,
                epoch=1,
                issued=now,
                name=name,
                area=area,
                zones=ZONES,
                inputs=INPUTS,
                switches=SWITCHES,
                policy=Policy(max_minutes_per_session=60),
                staff=STAFF,
            )
            with house.writing() as unit:
                take_assignment(
                    unit, self.authority.seal(Kind.ASSIGNMENT, paper), who=None, now=now
                )
            self.units.append(told)

    def fill_programme(self, folder: Path) -> list[ContentState]:
        """Put three sounds in the library and a week of slots, and publish them."""
        contents = [
            self.province.sound(
                make_speechlike(folder / f"{name}.mp3", seconds, pitch),
                approved_for="dt" if approved else None,
                title=title,
            )
            for name, seconds, pitch, title, approved in (
                ("sang", 95, 180, "Bản tin sáng: lịch lấy nước và tiêm chủng", True),
                ("nhac", 40, 320, "Nhạc hiệu đài truyền thanh", True),
                ("phap-luat", 70, 210, "Tìm hiểu pháp luật: Luật Đất đai", False),
            )
        ]
        news, jingle, _ = contents
        self._slot("s-sang", "Bản tin sáng", time(5, 30), 1_800, (jingle, news), loop=True)
        self._slot("s-chieu", "Bản tin chiều", time(17, 0), 2_700, (jingle, news), loop=True)
        weekdays = Weekdays(days=frozenset({1, 3, 5}))
        self._slot(
            "s-uutien",
            "Thông báo tiêm chủng",
            time(17, 15),
            900,
            (news,),
            loop=True,
            level=Level.PRIORITY,
            recurrence=weekdays,
        )
        self._slot("s-dem", "Nhạc buổi tối", time(20, 30), 3_600, (jingle,), loop=True)
        self._slot(
            "s-ram",
            "Phát thanh rằm",
            time(6, 30),
            1_200,
            (news,),
            recurrence=Lunar(days=frozenset({1, 15})),
        )
        self._slot(
            "s-thoisu", "Tiếp sóng thời sự 18 giờ", time(18, 0), 1_800, (jingle,), live=STREAM
        )
        signed = self.authority.approve(STREAM.approved_as, "dt")
        with self.province.house.writing() as unit:
            take_approval(unit, signed, who=None, now=self.province.now)
        publish(self.province.house, "dt", who=None, now=self.province.now)
        return contents

    def _slot(  # the parts of a slot that differ
        self,
        slot_id: str,
        title: str,
        start: time,
        window_s: int,
        items: tuple[ContentState, ...],
        *,
        loop: bool = False,
        live: Live | None = None,
        level: Level = Level.NORMAL,
        recurrence: Daily | Weekdays | Lunar | None = None,
    ) -> None:
        self.province.slot(
            Slot(
                id=slot_id,
                title=title,
                recurrence=recurrence or Daily(),
                start=start,
                window_s=window_s,
                items=tuple(Sha256(item.sha256) for item in items),
                loop=loop,
                live=live,
                level=level,
                volume_pct=80,
            ),
            "dt",
        )

    def report(
        self,
        told: Told,
        *,
        plays: tuple[Play, ...] = (),
        refusals: tuple[Refusal, ...] = (),
        receipts: tuple[Receipt, ...] = (),
        readiness: tuple[Readiness, ...] = (),
        warnings: tuple[LocalWarning, ...] = (),
        health: Health | None = None,
        at: datetime | None = None,
    ) -> None:
        """Have an appliance tell something, sealed and chained as the real one does."""
        now = at or self.province.now
        told.counter += 1
        report = Report(
            device=device_id(told.key.public),
            counter=told.counter,
            previous_sha256=Sha256(told.previous),
            issued=now,
            plays=plays,
            refusals=refusals,
            receipts=receipts,
            readiness=readiness,
            warnings=warnings,
            health=health,
        )
        payload = codec.encode(report)
        told.previous = hashlib.sha256(payload).hexdigest()
        envelope = seal.seal(Kind.REPORT, payload, [told.key])
        (answer,) = take_reports(self.province.house, [(told.device, envelope)], now=now)
        assert isinstance(answer, Acknowledged), answer

    def fill_reports(self) -> None:
        """Let four appliances report in four different moods; the fifth never came."""
        now = self.province.now
        market, school, ferry, hall, _ = self.units
        morning = now - timedelta(hours=3)
        self.report(
            market,
            plays=(
                play("Bản tin sáng: lịch lấy nước và tiêm chủng", morning, 1_800, 1_796, -14.2),
            ),
            receipts=(ready(now, 1),),
            readiness=(looked(now, now + timedelta(minutes=25)),),
            health=health(
                now, Rank.NORMAL, why="Bản tin sáng, khung 05:30–06:00", zones=("duong",)
            ),
        )
        self.report(
            school,
            plays=(
                play(
                    "Bản tin sáng: lịch lấy nước và tiêm chủng",
                    morning,
                    1_800,
                    1_120,
                    -22.8,
                    why="Mất điện lúc 05:48, có lại lúc 06:02",
                ),
            ),
            refusals=(
                Refusal(
                    at=now - timedelta(hours=2),
                    what="Nhạc buổi tối",
                    code="quiet-hours",
                    why="Giờ yên tĩnh từ 21:00 đến 05:30.",
                ),
            ),
            receipts=(ready(now, 1),),
            readiness=(
                looked(now - timedelta(days=1), now - timedelta(days=1), of="test"),
                looked(now, now + timedelta(minutes=25)),
            ),
            health=health(now, Rank.SILENCE, vitals=WARM),
        )
        self.report(
            ferry,
            plays=(
                play(
                    "Bản tin sáng: lịch lấy nước và tiêm chủng",
                    morning,
                    1_800,
                    0,
                    None,
                    why="Không đo được tiếng ở đầu ra",
                ),
            ),
            receipts=(ready(now, 1),),
            readiness=(
                looked(now, now + timedelta(minutes=25), *FAILED),
                looked(now - timedelta(hours=2), now - timedelta(hours=2), *FAILED, of="test"),
            ),
            health=troubled(now),
        )
        self.report(
            hall,
            plays=(
                play("Bản tin sáng: lịch lấy nước và tiêm chủng", morning, 1_800, 1_799, -15.0),
            ),
            health=health(now - timedelta(hours=1), Rank.SILENCE),
            at=now - timedelta(hours=1),
        )

    def fresh(self) -> None:
        """Have the living appliances report again, so that they are not taken for lost."""
        now = real_now()
        for told, on_air, zones, sound_path_ok in (
            (self.units[0], Rank.NORMAL, ("duong",), True),
            (self.units[1], Rank.SILENCE, (), True),
            (self.units[2], Rank.SILENCE, (), False),
        ):
            with self.province.house.reading() as unit:
                version = device_named(unit, told.device, now=now).version
            state = health(now, on_air, zones=zones, version=version, vitals=WARM)
            if not sound_path_ok:
                state = troubled(now, version)
            self.report(told, receipts=(ready(now, version),), health=state, at=now)

    def key_file(self, path: Path, key: SigningKey | None = None, passphrase: str = "") -> Path:
        """Write a person's key file, encrypted where a passphrase is given."""
        chosen = key or self.person_key()
        path.write_bytes(chosen.to_pem(passphrase.encode() or None))
        return path

    def person_key(self) -> SigningKey:
        """Return one key that may approve and raise alarms, entered into the keyring."""
        if not hasattr(self, "_person_key"):
            key = self.authority.add_key(Role.APPROVE, holder="Nguyễn Thị Lan")
            self.authority.add_key(Role.EMERGENCY, holder="Nguyễn Thị Lan", key=key)
            self.province.keep_keyring()
            self._person_key = key
        return self._person_key


def play(
    title: str,
    started: datetime,
    asked_s: int,
    sounded_s: int,
    level_dbfs: float | None,
    *,
    why: str = "",
    key: str = "",
    rank: Rank = Rank.NORMAL,
) -> Play:
    """Return the record of one play."""
    whole = sounded_s >= asked_s * 0.98
    outcome = Outcome.SOUNDED if whole else Outcome.PARTLY if sounded_s else Outcome.SILENT
    return Play(
        key=key or f"s-sang/{started:%Y%m%dT%H%M%SZ}/0",
        source="content",
        title=title,
        rank=rank,
        zones=("duong",),
        started=started,
        asked_ms=asked_s * 1_000,
        sounded_ms=sounded_s * 1_000,
        outcome=outcome,
        onset_error_ms=21.0 if sounded_s else None,
        level_dbfs=level_dbfs,
        heard_pct=None if level_dbfs is None else 41 if outcome is Outcome.PARTLY else 97,
        why=why,
    )


def ready(at: datetime, version: int) -> Receipt:
    """Return the receipt of a programme that is ready."""
    return Receipt(at=at, kind=Kind.PROGRAMME, id=str(version), state="ready")


WELL = Vitals(
    temperature_c=52.4,
    under_voltage=False,
    under_voltage_since_start=False,
    throttled=False,
    card_worn_pct=12,
    file_system_errors=0,
    memory_free_bytes=412_000_000,
    load_1min=0.3,
    clock_error_ms=3.0,
    link="cellular",
    signal_pct=68,
)
WARM = msgspec.structs.replace(WELL, temperature_c=73.1, under_voltage_since_start=True)
FAILED = (
    Check(name="sound-path", ok=False, why="Không thấy thiết bị âm thanh USB: cắm lại dây."),
    Check(name="mains", ok=False, why="Mất điện lưới: đang chạy bằng nguồn dự phòng."),
    Check(name="zone-duong", ok=False, why="Mặt đường: rơ-le không đóng; kiểm tra dây."),
)


def looked(at: datetime, starts: datetime, *amiss: Check, of: str = "slot/s-chieu") -> Readiness:
    """Return what an appliance found: all is well but for `amiss`."""
    names = ("clock", "contents", "policy", "relays", "amplifier", "storage", "power", "central")
    good = tuple(Check(name=name, ok=True) for name in names)
    title = "Tự kiểm tra" if of == "test" else "Bản tin chiều"
    return Readiness(at=at, of=of, title=title, starts=starts, checks=(*good, *amiss))


def troubled(at: datetime, version: int = 1) -> Health:
    """Return how an appliance is that has lost its mains and its sound, with its cabinet open."""
    vitals = msgspec.structs.replace(
        WELL, temperature_c=81.6, under_voltage=True, card_worn_pct=None, signal_pct=14
    )
    return msgspec.structs.replace(
        health(at, Rank.SILENCE, sound_path_ok=False, version=version, vitals=vitals),
        mains=False,
        alarms=("Cửa tủ",),
        faults=("player: không mở được thiết bị âm thanh",),
    )


def health(
    at: datetime,
    on_air: Rank,
    *,
    why: str = "",
    zones: tuple[str, ...] = (),
    sound_path_ok: bool = True,
    version: int = 1,
    vitals: Vitals = WELL,
) -> Health:
    """Return how an appliance is."""
    return Health(
        at=at,
        uptime_s=86_400,
        clock="trusted",
        on_air=on_air,
        why=why,
        volume_pct=80,
        zones_on=zones,
        programme_version=version,
        programme_stale=False,
        contents_missing=0,
        sound_path_ok=sound_path_ok,
        storage_free_bytes=21_300_000_000,
        software="tienglang 0.1.0",
        vitals=vitals,
        mains=True,
        neighbours=2,
        minutes_today=48.0,
    )


def make_speechlike(path: Path, seconds: int, pitch_hz: int) -> Path:
    """Make a sound with the rise and fall of speech, as an MP3."""
    syllables = f"(0.35+0.65*abs(sin({math.pi:.4f}*t*1.7)))*(0.25+0.75*abs(sin({math.pi:.4f}*t/7)))"
    source = f"aevalsrc='0.5*{syllables}*sin(2*PI*{pitch_hz}*t)':s=22050:d={seconds}"
    command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", source, "-b:a", "48k", str(path)]
    subprocess.run(command, check=True, timeout=60)
    return path


def monday(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())
