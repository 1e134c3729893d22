"""The courier: documents asked for cheaply, content brought whole and only once."""

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from contract.documents import Content, Kind, Sha256
from contract.seal import read_envelope, sha256
from edge.adapters.courier import Courier
from edge.adapters.fetcher import Neighbour
from edge.adapters.shelf import Shelf
from edge.adapters.thrift import Limits, Spent, Thrift, limits
from edge.core.events import (
    AnnouncementAccepted,
    ApprovalAccepted,
    ContentArrived,
    ContentLost,
    DocumentRefused,
    HandFailed,
    HandRecovered,
    ProgrammeAccepted,
)
from edge.core.orders import FetchContents, Synchronise
from tests.edge.adapters.fake_central import FakeCentral, Fault, Handler, answers, cuts_after
from tests.edge.adapters.link_rig import Rig, content_of, rig

LONG = os.urandom(700_000)


@pytest.fixture
def central() -> Iterator[FakeCentral]:
    """Run a central that knows nobody yet."""
    with FakeCentral({}) as fake:
        yield fake


class Steered:
    """A monotonic clock that a test moves on."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@contextmanager
def couriers(tmp_path: Path, central: FakeCentral) -> Iterator[tuple[Rig, Courier, Steered]]:
    """Hold an assigned appliance with its courier and the courier's clock."""
    with rig(tmp_path, central) as appliance:
        mono = Steered()
        courier = Courier(
            appliance.link,
            appliance.shelf,
            appliance.gate,
            appliance.events.append,
            appliance.wall_now,
            mono=mono,
            wait_most_s=0.01,
        )
        central.put("/assignment", appliance.assign())
        courier.sync()
        yield appliance, courier, mono


HOME = ZoneInfo("Asia/Ho_Chi_Minh")


class Frugal:
    """An assigned appliance on a paid line, with what its ledger counts; the rig's wall clock steers it."""

    def __init__(
        self,
        appliance: Rig,
        allowed: Limits,
        neighbour: Neighbour | None = None,
        papers: Iterable[bytes] | None = None,
    ) -> None:
        self.appliance = appliance
        self.spent: list[Spent] = []
        self.mono = Steered()
        thrift = Thrift(allowed, lambda: HOME, lambda: None, self.spent.append)
        self.courier = Courier(
            appliance.link,
            appliance.shelf,
            appliance.gate,
            appliance.events.append,
            appliance.wall_now,
            mono=self.mono,
            wait_most_s=0.01,
            thrift=thrift,
            neighbour=neighbour,
            papers_from_neighbours=None if papers is None else lambda: papers,
        )
        appliance.assign()

    def clock(self, text: str) -> None:
        """Set the clock on the wall of the appliance, on the day of the story."""
        hour, minute = text.split(":")
        local = datetime(2026, 11, 22, int(hour), int(minute), tzinfo=HOME)
        self.appliance.wall = local

    def fetch(self, *contents: Content, urgent: Iterable[Content] = ()) -> None:
        """Be asked for these, as each minute."""
        names = frozenset(content.sha256 for content in urgent)
        self.courier.obey(FetchContents(contents=contents, urgent=names))

    @property
    def spent_bytes(self) -> int:
        """What the ledger last kept."""
        return self.spent[-1].count_bytes if self.spent else 0


class Neighbours:
    """Neighbours that have these contents; `spoil` changes what they give."""

    def __init__(self, *held: bytes) -> None:
        self.held = {sha256(data): data for data in held}
        self.asked: list[str] = []
        self.urgently: list[bool] = []
        self.waits = 0
        self.spoil = False
        self.break_after: int | None = None

    def __call__(
        self, sha256: Sha256, size_bytes: int, *, urgent: bool = False
    ) -> Iterator[bytes] | None:
        self.asked.append(sha256)
        self.urgently.append(urgent)
        data = self.held.get(sha256)
        return None if data is None else self._pieces(data[:size_bytes])

    def _pieces(self, data: bytes) -> Iterator[bytes]:
        if self.spoil:
            data = data[:-1] + bytes([data[-1] ^ 1])
        yield from [b""] * self.waits
        for at in range(0, len(data), 50_000):
            if self.break_after is not None and at >= self.break_after:
                raise ConnectionError("pulled")
            yield data[at : at + 50_000]


@pytest.fixture
def frugal(central: FakeCentral, tmp_path: Path) -> Iterator[Frugal]:
    """Hold an appliance that fetches by night, and a megabyte a day."""
    with rig(tmp_path, central) as appliance:
        yield Frugal(appliance, limits(("22:00-05:00",), 1_000_000))


@pytest.fixture
def home(central: FakeCentral, tmp_path: Path) -> Iterator[tuple[Frugal, Neighbours]]:
    """Hold an appliance with neighbours, by day on a line that is closed until night."""
    neighbours = Neighbours()
    with rig(tmp_path, central) as appliance:
        held = Frugal(appliance, limits(("22:00-05:00",), 1_000_000), neighbours)
        held.clock("12:00")
        yield held, neighbours


def offered(central: FakeCentral, data: bytes, title: str = "Bản tin") -> Content:
    """Have central offer content and return what a programme says of it."""
    return content_of(data, central.put_content(data), title)


def notes_etag(into: list[str]) -> Fault:
    """Note which document the appliance says it holds, and answer as usual."""

    def fault(handler: Handler) -> bool:
        into.append(handler.headers.get("If-None-Match", ""))
        return False

    return fault


def arrived(appliance: Rig) -> list[str]:
    """Return which contents were posted as arrived."""
    return [e.sha256 for e in appliance.events if isinstance(e, ContentArrived)]


def test_documents_are_brought_once(central: FakeCentral, tmp_path: Path) -> None:
    """A synchronisation brings what is new; the next one moves no document at all."""
    with couriers(tmp_path, central) as (appliance, courier, _):
        central.put("/programme", appliance.programme())
        central.put("/activeset", appliance.authority.activeset())
        courier.obey(Synchronise())
        assert len(appliance.of(ProgrammeAccepted)) == 1
        before = len(appliance.events)
        answered: list[str] = []
        central.faults["/programme"] = notes_etag(answered)
        courier.obey(Synchronise())
        assert answered == [f'"{sha256(central.papers["/programme"])}"']
        assert len(appliance.events) == before


def test_etag_survives_a_restart(central: FakeCentral, tmp_path: Path) -> None:
    """After a power cut the programme held is still not transferred again."""
    with couriers(tmp_path, central) as (appliance, courier, _):
        central.put("/programme", appliance.programme())
        courier.sync()
        again = Rig(tmp_path, appliance.authority, central)
        sealed = central.papers["/programme"]
        assert again.gate.held_sha256(Kind.PROGRAMME) == sha256(sealed)


def test_refused_document_is_not_transferred_again(central: FakeCentral, tmp_path: Path) -> None:
    """A document refused for now is kept in memory and judged again at each poll without being sent again."""
    with couriers(tmp_path, central) as (appliance, courier, _):
        sent: list[str] = []
        sealed = appliance.programme()
        central.put("/programme", sealed)
        appliance.wall += timedelta(days=30)  # a clock gone wrong: the programme seems long over
        courier.sync()
        assert len(appliance.of(DocumentRefused)) == 1
        central.faults["/programme"] = notes_etag(sent)
        appliance.wall = appliance.authority.now
        courier.sync()
        assert sent == [f'"{sha256(sealed)}"']
        assert len(appliance.of(ProgrammeAccepted)) == 1


def test_announcement_named_but_never_pushed_is_asked_for(
    central: FakeCentral, tmp_path: Path
) -> None:
    """An announcement that the active set names and the push never brought is fetched by its hash."""
    with couriers(tmp_path, central) as (appliance, courier, _):
        sealed = appliance.authority.announce()
        central.put(f"/announcements/{read_envelope(sealed).payload_sha256}", sealed)
        central.put("/activeset", appliance.authority.activeset([sealed]))
        courier.sync()
        assert len(appliance.of(AnnouncementAccepted)) == 1


def test_what_is_not_ours_is_not_asked_for_each_minute(
    central: FakeCentral, tmp_path: Path
) -> None:
    """An announcement that central has not for us is asked for again only after a while, or on a hint."""
    with couriers(tmp_path, central) as (appliance, courier, mono):
        other = appliance.authority.announce(["dt/other"])
        path = f"/announcements/{read_envelope(other).payload_sha256}"
        central.put("/activeset", appliance.authority.activeset([other]))
        for _ in range(5):
            courier.sync()
            mono.now_s += 60
        assert central.asked(path) == 1
        courier.heed(Kind.ANNOUNCEMENT)
        assert central.asked(path) == 2
        mono.now_s += 700
        courier.sync()
        assert central.asked(path) == 3


def test_central_down_is_told_once(central: FakeCentral, tmp_path: Path) -> None:
    """However often it is asked in vain, one failure and one recovery are posted, and nothing is raised."""
    with couriers(tmp_path, central) as (appliance, courier, _):
        central.stop()
        for _ in range(3):
            courier.sync()
        assert len(appliance.of(HandFailed)) == 1
        central.start()
        courier.sync()
        courier.sync()
        assert len(appliance.of(HandRecovered)) == 1


@pytest.mark.refusal_twin(36)
def test_content_arrives_whole_and_approved(central: FakeCentral, tmp_path: Path) -> None:
    """Contents come in the order asked, with their approvals, and lie on the shelf."""
    with couriers(tmp_path, central) as (appliance, courier, _):
        first, second = offered(central, b"mot"), offered(central, LONG)
        central.put(f"/approvals/{first.sha256}", appliance.authority.approve(first.sha256))
        courier.obey(FetchContents(contents=(first, second)))
        assert arrived(appliance) == [first.sha256, second.sha256]
        path = appliance.shelf.path(second.sha256)
        assert path is not None
        assert path.read_bytes() == LONG
        assert len(appliance.of(ApprovalAccepted)) == 1


def test_content_here_is_not_fetched(central: FakeCentral, tmp_path: Path) -> None:
    """What lies on the shelf is posted, not transferred; and posted once only."""
    with couriers(tmp_path, central) as (appliance, courier, _):
        content = offered(central, LONG)
        appliance.shelf.part(content.sha256).write_bytes(LONG)
        appliance.shelf.adopt(appliance.shelf.part(content.sha256), content.sha256)
        for _ in range(3):
            courier.obey(FetchContents(contents=(content,)))
        assert central.content_bytes_sent == 0
        assert arrived(appliance) == [content.sha256]


def test_cut_download_goes_on(central: FakeCentral, tmp_path: Path) -> None:
    """A download cut twice is resumed where it stopped: each byte travels once."""
    with couriers(tmp_path, central) as (appliance, courier, _):
        content = offered(central, LONG)
        central.faults[f"/content/{content.sha256}"] = cuts_after(200_000, times=2)
        courier.obey(FetchContents(contents=(content,)))
        assert arrived(appliance) == [content.sha256]
        assert central.content_bytes_sent == len(LONG)
        tag = f'"{content.sha256}"'
        assert central.ranges == [("bytes=200000-", tag), ("bytes=400000-", tag)]


def test_cut_download_goes_on_after_a_restart(central: FakeCentral, tmp_path: Path) -> None:
    """Central dies in the middle and the power fails: the next start fetches only what is missing."""
    with couriers(tmp_path, central) as (appliance, courier, _):
        content = offered(central, LONG)
        once = cuts_after(300_000)

        def then_gone(handler: Handler) -> bool:
            if not once(handler):
                handler.cut()
            return True

        central.faults[f"/content/{content.sha256}"] = then_gone
        courier.obey(FetchContents(contents=(content,)))
        assert arrived(appliance) == []
        central.faults.clear()
        shelf = Shelf(tmp_path / "shelf", 10**9, appliance.events.append, reserve_bytes=0)
        after = Courier(
            appliance.link, shelf, appliance.gate, appliance.events.append, appliance.wall_now
        )
        after.obey(FetchContents(contents=(content,)))
        assert arrived(appliance) == [content.sha256]
        assert central.content_bytes_sent == len(LONG)


def test_changed_content_is_begun_anew(central: FakeCentral, tmp_path: Path) -> None:
    """When central does not confirm our part (`If-Range`), it is dropped, not joined on."""
    with couriers(tmp_path, central) as (appliance, courier, _):
        content = offered(central, LONG)
        appliance.shelf.part(content.sha256).write_bytes(b"z" * 1_000)

        def whole(handler: Handler) -> bool:
            handler.answer((200, {"ETag": '"other"'}, LONG))
            return True

        central.faults[f"/content/{content.sha256}"] = whole
        courier.obey(FetchContents(contents=(content,)))
        assert arrived(appliance) == [content.sha256]


def test_wrong_bytes_are_refused_and_rest(central: FakeCentral, tmp_path: Path) -> None:
    """Content of another hash never reaches the shelf, the others arrive, and it is not fetched each minute."""
    with couriers(tmp_path, central) as (appliance, courier, mono):
        bad, good = offered(central, b"xau"), offered(central, b"tot")
        central.contents[bad.sha256] = b"xXu"
        for _ in range(3):
            courier.obey(FetchContents(contents=(bad, good)))
        assert arrived(appliance) == [good.sha256]
        assert not appliance.shelf.has(bad.sha256)
        assert central.asked(f"/content/{bad.sha256}") == 1
        [failed] = appliance.of(HandFailed)
        assert isinstance(failed, HandFailed)
        assert "tải về sai dữ liệu" in failed.why
        central.contents[bad.sha256] = b"xau"
        mono.now_s += 61
        courier.obey(FetchContents(contents=(bad, good)))
        assert arrived(appliance) == [good.sha256, bad.sha256]
        assert len(appliance.of(HandRecovered)) == 1


@pytest.mark.refusal(36)
@pytest.mark.parametrize("chunked", [False, True], ids=["with length", "chunked"])
def test_declared_size_is_the_cap(central: FakeCentral, tmp_path: Path, chunked: bool) -> None:
    """Content longer than declared is given up at its declared size, however it is sent."""
    with couriers(tmp_path, central) as (appliance, courier, _):
        content = offered(central, LONG)

        def longer(handler: Handler) -> bool:
            if not chunked:
                handler.answer((200, {}, LONG + b"more"))
                return True
            handler.send_response(200)
            handler.send_header("Transfer-Encoding", "chunked")
            handler.end_headers()
            try:
                while True:
                    handler._chunk(b"x" * 65_536)
            except OSError:
                return True

        central.faults[f"/content/{content.sha256}"] = longer
        courier.obey(FetchContents(contents=(content,)))
        assert arrived(appliance) == []
        part = appliance.shelf.part(content.sha256)
        assert not part.exists() or part.stat().st_size <= len(LONG)


def test_one_that_is_missing_holds_up_nothing(central: FakeCentral, tmp_path: Path) -> None:
    """A content that central does not have is told; those after it arrive."""
    with couriers(tmp_path, central) as (appliance, courier, _):
        lost, good = content_of(b"mat", sha256(b"mat"), "Đã mất"), offered(central, b"tot")
        courier.obey(FetchContents(contents=(lost, good)))
        assert arrived(appliance) == [good.sha256]
        [failed] = appliance.of(HandFailed)
        assert isinstance(failed, HandFailed)
        assert failed.why == (
            "Đã mất: máy chủ của tỉnh không có thứ đang cần: hãy báo tỉnh (HTTP 404)"
        )


def test_several_faults_are_told_as_one(central: FakeCentral, tmp_path: Path) -> None:
    """Of several contents at fault the first is told and the others are counted; at rest it is said so."""
    with couriers(tmp_path, central) as (appliance, courier, _):
        lost = tuple(content_of(b"%d" % n, sha256(b"%d" % n), f"Bài {n}") for n in range(3))
        courier.obey(FetchContents(contents=lost))
        [failed] = appliance.of(HandFailed)
        assert isinstance(failed, HandFailed)
        assert failed.why.startswith("Bài 0: ")
        assert failed.why.endswith(" (và 2 lỗi khác)")
        [rests] = courier._fetcher.bring(lost[0], lambda: None)
        assert rests == "Bài 0: lần trước chưa tải được, máy sẽ tự thử lại"


def test_central_down_is_not_asked_for_each_content(central: FakeCentral, tmp_path: Path) -> None:
    """While central is in trouble, two contents are tried a few times, not every one of hundreds."""
    with couriers(tmp_path, central) as (appliance, courier, mono):
        contents = tuple(offered(central, b"%d" % n) for n in range(50))
        central.faults["*"] = answers(503)
        before = len(central.requests)
        courier.obey(FetchContents(contents=contents))
        assert len(central.requests) - before < 10
        central.faults.clear()
        mono.now_s += 61
        courier.obey(FetchContents(contents=contents))
        assert len(arrived(appliance)) == 50


@pytest.mark.parametrize("status", [500, 403, 416])
def test_one_that_central_stumbles_over_holds_up_nothing(
    central: FakeCentral, tmp_path: Path, status: int
) -> None:
    """A content that central answers with an error each time does not keep the others from arriving."""
    with couriers(tmp_path, central) as (appliance, courier, _):
        bad, good = offered(central, b"xau"), offered(central, b"tot")
        central.faults[f"/content/{bad.sha256}"] = answers(status)
        courier.obey(FetchContents(contents=(bad, good)))
        assert arrived(appliance) == [good.sha256]


def test_shorter_content_is_refused(central: FakeCentral, tmp_path: Path) -> None:
    """Content shorter than declared is central's fault: refused at once, nothing of it kept."""
    with couriers(tmp_path, central) as (appliance, courier, _):
        content = offered(central, LONG)
        central.contents[content.sha256] = LONG[:-1]
        courier.obey(FetchContents(contents=(content,)))
        assert arrived(appliance) == []
        assert central.asked(f"/content/{content.sha256}") == 1
        assert not appliance.shelf.part(content.sha256).exists()


def test_full_disk_is_named(central: FakeCentral, tmp_path: Path) -> None:
    """A disk that takes no byte more is a plain failure; others go on."""
    with couriers(tmp_path, central) as (appliance, courier, _):
        large, small = offered(central, LONG), offered(central, b"nho")
        appliance.shelf.part(large.sha256).symlink_to("/dev/full")
        courier.obey(FetchContents(contents=(large, small)))
        assert arrived(appliance) == [small.sha256]
        [failed] = appliance.of(HandFailed)
        assert isinstance(failed, HandFailed)
        assert "thẻ nhớ đã đầy" in failed.why


def test_room_is_made_but_never_of_what_is_scheduled(central: FakeCentral, tmp_path: Path) -> None:
    """For new content old content goes, though not what the programme plays; with nothing to spare it says so."""
    with couriers(tmp_path, central) as (appliance, courier, _):
        appliance.shelf._room._quota_bytes = 1_500_000
        planned, old = offered(central, os.urandom(700_000)), offered(central, os.urandom(700_000))
        central.put("/programme", appliance.programme(planned))
        courier.sync()
        courier.obey(FetchContents(contents=(planned, old)))
        new = offered(central, os.urandom(700_000))
        courier.obey(FetchContents(contents=(new,)))
        assert appliance.shelf.has(new.sha256)
        assert [e.sha256 for e in appliance.events if isinstance(e, ContentLost)] == [old.sha256]
        assert appliance.shelf.has(planned.sha256)
        huge = offered(central, os.urandom(1_200_000))
        courier.obey(FetchContents(contents=(huge,)))
        assert appliance.shelf.has(planned.sha256)
        assert isinstance(appliance.of(HandFailed)[-1], HandFailed)


def test_emergency_content_overtakes_a_long_download(central: FakeCentral, tmp_path: Path) -> None:
    """Content of an announcement that comes during a long download is brought before that one ends."""
    with couriers(tmp_path, central) as (appliance, courier, _):
        long, urgent = offered(central, LONG * 3), offered(central, b"canh bao")
        alert = appliance.authority.announce(content=urgent)

        def slowly(handler: Handler) -> bool:
            appliance.gate.admit(alert, "push")
            return False

        central.faults[f"/content/{long.sha256}"] = slowly
        courier.obey(FetchContents(contents=(long,)))
        assert arrived(appliance) == [urgent.sha256, long.sha256]


def test_documents_are_asked_for_during_a_long_download(
    central: FakeCentral, tmp_path: Path
) -> None:
    """Where the push is down, the poll goes on while content is on its way."""
    with couriers(tmp_path, central) as (appliance, courier, mono):
        content = offered(central, LONG)
        central.put("/programme", appliance.programme())

        def late(handler: Handler) -> bool:
            mono.now_s += 100
            return False

        central.faults[f"/content/{content.sha256}"] = late
        courier.obey(FetchContents(contents=(content,)))
        names = [type(e) for e in appliance.events]
        assert names.index(ProgrammeAccepted) < names.index(ContentArrived)


def test_approval_that_runs_out_is_renewed(central: FakeCentral, tmp_path: Path) -> None:
    """An approval near its end is asked for again; one with time left is not."""
    with couriers(tmp_path, central) as (appliance, courier, mono):
        content = offered(central, b"tin")
        path = f"/approvals/{content.sha256}"
        central.put(path, appliance.authority.approve(content.sha256))
        central.put("/programme", appliance.programme(content))
        for _ in range(3):
            courier.sync()
            mono.now_s += 1_000
        assert central.asked(path) == 1
        appliance.authority.now += timedelta(days=6)
        appliance.wall += timedelta(days=29)
        central.put(path, appliance.authority.approve(content.sha256))
        courier.sync()
        assert central.asked(path) == 2
        assert len(appliance.of(ApprovalAccepted)) == 2


def test_stop_ends_a_download(central: FakeCentral, tmp_path: Path) -> None:
    """Told to stop, the courier lets go in the middle of a download and keeps what it has."""
    with couriers(tmp_path, central) as (appliance, courier, _):
        content = offered(central, LONG)

        def endless(handler: Handler) -> bool:
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(LONG)))
            handler.end_headers()
            handler.wfile.write(LONG[:100_000])
            handler.wfile.flush()
            courier.stop()
            handler.wfile.write(LONG[100_000:200_000])
            return True

        central.faults[f"/content/{content.sha256}"] = endless
        lane = threading.Thread(target=courier.obey, args=(FetchContents(contents=(content,)),))
        lane.start()
        lane.join(5)
        assert not lane.is_alive()
        assert arrived(appliance) == []


# --- faults are told once --------------------------------------------------------------------------


def test_a_lasting_fault_is_told_once_not_each_minute(central: FakeCentral, tmp_path: Path) -> None:
    """A content that cannot be had is one failure, though papers come well in between; gone, it is over."""
    with couriers(tmp_path, central) as (appliance, courier, mono):
        lost = content_of(b"mat", sha256(b"mat"), "Đã mất")
        central.put("/programme", appliance.programme(lost))
        for _ in range(3):
            courier.obey(FetchContents(contents=(lost,)))
            courier.obey(Synchronise())
            mono.now_s += 60
        assert len(appliance.of(HandFailed)) == 1
        assert appliance.of(HandRecovered) == []
        central.put("/programme", appliance.programme())
        courier.obey(Synchronise())
        assert len(appliance.of(HandRecovered)) == 1


# --- hours and budget ------------------------------------------------------------------------------


def test_outside_the_hours_papers_come_and_content_waits(
    central: FakeCentral, frugal: Frugal
) -> None:
    """By day the papers are brought, the content is postponed with a reason, and that is no fault."""
    content = offered(central, LONG)
    central.put(f"/approvals/{content.sha256}", frugal.appliance.authority.approve(content.sha256))
    central.put("/programme", frugal.appliance.programme(content))
    frugal.clock("12:00")
    frugal.courier.obey(Synchronise())
    frugal.fetch(content)
    assert central.content_bytes_sent == 0
    assert len(frugal.appliance.of(ProgrammeAccepted)) == 1
    assert len(frugal.appliance.of(ApprovalAccepted)) == 1
    assert frugal.appliance.of(HandFailed) == []
    waiting = frugal.courier.postponed[content.sha256]
    assert "22:00–05:00" in waiting.why
    assert waiting.again_at == datetime(2026, 11, 22, 22, 0, tzinfo=HOME)


def test_what_was_postponed_comes_when_the_hours_begin(
    central: FakeCentral, frugal: Frugal
) -> None:
    """Asked each minute, the courier fetches as soon as it may, and then nothing is postponed any more."""
    content = offered(central, LONG)
    for clock in ("21:58", "21:59", "22:00"):
        assert arrived(frugal.appliance) == []
        frugal.clock(clock)
        frugal.fetch(content)
    assert arrived(frugal.appliance) == [content.sha256]
    assert frugal.courier.postponed == {}


def test_a_download_stops_with_the_hours_and_goes_on_the_next_night(
    central: FakeCentral, frugal: Frugal
) -> None:
    """The hours end in the middle: what came is kept and counted, and only the rest is fetched by night."""
    content = offered(central, LONG)
    frugal.clock("04:59")

    def morning(handler: Handler) -> bool:
        frugal.clock("05:00")
        return False

    central.faults[f"/content/{content.sha256}"] = morning
    frugal.fetch(content)
    had_bytes = frugal.appliance.shelf.part(content.sha256).stat().st_size
    assert 0 < had_bytes < len(LONG)
    assert frugal.spent_bytes == had_bytes
    assert content.sha256 in frugal.courier.postponed
    central.faults.clear()
    frugal.clock("22:00")
    frugal.fetch(content)
    assert arrived(frugal.appliance) == [content.sha256]
    assert central.ranges == [(f"bytes={had_bytes}-", f'"{content.sha256}"')]
    assert frugal.spent_bytes == len(LONG)
    assert frugal.appliance.of(HandFailed) == []


def test_what_does_not_fit_the_budget_waits_for_tomorrow(
    central: FakeCentral, frugal: Frugal
) -> None:
    """Of two contents the day's budget holds one; a small one is still fetched; the other comes after midnight."""
    first, second, small = (
        offered(central, LONG),
        offered(central, LONG[::-1]),
        offered(central, b"nho"),
    )
    frugal.clock("23:00")
    frugal.fetch(first, second, small)
    assert arrived(frugal.appliance) == [first.sha256, small.sha256]
    assert "MB" in frugal.courier.postponed[second.sha256].why
    frugal.appliance.wall += timedelta(hours=1)
    frugal.fetch(second)
    assert arrived(frugal.appliance)[-1] == second.sha256


def test_a_content_larger_than_a_day_comes_in_pieces(central: FakeCentral, frugal: Frugal) -> None:
    """A content of more than the day's budget is fetched over the days, each byte once."""
    data = os.urandom(2_500_000)
    content = offered(central, data)
    frugal.clock("23:00")
    for _ in range(3):
        frugal.fetch(content)
        frugal.appliance.wall += timedelta(days=1)
    assert arrived(frugal.appliance) == [content.sha256]
    starts = [int(asked.removeprefix("bytes=").rstrip("-")) for asked, _ in central.ranges]
    assert len(starts) == 2
    assert all(
        night * 1_000_000 <= at < night * 1_000_000 + 200_000 for night, at in enumerate(starts, 1)
    )


def test_what_is_urgent_passes_the_hours(central: FakeCentral, frugal: Frugal) -> None:
    """What is needed within hours is fetched by day, counted, and held back once the budget is spent."""
    soon, other, later = (
        offered(central, LONG),
        offered(central, LONG[::-1]),
        offered(central, b"sau"),
    )
    frugal.clock("12:00")
    frugal.fetch(soon, other, later, urgent=(soon, other))
    assert arrived(frugal.appliance) == [soon.sha256]
    assert frugal.spent_bytes == len(LONG)
    assert set(frugal.courier.postponed) == {other.sha256, later.sha256}


def test_an_emergency_passes_hours_and_budget(central: FakeCentral, frugal: Frugal) -> None:
    """The content of an announcement in force is fetched at any time, whatever it costs, and counted."""
    urgent = offered(central, os.urandom(1_500_000))
    frugal.clock("12:00")
    frugal.appliance.gate.admit(frugal.appliance.authority.announce(content=urgent), "push")
    frugal.fetch(urgent)
    assert arrived(frugal.appliance) == [urgent.sha256]
    assert frugal.spent_bytes == 1_500_000


def test_while_central_is_down_what_waits_for_night_mends_nothing(
    central: FakeCentral, frugal: Frugal
) -> None:
    """A postponed content says nothing of the link: the failure stands until central answers."""
    content = offered(central, LONG)
    frugal.clock("12:00")
    central.stop()
    for _ in range(3):
        frugal.courier.obey(Synchronise())
        frugal.fetch(content)
    assert len(frugal.appliance.of(HandFailed)) == 1
    assert frugal.appliance.of(HandRecovered) == []
    central.start()


# --- neighbours ------------------------------------------------------------------------------------


def test_a_neighbour_is_asked_first_and_costs_nothing(
    central: FakeCentral, home: tuple[Frugal, Neighbours]
) -> None:
    """What a neighbour has is taken from it, at any hour and free; central is asked for none of it."""
    frugal, neighbours = home
    content = offered(central, LONG)
    neighbours.held[content.sha256] = LONG
    frugal.fetch(content)
    assert arrived(frugal.appliance) == [content.sha256]
    assert central.asked(f"/content/{content.sha256}") == 0
    assert frugal.spent_bytes == 0
    frugal.fetch(content)
    assert neighbours.asked == [content.sha256]


def test_what_no_neighbour_has_comes_from_central(
    central: FakeCentral, home: tuple[Frugal, Neighbours]
) -> None:
    """Without help from the network central is asked, within hours and budget as ever."""
    frugal, neighbours = home
    content = offered(central, LONG)
    frugal.fetch(content)
    assert content.sha256 in frugal.courier.postponed
    frugal.clock("22:00")
    frugal.fetch(content)
    assert arrived(frugal.appliance) == [content.sha256]
    assert len(neighbours.asked) == 2


@pytest.mark.parametrize("fault", ["wrong bytes", "too short", "too long", "breaks off"])
def test_a_neighbour_is_not_believed(
    central: FakeCentral, home: tuple[Frugal, Neighbours], fault: str
) -> None:
    """Whatever a neighbour gives instead, the shelf takes none of it, and a part paid for is not spoilt."""
    frugal, neighbours = home
    content = offered(central, LONG)
    frugal.appliance.shelf.part(content.sha256).write_bytes(LONG[:400_000])
    neighbours.held[content.sha256] = {
        "too short": LONG[:-1],
        "too long": LONG + b"x",
    }.get(fault, LONG)
    neighbours.spoil = fault == "wrong bytes"
    neighbours.break_after = 500_000 if fault == "breaks off" else None
    if fault == "too long":
        content = content_of(LONG[:-1], content.sha256)
        frugal.fetch(content)
        assert arrived(frugal.appliance) == []
        return
    frugal.clock("22:00")
    frugal.fetch(content)
    assert arrived(frugal.appliance) == [content.sha256]
    assert central.content_bytes_sent == len(LONG) - 400_000
    assert not list(frugal.appliance.root.glob("shelf/*.neighbour"))


def test_a_neighbour_may_let_wait(central: FakeCentral, home: tuple[Frugal, Neighbours]) -> None:
    """While a neighbour fetches it, the content is waited for, and the papers are asked for meanwhile."""
    frugal, neighbours = home
    content = offered(central, LONG)
    neighbours.held[content.sha256] = LONG
    neighbours.waits = 3
    frugal.clock("22:00")
    frugal.mono.now_s += 100
    before = central.asked("/programme")
    frugal.fetch(content)
    assert arrived(frugal.appliance) == [content.sha256]
    assert central.asked("/programme") == before + 1
    assert central.content_bytes_sent == 0


def test_nobody_is_waited_for_where_it_presses_or_is_not_our_turn(
    central: FakeCentral, home: tuple[Frugal, Neighbours]
) -> None:
    """An emergency waits for no neighbour's download; nor does what we could not fetch in its place."""
    frugal, neighbours = home
    siren, bulletin = offered(central, b"coi"), offered(central, b"tin")
    frugal.courier.obey(
        FetchContents(contents=(bulletin, siren), pressing=frozenset({siren.sha256}))
    )
    frugal.clock("22:00")
    frugal.fetch(bulletin)
    assert neighbours.asked == [siren.sha256, bulletin.sha256, bulletin.sha256]
    assert neighbours.urgently == [True, True, False]


def test_the_most_urgent_is_first_and_then_what_is_ours_to_bring(
    central: FakeCentral, tmp_path: Path
) -> None:
    """Emergencies, then what is needed soon, then what is ours to bring for the network, then the rest."""
    with rig(tmp_path, central) as appliance:
        rest, ours, soon, siren = (offered(central, b"%d" % n) for n in range(4))
        appliance.assign()
        ended: list[Sha256] = []
        courier = Courier(
            appliance.link,
            appliance.shelf,
            appliance.gate,
            appliance.events.append,
            appliance.wall_now,
            mine=lambda name: name == ours.sha256,
            fetched=ended.append,
        )
        order = FetchContents(
            contents=(rest, ours, soon, siren),
            urgent=frozenset({soon.sha256}),
            pressing=frozenset({siren.sha256}),
        )
        courier.obey(order)
        assert arrived(appliance) == [c.sha256 for c in (siren, soon, ours, rest)]
        assert ended == arrived(appliance)  # and the network is told of each that it is done


def test_neighbours_help_while_central_is_down(
    central: FakeCentral, home: tuple[Frugal, Neighbours]
) -> None:
    """With the uplink cut, every content that a neighbour has arrives, however many central was asked for in vain."""
    frugal, neighbours = home
    contents = [offered(central, b"%d" % n) for n in range(20)]
    neighbours.held = {c.sha256: b"%d" % n for n, c in enumerate(contents) if n >= 5}
    frugal.clock("22:00")
    central.stop()
    frugal.fetch(*contents)
    assert arrived(frugal.appliance) == [c.sha256 for c in contents[5:]]
    central.start()


def test_papers_come_from_neighbours_when_central_does_not_answer(
    central: FakeCentral, tmp_path: Path
) -> None:
    """With the uplink cut, a warning that a neighbour has is taken, by the door it came; forged ones are refused."""
    with rig(tmp_path, central) as appliance:
        warning = appliance.authority.announce()
        papers = [b"rac", warning[:-9] + b"}]}" + warning[-6:], b"x" * 5_000_000, warning]
        frugal = Frugal(appliance, limits((), 0), papers=papers)
        frugal.courier.obey(Synchronise())
        assert appliance.of(AnnouncementAccepted) == []  # central answers: nobody else is asked
        central.stop()
        frugal.courier.obey(Synchronise())
        [accepted] = appliance.of(AnnouncementAccepted)
        assert isinstance(accepted, AnnouncementAccepted)
        assert accepted.door == "neighbour"
        assert appliance.of(DocumentRefused)
        central.start()


def test_neighbours_that_fail_do_no_harm(central: FakeCentral, tmp_path: Path) -> None:
    """Whatever is raised among the neighbours, the courier goes on and central is asked."""

    def broken(sha256: Sha256, size_bytes: int, *, urgent: bool = False) -> Iterator[bytes] | None:
        raise RuntimeError("out of order")

    def papers() -> Iterator[bytes]:
        yield b"rac"
        raise RuntimeError("out of order")

    with rig(tmp_path, central) as appliance:
        frugal = Frugal(appliance, limits((), 0), broken, papers())
        content = offered(central, b"tin")
        frugal.fetch(content)
        assert arrived(appliance) == [content.sha256]
        central.stop()
        frugal.courier.obey(Synchronise())
        assert len(appliance.of(HandFailed)) == 1
        central.start()


# --- power and disk --------------------------------------------------------------------------------

CHILD = """
import sys, time
from pathlib import Path
from contract.documents import Content, Sha256
from edge.adapters.download import fetch
from edge.adapters.identity import Identity
from edge.adapters.link import Link
from edge.adapters.shelf import Shelf, Wanted

root, url, name, size = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
link = Link(url, Identity.open(root / "identity"))
shelf = Shelf(root / "shelf", 10**9, lambda event: None, reserve_bytes=0)
content = Content(sha256=Sha256(name), size_bytes=size, duration_ms=1, mime="audio/ogg", title="Dài")
had = 0

def between(count):
    global had
    had += count
    if had > size // 2:
        print("half", flush=True)
        time.sleep(60)

fetch(link, shelf, content, Wanted, between)
"""


def test_a_killed_download_is_resumed(central: FakeCentral, tmp_path: Path) -> None:
    """Killed in the middle without a word, the next start goes on where the part ends and hashes all of it."""
    with couriers(tmp_path, central) as (appliance, courier, _):
        content = offered(central, LONG * 10)
        command = [sys.executable, "-c", CHILD, str(tmp_path), central.url]
        command += [content.sha256, str(content.size_bytes)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "half\n"
            child.kill()
        had_bytes = appliance.shelf.part(content.sha256).stat().st_size
        assert had_bytes > content.size_bytes // 2
        courier.obey(FetchContents(contents=(content,)))
        assert arrived(appliance) == [content.sha256]
        assert central.ranges == [(f"bytes={had_bytes}-", f'"{content.sha256}"')]
        path = appliance.shelf.path(content.sha256)
        assert path is not None
        assert path.read_bytes() == LONG * 10


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of 4 MB, where this machine lets us."""
    place = tmp_path / "dia-nho"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tienglang-test", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs more rights than this machine gives")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_the_disk_fills_while_downloading(
    central: FakeCentral, tmp_path: Path, small_disk: Path
) -> None:
    """Others fill the disk in the middle of a download: a plain sentence, room given back, the rest goes on."""
    with couriers(tmp_path, central) as (appliance, _, mono):
        shelf = Shelf(small_disk / "shelf", 10**9, appliance.events.append, reserve_bytes=0)
        courier = Courier(
            appliance.link,
            shelf,
            appliance.gate,
            appliance.events.append,
            appliance.wall_now,
            mono=mono,
        )
        large, small = offered(central, os.urandom(3_000_000)), offered(central, b"nho")

        def filled(handler: Handler) -> bool:
            with contextlib.suppress(OSError), (small_disk / "nhat-ky").open("wb") as other:
                other.write(b"x" * 3_000_000)
            return False

        central.faults[f"/content/{large.sha256}"] = filled
        courier.obey(FetchContents(contents=(large, small)))
        assert arrived(appliance) == [small.sha256]
        [failed] = appliance.of(HandFailed)
        assert isinstance(failed, HandFailed)
        assert "thẻ nhớ đã đầy" in failed.why
        assert not shelf.part(large.sha256).exists()
        (small_disk / "nhat-ky").unlink()
        central.faults.clear()
        mono.now_s += 61
        courier.obey(FetchContents(contents=(large,)))
        assert shelf.has(large.sha256)


def test_the_reserve_is_not_eaten_by_a_download(
    central: FakeCentral, tmp_path: Path, small_disk: Path
) -> None:
    """A content that would leave less than the reserve is refused before a byte of it is fetched."""
    with couriers(tmp_path, central) as (appliance, _, mono):
        shelf = Shelf(small_disk / "shelf", 10**9, appliance.events.append, reserve_bytes=2_000_000)
        courier = Courier(
            appliance.link,
            shelf,
            appliance.gate,
            appliance.events.append,
            appliance.wall_now,
            mono=mono,
        )
        large, small = (
            offered(central, os.urandom(3_000_000)),
            offered(central, os.urandom(1_000_000)),
        )
        courier.obey(FetchContents(contents=(large, small)))
        assert arrived(appliance) == [small.sha256]
        assert central.content_bytes_sent == 1_000_000
        [failed] = appliance.of(HandFailed)
        assert isinstance(failed, HandFailed)
        assert "kho nội dung hết chỗ" in failed.why


def test_another_door_is_faster(central: FakeCentral, tmp_path: Path) -> None:
    """When a stick brings the content during its download, the download ends there and pays no more."""
    with rig(tmp_path, central) as appliance:
        frugal = Frugal(appliance, limits((), 0))
        data = os.urandom(5_000_000)
        content = offered(central, data)

        def plugged_in(handler: Handler) -> bool:
            side = appliance.shelf.side(content.sha256, "usb")
            side.write_bytes(data)
            appliance.shelf.adopt(side, content.sha256)
            return False

        central.faults[f"/content/{content.sha256}"] = plugged_in
        frugal.fetch(content)
        assert arrived(appliance) == [content.sha256]
        assert not appliance.shelf.part(content.sha256).exists()
        assert 0 < frugal.spent_bytes < 100_000
