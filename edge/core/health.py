"""Health: how the appliance is, as observed; each minute, and at once when something begins or ends to be wrong.

Law of the room: pure.
"""

from typing import Final

import msgspec

from contract.documents import Health, Rank
from edge.core import findings, inputs
from edge.core.air import Air
from edge.core.desk import Desk
from edge.core.moment import Moment
from edge.core.stock import missing
from edge.core.updating import update_of

AT_ONCE_S: Final = 5.0  # a flapping fault is not told faster than this

replace = msgspec.structs.replace


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
        storage_free_bytes=desk.machine.storage_free_bytes,
        software=desk.software or "0",
        vitals=desk.machine.vitals,
        mains=findings.mains(desk),
        alarms=inputs.complaints(desk),
        faults=tuple(f"{hand}: {why}"[:200] for hand, why in sorted(desk.rig.failed.items())),
        neighbours=len(desk.machine.neighbours),
        minutes_today=round(desk.accounts.day_sounded_s / 60, 1),
        update=update_of(desk.update) if desk.update is not None else None,
    )


def at_once(desk: Desk, air: Air, now: Moment) -> Desk:
    """Return the desk with its health to be told now, where something began or ended to be wrong."""
    wrong = "|".join(
        (
            *sorted(desk.rig.failed),
            *sorted(desk.rig.stuck),
            *inputs.complaints(desk),
            desk.clock.value,
            str(desk.machine.vitals.under_voltage is True),
        )
    )
    if wrong == desk.health_told or now.mono_s - desk.health_told_mono_s < AT_ONCE_S:
        return desk
    first = not desk.health_told
    desk = replace(desk, health_told=wrong, health_told_mono_s=now.mono_s)
    if first:  # how it stands at the start is told with the first minute
        return desk
    return replace(desk, untold=replace(desk.untold, health=health(desk, air, now)))
