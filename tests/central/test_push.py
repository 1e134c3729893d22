"""The push: everybody concerned, at once, nothing twice over, nothing lost, nobody held up by another."""

import asyncio
import hashlib
import json
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import httpx
import msgspec
import pytest
from sqlalchemy import insert

from central.config import load_settings
from central.db.engine import for_writing, open_engine
from central.db.fleet import DeviceRow, DeviceSessionRow
from contract import codec, seal
from contract.documents import Announcement, Kind
from contract.testing import Authority
from tests.central.serving import Served
from tests.central.setting import HAMLET, OTHER, real_now, write_site
from tests.central.streams import listen, request


def crowd(served: Served, areas: list[str]) -> list[str]:
    """Return the tokens of as many appliances, written straight into the tables: one per area given."""
    engine = open_engine(load_settings(served.config).database)
    now = real_now()
    marks = [secrets.token_hex(32) for _ in areas]
    devices, sessions = [], []
    for mark, area in zip(marks, areas, strict=True):
        device = mark[:16].translate(str.maketrans("0189", "wxyz"))
        devices.append(
            {
                "id": device,
                "public_key": "A" * 43 + "=",
                "name": "loa",
                "area": area,
                "epoch": 1,
                "time_zone": "Asia/Ho_Chi_Minh",
                "zones": [],
                "assignment": b"",
                "assignment_etag": mark,
                "assigned": now,
            }
        )
        token_hash = hashlib.sha256(mark.encode()).hexdigest()
        expires = now + timedelta(hours=1)
        sessions.append({"token_hash": token_hash, "device": device, "expires": expires})
    with for_writing(engine).begin() as connection:
        connection.execute(insert(DeviceRow), devices)
        connection.execute(insert(DeviceSessionRow), sessions)
    engine.dispose()
    return marks


def announce(served: Served, *areas: str) -> bytes:
    """Raise an alarm over the interface and return its envelope."""
    served.authority.now = real_now()
    envelope = served.authority.announce(list(areas))
    send(served, envelope)
    return envelope


def send(served: Served, envelope: bytes) -> None:
    """Hand a signed announcement in."""
    with served.person() as lan:
        answer = lan.post("/announcements", content=envelope)
    assert answer.status_code == 201, answer.text


def sealed_kind(event: dict[str, str]) -> Kind | None:
    """Return the kind of the sealed document in an event."""
    return (
        seal.read_envelope(event["data"].encode()).kind if event.get("event") == "sealed" else None
    )


def carries(envelope: bytes) -> Callable[[dict[str, str]], bool]:
    """Return the question whether an event carries exactly these bytes."""
    return lambda event: event.get("data", "").encode() == envelope


def test_whoever_connects_learns_what_is_in_force(served: Served) -> None:
    """First the active set, then the alarms for this appliance, without having heard of them before."""
    envelope = announce(served, HAMLET)
    here, there = crowd(served, [HAMLET, OTHER])

    async def story() -> tuple[list[Kind | None], list[bytes]]:
        mine, other = await listen(served.url, here), await listen(served.url, there)
        await mine.until(carries(envelope))
        await other.until(lambda e: sealed_kind(e) is Kind.ACTIVE_SET)
        kinds = [sealed_kind(e) for _, e in mine.events if "event" in e]
        data = [e["data"].encode() for _, e in other.events if sealed_kind(e) is Kind.ANNOUNCEMENT]
        await asyncio.gather(mine.close(), other.close())
        return kinds, data

    kinds, data = asyncio.run(story())
    assert kinds[:2] == [Kind.ACTIVE_SET, Kind.ANNOUNCEMENT]
    assert envelope not in data


def test_who_comes_back_gets_what_was_missed_once_and_in_order(served: Served) -> None:
    """With Last-Event-ID the stream goes on where it broke: hints and orders, each once."""
    key = served.assign(HAMLET)
    device = seal.device_id(key.public)
    with served.appliance(key) as loa:
        token = loa.headers["authorization"].removeprefix("Bearer ")

    def order(percent: int) -> None:
        with served.person() as lan:
            action = {"do": "volume", "volume_pct": percent}
            assert lan.post(f"/devices/{device}/commands", json=action).status_code == 202

    async def story() -> tuple[list[tuple[str, str]], list[int]]:
        first = await listen(served.url, token)
        await asyncio.to_thread(order, 10)
        await first.until(lambda e: sealed_kind(e) is Kind.COMMAND)
        last = max(int(e["id"]) for _, e in first.events if "id" in e)
        await first.close()
        await asyncio.to_thread(order, 20)
        await asyncio.to_thread(republish)
        second = await listen(served.url, token, last)
        await second.until(lambda e: e.get("event") == "changed")
        seen = [
            (e["event"], str(sealed_kind(e) or e["data"]))
            for _, e in second.events
            if "event" in e and sealed_kind(e) not in {Kind.ACTIVE_SET, Kind.ANNOUNCEMENT}
        ]
        ids = [int(e["id"]) for _, e in second.events if "id" in e and int(e["id"]) > last]
        await second.close()
        return seen, ids

    def republish() -> None:
        with served.person() as lan:
            assert lan.post("/publish", json={"area": HAMLET}).status_code == 200

    seen, ids = asyncio.run(story())
    assert seen == [("sealed", "command"), ("changed", '{"kind":"programme"}')]
    assert ids == sorted(set(ids))


def test_a_stalled_reader_is_dropped_and_holds_nobody_up(served: Served) -> None:
    """One appliance that reads nothing is cut off; meanwhile every other has everything promptly."""
    stalled, *others = crowd(served, [HAMLET] * 20)

    async def story() -> tuple[float, int]:
        before = await asyncio.to_thread(streams, served)
        deaf = await asyncio.to_thread(ask_and_never_read, served.url, stalled)
        listeners = [await listen(served.url, token) for token in others]
        slowest, sent = 0.0, list[bytes]()
        while await asyncio.to_thread(streams, served) > before + len(others) and len(sent) < 120:
            envelope = big_alarm(served)
            begun = time.monotonic()
            await asyncio.to_thread(send, served, envelope)
            came = [await one.until(carries(envelope)) - begun for one in listeners]
            slowest = max(slowest, *came)
            sent.append(envelope)
        held = await asyncio.to_thread(streams, served) - before
        assert all(not one.over.is_set() for one in listeners)
        for envelope in sent:
            cancel = served.authority.cancel(told_id(envelope), areas=[HAMLET], sent=real_now())
            await asyncio.to_thread(send, served, cancel)
        await asyncio.gather(*(one.close() for one in listeners))
        deaf.close()
        return slowest, held

    slowest, held = asyncio.run(story())
    assert (slowest < 2.0, held) == (True, len(others)), slowest


def test_a_large_greeting_is_waited_for_not_punished(served: Served) -> None:
    """Half a megabyte of alarms in force reaches whoever connects, and the next alarm too."""
    (token,) = crowd(served, [HAMLET])
    alarms = [big_alarm(served) for _ in range(8)]
    for envelope in alarms:
        send(served, envelope)

    async def story() -> None:
        one = await listen(served.url, token)
        for envelope in alarms:
            await one.until(carries(envelope))
        latest = await asyncio.to_thread(announce, served, HAMLET)
        await one.until(carries(latest))
        await one.close()

    asyncio.run(story())
    for envelope in alarms:
        cancel = served.authority.cancel(told_id(envelope), areas=[HAMLET], sent=real_now())
        send(served, cancel)


def ask_and_never_read(url: str, token: str) -> socket.socket:
    """Open a stream and never read from it, with as small a window as the system allows."""
    host, _, port = url.removeprefix("http://").rpartition(":")
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    deaf.settimeout(10)
    deaf.connect((host, int(port)))
    deaf.sendall(
        f"GET /device/v1/stream HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n".encode()
    )
    return deaf


def big_alarm(served: Served) -> bytes:
    """Return a signed alarm as large as they may be: 60 kB of words."""
    small = seal.read_envelope(served.authority.announce([HAMLET], sent=real_now()))
    alarm = codec.decode(Kind.ANNOUNCEMENT, small.payload)
    assert isinstance(alarm, Announcement)
    words = [
        msgspec.structs.replace(alarm.infos[0], text="ớ" * 8_000, language=x) for x in ("vi", "km")
    ]
    return served.authority.seal(
        Kind.ANNOUNCEMENT, msgspec.structs.replace(alarm, infos=tuple(words))
    )


def told_id(envelope: bytes) -> str:
    """Return the id of a sealed announcement."""
    return str(json.loads(seal.read_envelope(envelope).payload)["id"])


def streams(served: Served) -> int:
    """Return how many streams the server holds."""
    with httpx.Client(base_url=served.url, trust_env=False) as client:
        return int(client.get("/health").json()["streams"])


def test_a_stream_needs_a_session(served: Served) -> None:
    """Without a good token there is a sentence and no stream."""

    async def story() -> bytes:
        reader, writer = await request(served.url, "nonsense")
        head = await reader.readuntil(b"\r\n\r\n")
        writer.close()
        await writer.wait_closed()
        return head

    assert asyncio.run(story()).startswith(b"HTTP/1.1 401")


def test_a_stream_is_opened_by_get_alone(served: Served) -> None:
    """Any other method is told so in words, and the connection stays good for another request."""
    with httpx.Client(base_url=served.url, trust_env=False) as client:
        answer = client.post("/device/v1/stream")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
        assert answer.json()["error"] == "wrong-method"
        assert client.get("/health").status_code == 200


def test_an_appliance_that_moves_hears_its_new_area(served: Served) -> None:
    """After a new assignment the open stream follows the appliance to where it now stands."""
    key = served.assign(HAMLET)
    with served.appliance(key) as loa:
        token = loa.headers["authorization"].removeprefix("Bearer ")

    def move() -> None:
        paper = served.authority.assign(key.public, OTHER, epoch=9)
        with served.person() as lan:
            assert lan.post("/assignments", content=paper).status_code == 201

    async def story() -> None:
        one = await listen(served.url, token)
        await asyncio.to_thread(move)
        await one.until(lambda e: e.get("data") == '{"kind":"assignment"}')
        envelope = await asyncio.to_thread(announce, served, OTHER)
        await one.until(carries(envelope), 3)
        await one.close()

    asyncio.run(story())


@pytest.fixture
def gateway(served: Served) -> Iterator[Served]:
    """A push gateway alone, over the database of the running server."""
    config = served.config.with_name("gateway.toml")
    config.write_text(served.config.read_text("utf-8"), "utf-8")
    gateway = Served(config, served.authority, "push")
    gateway.start()
    yield gateway
    gateway.stop()


def test_a_gateway_alone_serves_from_the_same_database(served: Served, gateway: Served) -> None:
    """A second process needs nothing but the outbox: its appliances are told within its poll."""
    tokens = crowd(served, [HAMLET] * 10)

    async def story() -> list[float]:
        listeners = await asyncio.gather(*(listen(gateway.url, t) for t in tokens))
        begun = time.monotonic()
        envelope = await asyncio.to_thread(announce, served, HAMLET)
        came = [await one.until(carries(envelope)) - begun for one in listeners]
        await asyncio.gather(*(one.close() for one in listeners))
        return came

    assert max(asyncio.run(story())) < 3.0
    with httpx.Client(base_url=gateway.url, trust_env=False) as client:
        assert client.get("/api/v1/devices").status_code == 404


def test_stopping_ends_held_streams_and_does_not_wait_for_them(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """A stop takes moments though streams are open, and the appliance sees an orderly end."""
    authority = Authority.make("dt", now=real_now())
    served = Served(write_site(tmp_path_factory.mktemp("stop"), authority), authority)
    served.prepare()
    served.start()
    (token,) = crowd(served, [HAMLET])

    async def story() -> float:
        one = await listen(served.url, token)
        begun = time.monotonic()
        code = await asyncio.to_thread(served.stop)
        await asyncio.wait_for(one.over.wait(), 5)
        await one.close()
        assert code == 0
        return time.monotonic() - begun

    assert asyncio.run(story()) < 8
    assert "Traceback" not in served.log(), served.log()
