"""Verbs of the chain of trust: take a newer one from the ceremony, keep its online half alive, tell how it stands.

Law of the room: whoever hands a chain in is only asked for the right to do so; what counts is who signed it. The
appliances are told that there is news, and ask for it themselves.
"""

from datetime import datetime

import msgspec
from sqlalchemy import select

from central.db.people import AreaRow
from central.domain.chain import ChainState
from central.domain.people import Person, Right
from central.services.repository import Served
from central.services.unit import House, Unit
from contract.chain import KEYRING_HINT
from contract.chain_rules import Bundle
from contract.errors import Stale


def take_chain(house: House, bundle: Bundle, *, who: Person | None, now: datetime) -> ChainState:
    """Publish the chain of a ceremony to every appliance; the one that is served already changes nothing.

    Raises `Forbidden` unless `who` administers every province here, `Refused` when the chain does not hold or is
    no newer one.
    """
    with house.reading() as unit:
        roots = _provinces(unit)
    if who is not None:
        for area in roots:
            who.require(Right.ADMINISTER, area)
    try:
        state = _state(house.repository.take(bundle, now), changed=True)
    except Stale:
        return chain_state(house)
    with house.writing() as unit:
        _tell(unit, state, who, now)
    return state


def tend_chain(house: House, *, now: datetime) -> None:
    """Sign the online half anew where it is due, and tell of a chain that was put into the folder by hand."""
    if house.repository.tend(now):
        with house.writing() as unit:
            _tell(unit, chain_state(house), None, now)


def chain_state(house: House) -> ChainState:
    """Return the chain as it is served."""
    return _state(house.repository.served, changed=False)


def _tell(unit: Unit, state: ChainState, who: Person | None, now: datetime) -> None:
    hint = msgspec.json.encode({"kind": KEYRING_HINT})
    unit.post(KEYRING_HINT, "changed", hint, now=now, areas=_provinces(unit))
    links = (
        f"root {state.root_version}, targets {state.targets_version}, keyring {state.keyring_epoch}"
    )
    unit.note(who, "trust", links, now=now)


def _provinces(unit: Unit) -> list[str]:
    """Return the topmost areas: together they are everybody."""
    return list(unit.session.scalars(select(AreaRow.path).where(~AreaRow.path.contains("/"))))


def _state(served: Served, *, changed: bool) -> ChainState:
    chain = served.chain
    return ChainState(
        root_version=chain.root.version,
        root_expires=chain.root.expires,
        targets_version=chain.targets.version,
        targets_expires=chain.targets.expires,
        keyring_epoch=chain.keyring.epoch,
        keyring_expires=chain.keyring.expires,
        snapshot_expires=served.snapshot_expires,
        timestamp_signed=served.timestamp_signed,
        changed=changed,
    )
