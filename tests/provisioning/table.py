"""The table of a ceremony, for tests: a folder, people with key files, and deeds said as on the command line."""

from datetime import datetime
from pathlib import Path

from contract.chain_rules import Bundle, Chain, judge
from contract.seal import SigningKey
from contract.testing import NOW
from provisioning import trust
from provisioning.__main__ import parser
from provisioning.ceremony import Ceremony
from provisioning.ceremony_deeds import run

PHRASE = "bốn từ dễ nhớ"
PEOPLE = ("Nguyễn Lan", "Trần Minh", "Lê Hoa")


class Table:
    """A ceremony in `folder / "le"`, at a steered time."""

    def __init__(self, folder: Path, now: datetime = NOW) -> None:
        self.folder = folder
        self.place = folder / "le"
        self.now = now
        self.phrases = folder / "phrases"
        self.phrases.touch(mode=0o600)
        self.phrases.write_text(f"{PHRASE}\n", encoding="utf-8")

    @property
    def ceremony(self) -> Ceremony:
        """Return the folder, opened."""
        return Ceremony(self.place)

    def do(self, deed: str, *words: str, answer: str = "KY", place: Path | None = None) -> str:
        """Do a deed; return what it says. It raises what the command line would print."""
        given = parser().parse_args(["trust", deed, str(place or self.place), *words])
        return run(given, self.now, lambda _: answer)

    def phrased(self, deed: str, *words: str) -> str:
        """Do a deed that opens or makes key files under the table's passphrase."""
        return self.do(deed, *words, "--passphrase-file", str(self.phrases))

    def begin(self, *more: str, people: tuple[str, ...] = PEOPLE) -> str:
        """Begin with these people, their keys made here, and the server's keys in `online`."""
        named = [word for who in people for word in ("--root", f"{who}=new:{self.key(who)}")]
        online = ["--online", str(self.folder / "online")]
        return self.phrased("init", "--area", "dt", *named, *online, *more)

    def key(self, who: str) -> Path:
        """Return the key file of a person of the root."""
        return self.folder / f"{who.rsplit(maxsplit=1)[-1].lower()}.pem"

    def person(self, name: str) -> tuple[SigningKey, str]:
        """Return the key of a person of daily work, made elsewhere, and the file of its public half."""
        key = trust.make_key(self.folder / "people" / f"{name}.pem", None)
        half = self.folder / f"{name}.pub"
        half.write_text(key.public, encoding="utf-8")
        return key, str(half)

    def enter(
        self, name: str, *roles: str, scope: str = "dt", more: tuple[str, ...] = ()
    ) -> SigningKey:
        """Enter a new person's key for these roles; return it."""
        key, half = self.person(name)
        asked = [word for role in roles for word in ("--role", role)]
        self.do("add-key", *asked, "--scope", scope, "--holder", name, "--key", half, *more)
        return key

    def sign(self, *people: str) -> str:
        """Have these people sign what waits."""
        keys = [word for who in people for word in ("--key", str(self.key(who)))]
        return self.phrased("sign", *keys, "--yes")

    def bundle(self) -> Bundle:
        """Return what is signed, as it is published."""
        return self.ceremony.bundle()

    def chain(self) -> Chain:
        """Return the same, verified."""
        return judge(self.bundle())
