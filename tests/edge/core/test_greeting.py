"""What an appliance says of itself before anybody was assigned: once, quietly, and never at work or at night."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.documents import InputKind, Rank
from contract.enrolment import Standing
from edge.core.arrival import OwnNetwork
from edge.core.events import (
    AddressesSeen,
    ArrivalSeen,
    AssignmentAccepted,
    EnrolmentSeen,
    Happening,
    InputChanged,
    Started,
)
from edge.core.greeting import HEAD, HOLD_S, VOLUME_PCT, sayings
from edge.core.moment import Clock
from edge.core.orders import FitInputs, Speak, StartPlay, Tell, TellNetwork
from edge.core.spelling import spelt
from tests.edge.core.world import NOON, World, alert, assignment, started

OWN = OwnNetwork(name="TiengLang-4821", password="123456789012")
HERE = AddressesSeen(addresses=("192.168.1.20", "fd00::7"))
MATCHED = EnrolmentSeen(standing=Standing.MATCHED, site="a", title="Ấp 1", code="482 913")


def fresh(clock: Clock = Clock.TRUSTED, **changes: object) -> World:
    """Return a world with an appliance out of its box, two seconds after power-on."""
    world = World(silent=False)
    told = started(policy=None, **{"clock": clock, "assignment": None, "greets": True} | changes)
    world.happen(msgspec.structs.replace(told, approvals=(), contents=()))
    world.run(2)
    return world


def said(world: World) -> list[str]:
    """Return what was said aloud, by topic."""
    return [play.key.split("/")[1] for play in world.plays if play.key.startswith(HEAD)]


def texts(world: World) -> list[str]:
    """Return the words that were made for speaking."""
    return [order.text for _, order in world.orders if isinstance(order, Speak)]


def press(world: World, seconds: float = 0.2, *, name: str = "service") -> None:
    """Press the service button for so long."""
    world.happen(InputChanged(name=name, kind=InputKind.ADDRESS, active=True))
    world.run(seconds)
    world.happen(InputChanged(name=name, kind=InputKind.ADDRESS, active=False))


def idle_button(world: World, name: str = "service") -> None:
    """Have the button's first word come: nobody presses it."""
    world.happen(InputChanged(name=name, kind=InputKind.ADDRESS, active=False))


def test_the_address_is_said_once_quietly() -> None:
    """Number by number, at a quarter of full scale, and not again by itself."""
    world = fresh()
    world.happen(HERE)
    world.run(600)
    assert said(world) == ["address"]
    assert texts(world) == [f"Địa chỉ của máy: {spelt('192.168.1.20')}."]
    assert world.plays[0].volume_pct == VOLUME_PCT <= 25


def test_our_network_its_password_and_the_page_are_said() -> None:
    """Whoever holds a phone needs nothing else: name, password in fours, page."""
    world = fresh()
    world.happen(ArrivalSeen(own=OWN))
    world.run(30)
    assert said(world) == ["own"]
    words = texts(world)[0]
    assert "gạch, bốn tám hai một" in words
    assert "một hai ba bốn, năm sáu bảy tám, chín không một hai" in words
    assert words.endswith("Rồi mở trang một không chấm bốn một chấm không chấm một.")


def test_the_compare_code_is_said_and_a_new_one_too() -> None:
    """Digit by digit; when central matches anew, the new one, for only that one is to be compared."""
    world = fresh()
    world.happen(MATCHED)
    world.run(30)
    world.happen(msgspec.structs.replace(MATCHED, code="111 222"))
    world.run(30)
    assert said(world) == ["code-482913", "code-111222"]
    assert texts(world)[0] == "Mã so sánh: bốn tám hai, chín một ba."


def test_a_fault_of_the_site_file_comes_first() -> None:
    """The one sentence that is on the screen too."""
    world = fresh()
    fault = "Tệp cấu hình có lỗi ở dòng 12: thiếu central."
    world.happen(ArrivalSeen(fault=fault))
    world.happen(HERE)
    world.run(60)
    assert said(world) == ["fault", "address"]
    assert texts(world)[0] == fault
    shown = [o.shown for _, o in world.orders if isinstance(o, TellNetwork)][-1]
    assert fault in shown.lines


def test_a_press_of_the_service_button_says_it_again() -> None:
    """The button of the site file counts while nobody has assigned us; its first word is no press."""
    world = fresh(service_button=23)
    fitted = [order for _, order in world.orders if isinstance(order, FitInputs)]
    assert [one.inputs[0].pin for one in fitted] == [23]
    world.happen(HERE)
    world.run(30)
    idle_button(world)
    world.run(30)
    assert said(world) == ["address"]
    press(world)
    world.run(30)
    assert said(world) == ["address", "address"]


def test_the_first_clap_of_a_jammed_button_is_no_press() -> None:
    """A button that is down at power-on says nothing again and asks for nothing."""
    world = fresh(service_button=23)
    world.happen(InputChanged(name="service", kind=InputKind.ADDRESS, active=True))
    world.run(30)
    idle_button(world)
    world.run(10)
    held = [order.held for _, order in world.orders if isinstance(order, TellNetwork)]
    assert (said(world), set(held)) == ([], {0})


@pytest.mark.parametrize(("seconds", "held"), [(HOLD_S - 1, 0), (HOLD_S, 1)])
def test_holding_it_asks_for_our_own_network(seconds: float, held: int) -> None:
    """Five seconds, at an assigned appliance too: there the button comes with the assignment."""
    world = World()
    world.happen(started(greets=True))
    idle_button(world, "dia-chi")
    press(world, seconds, name="dia-chi")
    world.run(2)
    assert [o.held for _, o in world.orders if isinstance(o, TellNetwork)][-1] == held


def test_it_stops_in_the_middle_of_a_word_once_assigned() -> None:
    """From the assignment on only the programme speaks here."""
    world = fresh()
    world.happen(ArrivalSeen(own=OWN))
    world.run(1)
    world.happen(AssignmentAccepted(assignment=assignment()))
    world.run(60)
    assert world.plays[0].end_s is not None
    assert world.plays[0].end_s < 4.0  # of four seconds of words
    assert said(world) == ["own"]
    shown = [o for _, o in world.orders if isinstance(o, TellNetwork)][-1]
    assert shown.assigned
    assert shown.shown.lines[0] == "Cụm ấp 1"


def test_at_night_it_is_silent_where_the_clock_is_believed() -> None:
    """At 23:00 a village sleeps, and the screen says it; the morning finds the installer gone, so it is said then."""
    night = NOON + timedelta(hours=11)
    world = World(wall=night)
    world.happen(Started(device="a" * 16, software="1", clock=Clock.TRUSTED, greets=True))
    world.happen(HERE)
    world.run(3_600)
    assert said(world) == []
    doubtful = World(wall=night)
    doubtful.happen(Started(device="a" * 16, software="1", clock=Clock.UNKNOWN, greets=True))
    doubtful.happen(HERE)
    doubtful.run(30)
    assert said(doubtful) == ["address"]


def test_central_hears_nothing_of_it() -> None:
    """No play and no refusal of ours is reported: nobody planned it."""
    world = fresh()
    world.happen(HERE)
    world.run(60)
    told = [order for _, order in world.orders if isinstance(order, Tell)]
    assert all(not order.plays and not order.refusals for order in told)


def test_without_a_screen_and_network_of_its_own_nothing_is_said() -> None:
    """On a bench, where nobody keeps the machine's network for us, an unassigned appliance is silent."""
    world = World()
    world.happen(started(assignment=None))
    world.happen(HERE)
    world.run(60)
    assert (said(world), texts(world)) == ([], [])


EVENTS = st.sampled_from(
    [
        HERE,
        ArrivalSeen(own=OWN),
        ArrivalSeen(fault="Tệp cấu hình có lỗi ở dòng 3: thiếu central."),
        ArrivalSeen(),
        MATCHED,
        InputChanged(name="service", kind=InputKind.ADDRESS, active=True),
        InputChanged(name="service", kind=InputKind.ADDRESS, active=False),
    ]
)


@settings(max_examples=25)
@given(st.lists(st.tuples(EVENTS, st.floats(0, 20)), max_size=12))
def test_an_assigned_appliance_never_greets(day: list[tuple[Happening, float]]) -> None:
    """Whatever is seen and pressed: nothing of it sounds at work."""
    world = World()
    world.happen(started(greets=True, service_button=23))
    for event, span_s in day:
        world.happen(event)
        world.run(span_s)
    assert said(world) == []


@settings(max_examples=25)
@given(st.lists(st.tuples(EVENTS, st.floats(0, 20)), max_size=12))
def test_nothing_is_said_twice_without_a_press(day: list[tuple[Happening, float]]) -> None:
    """Each topic at most once for each press and once at the start, whatever comes and goes."""
    world = fresh(service_button=23)
    presses, before = 0, None
    for event, span_s in day:
        if isinstance(event, InputChanged):
            presses += before is not None and event.active
            before = event.active
        world.happen(event)
        world.run(span_s)
    world.run(120)
    for topic in set(said(world)):
        assert said(world).count(topic) <= presses + 1


def test_a_warning_is_never_waiting_for_it() -> None:
    """Rank: it claims as a notice does, below all that staff or a warning want."""
    world = fresh()
    world.happen(HERE)
    world.run(1)
    claim = world.decisions[-1].air.claim
    assert (claim.rank, claim.key.startswith(HEAD)) == (Rank.NORMAL, True)
    assert claim.rank < Rank.OVERRIDE
    assert alert().infos  # an unassigned appliance hears no warnings at all; see test_enrolment


def test_the_screen_shows_what_is_said() -> None:
    """Name, device, our network with its code for a camera."""
    world = fresh()
    world.happen(ArrivalSeen(own=OwnNetwork(name="TiengLang-4821", password='ho;a "sen"')))
    shown = [o.shown for _, o in world.orders if isinstance(o, TellNetwork)][-1]
    assert "Wi-Fi: TiengLang-4821" in shown.lines
    assert shown.code == 'WIFI:T:WPA;S:TiengLang-4821;P:ho\\;a \\"sen\\";;'
    assert len(sayings(world.desk)) == 1
    assert [type(o) for _, o in world.orders].count(StartPlay) == 0
