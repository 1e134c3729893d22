"""Errands: what the hands must fetch, speak, keep and tell, besides sounding.

Law of the room: pure; like `reconcile`, each errand is given once and remembered as given.
"""

from datetime import date
from typing import Final

import msgspec

from contract.documents import Content, Health, Kind, Rank, Receipt, Refusal, Sha256
from edge.core import alarms
from edge.core.air import Air
from edge.core.desk import RECENT, Desk, Untold, kept
from edge.core.moment import Moment
from edge.core.orders import Ask, FetchContents, Remember, Scrub, Speak, Synchronise, Tell

SMALLEST_TELLING_S: Final = 30.0  # minutes sounded are kept on disk in steps of this

replace = msgspec.structs.replace


def errands(desk: Desk, air: Air, now: Moment) -> tuple[Desk, tuple[Ask, ...]]:
    """Return the desk with the errands given, and the errands."""
    orders: list[Ask] = []
    for give in (_speak, _fetch, _synchronise, _remember):
        desk, given = give(desk)
        orders += given
    desk = _ready(_noted(desk, air, now), now)
    if desk.untold != Untold():
        orders.append(_tell(desk))
        desk = replace(
            desk,
            untold=Untold(),
            recent_plays=(desk.recent_plays + desk.untold.plays)[-RECENT:],
            recent_refusals=(desk.recent_refusals + desk.untold.refusals)[-RECENT:],
        )
    return desk, tuple(orders)


def _speak(desk: Desk) -> tuple[Desk, list[Ask]]:
    asked, orders = set(desk.rig.speaking), list[Ask]()
    for alarm in desk.alarms:
        for info in alarm.announcement.infos:
            ref = alarms.voice_ref(alarm.announcement, info)
            if info.text and ref not in asked:
                asked.add(ref)
                orders.append(Speak(ref=ref, language=info.language, text=info.text))
    if not orders:
        return desk, orders
    return replace(desk, rig=replace(desk.rig, speaking=frozenset(asked))), orders


def missing(desk: Desk) -> tuple[Content, ...]:
    """Return the contents that are not here or not approved, those of emergencies first."""
    wanted: dict[Sha256, Content] = {}
    for alarm in desk.alarms:
        for info in alarm.announcement.infos:
            if info.content is not None and info.content.sha256 not in desk.shelf:
                wanted[info.content.sha256] = info.content
    for content in desk.word.programme.contents if desk.word.programme else ():
        if content.sha256 not in desk.shelf or content.sha256 not in desk.word.approvals:
            wanted.setdefault(content.sha256, content)
    return tuple(wanted.values())


def _fetch(desk: Desk) -> tuple[Desk, list[Ask]]:
    wanted = missing(desk)
    names = frozenset(c.sha256 for c in wanted)
    if names <= desk.rig.fetching:
        return desk, []
    rig = replace(desk.rig, fetching=desk.rig.fetching | names)
    return replace(desk, rig=rig), [FetchContents(contents=wanted)]


def _synchronise(desk: Desk) -> tuple[Desk, list[Ask]]:
    orders: list[Ask] = []
    if desk.sync_wanted:
        orders.append(Synchronise())
    if desk.scrub_wanted:
        orders.append(Scrub())
    return (replace(desk, sync_wanted=False, scrub_wanted=False), orders) if orders else (desk, [])


def _remember(desk: Desk) -> tuple[Desk, list[Ask]]:
    local, accounts = desk.local, desk.accounts
    steps = int(accounts.day_sounded_s // SMALLEST_TELLING_S)
    facts = msgspec.json.encode((local, accounts.day, steps)).decode()
    if not accounts.day or facts == desk.remembered:
        return desk, []
    order = Remember(
        override=local.override,
        hush=local.hush,
        volume=local.volume,
        base_volume_pct=local.base_volume_pct,
        silenced=local.silenced,
        day=date.fromisoformat(accounts.day),
        day_sounded_s=accounts.day_sounded_s,
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
        if no.rank in (Rank.NORMAL, Rank.PRIORITY, Rank.OVERRIDE) and note not in told:
            told = kept(told, note)
            refusals.append(
                Refusal(at=now.wall, what=no.title[:200] or no.key, code=no.code, why=no.why[:500])
            )
    playing = desk.rig.playing
    if playing is not None and playing.seen and playing.key.startswith("alert/"):
        announcement = playing.key.split("/")[1]
        note = f"sounding {announcement}"
        if note not in told:
            told = kept(told, note)
            receipts.append(
                Receipt(at=now.wall, kind=Kind.ANNOUNCEMENT, id=announcement, state="sounding")
            )
    if told == desk.told_keys:
        return desk
    untold = replace(desk.untold, refusals=tuple(refusals), receipts=tuple(receipts))
    return replace(desk, untold=untold, told_keys=told)


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
        plays=untold.plays,
        refusals=untold.refusals,
        receipts=untold.receipts,
        health=untold.health,
    )


def health(desk: Desk, air: Air, now: Moment) -> Health:
    """Return how the appliance is, as observed."""
    programme = desk.word.programme
    seen = desk.rig.playing is not None and desk.rig.playing.seen
    return Health(
        at=now.wall,
        uptime_s=max(0, int(now.mono_s - desk.started_mono_s)),
        clock=desk.clock.value,
        on_air=air.claim.rank if seen else Rank.SILENCE,
        why=air.claim.why[:500],
        volume_pct=desk.local.base_volume_pct,
        zones_on=tuple(sorted(desk.rig.zones_on or ())),
        programme_version=programme.version if programme else 0,
        programme_stale=programme is not None and now.wall >= programme.soft_expires,
        contents_missing=len(missing(desk)),
        sound_path_ok=not ({"player", "listener"} & set(desk.rig.failed)),
        storage_free_bytes=desk.storage_free_bytes,
        software=desk.software or "0",
    )
