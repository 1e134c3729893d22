"""What was announced is public as CAP 1.2 and Atom from the moment it is in force; what waits for people is not."""

import asyncio
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from central.db.broadcast import ContentRow
from central.domain.cap_feeds import read_feed
from central.domain.cap_reading import read_cap
from central.domain.errors import NotFound
from central.domain.people import PersonRole
from central.exchange.cap import cap_routes
from central.services import take_announcement
from central.services.active_sets import sign_active_sets
from central.services.cap_out import cap_xml, sender_of
from central.services.contents import as_listed
from central.services.public_pages import public_page, set_public_page
from central.services.public_shelf import ASKS_PER_MINUTE
from contract.documents import MessageType, Status
from contract.testing import Authority
from tests.central.setting import COMMUNE, HAMLET, OTHER, Province


class Street:
    """Somebody on the street, who asks as a program does."""

    def __init__(self, province: Province) -> None:
        self._app = FastAPI()
        self._app.include_router(cap_routes(province.house))

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Ask."""
        with ThreadPoolExecutor(1) as lane:
            return lane.submit(asyncio.run, self._ask(path, headers or {})).result()

    async def _ask(self, path: str, headers: Mapping[str, str]) -> httpx.Response:
        transport = httpx.ASGITransport(app=self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            return await client.get(path, headers=headers)


@pytest.fixture
def street(province: Province) -> Street:
    """Somebody on the street."""
    return Street(province)


def take(province: Province, paper: bytes) -> str:
    """Have a sealed announcement taken; return its id."""
    with province.house.writing() as unit:
        return take_announcement(unit, paper, who=None, now=province.now).id


def announce(province: Province, *areas: str, **changes: object) -> str:
    """Announce to areas; return the id."""
    paper = province.authority.announce(list(areas), sent=province.now, **changes)  # type: ignore[arg-type]  # a table
    return take(province, paper)


def test_an_announcement_is_there_for_everybody(province: Province, street: Street) -> None:
    """As CAP 1.2 with our name, its areas by name and code, and to be kept by caches."""
    number = announce(province, COMMUNE)
    answer = street.get(f"/cap/v1/{number}.xml")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/cap+xml"
    assert answer.headers["cache-control"] == "public, max-age=86400"
    found = read_cap(answer.content)
    assert (found.identifier, found.sender) == (number, sender_of(province.house))
    assert found.infos[0].sender_name == "Tỉnh Đồng Tháp"
    assert found.infos[0].areas[0].description == "Xã Mỹ Phong"
    again = street.get(f"/cap/v1/{number}.xml", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_chain_can_be_followed(province: Province, street: Street) -> None:
    """Update and cancel refer to what they change by sender, identifier and instant."""
    first = announce(province, COMMUNE)
    province.clock.pass_by(timedelta(minutes=5))
    second = announce(province, COMMUNE, message=MessageType.UPDATE, references=[first])
    province.clock.pass_by(timedelta(minutes=5))
    last = take(province, province.authority.cancel(second, areas=[COMMUNE], sent=province.now))
    alerts = {n: read_cap(street.get(f"/cap/v1/{n}.xml").content) for n in (first, second, last)}
    for later, earlier in ((second, first), (last, second)):
        (reference,) = alerts[later].references
        was = alerts[earlier]
        assert (reference.sender, reference.identifier, reference.sent) == (
            was.sender,
            was.identifier,
            was.sent,
        )
    assert [alerts[n].message.value for n in (first, second, last)] == [
        "Alert",
        "Update",
        "Cancel",
    ]


def test_what_waits_for_a_signature_is_not_public(province: Province, street: Street) -> None:
    """Neither while it waits, nor when it ran out without ever being in force."""
    paper = province.authority.announce(["dt"], sent=province.now)
    number = take(province, paper)
    with province.house.writing() as unit:
        row_state = unit.session.connection().exec_driver_sql(
            "update announcements set state = 'waiting'"
        )
        assert row_state.rowcount == 1
    assert street.get(f"/cap/v1/{number}.xml").status_code == 404
    feed = read_feed(street.get("/cap/v1/feed.atom").content)
    assert feed == ()
    now = province.clock.pass_by(timedelta(hours=7))
    with province.house.writing() as unit:
        sign_active_sets(unit, now=now)
    assert street.get(f"/cap/v1/{number}.xml").status_code == 404
    with province.house.writing() as unit, pytest.raises(NotFound):
        cap_xml(unit, number)


def test_the_feed_is_new_at_once(province: Province, street: Street) -> None:
    """An answer made a moment ago does not hide what began since; each area has its own."""
    before = street.get("/cap/v1/feed.atom")
    assert before.headers["cache-control"] == "public, max-age=5"
    assert read_feed(before.content) == ()
    wait = threading.Event()
    ids = [announce(province, COMMUNE)]
    wait.wait(0.3)  # the stamp is asked four times a second
    assert hrefs(street, "") == ids
    province.clock.pass_by(timedelta(seconds=1))
    ids.append(announce(province, OTHER, status=Status.EXERCISE))
    wait.wait(0.3)
    assert hrefs(street, "") == ids[::-1]
    assert hrefs(street, f"?area={HAMLET}") == ids[:1]
    assert hrefs(street, "?area=dt") == ids[::-1]
    assert "[DIỄN TẬP]" in street.get("/cap/v1/feed.atom").text
    assert street.get("/cap/v1/feed.atom?area=dt/khong").status_code == 404
    tag = street.get("/cap/v1/feed.atom").headers["etag"]
    same = street.get("/cap/v1/feed.atom", headers={"if-none-match": tag})
    assert same.status_code == 304


def hrefs(street: Street, query: str) -> list[str]:
    """Return the ids that the feed points at."""
    entries = read_feed(street.get(f"/cap/v1/feed.atom{query}").content) or ()
    return [entry.href.rpartition("/")[2].removesuffix(".xml") for entry in entries]


def test_only_recordings_of_public_announcements_are_given(
    province: Province, street: Street, tone: Path
) -> None:
    """A content of the library is nobody's until an announcement plays it."""
    content = province.sound(tone)
    assert street.get(f"/cap/v1/contents/{content.sha256}").status_code == 404
    with province.house.reading() as unit:
        listed = as_listed(unit.session.get_one(ContentRow, content.sha256))
    announce(province, COMMUNE, content=listed)
    answer = street.get(f"/cap/v1/contents/{content.sha256}")
    assert answer.content == tone.read_bytes()
    assert "immutable" in answer.headers["cache-control"]
    for name in ("x", "..%2f..%2fcentral.toml", "0" * 64):
        assert street.get(f"/cap/v1/contents/{name}").status_code == 404


def test_whoever_asks_too_often_waits(street: Street) -> None:
    """A source has a minute's worth of questions."""
    answers = [street.get("/cap/v1/x.xml").status_code for _ in range(ASKS_PER_MINUTE + 3)]
    assert answers[-1] == 429
    assert answers[0] == 404


def test_the_public_page_says_what_is_said(province: Province) -> None:
    """While an emergency stands its words are on the commune's page; what nobody signed in time is not."""
    lan = province.person("lan", PersonRole.ADMINISTRATOR)
    with province.house.writing() as unit:
        set_public_page(unit, COMMUNE, shown=True, contact="UBND xã", who=lan, now=province.now)
    number = announce(province, COMMUNE)
    with province.house.reading() as unit:
        (alarm,) = public_page(unit, COMMUNE, now=province.now).alarms
    assert alarm.text.startswith("Lũ đang lên nhanh")
    assert alarm.cap == f"/cap/v1/{number}.xml"
    with province.house.writing() as unit:
        unit.session.connection().exec_driver_sql("update announcements set state = 'waiting'")
        sign_active_sets(unit, now=province.clock.pass_by(timedelta(hours=7)))
        assert public_page(unit, COMMUNE, now=province.now).alarms == ()


def test_our_sender_is_the_name_we_are_reached_at(tmp_path: Path, authority: Authority) -> None:
    """Whoever reads our CAP finds us by it."""
    province = Province(tmp_path / "named", authority, public_url="https://loa.dongthap.example")
    assert sender_of(province.house) == "tienglang@loa.dongthap.example"
    province.house.close()
