"""What a play claims to come from, and whether a programme lets it sound."""

import msgspec
import pytest

from contract import coverage
from contract.coverage import Claim, Listed, Wanted
from contract.documents import LineIn, Outcome, Play, Rank, StreamRelay
from contract.errors import RefusalCode, Refused
from contract.testing import NOW

CONTENT = "c" * 64
STREAM = "https://dai.vn/truc-tiep.mp3"


def play(key: str, source: str = CONTENT) -> Play:
    """Return a play of this key and source."""
    return Play(
        key=key,
        source=source,
        title="Bản tin",
        rank=Rank.NORMAL,
        zones=("loa",),
        started=NOW,
        asked_ms=1_000,
        sounded_ms=1_000,
        outcome=Outcome.SOUNDED,
    )


@pytest.mark.parametrize(
    ("key", "source", "claim", "name"),
    [
        ("slot/sang/2026-11-22/0", CONTENT, Claim.SLOT, "sang"),
        ("slot//0", CONTENT, Claim.UNKNOWN, ""),
        ("slot", CONTENT, Claim.UNKNOWN, ""),
        ("filler/0", CONTENT, Claim.FILLER, ""),
        ("alert/dt:1:5/0/0", CONTENT, Claim.ANNOUNCEMENT, "dt:1:5"),
        ("alert/", CONTENT, Claim.UNKNOWN, ""),
        ("alert/local-7/0", "tone:siren", Claim.LOCAL, ""),
        ("alert/local-7/0", "voice:lu", Claim.LOCAL, ""),
        ("alert/local-7/0", CONTENT, Claim.UNKNOWN, ""),
        ("staff/1", CONTENT, Claim.CONTENT, ""),
        ("staff/1", "line-in", Claim.LOCAL, ""),
        ("staff/1", "recording:3", Claim.LOCAL, ""),
        ("staff/1", "phone:3", Claim.LOCAL, ""),
        ("test/loa", "tone:test", Claim.LOCAL, ""),
        ("test/loa", "line-in", Claim.LOCAL, ""),
        ("test/loa", CONTENT, Claim.UNKNOWN, ""),
        ("radio/1", "line-in", Claim.UNKNOWN, ""),
        ("local-7", CONTENT, Claim.UNKNOWN, ""),
        ("slot-like/local-7", CONTENT, Claim.UNKNOWN, ""),
        ("radio/local-7/0", "tone:siren", Claim.UNKNOWN, ""),
        ("staff/local-7", CONTENT, Claim.CONTENT, ""),
    ],
)
def test_what_a_play_claims(key: str, source: str, claim: Claim, name: str) -> None:
    """Key and source tell whose decision it was; what an appliance of ours would never say is unknown."""
    told = coverage.wanted(play(key, source))
    assert (told.claim, told.name, told.source) == (claim, name, source)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (CONTENT, CONTENT),
        ("line-in", LineIn().approved_as),
        (f"stream:{STREAM}", StreamRelay(url=STREAM).approved_as),
        ("stream:ftp://dai.vn/x", ""),
        ("voice:lu", ""),
        ("c" * 63, ""),
    ],
)
def test_how_a_source_is_named_in_approvals(source: str, name: str) -> None:
    """Content by its hash, a live source as an approver signs it, anything else by no name."""
    assert coverage.wanted(play("staff/1", source)).approved_as == name


def test_an_address_that_reports_cut_has_no_name() -> None:
    """Of an address told whole the name is known; one that fills the two hundred letters may have been cut."""
    for letters, known in ((199, True), (200, False)):
        url = "http://dai.vn/".ljust(letters - len("stream:"), "x")
        named = coverage.wanted(play("slot/a/0", f"stream:{url}")).approved_as
        assert named == (StreamRelay(url=url).approved_as if known else "")


def test_a_programme_lists_what_its_slots_and_its_filler_let_sound() -> None:
    """Items and the live source of each slot by its id, the filler beside them; no filler is an empty name."""
    body = {
        "slots": [
            {"id": "sang", "items": [CONTENT]},
            {"id": "dai", "live": {"live": "stream", "url": STREAM}},
        ],
        "filler": "f" * 64,
    }
    told = coverage.listed(msgspec.json.encode(body)[1:])
    assert told.slots == {
        "sang": frozenset({CONTENT}),
        "dai": frozenset({f"stream:{STREAM}"}),
    }
    assert told.filler == "f" * 64
    assert coverage.listed(b'"slots":[]}') == Listed({}, "")


@pytest.mark.parametrize("body", [b"", b"}x", b'"slots":{}}', b'"slots":[{"items":[]}]}'])
def test_what_is_no_list_of_slots_is_refused(body: bytes) -> None:
    """Bytes that say no slots are refused as malformed, not taken for a programme that lets nothing sound."""
    with pytest.raises(Refused) as caught:
        coverage.listed(body)
    assert caught.value.code is RefusalCode.MALFORMED


def test_a_play_is_covered_by_the_slot_or_filler_it_names() -> None:
    """The source must stand in that very slot of some programme; a filler covers fillers alone."""
    programmes = (Listed({"sang": frozenset({CONTENT})}, "f" * 64), Listed({}, ""))

    def covered(claim: Claim, name: str, source: str) -> bool:
        return coverage.in_programme(Wanted(claim, name, source, ""), programmes)

    assert covered(Claim.SLOT, "sang", CONTENT)
    assert not covered(Claim.SLOT, "chieu", CONTENT)
    assert not covered(Claim.SLOT, "sang", "f" * 64)
    assert covered(Claim.FILLER, "", "f" * 64)
    assert not covered(Claim.FILLER, "sang", CONTENT)
