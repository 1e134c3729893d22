"""Alerts: one for each thing, told once, in hand or told on; orders to many: sent once, answered, closed."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import msgspec
import pytest
from sqlalchemy import func, select

from central.db.care import AlertLetterRow, AlertTargetRow, BulkTargetRow
from central.db.fleet import CommandRow, DeviceRow
from central.db.people import AuditRow, GrantRow
from central.domain.bulk import LIFE, BulkPhase, Sending
from central.domain.care import Level, Trouble
from central.domain.care_sought import Sought
from central.domain.care_states import AlertState
from central.domain.errors import Conflict, Forbidden, NotFound, Unacceptable
from central.domain.people import Person, PersonRole
from central.services.alert_post import carry, check_address
from central.services.alert_rules import RuleDraft, drop_rule, rules_at, set_rule
from central.services.alert_targets import (
    TargetDraft,
    delete_target,
    deliver,
    list_targets,
    set_target,
    try_target,
)
from central.services.alerts import (
    SAME,
    acknowledge_alerts,
    alerts_of,
    count_alerts,
    list_alerts,
    look,
)
from central.services.bulk import (
    bulk_named,
    bulk_targets,
    count_targets,
    list_bulk,
    order_bulk,
    send_bulk,
    stop_bulk,
)
from contract.documents import Reload, SetVolume, Silence, TestYourself
from tests.central.setting import COMMUNE, HAMLET, OTHER, Province
from tests.central.test_care import answer, sick, tell
from tests.central.test_reports import Teller

# the library loads a module of the standard library that is on its way out
pytestmark = pytest.mark.filterwarnings("ignore:.imghdr. is deprecated:DeprecationWarning")
URL = "jsons://user:matkhau123@hook.tinh.vn/bi-mat"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def lan(province: Province) -> Person:
    """The province's administrator."""
    return province.person("lan", PersonRole.ADMINISTRATOR)


class Post:
    """A post office that keeps what it is given, and fails as long as it is told to."""

    def __init__(self) -> None:
        self.letters: list[tuple[str, str, str, Level]] = []
        self.why = ""

    def __call__(self, url: str, title: str, body: str, level: Level) -> str:
        self.letters.append((url, title, body, level))
        return self.why


def standing(province: Province, who: Person) -> tuple[AlertState, ...]:
    """Look, and return what stands."""
    look(province.house, now=province.now)
    with province.house.reading() as unit:
        return list_alerts(unit, who=who)


def target(province: Province, who: Person, **parts: object) -> int:
    """Have somebody told of every level at any hour, but for these parts."""
    draft = TargetDraft(area="dt", name="Trực ban", url=URL, least_level=Level.INFO)
    draft = msgspec.structs.replace(draft, **parts)
    with province.house.writing() as unit:
        return set_target(unit, draft, who=who, now=province.now).id


def dark(province: Province) -> Teller:
    """Return an appliance that has lost its mains and is otherwise well."""
    teller = Teller(province)
    tell(teller, told=sick(province, mains=False, storage_free_bytes=10**10))
    return teller


def lit(province: Province, teller: Teller) -> None:
    """Have the mains come back."""
    tell(teller, told=sick(province, storage_free_bytes=10**10))


# --- one alert for each thing ---------------------------------------------------------------------


def test_an_alert_begins_stands_once_and_ends(province: Province, lan: Person) -> None:
    """However often somebody looks it is one alert; when the thing is over so is the alert."""
    teller = dark(province)
    (alert,) = standing(province, lan)
    assert (alert.kind, alert.level, alert.times) == (Trouble.MAINS, Level.WARNING, 1)
    for _ in range(3):
        province.clock.pass_by(MINUTE)
        assert [a.id for a in standing(province, lan)] == [alert.id]
    lit(province, teller)
    province.clock.pass_by(MINUTE)
    assert standing(province, lan) == ()
    with province.house.reading() as unit:
        (over,) = list_alerts(unit, who=lan, standing=False)
        assert alerts_of(unit, teller.device) == (over,)
    assert (over.id, over.ended, over.word) == (alert.id, province.now, "đã hết")


def test_what_comes_back_within_the_hour_is_the_same_alert(province: Province, lan: Person) -> None:
    """A loose plug is one alert counted up; after an hour of peace it is a new one."""
    teller = dark(province)
    (first,) = standing(province, lan)
    for _ in range(2):
        lit(province, teller)
        province.clock.pass_by(MINUTE)
        assert standing(province, lan) == ()
        tell(teller, told=sick(province, mains=False, storage_free_bytes=10**10))
        province.clock.pass_by(MINUTE)
        assert [a.id for a in standing(province, lan)] == [first.id]
    assert standing(province, lan)[0].times == 3
    lit(province, teller)
    province.clock.pass_by(MINUTE)
    look(province.house, now=province.now)
    province.clock.pass_by(SAME + MINUTE)
    tell(teller, told=sick(province, mains=False, storage_free_bytes=10**10))
    (anew,) = standing(province, lan)
    assert anew.id != first.id


def test_two_processes_look_once(province: Province) -> None:
    """The second finds the lease taken and writes nothing."""
    dark(province)
    assert look(province.house, now=province.now).begun == 1
    assert look(province.house, now=province.now).begun == 0


def test_alerts_are_seen_and_taken_where_one_may(province: Province, lan: Person) -> None:
    """A viewer sees and takes none; a technician of the place takes; of another place sees nothing."""
    dark(province)
    (alert,) = standing(province, lan)
    xem = province.person("xem", PersonRole.VIEWER, area=COMMUNE)
    thu = province.person("thu", PersonRole.TECHNICIAN, area=COMMUNE)
    xa = province.person("xa", PersonRole.TECHNICIAN, area=OTHER)
    now = province.now
    with province.house.reading() as unit:
        assert [a.id for a in list_alerts(unit, who=xem)] == [alert.id]
        assert list_alerts(unit, who=xa) == ()
        assert count_alerts(unit, who=thu)[Level.WARNING] == 1
        assert list_alerts(unit, who=thu, after=(int(alert.level), alert.id)) == ()
        assert list_alerts(unit, who=thu, level=Level.SEVERE) == ()
    for who in (xem, xa):
        with pytest.raises(Forbidden), province.house.writing() as unit:
            acknowledge_alerts(unit, [alert.id], who=who, now=now)
    with province.house.writing() as unit:
        assert acknowledge_alerts(unit, [alert.id], "đang ra chợ", who=thu, now=now) == 1
    with pytest.raises(Conflict), province.house.writing() as unit:
        acknowledge_alerts(unit, [alert.id], who=thu, now=now)
    with pytest.raises(NotFound), province.house.writing() as unit:
        acknowledge_alerts(unit, [alert.id + 9], who=thu, now=now)
    with province.house.reading() as unit:
        (taken,) = list_alerts(unit, who=lan)
        assert count_alerts(unit, who=thu)[Level.WARNING] == 0
    assert (taken.acknowledged_by, taken.words, taken.word) == ("thu", "đang ra chợ", "đang xử lý")


# --- rules ---------------------------------------------------------------------------------------


def test_the_nearest_rule_is_heard(province: Province, lan: Person) -> None:
    """A commune may be stricter or off; what it does not say it heeds from above; dropping its word undoes it."""
    warm = Teller(province)
    vitals = sick(province).vitals
    hot = msgspec.structs.replace(vitals, temperature_c=70.0)
    tell(warm, told=sick(province, vitals=hot, storage_free_bytes=10**10))
    assert standing(province, lan) == ()
    strict = RuleDraft(area=COMMUNE, kind=Trouble.HOT, level=Level.SEVERE, threshold=65)
    now = province.clock.pass_by(MINUTE)
    with province.house.writing() as unit:
        set_rule(unit, strict, who=lan, now=now)
        heard = {r.kind: (r.threshold, r.area) for r in rules_at(unit, HAMLET)}
        assert heard[Trouble.HOT] == (65, COMMUNE)
        assert {r.kind: r.area for r in rules_at(unit, OTHER)}[Trouble.HOT] == ""
    (alert,) = standing(province, lan)
    assert (alert.kind, alert.level) == (Trouble.HOT, Level.SEVERE)
    province.clock.pass_by(MINUTE)
    with province.house.writing() as unit:
        off = msgspec.structs.replace(strict, area=HAMLET, on=False)
        set_rule(unit, off, who=lan, now=now)
    assert standing(province, lan) == ()
    province.clock.pass_by(MINUTE)
    with province.house.writing() as unit:
        drop_rule(unit, HAMLET, Trouble.HOT, who=lan, now=now)
    assert [a.kind for a in standing(province, lan)] == [Trouble.HOT]


@pytest.mark.parametrize("threshold", [39.9, 110.1, float("nan"), float("inf")])
def test_a_threshold_out_of_bounds_is_refused(
    province: Province, lan: Person, threshold: float
) -> None:
    """A rule that could never or would always speak is none."""
    draft = RuleDraft(area="dt", kind=Trouble.HOT, level=Level.INFO, threshold=threshold)
    with pytest.raises(Unacceptable), province.house.writing() as unit:
        set_rule(unit, draft, who=lan, now=province.now)


def test_only_administrators_of_the_place_make_rules(province: Province) -> None:
    """An editor makes none, an administrator of another commune neither."""
    draft = RuleDraft(area=COMMUNE, kind=Trouble.HOT, level=Level.INFO, threshold=70)
    for name, role, area in (
        ("bien", PersonRole.EDITOR, "dt"),
        ("xa", PersonRole.ADMINISTRATOR, OTHER),
    ):
        who = province.person(name, role, area=area)
        with pytest.raises(Forbidden), province.house.writing() as unit:
            set_rule(unit, draft, who=who, now=province.now)


# --- who is told ---------------------------------------------------------------------------------


def test_each_alert_is_told_once_and_many_at_once_in_one_message(
    province: Province, lan: Person
) -> None:
    """Three appliances without mains are one message of three lines; nothing is sent twice."""
    target(province, lan)
    for _ in range(3):
        dark(province)
    post = Post()
    look(province.house, now=province.now)
    assert deliver(province.house, now=province.now, post=post) == 3
    ((url, title, body, level),) = post.letters
    assert (url, level, body.count("mất điện")) == (URL, Level.WARNING, 3)
    assert "3 cảnh báo" in title
    assert deliver(province.house, now=province.now, post=post) == 0
    province.clock.pass_by(MINUTE)
    look(province.house, now=province.now)
    assert deliver(province.house, now=province.now, post=post) == 0


def test_only_from_the_level_on_and_for_the_area(province: Province, lan: Person) -> None:
    """Whoever wants the gravest alone, or looks after another commune, hears nothing of a lost mains."""
    target(province, lan, least_level=Level.SEVERE)
    target(province, lan, area=OTHER)
    target(province, lan, on=False)
    dark(province)
    look(province.house, now=province.now)
    assert deliver(province.house, now=province.now, post=Post()) == 0


def test_quiet_hours_wait_for_the_morning(province: Province, lan: Person) -> None:
    """At 10:00 with quiet until 12:00 nothing goes out; at 12:00 it does, if it still stands."""
    target(province, lan, quiet_from_min=9 * 60, quiet_to_min=12 * 60)
    teller, other = dark(province), dark(province)
    look(province.house, now=province.now)
    post = Post()
    assert deliver(province.house, now=province.now, post=post) == 0
    lit(province, teller)
    province.clock.pass_by(timedelta(hours=2))
    tell(other, told=sick(province, mains=False, storage_free_bytes=10**10))
    lit(province, teller)
    look(province.house, now=province.now)
    assert deliver(province.house, now=province.now, post=post) == 1
    assert len(post.letters) == 1


def test_what_nobody_takes_in_hand_is_told_on(province: Province, lan: Person) -> None:
    """The second target hears after fifteen minutes, unless somebody has it in hand by then."""
    target(province, lan, after_min=15)
    first, second = dark(province), dark(province)
    look(province.house, now=province.now)
    post = Post()
    assert deliver(province.house, now=province.now, post=post) == 0
    with province.house.writing() as unit:
        (taken,) = (a.id for a in list_alerts(unit, who=lan) if a.device == first.device)
        acknowledge_alerts(unit, [taken], who=lan, now=province.now)
    province.clock.pass_by(timedelta(minutes=15))
    for teller in (first, second):
        tell(teller, told=sick(province, mains=False, storage_free_bytes=10**10))
    assert deliver(province.house, now=province.now, post=post) == 1
    with province.house.reading() as unit:
        states = unit.session.scalars(select(AlertLetterRow.state)).all()
    assert sorted(states) == ["dropped", "sent"]


def test_a_letter_that_fails_is_tried_again_and_then_given_up(
    province: Province, lan: Person
) -> None:
    """Five tries; the page says why without the address; once it works it is told."""
    number = target(province, lan)
    dark(province)
    look(province.house, now=province.now)
    post = Post()
    post.why = "máy chủ thư từ chối"
    for _ in range(8):
        deliver(province.house, now=province.now, post=post)
        province.clock.pass_by(timedelta(minutes=31))
    assert len(post.letters) == 5
    with province.house.reading() as unit:
        assert unit.session.scalar(select(AlertLetterRow.state)) == "given-up"
        (shown,) = list_targets(unit, lan)
    assert shown.fault == "máy chủ thư từ chối"
    assert "matkhau123" not in repr(shown)
    post.why = ""
    state = try_target(province.house, number, who=lan, now=province.now, post=post)
    assert (state.fault, state.told) == ("", province.now)


def test_a_kill_in_the_middle_sends_again(province: Province, lan: Person) -> None:
    """Letters whose sender died are free again after two minutes, and not before."""
    target(province, lan)
    dark(province)
    look(province.house, now=province.now)

    def dies(url: str, title: str, body: str, level: Level) -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver(province.house, now=province.now, post=dies)
    post = Post()
    assert deliver(province.house, now=province.now + MINUTE, post=post) == 0
    assert deliver(province.house, now=province.now + 2 * MINUTE, post=post) == 1


def test_addresses_are_for_administrators_of_the_province(province: Province, lan: Person) -> None:
    """A commune's administrator writes no address: it would make the server call wherever they like."""
    xa = province.person("xa", PersonRole.ADMINISTRATOR, area=COMMUNE)
    number = target(province, lan, area=COMMUNE)
    now = province.now
    draft = TargetDraft(area=COMMUNE, name="x", url=URL)
    with pytest.raises(Forbidden), province.house.writing() as unit:
        set_target(unit, draft, who=xa, now=now)
    with pytest.raises(Forbidden), province.house.writing() as unit:
        delete_target(unit, number, who=xa, now=now)
    with pytest.raises(Forbidden):
        try_target(province.house, number, who=xa, now=now, post=Post())
    with province.house.writing() as unit:
        kept = msgspec.structs.replace(draft, url="", name="y")
        shown = set_target(unit, kept, number=number, who=lan, now=now)
        assert unit.session.get_one(AlertTargetRow, number).url == URL
        notes = unit.session.scalars(select(AuditRow)).all()
    assert shown.name == "y"
    assert all("matkhau123" not in f"{n.what}{n.before}{n.after}" for n in notes)
    with province.house.reading() as unit:
        assert [t.id for t in list_targets(unit, xa)] == [number]


class _Hook(BaseHTTPRequestHandler):
    heard: ClassVar[list[dict[str, object]]] = []
    status = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.heard.append(json.loads(body))
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base's own name
        pass


@pytest.fixture
def hook() -> Iterator[str]:
    """A webhook on loopback."""
    _Hook.heard, _Hook.status = [], 200
    server = HTTPServer(("127.0.0.1", 0), _Hook)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"json://nguoi:matkhau123@127.0.0.1:{server.server_port}/bi-mat"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_library_really_carries_a_message(hook: str) -> None:
    """A webhook gets title, text and level; when it refuses, the reason comes back without the secret."""
    assert check_address(hook) == hook
    assert carry(hook, "Mất điện", "Cụm loa Chợ: mất điện.", Level.WARNING) == ""
    (told,) = _Hook.heard
    assert (told["title"], told["message"], told["type"]) == (
        "Mất điện",
        "Cụm loa Chợ: mất điện.",
        "warning",
    )
    _Hook.status = 500
    why = carry(hook, "a", "b", Level.SEVERE)
    assert why
    assert "matkhau123" not in why
    assert "bi-mat" not in why


@pytest.mark.parametrize("url", ["tgram://", "json://", "mailto://", "file:///tmp/x"])
def test_an_address_that_leads_nowhere_is_refused(url: str) -> None:
    """Refused when it is written, not at night when somebody should be told."""
    with pytest.raises(Unacceptable):
        check_address(url)


# --- orders to many ------------------------------------------------------------------------------


def ordered(
    province: Province, who: Person, count: int = 3, per_s: int = 1
) -> tuple[int, list[Teller]]:
    """Give an order to so many new appliances; return its number and them."""
    tellers = [Teller(province) for _ in range(count)]
    with province.house.writing() as unit:
        targets = [teller.device for teller in tellers]
        state = order_bulk(
            unit, SetVolume(volume_pct=40), targets, per_s=per_s, who=who, now=province.now
        )
    return state.id, tellers


def states(province: Province, number: int, who: Person) -> dict[str, str]:
    """Return how far each appliance of an order is."""
    with province.house.reading() as unit:
        found = bulk_targets(unit, number, who=who)
    return {target.device: target.state.value for _, target in found}


def test_an_order_goes_out_a_few_at_a_time_and_each_answer_is_counted(
    province: Province, lan: Person
) -> None:
    """Two a turn at one a second; obeyed, refused with its reason, and silent after five minutes."""
    number, tellers = ordered(province, lan)
    house = province.house
    assert send_bulk(house, now=province.now) == 2
    assert send_bulk(house, now=province.now) == 0
    assert sorted(states(province, number, lan).values()) == ["sent", "sent", "waiting"]
    province.clock.pass_by(timedelta(seconds=2))
    assert send_bulk(house, now=province.now) == 1
    with house.reading() as unit:
        counters = dict(
            unit.session.execute(select(BulkTargetRow.device, BulkTargetRow.counter)).all()
        )
    answer(tellers[0], counters[tellers[0].device])
    answer(tellers[1], 0, refused="Lệnh đã hết hạn.")
    assert states(province, number, lan) == {
        tellers[0].device: "obeyed",
        tellers[1].device: "refused",
        tellers[2].device: "sent",
    }
    province.clock.pass_by(LIFE)
    send_bulk(house, now=province.now)
    with house.reading() as unit:
        state = bulk_named(unit, number, who=lan)
        refused = bulk_targets(unit, number, who=lan, state=Sending.REFUSED)
    assert state.phase is BulkPhase.OVER
    assert (state.counts["obeyed"], state.counts["refused"], state.counts["unanswered"]) == (
        1,
        1,
        1,
    )
    assert refused[0][1].why == "Lệnh đã hết hạn."
    answer(tellers[2], counters[tellers[2].device])
    assert states(province, number, lan)[tellers[2].device] == "obeyed"


def test_a_kill_between_two_turns_sends_nobody_twice(province: Province, lan: Person) -> None:
    """Another process goes on where the first stopped: each appliance gets one command."""
    number, _ = ordered(province, lan, 5)
    send_bulk(province.house, now=province.now)
    province.reopen()
    for _ in range(4):
        province.clock.pass_by(timedelta(seconds=2))
        send_bulk(province.house, now=province.now)
    with province.house.reading() as unit:
        sent = unit.session.scalar(select(func.count()).select_from(CommandRow))
        assert bulk_named(unit, number, who=lan).counts["sent"] == 5
    assert sent == 5


def test_a_stopped_order_sends_no_more(province: Province, lan: Person) -> None:
    """What is out stays out, the rest is dropped with the name of who stopped it."""
    number, _ = ordered(province, lan)
    send_bulk(province.house, now=province.now)
    bien = province.person("bien", PersonRole.EDITOR)
    with pytest.raises(Forbidden), province.house.writing() as unit:
        stop_bulk(unit, number, who=bien, now=province.now)
    with province.house.writing() as unit:
        state = stop_bulk(unit, number, who=lan, now=province.now)
    assert state.phase is BulkPhase.STOPPED
    province.clock.pass_by(timedelta(seconds=10))
    assert send_bulk(province.house, now=province.now) == 0
    assert sorted(states(province, number, lan).values()) == ["dropped", "sent", "sent"]


def test_an_order_asks_rights_where_each_appliance_stands(province: Province, lan: Person) -> None:
    """An editor of one commune reaches only their own by filter, and is refused others by name; a viewer all."""
    _, inside = province.appliance("Trong")
    _, outside = province.appliance("Ngoài", OTHER)
    bien = province.person("bien", PersonRole.EDITOR, area=COMMUNE)
    xem = province.person("xem", PersonRole.VIEWER)
    now = province.now
    with province.house.writing() as unit:
        counted = count_targets(unit, Reload(), sought=Sought(), who=bien, now=now)
        assert (counted.targets, counted.forbidden) == ((inside,), 0)
        assert count_targets(unit, Reload(), sought=Sought(), who=xem, now=now).forbidden == 2
        assert count_targets(unit, Silence(on=True), sought=Sought(), who=bien, now=now).forbidden
        with pytest.raises(Unacceptable):
            count_targets(unit, Reload(), devices=["aaaaaaaaaaaaaaaa"], who=bien, now=now)
    for who, device, action in (
        (bien, outside, Reload()),
        (xem, inside, Reload()),
        (bien, inside, Silence(on=True)),
    ):
        with pytest.raises(Forbidden), province.house.writing() as unit:
            order_bulk(unit, action, [device], who=who, now=now)
    with pytest.raises(NotFound), province.house.writing() as unit:
        order_bulk(unit, Reload(), ["aaaaaaaaaaaaaaaa"], who=lan, now=now)
    for bad in ({"per_s": 0}, {"per_s": 201}):
        with pytest.raises(Unacceptable), province.house.writing() as unit:
            order_bulk(unit, Reload(), [inside], who=lan, now=now, **bad)


def test_rights_are_asked_again_when_it_is_sent(province: Province) -> None:
    """Whoever lost the right meanwhile, and whatever was retired meanwhile, gets nothing sent."""
    bien = province.person("bien", PersonRole.EDITOR)
    number, tellers = ordered(province, bien, 2)
    with province.house.writing() as unit:
        unit.session.get_one(DeviceRow, tellers[0].device).retired = True
        grant = unit.session.scalars(select(GrantRow).where(GrantRow.person_id == bien.id)).one()
        unit.session.delete(grant)
    send_bulk(province.house, now=province.now)
    assert set(states(province, number, bien).values()) == {"dropped"}


def test_an_order_is_seen_by_who_sees_one_of_its_places(province: Province, lan: Person) -> None:
    """A person of another commune finds neither the order nor its lines."""
    number, _ = ordered(province, lan)
    xa = province.person("xa", PersonRole.VIEWER, area=OTHER)
    xem = province.person("xem", PersonRole.VIEWER, area=COMMUNE)
    with province.house.reading() as unit:
        assert [order.id for order in list_bulk(unit, who=xem)] == [number]
        assert list_bulk(unit, who=xa) == ()
        assert bulk_targets(unit, number, who=xa) == ()
        with pytest.raises(NotFound):
            bulk_named(unit, number, who=xa)


def test_a_self_test_can_be_ordered_of_many(province: Province, lan: Person) -> None:
    """Every order that the contract knows can go to many."""
    _, device = province.appliance("Chợ")
    with province.house.writing() as unit:
        for action in (TestYourself(), Silence(on=False), Reload()):
            assert order_bulk(unit, action, [device], who=lan, now=province.now).total == 1
    assert send_bulk(province.house, now=province.now) == 3
