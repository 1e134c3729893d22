"""`tienglang-provision replace`: another appliance for a place whose own is dead.

Law of the room: everything that can be refused is refused before the old appliance is retired; that is signed by the
installer's own key, and only after its paper was read. A new claim code and the old place's data make the site file of
the new card. Started again, it goes on where it stopped.
"""

import argparse
import re
import tomllib
from pathlib import Path
from typing import Final, Protocol, TypeVar

import msgspec

from contract import codec, seal
from contract.documents import Assignment, Kind, Zone
from contract.enrolment import CLAIM_BYTES, claim_code
from contract.seal import SigningKey
from contract.site import BadSite, read_site
from provisioning import asking
from provisioning.trust import write_private

T = TypeVar("T")
SEALED: Final = "application/vnd.dsse+json"
_CLAIM: Final = re.compile(r"^[ \t]*claim_code\s*=.*$", re.MULTILINE)
_CENTRAL: Final = re.compile(r"^[ \t]*central\s*=.*$", re.MULTILINE)
_TRIAL_CODE: Final = claim_code(bytes(CLAIM_BYTES))  # the file is tried with it first
_WORDS: Final = {
    "vi": {
        "sure": "Máy {device} ở “{title}” sẽ im lặng hẳn. Gõ lại mã vị trí ({site}) để chắc chắn: ",
        "unsure": "Chưa đổi gì: mã gõ lại không khớp.",
        "done": (
            "{out}: tệp cho thẻ mới của “{title}”, mã nhận máy {code} (hết hạn {expires}). "
            "{retired}Ghi thẻ: tienglang-provision card write THẺ --site {out} …"
        ),
        "retired": "Máy cũ {device} đã thu hồi. ",
        "vacant": "Vị trí đã trống từ trước. ",
    },
    "en": {
        "sure": "Appliance {device} at “{title}” will be silent for good. Type the place's id ({site}) again: ",
        "unsure": "Nothing was changed: what was typed is another id.",
        "done": (
            "{out}: the site file for the new card of “{title}”, claim code {code} (until {expires}). "
            "{retired}Write it: tienglang-provision card write CARD --site {out} …"
        ),
        "retired": "The old appliance {device} is retired. ",
        "vacant": "The place was vacant already. ",
    },
}


class CannotReplace(ValueError):
    """Nothing was changed, or it stopped half-way and can be started again; the text says which."""


class Central(Protocol):
    """Central, as far as a replacement needs it."""

    def told(self, path: str, wanted: type[T]) -> T:
        """Return what central tells."""

    def sent(self, path: str, body: bytes, wanted: type[T], media: str = "application/json") -> T:
        """Send a body and return the answer."""


class _Template(msgspec.Struct, frozen=True):
    zones: tuple[Zone, ...] = ()
    outputs: tuple[str, ...] = ("audio",)


class _Place(msgspec.Struct, frozen=True):
    id: str
    title: str
    area: str
    device: str | None
    template: _Template


class _Site(msgspec.Struct, frozen=True):
    site: _Place


class _Prepared(msgspec.Struct, frozen=True):
    payload: bytes


class _Claim(msgspec.Struct, frozen=True):
    code: str
    expires: str


class Replaced(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it."""

    site: str
    title: str
    retired: str
    claim_code: str
    expires: str
    file: str


def add_replace(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verb."""
    verb = verbs.add_parser(
        "replace", help="retire a place's dead appliance, and make the site file of its new card"
    )
    verb.add_argument("site", help="the place's id")
    verb.add_argument("--key", type=Path, help="your key file: it signs the old one's retirement")
    verb.add_argument(
        "--from",
        dest="old",
        type=Path,
        help="the old card's tienglang.toml: its network, name, pins",
    )
    verb.add_argument("--out", type=Path, required=True, help="the new site file to write")
    verb.add_argument(
        "--hours", type=int, choices=[24, 48, 72], default=48, help="life of the code"
    )
    verb.add_argument("--yes", action="store_true", help="do not ask once more")
    asking.add_central(verb)


def run(given: argparse.Namespace) -> str:
    """Do it and return what to tell; raises `ValueError`, `OSError` or `ContractError` in words."""
    words = _WORDS[given.language]
    key = None if given.key is None else asking.own_key(given.key)
    old = None if given.old is None else given.old.read_text(encoding="utf-8")
    door = asking.door_of(given)

    def sure(place: str, title: str, device: str) -> None:
        question = words["sure"].format(device=device, title=title, site=place)
        if not given.yes and asking.line(question).strip() != place:
            raise CannotReplace(words["unsure"])

    done = replace(
        door, given.site, given.central, given.out, key=key, old=old, hours=given.hours, sure=sure
    )
    if given.json:
        return msgspec.json.encode(done).decode()
    retired = words["retired" if done.retired else "vacant"].format(device=done.retired)
    return words["done"].format(
        out=done.file, title=done.title, code=done.claim_code, expires=done.expires, retired=retired
    )


class Sure(Protocol):
    """Asks once more; raises `CannotReplace` where the person does not want it after all."""

    def __call__(self, place: str, title: str, device: str, /) -> None:
        """Ask."""


def replace(
    door: Central,
    site: str,
    central: str,
    out: Path,
    *,
    key: SigningKey | None,
    old: str | None,
    hours: int,
    sure: Sure,
) -> Replaced:
    """Retire the appliance of a place where one stands, and write the site file of the next.

    `old` is the text of the old card's site file. Raises `CannotReplace` before anything is changed, `ValueError` in
    central's words.
    """
    if out.exists():
        raise CannotReplace(f"{out} is there already; name a new file")
    if not out.absolute().parent.is_dir():
        raise CannotReplace(f"there is no folder {out.absolute().parent}")
    place = door.told(f"/api/v1/sites/{site}", _Site).site
    site_file(place, central, old, _TRIAL_CODE)
    device = place.device
    if device is not None:
        if key is None:
            raise CannotReplace(
                f"{device} stands at {site}: name --key, your key with the role assign, to retire it"
            )
        prepared = door.sent(f"/api/v1/devices/{device}/retirement/prepare", b"", _Prepared)
        _check_paper(prepared.payload, device)
        sure(site, place.title, device)
        sealed = seal.seal(Kind.ASSIGNMENT, prepared.payload, [key])
        door.sent(f"/api/v1/devices/{device}/retirement", sealed, dict[str, object], SEALED)
    body = msgspec.json.encode({"hours": hours})
    claim = door.sent(f"/api/v1/sites/{site}/claim", body, _Claim)
    text = site_file(place, central, old, claim.code)
    write_private(out, text.encode())
    return Replaced(
        site=site,
        title=place.title,
        retired=device or "",
        claim_code=claim.code,
        expires=claim.expires,
        file=str(out),
    )


def site_file(place: _Place, central: str, old: str | None, code: str) -> str:
    """Return the new card's site file: the old one with the new code, or one made of the place's data.

    Raises `CannotReplace` with every fault of a file that no appliance would take.
    """
    text = _made(place, central, code) if old is None else _with_code(old, code)
    try:
        site = read_site(text)
    except BadSite as bad:
        faults = "\n".join(f"  line {f.line}: {f.en}\n  dòng {f.line}: {f.vi}" for f in bad.faults)
        raise CannotReplace(
            f"the site file has to be mended; nothing was changed:\n{faults}"
        ) from bad
    held = {*site.pins.on_high, *site.pins.on_low}
    wired = {zone.relay_pin for zone in place.template.zones}
    if wired - held:
        pins = ", ".join(str(pin) for pin in sorted(wired - held))
        raise CannotReplace(
            f"the old site file does not hold the relays of pins {pins} off at power-on: add them under [pins]"
        )
    return text


def _with_code(old: str, code: str) -> str:
    """Return the old file with the new code, everything else as it stands, comments too."""
    line = f'claim_code = "{code}"'
    if "claim_code" in tomllib.loads(old):
        return _CLAIM.sub(line, old, count=1)
    return _CENTRAL.sub(lambda found: f"{found[0]}\n{line}", old, count=1)


def _made(place: _Place, central: str, code: str) -> str:
    high = [zone.relay_pin for zone in place.template.zones if zone.active_high]
    low = [zone.relay_pin for zone in place.template.zones if not zone.active_high]
    kind = "cluster" if "audio" in place.template.outputs else "board"
    lines = [
        f"# {place.title} ({place.area})".replace("\n", " "),
        f'central = "{central.rstrip("/")}"',
        f'claim_code = "{code}"',
        f'kind = "{kind}"',
        f'name = "{place.id[:63]}"',
    ]
    if high or low:
        lines += ["", "[pins]"]
    lines += [f"on_high = {high}"] if high else []
    lines += [f"on_low = {low}"] if low else []
    return "\n".join(lines) + "\n"


def _check_paper(payload: bytes, device: str) -> None:
    """Read what is to be signed: the retirement of this appliance and nothing else."""
    paper = codec.decode(Kind.ASSIGNMENT, payload)
    if not isinstance(paper, Assignment) or paper.device != device or not paper.retired:
        raise CannotReplace(
            f"central gave another paper to be signed than the retirement of {device}: sign nothing, tell the province"
        )
