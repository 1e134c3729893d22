"""An image is signed by the people of the chain; a card is not written from one whose signature fails."""

import base64
import json
from pathlib import Path

import pytest

from contract.errors import RefusalCode, Refused
from provisioning import trust
from provisioning.card import deed as card
from provisioning.card.targets import Refused as CardRefused
from provisioning.release.image_seal import SEAL, check_image, map_of, sign_image
from tests.provisioning.release.pieces import do
from tests.provisioning.table import Table


class Office:
    """A ceremony, what an image's build left, and the folder that the ceremony gives to images."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.image = table.folder / "dist" / "tienglang.img"
        self.image.parent.mkdir()
        self.image.write_bytes(b"an image" * 999)
        map_of(self.image).write_text("<bmap>its blocks</bmap>")
        self.trust = table.folder / "trust"
        table.do("publish", "--to", str(self.trust))

    def sign(self, *people: str) -> str:
        """Have these people sign the image, one after the other."""
        said = ""
        for who in people:
            said = do(
                self.table, "sign-image", str(self.image), "--key", str(self.table.key(who)),
                "--passphrase-file", str(self.table.phrases),
            )  # fmt: skip
        return said

    def verify(self) -> str:
        """Return what the verification says."""
        return do(self.table, "verify-image", str(self.image), "--trust", str(self.trust))

    def refused(self) -> RefusalCode:
        """Return why whoever writes a card does not take it."""
        with pytest.raises(Refused) as caught:
            check_image(self.image, self.trust)
        return caught.value.code


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Three people, two of whom must sign."""
    table = Table(tmp_path)
    table.begin()
    return Office(table)


def test_an_image_that_enough_people_signed_is_taken(office: Office) -> None:
    """Two of three, one after the other; the checksums lie beside it for sha256sum too."""
    assert check_image(office.image, office.trust) is None
    office.sign("Lê Hoa", "Trần Minh")
    people = check_image(office.image, office.trust)
    assert people is not None
    assert set(people) == {"Lê Hoa", "Trần Minh"}
    assert "signed by" in office.verify()
    sums = (office.image.parent / "SHA256SUMS").read_text().splitlines()
    assert [line.split("  ")[1] for line in sums] == ["tienglang.img", "tienglang.img.bmap"]


def test_too_few_or_strangers_are_not_enough(office: Office) -> None:
    """One person of two, a key that the root does not name, or one person twice is refused."""
    office.sign("Lê Hoa", "Lê Hoa")
    assert office.refused() is RefusalCode.THRESHOLD
    stranger = trust.make_key(office.table.folder / "stranger.pem", None)
    sign_image(office.image, [stranger])
    assert office.refused() is RefusalCode.THRESHOLD
    office.sign("Trần Minh")
    check_image(office.image, office.trust)


def test_what_was_changed_after_the_signature_is_refused(office: Office) -> None:
    """The block map, the image, a signature, or the checksums within the envelope."""
    office.sign("Lê Hoa", "Trần Minh")
    maps = map_of(office.image)
    whole = maps.read_text()
    maps.write_text(whole.replace("its", "our"))
    assert office.refused() is RefusalCode.BAD_SIGNATURE
    maps.write_text(whole)
    office.image.write_bytes(b"another " * 999)
    with pytest.raises(Refused, match="not the one that was signed"):
        office.verify()
    office.image.write_bytes(b"an image" * 999)
    office.verify()
    seal = office.image.parent / SEAL
    held = seal.read_text()
    tree = json.loads(held)
    payload = base64.b64decode(tree["payload"]).replace(b"a", b"b", 1)
    seal.write_text(json.dumps({**tree, "payload": base64.b64encode(payload).decode()}))
    assert office.refused() is RefusalCode.BAD_SIGNATURE
    seal.write_text(json.dumps({**tree, "payloadType": "application/vnd.tienglang.time.v1+json"}))
    assert office.refused() is RefusalCode.WRONG_KIND
    seal.write_text("{}")
    assert office.refused() is RefusalCode.MALFORMED
    seal.write_text(held)
    office.verify()


def test_a_new_image_is_signed_anew(office: Office) -> None:
    """Signatures of the image before do not count for the next one."""
    office.sign("Lê Hoa")
    office.image.write_bytes(b"the next" * 999)
    office.sign("Trần Minh")
    assert office.refused() is RefusalCode.THRESHOLD


def test_a_card_is_written_from_no_image_whose_signature_fails(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is refused before a byte is written; without any signature it is said, and with a good one by whom."""
    card.check_signed(office.image, office.trust)
    assert "signed by nobody" in capsys.readouterr().err
    office.sign("Lê Hoa")
    with pytest.raises(CardRefused, match="nothing was written"):
        card.check_signed(office.image, office.trust)
    office.sign("Trần Minh")
    card.check_signed(office.image, office.trust)
    assert "Trần Minh" in capsys.readouterr().err


def test_an_image_without_its_map_is_not_signed(office: Office) -> None:
    """The sentence says what is missing."""
    map_of(office.image).unlink()
    with pytest.raises(ValueError, match="must both be there"):
        office.sign("Lê Hoa")
    with pytest.raises(ValueError, match="signed by nobody"):
        office.verify()
