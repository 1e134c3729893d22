"""A shop for the local page: a real reactor over the real `decide`, with a clock set by hand.

Only the loudspeaker is missing: what the hands would have seen is posted as events.
"""

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import uvicorn
from argon2 import PasswordHasher

from contract.documents import (
    Announcement,
    AnnouncementInfo,
    Approval,
    Assignment,
    Content,
    Daily,
    DeviceId,
    Level,
    MessageType,
    Policy,
    Programme,
    Right,
    Sha256,
    Slot,
    StaffPin,
    Status,
    VolumeCap,
    Zone,
)
from edge.core.arbiter import on_air
from edge.core.decide import Decision
from edge.core.events import (
    AnnouncementAccepted,
    AssignmentAccepted,
    CentralReached,
    Happening,
    PlayerStarted,
    SoundMeasured,
    Started,
    ZonesSwitched,
)
from edge.core.moment import Clock, Moment
from edge.core.orders import Ask
from edge.core.page import PageView
from edge.core.view import view_of
from edge.journal import Journal
from edge.reactor import Reactor
from edge.web.routes import Counter, Room, create_app
from edge.web.words import Language

DEVICE = DeviceId("k3v7q2mzxa5tdrwy")
VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
MORNING = datetime(2026, 11, 22, 22, 10, tzinfo=UTC)  # 05:10 on Monday 23 November in Việt Nam
PIN, OTHER_PIN = "248163", "975310"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
LAN = StaffPin(name="Nguyễn Thị Lan", verifier=QUICK.hash(PIN))
BINH = StaffPin(name="Trần Văn Bình", verifier=QUICK.hash(OTHER_PIN))
CHIEF = StaffPin(
    name="Phạm Văn Chính", verifier=QUICK.hash(PIN), rights=(Right.OPERATE, Right.WARN)
)
INSTALLER = StaffPin(name="Lê Minh Tuấn", verifier=QUICK.hash(PIN), rights=(Right.INSTALL,))
ZONES = (
    Zone(name="cho", title="Chợ Mỹ Phong", relay_pin=17),
    Zone(name="dinh", title="Đình ấp 1", relay_pin=27),
)
CONTENTS = (
    ("Nhạc hiệu và lời chào buổi sáng", 45),
    ("Bản tin xã: lịch tiêm phòng cho trẻ", 312),
    ("Thông báo cắt điện ngày 24/11", 95),
    ("Hướng dẫn phòng, chống sốt xuất huyết", 268),
)
POLICY = Policy(
    volume_caps=(VolumeCap(start=time(5), end=time(7), max_pct=70),), max_minutes_per_day=180
)


def sha(number: int) -> Sha256:
    """Return a content name made from a number."""
    return Sha256(f"{number:064x}")


def slot(name: str, title: str, start: time, minutes: int, *items: int) -> Slot:
    """Return a daily slot that plays these contents."""
    return Slot(
        id=name,
        title=title,
        recurrence=Daily(),
        start=start,
        window_s=minutes * 60,
        items=tuple(sha(n) for n in items),
        level=Level.PRIORITY if name == "dien" else Level.NORMAL,
    )


def assignment(epoch: int = 1, staff: tuple[StaffPin, ...] = (LAN,)) -> Assignment:
    """Return the paper of a two-zone cluster in Mỹ Phong."""
    return Assignment(
        device=DEVICE,
        device_key="A" * 43 + "=",
        epoch=epoch,
        issued=MORNING - timedelta(days=9),
        name="Cụm loa ấp 1",
        area="dt/my-phong/ap-1",
        zones=ZONES,
        policy=POLICY,
        staff=staff,
    )


def programme() -> Programme:
    """Return a weekday's programme; its first slot lies inside quiet hours on purpose."""
    return Programme(
        device=DEVICE,
        assignment_epoch=1,
        version=41,
        issued=MORNING - timedelta(days=1),
        not_before=MORNING - timedelta(days=1),
        soft_expires=MORNING + timedelta(days=6),
        expires=MORNING + timedelta(days=20),
        slots=(
            slot("som", "Thể dục sáng sớm", time(5, 15), 5, 4),
            slot("sang", "Bản tin buổi sáng", time(5, 30), 6, 1, 2),
            slot("dien", "Thông báo cắt điện", time(6, 45), 2, 3),
            slot("trua", "Bản tin trưa", time(11, 0), 10, 2, 4),
        ),
        contents=tuple(
            Content(
                sha256=sha(number),
                size_bytes=800_000,
                duration_ms=seconds * 1000,
                mime="audio/mpeg",
                title=title,
            )
            for number, (title, seconds) in enumerate(CONTENTS, start=1)
        ),
    )


def approval(number: int) -> Approval:
    """Return the province's word for a content."""
    return Approval(
        sha256=sha(number),
        title="đã duyệt",
        area="dt",
        issued=MORNING - timedelta(days=1),
        not_after=MORNING + timedelta(days=300),
    )


def flood(sent: datetime) -> Announcement:
    """Return a flood warning of the commune's disaster committee."""
    return Announcement(
        id="dt-pctt:1:7",
        message=MessageType.ALERT,
        status=Status.ACTUAL,
        sent=sent,
        expires=sent + timedelta(hours=6),
        areas=("dt/my-phong",),
        event="Lũ",
        infos=(
            AnnouncementInfo(
                language="vi",
                headline="Lũ lên nhanh trên kênh Nguyễn Văn Tiếp",
                text="Bà con ấp 1 và ấp 2 sơ tán lên tuyến lộ cao ngay.",
            ),
        ),
    )


@dataclass
class Shop:
    """One appliance behind one local page; `kept` is what survives a restart."""

    staff: tuple[StaffPin, ...] = (LAN,)
    wall: datetime = MORNING
    mono_s: float = 1_000.0
    kept: bytes | None = None
    language: Language = "vi"
    rooms: tuple[Room, ...] = ()
    obeyed: list[Ask] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with a started appliance whose four contents are here and approved."""
        self.reactor = Reactor(self.obeyed.append, Journal(None), self.now)

    def now(self) -> Moment:
        """Return the moment set by hand."""
        return Moment(self.wall, self.mono_s)

    def pass_s(self, seconds: float) -> None:
        """Let both clocks go on."""
        self.wall += timedelta(seconds=seconds)
        self.mono_s += seconds

    def to(self, hour: int, minute: int, second: int = 0) -> None:
        """Go to a wall time of this day in Việt Nam."""
        goal = datetime(2026, 11, 23, hour, minute, second, tzinfo=UTC) - timedelta(hours=7)
        self.pass_s((goal - self.wall).total_seconds())

    def view(self) -> PageView:
        """Return what the page shows."""
        air = self.reactor.air or on_air(self.reactor.desk, self.now())
        return view_of(self.reactor.desk, air, self.now())

    def remember(self, kept: bytes) -> None:
        """Keep the lock-out."""
        self.kept = kept

    def counter(self) -> Counter:
        """Return the counter before this appliance."""
        return Counter(
            view=self.view,
            submit=self.reactor.submit,
            watched=self.reactor.watched,
            staff=self._staff,
            now=self.now,
            remember=self.remember,
            recall=lambda: self.kept,
            hosts=lambda: frozenset({"loa.local", "192.168.1.20", "127.0.0.1", "fe80::1"}),
            language=self.language,
            health=lambda: {"device": DEVICE, "turns": self.reactor.turns, "ready": True},
            addresses=lambda: ("http://192.168.1.20:8080/", "http://loa.local:8080/"),
            software="0.1.0",
            fingerprint="K3V7 Q2MZ XA5T DRWY",
        )

    def _staff(self) -> tuple[StaffPin, ...]:
        paper = self.reactor.desk.word.assignment
        return paper.staff if paper else ()

    def started(self) -> Started:
        """Return the event that begins this appliance."""
        return Started(
            device=DEVICE,
            software="0.1.0",
            clock=Clock.TRUSTED,
            assignment=assignment(staff=self.staff),
            programme=programme(),
            approvals=tuple(approval(n) for n in (1, 2, 3, 4)),
            contents=tuple(sha(n) for n in (1, 2, 3, 4)),
        )

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator["Shop"]:
        """Run the reactor, started and with the province in reach."""
        running = asyncio.create_task(self.reactor.run())
        try:
            await self.reactor.submit(self.started())
            await self.reactor.submit(ZonesSwitched(on=frozenset()))
            await self.reactor.submit(CentralReached())
            yield self
        finally:
            self.reactor.close()
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running


Doing = Callable[[Happening], Decision]


def sounding(shop: Shop, do: Doing, level_dbfs: float = -18.0) -> None:
    """Have the hands do what was last asked of them, and the listener hear it."""
    do(ZonesSwitched(on=frozenset(zone.name for zone in ZONES)))
    shop.pass_s(1.0)
    do(ZonesSwitched(on=frozenset(zone.name for zone in ZONES)))
    playing = shop.reactor.desk.rig.playing
    if playing is not None:
        do(PlayerStarted(key=playing.key))
    heard(shop, do, level_dbfs)


def heard(shop: Shop, do: Doing, level_dbfs: float = -18.0) -> None:
    """Have the listener hear one second of sound."""
    shop.pass_s(1.0)
    do(
        SoundMeasured(
            sounded_ms=1000,
            level_dbfs=level_dbfs,
            onset_mono_s=shop.mono_s - 1.0,
            until_mono_s=shop.mono_s,
        )
    )


def warned(shop: Shop) -> AnnouncementAccepted:
    """Return the arrival of a flood warning now."""
    return AnnouncementAccepted(announcement=flood(shop.wall), door="push")


def new_pin(shop: Shop, pin: str) -> AssignmentAccepted:
    """Return the arrival of a paper that gives Lan another PIN."""
    changed = replace_pin(LAN, pin)
    return AssignmentAccepted(assignment=assignment(epoch=2, staff=(changed,)))


def replace_pin(whose: StaffPin, pin: str) -> StaffPin:
    """Return this person with another PIN."""
    return StaffPin(name=whose.name, verifier=QUICK.hash(pin))


class Serving:
    """A shop behind a real HTTP server on a loopback port, in a thread of its own."""

    def __init__(self, shop: Shop) -> None:
        """Listen at `address`; nothing is answered before `start`."""
        self.shop = shop
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._loop: asyncio.AbstractEventLoop | None = None
        self._open = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="page")
        config = uvicorn.Config(
            create_app(shop.counter(), shop.rooms),
            log_level="warning",
            ws="wsproto",
            ws_max_size=16_384,
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with self.shop.open():
            self._open.set()
            await self._server.serve(sockets=[self._socket])

    def do(self, event: Happening) -> Decision:
        """Have this happen, and return what was decided on it."""
        if self._loop is None:
            raise AssertionError("the server has not started")
        done = asyncio.run_coroutine_threadsafe(self.shop.reactor.submit(event), self._loop)
        return done.result(10)

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()
        if not self._open.wait(10):
            raise AssertionError("the shop did not open within 10 s")

    def stop(self) -> None:
        """Close the door and wait until the thread has ended."""
        self._server.should_exit = True
        self._thread.join(10)
        self._socket.close()


@contextlib.contextmanager
def serving(shop: Shop) -> Iterator[Serving]:
    """Serve `shop` while the block lasts."""
    server = Serving(shop)
    server.start()
    try:
        yield server
    finally:
        server.stop()
