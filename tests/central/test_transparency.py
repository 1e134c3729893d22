"""The log of everything signed: nothing is kept or sent without its line, and no line can be changed unseen."""

import gzip
import json
import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select

from central.db.broadcast import ActiveSetRow, ApprovalRow, ProgrammeRow
from central.db.fleet import DeviceRow
from central.db.ledger import LogBodyRow, LogRow
from central.domain.errors import Forbidden
from central.domain.people import PersonRole
from central.services import (
    House,
    open_house,
    publish,
    send_command,
    sign_active_sets,
    take_announcement,
    take_approval,
    take_assignment,
)
from central.services.doors import Visitor
from central.services.log_reading import (
    check_may_export,
    export_log,
    export_reports,
    log_head,
    search_log,
)
from central.services.timekeeping import TimeDesk
from central.services.transparency import enter_times
from contract import seal, signed_log
from contract.documents import Reload, Role, Sha256, Silence, Threshold
from contract.seal import SigningKey
from contract.signed_log import BEGINNING, KEYRING, TIMES, Line
from contract.testing import Authority
from tests.central.setting import (
    COMMUNE,
    HAMLET,
    OTHER,
    Province,
    bundle_of,
    make_slot,
    repository_of,
)
from tests.central.test_reports import Teller

NONCE = "q" * 42 + "A="


def lines(house: House) -> list[LogRow]:
    """Return all lines, oldest first."""
    with house.reading() as unit:
        return list(unit.session.scalars(select(LogRow).order_by(LogRow.number)))


def exported(house: House) -> list[dict[str, object]]:
    """Return the lines of an export, unpacked."""
    packed = b"".join(export_log(house, now=house.clock()))
    return [json.loads(line) for line in gzip.decompress(packed).splitlines()]


def read(rows: Sequence[dict[str, object]]) -> list[Line]:
    """Return the log's lines of an export, after checking that each is bound to the one before."""
    found, previous = [], signed_log.NOTHING_BEFORE
    for row in rows:
        if "line" not in row:
            continue
        text = str(row["line"])
        line = signed_log.read_line(text)
        assert line.previous == previous
        assert signed_log.digest(text) == row["sha256"]
        previous = Sha256(str(row["sha256"]))
        found.append(line)
    assert [line.number for line in found] == list(range(1, len(found) + 1))
    return found


def test_whatever_is_signed_gets_its_line(province: Province, tone: Path) -> None:
    """Assignment, approval, programme, announcement, active set, command and times stand in the log, in order."""
    _, device = province.appliance()
    content = province.sound(tone)
    province.slot(make_slot(content.sha256))
    publish(province.house, "dt", who=None, now=province.now)
    with province.house.writing() as unit:
        take_announcement(unit, province.authority.announce([HAMLET]), who=None, now=province.now)
        send_command(unit, device, Reload(), who=None, now=province.now)
        sign_active_sets(unit, now=province.now)
    TimeDesk().tell(province.house, Visitor(device, HAMLET, ""), NONCE)
    assert enter_times(province.house, now=province.now) == 1
    found = read(exported(province.house))
    assert [line.kind for line in found] == [
        BEGINNING,
        KEYRING,
        "assignment",
        "approval",
        "programme",
        "announcement",
        "activeset",
        "command",
        "activeset",
        TIMES,
    ]
    by_kind = {line.kind: line for line in found}
    assert by_kind["programme"].device == by_kind["command"].device == device
    assert by_kind["approval"].subject == content.sha256
    assert by_kind["approval"].areas == ("dt",)
    assert by_kind["announcement"].areas == (HAMLET,)
    schedule = province.authority.keys[Role.SCHEDULE].keyid
    assert by_kind["programme"].keyids == (schedule,)


def test_a_programme_comes_out_of_the_log_as_it_was_sent(province: Province, tone: Path) -> None:
    """Appliances of one place share one body in the log, and each envelope is put together byte for byte."""
    for name in ("một", "hai", "ba"):
        province.appliance(name)
    province.slot(make_slot(province.sound(tone).sha256))
    publish(province.house, "dt", who=None, now=province.now)
    rows = exported(province.house)
    bodies = {row["body"]: row["text"] for row in rows if "text" in row}
    assert len(bodies) == 1
    with province.house.reading() as unit:
        sent = {row.device: row for row in unit.session.scalars(select(ProgrammeRow))}
    programmes = [row for row in rows if row.get("body") and "line" in row]
    assert len(programmes) == len(sent) == 3
    for row in programmes:
        line = signed_log.read_line(str(row["line"]))
        opening, _, signatures = str(row["kept"]).encode().partition(b"\n")
        parts = signed_log.Parts(opening, str(bodies[row["body"]]).encode(), signatures)
        envelope = signed_log.put_together(parts)
        assert envelope == sent[line.device].envelope
        assert seal.sha256(envelope) == line.envelope_sha256


def test_what_is_undone_leaves_no_line_and_what_has_no_line_is_not_kept(province: Province) -> None:
    """Line and paper are one transaction: both are there, or neither is."""
    _, device = province.appliance()
    before = len(lines(province.house))

    def send_and_die() -> None:
        with province.house.writing() as unit:
            send_command(unit, device, Reload(), who=None, now=province.now)
            msg = "power cut"
            raise RuntimeError(msg)

    with pytest.raises(RuntimeError, match="power cut"):
        send_and_die()
    assert len(lines(province.house)) == before
    with province.house.writing() as unit:
        assert send_command(unit, device, Reload(), who=None, now=province.now) == 1
    assert len(lines(province.house)) == before + 1


def test_a_new_keyring_gets_its_line_before_anything_is_signed_under_it(province: Province) -> None:
    """The line of a keyring stands before the first line of its epoch, and is written once."""
    _, device = province.appliance()
    province.authority.add_key(Role.APPROVE, "dt")
    made = repository_of(province.authority)
    province.house.repository.take(bundle_of(made), province.now)
    for _ in range(2):
        with province.house.writing() as unit:
            send_command(unit, device, Reload(), who=None, now=province.now)
    found = read(exported(province.house))
    assert [(line.kind, line.epoch) for line in found[-3:]] == [
        (KEYRING, 2),
        ("command", 2),
        ("command", 2),
    ]
    assert [line.subject for line in found if line.kind == KEYRING] == ["1", "2"]


def test_the_same_paper_again_gets_no_second_line(province: Province, tone: Path) -> None:
    """A paper that central has already is nothing new to the log either."""
    key, _ = province.appliance()
    content = province.sound(tone, approved_for=None)
    approval = province.authority.approve(Sha256(content.sha256), "dt")
    paper = province.authority.assign(key.public, OTHER, epoch=2)
    for _ in range(2):
        with province.house.writing() as unit:
            take_approval(unit, approval, who=None, now=province.now)
            take_assignment(unit, paper, who=None, now=province.now)
    payloads = [row.payload_sha256 for row in lines(province.house) if row.kind != KEYRING]
    assert len(payloads) == len(set(payloads))


def test_an_announcement_that_waits_for_a_second_person_is_in_the_log(tmp_path: Path) -> None:
    """What one of two people has signed gets a line, and the envelope with both signatures another."""
    two = Threshold(role=Role.EMERGENCY, area="dt", count=2)
    authority = Authority.make("dt", seed="two", thresholds=[two])
    second = authority.add_key(Role.EMERGENCY, "dt", holder="Người thứ hai")
    province = Province(tmp_path / "site", authority)
    announcement = authority.announce(["dt"])
    with province.house.writing() as unit:
        take_announcement(unit, announcement, who=None, now=province.now)
        both = seal.attach(announcement, second)
        take_announcement(unit, both, who=None, now=province.now)
    found = [row for row in lines(province.house) if row.kind == "announcement"]
    assert [len(row.keyids.split(",")) for row in found] == [1, 2]
    assert len({row.payload_sha256 for row in found}) == 1
    province.house.close()


def test_the_log_begins_with_what_central_already_holds(province: Province, tone: Path) -> None:
    """A province from before the log has its papers entered first, behind a line that counts them."""
    province.appliance()
    province.slot(make_slot(province.sound(tone).sha256))
    publish(province.house, "dt", who=None, now=province.now)
    with province.house.writing() as unit:
        sign_active_sets(unit, now=province.now)
    with province.house.writing() as unit:
        unit.session.execute(delete(LogRow))
        unit.session.execute(delete(LogBodyRow))
    _, device = province.appliance("mới")
    found = read(exported(province.house))
    assert found[0].kind == BEGINNING
    assert [line.kind for line in found[1:]] == [
        KEYRING,
        "assignment",
        "approval",
        "activeset",
        "programme",
        "assignment",
        "programme",
    ]
    assert found[0].subject == "4"
    assert found[6].device == found[7].device == device
    with province.house.reading() as unit:
        held = {
            *unit.session.scalars(select(DeviceRow.assignment)),
            *unit.session.scalars(select(ApprovalRow.envelope)),
            *unit.session.scalars(select(ProgrammeRow.envelope)),
            *unit.session.scalars(select(ActiveSetRow.envelope)),
        }
    assert {seal.sha256(envelope) for envelope in held} == {
        line.envelope_sha256 for line in found[2:]
    }


def test_two_processes_write_one_chain(province: Province) -> None:
    """Two houses over one database log at once, and every line follows the one before."""
    _, device = province.appliance()
    _, other = province.appliance("hai")
    second = open_house(province.house.settings, clock=province.clock)

    def send(house: House, to: str) -> None:
        for _ in range(25):
            with house.writing() as unit:
                send_command(unit, to, Silence(on=True), who=None, now=province.now)

    threads = [
        threading.Thread(target=send, args=pair)
        for pair in ((province.house, device), (second, other))
    ]
    before = len(lines(province.house))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(read(exported(second))) == before + 50
    second.close()


def test_times_wait_for_their_line_until_it_is_written(province: Province) -> None:
    """Signed times go by the minute in one line; where that cannot be written, they wait for the next."""
    _, device = province.appliance()
    desk = TimeDesk()
    told = [
        desk.tell(province.house, Visitor(device, HAMLET, ""), NONCE).payload_sha256
        for _ in range(2)
    ]
    keyring = province.house.settings.repository / "keyring.json"
    keyring.rename(keyring.with_suffix(".away"))
    with pytest.raises(FileNotFoundError):
        enter_times(province.house, now=province.now)
    keyring.with_suffix(".away").rename(keyring)
    assert enter_times(province.house, now=province.now) == 2
    assert enter_times(province.house, now=province.now) == 0
    line = lines(province.house)[-1]
    assert (line.kind, line.subject) == (TIMES, "2")
    assert line.payload_sha256 == signed_log.digest_of_many(told)
    assert line.kept == " ".join(told).encode()


def test_lines_are_found_by_number_appliance_name_and_hash(province: Province, tone: Path) -> None:
    """Somebody who looks for a paper finds its line by whatever they have in hand, page by page."""
    _, device = province.appliance("Cụm loa chợ")
    content = province.sound(tone)
    sealed = province.authority.announce([HAMLET])
    with province.house.writing() as unit:
        state = take_announcement(unit, sealed, who=None, now=province.now)
    with province.house.reading() as unit:
        payload = seal.read_envelope(sealed).payload_sha256
        for text, kind in {
            "1": BEGINNING,
            device: "assignment",
            "loa chợ": "assignment",
            content.sha256: "approval",
            payload: "announcement",
            payload[:10]: "announcement",
            state.id: "announcement",
        }.items():
            assert [line.kind for line in search_log(unit, text=text)] == [kind], text
        assert search_log(unit, text="không có gì") == ()
        assert search_log(unit, text="f" * 64) == ()
        only = search_log(unit, kind="keyring")
        assert [line.kind for line in only] == ["keyring"]
        whole = search_log(unit)
        head = log_head(unit)
        assert head is not None
        assert (head.number, head.sha256) == (whole[0].number, whole[0].sha256)
        older = search_log(unit, before=whole[1].number, limit=2)
        assert older == whole[2:4]


def test_only_an_administrator_of_the_whole_province_exports(province: Province) -> None:
    """An export holds papers whole, so that a commune's administrator or a viewer is refused it."""
    chief = province.person("lan", PersonRole.ADMINISTRATOR)
    viewer = province.person("binh", PersonRole.VIEWER)
    local = province.person("cuc", PersonRole.ADMINISTRATOR, area=COMMUNE)
    with province.house.reading() as unit:
        check_may_export(unit, chief)
        for person in (viewer, local):
            with pytest.raises(Forbidden):
                check_may_export(unit, person)


def test_reports_are_exported_by_appliance_and_in_order(province: Province) -> None:
    """Each report that is kept comes out as it was sealed, those without evidence by their hash alone."""
    teller = Teller(province)
    sealed = [teller.report(plays=1), teller.report(health=True), teller.report(more=True)]
    teller.tell(*sealed)
    packed = b"".join(export_reports(province.house, now=province.now))
    rows = [json.loads(line) for line in gzip.decompress(packed).splitlines()][1:]
    assert [(row["device"], row["counter"]) for row in rows] == [
        (teller.device, n) for n in (1, 2, 3)
    ]
    assert [row["envelope"] for row in rows] == [sealed[0].decode(), None, sealed[2].decode()]
    assert rows[1]["payload_sha256"] == seal.read_envelope(sealed[1]).payload_sha256


def test_a_publication_to_many_adds_a_line_for_each_and_one_body(
    province: Province, tone: Path
) -> None:
    """Sixty appliances of one place cost sixty lines and a single body."""
    for number in range(60):
        key = SigningKey.from_seed(bytes([number]) * 32)
        with province.house.writing() as unit:
            take_assignment(
                unit, province.authority.assign(key.public, HAMLET), who=None, now=province.now
            )
    province.slot(make_slot(province.sound(tone).sha256))
    publish(province.house, "dt", who=None, now=province.clock.pass_by(timedelta(minutes=1)))
    with province.house.reading() as unit:
        count = select(func.count()).select_from(LogRow).where(LogRow.kind == "programme")
        assert unit.session.scalar(count) == 60
        assert unit.session.scalar(select(func.count()).select_from(LogBodyRow)) == 1
    read(exported(province.house))
