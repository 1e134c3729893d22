"""Neighbours: what goes round in a network without central, who asks central for all, and what liars cost."""

import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from contract import codec
from contract.documents import DeviceId, MessageType, Role, Sha256
from contract.seal import SigningKey, read_envelope, sha256
from edge.adapters.beacon import Beacon, Card
from edge.adapters.neighbour_index import (
    AREAS_MOST,
    CONTENTS_MOST,
    INDEX_BYTES,
    Hint,
    Index,
    Sighting,
    nearest,
    read_index,
    turn,
    worth_asking,
)
from edge.adapters.neighbour_porter import AskCentral
from edge.adapters.neighbour_watch import Times
from edge.adapters.neighbours import NEIGHBOURS_MOST
from edge.adapters.papers import Sealed
from edge.core.events import (
    AnnouncementAccepted,
    ApprovalAccepted,
    CentralLost,
    CentralReached,
    DocumentRefused,
    NeighboursSeen,
)
from tests.edge.adapters.link_rig import AREA, until
from tests.edge.adapters.neighbour_rig import (
    QUICK,
    WAIT_S,
    House,
    Lan,
    Liar,
    answer,
    hint_of,
    index_of,
    lan,
)

NEWS = os.urandom(700_000)
DEVICES = [DeviceId(letter * 16) for letter in "abcdefgh"]
NAMES = [Sha256(f"{number:064x}") for number in range(400)]


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Lan]:
    """A network without appliances yet."""
    with lan(tmp_path) as made:
        yield made


def doors(house: House) -> list[str]:
    """Return by which doors announcements came that were obeyed."""
    return [e.door for e in house.events if isinstance(e, AnnouncementAccepted)]


# --- the two choices --------------------------------------------------------------------------------


def test_all_know_whose_turn_it_is() -> None:
    """Whoever asks, and in whatever order the others are known, the answer is the same appliance."""
    for name in NAMES[:50]:
        answers = {
            turn(own, [d for d in order if d != own], name)
            for own in DEVICES
            for order in (DEVICES, DEVICES[::-1])
        }
        assert len(answers) == 1
        assert answers <= set(DEVICES)
    assert turn(DEVICES[0], [], NAMES[0]) == DEVICES[0]


def test_turns_are_spread_and_stay_where_they_were() -> None:
    """Each has about as many turns as the next, and when one leaves only its own turns move."""
    before = {name: turn(DEVICES[0], DEVICES, name) for name in NAMES}
    counts = Counter(before.values())
    assert set(counts) == set(DEVICES)
    assert max(counts.values()) < 3 * min(counts.values())
    gone = DEVICES[-1]
    after = {name: turn(DEVICES[0], DEVICES[:-1], name) for name in NAMES}
    assert all(after[name] == before[name] for name in NAMES if before[name] != gone)
    assert gone not in after.values()


def test_in_a_large_network_each_keeps_in_touch_with_some() -> None:
    """Each appliance of a hundred keeps in touch with sixteen of its own drawing, and all hang together."""
    everybody = [
        Sighting(f"loa {n}", DeviceId(f"d{n:015}"), "", "127.0.0.1", 80) for n in range(100)
    ]
    drawn = {s.device: nearest(s.device, everybody, NEIGHBOURS_MOST) for s in everybody}
    assert all(len(chosen) == NEIGHBOURS_MOST for chosen in drawn.values())
    assert len(set(drawn.values())) > 90
    for begin in everybody[
        :10
    ]:  # asks are answered by those asked, so news goes against the arrows
        heard, fresh = {begin.device}, {begin.device}
        while fresh:
            fresh = {d for d, chosen in drawn.items() if heard & {s.device for s in chosen}} - heard
            heard |= fresh
        assert len(heard) == 100


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        ({}, True),
        ({"areas": ("dt/my-phong",)}, True),
        ({"areas": ()}, True),
        ({"areas": ("dt/my-phong/ap-10",)}, False),
        ({"areas": ("dt/cao-lanh",)}, False),
        ({"sha256": NAMES[1]}, False),
        ({"kind": "activeset"}, True),
        ({"kind": "activeset", "areas": ("vl",)}, False),
        ({"kind": "activeset", "reached": True}, False),
        ({"kind": "activeset", "older": True}, False),
        ({"kind": "approval", "content": NAMES[2]}, True),
        ({"kind": "approval", "content": NAMES[3]}, False),
        ({"kind": "approval", "content": NAMES[2], "reached": True}, False),
        ({"kind": "announcement", "reached": True}, True),
        ({"unassigned": True}, False),
    ],
)
def test_which_papers_are_worth_asking_for(
    village: Lan, told: dict[str, object], *, asked: bool
) -> None:
    """A neighbour is asked for what we lack and what may concern us; with central, for warnings only."""
    now = village.authority.now
    plain: dict[str, object] = {
        "sha256": NAMES[0],
        "kind": "announcement",
        "issued": now,
        "areas": ("dt",),
    }
    fields = {k: v for k, v in told.items() if k not in {"reached", "older", "unassigned"}}
    hint = msgspec.convert(plain | fields, Hint)
    chosen = worth_asking(
        Index(device=DEVICES[0], name="", papers=(hint,)),
        own_area=None if "unassigned" in told else AREA,
        knows=lambda name: name == NAMES[1],
        newest_sets={"dt": now if "older" in told else now - timedelta(minutes=1)},
        approval_wanted=lambda content: content == NAMES[2],
        reached="reached" in told,
    )
    assert chosen == ([hint] if asked else [])


# --- the index --------------------------------------------------------------------------------------


def test_an_index_has_bounds() -> None:
    """An index as large as may be is read; one more content, a path for a name, or any other shape is refused."""
    full = Index(device=DEVICES[0], name="Ấp 1", contents=tuple(NAMES[:1]) * CONTENTS_MOST)
    whole = msgspec.json.encode(full)
    assert read_index(whole) == full
    for wrong in (
        whole.replace(b'"contents":[', b'"contents":["' + NAMES[1].encode() + b'",'),
        whole.replace(NAMES[0].encode(), b"../" + NAMES[0][3:].encode()),
        index_of("A" * 16),
        index_of(DEVICES[0], v=2),
        index_of(DEVICES[0], papers=[{"sha256": NAMES[0], "kind": "command", "issued": "x"}]),
        b'{"v":1}',
        b"[" * 100_000,
        b"\xff",
        whole + b" " * INDEX_BYTES,
    ):
        with pytest.raises(ValueError, match="index"):
            read_index(wrong)


def test_the_index_never_grows_too_long(village: Lan) -> None:
    """With a shelf of two thousand contents and hundreds of papers for long areas it stays below 256 kB."""
    house = village.house("a")
    folder = house.root / "many"
    folder.mkdir()
    for number in range(2_000):
        (folder / f"{number:064x}").touch()
    shelf = type(house.shelf)(folder, 50_000_000, house.events.append, reserve_bytes=0)
    house.shared._shelf = shelf
    long_area = "dt/my-phong/" + "/".join(f"khu-pho-co-ten-that-dai-{n}" for n in range(7))
    areas = tuple(f"{long_area}/{n}" for n in range(AREAS_MOST - 1))
    for _ in range(320):
        received = village.authority.announce(areas=(AREA, *areas))
        envelope = read_envelope(received)
        document = codec.decode(envelope.kind, envelope.payload)
        house.shared.take(Sealed(document, received, envelope.payload_sha256))
    body = house.shared.index()[1]
    index = read_index(body)
    assert len(body) <= INDEX_BYTES
    assert len(index.contents) == CONTENTS_MOST
    assert 30 < len(index.papers) <= 320
    assert all(secret not in body for secret in (b"verifier", b"PRIVATE", b"argon2"))


# --- papers -----------------------------------------------------------------------------------------


def test_a_warning_goes_round_within_a_moment(tmp_path: Path) -> None:
    """What one appliance hears from central all hear from it, over two steps, without waiting for a next question."""
    seldom = Times(held=20, quick=60.0, slow=60.0)
    with lan(tmp_path, seldom) as village:
        first, second, third = (village.house(name) for name in ("a", "b", "c"))
        village.meet()
        first.neighbours.seen((second.sighting(),))
        third.neighbours.seen((second.sighting(),))  # the third knows only the second
        warning = village.authority.announce()
        begun_s = time.monotonic()
        first.admit(warning, "push")
        until(lambda: third.told(warning), WAIT_S)
        assert time.monotonic() - begun_s < 5.0
        assert doors(first) == ["push"]
        assert doors(second) == doors(third) == ["neighbour"]
        assert third.gate.restore().announcements == first.gate.restore().announcements


def test_real_beacons_bring_neighbours_together(village: Lan) -> None:
    """Two appliances that only share a network find each other, and a warning goes from one to the other."""
    first, second = village.house("a"), village.house("b")
    beacons = [
        Beacon(
            lambda h=house: Card(  # type: ignore[misc]
                h.identity.device, f"Cụm loa {h.name}", h.server.port, AREA, "0.1.0"
            ),
            house.neighbours.seen,
            house.hear,
            interfaces=("127.0.0.1",),
            look_s=0.2,
        )
        for house in (first, second)
    ]
    try:
        for beacon in beacons:
            beacon.start()
        until(lambda: bool(first.neighbours.names() and second.neighbours.names()), WAIT_S)
        assert NeighboursSeen(names=("Cụm loa b",)) in first.events
        warning = village.authority.announce()
        first.admit(warning, "push")
        until(lambda: second.told(warning), WAIT_S)
        beacons[1].stop()
        until(lambda: first.events[-1] == NeighboursSeen(names=()), WAIT_S)
    finally:
        for beacon in beacons:
            beacon.stop()


def test_a_cancel_goes_round_and_ends_the_offer(village: Lan) -> None:
    """Who hears of a warning and its cancel from a neighbour ends with neither; a cancelled one is not given on."""
    first, second = village.house("a"), village.house("b")
    warning = village.authority.announce()
    first.admit(warning, "push")
    village.meet()
    until(lambda: second.told(warning), WAIT_S)
    cancel = village.authority.cancel(read_id(warning))
    first.admit(cancel, "push")
    until(lambda: second.told(cancel), WAIT_S)
    assert second.gate.restore().announcements == ()
    assert second.shared.paper(sha256(warning)) is None
    assert second.shared.paper(sha256(cancel)) == cancel
    late = village.house("c")
    village.meet()
    until(lambda: late.told(cancel), WAIT_S)
    assert doors(late) == ["neighbour"], "only the cancel came; the warning it ends did not"


def test_an_appliance_without_central_gets_sets_and_approvals(village: Lan) -> None:
    """While central is lost the active set and the approval of a held content come too; while it is reached, not."""
    first, second = village.house("a"), village.house("b")
    second.neighbours.notice(CentralReached())
    name = first.put(NEWS)
    approval, active = village.authority.approve(name), village.authority.activeset()
    for paper in (approval, active):
        first.admit(paper, "push")
    village.meet()
    warning = village.authority.announce()
    first.admit(warning, "push")
    until(lambda: second.told(warning), WAIT_S)
    assert not second.told(approval)
    assert not second.told(active)
    assert list(second.neighbours.papers()) == []
    second.neighbours.notice(CentralLost(why="dây đứt"))
    until(lambda: second.told(approval) and second.told(active), WAIT_S)
    assert [e for e in second.events if isinstance(e, DocumentRefused)] == []
    assert len([e for e in second.events if isinstance(e, ApprovalAccepted)]) == 1


def test_the_courier_may_ask_for_papers_itself(village: Lan) -> None:
    """`papers` gives each new envelope once, announcements first; the same question again gives nothing."""
    first, second = village.house("a"), village.house("b")
    until_told = village.authority.announce()
    second.neighbours.heard = lambda _: None  # type: ignore[method-assign,assignment]
    village.meet()
    active = village.authority.activeset()
    first.admit(active, "push")
    first.admit(until_told, "push")
    watch = second.neighbours._answering()[0]
    until(lambda: watch.index is not None and len(watch.index.papers) == 2, WAIT_S)
    assert list(second.neighbours.papers()) == [until_told, active]
    assert list(second.neighbours.papers()) == []


# --- contents ---------------------------------------------------------------------------------------


def test_a_content_comes_from_a_neighbour_that_has_it(village: Lan) -> None:
    """What a neighbour has is not asked of central: bytes and order are right; who is alone asks central."""
    first, second = village.house("a"), village.house("b")
    first.put(NEWS)
    assert second.neighbours.content(sha256(NEWS), len(NEWS)) is None
    village.meet()
    assert second.neighbours.mine(sha256(NEWS))
    assert second.bring(NEWS, urgent=True)
    assert second.central_served == 0
    assert second.shelf.has(sha256(NEWS))


def test_one_download_for_all(village: Lan) -> None:
    """Three appliances that need the same contents at the same time ask central for each of them once."""
    houses = [village.house(name) for name in "abc"]
    village.meet()
    contents = [os.urandom(50_000) for _ in range(4)]
    with ThreadPoolExecutor(3) as lanes:
        jobs = [
            lanes.submit(lambda h=house: [h.bring(data, central_s=0.3) for data in contents])  # type: ignore[misc]
            for house in houses
        ]
        for job in jobs:
            job.result(60)
    assert sum(house.central_served for house in houses) == len(contents)
    assert all(house.shelf.has(sha256(data)) for house in houses for data in contents)


def test_who_is_first_by_lot_asks_at_once(village: Lan) -> None:
    """The appliance whose turn it is waits for nobody, and an urgent content waits for nobody at all."""
    first, second = village.house("a"), village.house("b")
    village.meet()
    winner = turn(first.identity.device, [second.identity.device], sha256(NEWS))
    early, late = sorted((first, second), key=lambda h: h.identity.device != winner)
    begun_s = time.monotonic()
    for house, urgent in ((early, False), (late, True)):
        with pytest.raises(AskCentral):
            list(house.neighbours.content(sha256(NEWS), len(NEWS), urgent=urgent) or ())
    assert time.monotonic() - begun_s < QUICK.settle


def test_who_does_not_need_it_holds_nobody_up(village: Lan) -> None:
    """A neighbour that is first by lot but looks for nothing is not waited for beyond the settling."""
    first, second = village.house("a"), village.house("b")
    village.meet()
    winner = turn(first.identity.device, [second.identity.device], sha256(NEWS))
    late = second if winner == first.identity.device else first
    begun_s = time.monotonic()
    assert not late.bring(NEWS)
    assert time.monotonic() - begun_s < QUICK.settle + QUICK.begin


def test_a_fetch_that_never_ends_is_waited_for_once(village: Lan) -> None:
    """A neighbour that says it fetches and never has it is let go after the patience, and not waited for again."""
    house = village.house("a")
    names = [sha256(NEWS), sha256(NEWS[1:])]

    def talk(sock: socket.socket, path: str) -> None:
        sock.sendall(answer(index_of("l" * 16, fetching=names)))

    with Liar(talk) as liar:
        house.neighbours.seen((liar.sighting(),))
        until(lambda: house.neighbours.names() == ("Kẻ lạ",), WAIT_S)
        begun_s = time.monotonic()
        assert not house.bring(NEWS[:-1]), "another content is not waited for"
        assert time.monotonic() - begun_s < QUICK.settle + 1
        begun_s = time.monotonic()
        house.neighbours._porter._times = msgspec.structs.replace(QUICK, fetch=2.0)
        assert not house.bring(NEWS)
        assert 1.9 < time.monotonic() - begun_s < 6
        begun_s = time.monotonic()
        assert not house.bring(NEWS[1:])
        assert time.monotonic() - begun_s < QUICK.settle + 1


def test_a_fetch_given_up_is_waited_for_no_more(village: Lan) -> None:
    """When the one who fetched loses central, the other stops waiting and goes itself."""
    first, second = village.house("a"), village.house("b")
    village.meet()
    first.shared.fetch(sha256(NEWS), 60)
    until(lambda: sha256(NEWS) in second.heard_fetching(), WAIT_S)
    with ThreadPoolExecutor(1) as lane:
        bringing = lane.submit(lambda: second.bring(NEWS))
        time.sleep(QUICK.settle * 2)
        assert not bringing.done()
        first.neighbours.notice(CentralLost(why="dây đứt"))
        assert bringing.result(WAIT_S) is False


def test_a_cut_transfer_goes_on_with_the_next_neighbour(village: Lan) -> None:
    """A neighbour that breaks off half-way is followed by another one, which gives the rest and no more."""
    house, honest = village.house("a"), village.house("b")
    honest.put(NEWS)
    name = sha256(NEWS)

    def talk(sock: socket.socket, path: str) -> None:
        if path.startswith("/neighbour/v1/index"):
            sock.sendall(answer(index_of("l" * 16, contents=[name])))
        else:
            sock.sendall(answer(NEWS[:300_000], length=len(NEWS)))

    with Liar(talk) as liar:
        village.meet(liar.sighting())
        until(lambda: len(house.neighbours.names()) == 2, WAIT_S)
        porter = house.neighbours._porter
        watches = sorted(porter._holders(name), key=lambda w: w.sighting.device != liar.device)
        porter._holders = lambda _: watches  # type: ignore[method-assign,assignment]
        assert house.bring(NEWS)
        assert house.given_bytes == len(NEWS)
        assert not watches[0].gives


# --- who is there -----------------------------------------------------------------------------------


def test_a_neighbour_without_power_is_dropped_and_welcomed_back(village: Lan) -> None:
    """Its record lives on for an hour, so three unanswered questions decide; when it answers again it counts again."""
    first, second = village.house("a"), village.house("b")
    village.meet()
    second.stop_server()
    until(lambda: first.events[-1] == NeighboursSeen(names=()), WAIT_S)
    assert first.neighbours.content(sha256(NEWS), len(NEWS)) is None
    second.restart_server()
    until(lambda: first.events[-1] == NeighboursSeen(names=("b",)), WAIT_S)


def test_a_neighbour_renamed_is_the_same_neighbour(village: Lan) -> None:
    """Under the name of its assignment it is known as before: its contents come at once, and it never seemed gone."""
    first, second = village.house("a"), village.house("b")
    second.put(NEWS)
    village.meet()
    old = second.sighting()
    new = msgspec.structs.replace(old, record="ap-2", name="Ấp 2")
    first.neighbours.seen((old, new))
    assert first.neighbours.names() == ("b",), "still itself while both names stand"
    first.neighbours.seen((new,))
    assert first.neighbours.names() == ("Ấp 2",)
    assert first.bring(NEWS)
    assert [e.names for e in first.events if isinstance(e, NeighboursSeen)] == [("b",), ("Ấp 2",)]


def test_stopping_ends_every_wait(village: Lan) -> None:
    """A stop ends held questions and a wait for a neighbour's fetch at once, and asks central for nothing."""
    first, second = village.house("a"), village.house("b")
    village.meet()
    first.shared.fetch(sha256(NEWS), 60)
    pieces = second.neighbours.content(sha256(NEWS), len(NEWS))
    watch = second.neighbours._answering()[0]
    until(lambda: bool(watch.index and watch.index.fetching), WAIT_S)
    assert pieces is not None
    assert next(pieces) == b""
    begun_s = time.monotonic()
    stopping = threading.Timer(0.2, second.neighbours.stop)
    stopping.start()
    with pytest.raises(AskCentral):
        assert set(pieces) <= {b""}
    stopping.join()
    assert time.monotonic() - begun_s < 3.0
    assert sha256(NEWS) not in read_index(second.shared.index()[1]).fetching


# --- liars ------------------------------------------------------------------------------------------


def holding(data: bytes, give: Callable[[Liar, socket.socket], None]) -> Liar:
    """Return a liar that says it has a content and then gives it its own way."""

    def talk(sock: socket.socket, path: str) -> None:
        if path.startswith("/neighbour/v1/index"):
            sock.sendall(answer(index_of("l" * 16, contents=[sha256(data)])))
        else:
            give(liar, sock)

    liar = Liar(talk)
    return liar


def give_wrong(liar: Liar, sock: socket.socket) -> None:
    """Give as many bytes, but others."""
    sock.sendall(answer(NEWS[::-1]))


def give_endless(liar: Liar, sock: socket.socket) -> None:
    """Promise the right length and never end."""
    sock.sendall(answer(b"", length=len(NEWS)))
    while liar.rest(0):
        sock.sendall(NEWS[::-1])


def give_huge(liar: Liar, sock: socket.socket) -> None:
    """Promise a terabyte."""
    sock.sendall(answer(b"", length=10**12))


def give_slowly(liar: Liar, sock: socket.socket) -> None:
    """Give a byte now and then, so that no read ever times out."""
    sock.sendall(answer(b"", length=len(NEWS)))
    for at in range(len(NEWS)):
        sock.sendall(NEWS[at : at + 1])
        if not liar.rest(0.05):
            return


def give_head_slowly(liar: Liar, sock: socket.socket) -> None:
    """Send a head that never ends, letter by letter."""
    sock.sendall(b"HTTP/1.1 200 OK\r\n")
    while liar.rest(0.05):
        sock.sendall(b"x: y\r\n")


def give_nothing(liar: Liar, sock: socket.socket) -> None:
    """Take the question and say nothing."""
    liar.rest(60)


def give_elsewhere(liar: Liar, sock: socket.socket) -> None:
    """Send the reader to another address."""
    sock.sendall(
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    )


def give_noise(liar: Liar, sock: socket.socket) -> None:
    """Answer with what is no HTTP."""
    sock.sendall(os.urandom(50_000))


@pytest.mark.parametrize(
    "give",
    [
        give_wrong,
        give_endless,
        give_huge,
        give_slowly,
        give_head_slowly,
        give_nothing,
        give_elsewhere,
        give_noise,
    ],
)
def test_a_lying_neighbour_costs_seconds(
    village: Lan, give: Callable[[Liar, socket.socket], None]
) -> None:
    """However a neighbour gives a content wrongly, it takes seconds, central is asked, and it is left alone after."""
    house = village.house("a")
    with holding(NEWS, give) as liar:
        house.neighbours.seen((liar.sighting(),))
        until(lambda: house.neighbours.names() == ("Kẻ lạ",), WAIT_S)
        begun_s = time.monotonic()
        assert not house.bring(NEWS)
        assert time.monotonic() - begun_s < 12
        assert house.central_served == 1
        assert house.shelf.has(sha256(NEWS))
        asked = [path for path in liar.asked if "/contents/" in path]
        assert len(asked) == 1
        assert not house.neighbours._answering()[0].gives
        assert house.given_bytes <= len(NEWS)


def test_an_honest_stranger_is_believed_by_its_bytes(village: Lan) -> None:
    """The same stranger giving the right bytes is as good as anybody: what counts is the hash."""
    house = village.house("a")
    with holding(NEWS, lambda _, sock: sock.sendall(answer(NEWS))) as stranger:
        house.neighbours.seen((stranger.sighting(),))
        until(lambda: house.neighbours.names() == ("Kẻ lạ",), WAIT_S)
        assert house.bring(NEWS)
        assert house.central_served == 0


def offering(papers: dict[bytes, bytes]) -> Liar:
    """Return a stranger that lists these announcements and gives these bytes for them."""
    by_name = {sha256(listed): given for listed, given in papers.items()}

    def talk(sock: socket.socket, path: str) -> None:
        if path.startswith("/neighbour/v1/index"):
            hints = [hint_of(listed) for listed in papers]
            sock.sendall(answer(index_of("l" * 16, papers=hints)))
        else:
            sock.sendall(answer(by_name[Sha256(path.rpartition("/")[2])]))

    return Liar(talk)


def test_forged_and_old_papers_are_refused(village: Lan) -> None:
    """A forged, a cancelled, a past and an exchanged paper sound nothing; the genuine one beside them is obeyed."""
    authority, house = village.authority, village.house("a")
    old = authority.announce()
    house.admit(old, "push")
    house.admit(authority.cancel(read_id(old)), "push")
    house.shared._known.clear()  # as after a restart
    past = authority.announce(expires=authority.now + timedelta(minutes=1))
    house.wall += timedelta(minutes=2)
    genuine = authority.announce()
    swapped = authority.announce()
    forger = SigningKey.generate()
    payload = read_envelope(authority.announce()).payload
    forged = authority.seal_bytes(read_envelope(genuine).kind, payload, forger)
    with offering(
        {old: old, past: past, forged: forged, swapped: forged, genuine: genuine}
    ) as liar:
        house.neighbours.seen((liar.sighting(),))
        until(lambda: house.told(genuine) or len(liar.asked) > 12, WAIT_S)
        until(lambda: sum(genuine_path(genuine) in path for path in liar.asked) == 1, WAIT_S)
    codes = {e.code.value for e in house.events if isinstance(e, DocumentRefused)}
    assert {"cancelled", "expired", "unknown-key"} <= codes
    assert doors(house) == ["push", "push", "neighbour"]
    assert house.told(genuine)
    assert not house.told(swapped)


def test_a_withheld_warning_comes_from_another(village: Lan) -> None:
    """A neighbour that lists a warning and never gives it hides nothing: the next one gives it."""
    house, honest = village.house("a"), village.house("b")
    warning = village.authority.announce()

    def talk(sock: socket.socket, path: str) -> None:
        if path.startswith("/neighbour/v1/index"):
            sock.sendall(answer(index_of("l" * 16, papers=[hint_of(warning)])))
        else:
            liar.rest(60)

    liar = Liar(talk)
    with liar:
        village.meet(liar.sighting())
        until(lambda: any("/papers/" in path for path in liar.asked), WAIT_S)
        honest.admit(warning, "push")
        took_s = until(lambda: house.told(warning), WAIT_S)
        assert took_s < 5


def test_a_chattering_neighbour_is_slowed_down(village: Lan) -> None:
    """One that has news with every answer is asked in bursts and then every few moments, not as fast as it likes."""
    house = village.house("a")
    count = [0]

    def talk(sock: socket.socket, path: str) -> None:
        count[0] += 1
        sock.sendall(answer(index_of("l" * 16, name=f"{count[0]}"), etag=f"e{count[0]}"))

    with Liar(talk) as liar:
        house.neighbours.seen((liar.sighting(),))
        until(lambda: count[0] > 5, WAIT_S)
        time.sleep(0.7)
        begun_s, before = time.monotonic(), count[0]
        time.sleep(1.0)
        assert count[0] - before <= (time.monotonic() - begun_s) / QUICK.refill + 3


def test_an_impostor_of_another_device_is_not_heard(village: Lan) -> None:
    """An index that names another device than the record did is not believed; nobody is seen."""
    house = village.house("a")
    with Liar(lambda sock, _: sock.sendall(answer(index_of("m" * 16)))) as liar:
        house.neighbours.seen((liar.sighting(),))
        until(lambda: len(liar.asked) >= 3, WAIT_S)
        assert house.neighbours.names() == ()


@pytest.mark.refusal_twin(37)
@pytest.mark.refusal(37)
def test_a_paper_of_a_stolen_schedule_key_sounds_nothing(village: Lan) -> None:
    """A warning signed by a role that may not warn is refused at this door as at any other; the emergency's is not."""
    authority, house = village.authority, village.house("a")
    genuine = authority.announce()
    envelope = read_envelope(authority.announce())
    stolen = authority.seal_bytes(envelope.kind, envelope.payload, Role.SCHEDULE)
    with offering({stolen: stolen, genuine: genuine}) as liar:
        house.neighbours.seen((liar.sighting(),))
        until(lambda: house.told(genuine), WAIT_S)
        until(lambda: any(isinstance(e, DocumentRefused) for e in house.events), WAIT_S)
    assert doors(house) == ["neighbour"]


def read_id(envelope: bytes) -> str:
    """Return the id of a sealed announcement."""
    told = msgspec.json.decode(read_envelope(envelope).payload)
    assert told["message"] == MessageType.ALERT.value
    return str(told["id"])


def genuine_path(envelope: bytes) -> str:
    """Return the end of the path under which a paper is asked for."""
    return f"/papers/{sha256(envelope)}"
