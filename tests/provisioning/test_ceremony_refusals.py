"""What the ceremony refuses before anybody signs: each fault, and beside it the same without the fault."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from contract.errors import ContractError, RefusalCode, Refused
from contract.seal import SigningKey
from provisioning import trust
from provisioning.passphrases import Passphrases
from tests.provisioning.table import PEOPLE, Table

LOW_ORDER = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """A table with nothing on it."""
    return Table(tmp_path)


@pytest.fixture
def begun(table: Table) -> Table:
    """A ceremony of three people, two of whom must sign."""
    table.begin()
    return table


def state_of(table: Table) -> dict[str, bytes]:
    """Return every file of the ceremony's folder."""
    return {
        str(file.relative_to(table.place)): file.read_bytes()
        for file in sorted(table.place.rglob("*"))
        if file.is_file()
    }


def entry(key: str, holder: str, *roles: str, scope: str = "dt") -> tuple[str, ...]:
    """Return the words of an entry."""
    asked = [word for role in roles for word in ("--role", role)]
    return (*asked, "--scope", scope, "--holder", holder, "--key", key)


def test_more_signatures_than_people_make_no_ceremony_and_no_key_file(table: Table) -> None:
    """Three of two could never sign; two of two can. The refusal leaves no key behind."""
    with pytest.raises(ValueError, match="names 2 people: nobody could ever meet it"):
        table.begin("--root-threshold", "3", people=PEOPLE[:2])
    assert list(table.folder.glob("**/*.pem")) == []
    table.begin("--root-threshold", "2", people=PEOPLE[:2])
    assert table.ceremony.root is not None


def test_one_person_is_one_voice(table: Table) -> None:
    """A name that stands twice, in another spelling too, is refused; two people are taken."""
    with pytest.raises(ValueError, match="named twice"):
        table.phrased(
            "init",
            *("--area", "dt", "--online", str(table.folder / "online")),
            *("--root", "Nguyễn Lan=new:a.pem", "--root", "nguyễn  lan=new:b.pem"),
        )
    table.begin(people=PEOPLE[:2])
    with pytest.raises(Refused, match="two keys of one person are one voice"):
        table.phrased("rotate", "--root", f"Nguyễn Lan=new:{table.folder / 'second.pem'}")


def test_one_key_is_one_persons(begun: Table) -> None:
    """A root key given for a second name, and a keyring key for a second holder, are refused; own keys are taken."""
    lan = str(begun.key("Nguyễn Lan"))
    with pytest.raises(ValueError, match="that of Nguyễn Lan already"):
        begun.phrased("rotate", "--root", f"Mai={lan}")
    begun.phrased("rotate", "--root", f"Mai=new:{begun.key('Mai')}")
    key = begun.enter("Võ Trực", "emergency")
    with pytest.raises(ValueError, match="under two names"):
        begun.do("add-key", *entry(key.public, "Đỗ Phó", "emergency"))
    begun.do("add-key", *entry(key.public, "Võ Trực", "assign"))


def test_a_weak_key_is_refused_everywhere(begun: Table) -> None:
    """A key of small order, for which anybody can sign, enters neither root nor keyring; a good one does."""
    before = state_of(begun)
    for deed, words in (
        ("add-key", entry(LOW_ORDER, "Mai", "approve")),
        ("rotate", ("--root", f"Mai={LOW_ORDER}")),
        ("rotate", ("--snapshot", LOW_ORDER)),
    ):
        with pytest.raises(ValueError, match="small order"):
            begun.do(deed, *words)
    assert state_of(begun) == before
    begun.do("add-key", *entry(SigningKey.generate().public, "Mai", "approve"))


def test_what_would_have_run_out_already_is_refused(begun: Table) -> None:
    """A root and a key whose end has passed are named with their date; later ones are taken."""
    key = SigningKey.generate().public
    with pytest.raises(ValueError, match="2026-01-01, which has passed"):
        begun.do("rotate", "--expires", "2026-01-01")
    with pytest.raises(ValueError, match="2026-01-01, which has passed"):
        begun.do("add-key", *entry(key, "Mai", "approve"), "--not-after", "2026-01-01")
    begun.do("rotate", "--expires", "2027-06-01")
    begun.do("add-key", *entry(key, "Mai", "approve"), "--not-after", "2027-06-01")


def test_a_rule_that_nobody_could_meet_is_refused(begun: Table) -> None:
    """Two people for the province need two holders for the whole of it: two keys of one, or a commune's, are not."""
    begun.enter("Võ Trực", "emergency")
    two = ("--threshold", "emergency:dt:2")
    again = SigningKey.generate().public
    for words in (
        entry(again, "Võ Trực", "emergency"),
        entry(again, "Đỗ Phó", "emergency", scope="dt/my-phong"),
        entry(again, "Đỗ Phó", "approve"),
    ):
        with pytest.raises(Refused, match="nobody could ever speak") as caught:
            begun.do("add-key", *words, *two)
        assert caught.value.code is RefusalCode.THRESHOLD
    begun.do("add-key", *entry(again, "Đỗ Phó", "emergency"), *two)


def test_a_revocation_that_leaves_too_few_says_how_to_go_on_and_writes_nothing(
    begun: Table,
) -> None:
    """With two needed and one left the rule is named; lowering it in the same command revokes."""
    begun.enter("Võ Trực", "emergency")
    begun.enter("Đỗ Phó", "emergency", more=("--threshold", "emergency:dt:2"))
    before = state_of(begun)
    with pytest.raises(Refused, match="lower it: --threshold emergency:dt:1"):
        begun.do("revoke", "Đỗ Phó")
    assert state_of(begun) == before
    begun.do("revoke", "Đỗ Phó", "--threshold", "emergency:dt:1")
    ring = begun.ceremony.next_keyring
    assert ring is not None
    assert ring.thresholds == ()


def test_a_root_that_would_have_too_few_people_is_refused_whole(table: Table) -> None:
    """Of two people who must both sign none can be revoked; with somebody in the place it goes, in one command."""
    table.begin(people=PEOPLE[:2])
    before = state_of(table)
    with pytest.raises(Refused, match="names 1 people"):
        table.do("revoke", "Trần Minh")
    assert state_of(table) == before
    new = table.key("Mai")
    trust.make_key(new, table.phrases.read_bytes().strip())
    come = ("--root", f"Mai={new}", "--targets", f"Mai={new}")
    assert "revoked: root of the chain" in table.phrased("revoke", "Trần Minh", *come)


def test_a_key_on_the_server_may_not_be_a_persons(begun: Table) -> None:
    """Whoever took the server could start new sound by it; a key of the person's own is taken."""
    key = SigningKey.generate().public
    with pytest.raises(Refused, match="lies on the server"):
        begun.do("add-key", *entry(key, "Mai", "approve", "schedule"))
    begun.do("add-key", *entry(key, "Mai", "approve"))
    with pytest.raises(Refused, match="lies on the server"):
        begun.do("add-key", *entry(key, "Mai", "time"))


def test_a_key_of_the_chain_is_not_for_daily_work(begun: Table) -> None:
    """A root key in the keyring is refused, with how to make another; the holder's other key is taken."""
    public = trust.open_key(begun.key("Lê Hoa"), begun.phrases.read_bytes().strip()).public
    with pytest.raises(ValueError, match="tienglang-provision key FILE"):
        begun.do("add-key", *entry(public, "Lê Hoa", "approve"))
    begun.do("add-key", *entry(SigningKey.generate().public, "Lê Hoa", "approve"))


def test_the_servers_keys_sign_neither_root_nor_keyring(begun: Table) -> None:
    """The snapshot's key cannot become a person's of the root, nor a root key the snapshot's."""
    online = trust.open_key(begun.folder / "online" / "snapshot.pem", None).public
    with pytest.raises(ValueError, match="that of Máy chủ already"):
        begun.do("rotate", "--root", f"Mai={online}")
    with pytest.raises(Refused, match="must not sign root or targets"):
        begun.do("rotate", "--root", f"Máy chủ={online}")
    begun.do("rotate", "--snapshot", SigningKey.generate().public)


def test_no_key_file_is_ever_replaced(begun: Table) -> None:
    """Neither a person's nor the server's: the file stays as it was, and another name is taken."""
    lan = begun.key("Nguyễn Lan")
    before = lan.read_bytes()
    with pytest.raises(ValueError, match="no key file is ever replaced"):
        begun.phrased("rotate", "--root", f"Mai=new:{lan}")
    assert lan.read_bytes() == before
    begun.phrased("rotate", "--root", f"Mai=new:{begun.key('Mai')}")
    shutil.rmtree(begun.place)
    with pytest.raises(ValueError, match=r"activeset\.pem is there already"):
        begun.begin()


def test_a_ceremony_is_not_begun_twice(begun: Table) -> None:
    """Where one lies another is not begun over it."""
    with pytest.raises(ValueError, match=r"lies in .* already"):
        begun.begin()


def test_a_strangers_key_signs_nothing(begun: Table) -> None:
    """A key that stands nowhere is refused with who may sign; when nothing waits that is said."""
    stranger = begun.folder / "stranger.pem"
    trust.make_key(stranger, None)
    with pytest.raises(ValueError, match="nothing waits"):
        begun.do("sign", "--key", str(stranger), "--yes")
    begun.enter("Phạm Duyệt", "approve")
    with pytest.raises(ValueError, match="these may: Lê Hoa, Nguyễn Lan, Trần Minh"):
        begun.do("sign", "--key", str(stranger), "--yes")
    begun.sign("Lê Hoa")


def test_a_name_that_stands_nowhere_is_not_revoked(begun: Table) -> None:
    """A mistyped name is no silent success: who stands there is said."""
    begun.enter("Võ Trực", "emergency")
    with pytest.raises(ValueError, match=r"stands neither .* Võ Trực"):
        begun.do("revoke", "Vo Truc")
    with pytest.raises(ValueError, match="trust rotate --snapshot"):
        begun.do("revoke", trust.open_key(begun.folder / "online" / "snapshot.pem", None).public)
    begun.do("revoke", "võ trực")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--role", "approve", "--scope", "DT", "--holder", "Mai"), "regex"),
        (("--role", "approve", "--scope", "dt", "--holder", ""), "length"),
    ],
)
def test_an_entry_that_no_appliance_would_read_is_refused(
    begun: Table, words: tuple[str, ...], why: str
) -> None:
    """An area that is no path, and a key without a holder, are refused when they are entered."""
    key = SigningKey.generate().public
    with pytest.raises(ValueError, match=why):
        begun.do("add-key", *words, "--key", key)
    begun.do("add-key", *entry(key, "Mai", "approve"))


def test_a_damaged_folder_is_refused(begun: Table) -> None:
    """A flipped byte in a signed file is found when the folder is opened; the untouched one opens."""
    file = begun.place / "metadata" / "1.root.json"
    whole = file.read_bytes()
    file.write_bytes(whole.replace(b'"threshold":2', b'"threshold":1'))
    with pytest.raises(ContractError, match="does not fit"):
        begun.do("inspect")
    file.write_bytes(whole)
    begun.do("inspect")


def test_passphrases_come_from_a_file_that_nobody_else_can_read(
    table: Table, tmp_path: Path
) -> None:
    """Mode 644 is refused with what to run, short ones with why; a line for each key is used in order."""
    table.phrases.chmod(0o644)
    with pytest.raises(ValueError, match="chmod 600"):
        table.begin()
    table.phrases.chmod(0o600)
    table.phrases.write_text("ngan\n", "utf-8")
    with pytest.raises(ValueError, match="fewer than 10 characters"):
        table.begin()
    table.phrases.write_text("mật khẩu một\nmật khẩu hai\n", "utf-8")
    with pytest.raises(ValueError, match="only 2 lines"):
        table.begin()
    assert list(tmp_path.glob("**/*.pem")) == []
    table.begin(people=PEOPLE[:2])
    assert trust.open_key(table.key("Trần Minh"), "mật khẩu hai".encode()).public


def test_passphrases_come_from_an_open_descriptor(table: Table) -> None:
    """A script may hand them over without a file."""
    with table.phrases.open("rb") as file:
        phrases = Passphrases.of(None, file.fileno())
        assert phrases.new("a key") == table.phrases.read_bytes().strip()


def test_time_makes_a_threshold_unreachable_and_that_is_refused(begun: Table) -> None:
    """When the second holder's key has run out, the next change asks for another holder first."""
    begun.enter("Võ Trực", "emergency")
    second = SigningKey.generate().public
    words = entry(second, "Đỗ Phó", "emergency")
    begun.do("add-key", *words, "--not-after", "2027-01-01", "--threshold", "emergency:dt:2")
    begun.sign("Lê Hoa", "Nguyễn Lan")
    begun.now += timedelta(days=60)
    with pytest.raises(Refused, match="1 could sign"):
        begun.enter("Phạm Duyệt", "approve")
    begun.do("add-key", *words, "--not-after", "2028-01-01")
