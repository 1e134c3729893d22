"""Errands: what the hands must fetch, speak, keep and tell, besides sounding.

Law of the room: pure; like `reconcile`, each errand is given once and remembered as given.
"""

from datetime import date
from typing import Final

import msgspec

from contract.documents import Kind, Rank, Receipt, Refusal
from edge.core import (
    alarms,
    enrolling,
    greeting,
    lives,
    operators,
    proof,
    readiness,
    self_test,
    stock,
    trials,
    updating,
)
from edge.core.air import Air
from edge.core.desk import DAY_PLAYS, RECENT, Desk, Untold, kept
from edge.core.moment import Moment
from edge.core.orders import (
    Ask,
    Remember,
    Restart,
    Scrub,
    SendLogs,
    Speak,
    Synchronise,
    Tell,
    Wipe,
)
from edge.core.sound import FromVoice
from edge.core.stock import missing

SMALLEST_TELLING_S: Final = 30.0  # minutes sounded are kept on disk in steps of this

replace = msgspec.structs.replace


def errands(desk: Desk, air: Air, now: Moment) -> tuple[Desk, tuple[Ask, ...]]:
    """Return the desk with the errands given, and the errands."""
    orders: list[Ask] = []
    for give in (_speak, operators.listen, _synchronise):
        desk, given = give(desk)
        orders += given
    for give_now in (enrolling.ask, stock.fetch, stock.pin):
        desk, given = give_now(desk, now)
        orders += given
    desk, probes = lives.probe(desk, tuple(lives.wanted(desk, now)), now)
    desk, looks = readiness.look(trials.refused(self_test.refused(desk, air), air), now)
    orders += [*probes, *looks]
    desk, updates = updating.act(desk, air, now)
    orders += updates
    desk = _ready(_noted(desk, air, now), now)
    if desk.untold != Untold():
        orders.append(_tell(desk))
        plays, refusals = desk.untold.plays, desk.untold.refusals
        desk = replace(
            desk,
            untold=Untold(),
            recent_plays=(desk.recent_plays + plays)[-RECENT:],
            recent_refusals=(desk.recent_refusals + refusals)[-RECENT:],
            day_plays=(desk.day_plays + plays)[-DAY_PLAYS:],
        )
    if desk.logs_wanted:  # behind what is told: the lane says first that the command was obeyed
        orders.append(SendLogs(counter=desk.logs_wanted))
        desk = replace(desk, logs_wanted=0)
    desk, told = greeting.tell(desk)
    orders += told
    if desk.restart_wanted and air.claim.rank < Rank.EMERGENCY_COMMUNE:
        desk = replace(desk, restart_wanted=False)
        orders.append(Restart())
    desk, given = _remember(
        desk, now
    )  # last, so that what is told in this turn is remembered as told
    return desk, (*orders, *given)


def _speak(desk: Desk) -> tuple[Desk, list[Ask]]:
    asked, orders = set(desk.rig.speaking), list[Ask]()
    for alarm in desk.alarms:
        for info in alarm.announcement.infos:
            ref = alarms.voice_ref(alarm.announcement, info)
            if info.text and ref not in asked:
                asked.add(ref)
                orders.append(Speak(ref=ref, language=info.language, text=info.text))
    desk, greetings = greeting.speak(desk)
    asked |= desk.rig.speaking
    orders += greetings
    said = desk.local.override
    if said is not None and isinstance(said.source, FromVoice) and said.source.ref not in asked:
        ref = said.source.ref
        asked.add(ref)
        orders.append(Speak(ref=ref, language="vi", text=said.words, voice=said.voice))
    if not orders:
        return desk, orders
    return replace(desk, rig=replace(desk.rig, speaking=frozenset(asked))), orders


def _synchronise(desk: Desk) -> tuple[Desk, list[Ask]]:
    orders: list[Ask] = []
    if desk.sync_wanted:
        orders.append(Synchronise())
    if desk.scrub_wanted:
        orders.append(Scrub())
    if desk.wipe_wanted:
        orders.append(Wipe())
    if not orders:
        return desk, []
    return replace(desk, sync_wanted=False, scrub_wanted=False, wipe_wanted=False), orders


def _remember(desk: Desk, now: Moment) -> tuple[Desk, list[Ask]]:
    local, accounts = desk.local, desk.accounts
    own = tuple(a.announcement for a in desk.alarms if alarms.is_local(a))
    steps = int(accounts.day_sounded_s // SMALLEST_TELLING_S)
    lasting = replace(local, live=None, undo=None)
    under_way = [
        (p.key, p.asked_wall_s, p.sounded_ms > 0, int(p.sounded_ms / 1000 // SMALLEST_TELLING_S))
        for p in desk.open_plays
    ]
    told = [(p.key, p.started) for p in desk.day_plays[-1:]]
    rounds = [(a.announcement.id, a.round, a.hushed_until_mono_s) for a in desk.alarms]
    marks = (lasting, accounts.day, steps, told, under_way, [a.id for a in own], rounds)
    facts = msgspec.json.encode(marks).decode()
    if not accounts.day or facts == desk.remembered:
        return desk, []
    order = Remember(
        override=local.override,
        hush=local.hush,
        volume=local.volume,
        base_volume_pct=local.base_volume_pct,
        silenced=local.silenced,
        warnings=own,
        warning_count=local.warnings,
        alarms=alarms.kept(desk, now),
        day=date.fromisoformat(accounts.day),
        day_sounded_s=accounts.day_sounded_s,
        sessions_s=accounts.sessions_s,
        day_plays=desk.day_plays,
        on_air=tuple(proof.record(p) for p in desk.open_plays),
    )
    return replace(desk, remembered=facts), [order]


def _noted(desk: Desk, air: Air, now: Moment) -> Desk:
    """Return the desk with refused slots and the first sound of an alarm noted, once each."""
    refusals, receipts, told = (
        list(desk.untold.refusals),
        list(desk.untold.receipts),
        desk.told_keys,
    )
    for no in air.refused:
        note = f"{no.code} {no.key}"
        if greeting.HEAD in no.key:
            continue  # central has nothing to hear of what nobody assigned said
        if Rank.NORMAL <= no.rank <= Rank.LIVE and note not in told:
            told = kept(told, note)
            refusals.append(
                Refusal(at=now.wall, what=_name(no.key, no.title), code=no.code, why=no.why[:500])
            )
    for kept_waiting in air.waiting:
        note = f"gave-way {kept_waiting.key}"
        drill = kept_waiting.key.startswith("alert/") and kept_waiting.rank is Rank.NORMAL
        if (kept_waiting.cue is not None or drill) and note not in told:
            told = kept(told, note)
            what = _name(kept_waiting.key, kept_waiting.title)
            why = f"Nhường: {air.claim.why}"[:500]
            refusals.append(Refusal(at=now.wall, what=what, code="gave-way", why=why))
    playing = desk.rig.playing
    if playing is not None and playing.seen and playing.key.startswith("alert/"):
        announcement = playing.key.split("/")[1]
        note = f"sounding {announcement}"
        if note not in told:
            told = kept(told, note)
            receipts.append(
                Receipt(at=now.wall, kind=Kind.ANNOUNCEMENT, id=announcement, state="sounding")
            )
        note = f"speaking {announcement}"
        if note not in told and operators.is_play_of(playing.key, announcement):
            told = kept(told, note)
            receipts.append(
                Receipt(at=now.wall, kind=Kind.ANNOUNCEMENT, id=announcement, state="speaking")
            )
    if told == desk.told_keys:
        return desk
    untold = replace(desk.untold, refusals=tuple(refusals), receipts=tuple(receipts))
    return replace(desk, untold=untold, told_keys=told)


def _name(key: str, title: str) -> str:
    """Return by what central knows a play that did not sound: a drill by its key, which holds the announcement's id."""
    return key if key.startswith("alert/") else title[:200] or key


def _ready(desk: Desk, now: Moment) -> Desk:
    """Return the desk with a receipt once all that the programme plays is here and approved."""
    programme = desk.word.programme
    if programme is None or programme.version == desk.ready_version or missing(desk):
        return desk
    receipt = Receipt(at=now.wall, kind=Kind.PROGRAMME, id=f"{programme.version}", state="ready")
    untold = replace(desk.untold, receipts=(*desk.untold.receipts, receipt))
    return replace(desk, untold=untold, ready_version=programme.version)


def _tell(desk: Desk) -> Tell:
    untold = desk.untold
    return Tell(
        plays=untold.again + untold.plays,
        refusals=untold.refusals,
        receipts=untold.receipts,
        readiness=untold.readiness,
        warnings=untold.warnings,
        health=untold.health,
    )
