"""What was typed at the pole, and what the card says: which of the two holds.

Law of the room: pure. What was typed holds as long as the card says of that part what it said then, or nothing; a card
written anew afterwards is the newer word, part by part. So a mended card is obeyed, and new zones on it take away no
password that somebody climbed for.
"""

import hashlib
from typing import Final

import msgspec

from contract.site import Site
from edge.core.arrival import Entries

NOTHING_SAID: Final = hashlib.sha256(b"null").hexdigest()[:16]


class Typed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was typed, kept beside the last good site file; `over` says what the card said of each part then."""

    entries: Entries = Entries()
    over: dict[str, str] = {}


def kept(before: Typed, entries: Entries, card: Site) -> Typed:
    """Return what is kept once `entries` were typed over this card: each part typed before stays unless typed anew."""
    said = _said(card)
    old = before.entries
    over = dict(before.over)
    for part, given in _parts(entries):
        if given:
            over[part] = said[part]
    return Typed(
        entries=Entries(
            wifi=entries.wifi or old.wifi,
            mobile=entries.mobile or old.mobile,
            central=entries.central or old.central,
            claim_code=entries.claim_code or old.claim_code,
        ),
        over=over,
    )


def merged(card: Site, typed: Typed) -> Site:
    """Return the site in force: the card's, with what was typed where that holds."""
    said, entries = _said(card), typed.entries
    holds = {
        part
        for part, given in _parts(entries)
        if given and (said[part] == NOTHING_SAID or said[part] == typed.over.get(part))
    }
    replace = msgspec.structs.replace
    network = replace(
        card.network,
        wifi=entries.wifi if "wifi" in holds else card.network.wifi,
        mobile=entries.mobile if "mobile" in holds else card.network.mobile,
    )
    return replace(
        card,
        network=network,
        central=entries.central if "central" in holds else card.central,
        claim_code=entries.claim_code if "claim_code" in holds else card.claim_code,
    )


def _parts(entries: Entries) -> tuple[tuple[str, object], ...]:
    return (
        ("wifi", entries.wifi),
        ("mobile", entries.mobile),
        ("central", entries.central),
        ("claim_code", entries.claim_code),
    )


def _said(card: Site) -> dict[str, str]:
    """Return what the card says of each part, as a short hash: a password is kept once, not twice."""
    values = {
        "wifi": card.network.wifi,
        "mobile": card.network.mobile,
        "central": card.central,
        "claim_code": card.claim_code or None,
    }
    return {
        part: hashlib.sha256(msgspec.json.encode(value)).hexdigest()[:16]
        for part, value in values.items()
    }
