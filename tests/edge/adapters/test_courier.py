"""The courier: documents asked for cheaply, content brought whole and only once."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from contract.documents import Content, Kind
from contract.seal import read_envelope, sha256
from edge.adapters.courier import Courier
from edge.adapters.shelf import Shelf
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
        assert "other bytes" in failed.why
        central.contents[bad.sha256] = b"xau"
        mono.now_s += 61
        courier.obey(FetchContents(contents=(bad, good)))
        assert arrived(appliance) == [good.sha256, bad.sha256]
        assert len(appliance.of(HandRecovered)) == 1


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
        assert "Đã mất" in failed.why


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
        assert "the card is full" in failed.why


def test_room_is_made_but_never_of_what_is_scheduled(central: FakeCentral, tmp_path: Path) -> None:
    """For new content old content goes, though not what the programme plays; with nothing to spare it says so."""
    with couriers(tmp_path, central) as (appliance, courier, _):
        appliance.shelf._quota_bytes = 1_500_000
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
