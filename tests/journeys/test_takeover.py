"""The drill of a taken-over server: a real appliance, its sound recorded, and a false central that has everything.

The thief has copied all that lay on the server (its keys, its database, its files), stopped it and answers in its
place. What sounds is asked of the recording; why the rest did not, of the appliance's own reports to the thief.
"""

import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
import requests

from contract import codec, seal
from contract.documents import (
    ActiveSet,
    Announcement,
    AnnouncementInfo,
    Approval,
    Assignment,
    Command,
    Content,
    Daily,
    DeviceId,
    Kind,
    MessageType,
    Programme,
    Repeat,
    SetVolume,
    Sha256,
    Silence,
    Slot,
    Status,
    StopSound,
)
from contract.seal import SigningKey
from provisioning.rehearsal.eavesdrop import programme_of
from provisioning.rehearsal.office import utc_now
from provisioning.rehearsal.sources import tune
from tests.journeys.conftest import COMMUNE, House
from tests.journeys.usurper import Usurper

pytestmark = [
    pytest.mark.drill,
    pytest.mark.timeout(240),
    pytest.mark.leaves_behind("the house and its recorders live for the whole file"),
]
SILENT_DBFS = -80.0
WAIT_S = 25.0


@dataclass
class Taken:
    """A house whose server was taken over."""

    house: House
    usurper: Usurper
    keys: dict[str, SigningKey]  # all that lay on the server, by the setting that named them
    programme: Programme  # the newest that the honest central gave out
    older: bytes  # an older one, as anybody on the line could record it
    ended: bytes  # a warning that people had raised and cancelled
    counter: int = 1000

    @property
    def device(self) -> DeviceId:
        """Return the appliance that is attacked."""
        return self.house.here.device

    def stolen(self, kind: Kind, payload: bytes) -> Iterator[bytes]:
        """Yield a document under each stolen key."""
        for key in self.keys.values():
            yield seal.seal(kind, payload, [key])

    def command(self, action: SetVolume | StopSound | Silence) -> bytes:
        """Return a valid command: its key lay on the server."""
        self.counter += 1
        now = utc_now().replace(microsecond=0)
        paper = Command(
            device=self.device,
            counter=self.counter,
            issued=now,
            expires=now + timedelta(minutes=4),
            action=action,
        )
        return seal.seal(Kind.COMMAND, codec.encode(paper), [self.keys["command_key"]])

    def offer_programme(self, paper: Programme) -> None:
        """Serve a programme under the stolen schedule key, and say so."""
        sealed = seal.seal(Kind.PROGRAMME, codec.encode(paper), [self.keys["schedule_key"]])
        self.usurper.papers["/programme"] = sealed
        self.usurper.hint("programme")

    def level_dbfs(self, since_s: float) -> float:
        """Return how loud the sink was since an instant of the monotonic clock."""
        return self.house.heard(self.house.here).level_dbfs(since_s, time.monotonic() - 0.2)

    def until_told(self, code: str, kind: str) -> None:
        """Wait until the appliance has reported a refusal of this code about papers of this kind."""
        deadline_s = time.monotonic() + WAIT_S
        while not any(r.code == code and kind in r.what for r in self.usurper.refusals()):
            told = [(r.what, r.code) for r in self.usurper.refusals()]
            assert time.monotonic() < deadline_s, f"{kind} was not refused as {code}: {told}"
            time.sleep(0.2)


def warning(
    message: MessageType = MessageType.ALERT,
    of: tuple[str, ...] = (),
    repeat: Repeat | None = None,
) -> Announcement:
    """Return a flood warning for the commune, or what ends one."""
    sent = utc_now()
    info = AnnouncementInfo(language="vi", headline="Cảnh báo lũ", text="Nước lũ lên nhanh.")
    return Announcement(
        id=f"dt-pctt:1:{time.time_ns() // 1_000_000}",
        message=message,
        status=Status.ACTUAL,
        sent=sent,
        expires=sent + timedelta(hours=1),
        areas=(COMMUNE,),
        references=of,
        event="Lũ",
        repeat=repeat or Repeat(quick_rounds=1, quick_gap_s=60, slow_gap_s=None),
        infos=() if of else (info,),
    )


def until(true: Callable[[], bool], what: str, within_s: float = WAIT_S) -> None:
    """Wait until something is so."""
    deadline_s = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline_s, what
        time.sleep(0.1)


def stolen_keys(config: Path) -> dict[str, SigningKey]:
    """Return every signing key that central's settings lead to."""
    settings = tomllib.loads(config.read_text(encoding="utf-8"))
    return {
        name: SigningKey.from_pem(Path(value).read_bytes(), None)
        for name, value in settings.items()
        if name.endswith("_key") and not name.startswith("tls")
    }


@contextmanager
def take_over(house: House) -> Iterator[Taken]:
    """Broadcast honestly for a while, then let the thief stop central and answer in its place."""
    house.plan(f"hom-nay-{time.time_ns() % 10**9}", COMMUNE, 3_000, 60)
    older = programme_of(house.province.base, house.here.state)
    house.plan(f"hom-nay-{time.time_ns() % 10**9}", COMMUNE, 3_100, 60)
    newest = codec.decode(
        Kind.PROGRAMME,
        seal.read_envelope(programme_of(house.province.base, house.here.state)).payload,
    )
    assert isinstance(newest, Programme)
    office = house.province.office("truc")
    first = house.province.keys.emergency[0]
    alert = warning()
    ended = office.announce(alert, [first])
    time.sleep(2.0)
    office.announce(warning(MessageType.CANCEL, (alert.id,)), [first])
    page = house.here.page
    until(lambda: held_version(page) == newest.version, "the newest programme did not arrive")
    house.province.central.stop()
    with Usurper(house.province.central_port) as usurper:
        until(lambda: usurper.streams > 0, "the appliance did not come to the false central", 60)
        keys = stolen_keys(house.province.central_config)
        yield Taken(house, usurper, keys, newest, older, ended)


@pytest.mark.refusal(49, 48)
@pytest.mark.refusal_twin(49, 48)
def test_who_holds_the_server_starts_no_new_sound_and_silences_no_warning(
    house: House, tmp_path: Path
) -> None:
    """With all that lay on the server: no new sound, no false warning, no silence; what is possible is seen."""
    with take_over(house) as taken:
        new_sound_does_not_sound(taken, tmp_path)
        a_warning_of_the_thief_does_not_sound(taken)
        an_ended_warning_does_not_come_back(taken)
        the_appliance_is_not_moved_retired_or_rolled_back(taken)
        a_warning_of_people_is_not_silenced(taken)
        a_keyring_of_the_thief_is_not_taken(taken)
        what_the_thief_can_do_is_seen_when_the_honest_central_returns(taken)


def held_version(page: str) -> int:
    """Return the version of the programme that the appliance holds."""
    return int(requests.get(f"{page}health", timeout=5).json()["programme_version"])


def ours(paper: Programme, slot_id: str, start: datetime, content: Content, step: int) -> Programme:
    """Return the thief's programme: one slot, now, of this content."""
    local = start.astimezone(paper_zone())
    slot = Slot(
        id=slot_id,
        title="Bản tin",
        recurrence=Daily(),
        start=local.time().replace(microsecond=0),
        window_s=60,
        items=(content.sha256,),
    )
    now = utc_now().replace(microsecond=0)
    return msgspec.structs.replace(
        paper,
        version=paper.version + step,
        issued=now,
        not_before=now - timedelta(hours=1),
        soft_expires=now + timedelta(days=1),
        expires=now + timedelta(days=2),
        slots=(slot,),
        contents=(content,),
        filler=None,
    )


def paper_zone() -> ZoneInfo:
    """Return the province's time zone."""
    return ZoneInfo("Asia/Ho_Chi_Minh")


def new_sound_does_not_sound(taken: Taken, tmp_path: Path) -> None:
    """The thief's own file, in a valid programme, under approvals by every stolen key, stays silent: unapproved."""
    file = tune(tmp_path)
    data = file.read_bytes()
    name = Sha256(seal.sha256(data + b"\0"))
    (known,) = taken.programme.contents
    theirs = msgspec.structs.replace(
        known, sha256=name, size_bytes=len(data) + 1, title="Lời của kẻ lạ"
    )
    now = utc_now().replace(microsecond=0)
    word = Approval(
        sha256=name, title="Lời của kẻ lạ", area="dt", issued=now, not_after=now + timedelta(days=1)
    )
    taken.usurper.papers[f"/content/{name}"] = data + b"\0"
    began_s = time.monotonic()
    every = list(taken.keys.values())
    forged = seal.seal(Kind.APPROVAL, codec.encode(word), every)
    taken.usurper.papers[f"/approvals/{name}"] = forged
    start = utc_now() + timedelta(seconds=4)
    taken.offer_programme(ours(taken.programme, "moi", start, theirs, taken.counter))
    taken.counter += 1
    time.sleep(8.0)
    assert taken.level_dbfs(began_s) < SILENT_DBFS
    taken.until_told("unknown-key", "approval")
    taken.until_told("unapproved", "Lời của kẻ lạ")


def a_warning_of_the_thief_does_not_sound(taken: Taken) -> None:
    """Under any stolen key, alone or all together, it is refused: nobody with the role signed."""
    began_s = time.monotonic()
    payload = codec.encode(warning())
    taken.usurper.push(*taken.stolen(Kind.ANNOUNCEMENT, payload))
    taken.usurper.push(seal.seal(Kind.ANNOUNCEMENT, payload, list(taken.keys.values())))
    taken.until_told("unknown-key", "announcement")
    time.sleep(3.0)
    assert taken.level_dbfs(began_s) < SILENT_DBFS


def an_ended_warning_does_not_come_back(taken: Taken) -> None:
    """What people raised and cancelled, byte for byte, is refused: its cancel is remembered."""
    began_s = time.monotonic()
    taken.usurper.push(taken.ended)
    taken.until_told("cancelled", "announcement")
    time.sleep(2.0)
    assert taken.level_dbfs(began_s) < SILENT_DBFS


def the_appliance_is_not_moved_retired_or_rolled_back(taken: Taken) -> None:
    """No stolen key signs an assignment; an older programme is refused by its version."""
    held = taken.house.province.papers[taken.device]
    for change in ({"area": "dt/cao-lanh/kp-1"}, {"retired": True}):
        moved = msgspec.structs.replace(held, epoch=held.epoch + 1, **change)
        assert isinstance(moved, Assignment)
        for forged in taken.stolen(Kind.ASSIGNMENT, codec.encode(moved)):
            taken.usurper.papers["/assignment"] = forged
            taken.usurper.hint("assignment")
            time.sleep(0.5)
    taken.until_told("unknown-key", "assignment")
    taken.usurper.papers["/programme"] = taken.older
    taken.usurper.hint("programme")
    taken.until_told("old-version", "programme")


def a_warning_of_people_is_not_silenced(taken: Taken) -> None:
    """Empty set, kill switch, stop, volume nought, forged cancels: the warning that people signed sounds on."""
    people = taken.house.province.keys.emergency[0]
    alert = warning(repeat=Repeat(quick_rounds=30, quick_gap_s=1, slow_gap_s=60))
    taken.usurper.push(seal.seal(Kind.ANNOUNCEMENT, codec.encode(alert), [people]))
    began_s = time.monotonic()
    until(lambda: taken.level_dbfs(began_s) > SILENT_DBFS, "people's warning did not sound", 15)
    now = utc_now().replace(microsecond=0)
    empty = ActiveSet(
        area="dt",
        version=2**40,
        issued=now,
        expires=now + timedelta(minutes=9),
        min_keyring_epoch=0,
    )
    cancel = codec.encode(warning(MessageType.CANCEL, (alert.id,)))
    taken.usurper.push(
        seal.seal(Kind.ACTIVE_SET, codec.encode(empty), [taken.keys["activeset_key"]]),
        taken.command(Silence(on=True)),
        taken.command(StopSound(for_s=3_600)),
        taken.command(SetVolume(volume_pct=0)),
        *taken.stolen(Kind.ANNOUNCEMENT, cancel),
    )
    time.sleep(4.0)  # whatever of it is obeyed is obeyed by now
    for _ in range(3):
        began_s = time.monotonic()
        time.sleep(6.0)
        assert taken.level_dbfs(began_s) > SILENT_DBFS, "the warning was silenced"
    taken.usurper.push(seal.seal(Kind.ANNOUNCEMENT, cancel, [people]))
    time.sleep(4.0)
    began_s = time.monotonic()
    time.sleep(4.0)
    assert taken.level_dbfs(began_s) < SILENT_DBFS, "their own cancel did not end it"
    taken.usurper.push(taken.command(Silence(on=False)), taken.command(StopSound(for_s=1)))


def a_keyring_of_the_thief_is_not_taken(taken: Taken) -> None:
    """With the online keys of the chain the thief signs no keyring: what was true before is true after."""
    for name in ("1.root.json", "2.root.json", "timestamp.json", "1.snapshot.json"):
        taken.usurper.papers[f"/tuf/metadata/{name}"] = b'{"signatures": [], "signed": {}}'
    taken.usurper.hint("keyring")
    time.sleep(3.0)
    began_s = time.monotonic()
    taken.usurper.push(*taken.stolen(Kind.ANNOUNCEMENT, codec.encode(warning())))
    time.sleep(2.5)
    assert taken.level_dbfs(began_s) < SILENT_DBFS
    people = taken.house.province.keys.emergency[0]
    began_s = time.monotonic()
    taken.usurper.push(seal.seal(Kind.ANNOUNCEMENT, codec.encode(warning()), [people]))
    until(lambda: taken.level_dbfs(began_s) > SILENT_DBFS, "people are not believed any more", 15)
    time.sleep(8.0)


def what_the_thief_can_do_is_seen_when_the_honest_central_returns(taken: Taken) -> None:
    """Approved content at another time does sound; the appliance says what it obeyed, and no log knows it."""
    (known,) = taken.programme.contents
    taken.usurper.push(taken.command(SetVolume(volume_pct=80)))
    start = utc_now() + timedelta(seconds=5)
    taken.counter += 1
    taken.offer_programme(ours(taken.programme, "gio-khac", start, known, taken.counter))
    began_s = time.monotonic()
    until(lambda: taken.level_dbfs(began_s) > SILENT_DBFS, "it was within the policy", 20)
    heard = taken.house.heard(taken.house.here)
    assert heard.level_dbfs(began_s, time.monotonic()) > SILENT_DBFS
    taken.usurper.__exit__(None, None, None)
    taken.house.province.start_central()
    office = taken.house.province.office("quantri")

    def alarmed() -> bool:
        found = office.call("GET", "/log/alarms", params={"device": taken.device})
        return any(alarm["kind"] == "receipt" for alarm in found)

    until(alarmed, "central raised no alarm about a programme that it never signed", 60)
