"""Central in the wrong hands, seen from one appliance: gate and core together, in virtual time.

The thief holds every key that lies on the server. What only people's keys can do stays undone.
"""

from collections.abc import Callable
from datetime import time, timedelta
from pathlib import Path
from typing import Final

import msgspec
import pytest

from contract.announcing import MOST_DRILLS
from contract.documents import (
    Content,
    Daily,
    Kind,
    Rank,
    Role,
    SetVolume,
    Slot,
    Status,
    StreamRelay,
)
from contract.errors import RefusalCode
from contract.seal import read_envelope, sha256
from contract.testing import Authority, device_key
from edge.config import Settings, load
from edge.core.events import (
    AnnouncementAccepted,
    ApprovalAccepted,
    ContentArrived,
    DocumentRefused,
    ProgrammeAccepted,
)
from edge.core.orders import StartPlay
from tests.edge.adapters.link_rig import Rig, content_of
from tests.edge.core.world import World, started

ON_THE_SERVER: Final = (Role.SCHEDULE, Role.ACTIVE_SET, Role.COMMAND, Role.TIME)
THEIRS: Final = content_of(b"their words", sha256(b"their words"), "Lời lạ")
STREAM: Final = "http://radio.example/live"


def relay(url: str) -> Slot:
    """Return a slot that relays an address for a minute, ten seconds from now."""
    return ours(live=StreamRelay(url=url))


def ours(*contents: Content, live: StreamRelay | None = None) -> Slot:
    """Return a daily slot of a minute, ten seconds from now."""
    return Slot(
        id="toi",
        title="Bản tin",
        recurrence=Daily(),
        start=time(10, 0, 10),
        window_s=60,
        items=tuple(c.sha256 for c in contents),
        live=live,
    )


class House:
    """One appliance: the real gate on a real disk, and the core in virtual time behind it."""

    def __init__(self, root: Path) -> None:
        """Assign the appliance; nothing else is held."""
        self.authority = Authority.make(seed="taken over")
        self.rig = Rig(root, self.authority)
        self.rig.assign()
        assignment = self.rig.gate.restore().assignment
        self.world = World(wall=self.authority.now)
        self.world.happen(started(assignment=assignment, approvals=(), contents=()))
        self._told = len(self.rig.events)

    def bring(self, *papers: bytes) -> None:
        """Bring papers to the gate, and what it lets through to the core."""
        for sealed in papers:
            self.rig.gate.admit(sealed, "push")
        for event in self.rig.events[self._told :]:
            self.world.happen(event)
        self._told = len(self.rig.events)

    def sounds(self, seconds: float) -> bool:
        """Let time pass; return whether anything was put on air since the start."""
        self.world.run(seconds)
        return any(isinstance(order, StartPlay) for _, order in self.world.orders)

    def codes(self) -> set[RefusalCode]:
        """Return why papers were refused so far."""
        return {e.code for e in self.rig.events if isinstance(e, DocumentRefused)}


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Return an appliance with an assignment, whose central was taken over."""
    return House(tmp_path)


def resealed(house: House, sealed: bytes, role: Role) -> bytes:
    """Return the same document signed by another role's key."""
    envelope = read_envelope(sealed)
    return house.authority.seal_bytes(envelope.kind, envelope.payload, role)


@pytest.mark.refusal(49, 32)
@pytest.mark.refusal_twin(49, 32)
def test_content_of_the_thief_sounds_only_once_a_person_approves_it(house: House) -> None:
    """A valid programme with new content on the shelf is silent; with an approver's word it sounds."""
    device = house.rig.identity.device
    slot = ours(THEIRS)
    house.bring(house.authority.programme(device, [slot], [THEIRS], filler=THEIRS.sha256))
    house.world.happen(ContentArrived(sha256=THEIRS.sha256))
    by_themselves = [
        resealed(house, house.authority.approve(THEIRS.sha256), role) for role in ON_THE_SERVER
    ]
    house.bring(*by_themselves, house.authority.approve(sha256(b"other words")))
    assert len(house.rig.of(ProgrammeAccepted)) == 1
    assert house.codes() == {RefusalCode.UNKNOWN_KEY}
    assert not house.sounds(30)
    house.bring(house.authority.approve(THEIRS.sha256))
    assert house.sounds(20)


@pytest.mark.refusal(49)
@pytest.mark.refusal_twin(49)
def test_a_stream_of_the_thief_sounds_only_once_a_person_approves_it(house: House) -> None:
    """A station named by a valid programme is not relayed; once its address is approved it is."""
    device = house.rig.identity.device
    house.bring(house.authority.programme(device, [relay(STREAM)]))
    assert not house.sounds(30)
    house.bring(house.authority.approve(sha256(STREAM.encode())))
    assert house.sounds(20)


FORGED: Final[dict[str, Callable[[Authority, Rig], bytes]]] = {
    "an announcement": lambda a, _: a.announce(),
    "a cancel": lambda a, _: a.cancel("dt:9:9"),
    "an assignment": lambda a, r: a.assign(r.identity.public, "dt/tan-hoi/ap-9"),
    "an approval": lambda a, _: a.approve(THEIRS.sha256),
}


@pytest.mark.refusal(49, 37)
@pytest.mark.refusal_twin(49, 37)
@pytest.mark.parametrize("make", FORGED.values(), ids=FORGED)
@pytest.mark.parametrize("role", ON_THE_SERVER)
def test_no_key_of_the_server_signs_what_is_for_people(
    house: House, make: Callable[[Authority, Rig], bytes], role: Role
) -> None:
    """Emergency, cancel, assignment and approval by a key of the server are refused; by their own, obeyed."""
    sealed = make(house.authority, house.rig)
    before = house.rig.gate.state
    house.bring(resealed(house, sealed, role))
    assert house.codes() == {RefusalCode.UNKNOWN_KEY}
    assert house.rig.gate.state == before
    assert not house.sounds(10)
    told = len(house.rig.events)
    house.bring(sealed)
    assert len(house.rig.events) == told + 1
    assert house.codes() == {RefusalCode.UNKNOWN_KEY}


@pytest.mark.refusal(49, 38)
@pytest.mark.refusal_twin(49, 38)
def test_yesterdays_warning_played_back_is_silent(house: House) -> None:
    """What the thief recorded sounds no second time: over, or heard before; a new one by a person sounds."""
    old = house.authority.announce(sent=house.authority.now - timedelta(hours=7))
    house.bring(old)
    assert house.codes() == {RefusalCode.EXPIRED}
    assert not house.sounds(10)
    fresh = house.authority.announce()
    house.bring(fresh, fresh)
    assert len(house.rig.of(AnnouncementAccepted)) == 1
    assert house.sounds(10)


@pytest.mark.refusal_twin(49)
def test_what_the_server_may_do_it_does(house: House) -> None:
    """Volume is the server's to set: its own key is believed in its own matters."""
    device = house.rig.identity.device
    house.bring(house.authority.command(device, SetVolume(volume_pct=30)))
    assert house.world.desk.local.base_volume_pct == 30
    assert house.codes() == set()


@pytest.mark.refusal(50)
@pytest.mark.refusal_twin(50)
def test_a_thousand_drills_neither_sound_nor_fill_the_appliance(house: House) -> None:
    """A thousand validly signed Tests leave sixteen ids and a few refusals; the warning after them sounds at once."""
    tests = [house.authority.announce(["dt"], status=Status.TEST) for _ in range(1_000)]
    house.bring(*tests)
    assert len(house.rig.gate.state.seen) == MOST_DRILLS
    assert house.rig.gate.restore().announcements == ()
    assert 1 <= len(house.rig.of(DocumentRefused)) <= 3
    assert not house.sounds(5)
    house.bring(house.authority.announce(["dt"]))
    assert house.sounds(3)


@pytest.mark.refusal(50)
@pytest.mark.refusal_twin(50)
def test_a_flood_of_exercises_is_one_and_gives_way(house: House) -> None:
    """Of a thousand validly signed exercises one waits for its turn; a real warning has the air before it."""
    flood = [house.authority.announce(["dt"], status=Status.EXERCISE) for _ in range(1_000)]
    house.bring(*flood)
    assert len(house.world.desk.alarms) == 1
    assert all(alarm.rank is Rank.NORMAL for alarm in house.world.desk.alarms)
    real = house.authority.announce(["dt"])
    house.bring(real)
    assert house.sounds(3)
    assert house.world.current is not None
    assert house.world.desk.rig.playing is not None
    on_air = house.world.desk.rig.playing.key.split("/")[1]
    assert house.world.desk.alarms[0].announcement.id == on_air
    assert house.world.desk.alarms[0].announcement.status is Status.ACTUAL


@pytest.mark.refusal(32, 47)
@pytest.mark.refusal_twin(32, 47)
def test_a_revoked_approver_takes_the_approvals_along(tmp_path: Path) -> None:
    """After a start under a keyring without the approver the approval is gone; before it, it stood."""
    house = House(tmp_path)
    house.bring(house.authority.approve(THEIRS.sha256))
    assert len(house.rig.of(ApprovalAccepted)) == 1
    same = Rig(tmp_path, house.authority)
    assert same.gate.approval(THEIRS.sha256) is not None
    house.authority.revoke(house.authority.keys[Role.APPROVE])
    after = Rig(tmp_path, house.authority)
    assert after.gate.approval(THEIRS.sha256) is None


# --- where it stands ---------------------------------------------------------------------------


def settings_text(more: str = "") -> str:
    """Return the least settings file there is, and a line more."""
    needed = [field.name for field in msgspec.structs.fields(Settings) if field.required]
    lines = [f'{name} = "http://127.0.0.1:8000"' for name in needed]
    return "\n".join([*lines, more, ""])


@pytest.mark.refusal(34)
@pytest.mark.refusal_twin(34)
@pytest.mark.parametrize("name", ["area", "device", "name", "zones", "policy", "exercises"])
def test_settings_cannot_say_where_an_appliance_stands(tmp_path: Path, name: str) -> None:
    """Whoever writes a place or a name into the settings gets a refusal; without that line they are taken."""
    file = tmp_path / "edge.toml"
    file.write_text(settings_text(f'{name} = "dt/tan-hoi/ap-9"'), encoding="utf-8")
    with pytest.raises(Exception, match=name):
        load(file)
    file.write_text(settings_text(), encoding="utf-8")
    assert isinstance(load(file), Settings)


@pytest.mark.refusal(34)
@pytest.mark.refusal_twin(34)
@pytest.mark.parametrize("where", ["state", "paper"])
def test_a_card_edited_by_hand_claims_no_other_place(tmp_path: Path, where: str) -> None:
    """A place changed on the card, in the state or in the sealed paper, leaves the appliance without one."""
    house = House(tmp_path)
    ledger = house.rig.ledger
    fact = ledger.load("trust", dict[str, object])
    assert fact is not None
    untouched = Rig(tmp_path, house.authority).gate.restore().assignment
    assert untouched is not None
    assert untouched.area == "dt/my-phong/ap-1"
    if where == "state":
        state = fact["state"]
        assert isinstance(state, dict)
        moved = {**state, "assignment": {**state["assignment"], "area": "dt/tan-hoi/ap-9"}}
        ledger.save("trust", {**fact, "state": moved})
    else:
        elsewhere = msgspec.structs.replace(untouched, area="dt/tan-hoi/ap-9")
        thief = device_key("thief")
        forged = house.authority.seal(Kind.ASSIGNMENT, elsewhere, thief)
        ledger.save("trust", {**fact, "assignment": forged})
    again = Rig(tmp_path, house.authority)
    assert again.gate.restore().assignment is None
    sealed = house.authority.announce(["dt/tan-hoi"])
    again.gate.admit(sealed, "push")
    assert again.of(AnnouncementAccepted) == []
