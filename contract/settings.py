"""How a settings file is read, alike in every program: strictly, and with all faults told at once.

Law of the room: text in, frozen value out; no file is opened here. An unknown key refuses to start,
because a mistyped setting that is silently ignored is found at 5 in the morning.
"""

import difflib
import tomllib
from typing import TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)


class BadSettings(Exception):
    """The settings cannot be used; `faults` holds one sentence for each thing to mend."""

    def __init__(self, name: str, faults: list[str]) -> None:
        """Join the faults of the file `name` into one message."""
        super().__init__("\n".join([f"cannot use {name}:", *(f"  - {f}" for f in faults)]))
        self.faults = faults


def read_settings(text: str, kind: type[T], name: str) -> T:
    """Return the settings in TOML `text` as a `kind`; raise `BadSettings` with every fault and a hint."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise BadSettings(name, [f"it is not TOML: {fault}"]) from fault
    faults: list[str] = []
    known = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    values: dict[str, object] = {}
    for key, value in raw.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(known)}"
            faults.append(f"unknown key {key!r}{hint}")
            continue
        try:
            values[key] = msgspec.convert(value, known[key].type, strict=True)
        except msgspec.ValidationError as fault:
            faults.append(f"{key}: {fault}")
    faults += [
        f"missing key {key!r}" for key, field in known.items() if field.required and key not in raw
    ]
    if faults:
        raise BadSettings(name, faults)
    try:
        return msgspec.convert(values, kind, strict=True)
    except msgspec.ValidationError as fault:
        raise BadSettings(name, [str(fault)]) from fault
