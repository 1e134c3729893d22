"""When our own wireless network is up: told as stories, and held as properties over long days of any order."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from edge.arrival.rule import (
    AGAIN_S,
    IN_USE_S,
    LACKING_S,
    TRY_S,
    WINDOW_S,
    Seen,
    Standing,
    begin,
    step,
    wished,
)
from edge.core.arrival import Mode

NOBODY = Seen(usable=False, assigned=False)
STEP_S = 5.0


def lived(standing: Standing, seen: Seen, from_s: float, to_s: float) -> Standing:
    """Return the standing after living with the same surroundings, looked at every few seconds."""
    now_s = from_s
    while now_s < to_s:
        standing = step(standing, seen, now_s)
        now_s += STEP_S
    return step(standing, seen, to_s)


def test_without_a_network_ours_comes_after_a_minute_and_a_half() -> None:
    """A router that is slow is waited for; then a phone finds us."""
    assert lived(begin(0), NOBODY, 0, LACKING_S - 1).mode is Mode.REAL
    assert step(lived(begin(0), NOBODY, 0, LACKING_S - 1), NOBODY, LACKING_S).mode is Mode.OPEN


def test_with_a_network_ours_never_comes() -> None:
    """An appliance that can be reached shows no second door."""
    assert lived(begin(0), replace(NOBODY, usable=True), 0, 4_000).mode is Mode.REAL


def test_the_real_network_is_tried_every_five_minutes() -> None:
    """The router that comes back after a power cut is found with nobody there; in vain, ours comes back too."""
    opened = lived(begin(0), NOBODY, 0, LACKING_S)
    trying = step(opened, NOBODY, opened.since_s + AGAIN_S)
    assert trying.mode is Mode.TRYING
    assert step(trying, replace(NOBODY, usable=True), trying.since_s + 1).mode is Mode.REAL
    assert step(trying, NOBODY, trying.since_s + TRY_S - 1).mode is Mode.TRYING
    assert step(trying, NOBODY, trying.since_s + TRY_S).mode is Mode.OPEN


def test_without_a_known_wireless_network_there_is_nothing_to_try() -> None:
    """A cable and a modem work beside our network, so it stays up, and goes once one of them works."""
    seen = replace(NOBODY, wifi_known=False)
    opened = lived(begin(0), seen, 0, 2_000)
    assert opened.mode is Mode.OPEN
    assert opened.since_s == LACKING_S
    assert step(opened, replace(seen, usable=True), 2_001).mode is Mode.REAL


def test_an_assigned_appliance_shows_ours_in_its_first_quarter_of_an_hour_alone() -> None:
    """Whoever changes the router comes with the power switch; at other times nobody is offered a network."""
    seen = replace(NOBODY, assigned=True, wifi_known=False)
    assert lived(begin(0), seen, 0, WINDOW_S - 1).mode is Mode.OPEN
    assert lived(begin(0), seen, 0, WINDOW_S).mode is Mode.REAL
    late = lived(begin(0), replace(seen, usable=True), 0, WINDOW_S)
    assert lived(late, seen, WINDOW_S + 1, WINDOW_S + 5_000).mode is Mode.REAL


def test_a_held_button_opens_ours_for_a_quarter_of_an_hour() -> None:
    """Even beside a network that works: somebody at the foot of the pole asked for it."""
    working = Seen(usable=True, assigned=True)
    later = lived(begin(0), working, 0, 5_000)
    held = step(later, replace(working, held=1), 5_001)
    assert held.mode is Mode.OPEN
    assert lived(held, replace(working, held=1), 5_001, 5_001 + WINDOW_S - 1).mode is Mode.OPEN
    assert step(held, replace(working, held=1), 5_001 + WINDOW_S).mode is Mode.REAL


def test_what_was_typed_is_tried_at_once() -> None:
    """Though the phone is on the page: it was told beforehand."""
    seen = replace(NOBODY, page_used_s=100.0)
    opened = lived(begin(0), seen, 0, 101)
    assert wished(opened, 102).mode is Mode.TRYING


def test_a_machine_without_a_wireless_card_opens_nothing() -> None:
    """There is only the cable; the page says so."""
    assert lived(begin(0), replace(NOBODY, has_wireless=False, held=1), 0, 2_000).mode is Mode.REAL


SEEN = st.builds(
    Seen,
    usable=st.booleans(),
    assigned=st.booleans(),
    wifi_known=st.booleans(),
    has_wireless=st.just(value=True),
    held=st.integers(0, 3),
)
DAYS = st.lists(st.tuples(st.floats(1, 400), SEEN, st.booleans()), min_size=1, max_size=40)


@given(DAYS)
def test_our_network_never_goes_under_a_phone(day: list[tuple[float, Seen, bool]]) -> None:
    """Whatever happens around it: while the page is being used, an open network stays open."""
    standing, now_s, used_s = begin(0), 0.0, -1e9
    for span_s, seen, uses in day:
        now_s += span_s
        if uses:
            used_s = now_s
        after = step(standing, replace(seen, page_used_s=used_s), now_s)
        if standing.mode is Mode.OPEN and now_s - used_s < IN_USE_S:
            assert after.mode is Mode.OPEN
        standing = after


@given(DAYS)
def test_an_assigned_appliance_opens_ours_only_when_somebody_is_there(
    day: list[tuple[float, Seen, bool]],
) -> None:
    """Outside the window after power-on or button it is never newly open."""
    standing, now_s, held, window_s = begin(0), 0.0, 0, WINDOW_S
    for span_s, seen, _ in day:
        now_s += span_s
        at_work = replace(seen, assigned=True, held=max(seen.held, held))
        if at_work.held > held:
            held, window_s = at_work.held, now_s + WINDOW_S
        after = step(standing, at_work, now_s)
        if after.mode is Mode.OPEN:
            assert now_s < window_s
        standing = after


@given(st.lists(st.booleans(), min_size=200, max_size=200))
def test_nobody_is_left_without_a_door_or_a_network(router: list[bool]) -> None:
    """Unassigned: never longer than the patience without either our network or a real one."""
    standing, shut_s = begin(0), 0.0
    for number, usable in enumerate(router):
        standing = step(standing, replace(NOBODY, usable=usable), number * STEP_S)
        shut_s = 0.0 if usable or standing.mode is Mode.OPEN else shut_s + STEP_S
        assert shut_s <= LACKING_S + TRY_S


@given(st.floats(0, 10_000))
def test_the_real_network_is_never_left_untried_for_long(start_s: float) -> None:
    """With nobody on the page and a known network, an hour holds a try in every six minutes and a half."""
    standing, last_s = begin(start_s), start_s
    for number in range(1, 800):
        now_s = start_s + number * STEP_S
        standing = step(standing, NOBODY, now_s)
        if standing.mode is not Mode.OPEN:
            last_s = now_s
        assert now_s - last_s <= AGAIN_S + STEP_S
