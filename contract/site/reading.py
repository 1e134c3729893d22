"""Reading a site file: strictly, with every fault told at once, on its line, in both languages.

Law of the room: pure. A key that nobody knows is a fault, for a mistyped password is looked for on a ladder.
"""

import base64
import binascii
import difflib
import ipaddress
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, get_args

import msgspec

from contract.enrolment import read_claim
from contract.errors import Misuse
from contract.requests import authority_of
from contract.site.rules import RULES
from contract.site.values import Site

MAX_CHARS: Final = 64_000
SSH_KINDS: Final = frozenset(
    {
        "ssh-ed25519",
        "sk-ssh-ed25519@openssh.com",
        "ecdsa-sha2-nistp256",
        "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521",
        "ssh-rsa",
    }
)


@dataclass(frozen=True)
class SiteFault:
    """One thing to mend: at which key (dotted; empty for the whole file) and line (from 1; 0 when there is none)."""

    key: str
    line: int
    vi: str
    en: str


class BadSite(Exception):
    """The site file cannot be used as it is; `faults` are all that must be mended, in the file's order."""

    def __init__(self, faults: list[SiteFault]) -> None:
        """Keep the faults, those of the first lines first."""
        self.faults = tuple(sorted(faults, key=lambda fault: (fault.line, fault.key)))
        super().__init__("; ".join(fault.en for fault in self.faults))


def sentence(line: int, words: str) -> str:
    """Return a fault as one Vietnamese sentence, the same on the screen and aloud."""
    at = f" ở dòng {line}" if line else ""
    return f"Tệp cấu hình có lỗi{at}: {words.strip().rstrip('.')}."


def read_site(text: str) -> Site:
    """Return the site that `text` (TOML) describes; raises `BadSite` with every fault."""
    if len(text) > MAX_CHARS:
        vi, en = (
            "tệp dài quá 64 000 ký tự: dùng lại tệp mẫu",
            "more than 64,000 characters: begin again with the sample",
        )
        raise BadSite([SiteFault("", 0, vi, en)])
    # Notepad puts a mark before the first letter, and TOML knows none.
    text = text.removeprefix("\ufeff")
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise BadSite([_not_toml(text, str(fault))]) from fault
    faults = list(_unfit(raw, Site, "", text))
    told = {fault.key for fault in faults}
    judged = (fault for judge in _JUDGES for fault in judge(raw, text))
    faults += [fault for fault in judged if fault.key not in told]
    if faults:
        raise BadSite(faults)
    return msgspec.convert(raw, Site, strict=True)


def _not_toml(text: str, why: str) -> SiteFault:
    found = re.search(r"at line (\d+)", why)
    line = int(found[1]) if found else len(text.splitlines())
    vi = "dòng này không đúng quy cách: chữ phải nằm trong ngoặc kép thẳng, mỗi mục một dòng dạng tên = giá trị"
    en = f"this line is not TOML ({why}): text stands in straight quotes, one key = value a line"
    return SiteFault("", line, vi, en)


# --- single values --------------------------------------------------------------------------------


def _unfit(
    raw: dict[str, object], kind: type[msgspec.Struct], above: str, text: str
) -> Iterator[SiteFault]:
    """Yield what is unknown, missing or out of its bounds in one table and those below it."""
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    for name, value in raw.items():
        key = f"{above}{name}"
        if name not in fields:
            yield _unknown(key, [f"{above}{known}" for known in fields], text)
            continue
        below = _table_of(fields[name].type)
        if below is not None and isinstance(value, dict):
            yield from _unfit(value, below, f"{key}.", text)
            continue
        try:
            msgspec.convert(value, fields[name].type, strict=True)
        except msgspec.ValidationError:
            yield _at(key, text)
    for name, field in fields.items():
        if field.required and name not in raw:
            yield _missing(f"{above}{name}", text)


def _table_of(kind: object) -> type[msgspec.Struct] | None:
    for each in (kind, *get_args(kind)):
        if isinstance(each, type) and issubclass(each, msgspec.Struct):
            return each
    return None


def _unknown(key: str, known: list[str], text: str) -> SiteFault:
    names = [name.rpartition(".")[2] for name in known]
    near = difflib.get_close_matches(key.rpartition(".")[2], names, n=1)
    vi = f"không có mục {key}; " + (
        f"có phải là {near[0]}?" if near else f"ở đây chỉ có: {', '.join(names)}"
    )
    en = f"there is no key {key}; " + (
        f"is {near[0]} meant?" if near else f"known here are: {', '.join(names)}"
    )
    return SiteFault(key, _line_of(key, text), vi, en)


def _missing(key: str, text: str) -> SiteFault:
    vi, en = _rule(key)
    return SiteFault(
        key, _line_of(key.rpartition(".")[0], text), f"thiếu {key}: {vi}", f"{key} is missing: {en}"
    )


def _at(key: str, text: str) -> SiteFault:
    """Return the fault of a value that does not fit its key; the value itself may be a secret and is not told."""
    vi, en = _rule(key)
    return SiteFault(
        key,
        _line_of(key, text),
        f"{key} không đúng: cần {vi}",
        f"{key} does not fit: wanted is {en}",
    )


def _rule(key: str) -> tuple[str, str]:
    return RULES.get(key, (f"một bảng [{key}]", f"a table [{key}]"))


def _line_of(key: str, text: str) -> int:
    """Return the line on which a key or table stands, from 1, as well as can be told; 0 when nowhere."""
    table, _, name = key.rpartition(".")
    at = ""
    for number, line in enumerate(text.splitlines(), 1):
        if found := re.match(r"\s*\[([^\]]+)\]", line):
            at = re.sub(r"[\s\"']", "", found[1])
            if at == key:
                return number
        elif found := re.match(r"\s*([A-Za-z0-9_.\"' -]+?)\s*=", line):
            written = re.sub(r"[\s\"']", "", found[1])
            if (f"{at}.{written}" if at else written) == key or (
                not table and written == name and not at
            ):
                return number
    return 0


# --- what single bounds do not show ----------------------------------------------------------------


def _central(raw: dict[str, object], text: str) -> Iterator[SiteFault]:
    central = raw.get("central")
    if not isinstance(central, str) or not central.startswith(("http://", "https://")):
        return
    try:
        authority_of(central)
    except Misuse:
        yield _at("central", text)
        return
    if central.startswith("http://") and raw.get("allow_plain_http") is not True:
        vi = "central dùng http, ai cũng đọc được; viết https://, hoặc allow_plain_http = true khi thử trên bàn"
        en = "central is http: everybody on the way reads along; write https://, or allow_plain_http = true on a bench"
        yield SiteFault("central", _line_of("central", text), vi, en)


def _claim(raw: dict[str, object], text: str) -> Iterator[SiteFault]:
    code = raw.get("claim_code", "")
    if isinstance(code, str) and code:
        try:
            read_claim(code)
        except ValueError:
            yield _at("claim_code", text)


def _ssh(raw: dict[str, object], text: str) -> Iterator[SiteFault]:
    key = raw.get("ssh_key", "")
    if not isinstance(key, str) or not key:
        return
    words = key.split()
    fits = "\n" not in key.strip() and len(words) >= 2 and words[0] in SSH_KINDS
    if fits:
        try:
            blob = base64.b64decode(words[1], validate=True)
        except binascii.Error:
            blob = b""
        name = words[0].encode()
        fits = blob[: 4 + len(name)] == len(name).to_bytes(4, "big") + name
    if not fits:
        yield _at("ssh_key", text)


def _wifi(raw: dict[str, object], text: str) -> Iterator[SiteFault]:
    name = _below(raw, "network", "wifi").get("name")
    if isinstance(name, str) and len(name) <= 32 < len(name.encode()):
        yield _at("network.wifi.name", text)


def _ethernet(raw: dict[str, object], text: str) -> Iterator[SiteFault]:
    table = _below(raw, "network", "ethernet")
    address = table.get("address")
    if not isinstance(address, str):
        return
    try:
        if "/" not in address:
            raise ValueError  # noqa: TRY301  without its length every address would be a network of its own
        own = ipaddress.ip_interface(address)
    except ValueError:
        yield _at("network.ethernet.address", text)
        return
    gateway = table.get("gateway", "")
    if isinstance(gateway, str) and gateway:
        there = _address(gateway)
        if there is None or there not in own.network or there == own.ip:
            yield _at("network.ethernet.gateway", text)
    dns = table.get("dns", [])
    if isinstance(dns, list) and any(
        isinstance(each, str) and _address(each) is None for each in dns
    ):
        yield _at("network.ethernet.dns", text)


def _pins(raw: dict[str, object], text: str) -> Iterator[SiteFault]:
    pins = raw.get("pins")
    if not isinstance(pins, dict):
        return
    lists = [pins.get("on_high", []), pins.get("on_low", [])]
    named = [
        pin for each in lists if isinstance(each, list) for pin in each if isinstance(pin, int)
    ]
    button = pins.get("service_button")
    if isinstance(button, int) and button in named:
        yield _at("pins.service_button", text)
    twice = sorted({pin for pin in named if named.count(pin) > 1})
    if twice:
        which = ", ".join(map(str, twice))
        vi = f"pins: chân GPIO {which} được ghi hai lần; mỗi rơ-le chỉ đóng ở mức cao hoặc mức thấp"
        en = f"pins: GPIO {which} stands there twice; a relay closes on a high or on a low level"
        yield SiteFault("pins", _line_of("pins", text), vi, en)


_JUDGES: Final = (_central, _claim, _ssh, _wifi, _ethernet, _pins)


def _below(raw: dict[str, object], *names: str) -> dict[str, object]:
    """Return a table below, empty where there is none."""
    for name in names:
        inner = raw.get(name)
        raw = inner if isinstance(inner, dict) else {}
    return raw


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
