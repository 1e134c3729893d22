"""The oracles: what must hold, judged from what was seen and from the papers alone.

Law of the room: nothing of `edge.core` and none of the contract's rules is asked here; the rules are written down
a second time, simply. A breach says when and what, in seconds since the beginning.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from contract.documents import Health, Play
from tests.rehearsal import month
from tests.rehearsal.evidence import Arrival, Evidence, Sound, Spans, covered_s, joined
from tests.rehearsal.hands import TONE_S, VOICE_S

READY_S = 6.0  # from a paper's arrival to its first sound: switching, warm-up, an engine's start
ROUND_S = (
    90.0  # by then a first round of two languages has been heard whole, when nothing holds it up
)
MADE_GOOD_S = 900.0  # the next active set is five minutes away at most, and one may be lost
EDGE_S = 1.0  # a fade may pass the edge of quiet hours by so much
REMEMBERED_S = 31.0  # minutes sounded are kept on disk in steps of 30 s
CUT = "Thiết bị mất điện hoặc khởi động lại khi đang phát."
LEAST_MS = 200  # a shorter sound is a fade's neighbour, not a play
SETTLED_S = 2.5  # a record closes so long after its play
TAIL_HOLD_S = 0.6 + 8.0 + 8.0
DAY_S = 86_400.0


@dataclass(frozen=True)
class Breach:
    """One thing that must not be: by which oracle, when, and what."""

    oracle: str
    at_s: float
    what: str


@dataclass
class Verdict:
    """All breaches, and how every shortfall was accounted for."""

    breaches: list[Breach] = field(default_factory=list)
    shortfalls: Counter[str] = field(default_factory=Counter)
    figures: Counter[str] = field(default_factory=Counter)

    @property
    def holds(self) -> bool:
        return not self.breaches

    def broken(self, oracle: str) -> list[Breach]:
        """Return the breaches of one oracle."""
        return [b for b in self.breaches if b.oracle == oracle]


ORACLES = (
    "emergency",
    "repeats",
    "quiet",
    "quota",
    "plays",
    "relays",
    "slots",
    "punctual",
    "storm",
    "replay",
)


def judge(evidence: Evidence, days: int, listen_s: float) -> Verdict:
    """Return the verdict of all oracles."""
    verdict = Verdict()
    sight = Sight(evidence)
    checks: tuple[Callable[[], Iterator[Breach]], ...] = (
        lambda: emergencies(sight, verdict),
        lambda: repeats(sight, verdict),
        lambda: quiet_hours(sight),
        lambda: quotas(sight, listen_s),
        lambda: plays(sight, verdict),
        lambda: relays(sight, verdict),
        lambda: slots(sight, days, verdict),
        lambda: punctual(sight, days, verdict),
        lambda: storms(evidence),
        lambda: replayed(evidence),
    )
    for check in checks:
        verdict.breaches += check()
    return verdict


class Sight:
    """The evidence, put in an order in which it can be asked."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.lives = evidence.lives
        self.end_s = max((down for _, down, _ in evidence.lives), default=0.0)
        self.down = self._down()
        self.silenced = self._silenced()
        self.alerts: dict[str, list[Sound]] = defaultdict(list)
        for sound in evidence.sounds:
            if sound.is_alert:
                self.alerts[sound.alert].append(sound)
        self.ranks = {a.id: a.rank for a in evidence.arrivals}
        self._clock_at = [at_s for at_s, _, _ in evidence.clocks]
        self._paper_at = [at_s for at_s, _ in evidence.assignments]
        self.lies = [
            (start, end + 3 * 3_600.0)
            for start, end, name in evidence.faults
            if name == "lying time service"
        ]

    def _down(self) -> Spans:
        found: Spans = []
        before_s = 0.0
        for up_s, down_s, _ in self.lives:
            found.append((before_s, up_s))
            before_s = down_s
        return found

    def _silenced(self) -> Spans:
        found: Spans = []
        since: float | None = None
        for at_s, on in self.evidence.silences:
            if on and since is None:
                since = at_s
            elif not on and since is not None:
                found.append((since, at_s))
                since = None
        return [*found, (since, self.end_s)] if since is not None else found

    def held_up(self, id_: str) -> Spans:
        """Return when this announcement could not sound though the appliance would have it."""
        rank = self.ranks.get(id_, 6)
        others = [
            (sound.asked_s, (sound.end_s or self.end_s) + 4.0)
            for other, sounds in self.alerts.items()
            if other != id_ and self.ranks.get(other, 6) >= rank
            for sound in sounds
        ]
        blocks = self.evidence.blocks
        return joined(
            [
                *others,
                *self.down,
                *(self.silenced if id_.startswith("local-") else ()),
                *blocks.get("player", []),
                *blocks.get("relays", []),
            ]
        )

    def clock_at(self, at_s: float) -> tuple[str, datetime]:
        """Return what the appliance believed of the time at an instant."""
        index = max(0, bisect_right(self._clock_at, at_s) - 1)
        then_s, state, believed = self.evidence.clocks[index]
        return state, believed + timedelta(seconds=at_s - then_s)

    def day_of(self, at_s: float) -> int:
        """Return from which day of the month the policy in force is, 0 or the day of the change."""
        index = max(0, bisect_right(self._paper_at, at_s) - 1)
        epoch = self.evidence.assignments[index][1].epoch if self._paper_at else 1
        return 0 if epoch == 1 else month.NEW_POLICY_DAY

    def lied_to(self, at_s: float) -> bool:
        """Return whether a time service lies, or its lie may still be believed."""
        return any(start <= at_s <= end for start, end in self.lies)

    def over_s(self, arrival: Arrival) -> tuple[float, str]:
        """Return when an announcement was over for this appliance, and why."""
        ends: list[tuple[float, str]] = [(arrival.expires_s, "expired")]
        ends += [
            (other.at_s, "replaced")
            for other in self.evidence.arrivals
            if arrival.id in other.references and other.at_s >= arrival.at_s
        ]
        if arrival.id in self.evidence.stood_down:
            ends.append((self.evidence.stood_down[arrival.id], "stood down"))
        return min(ends)


# --- no emergency missed --------------------------------------------------------------------------


def emergencies(sight: Sight, verdict: Verdict) -> Iterator[Breach]:
    """Yield announcements that came and did not sound in time, that nobody took, or that were not for us."""
    evidence = sight.evidence
    for turned in evidence.refused_warnings:
        ours = turned.id not in evidence.foreign
        unknown = turned.code == "clock-unknown" and turned.door != "push"
        late = turned.code == "expired" and turned.expires_s <= turned.at_s + 1
        if ours and not (unknown or late or turned.code == "cancelled"):
            lie = sight.lied_to(turned.at_s)
            if not lie:
                what = f"{turned.id} was turned away at {turned.door}: {turned.code}"
                yield Breach("emergency", turned.at_s, what)
    for id_ in sight.alerts:
        if id_ in evidence.foreign:
            yield Breach("emergency", sight.alerts[id_][0].start_s, f"{id_} was not for us")
    for arrival in evidence.arrivals:
        if not arrival.steps or (arrival.is_cancel and arrival.door == "store"):
            continue
        verdict.figures["emergencies"] += arrival.door != "store"
        yield from _first_round(sight, arrival, verdict)
    for id_, sounds in sight.alerts.items():
        yield from _after_its_end(sight, id_, sounds)
    for at_s, id_ in evidence.withheld:
        if id_ in evidence.foreign:
            continue
        yield from _made_good(sight, at_s, id_)


def _made_good(sight: Sight, at_s: float, id_: str) -> Iterator[Breach]:
    """Yield a cancel that was never pushed and did not come by the active set in `MADE_GOOD_S` of line and power."""
    came = [a.at_s for a in sight.evidence.arrivals if a.id == id_]
    late_s = min(came, default=sight.end_s)
    cut = [(a, b) for a, b, name in sight.evidence.faults if "line" in name or "central" in name]
    waited_s = late_s - at_s - covered_s(joined([*sight.down, *cut]), at_s, late_s)
    if waited_s > MADE_GOOD_S and not sight.lied_to(at_s):
        yield Breach("emergency", at_s, f"the cancel {id_} was not made good in {waited_s:.0f} s")


def _first_round(sight: Sight, arrival: Arrival, verdict: Verdict) -> Iterator[Breach]:
    over_s, _ = sight.over_s(arrival)
    held_up = sight.held_up(arrival.id)
    life_end_s = next((d for u, d, _ in sight.lives if u <= arrival.at_s < d), sight.end_s)
    limit_s = min(over_s, sight.end_s, life_end_s)
    heard = [
        s for s in sight.alerts[arrival.id] if s.audible and arrival.at_s <= s.start_s < life_end_s
    ]
    first_s = heard[0].start_s if heard else limit_s
    waited_s = first_s - arrival.at_s - covered_s(held_up, arrival.at_s, first_s)
    if waited_s > READY_S:
        word = f"sounded after {waited_s:.1f} s free" if heard else "never sounded"
        yield Breach("emergency", arrival.at_s, f"{arrival.id} by {arrival.door} {word}")
        return
    verdict.figures["slowest first sound, ms"] = max(
        verdict.figures["slowest first sound, ms"], round(waited_s * 1000) if heard else 0
    )
    whole = [s for s in heard if _heard_s(s) >= 0.95 * (TONE_S if _is_tone(s) else VOICE_S)]
    done_s = whole[0].end_s if whole and whole[0].end_s else limit_s
    waited_s = done_s - arrival.at_s - covered_s(held_up, arrival.at_s, done_s)
    if not whole and waited_s > ROUND_S:
        yield Breach("emergency", arrival.at_s, f"{arrival.id}: no step of it was heard whole")


def _is_tone(sound: Sound) -> bool:
    return int(sound.key.rpartition("/")[2]) % 2 == 0


def _heard_s(sound: Sound) -> float:
    return sum(end - start for start, end in sound.audible)


def _after_its_end(sight: Sight, id_: str, sounds: list[Sound]) -> Iterator[Breach]:
    arrivals = [a for a in sight.evidence.arrivals if a.id == id_]
    if not arrivals:
        yield Breach("emergency", sounds[0].start_s, f"{id_} sounded and never came")
        return
    for sound in sounds:
        known = [a for a in arrivals if a.at_s <= sound.start_s + 0.1]
        if not known:
            yield Breach("emergency", sound.start_s, f"{id_} sounded before it came")
            continue
        over_s, why = sight.over_s(known[-1])
        state, believed = sight.clock_at(sound.start_s)
        true = month.BEGINS + timedelta(seconds=sound.start_s)
        then, _ = sight.clock_at(max(over_s, sound.start_s))
        knows = "trusted" == state == then and abs((believed - true).total_seconds()) < 2
        if (sound.end_s or sight.end_s) > over_s + 2.0 and (knows or why != "expired"):
            yield Breach("emergency", sound.start_s, f"{sound.key} sounds on after it was {why}")


# --- the repeat rule ------------------------------------------------------------------------------


def repeats(sight: Sight, verdict: Verdict) -> Iterator[Breach]:
    """Yield rounds that came too soon, too late or not at all."""
    for id_, sounds in sight.alerts.items():
        by_life: dict[int, list[Sound]] = defaultdict(list)
        for sound in sounds:
            by_life[sound.life].append(sound)
        for own in by_life.values():
            yield from _rounds(sight, id_, own, verdict)


def _rounds(sight: Sight, id_: str, sounds: list[Sound], verdict: Verdict) -> Iterator[Breach]:
    arrival = next(a for a in sight.evidence.arrivals if a.id == id_)
    if arrival.is_cancel:
        return
    held_up = sight.held_up(id_)
    over_s, _ = sight.over_s(
        max(
            (
                a
                for a in sight.evidence.arrivals
                if a.id == id_ and a.at_s <= sounds[-1].start_s + 0.1
            ),
            key=lambda a: a.at_s,
        )
    )
    life_end_s = next((d for u, d, _ in sight.lives if u <= sounds[0].start_s <= d), sight.end_s)
    limit_s = min(over_s, life_end_s, sight.end_s)
    spans: dict[int, tuple[float, float]] = {}
    for sound in sounds:
        number = int(sound.key.split("/")[2])
        start, end = spans.get(number, (sound.start_s, 0.0))
        spans[number] = (min(start, sound.start_s), max(end, sound.end_s or limit_s))
    verdict.figures["rounds"] += len(spans)
    for number, (_, ended_s) in spans.items():
        repeat = arrival.repeat
        gap_s = repeat.quick_gap_s if number + 1 < repeat.quick_rounds else repeat.slow_gap_s
        later = [start for n, (start, _) in spans.items() if n > number]
        if gap_s is None:
            if later:
                yield Breach("repeats", later[0], f"{id_} sounded more rounds than asked for")
            continue
        next_s = min(later, default=limit_s)
        waited_s = next_s - ended_s - covered_s(held_up, ended_s, next_s)
        if later and next_s - ended_s < gap_s - 0.5:
            what = f"{id_} round {number + 1} came {next_s - ended_s:.1f} s after the last, not {gap_s}"
            yield Breach("repeats", next_s, what)
        if waited_s > gap_s + 3 * READY_S:
            what = f"{id_} round {number + 1} was {waited_s - gap_s:.0f} s late or missing"
            yield Breach("repeats", ended_s + gap_s, what)


# --- nothing in quiet hours, never too loud -------------------------------------------------------


def quiet_hours(sight: Sight) -> Iterator[Breach]:
    """Yield what sounded below emergency in quiet hours, in an unknown time by plan, or above the cap."""
    for at_s, state, believed in sight.evidence.clocks:
        off_s = abs((believed - month.BEGINS).total_seconds() - at_s)
        if state == "trusted" and off_s > 2.0 and not sight.lied_to(at_s):
            yield Breach("quiet", at_s, f"a clock {off_s:.0f} s wrong was trusted")
    for sound in sight.evidence.sounds:
        yield from _too_loud(sight, sound)
        if sound.is_alert:
            continue
        if sound.key.startswith(("slot/", "filler/")) and sound.clock == "unknown":
            yield Breach("quiet", sound.start_s, f"{sound.key} sounded by plan without a clock")
        end_s = sound.end_s if sound.end_s is not None else sight.end_s
        at_s = sound.start_s
        while at_s < end_s:
            quiet, left_s = _quiet(sight, at_s)
            if quiet and min(end_s - at_s, left_s) > EDGE_S:
                yield Breach("quiet", at_s, f"{sound.key} sounded in quiet hours")
                break
            at_s += min(left_s + 0.01, 30.0)


def _quiet(sight: Sight, at_s: float) -> tuple[bool, float]:
    """Return whether it is a quiet hour as believed at an instant, and for how long that holds."""
    _, believed = sight.clock_at(at_s)
    now = month.local(believed)
    of_day_s = now.hour * 3_600 + now.minute * 60 + now.second + now.microsecond / 1e6
    ends_s = 5 * 3_600.0 if sight.day_of(at_s) < month.NEW_POLICY_DAY else 5.5 * 3_600.0
    if of_day_s < ends_s:
        return True, ends_s - of_day_s
    if of_day_s < 21 * 3_600:
        return False, 21 * 3_600 - of_day_s
    return True, 24 * 3_600 - of_day_s + ends_s


def _too_loud(sight: Sight, sound: Sound) -> Iterator[Breach]:
    said = [(sound.start_s, sound.volume_pct), *sound.volumes]
    ends = [at_s for at_s, _ in said[1:]] + [sound.end_s or sight.end_s]
    for (at_s, volume_pct), end_s in zip(said, ends, strict=True):
        probe_s = at_s
        while probe_s < end_s:
            now = month.local(sight.clock_at(probe_s)[1])
            hour = now.hour + now.minute / 60
            cap_pct = (
                95 if sound.is_alert else 50 if 4 <= hour < 6 else 70 if 18 <= hour < 21 else 100
            )
            if volume_pct > cap_pct and end_s - probe_s > EDGE_S:
                fresh = probe_s == at_s or probe_s - at_s > EDGE_S
                if fresh:
                    yield Breach(
                        "quiet", probe_s, f"{sound.key} at {volume_pct} % over {cap_pct} %"
                    )
                    return
            probe_s += 60.0


def quotas(sight: Sight, listen_s: float) -> Iterator[Breach]:
    """Yield days and sessions that sounded longer than the commune allows."""
    days: Counter[str] = Counter()
    sessions: Counter[tuple[str, str]] = Counter()
    deaths: Counter[str] = Counter()
    for sound in sight.evidence.sounds:
        if sound.is_alert:
            continue
        day = f"{month.local(sight.clock_at(sound.start_s)[1]):%Y-%m-%d}"
        took_s = (sound.end_s or sight.end_s) - sound.start_s
        days[day] += round(took_s * 1000)
        sessions[day, _session(sound.key)] += round(took_s * 1000)
    for _, down_s, _ in sight.lives:
        full = any(start <= down_s <= end for start, end in sight.evidence.full_disk)
        deaths[f"{month.local(sight.clock_at(down_s)[1]):%Y-%m-%d}"] += 1_000 if full else 1
    for day, ms in days.items():
        spare_s = listen_s + 2.0 + REMEMBERED_S * deaths[day]
        if ms / 1000 > month.QUOTA_DAY_MIN * 60 + spare_s:
            yield Breach("quota", 0.0, f"{day} sounded {ms / 1000:.0f} s")
    for (day, session), ms in sessions.items():
        spare_s = listen_s + 2.0 + REMEMBERED_S * deaths[day]
        if ms / 1000 > month.QUOTA_SESSION_MIN * 60 + spare_s:
            yield Breach("quota", 0.0, f"{session} on {day} sounded {ms / 1000:.0f} s")


def _session(key: str) -> str:
    parts = key.split("/")
    return "/".join(parts[:3]) if parts[0] in ("slot", "staff") else parts[0]


# --- no play lost or doubled ----------------------------------------------------------------------


def plays(sight: Sight, verdict: Verdict) -> Iterator[Breach]:
    """Yield sounds without exactly one acknowledged record, and records of what never sounded."""
    told: dict[str, list[Play]] = defaultdict(list)
    seen: set[tuple[str, datetime]] = set()
    for _, play in sight.evidence.told:
        mark = (play.key, play.started)
        if mark in seen:
            yield Breach("plays", _at(play.started), f"{play.key} is recorded twice")
        seen.add(mark)
        if play.sounded_ms >= LEAST_MS or play.why == CUT:
            told[play.key].append(play)
        if play.outcome.value != "sounded" and not play.why:
            yield Breach("slots", _at(play.started), f"the record of {play.key} has no reason")
    sounds: dict[str, list[Sound]] = defaultdict(list)
    for sound in sight.evidence.sounds:
        if (sound.end_s or 0.0) - sound.start_s >= LEAST_MS / 1000:
            sounds[sound.key].append(sound)
    verdict.figures["sounds"] = sum(map(len, sounds.values()))
    verdict.figures["records acknowledged"] = sum(map(len, told.values()))
    for key in sorted(sounds.keys() | told.keys()):
        yield from _balance(sight, key, sounds.get(key, []), told.get(key, []), verdict)


def _balance(
    sight: Sight, key: str, sounds: list[Sound], told: list[Play], verdict: Verdict
) -> Iterator[Breach]:
    cut = [s for s in sounds if _cut_by_death(sight, s)]
    verdict.figures["sounds cut by a kill"] += len(cut)
    lost = len(sounds) - len(told)
    at_s = sounds[0].start_s if sounds else _at(told[0].started)
    unheard = sum(p.why == CUT and p.sounded_ms < LEAST_MS for p in told)
    if lost < -unheard:
        yield Breach("plays", at_s, f"{key}: {len(told)} records of {len(sounds)} sounds")
    elif lost > len(cut):
        yield Breach("plays", at_s, f"{key}: {lost} of {len(sounds)} sounds have no record")
    elif lost > 0:
        verdict.figures["plays lost by a kill"] += lost
        plain = [s for s in cut if _record_could_be_kept(sight, s)]
        if len(plain) == len(cut):
            yield Breach("plays", cut[0].start_s, f"{key} was cut by a kill and has no record")
    if not cut and lost == 0:
        really_ms = sum(round(((s.end_s or 0.0) - s.start_s) * 1000) for s in sounds)
        said_ms = sum(p.sounded_ms for p in told)
        if abs(really_ms - said_ms) > 400 * len(sounds) + 0.02 * really_ms:
            yield Breach(
                "plays", at_s, f"{key} sounded {really_ms} ms and is recorded with {said_ms}"
            )


def _cut_by_death(sight: Sight, sound: Sound) -> bool:
    """Return whether a death came before the record of a sound can have been on disk."""
    end_s = sound.end_s if sound.end_s is not None else sight.end_s
    for up_s, down_s, why in sight.lives:
        if up_s <= sound.start_s <= down_s and why != "end":
            full = any(a <= end_s + SETTLED_S and down_s <= b for a, b in sight.evidence.full_disk)
            return down_s - end_s <= SETTLED_S or full
    return False


def _record_could_be_kept(sight: Sight, sound: Sound) -> bool:
    """Return whether the disk took writes when a sound was cut."""
    end_s = sound.end_s if sound.end_s is not None else sight.end_s
    for up_s, down_s, why in sight.lives:
        if up_s <= sound.start_s <= down_s and why != "end":
            return not any(
                a <= end_s + SETTLED_S and down_s <= b for a, b in sight.evidence.full_disk
            )
    return True


def _at(instant: datetime) -> float:
    return (instant - month.BEGINS).total_seconds()


# --- no relay left on -----------------------------------------------------------------------------


def relays(sight: Sight, verdict: Verdict) -> Iterator[Breach]:
    """Yield relays left on over silence, and lives that ordered anything before all were off."""
    evidence = sight.evidence
    began: set[int] = set()
    for life, order in evidence.first_orders:
        if life not in began and order != "FitZones":
            yield Breach("relays", 0.0, f"life {life} began with {order}")
        began.add(life)
    excused = joined([*evidence.asked, *evidence.blocks.get("relays", [])])
    changes = [*evidence.relays, (sight.end_s, frozenset[str](), frozenset[str]())]
    since: dict[str, float] = {}
    for at_s, coils, _ in changes:
        for zone in list(since):
            if zone not in coils:
                start_s = since.pop(zone)
                for idle_s, began_s in _gaps(excused, start_s, at_s):
                    longest = verdict.figures["longest idle relay, ms"]
                    verdict.figures["longest idle relay, ms"] = max(longest, round(idle_s * 1000))
                    if idle_s > TAIL_HOLD_S:
                        what = f"zone {zone} stayed on {idle_s:.1f} s with nothing to sound"
                        yield Breach("relays", began_s, what)
        for zone in coils:
            since.setdefault(zone, at_s)


def _gaps(busy: Spans, start_s: float, end_s: float) -> Iterator[tuple[float, float]]:
    at_s = start_s
    first = max(0, bisect_right(busy, (start_s, 0.0)) - 1)
    for begun_s, over_s in busy[first:]:
        if begun_s >= end_s:
            break
        if begun_s > at_s:
            yield begun_s - at_s, at_s
        at_s = max(at_s, over_s)
    if at_s < end_s:
        yield end_s - at_s, at_s


# --- every shortfall with a reason ----------------------------------------------------------------


def slots(sight: Sight, days: int, verdict: Verdict) -> Iterator[Breach]:
    """Yield occurrences of slots that did not sound whole and for which central holds no reason."""
    evidence = sight.evidence
    for number in range(days):
        day = month.local(month.BEGINS + timedelta(days=number)).date()
        for rule in month.RULES:
            if not rule.due_on(day):
                continue
            opens = month.instant_of(day, rule.start)
            open_s = _at(opens)
            close_s = open_s + rule.window_min * 60
            known = [p for at_s, p in evidence.programmes if at_s <= open_s]
            if not known or known[-1] is None or close_s > days * DAY_S:
                continue
            verdict.figures["slots due"] += 1
            stem = f"slot/{rule.id}/{opens.astimezone(month.BEGINS.tzinfo):%Y%m%dT%H%M%SZ}/"
            sounded_s = sum(
                (s.end_s or close_s) - s.start_s for s in evidence.sounds if s.key.startswith(stem)
            )
            if sounded_s >= 0.95 * rule.meant_s():
                verdict.figures["slots whole"] += 1
                continue
            short_s = rule.meant_s() - sounded_s
            reason = _reason(sight, rule, stem, open_s, close_s, short_s)
            verdict.shortfalls[reason or "NO REASON"] += 1
            if not reason:
                what = f"{stem} sounded {sounded_s:.0f} of {rule.meant_s():.0f} s without a reason"
                yield Breach("slots", open_s, what)


def _reason(
    sight: Sight, rule: month.Rule, stem: str, open_s: float, close_s: float, short_s: float
) -> str:
    evidence = sight.evidence
    records = [p for _, p in evidence.told if p.key.startswith(stem) and p.why]
    if records:
        return f"record: {_kind(records[0].why)}"
    titles = {rule.title, *(month.CONTENTS[n][1] for n in rule.items)}
    for refusal in evidence.refusals:
        at_s = _at(refusal.at)
        if refusal.what in titles and open_s - 5 <= at_s <= close_s + 5:
            return f"refusal: {refusal.code}"
    if sight.lied_to(open_s) or sight.lied_to(close_s):
        return "a lying time service"
    said = {_clock_told(h, open_s, close_s) for h in evidence.healths}
    states = {sight.clock_at(open_s)[0], sight.clock_at(close_s)[0]}
    if states != {"trusted"} and (said & states or "unknown" in states):
        return "clock not trusted, told by health"
    down_s = covered_s(sight.down, open_s, close_s)
    broken = _hands_broken(sight, open_s, close_s)
    others = [
        (_at(p.started), _at(p.started) + p.sounded_ms / 1000)
        for _, p in evidence.told
        if not p.key.startswith(stem)
    ]
    explained_s = covered_s([*sight.down, *broken, *others, *sight.silenced], open_s, close_s)
    if down_s >= short_s - 20.0:
        return "the appliance was down"
    if broken and covered_s([*sight.down, *broken], open_s, close_s) >= short_s - 20.0:
        return "refusal: hand-failed"
    if explained_s >= short_s - 30.0:
        return "other plays have the record of that time"
    for full_s, free_s in evidence.full_disk:
        if full_s <= close_s and any(max(full_s, open_s) <= d <= free_s for _, d, _ in sight.lives):
            return "killed while the disk took no record"
    return ""


def _kind(why: str) -> str:
    return " ".join(why.split()[:3]).rstrip(":.,“")


def _clock_told(health: Health, open_s: float, close_s: float) -> str:
    at_s = _at(health.at)
    return health.clock if open_s - 600 <= at_s <= close_s + 4_000 else ""


def _hands_broken(sight: Sight, open_s: float, close_s: float) -> Spans:
    """Return when central was told that player, amplifier or voice could not, until the window closes."""
    return [
        (_at(r.at) - 10.0, close_s)
        for r in sight.evidence.refusals
        if r.code == "hand-failed"
        and r.what in ("player", "amplifier")
        and _at(r.at) < close_s
        and any(a <= close_s and b >= open_s for a, b in _faults_at(sight, _at(r.at)))
    ]


def _faults_at(sight: Sight, at_s: float) -> Spans:
    return [
        (start, end + 15.0)
        for start, end, name in sight.evidence.faults
        if ("player" in name or "relay" in name) and start - 5.0 <= at_s <= end + 15.0
    ]


# --- on time, and calmly ---


def punctual(sight: Sight, days: int, verdict: Verdict) -> Iterator[Breach]:
    """Yield slots that began late though nothing held them up; the amplifier is warmed before, not after."""
    evidence = sight.evidence
    for number in range(days):
        day = month.local(month.BEGINS + timedelta(days=number)).date()
        for rule in month.RULES:
            opens = month.instant_of(day, rule.start)
            stem = f"slot/{rule.id}/{opens.astimezone(month.BEGINS.tzinfo):%Y%m%dT%H%M%SZ}/0"
            first = next((s for s in evidence.sounds if s.key.startswith(stem)), None)
            if first is None:
                continue
            open_s = _at(opens)
            late_s = first.start_s - open_s
            state, believed = sight.clock_at(open_s)
            right = state == "trusted" and abs((believed - opens).total_seconds()) < 0.1
            near = [
                s for s in evidence.sounds if open_s - 10 < (s.end_s or 1e12) and s.start_s < open_s
            ]
            begun = any(open_s - 60 < up_s < open_s + 60 for up_s, _, _ in sight.lives)
            fault = any(
                start - 5 < open_s < end + 60
                for start, end, name in evidence.faults
                if any(word in name for word in ("relay", "player", "disk"))
            )
            if right and not near and not begun and not fault and 0 <= late_s < 5.0:
                verdict.figures["slots begun undisturbed"] += 1
                late_ms = round(late_s * 1000)
                slowest = verdict.figures["slowest such beginning, ms"]
                verdict.figures["slowest such beginning, ms"] = max(slowest, late_ms)
                if late_s > 0.2:
                    yield Breach("punctual", open_s, f"{stem} began {late_ms} ms late")


def storms(evidence: Evidence) -> Iterator[Breach]:
    """Yield minutes in which the core and a hand only answered each other."""
    for at_s, key in evidence.storms:
        yield Breach("storm", at_s, f"thousands of turns in a minute over {key}")


# --- the same again -------------------------------------------------------------------------------


def replayed(evidence: Evidence) -> Iterator[Breach]:
    """Yield that a journal of a day did not lead to the same decisions."""
    if evidence.replayed_otherwise:
        what = f"{evidence.replayed_otherwise} of {evidence.replayed} turns decided otherwise"
        yield Breach("replay", 0.0, what)
    if not evidence.replayed:
        yield Breach("replay", 0.0, "nothing was in the journal")
