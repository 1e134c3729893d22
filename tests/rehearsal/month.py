"""A month of a commune: what is planned, what is forbidden, and who sounds what.

Law of the room: tables. The days on which a slot is due are written down here a second time, by hand, so that the
oracle asks no calendar of ours: the rehearsal begins on Sunday 22 November 2026; rằm is 23 November, mùng 1 is
9 December.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final

from contract.documents import (
    AfterBreak,
    Assignment,
    Content,
    Daily,
    DeviceId,
    Input,
    InputKind,
    LateRule,
    Level,
    Lunar,
    Policy,
    PublicKey,
    QuietHours,
    Recurrence,
    Sha256,
    Slot,
    StreamRelay,
    VolumeCap,
    Weekdays,
    Zone,
)

BEGINS: Final = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)  # Sunday 00:00 in Việt Nam
VIET_NAM: Final = timezone(timedelta(hours=7))
AREA: Final = "dt/my-phong/ap-1"
STREAM: Final = "http://tiep-song.example.vn/vov1.mp3"
ZONES: Final = (
    Zone(name="cho", title="Chợ", relay_pin=17, warm_up_ms=500, tail_ms=400),
    Zone(name="dinh", title="Đình", relay_pin=27, warm_up_ms=800, tail_ms=400),
    Zone(name="kinh", title="Kênh", relay_pin=22, warm_up_ms=300, tail_ms=600, min_on_ms=2_000),
)
INPUTS: Final = (
    *(
        Input(
            name=f"doc-{z.name}",
            title=f"Đọc {z.title}",
            kind=InputKind.READ_BACK,
            pin=n,
            zone=z.name,
        )
        for n, z in enumerate(ZONES, 4)
    ),
    Input(name="loi", title="Lỗi tăng âm", kind=InputKind.AMPLIFIER_FAULT, pin=10, zone="cho"),
    Input(name="dien", title="Điện lưới", kind=InputKind.MAINS, pin=11),
    Input(name="cua", title="Cửa tủ", kind=InputKind.DOOR, pin=12),
    Input(name="noi", title="Nút nói", kind=InputKind.TALK, pin=13),
    Input(name="tat", title="Nút tắt", kind=InputKind.HUSH, pin=14),
)
CAPS: Final = (
    VolumeCap(start=time(4, 0), end=time(6, 0), max_pct=50),
    VolumeCap(start=time(18, 0), end=time(21, 0), max_pct=70),
)
QUOTA_DAY_MIN: Final = 150
QUOTA_SESSION_MIN: Final = 45
NEW_POLICY_DAY: Final = 9  # from then on quiet hours end half an hour later, over the 5:00 bulletin


def policy(day: int) -> Policy:
    """Return what the commune forbids from this day of the month on."""
    ends = time(5, 0) if day < NEW_POLICY_DAY else time(5, 30)
    return Policy(
        quiet=(QuietHours(start=time(21, 0), end=ends),),
        max_minutes_per_day=QUOTA_DAY_MIN,
        max_minutes_per_session=QUOTA_SESSION_MIN,
        volume_caps=CAPS,
        emergency_cap_pct=95,
    )


def sha(number: int) -> Sha256:
    """Return the name of content `number`."""
    return Sha256(hashlib.sha256(f"content {number}".encode()).hexdigest())


# number → minutes and title; 9 is approved and cannot be played by any engine, 20 belongs to a warning
CONTENTS: Final[dict[int, tuple[float, str]]] = {
    1: (12.0, "Thời sự sáng"),
    2: (6.0, "Nông vụ"),
    3: (9.0, "Tin xã"),
    4: (4.0, "Nhạc hiệu"),
    5: (15.0, "Thời sự chiều"),
    6: (3.0, "Lịch tiêm chủng"),
    7: (8.0, "Chuyện pháp luật"),
    8: (10.0, "Nhạc chờ"),
    9: (5.0, "Tệp hỏng đã duyệt"),
    10: (2.0, "Giờ lấy nước"),
    20: (0.5, "Lời cảnh báo thu sẵn"),
}
GARBAGE: Final = 9
WARNING_WORDS: Final = 20


def content(number: int) -> Content:
    """Return content `number` as a programme lists it."""
    minutes, title = CONTENTS[number]
    return Content(
        sha256=sha(number),
        size_bytes=10_000 * number,
        duration_ms=round(minutes * 60_000),
        mime="audio/mpeg",
        title=title,
    )


@dataclass(frozen=True)
class Rule:
    """One slot of the month: its place in the week in words the oracle understands too."""

    id: str
    title: str
    start: time
    window_min: int
    items: tuple[int, ...]
    weekdays: frozenset[int] = frozenset(range(1, 8))
    dates: frozenset[date] = frozenset()  # a lunar rule's days, by hand
    lunar: frozenset[int] = frozenset()
    live: bool = False
    level: Level = Level.NORMAL
    order: int = 500
    late: LateRule = LateRule.JOIN
    after_break: AfterBreak = AfterBreak.JOIN
    rounds: int = 1
    gap_s: int = 0
    loop: bool = False
    zones: tuple[str, ...] = ()
    volume_pct: int = 100

    def slot(self) -> Slot:
        """Return it as a programme says it."""
        recurrence: Recurrence = Daily()
        if self.lunar:
            recurrence = Lunar(days=self.lunar)
        elif len(self.weekdays) < 7:
            recurrence = Weekdays(days=self.weekdays)
        return Slot(
            id=self.id,
            title=self.title,
            recurrence=recurrence,
            start=self.start,
            window_s=self.window_min * 60,
            items=tuple(sha(n) for n in self.items),
            live=StreamRelay(url=STREAM) if self.live else None,
            level=self.level,
            order=self.order,
            late=self.late,
            after_break=self.after_break,
            repeat_count=self.rounds,
            gap_s=self.gap_s,
            loop=self.loop,
            zones=self.zones,
            volume_pct=self.volume_pct,
        )

    def due_on(self, day: date) -> bool:
        """Return whether it is due on this date."""
        return day in self.dates if self.lunar else day.isoweekday() in self.weekdays

    def meant_s(self) -> float:
        """Return how long it is meant to sound."""
        window_s = self.window_min * 60.0
        if self.live or self.loop:
            return window_s
        minutes = sum(CONTENTS[n][0] for n in self.items)
        return min(window_s, minutes * 60 * self.rounds)


RAM_MUNG_MOT: Final = frozenset({date(2026, 11, 23), date(2026, 12, 9)})
RULES: Final = (
    Rule("sang", "Bản tin sáng", time(5, 0), 30, (4, 1, 2), after_break=AfterBreak.RESUME),
    Rule("chieu", "Bản tin chiều", time(17, 0), 35, (4, 5, 3, 2), after_break=AfterBreak.RESTART),
    Rule(
        "tiep-song",
        "Tiếp sóng Đài Tiếng nói",
        time(6, 0),
        20,
        (8,),
        live=True,
        after_break=AfterBreak.JOIN,
        volume_pct=80,
    ),
    Rule(
        "uu-tien",
        "Lịch tiêm chủng",
        time(17, 10),
        4,
        (6,),
        weekdays=frozenset({1, 3, 5}),
        level=Level.PRIORITY,
        order=2,
        late=LateRule.WHOLE,
    ),
    Rule(
        "nuoc",
        "Giờ lấy nước",
        time(17, 12),
        3,
        (10,),
        weekdays=frozenset({3}),
        level=Level.PRIORITY,
        order=1,
        late=LateRule.SKIP,
        zones=("cho", "kinh"),
    ),
    Rule(
        "tuan",
        "Chuyện pháp luật",
        time(9, 0),
        20,
        (7, 7),
        weekdays=frozenset({7}),
        late=LateRule.WHOLE,
    ),
    Rule("hong", "Chuyên mục có tệp hỏng", time(10, 30), 20, (9, 3), weekdays=frozenset({2, 4})),
    Rule(
        "ram",
        "Nhắc mùng một và rằm",
        time(7, 0),
        15,
        (6,),
        dates=RAM_MUNG_MOT,
        lunar=frozenset({1, 15}),
        rounds=2,
        gap_s=300,
        zones=("dinh",),
    ),
    Rule("khuya", "Lịch đặt nhầm giờ", time(20, 50), 25, (8,), weekdays=frozenset({6}), loop=True),
)


def local(instant: datetime) -> datetime:
    """Return an instant as the commune's clocks show it."""
    return instant.astimezone(VIET_NAM)


def instant_of(day: date, at: time) -> datetime:
    """Return the instant of a wall time of the commune."""
    return datetime.combine(day, at, VIET_NAM)


def assignment(
    device: DeviceId, key: PublicKey, epoch: int, issued: datetime, day: int
) -> Assignment:
    """Return the paper of the cluster as it stands on a day of the month."""
    return Assignment(
        device=device,
        device_key=key,
        epoch=epoch,
        issued=issued,
        name="Cụm loa ấp 1",
        area=AREA,
        zones=ZONES,
        inputs=INPUTS,
        policy=policy(day),
    )
