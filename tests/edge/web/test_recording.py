"""Recordings from the phone's own recorder: sent up, listened to, played. Refusals beside their twins."""

import asyncio
import io
import math
import struct
import wave
from collections.abc import AsyncIterator, Iterator, MutableMapping
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from contract.documents import Right, StaffPin
from edge.adapters.box import Box, BoxRefused
from edge.core.sound import FromRecording
from edge.web import recording
from tests.edge.web.caller import plays
from tests.edge.web.shop import LAN, PIN, QUICK, Shop
from tests.edge.web.visitor import HONEST, HOST, Visitor, another, story

Message = MutableMapping[str, object]
WATCHER = StaffPin(name="Ai đó", verifier=QUICK.hash(PIN), rights=(Right.WARN,))


def tune(seconds: float = 0.5, rate_hz: int = 16_000) -> bytes:
    """Return a sound file of a steady tone."""
    kept = io.BytesIO()
    with wave.open(kept, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        count = int(seconds * rate_hz)
        tone = (round(9_000 * math.sin(2 * math.pi * 440 * n / rate_hz)) for n in range(count))
        file.writeframes(b"".join(struct.pack("<h", value) for value in tone))
    return kept.getvalue()


@pytest.fixture
def box(tmp_path: Path) -> Box:
    """The box."""
    return Box(tmp_path / "box", quota_bytes=200_000_000, reserve_bytes=0)


def house(box: Box, *staff: StaffPin, at: tuple[int, int] = (8, 0), stuck_s: float = 20.0) -> Shop:
    """Return a shop at eight in the morning whose page takes recordings."""
    shop = Shop(staff=staff or (LAN,), rooms=(recording.room(box, BoxRefused, stuck_s=stuck_s),))
    shop.to(*at)
    return shop


async def send(
    visitor: Visitor,
    sound: bytes,
    *,
    csrf: str | None = None,
    headers: dict[str, str] | None = None,
    **fields: str,
) -> httpx.Response:
    """Return the answer to an upload, as the page's form sends it."""
    parts = {"csrf": visitor.proof if csrf is None else csrf, **fields}
    body: dict[str, tuple[str | None, bytes, str | None]]
    body = {name: (None, value.encode(), None) for name, value in parts.items()}
    body["sound"] = ("ghi-am.wav", sound, "audio/wav")
    return await visitor.client.post("/record", files=body, headers={**HONEST, **(headers or {})})


async def choose(visitor: Visitor, place: str) -> str:
    """Return the page at `place`, and keep it as the one last seen."""
    answer = await visitor.client.get(place)
    visitor.page = answer.text
    return answer.text


# --- the way of a recording ---------------------------------------------------------------------


def test_a_recording_is_sent_listened_to_and_played(box: Box) -> None:
    """Upload, listen on the own phone, play: the loudspeaker's order names the recording, with an end."""
    sound = tune()

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await visitor.sign_in()
        answer = await send(visitor, sound, title="Họp dân ấp 2")
        assert answer.status_code == 303
        ref = answer.headers["location"].partition("ref=")[2]
        page = await choose(visitor, answer.headers["location"])
        assert "Họp dân ấp 2" in page
        assert f'src="/record/{ref}"' in page
        heard = await visitor.look(f"/record/{ref}")
        assert (heard.status_code, heard.content) == (200, sound)
        assert heard.headers["content-type"] == "audio/wav"
        assert heard.headers["x-content-type-options"] == "nosniff"
        part = await visitor.look(f"/record/{ref}", Range="bytes=0-43")
        assert (part.status_code, part.content) == (206, sound[:44])
        fields = {"ref": ref, "title": "Họp  ấp 2", "length_ms": "60000", "zone": "cho"}
        page = await visitor.act("/record/play", **fields)
        assert "Sẽ phát “Họp ấp 2”" in page
        override = shop.reactor.desk.local.override
        assert override is not None
        assert override.source == FromRecording(ref=ref)
        assert (override.by, override.zones, override.length_ms) == (LAN.name, ("cho",), 60_000)
        assert timedelta(seconds=60) < override.until - shop.wall < timedelta(seconds=120)
        await plays(shop)

    story(telling, house(box))


def test_a_recording_of_unknown_length_ends_all_the_same(box: Box) -> None:
    """Where the phone could not measure, twenty minutes are the most."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await visitor.sign_in()
        ref = (await send(visitor, tune())).headers["location"].partition("ref=")[2]
        await visitor.act("/record/play", ref=ref, zone="cho")
        override = shop.reactor.desk.local.override
        assert override is not None
        assert override.until - shop.wall <= timedelta(minutes=21)
        assert override.title == f"Bản ghi lúc {shop.view().now:%H:%M %d/%m}"

    story(telling, house(box))


def test_recordings_are_kept_and_played_again(box: Box) -> None:
    """The page lists what was sent before, the newest first; each leads to its own page."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        await visitor.sign_in()
        assert "Chưa có bản ghi nào" in await choose(visitor, "/record")
        for title in ("Lịch tiêm", "Lấy nước"):
            assert (await send(visitor, tune(), title=title)).status_code == 303
        page = await choose(visitor, "/record")
        refs = [one.ref for one in box.recent()]
        assert page.index(f"ref={refs[0]}") < page.index(f"ref={refs[1]}")
        assert all(title in page for title in ("Lịch tiêm", "Lấy nước"))
        assert (await visitor.post("/record/play", ref=refs[1], zone="cho")).status_code == 303

    story(telling, house(box))


def test_a_script_is_answered_in_json(box: Box) -> None:
    """An upload with progress is told where to go on, or why not, without a page."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        await visitor.sign_in()
        asked = {"Accept": "application/json"}
        answer = await send(visitor, tune(), headers=asked)
        assert answer.status_code == 200
        assert answer.json() == {"to": f"/record?ref={box.recent()[0].ref}"}
        refused = await send(visitor, b"just text", headers=asked)
        assert refused.status_code == 422
        assert "không phải âm thanh" in refused.json()["why"]

    story(telling, house(box))


# --- what is refused ----------------------------------------------------------------------------


def test_quiet_hours_refuse_a_recording_with_the_reason(box: Box) -> None:
    """What policy refuses is taken back at once and said on the recording's page, where it can be tried again."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await visitor.sign_in()
        ref = (await send(visitor, tune())).headers["location"].partition("ref=")[2]
        answer = await visitor.post("/record/play", ref=ref, zone="cho")
        assert answer.headers["location"] == f"/record?ref={ref}"
        assert "giờ yên tĩnh" in (await choose(visitor, answer.headers["location"])).lower()
        assert shop.reactor.desk.local.override is None

    story(telling, house(box, at=(5, 12)))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"zone": ""}, "ít nhất một khu loa"),
        ({"zone": "khong-co"}, "ít nhất một khu loa"),
        ({"ref": "20261123-010203-0a0b0c0d.wav", "zone": "cho"}, "không còn trên thiết bị"),
    ],
)
def test_what_cannot_be_played_is_said(box: Box, fields: dict[str, str], said: str) -> None:
    """Without a zone, or when the recording is gone, nothing sounds and the page says why."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await visitor.sign_in()
        ref = (await send(visitor, tune())).headers["location"].partition("ref=")[2]
        answer = await visitor.post("/record/play", **{"ref": ref, **fields})
        assert said in await choose(visitor, answer.headers["location"])
        assert shop.reactor.desk.local.override is None

    story(telling, house(box))


@pytest.mark.parametrize(
    ("sound", "said"),
    [
        (b"", "trống"),
        (b"#!/bin/sh\nrm -rf /\n", "không phải âm thanh"),
        (b"<html><script>alert(1)</script>", "không phải âm thanh"),
    ],
)
def test_what_is_no_sound_is_not_kept(box: Box, sound: bytes, said: str) -> None:
    """The box looks at the bytes, not at the name or the type that the browser gave."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        await visitor.sign_in()
        answer = await send(visitor, sound)
        assert answer.status_code == 303
        assert said in await choose(visitor, answer.headers["location"])
        assert box.recent() == ()

    story(telling, house(box))


@pytest.mark.parametrize(
    ("flaw", "status"),
    [
        ("no-session", 401),
        ("no-right", 403),
        ("no-proof", 403),
        ("foreign-proof", 403),
        ("foreign-page", 403),
        ("no-origin", 403),
        ("", 303),
    ],
)
def test_who_may_not_send_sends_nothing(box: Box, tmp_path: Path, flaw: str, status: int) -> None:
    """Without session, right or proof no byte reaches the card; with all three the recording does."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        await visitor.look() if flaw == "no-session" else await visitor.sign_in()
        proof = {"no-proof": "", "foreign-proof": "0" * 64}.get(flaw)
        origin = {"foreign-page": "http://evil.example", "no-origin": "null"}.get(flaw)
        headers = {"Origin": origin} if origin else {}
        answer = await send(visitor, tune(), csrf=proof, headers=headers)
        assert answer.status_code == status

    story(telling, house(box, WATCHER if flaw == "no-right" else LAN))
    assert bool(list((tmp_path / "box").iterdir())) == (status == 303)


def test_only_who_may_play_may_listen(box: Box) -> None:
    """The audio and the list need a PIN with the right; names that the box never gave are 404."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await visitor.sign_in(PIN, name=LAN.name)
        await send(visitor, tune())
        ref = box.recent()[0].ref
        for path in ("/record", f"/record?ref={ref}", f"/record/{ref}"):
            assert (await visitor.look(path)).status_code == 200
            async with another(shop, beside=visitor) as stranger:
                assert (await stranger.look(path)).status_code == 401
                await stranger.sign_in(PIN, name=WATCHER.name)
                assert (await stranger.look(path)).status_code == 403
        for name in ("..%2Fstate", "%2e%2e", "a.wav", f"{ref}.label", "x" * 300, "%00", "%ff"):
            assert (await visitor.look(f"/record/{name}")).status_code == 404, name
        assert (await visitor.look("/record?ref=../x")).status_code == 404

    story(telling, house(box, LAN, WATCHER))


def _chunks(*pieces: bytes) -> AsyncIterator[bytes]:
    async def body() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    return body()


@pytest.mark.parametrize(
    ("flaw", "status"),
    [
        ("", 303),
        ("too-long", 413),
        ("no-length", 411),
        ("not-multipart", 415),
        ("no-boundary", 400),
        ("file-first", 400),
        ("two-proofs", 400),
        ("unknown-field", 400),
        ("long-field", 400),
        ("two-files", 400),
        ("bad-utf8", 400),
        ("cut-short", 303),
        ("garbage", 400),
    ],
)
def test_only_the_pages_own_form_is_read(box: Box, tmp_path: Path, flaw: str, status: int) -> None:
    """Too long, of unsaid length, of another type, out of order or cut short: nothing is kept."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        await visitor.sign_in()
        proof = part("csrf", visitor.proof.encode())
        sound = part("sound", tune(), 'filename="a.wav"')
        parts = {
            "file-first": [sound, proof],
            "two-proofs": [proof, proof, sound],
            "unknown-field": [proof, part("by", b"Ai"), sound],
            "long-field": [proof, part("title", b"x" * 1_100), sound],
            "two-files": [proof, sound, sound],
            "bad-utf8": [proof, part("title", b"\xff\xfe"), sound],
        }.get(flaw, [proof, sound])
        body = b"".join(parts) + (b"" if flaw == "cut-short" else b"--x--\r\n")
        body = b"not a form at all" if flaw == "garbage" else body
        kind = "multipart/form-data; boundary=x"
        kind = {"not-multipart": "audio/wav", "no-boundary": "multipart/form-data"}.get(flaw, kind)
        headers = {**HONEST, "Content-Type": kind}
        if flaw != "no-length":
            long = 25_100_000 if flaw == "too-long" else len(body)
            headers["Content-Length"] = str(long)
        answer = await visitor.client.post("/record", content=_chunks(body), headers=headers)
        assert answer.status_code == status
        if flaw == "cut-short":
            assert "Chưa nhận đủ" in await choose(visitor, answer.headers["location"])

    story(telling, house(box))
    kept = [path.name for path in (tmp_path / "box").iterdir()]
    assert bool(kept) == (flaw == ""), kept


def part(name: str, body: bytes, more: str = "") -> bytes:
    """Return one part of a form with the boundary x."""
    disposition = f'Content-Disposition: form-data; name="{name}"{"; " + more if more else ""}'
    return b"--x\r\n" + disposition.encode() + b"\r\n\r\n" + body + b"\r\n"


def test_a_body_longer_than_it_said_ends_at_the_cap(box: Box, tmp_path: Path) -> None:
    """Whatever length was said, the box takes 25 MB and no more, and forgets what it took."""
    block = bytes(1_000_000)

    async def telling(_: Shop, visitor: Visitor) -> None:
        await visitor.sign_in()
        head = part("csrf", visitor.proof.encode())
        sound = part("sound", tune(), 'filename="a.wav"')[:-2]
        kind = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": "1000"}
        body = _chunks(head, sound, *([block] * 26), b"\r\n--x--\r\n")
        answer = await visitor.client.post("/record", content=body, headers={**HONEST, **kind})
        assert "lớn hơn 25 MB" in await choose(visitor, answer.headers["location"])

    story(telling, house(box))
    assert list((tmp_path / "box").iterdir()) == []


def test_an_upload_that_stands_still_is_given_up(box: Box, tmp_path: Path) -> None:
    """A phone that went out of reach holds neither a place nor a file; one that goes on is waited for."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        await visitor.sign_in()
        head = part("csrf", visitor.proof.encode()) + part("sound", tune(), 'filename="a"')[:40]

        async def halting() -> AsyncIterator[bytes]:
            yield head
            await asyncio.sleep(30)

        kind = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": "9000"}
        answer = await visitor.client.post("/record", content=halting(), headers={**HONEST, **kind})
        assert "Mạng quá chậm" in await choose(visitor, answer.headers["location"])
        assert list((tmp_path / "box").iterdir()) == []
        assert (await send(visitor, tune())).headers["location"] != "/record"

    story(telling, house(box, stuck_s=0.5))


def test_few_uploads_at_once(box: Box) -> None:
    """A third upload beside two waits its turn: it is told so, and is taken when one has ended."""
    go = asyncio.Event()

    async def telling(_: Shop, visitor: Visitor) -> None:
        await visitor.sign_in()
        whole = part("csrf", visitor.proof.encode()) + part("sound", tune(), 'filename="a"')
        body = whole + b"--x--\r\n"

        async def slow() -> AsyncIterator[bytes]:
            yield body[:200]
            await go.wait()
            yield body[200:]

        kind = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(len(body))}
        headers = {**HONEST, **kind}
        two = [
            asyncio.create_task(visitor.client.post("/record", content=slow(), headers=headers))
            for _ in range(2)
        ]
        await asyncio.sleep(0.2)
        third = await send(visitor, tune(), headers={"Accept": "application/json"})
        assert "Đang nhận bản ghi khác" in third.json()["why"]
        go.set()
        assert [(await one).status_code for one in two] == [303, 303]
        assert len(box.recent()) == 2
        assert (await send(visitor, tune())).status_code == 303
        assert len(box.recent()) == 3

    story(telling, house(box))


def test_a_phone_that_hangs_up_leaves_nothing(box: Box, tmp_path: Path) -> None:
    """When the connection breaks in the middle the page survives and no part of the file is left."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        await visitor.sign_in()
        head = part("csrf", visitor.proof.encode()) + part("sound", tune(), 'filename="a"')[:400]
        messages: list[Message] = [
            {"type": "http.request", "body": head, "more_body": True},
            {"type": "http.disconnect"},
        ]
        said = {
            **HONEST,
            "Host": HOST,
            "Content-Type": "multipart/form-data; boundary=x",
            "Content-Length": "9000",
            "Cookie": f"tienglang-session={visitor.session}",
        }
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": "/record",
            "raw_path": b"/record",
            "query_string": b"",
            "root_path": "",
            "headers": [(name.lower().encode(), text.encode()) for name, text in said.items()],
            "client": ("192.168.1.77", 50_000),
            "server": ("192.168.1.20", 8080),
        }
        sent: list[Message] = []

        async def receive() -> Message:
            return messages.pop(0)

        async def answer(message: Message) -> None:
            sent.append(message)

        await visitor.app(scope, receive, answer)
        assert sent

    story(telling, house(box))
    assert list((tmp_path / "box").iterdir()) == []


def pages(shop: Shop) -> Iterator[str]:
    """Yield the main page of this shop, signed in."""
    seen: list[str] = []

    async def telling(_: Shop, visitor: Visitor) -> None:
        await visitor.sign_in()
        seen.append(visitor.page)

    story(telling, shop)
    yield from seen


def test_the_page_offers_recording_where_there_is_a_box(box: Box) -> None:
    """With a box the part is on the page of whoever operates; without one, or the right, it is not."""
    assert all('id="record-form"' in page for page in pages(house(box)))
    assert not any('id="record-form"' in page for page in pages(house(box, WATCHER)))
    assert not any('id="record-form"' in page for page in pages(Shop()))
