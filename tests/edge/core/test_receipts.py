"""Receipts: the appliance tells which payload it admitted, so that central can look for it in its log."""

from datetime import timedelta

import pytest

from contract import coverage
from contract.coverage import Claim
from contract.documents import (
    ActiveSet,
    Command,
    Kind,
    Play,
    Receipt,
    Reload,
    Sha256,
    Tone,
)
from edge.core.events import (
    ActiveSetAccepted,
    AnnouncementAccepted,
    ApprovalAccepted,
    AssignmentAccepted,
    CommandAccepted,
    Happening,
    ProgrammeAccepted,
    StaffAskedTest,
    StaffPlayed,
    StaffRecorded,
    StaffSpoke,
    StaffWarned,
)
from edge.core.orders import Tell
from tests.edge.core.world import (
    DEVICE,
    NOON,
    World,
    alert,
    approval,
    assignment,
    programme,
    sha,
    slot,
    started,
)

PAYLOAD = Sha256("ab" * 32)
RELOAD = Command(
    device=DEVICE,
    counter=4,
    issued=NOON,
    expires=NOON + timedelta(minutes=5),
    action=Reload(),
)


def receipts(world: World) -> list[Receipt]:
    """Return every receipt the herald was given."""
    return [r for _, order in world.orders if isinstance(order, Tell) for r in order.receipts]


@pytest.mark.parametrize(
    ("event", "kind", "name"),
    [
        (AssignmentAccepted(assignment=assignment(), sha256=PAYLOAD), Kind.ASSIGNMENT, "1"),
        (
            ProgrammeAccepted(programme=programme(slot(), version=7), sha256=PAYLOAD),
            Kind.PROGRAMME,
            "7",
        ),
        (ApprovalAccepted(approval=approval(1), sha256=PAYLOAD), Kind.APPROVAL, sha(1)),
        (
            AnnouncementAccepted(announcement=alert(), door="push", sha256=PAYLOAD),
            Kind.ANNOUNCEMENT,
            "dt-pctt:1:1",
        ),
        (CommandAccepted(command=RELOAD, sha256=PAYLOAD), Kind.COMMAND, "4"),
    ],
)
def test_whatever_is_obeyed_is_told_by_its_payload(event: Happening, kind: Kind, name: str) -> None:
    """Each kind that can make a sound, or say who may, has one receipt that names kind, subject and payload."""
    world = World()
    world.happen(started(slot()))
    before = len(receipts(world))
    world.happen(event)
    told = [r for r in receipts(world)[before:] if r.state == "verified"]
    assert [(r.kind, r.id, r.sha256) for r in told] == [(kind, name, PAYLOAD)]


def test_an_active_set_has_no_receipt() -> None:
    """One comes every minute, makes no sound and ends nothing: it is not told."""
    world = World()
    world.happen(started(slot()))
    before = len(receipts(world))
    active = ActiveSet(
        area="dt",
        version=3,
        issued=NOON,
        expires=NOON + timedelta(minutes=10),
        min_keyring_epoch=1,
    )
    world.happen(ActiveSetAccepted(active_set=active))
    assert receipts(world)[before:] == []


def test_a_journal_of_the_release_before_replays_alike() -> None:
    """An event without a payload's hash has the receipts it always had, and no more."""
    world = World()
    world.happen(started(slot()))
    before = len(receipts(world))
    world.happen(ApprovalAccepted(approval=approval(1)))
    world.happen(CommandAccepted(command=RELOAD))
    assert receipts(world)[before:] == []
    world.happen(AnnouncementAccepted(announcement=alert(), door="push"))
    assert [r.sha256 for r in receipts(world)[before:]] == [None]


def test_central_understands_every_play_that_an_appliance_tells() -> None:
    """Slots, warnings, what staff do and self-tests are claims that the log can be asked about, none is unknown."""
    world = World()
    world.happen(started(slot()))
    world.run(90.0)
    world.happen(AnnouncementAccepted(announcement=alert(sent=world.wall), door="push"))
    world.run(100.0)
    until = world.wall + timedelta(minutes=30)
    world.happen(StaffPlayed(content=sha(2), zones=(), until=until, by="Lan", chime=True))
    world.run(60.0)
    said = StaffSpoke(
        ref="doc-1", text="Mất điện.", voice="", rounds=1, zones=(), until=until, by="Lan"
    )
    world.happen(said)
    world.run(60.0)
    taped = StaffRecorded(
        ref="ghi-1", title="Ghi âm", length_ms=5_000, zones=(), until=until, by="Lan"
    )
    world.happen(taped)
    world.run(60.0)
    world.happen(StaffAskedTest(zones=("cho",), by="Lan"))
    world.run(60.0)
    world.happen(StaffWarned(headline="Cháy", text="Cháy chợ.", zones=(), until=until, by="Lan"))
    world.run(60.0)
    plays: list[Play] = [
        play for _, order in world.orders if isinstance(order, Tell) for play in order.plays
    ]
    claims = {coverage.wanted(play).claim for play in plays}
    assert claims == {Claim.SLOT, Claim.ANNOUNCEMENT, Claim.CONTENT, Claim.LOCAL}
    assert f"tone:{Tone.CHECK.value}" in {play.source for play in plays}
    recorded = {p.source.partition(":")[0] for p in plays}
    assert {"recording", "voice", "tone"} <= recorded
