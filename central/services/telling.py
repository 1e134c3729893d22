"""What other systems are told of the house's deeds: one function for each, called where the deed is done.

Law of the room: in the transaction of the deed; names and numbers only, never sealed papers, texts of people or
secrets. Where nobody listens it costs one small question.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from central.domain.cap_states import CapMessageState
from central.domain.webhooks import Event
from central.services.unit import Unit
from central.services.webhooks import is_listened_to, tell, tell_of_many
from contract.documents import Announcement, MessageType


def told_published(unit: Unit, area: str, order: int, changed: int, *, now: datetime) -> None:
    """Tell that a publication came to its end: how many appliances got a new programme."""
    data = {"publication": order, "area": area, "changed": changed}
    tell(unit, Event.PUBLISHED, [area], data, now=now)


def told_approved(unit: Unit, sha256: str, title: str, area: str, *, now: datetime) -> None:
    """Tell that a content may sound in an area."""
    tell(unit, Event.APPROVED, [area], {"sha256": sha256, "title": title, "area": area}, now=now)


def told_announced(unit: Unit, document: Announcement, headline: str, *, now: datetime) -> None:
    """Tell that an announcement is in force, or that one was cancelled."""
    event = Event.CANCELLED if document.message is MessageType.CANCEL else Event.ANNOUNCED
    data = {
        "id": document.id,
        "message": document.message.value,
        "status": document.status.value,
        "headline": headline,
        "areas": list(document.areas),
        "references": list(document.references),
        "sent": document.sent,
        "expires": document.expires,
    }
    tell(unit, event, document.areas, data, now=now)


def told_cap(unit: Unit, message: CapMessageState, *, now: datetime) -> None:
    """Tell that a warning of another system waits for a person."""
    data = {
        "number": message.number,
        "identifier": message.identifier,
        "sender": message.sender,
        "message": message.message,
        "status": message.status,
        "headline": message.headline,
    }
    tell(unit, Event.CAP, [message.area], data, now=now)


def told_short(unit: Unit, plays: Iterable[Mapping[str, object]], *, now: datetime) -> None:
    """Tell of plays, as rows with their area, that sounded in part or not at all."""
    short = [play for play in plays if play["outcome"] != "sounded"]
    if not short or not is_listened_to(unit, Event.SHORT):
        return
    names = ("device", "area", "key", "title", "started", "asked_ms", "sounded_ms", "outcome")
    found: list[tuple[str, dict[str, object]]] = [
        (str(play["area"]), {name: play[name] for name in (*names, "why")}) for play in short
    ]
    tell_of_many(unit, Event.SHORT, "plays", found, now=now)
