"""Sources of others' warnings: asked every so often, new entries taken once, and nobody can have us call inside."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from central.domain.cap_states import CapMessageState, CapOrigin, CapSourceState
from central.domain.errors import Conflict, Forbidden, NotFound, Unacceptable
from central.domain.people import Person, PersonRole
from central.services.cap_files import keep_file
from central.services.cap_inbox import CapOffer, list_cap, take_cap
from central.services.cap_polling import poll_cap
from central.services.cap_sources import (
    MOST_PER_AREA,
    CapSourceAsked,
    create_source,
    delete_source,
    list_sources,
    switch_source,
)
from central.services.outward import NotCalled, addresses_of, fetched
from contract.testing import Authority
from tests.central.capping import REFERENCE, alert, info
from tests.central.setting import COMMUNE, OTHER, Province

ATOM = "http://www.w3.org/2005/Atom"


class Station(ThreadingHTTPServer):
    """A weather office on loopback: what it publishes by path, and who asked with which headers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Publishing)
        self.pages: dict[str, bytes] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.status = 200
        self.etag = ""
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,))
        self._thread.start()

    def at(self, path: str) -> str:
        """Return an address of it."""
        return f"http://127.0.0.1:{self.server_port}{path}"

    def feed(self, *paths: str, updated: str = "1") -> None:
        """Publish a feed of these messages, newest first."""
        entries = "".join(
            f'<entry><id>{path}</id><updated>{updated}</updated><link href="{self.at(path)}" '
            'type="application/cap+xml"/></entry>'
            for path in paths
        )
        self.pages["/feed"] = f'<feed xmlns="{ATOM}">{entries}</feed>'.encode()

    def close(self) -> None:
        """Stop."""
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Publishing(BaseHTTPRequestHandler):
    server: Station

    def do_GET(self) -> None:
        station = self.server
        station.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
        body = station.pages.get(self.path)
        known = station.etag and self.headers.get("if-none-match") == station.etag
        self.send_response(304 if known else 404 if body is None else station.status)
        if station.status == 302:
            self.send_header("location", "http://169.254.169.254/")
        if station.etag:
            self.send_header("etag", station.etag)
        self.send_header("content-length", "0" if known else str(len(body or b"")))
        self.end_headers()
        if not known:
            self.wfile.write(body or b"")

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def station() -> Iterator[Station]:
    """A weather office."""
    found = Station()
    yield found
    found.close()


@pytest.fixture
def allowing(tmp_path: Path, authority: Authority) -> Iterator[Province]:
    """A province whose operator lets central call this machine."""
    province = Province(tmp_path / "site", authority, webhook_networks=["127.0.0.0/8"])
    yield province
    province.house.close()


@pytest.fixture
def lan(allowing: Province) -> Person:
    """The province's administrator."""
    return allowing.person("lan", PersonRole.ADMINISTRATOR)


def source(
    province: Province, who: Person, url: str, *, every_s: int = 60, area: str = "dt"
) -> CapSourceState:
    """Return a new source."""
    asked = CapSourceAsked(name="Đài khí tượng", area=area, url=url, every_s=every_s)
    with province.house.writing() as unit:
        return create_source(unit, asked, who=who, now=province.now)


def state_of(province: Province) -> CapSourceState:
    """Return the only source."""
    with province.house.reading() as unit:
        (one,) = list_sources(unit, ["dt"])
    return one


def inbox(province: Province, who: Person) -> tuple[CapMessageState, ...]:
    """Return what came, oldest first."""
    with province.house.reading() as unit:
        return tuple(reversed(list_cap(unit, who=who)))


def test_one_message_at_an_address_comes_in(
    allowing: Province, lan: Person, station: Station
) -> None:
    """An address of a single alert is asked, and asked again only after its interval."""
    station.pages["/now.cap"] = alert()
    source(allowing, lan, station.at("/now.cap"))
    assert poll_cap(allowing.house, allowing.now) == 1
    (one,) = inbox(allowing, lan)
    assert (one.origin, one.origin_name, one.area) == ("source", "Đài khí tượng", "dt")
    assert poll_cap(allowing.house, allowing.now) == 0
    assert poll_cap(allowing.house, allowing.clock.pass_by(timedelta(seconds=61))) == 1
    assert len(inbox(allowing, lan)) == 1
    found = state_of(allowing)
    assert (found.why, found.taken, found.word) == ("", 1, "đang nhận")
    assert found.reached == allowing.now


def test_a_feed_brings_what_is_new_oldest_first(
    allowing: Province, lan: Person, station: Station
) -> None:
    """Each entry is fetched once; an update finds what it updates; unchanged feeds cost a question and no bytes."""
    station.pages["/a.cap"] = alert(identifier="A")
    station.pages["/b.cap"] = alert(
        identifier="B",
        message="Update",
        references=[REFERENCE.replace("KTTV-2026-0701", "A")],
    )
    station.feed("/b.cap", "/a.cap")
    station.etag = '"1"'
    source(allowing, lan, station.at("/feed"))
    poll_cap(allowing.house, allowing.now)
    assert [(m.identifier, m.phase) for m in inbox(allowing, lan)] == [
        ("A", "superseded"),
        ("B", "waiting"),
    ]
    asked = len(station.asked)
    poll_cap(allowing.house, allowing.clock.pass_by(timedelta(seconds=61)))
    assert [path for path, _ in station.asked[asked:]] == ["/feed"]
    assert station.asked[-1][1]["if-none-match"] == '"1"'
    station.pages["/c.cap"], station.etag = alert(identifier="C"), '"2"'
    station.feed("/c.cap", "/b.cap", "/a.cap")
    poll_cap(allowing.house, allowing.clock.pass_by(timedelta(seconds=61)))
    assert [path for path, _ in station.asked[asked + 1 :]] == ["/feed", "/c.cap"]
    assert state_of(allowing).taken == 3


def test_one_bad_entry_stops_no_other(allowing: Province, lan: Person, station: Station) -> None:
    """What is refused is named with the source and not asked again; what could not be fetched is asked again."""
    station.pages["/good.cap"] = alert()
    station.pages["/bad.cap"] = alert(status="Surely", identifier="X")
    station.pages["/beat.cap"] = alert(status="System", identifier="Y")
    station.feed("/bad.cap", "/gone.cap", "/beat.cap", "/good.cap")
    source(allowing, lan, station.at("/feed"))
    poll_cap(allowing.house, allowing.now)
    assert [m.identifier for m in inbox(allowing, lan)] == ["KTTV-2026-0701"]
    why = state_of(allowing).why
    assert "alert/status" in why
    assert "404" in why
    assert "beat" not in why
    assert state_of(allowing).word == "có lỗi"
    asked = len(station.asked)
    poll_cap(allowing.house, allowing.clock.pass_by(timedelta(seconds=61)))
    assert [path for path, _ in station.asked[asked:]] == ["/feed", "/gone.cap"]


@pytest.mark.refusal(59)
def test_nobody_has_us_call_inside(province: Province, station: Station) -> None:
    """Addresses of inner networks are not called, neither as a source nor from an entry nor for a sound."""
    lan = province.person("lan", PersonRole.ADMINISTRATOR)
    station.pages["/now.cap"] = alert()
    source(province, lan, station.at("/now.cap"))
    poll_cap(province.house, province.now)
    assert "mạng nội bộ" in state_of(province).why
    sound = (
        "<resource><resourceDesc>a</resourceDesc><mimeType>audio/mpeg</mimeType>"
        f"<uri>{station.at('/a.mp3')}</uri></resource>"
    )
    offer = CapOffer(area="dt", origin=CapOrigin.FILE, origin_name="a.xml")
    with province.house.writing() as unit:
        taken = take_cap(unit, alert(info(extra=sound)), offer, who=lan, now=province.now)
    with pytest.raises(Unacceptable) as caught:
        keep_file(province.house, taken.message.number, "0.0", who=lan, now=province.now)
    assert caught.value.code == "cap-not-fetched"
    assert station.asked == []


@pytest.mark.refusal(59)
@pytest.mark.parametrize(
    "number", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "0.0.0.0"]
)
def test_a_name_that_leads_inside_is_not_called(province: Province, number: str) -> None:
    """The number that a name stands for is judged, whatever the name says."""
    lan = province.person("lan", PersonRole.ADMINISTRATOR)
    source(province, lan, "https://canhbao.example/feed")
    poll_cap(province.house, province.now, look=lambda *_: [number])
    assert "mạng nội bộ" in state_of(province).why


@pytest.mark.refusal(59)
def test_redirects_and_floods_are_refused_by_name(
    allowing: Province, lan: Person, station: Station
) -> None:
    """A source that leads elsewhere, sends too much or no CAP is told so in words; nothing comes in."""
    source(allowing, lan, station.at("/x"))
    for status, body, word in (
        (302, b"", "chuyển hướng"),
        (200, b" " * 4_100_000, "lớn hơn"),
        (500, b"", "500"),
        (200, b"<html/>", "<html>"),
        (200, b'<!DOCTYPE a [<!ENTITY x "y">]><a/>', "DOCTYPE"),
    ):
        station.status, station.pages["/x"] = status, body
        poll_cap(allowing.house, allowing.clock.pass_by(timedelta(seconds=61)))
        assert word in state_of(allowing).why
    assert inbox(allowing, lan) == ()


@pytest.mark.refusal(59)
def test_no_more_is_read_than_was_asked_for(allowing: Province, station: Station) -> None:
    """An answer that goes on is cut off at the bound, whatever it says of its length; one that fits is taken whole."""
    station.pages["/x"] = b"x" * 200_000
    allowed = allowing.house.settings.webhook_networks
    with pytest.raises(NotCalled, match="lớn hơn"):
        fetched(station.at("/x"), allowed, addresses_of, most_bytes=199_999, headers={})
    answer = fetched(station.at("/x"), allowed, addresses_of, most_bytes=200_000, headers={})
    assert len(answer.body) == 200_000


@pytest.mark.refusal_twin(59)
def test_a_sound_is_fetched_from_where_it_lies(
    allowing: Province, lan: Person, station: Station, tone: Path
) -> None:
    """When somebody asks for it, and into the library only."""
    station.pages["/a.mp3"] = tone.read_bytes()
    sound = (
        "<resource><resourceDesc>Lời ghi</resourceDesc><mimeType>audio/mpeg</mimeType>"
        f"<uri>{station.at('/a.mp3')}</uri></resource>"
    )
    offer = CapOffer(area="dt", origin=CapOrigin.FILE, origin_name="a.xml")
    with allowing.house.writing() as unit:
        taken = take_cap(unit, alert(info(extra=sound)), offer, who=lan, now=allowing.now)
    assert station.asked == []
    kept = keep_file(allowing.house, taken.message.number, "0.0", who=lan, now=allowing.now)
    assert (kept.title, kept.area, kept.approvals) == ("Lời ghi", "dt", ())


def test_sources_are_an_administrators(allowing: Province, lan: Person, station: Station) -> None:
    """Made, turned off and forgotten by whoever administers the area; strangers find nothing."""
    made = source(allowing, lan, station.at("/x"), area=COMMUNE)
    stranger = allowing.person("xa", PersonRole.ADMINISTRATOR, area=OTHER)
    duty = allowing.person("truc", PersonRole.EMERGENCY)
    house, now = allowing.house, allowing.now
    with house.writing() as unit:
        for deed in (switch_source, delete_source):
            more = {"enabled": False} if deed is switch_source else {}
            with pytest.raises(NotFound):
                deed(unit, made.id, who=stranger, now=now, **more)
            with pytest.raises(Forbidden):
                deed(unit, made.id, who=duty, now=now, **more)
        assert list_sources(unit, []) == ()
        off = switch_source(unit, made.id, enabled=False, who=lan, now=now)
        assert off.word == "đang tắt"
    assert poll_cap(house, now) == 0
    with house.writing() as unit:
        switch_source(unit, made.id, enabled=True, who=lan, now=now)
        assert list_sources(unit, [COMMUNE])[0].word == "chưa hỏi lần nào"
        delete_source(unit, made.id, who=lan, now=now)
        assert list_sources(unit, ["dt"]) == ()


def test_what_is_no_source_is_refused(allowing: Province, lan: Person) -> None:
    """Name, address and interval are checked, and their number."""
    with allowing.house.writing() as unit:
        good = CapSourceAsked(name="a", area="dt", url="https://a.example/x")
        for asked in (
            CapSourceAsked(name=" ", area="dt", url="https://a.example/x"),
            CapSourceAsked(name="a", area="dt", url="file:///etc/passwd"),
            CapSourceAsked(name="a", area="dt", url="https://u:p@a.example/x"),
            CapSourceAsked(name="a", area="dt", url="https://a.example/x", every_s=5),
        ):
            with pytest.raises(Unacceptable):
                create_source(unit, asked, who=lan, now=allowing.now)
        for _ in range(MOST_PER_AREA):
            create_source(unit, good, who=lan, now=allowing.now)
        with pytest.raises(Conflict):
            create_source(unit, good, who=lan, now=allowing.now)
