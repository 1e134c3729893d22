"""What is wrong, how grave, in which order; history in buckets; when alerts are told; filters as addresses."""

from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qsl

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central.domain.alerting import (
    checked_url,
    due_at,
    in_quiet,
    masked,
    retry_in,
    without_secret,
)
from central.domain.care import (
    ORDER,
    RULES,
    Level,
    Link,
    Need,
    Trouble,
    by_need,
    folded,
    link_of,
    ranked,
)
from central.domain.care_history import (
    DAY_S,
    HOUR_S,
    QUARTER_S,
    Bucket,
    added,
    connected,
    pack,
    span_for,
    strip,
    thinned,
    unpack,
)
from central.domain.care_outline import read_outline
from central.domain.care_sought import Order, Sought, cursor_of, query_of, read_cursor, read_sought
from central.domain.errors import CentralError, Unacceptable

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BUCKETS = st.builds(
    Bucket,
    index=st.integers(0, 95),
    up_s=st.floats(0, 900),
    reports=st.integers(0, 20),
    hottest_c=st.none() | st.floats(-10, 110),
    loudest_dbfs=st.none() | st.floats(-90, 0),
    refusals=st.integers(0, 3),
    free_mb=st.none() | st.integers(0, 100_000),
)


# --- who needs somebody first --------------------------------------------------------------------


def test_what_people_did_not_hear_comes_first() -> None:
    """The order of need: silence in a slot, a missed emergency, no sound, offline, not ready, hot, then the clock."""
    wanted = [Trouble.SILENT, Trouble.EMERGENCY, Trouble.OFFLINE, Trouble.NOT_READY, Trouble.HOT]
    assert sorted(wanted, key=ORDER.__getitem__) == wanted
    assert ORDER[Trouble.HOT] < ORDER[Trouble.CLOCK]
    assert by_need([Trouble.HOT, Trouble.SILENT, Trouble.HOT]) == (Trouble.SILENT, Trouble.HOT)
    assert set(RULES) == set(Trouble)


@given(st.lists(st.sets(st.sampled_from(Trouble), min_size=1), max_size=12), st.randoms())
def test_the_ranking_is_one_order_whatever_comes_first(
    kinds: list[set[Trouble]], random: object
) -> None:
    """Shuffled needs come out alike, and nobody with a lesser trouble stands before a graver one."""
    needs = [
        Need(device=str(n), name=str(n), area="dt", kinds=by_need(k), why="", since=None)
        for n, k in enumerate(kinds)
    ]
    shuffled = list(reversed(needs))
    found = ranked(shuffled)
    assert found == ranked(needs)
    places = [ORDER[need.worst] for need in found]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("silent", "link"),
    [
        (timedelta(0), Link.ONLINE),
        (timedelta(minutes=5), Link.ONLINE),
        (timedelta(minutes=5, seconds=1), Link.LATE),
        (timedelta(minutes=30), Link.LATE),
        (timedelta(minutes=30, seconds=1), Link.OFFLINE),
    ],
)
def test_silence_is_late_and_then_a_lost_link(silent: timedelta, link: Link) -> None:
    """Five minutes are allowed, from thirty an appliance is offline; one that never came is neither."""
    assert link_of(NOON - silent, NOON) is link
    assert link_of(None, NOON) is Link.NEVER


def test_a_search_needs_no_diacritics() -> None:
    """What people type on a phone finds names as they are written, composed or decomposed."""
    assert folded("Đồng  Tháp") == "dong thap"
    assert folded("M\u1ef9 Phong") == folded("My\u0303 Phong") == "my phong"


# --- history -------------------------------------------------------------------------------------


@given(st.lists(BUCKETS, max_size=40))
@settings(max_examples=60)
def test_thinning_loses_no_time_and_no_extreme(raw: list[Bucket]) -> None:
    """Quarters, hours and a whole day add up alike and keep the hottest; thinning in one step or two is the same."""
    fine = added((), raw)
    hours = thinned(fine, QUARTER_S, HOUR_S)
    whole = thinned(fine, QUARTER_S, DAY_S)
    assert len(whole) <= 1
    for coarse in (hours, whole):
        assert sum(b.up_s for b in coarse) == pytest.approx(sum(b.up_s for b in raw))
        assert sum(b.reports for b in coarse) == sum(b.reports for b in raw)
        heat = [b.hottest_c for b in raw if b.hottest_c is not None]
        assert max((b.hottest_c for b in coarse if b.hottest_c is not None), default=None) == max(
            heat, default=None
        )
    twice = thinned(hours, HOUR_S, DAY_S)
    assert [b.reports for b in twice] == [b.reports for b in whole]
    assert unpack(pack(fine)) == fine


def test_time_between_reports_is_laid_into_its_quarters() -> None:
    """Three minutes over the turn of a quarter count in both; a silence of six minutes counts as none."""
    found = list(connected(NOON - timedelta(minutes=2), NOON + timedelta(minutes=1)))
    assert [(b.index, b.up_s) for _, b in found] == [(47, 120.0), (48, 60.0)]
    assert list(connected(NOON - timedelta(minutes=6), NOON)) == []
    assert list(connected(None, NOON)) == []
    midnight = datetime(2026, 11, 23, tzinfo=UTC)
    over = list(connected(midnight - timedelta(minutes=1), midnight + timedelta(minutes=1)))
    assert [day for day, _ in over] == [date(2026, 11, 22), date(2026, 11, 23)]


def test_days_grow_coarser_with_age() -> None:
    """Thirty days by the quarter, a year by the hour, then a day as one."""
    today = date(2026, 11, 22)
    ages = {30: QUARTER_S, 31: HOUR_S, 365: HOUR_S, 366: DAY_S}
    assert {age: span_for(today - timedelta(days=age), today) for age in ages} == ages


def test_the_strip_knows_the_unknown_from_the_disconnected() -> None:
    """Before the first word nothing is claimed; a day without a word after it was a day without connection."""
    today = NOON.date()
    known = [
        (today - timedelta(days=2), (Bucket(index=3, up_s=DAY_S),)),
        (today, (Bucket(index=0, up_s=21_600),)),
    ]
    shares = [day.up for day in strip(known, NOON, 4)]
    assert shares == [None, 1.0, 0.0, 0.5]


# --- alerts --------------------------------------------------------------------------------------


def test_quiet_hours_hold_back_all_but_the_gravest() -> None:
    """At 22:00 here a warning waits until 05:30, the gravest goes at once; outside of them nothing waits."""
    ten = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)  # 22:00 in Viet Nam
    night = (21 * 60, 5 * 60 + 30)
    assert due_at(Level.SEVERE, ten, *night) == ten
    assert due_at(Level.WARNING, ten, *night) == datetime(2026, 11, 22, 22, 30, tzinfo=UTC)
    early = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)  # 03:00
    assert due_at(Level.INFO, early, *night) == datetime(2026, 11, 22, 22, 30, tzinfo=UTC)
    assert due_at(Level.WARNING, NOON, *night) == NOON
    assert not in_quiet(ten, 0, 0)


def test_a_letter_is_tried_again_ever_later_and_then_given_up() -> None:
    """Half a minute, two, ten, thirty; after the fifth failure nobody tries any more."""
    pauses = [retry_in(n) for n in range(1, 6)]
    assert pauses[-1] is None
    assert [p.total_seconds() for p in pauses if p] == [30, 120, 600, 1_800]


SECRETS = {
    "mailtos://may:matkhau123@thu.tinh.vn?to=truc@tinh.vn": "matkhau123",
    "tgram://123456:ABC-def_secret/987654": "ABC-def_secret",
    "jsons://canbo:matkhau123@hook.xa.tinh.vn/duong/bi-mat": "bi-mat",
}


@pytest.mark.parametrize("url", SECRETS)
def test_an_address_is_never_shown_whole(url: str) -> None:
    """Neither password nor token nor path stands in what is shown, nor in what is said of a failure."""
    assert checked_url(f" {url} ") == url
    for text in (masked(url), without_secret(f"failed to reach {url}: bad {SECRETS[url]}", url)):
        for secret in ("matkhau123", "ABC-def_secret", "bi-mat", "987654"):
            assert secret not in text, text


@pytest.mark.parametrize(
    "url",
    [
        "",
        "tinh.vn",
        "file:///etc/passwd",
        "exec://ls",
        "dbus://",
        "windows://",
        "json://a b",
        "x" * 1_001,
    ],
)
def test_only_services_that_carry_messages_are_addresses(url: str) -> None:
    """Nothing that runs a program or writes here, nothing that is no address."""
    with pytest.raises(Unacceptable):
        checked_url(url)


# --- filters -------------------------------------------------------------------------------------


@given(
    st.builds(
        Sought,
        area=st.sampled_from(["", "dt/my-phong"]),
        text=st.sampled_from(["", "chợ & đình", "50% =1"]),
        link=st.none() | st.sampled_from(Link),
        away=st.booleans(),
        trouble=st.none() | st.sampled_from(Trouble),
        software=st.sampled_from(["", "tienglang 0.1.0+dev"]),
        supplier=st.integers(0, 99),
        retired=st.booleans(),
        order=st.sampled_from(Order),
    )
)
def test_a_filter_is_its_address(sought: Sought) -> None:
    """What a filter writes into an address is read back alike."""
    if sought.away:  # an address says one of the two
        sought = msgspec.structs.replace(sought, link=None)
    assert read_sought(dict(parse_qsl(query_of(sought)))) == sought


@pytest.mark.parametrize(
    "given", [{"link": "x"}, {"trouble": "x"}, {"supplier": "1;"}, {"order": "x"}]
)
def test_a_word_that_is_none_of_ours_is_refused(given: dict[str, str]) -> None:
    """A filter that says something unknown is no filter."""
    with pytest.raises(Unacceptable):
        read_sought(given)


def test_a_cursor_comes_back_and_a_forged_one_is_refused() -> None:
    """A page goes on where it ended; anything else is said to be wrong, not believed."""
    assert read_cursor(cursor_of(("dt", "Chợ", "abc")), 3) == ("dt", "Chợ", "abc")
    assert read_cursor("", 3) is None
    for bad in ("x", "%%%", cursor_of(("dt",)), "W10"):
        with pytest.raises(Unacceptable):
            read_cursor(bad, 3)


# --- outlines ------------------------------------------------------------------------------------

SQUARE = b'{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[106,10],[106.5,10],[106.5,10.5],[106,10]]]}}'


def test_an_outline_is_read_from_any_common_geojson() -> None:
    """Feature, collection and bare geometry give the same lines; names and styles are left out."""
    bare = b'{"type":"MultiPolygon","coordinates":[[[[106,10],[106.5,10],[106.5,10.5],[106,10]]]]}'
    both = b'{"type":"FeatureCollection","features":[' + SQUARE + b"]}"
    assert read_outline(SQUARE) == read_outline(bare) == read_outline(both)
    assert read_outline(SQUARE)[0][1] == (106.5, 10.0)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{" * 5_000,
        b'{"type":"Point","coordinates":[106,10]}',
        b'{"type":"LineString","coordinates":[[106,10],[181,10]]}',
        b'{"type":"LineString","coordinates":[[106,10]]}',
        b'{"type":"LineString","coordinates":[["a",10],[1,2]]}',
        b'{"type":"Polygon"}',
        b'{"type":"x"}',
        b" " * 4_000_001,
    ],
)
def test_what_is_no_outline_is_refused_in_words(data: bytes) -> None:
    """Broken, empty, too large or somewhere off the earth: a sentence, never a half-read map."""
    with pytest.raises(CentralError) as refused:
        read_outline(data)
    assert refused.value.why
