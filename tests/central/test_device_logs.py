"""The log of an appliance: taken once for a command of the last two hours, kept harmless, read by who may ask."""

import gzip
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from central.db.fleet import DeviceLogRow
from central.db.people import AuditRow
from central.domain.bulk import Sending
from central.domain.errors import Forbidden, NotFound
from central.domain.people import Person, PersonRole
from central.services import send_command, sweep
from central.services.bulk import bulk_targets, order_bulk, send_bulk
from central.services.device_logs import KEPT, WANTED, list_logs, read_log, take_log
from contract import commissioning_paper
from contract.documents import Reload, SendLogs
from contract.errors import RefusalCode, Refused
from contract.parcel import PARCEL_BYTES, TEXT_BYTES, pack
from contract.seal import SigningKey, device_id, sha256
from provisioning.central_door import CentralDoor
from provisioning.commission.deed import key_at
from provisioning.side_load.filling import fill
from tests.central.serving import Served, SignedBy
from tests.central.setting import COMMUNE, HAMLET, OTHER, Province
from tests.central.test_care import answer
from tests.central.test_commissionings import report, sealed
from tests.central.test_reports import Teller

HEAD = ("device: a", "dropped: 3")
LINES = ("2026-11-23T05:00:00.000Z INFO edge bắt đầu", "2026-11-23T05:00:01.000Z ERROR edge hỏng")
PARCEL = pack(HEAD, LINES)


@pytest.fixture
def lan(province: Province) -> Person:
    """The province's administrator."""
    return province.person("lan", PersonRole.ADMINISTRATOR)


class Asked:
    """An appliance that was asked for its log, and what came of it."""

    def __init__(self, province: Province, who: Person) -> None:
        self.province, self.who = province, who
        _, self.device = province.appliance()
        self.counter = self.ask()

    def ask(self) -> int:
        """Ask for the log (again)."""
        with self.province.house.writing() as unit:
            return send_command(unit, self.device, SendLogs(), who=self.who, now=self.province.now)

    def send(self, parcel: bytes = PARCEL, counter: int | None = None) -> None:
        """Have the appliance post a parcel, as its answer to the newest asking unless told otherwise."""
        number = self.counter if counter is None else counter
        take_log(self.province.house, self.device, number, parcel, now=self.province.now)

    def states(self, **more: int) -> list[tuple[int, str]]:
        """Return each asking with what came of it."""
        with self.province.house.reading() as unit:
            found = list_logs(unit, self.device, who=self.who, now=self.province.now, **more)
        return [(one.counter, one.state) for one in found]

    def read(self, counter: int | None = None, who: Person | None = None) -> str:
        """Return the text of a log."""
        number = self.counter if counter is None else counter
        with self.province.house.reading() as unit:
            return read_log(unit, self.device, number, who=who or self.who)


@pytest.fixture
def asked(province: Province, lan: Person) -> Asked:
    """An appliance that was asked for its log."""
    return Asked(province, lan)


# --- taking ---------------------------------------------------------------------------------------


def test_a_log_that_was_asked_for_is_kept_and_read(asked: Asked, lan: Person) -> None:
    """Head and lines as they were sent; the list says who asked, when it came, and how much it is."""
    assert asked.states() == [(1, "asked")]
    asked.province.clock.pass_by(timedelta(seconds=4))
    asked.send()
    text = asked.read()
    assert text.splitlines() == ["# device: a", "# dropped: 3", "# left out: 0", *LINES]
    with asked.province.house.reading() as unit:
        (state,) = list_logs(unit, asked.device, who=lan, now=asked.province.now)
    assert (state.asked_by, state.word, state.lines) == ("lan", "đã nhận", 2)
    assert state.text_bytes == len(text.encode())
    assert state.taken == state.asked + timedelta(seconds=4)


def test_the_same_bytes_again_are_known_and_others_are_not(asked: Asked) -> None:
    """An answer that was lost costs nothing, however late; a second log for one asking is not taken."""
    asked.send()
    for _ in range(2):
        asked.send()
        with pytest.raises(NotFound):
            asked.send(pack(HEAD, ("another",)))
        asked.province.clock.pass_by(2 * WANTED)
    assert LINES[1] in asked.read()


def test_what_nobody_asked_for_is_not_taken(asked: Asked) -> None:
    """Not under a number of no command, of another appliance's, or of another kind of command; the right one is."""
    house, now = asked.province.house, asked.province.now
    with house.writing() as unit:
        other = send_command(unit, asked.device, Reload(), who=None, now=now)
    _, stranger = asked.province.appliance("stranger")
    for device, counter in ((asked.device, other), (asked.device, 99), (stranger, asked.counter)):
        with pytest.raises(NotFound):
            take_log(house, device, counter, PARCEL, now=now)
    asked.send()


@pytest.mark.parametrize(("late", "taken"), [(timedelta(0), False), (timedelta(seconds=1), True)])
def test_an_asking_holds_for_two_hours(asked: Asked, late: timedelta, *, taken: bool) -> None:
    """A second before its end a log is taken, at its end no longer."""
    asked.province.clock.pass_by(WANTED - late)
    if taken:
        asked.send()
        assert asked.states() == [(1, "taken")]
    else:
        with pytest.raises(NotFound):
            asked.send()


@pytest.mark.parametrize(
    ("parcel", "code"),
    [
        (b"no gzip", RefusalCode.MALFORMED),
        (gzip.compress(b"cut off")[:-4], RefusalCode.MALFORMED),
        (gzip.compress(bytes(TEXT_BYTES + 1)), RefusalCode.TOO_LARGE),
        (bytes(PARCEL_BYTES + 1), RefusalCode.TOO_LARGE),
    ],
    ids=["no gzip", "cut off", "a bomb", "too large packed"],
)
def test_what_is_no_parcel_is_refused_and_the_asking_stands(
    asked: Asked, parcel: bytes, code: RefusalCode
) -> None:
    """Damaged, or a bomb: nothing is kept, and the true log is still taken."""
    with pytest.raises(Refused) as refused:
        asked.send(parcel)
    assert refused.value.code is code
    assert asked.states() == [(1, "asked")]
    asked.send()


def test_what_steers_a_terminal_is_kept_as_its_number(asked: Asked) -> None:
    """Control letters, halves of letters and bytes that are none do no harm to who reads."""
    asked.send(gzip.compress(b"a\x1b[2J\r\nb \xff\xe2\x80\xae\n"))
    assert asked.read() == "a\\u001b[2J\\u000d\nb �\\u202e\n"


# --- keeping --------------------------------------------------------------------------------------


def test_the_newest_five_are_kept_and_the_others_said_to_be_gone(asked: Asked) -> None:
    """The sixth makes room for itself; the list stays whole and pages on."""
    asked.send()
    for _ in range(KEPT):
        asked.counter = asked.ask()
        asked.send()
    assert asked.states() == [(6, "taken"), *((n, "taken") for n in (5, 4, 3, 2)), (1, "gone")]
    assert asked.states(limit=2) == [(6, "taken"), (5, "taken")]
    assert asked.states(before=2) == [(1, "gone")]
    with pytest.raises(NotFound):
        asked.read(1)
    assert asked.read(2)
    asked.send(counter=1)  # known still, and not kept again
    assert asked.states(before=2) == [(1, "gone")]


def test_after_ninety_days_a_log_is_forgotten(asked: Asked) -> None:
    """The chore that forgets takes it; a day before it does not."""
    asked.send()
    for days, left in ((89, 1), (2, 0)):
        sweep(asked.province.house, now=asked.province.clock.pass_by(timedelta(days=days)))
        with asked.province.house.reading() as unit:
            assert unit.session.scalar(select(func.count(DeviceLogRow.counter))) == left


def test_a_log_that_will_not_come_is_said_to_be_late(province: Province, lan: Person) -> None:
    """Unheard, the command is void after five minutes; heard, the appliance has two hours."""
    teller = Teller(province)
    with province.house.writing() as unit:
        numbers = [
            send_command(unit, teller.device, SendLogs(), who=lan, now=province.now)
            for _ in range(2)
        ]

    def states() -> list[str]:
        with province.house.reading() as unit:
            found = list_logs(unit, teller.device, who=lan, now=province.now)
        return [one.word for one in reversed(found)]

    assert states() == ["đã yêu cầu", "đã yêu cầu"]
    answer(teller, numbers[0])
    province.clock.pass_by(timedelta(minutes=6))
    assert states() == ["đã yêu cầu", "quá hạn"]
    province.clock.pass_by(WANTED)
    assert states() == ["quá hạn", "quá hạn"]


# --- who may --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "area", "may"),
    [
        (PersonRole.TECHNICIAN, HAMLET, True),
        (PersonRole.EDITOR, COMMUNE, True),
        (PersonRole.EMERGENCY, COMMUNE, True),
        (PersonRole.ADMINISTRATOR, "dt", True),
        (PersonRole.VIEWER, HAMLET, False),
        (PersonRole.APPROVER, HAMLET, False),
        (PersonRole.TECHNICIAN, OTHER, False),
    ],
)
def test_who_may_ask_may_read(asked: Asked, role: PersonRole, area: str, *, may: bool) -> None:
    """Who orders and who mends, where the appliance stands; nobody else asks, lists or reads."""
    asked.send()
    province = asked.province
    who = province.person("ai", role, area=area)

    def each() -> Iterator[object]:
        with province.house.writing() as unit:
            yield lambda: send_command(unit, asked.device, SendLogs(), who=who, now=province.now)
            yield lambda: list_logs(unit, asked.device, who=who, now=province.now)
            yield lambda: read_log(unit, asked.device, asked.counter, who=who)

    for deed in each():
        assert callable(deed)
        if may:
            assert deed()
        else:
            with pytest.raises(Forbidden):
                deed()


def test_asking_is_a_deed_and_reading_is_none(asked: Asked) -> None:
    """The audit log says who asked; it says nothing of who read."""
    asked.send()
    asked.read()
    with asked.province.house.reading() as unit:
        deeds = unit.session.scalars(select(AuditRow).where(AuditRow.what.contains("logs"))).all()
    assert [(deed.who, deed.verb, deed.what, deed.area) for deed in deeds] == [
        ("lan", "command", f"{asked.device} logs", HAMLET)
    ]


# --- many -----------------------------------------------------------------------------------------


def test_an_order_to_many_says_whose_log_came(province: Province, lan: Person) -> None:
    """Each appliance's line says so in words, with the number to read it by; who did not answer is told apart."""
    devices = [province.appliance(f"Cụm {number}")[1] for number in range(2)]
    with (
        province.house.writing() as unit
    ):  # the second was asked before, for itself, and answered that
        before = send_command(unit, devices[1], SendLogs(), who=lan, now=province.now)
    take_log(province.house, devices[1], before, PARCEL, now=province.now)
    with province.house.writing() as unit:
        number = order_bulk(unit, SendLogs(), devices, who=lan, now=province.now).id
    send_bulk(province.house, now=province.now)
    with province.house.reading() as unit:
        sent = [line for _, line in bulk_targets(unit, number, who=lan)]
    assert [line.word for line in sent] == ["đã gửi", "đã gửi"]
    take_log(province.house, devices[0], sent[0].counter, PARCEL, now=province.now)
    send_bulk(province.house, now=province.clock.pass_by(timedelta(minutes=6)))
    with province.house.reading() as unit:
        came, silent = [line for _, line in bulk_targets(unit, number, who=lan)]
        assert read_log(unit, came.device, came.counter, who=lan)
    assert (came.word, came.why, silent.word) == ("đã nhận nhật ký", "", "không trả lời")
    assert (came.state, silent.state) == (Sending.OBEYED, Sending.UNANSWERED)
    assert (came.logs_taken is not None, silent.logs_taken) == (True, None)


# --- over the wire --------------------------------------------------------------------------------


class Pole:
    """An appliance on the real wire, and the person on duty."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.key = served.assign(HAMLET)
        self.device = device_id(self.key.public)
        self.loa, self.duty = served.appliance(self.key), served.person()
        self.counter = self.ask()

    def ask(self) -> int:
        """Ask for the log over the API."""
        answer = self.duty.post(f"/devices/{self.device}/commands", json={"do": "logs"})
        return int(answer.json()["counter"])

    def post(self, parcel: bytes = PARCEL, **more: httpx.Auth) -> httpx.Response:
        """Post a parcel as the appliance does."""
        return self.loa.post(f"/logs/{self.counter}", content=parcel, **more)  # type: ignore[arg-type]

    def get(self, more: str = "") -> httpx.Response:
        """Ask for its logs as a person."""
        return self.duty.get(f"/devices/{self.device}/logs{more}")


@pytest.fixture
def pole(served: Served) -> Iterator[Pole]:
    """An appliance that was asked for its log, over real sockets."""
    made = Pole(served)
    yield made
    made.loa.close()
    made.duty.close()


def test_a_log_goes_over_the_wire_and_comes_out_as_a_file(pole: Pole) -> None:
    """Signed like a report, acknowledged by its number, also a second time; then text to read and to keep."""
    assert pole.post().json() == {"acknowledged": pole.counter}
    assert pole.post().json() == {"acknowledged": pole.counter}
    (told,) = pole.get().json()
    assert (told["counter"], told["state"], told["word"]) == (pole.counter, "taken", "đã nhận")
    assert pole.get(f"?before={pole.counter}").json() == []
    answer = pole.get(f"/{pole.counter}")
    assert answer.text.splitlines()[-1] == LINES[-1]
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    name = f'attachment; filename="nhat-ky-{pole.device}-{pole.counter}.txt"'
    assert answer.headers["content-disposition"] == name


def test_a_log_that_proves_nothing_is_not_taken(pole: Pole) -> None:
    """Unsigned or by another key: 401; under a number nobody asked for: 404. Nothing is kept; then it is taken."""
    assert pole.post(auth=SignedBy(SigningKey.generate())).status_code == 401
    unsigned = pole.post(auth=httpx.Auth())
    assert (unsigned.status_code, unsigned.json()["error"]) == (401, "not-signed")
    answer = pole.loa.post("/logs/77", content=PARCEL)
    assert (answer.status_code, answer.json()["error"]) == (404, "not-asked")
    assert pole.loa.post("/logs/x", content=PARCEL).status_code == 422
    assert pole.get(f"/{pole.counter}").status_code == 404
    assert pole.post().status_code == 200


def test_too_much_is_refused_before_it_is_read(pole: Pole) -> None:
    """More than a parcel may have is 413 at the door, a bomb 422 behind it; a parcel at the bound is read."""
    assert pole.post(bytes(PARCEL_BYTES + 1)).status_code == 413
    bomb = pole.post(gzip.compress(bytes(20 * TEXT_BYTES)))
    assert (bomb.status_code, bomb.json()["error"]) == (422, "too-large")
    full = pole.post(os.urandom(PARCEL_BYTES))
    assert (full.status_code, full.json()["error"]) == (422, "malformed")
    assert pole.post().status_code == 200


def test_a_commissioning_goes_over_the_wire_and_comes_out_as_a_paper(pole: Pole) -> None:
    """Posted by the appliance, acknowledged by its hash also twice, listed for the person, given as PDF and sealed."""
    envelope = sealed(report(pole.key, datetime.now(UTC).replace(microsecond=0)), pole.key)
    for _ in range(2):
        answer = pole.loa.post("/commissioning", content=envelope)
        assert answer.json() == {"acknowledged": sha256(envelope)}
    (told,) = pole.duty.get(f"/devices/{pole.device}/commissionings").json()
    assert (told["by"], told["word"]) == ("Lê Minh Tuấn", "đạt")
    assert pole.duty.get(f"/commissionings/{told['id']}/envelope").content == envelope
    paper = pole.duty.get(f"/commissionings/{told['id']}/paper")
    assert paper.headers["content-type"] == "application/pdf"
    assert commissioning_paper.attached(paper.content) == envelope
    assert pole.loa.post("/commissioning", content=b"{}").status_code == 422


def test_a_stick_is_filled_over_the_api_and_what_it_holds_is_the_appliances(
    pole: Pole, tmp_path: Path
) -> None:
    """A person with that right gets the papers of one appliance and the chain; a second run writes nothing again."""
    door = CentralDoor(pole.served.url, None)
    door._token = pole.duty.headers["authorization"].removeprefix("Bearer ")
    filled = fill(door, pole.device, tmp_path)
    held = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.json"))
    assert f"tienglang/papers/{pole.device}-00-assignment.json" in held
    assert "tienglang/tuf/metadata/timestamp.json" in held
    assert filled.papers >= 1
    assert key_at(door, pole.device) == pole.key.public
    assert fill(door, pole.device, tmp_path).written_bytes < filled.written_bytes
