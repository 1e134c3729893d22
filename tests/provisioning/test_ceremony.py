"""The ceremony: from the first root to a keyring that appliances believe."""

import base64
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from contract.chain_people import HOLDER
from contract.chain_rules import check_issue
from contract.documents import Role
from contract.enrolment import fingerprint
from contract.errors import Misuse
from contract.seal import SigningKey
from contract.testing import NOW
from provisioning import trust
from provisioning.__main__ import main
from tests.provisioning.table import PEOPLE, PHRASE, Table

SPKI_HEAD = bytes.fromhex("302a300506032b6570032100")


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """A table with nothing on it."""
    return Table(tmp_path)


@pytest.fixture
def begun(table: Table) -> Table:
    """A ceremony of three people, two of whom must sign, with the server's keys made."""
    table.begin()
    return table


def copied(table: Table, name: str, *signers: str) -> Path:
    """Return a copy of the folder that these people have signed on their own machines."""
    copy = table.folder / name
    shutil.copytree(table.place, copy)
    for who in signers:
        words = ("--key", str(table.key(who)), "--yes", "--passphrase-file", str(table.phrases))
        table.do("sign", *words, place=copy)
    return copy


def test_one_command_makes_a_chain_of_three_people_and_the_servers_keys(begun: Table) -> None:
    """Two of three sign, the root lives two years, and the keyring names the server's four keys."""
    chain = begun.chain()
    check_issue(chain, NOW)
    assert (chain.root.version, chain.root.roles["root"].threshold) == (1, 2)
    assert {key.unrecognized_fields[HOLDER] for key in chain.root.keys.values()} >= set(PEOPLE)
    assert chain.root.expires == NOW + timedelta(days=730)
    assert chain.targets.expires == NOW + timedelta(days=365)
    roles = {key.role for key in chain.keyring.keys}
    assert roles == {Role.SCHEDULE, Role.ACTIVE_SET, Role.COMMAND, Role.TIME}


def test_private_keys_are_for_their_owner_alone_and_peoples_under_a_passphrase(
    begun: Table,
) -> None:
    """Nine files of mode 600; a person's opens with the passphrase and not without it."""
    private = [*begun.folder.glob("*.pem"), *(begun.folder / "online").glob("*.pem")]
    assert len(private) == 9
    assert {file.stat().st_mode & 0o777 for file in private} == {0o600}
    with pytest.raises(Misuse, match="passphrase"):
        trust.open_key(begun.key("Nguyễn Lan"), None)
    assert trust.open_key(begun.key("Nguyễn Lan"), PHRASE.encode()).public


def test_public_keys_made_elsewhere_are_taken_and_their_holders_sign_at_home(table: Table) -> None:
    """Raw, PEM as OpenSSL writes it, and the line that `key` prints are read alike; no private key comes here."""
    lan, minh, server = (SigningKey.generate() for _ in range(3))
    for who, key in (("Nguyễn Lan", lan), ("Trần Minh", minh)):
        trust.write_private(table.key(who), key.to_pem(PHRASE.encode()))
    pem, line = table.folder / "minh.pub", table.folder / "server.json"
    body = base64.b64encode(SPKI_HEAD + base64.b64decode(minh.public)).decode()
    pem.write_text(f"-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n", "ascii")
    line.write_text(f'{{"public": "{server.public}", "keyid": "{server.keyid}"}}\n', "ascii")
    people = ["--root", f"Nguyễn Lan={lan.public}", "--root", f"Trần Minh={pem}"]
    online = ["--snapshot", str(line), "--timestamp", str(line)]
    assert "has 0 of 2 signatures" in table.do("init", "--area", "dt", *people, *online)
    assert "has 1 of 2 signatures" in table.sign("Nguyễn Lan")
    assert table.ceremony.root is None
    assert "next: tienglang-provision trust add-key" in table.sign("Trần Minh")
    assert table.ceremony.root is not None


def test_people_enter_the_keyring_with_role_area_and_end(begun: Table) -> None:
    """Several changes go into one draft, one epoch further, and hold when two have signed."""
    key = begun.enter("Phạm Duyệt", "approve", more=("--not-after", "2027-06-30"))
    begun.enter("Võ Trực", "emergency", "assign", scope="dt/my-phong")
    assert "signed; next" in begun.sign("Lê Hoa", "Nguyễn Lan")
    ring = begun.chain().keyring
    entries = {(k.holder, k.role, k.scope): k for k in ring.keys}
    assert ring.epoch == 2
    assert entries["Phạm Duyệt", Role.APPROVE, "dt"].key == key.public
    assert f"{entries['Phạm Duyệt', Role.APPROVE, 'dt'].not_after:%Y-%m-%d}" == "2027-06-30"
    assert ("Võ Trực", Role.EMERGENCY, "dt/my-phong") in entries
    assert ("Võ Trực", Role.ASSIGN, "dt/my-phong") in entries


def test_the_same_command_again_changes_nothing(begun: Table) -> None:
    """A step that was repeated, after a power cut say, voids no signature and makes no further epoch."""
    _, half = begun.person("Phạm Duyệt")
    words = ("--role", "approve", "--scope", "dt", "--holder", "Phạm Duyệt", "--key", half)
    begun.do("add-key", *words)
    begun.sign("Lê Hoa")
    begun.now += timedelta(hours=1)
    assert "says so already" in begun.do("add-key", *words)
    draft = begun.ceremony.targets_draft
    assert draft is not None
    assert len(draft.signatures) == 1
    begun.do("rotate")
    before = begun.ceremony.root_draft
    assert "drafted already" in begun.do("rotate")
    after = begun.ceremony.root_draft
    assert before is not None
    assert after is not None
    assert after.signed == before.signed


def test_an_entry_is_moved_to_a_later_end_and_taken_out(begun: Table) -> None:
    """The same key, role and area replace the entry before; remove-key takes out what fits."""
    _, half = begun.person("Phạm Duyệt")
    words = ("--role", "approve", "--scope", "dt", "--holder", "Phạm Duyệt", "--key", half)
    begun.do("add-key", *words, "--not-after", "2027-01-01")
    begun.do("add-key", *words, "--not-after", "2028-01-01")
    ring = begun.ceremony.next_keyring
    assert ring is not None
    assert [f"{k.not_after:%Y}" for k in ring.keys if k.role is Role.APPROVE] == ["2028"]
    begun.do("remove-key", "--holder", "phạm  duyệt", "--role", "approve")
    ring = begun.ceremony.next_keyring
    assert ring is not None
    assert [k for k in ring.keys if k.role is Role.APPROVE] == []


def test_copies_are_signed_in_parallel_and_gathered(begun: Table) -> None:
    """Two people sign two copies on two machines; each signature counts, and counts once."""
    begun.enter("Phạm Duyệt", "approve")
    first, second = copied(begun, "usb-1", "Lê Hoa"), copied(begun, "usb-2", "Trần Minh")
    assert "signed by Lê Hoa" in begun.do("sign", "--from", str(first))
    assert begun.ceremony.targets_draft is not None
    assert "signed by Trần Minh" in begun.do("sign", "--from", str(second))
    assert begun.chain().targets.version == 2


def test_a_copy_that_was_completed_elsewhere_gives_all_its_signatures(begun: Table) -> None:
    """Where the second person completed it on a copy, the copy's signed half is taken."""
    begun.enter("Phạm Duyệt", "approve")
    copy = copied(begun, "usb", "Lê Hoa", "Trần Minh")
    begun.do("sign", "--from", str(copy))
    assert begun.chain().targets.version == 2


def test_a_copy_of_another_draft_gives_no_signature(begun: Table) -> None:
    """What somebody signed before the draft was changed does not count for what it says now."""
    begun.enter("Phạm Duyệt", "approve")
    copy = copied(begun, "usb", "Lê Hoa")
    begun.enter("Võ Trực", "emergency")
    with pytest.raises(ValueError, match="drafts are others"):
        begun.do("sign", "--from", str(copy))


def test_who_signs_sees_what_and_must_say_so(begun: Table) -> None:
    """Without the word nothing is signed; with it one signature is there."""
    begun.enter("Phạm Duyệt", "approve")
    words = ("--key", str(begun.key("Lê Hoa")), "--passphrase-file", str(begun.phrases))
    with pytest.raises(ValueError, match="nothing was signed"):
        begun.do("sign", *words, answer="")
    draft = begun.ceremony.targets_draft
    assert draft is not None
    assert draft.signatures == {}
    assert "targets 2: signed by Lê Hoa" in begun.do("sign", *words, answer="ky")


def test_the_next_root_is_signed_by_old_people_and_new_and_all_live_on(begun: Table) -> None:
    """The new person and one of the old are not enough; with a second old one the root stands for two more years."""
    begun.now += timedelta(days=360)
    new = f"Mai=new:{begun.key('Mai')}"
    begun.phrased("rotate", "--root", new, "--remove-root", "Lê Hoa")
    begun.sign("Mai")
    begun.sign("Nguyễn Lan")
    assert begun.ceremony.root_draft is not None
    begun.sign("Trần Minh")
    chain = begun.chain()
    assert (chain.root.version, chain.targets.version, chain.keyring.epoch) == (2, 2, 2)
    assert chain.root.expires == begun.now + timedelta(days=730)
    assert chain.targets.expires == begun.now + timedelta(days=365)
    assert chain.keyring.expires == begun.now + timedelta(days=730)


def test_the_servers_keys_are_replaced_by_the_next_root(begun: Table) -> None:
    """A new snapshot and timestamp key stand alone in their roles."""
    new = SigningKey.generate()
    begun.do("rotate", "--snapshot", new.public, "--timestamp", new.public)
    begun.sign("Nguyễn Lan", "Trần Minh")
    root = begun.chain().root
    assert root.roles["snapshot"].keyids == root.roles["timestamp"].keyids
    assert len(root.roles["snapshot"].keyids) == 1
    assert len(root.keys) == 4


def test_a_server_that_was_taken_over_gets_six_new_keys_by_one_command(begun: Table) -> None:
    """Every online key of root and keyring is another one; people's stay, and each key stands in its own file."""
    person = begun.enter("Võ Trực", "emergency")
    begun.sign("Nguyễn Lan", "Trần Minh")
    before = begun.chain()
    folder = begun.folder / "new-server"
    begun.do("rotate", "--online", str(folder))
    begun.sign("Nguyễn Lan", "Trần Minh")
    chain = begun.chain()
    old = {key.key for key in before.keyring.keys}
    assert {key.key for key in chain.keyring.keys} & old == {person.public}
    for key in chain.keyring.keys:
        if key.role is not Role.EMERGENCY:
            assert trust.open_key(folder / f"{key.role.value}.pem", None).public == key.key
    for role in ("snapshot", "timestamp"):
        (key_id,) = chain.root.roles[role].keyids
        assert key_id not in before.root.keys
    with pytest.raises(ValueError, match="no key file is ever replaced"):
        begun.do("rotate", "--online", str(folder))


def test_a_lost_key_is_out_by_one_command_wherever_it_stands(begun: Table) -> None:
    """Out of root and keyring, a new epoch and new targets drafted, and what comes next is said."""
    key = begun.enter("Lê Hoa", "emergency")
    begun.enter("Võ Trực", "emergency")
    begun.sign("Lê Hoa", "Nguyễn Lan")
    said = begun.do("revoke", "Lê Hoa")
    assert "revoked: root of the chain" in said
    assert "revoked: targets of the chain" in said
    assert "revoked: emergency at dt (Lê Hoa)" in said
    assert "keyring epoch 3 is drafted" in said
    assert "trust sign" in said
    assert "trust publish" in said
    begun.sign("Nguyễn Lan", "Trần Minh")
    chain = begun.chain()
    assert key.public not in {k.key for k in chain.keyring.keys}
    assert "Lê Hoa" not in {k.unrecognized_fields[HOLDER] for k in chain.root.keys.values()}
    assert (chain.root.version, chain.keyring.epoch) == (2, 3)


@pytest.mark.parametrize("named", ["public", "keyid", "fingerprint"])
def test_a_stolen_key_is_revoked_by_any_of_its_names(begun: Table, named: str) -> None:
    """The key, its id, and its fingerprint as read over the telephone find it; the holder's other key stays."""
    lost = begun.enter("Võ Trực", "emergency")
    _, half = begun.person("Võ Trực mới")
    words = ("--role", "emergency", "--scope", "dt", "--holder", "Võ Trực", "--key", half)
    begun.do("add-key", *words)
    names = {
        "public": lost.public,
        "keyid": lost.keyid,
        "fingerprint": fingerprint(lost.public).upper(),
    }
    begun.do("revoke", names[named])
    ring = begun.ceremony.next_keyring
    assert ring is not None
    assert [k.key == lost.public for k in ring.keys if k.holder == "Võ Trực"] == [False]


def test_revoking_again_says_that_it_is_drafted_already(begun: Table) -> None:
    """The same command after a power cut is no error and changes nothing."""
    begun.enter("Võ Trực", "emergency")
    begun.sign("Nguyễn Lan", "Trần Minh")
    begun.do("revoke", "Võ Trực")
    assert "revoked in the draft already" in begun.do("revoke", "Võ Trực")


def test_a_step_that_was_broken_off_is_finished_when_the_folder_is_opened(begun: Table) -> None:
    """A draft that was complete but not moved, and a keyring that nobody names, are settled at the next look."""
    begun.enter("Phạm Duyệt", "approve")
    signed = copied(begun, "usb", "Nguyễn Lan", "Trần Minh")
    shutil.copy(signed / "metadata" / "2.targets.json", begun.place / "pending" / "targets.json")
    (begun.place / "pending" / f"{'0' * 64}.keyring.json").write_bytes(b"left over")
    assert begun.chain().targets.version == 2
    assert list((begun.place / "pending").iterdir()) == []


def test_the_command_line_ends_with_one_and_a_sentence(
    table: Table, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where there is no ceremony the way to one is said, without a traceback; inspecting a real one ends with 0."""
    assert main(["trust", "inspect", str(table.place)]) == 1
    assert "begin one: tienglang-provision trust init" in capsys.readouterr().err
    table.begin()
    assert main(["trust", "inspect", str(table.place)]) == 0
    assert "AI ĐƯỢC LÀM GÌ" in capsys.readouterr().out
