from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from hypothesis import given, settings

from contract.documents import Daily, Level, Programme, Slot
from contract.timeline import Cue, next_cue_after, precedence, stretch_at, stretches
from tests.contract import oracle
from tests.contract.drawn import HOUR, US, Drawn, moments, programme, sha

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
DAWN = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)  # 05:30 on Monday the 23rd in Đồng Tháp
MANY = settings(max_examples=400)


def slot(name: str = "sang", **changes: object) -> Slot:
    """Return a daily slot of one hour at 05:30 with one item, changed as told."""
    usual: dict[str, object] = {
        "id": name,
        "title": name,
        "recurrence": Daily(),
        "start": time(5, 30),
        "window_s": 3_600,
        "items": (sha(0),),
    }
    return Slot(**{**usual, **changes})  # type: ignore[arg-type]


def seen(cues: tuple[Cue, ...]) -> list[tuple[object, ...]]:
    """Return cues as the oracle writes its soundings."""
    return [(c.slot, c.day, c.opens, c.closes, c.index, c.content, c.since, c.until) for c in cues]


def at(own: Programme, instant: datetime) -> list[str]:
    """Return the keys of what is due."""
    return [cue.key for cue in stretch_at(own, instant).cues]


# --- properties -----------------------------------------------------------------------------------


@MANY
@given(moments())
def test_the_timeline_agrees_with_the_slow_oracle(drawn: Drawn) -> None:
    """What is due, in which order and with which spans, is what walking item by item finds."""
    own, around, instant = drawn
    due = [tuple(sounding) for sounding in oracle.due_at(own, around, instant)]
    assert seen(stretch_at(own, instant).cues) == due


@MANY
@given(moments())
def test_a_stretch_answers_alike_everywhere_inside_itself(drawn: Drawn) -> None:
    """From `since` to before `until` nothing changes, by the oracle's word as by our own."""
    own, around, instant = drawn
    here = stretch_at(own, instant)
    assert here.since <= instant < here.until
    edges = {e for s in around for e in (s.since, s.until, s.closes)}
    edges |= {own.not_before, own.expires, here.since, here.until - US, here.since + US}
    for inside in sorted(e for e in edges if here.since <= e < here.until):
        there = stretch_at(own, inside)
        assert there.cues == here.cues
        assert seen(there.cues) == [tuple(s) for s in oracle.due_at(own, around, inside)]


@MANY
@given(moments())
def test_until_is_the_first_change_or_an_hour_away(drawn: Drawn) -> None:
    """At `until` the answer really differs, except where it is the hour that ran out."""
    own, around, instant = drawn
    here = stretch_at(own, instant)
    assert here.until <= instant + HOUR
    if here.until < instant + HOUR:
        assert stretch_at(own, here.until).cues != here.cues
        assert oracle.due_at(own, around, here.until) != oracle.due_at(own, around, instant)


@MANY
@given(moments())
def test_walking_stretch_by_stretch_says_the_same(drawn: Drawn) -> None:
    """What `stretches` yields for some hours is what `stretch_at` answers, edge by edge."""
    own, _, instant = drawn
    end = instant + 3 * HOUR
    walked = list(stretches(own, instant, end))
    for stretch in walked:
        assert stretch.cues == stretch_at(own, stretch.since).cues
        assert stretch.cues == stretch_at(own, stretch.until - US).cues
        assert instant <= stretch.since < stretch.until <= end
    gaps = [instant, *(e for s in walked for e in (s.since, s.until)), end]
    for begin, stop in zip(gaps[::2], gaps[1::2], strict=True):
        probe = begin
        while probe < stop:
            silent = stretch_at(own, probe)
            assert silent.cues == ()
            probe = silent.until


@MANY
@given(moments())
def test_the_next_cue_is_the_earliest_that_begins(drawn: Drawn) -> None:
    """Within the horizon the oracle knows no earlier start, and all that start together are named."""
    own, around, instant = drawn
    horizon = 2 * HOUR
    begins = {max(s.since, own.not_before) for s in around if s.until > own.not_before}
    coming = sorted(b for b in begins if instant < b <= instant + horizon)
    found = next_cue_after(own, instant, horizon.total_seconds())
    if not coming:
        assert found == ()
        return
    due = oracle.due_at(own, around, coming[0])
    starting = [tuple(s) for s in due if max(s.since, own.not_before) == coming[0]]
    assert seen(found) == starting


@MANY
@given(moments())
def test_keys_are_unique_and_ascii(drawn: Drawn) -> None:
    """No two soundings share a key, so a play can be named by it in a report."""
    own, around, _ = drawn
    begin = min((s.opens for s in around), default=own.not_before)
    keys: dict[str, tuple[object, ...]] = {}
    for stretch in stretches(own, begin, begin + timedelta(days=3)):
        for cue in stretch.cues:
            assert cue.key.isascii()
            assert keys.setdefault(cue.key, seen((cue,))[0]) == seen((cue,))[0]


@MANY
@given(moments())
def test_precedence_is_total(drawn: Drawn) -> None:
    """Of any cues due together exactly one order is right, and the first of it stands first."""
    own, around, instant = drawn
    for probe in (instant, *(s.since for s in around[:40])):
        ranks = [precedence(cue) for cue in stretch_at(own, probe).cues]
        assert all(one < other for one, other in pairwise(ranks))


# --- examples -------------------------------------------------------------------------------------


def test_a_window_includes_its_opening_and_excludes_its_closing() -> None:
    """At 05:30 the item is due; at 06:30 it is not, even if its sound were longer."""
    own = programme((slot(),), (7_200_000,))
    assert at(own, DAWN - US) == []
    assert at(own, DAWN) == ["sang/20261122T223000Z/0"]
    assert at(own, DAWN + HOUR - US) == ["sang/20261122T223000Z/0"]
    assert at(own, DAWN + HOUR) == []
    assert stretch_at(own, DAWN).cues[0].until == DAWN + HOUR


def test_items_sound_in_order_and_rounds_wait_for_the_gap() -> None:
    """Two items twice with a minute between: 0, 1, silence, 2, 3, silence to the end."""
    own = programme((slot(items=(sha(0), sha(1)), repeat_count=2, gap_s=60),), (120_000, 180_000))
    heard = [at(own, DAWN + n * MINUTE) for n in range(13)]
    numbers = [int(keys[0].rpartition("/")[2]) if keys else None for keys in heard]
    assert numbers == [0, 0, 1, 1, 1, None, 2, 2, 3, 3, 3, None, None]
    assert stretch_at(own, DAWN + 5 * MINUTE).until == DAWN + 6 * MINUTE


def test_a_round_that_the_window_does_not_reach_changes_nothing() -> None:
    """In the silence after the first round nothing is announced that would begin after closing."""
    own = programme((slot(window_s=300, repeat_count=2, gap_s=600),), (120_000,))
    assert stretch_at(own, DAWN + 3 * MINUTE).until == DAWN + 3 * MINUTE + HOUR
    assert next_cue_after(own, DAWN + 3 * MINUTE, 3_600) == ()


def test_a_loop_sounds_to_the_end_of_the_window_and_is_cut_there() -> None:
    """A loop of 25 minutes in an hour: two whole rounds and ten minutes of the third."""
    own = programme((slot(loop=True),), (1_500_000,))
    last = stretch_at(own, DAWN + 55 * MINUTE).cues[0]
    assert (last.index, last.since, last.until) == (2, DAWN + 50 * MINUTE, DAWN + HOUR)


def test_a_window_that_passes_midnight_belongs_to_the_day_it_starts() -> None:
    """A Monday slot of 23:30 sounds into Tuesday; its exception on Tuesday does not touch it."""
    night = slot(start=time(23, 30), except_dates=frozenset({date(2026, 11, 24)}), loop=True)
    own = programme((night,), (600_000,))
    after_midnight = datetime(2026, 11, 23, 17, 15, tzinfo=UTC)  # 00:15 on Tuesday the 24th
    (cue,) = stretch_at(own, after_midnight).cues
    assert cue.day == date(2026, 11, 23)
    assert at(own, after_midnight + timedelta(days=1)) == []


def test_nothing_sounds_outside_the_programmes_life() -> None:
    """Before `not_before` and from `expires` on nothing is due, and an item is cut at `expires`."""
    own = programme((slot(),), (3_600_000,), valid=(DAWN + 5 * MINUTE, DAWN + 10 * MINUTE))
    assert at(own, DAWN + 5 * MINUTE - US) == []
    assert stretch_at(own, DAWN).until == DAWN + 5 * MINUTE
    (cue,) = stretch_at(own, DAWN + 5 * MINUTE).cues
    assert (cue.since, cue.until) == (DAWN, DAWN + 10 * MINUTE)
    assert at(own, DAWN + 10 * MINUTE) == []


def test_precedence_is_level_then_order_then_later_window() -> None:
    """Ưu tiên beats thường; among ưu tiên the commune's order; among thường the later window."""
    early = slot("a-som", start=time(5, 0))
    later = slot("b-sau", start=time(5, 20))
    second = slot("c-hai", level=Level.PRIORITY, order=2, start=time(5, 25))
    first = slot("d-mot", level=Level.PRIORITY, order=1, start=time(5, 0))
    own = programme((early, later, second, first), (3_600_000,))
    won = [cue.slot.id for cue in stretch_at(own, DAWN).cues]
    assert won == ["d-mot", "c-hai", "b-sau", "a-som"]


def test_the_order_among_normal_slots_does_not_count() -> None:
    """The commune's order is for ưu tiên alone: of two thường the later window wins."""
    early = slot("a-som", start=time(5, 0), order=1)
    later = slot("b-sau", start=time(5, 20), order=900)
    own = programme((early, later), (3_600_000,))
    assert [cue.slot.id for cue in stretch_at(own, DAWN).cues] == ["b-sau", "a-som"]


def test_the_next_cue_names_all_that_start_together_within_the_horizon() -> None:
    """Two slots of 05:30 are both named ten seconds before, and not nine seconds' horizon before."""
    own = programme((slot("a"), slot("b"), slot("c", start=time(5, 31))))
    before = DAWN - 10 * SECOND
    assert [cue.slot.id for cue in next_cue_after(own, before, 10)] == ["a", "b"]
    assert next_cue_after(own, before, 9) == ()


def test_two_programmes_alike_in_shape_do_not_share_answers() -> None:
    """What is remembered of one programme never answers for another."""
    for shift in range(40):
        own = programme((slot(start=time(5, shift)),), (1_000,))
        assert at(own, DAWN + (shift - 30) * MINUTE) != []
        assert at(own, DAWN + (shift - 29) * MINUTE) == []


def test_second_by_second_a_morning_is_what_the_oracle_hears() -> None:
    """An hour and a half of colliding windows, each second asked."""
    own = programme(
        (
            slot("a", items=(sha(0), sha(1), sha(2)), gap_s=7, repeat_count=9),
            slot("b", start=time(5, 50), level=Level.PRIORITY, loop=True, window_s=611),
            slot("c", start=time(6, 29, 59), window_s=2),
        ),
        (61_000, 113_000, 250),
    )
    around = oracle.soundings(own, date(2026, 11, 22), date(2026, 11, 24))
    for n in range(-60, 5_400):
        instant = DAWN + n * SECOND
        due = [tuple(s) for s in oracle.due_at(own, around, instant)]
        assert seen(stretch_at(own, instant).cues) == due
