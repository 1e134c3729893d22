"""Keys and sealed papers made by hand, as their holders would."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contract import codec, seal, trust
from contract.documents import Approval, Assignment, InputKind, Keyring, Kind, Right, Role
from contract.errors import Misuse, Refused
from contract.seal import SigningKey, device_id
from provisioning import papers
from provisioning import trust as trust_files
from provisioning.__main__ import main
from provisioning.trust import make_key, open_key


def approval(folder: Path) -> Path:
    """Write an approval as JSON."""
    file = folder / "approval.json"
    words = {
        "sha256": "a" * 64,
        "title": "Thông báo",
        "area": "dt",
        "issued": "2026-11-23T00:00:00Z",
        "not_after": "2027-11-23T00:00:00Z",
    }
    file.write_text(json.dumps(words))
    return file


def test_a_key_is_kept_under_its_passphrase_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    """The file opens with its passphrase, not with another, and is never replaced."""
    file = tmp_path / "duyet.pem"
    told = json.loads(papers.new_key(file, b"bon tu de nho"))
    assert open_key(file, b"bon tu de nho").public == told["public"]
    assert file.stat().st_mode & 0o077 == 0
    with pytest.raises(Misuse):
        open_key(file, b"sai")
    with pytest.raises(FileExistsError):
        make_key(file, None)


def test_a_paper_sealed_by_hand_is_taken_by_central(tmp_path: Path) -> None:
    """A key in the keyring seals an approval that verifies; a key that is not in it does not."""
    key, stranger = make_key(tmp_path / "a.pem", None), make_key(tmp_path / "b.pem", None)
    now = datetime.now(UTC)
    entry = trust_files.role_key(key, "Nguyễn Lan", Role.APPROVE, "dt", now)
    ring = Keyring(epoch=3, issued=now, expires=now + timedelta(days=1), keys=(entry,))
    for name, good in (("a.pem", True), ("b.pem", False)):
        papers.seal_file(
            "approval", approval(tmp_path), [tmp_path / name], [None], tmp_path / "out"
        )
        envelope = (tmp_path / "out").read_bytes()
        if good:
            assert isinstance(trust.verify_for_central(ring, envelope, now), Approval)
        else:
            with pytest.raises(Refused):
                trust.verify_for_central(ring, envelope, now)
    assert stranger.public != key.public


def test_a_document_with_an_unknown_field_is_not_sealed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The codec refuses it before any key is used; the same without the field is sealed."""
    make_key(tmp_path / "a.pem", None)
    file = approval(tmp_path)
    words = [
        "seal",
        "approval",
        str(file),
        "--key",
        str(tmp_path / "a.pem"),
        "--out",
        str(tmp_path / "out"),
    ]
    file.write_text(file.read_text().replace("}", ', "king": 1}'))
    assert main(words) == 1
    assert "king" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    approval(tmp_path)
    assert main(words) == 0


def test_a_paper_for_two_people_carries_both_signatures(tmp_path: Path) -> None:
    """Two key files give an envelope that both have signed."""
    first, second = make_key(tmp_path / "a.pem", None), make_key(tmp_path / "b.pem", None)
    papers.seal_file(
        "approval",
        approval(tmp_path),
        [tmp_path / "a.pem", tmp_path / "b.pem"],
        [None, None],
        tmp_path / "out",
    )
    told = json.loads((tmp_path / "out").read_bytes())
    assert {s["keyid"] for s in told["signatures"]} == {first.keyid, second.keyid}
    assert codec.payload_type(Kind.APPROVAL) == told["payloadType"]
    assert isinstance(first, SigningKey)


def test_a_demo_of_a_file_that_is_not_there_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """The visitor's file is looked for before anything is started."""
    assert main(["demo", "--once", "--audio", "no-such.mp3"]) == 1
    assert "no-such.mp3" in capsys.readouterr().err


KEY = SigningKey.from_seed(b"an appliance for papers, 32 long")


def assignment(folder: Path, **changes: object) -> Path:
    """Write the assignment of a wired cabinet as JSON, with these changes."""
    file = folder / "assignment.json"
    zone = {"name": "san", "title": "Sân", "relay_pin": 17, "min_off_ms": 4_000, "stagger_ms": 300}
    words: dict[str, object] = {
        "device": device_id(KEY.public),
        "device_key": KEY.public,
        "epoch": 1,
        "issued": "2026-11-23T00:00:00Z",
        "name": "Cụm loa Chợ",
        "area": "dt/my-phong",
        "zones": [zone],
        "inputs": [wired("doc-lai", "read-back", 5, zone="san"), wired("cua", "door", 6)],
        "switches": [switch({"start": "06:00:00", "end": "18:00:00"})],
        "staff": [
            {"name": "Lan", "verifier": "$argon2id$x", "rights": ["operate", "warn", "install"]},
            {"name": "Minh", "verifier": "$argon2id$y"},
        ],
        **changes,
    }
    file.write_text(json.dumps(words))
    return file


def wired(name: str, kind: str, pin: int, zone: str | None = None) -> dict[str, object]:
    """Return one input as JSON."""
    plain: dict[str, object] = {"name": name, "title": name, "kind": kind, "pin": pin}
    return plain if zone is None else {**plain, "zone": zone}


def switch(*on: dict[str, str]) -> dict[str, object]:
    """Return a fan's switch as JSON."""
    return {"name": "quat", "title": "Quạt", "relay_pin": 22, "on": list(on)}


def sealed(folder: Path, document: Path) -> Path:
    """Seal an assignment through the command line; return where the envelope lies."""
    key, out = folder / "assign.pem", folder / "out"
    if not key.exists():
        make_key(key, None)
    words = ["seal", "assignment", str(document), "--key", str(key), "--out", str(out)]
    assert main(words) in {0, 1}
    return out


def test_an_assignment_carries_wiring_and_rights(tmp_path: Path) -> None:
    """Rest, stagger, inputs, switches and rights are in the sealed paper; the least right is the default."""
    envelope = seal.read_envelope(sealed(tmp_path, assignment(tmp_path)).read_bytes())
    paper = codec.decode(Kind.ASSIGNMENT, envelope.payload)
    assert isinstance(paper, Assignment)
    assert (paper.zones[0].min_off_ms, paper.zones[0].stagger_ms) == (4_000, 300)
    assert [i.kind for i in paper.inputs] == [InputKind.READ_BACK, InputKind.DOOR]
    assert [s.name for s in paper.switches] == ["quat"]
    assert [set(p.rights) for p in paper.staff] == [set(Right), {Right.OPERATE}]


SAME = {"verifier": "$argon2id$x"}
DAY = {"start": "00:00:00", "end": "00:00:00"}
MORNING = {"start": "06:00:00", "end": "08:00:00"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"staff": [{"name": "Lan", **SAME}, {"name": " lan ", **SAME}]}, "two of the staff"),
        ({"staff": [{"name": "Lan", "rights": ["warn", "warn"], **SAME}]}, "same right twice"),
        ({"staff": [{"name": "Lan", "rights": [], **SAME}]}, "rights"),
        ({"staff": [{"name": "Lan", "rights": ["king"], **SAME}]}, "king"),
        (
            {"inputs": [wired("a", "read-back", 5, "san"), wired("b", "read-back", 6, "san")]},
            "both the read-back of zone san",
        ),
        ({"inputs": [wired("a", "mains", 5), wired("b", "mains", 6)]}, "both the mains"),
        ({"inputs": [wired("a", "door", 17)]}, "shares its name or pin"),
        ({"inputs": [wired("a", "sense", 5, "cho")]}, "not among the zones"),
        ({"inputs": [wired("a", "sense", 5)]}, "name a zone"),
        ({"inputs": [wired("a", "door", 5)], "zones": []}, "no zone"),
        ({"switches": [switch(DAY, MORNING)]}, "whole day"),
        ({"switches": [switch(MORNING, MORNING)]}, "same hours twice"),
        ({"switches": [switch()]}, "on"),
    ],
)
def test_an_assignment_that_makes_no_sense_is_not_sealed(
    changes: dict[str, object], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file and what is wrong with it are named, and nothing is written."""
    out = sealed(tmp_path, assignment(tmp_path, **changes))
    said = capsys.readouterr().err
    assert "assignment.json" in said
    assert words in said
    assert not out.exists()


def test_a_cabinet_may_have_many_doors_and_buttons(tmp_path: Path) -> None:
    """Only what says one thing of one zone or of the cabinet stands once."""
    many = [wired("a", "door", 5), wired("b", "door", 6), wired("c", "talk", 13)]
    many += [wired("d", "talk", 19), wired("e", "mains", 26)]
    assert sealed(tmp_path, assignment(tmp_path, inputs=many)).exists()
