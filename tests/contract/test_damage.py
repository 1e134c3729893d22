"""Golden documents damaged in every place: there is one spelling, so whatever is not that spelling is refused."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

import pytest

from contract import codec
from contract.errors import Refused
from contract.trust import TrustedNow, TrustState, admit, verify_report, verify_time
from tests.contract.make_vectors import FOLDER

SETTING: Final = json.loads((FOLDER / "setting.json").read_text(encoding="utf-8"))
NOW: Final = TrustedNow(datetime.fromisoformat(SETTING["now"]), SETTING["clock"], SETTING["door"])
Read = Callable[[bytes], object]


def golden() -> Iterator[tuple[str, bytes, Read]]:
    """Yield each sealed golden document with its reader: the appliance as it was just before it came."""
    state = TrustState.fresh(
        codec.decode_keyring((FOLDER / "keyring.json").read_bytes()),
        SETTING["device_public_key"],
        datetime.fromisoformat(SETTING["time_floor"]),
    )
    for name in SETTING["order"]:
        sealed = (FOLDER / "obeyed" / f"{name}.dsse.json").read_bytes()
        yield name, sealed, lambda data, held=state: admit(held, data, NOW)  # type: ignore[misc]
        state = admit(state, sealed, NOW).state
    told = (FOLDER / "time.dsse.json").read_bytes()
    yield "time", told, lambda data: verify_time(state, data, SETTING["nonce"])
    report = (FOLDER / "report.dsse.json").read_bytes()
    yield "report", report, lambda data: verify_report(data, SETTING["device_public_key"])


GOLDEN: Final = list(golden())
each = pytest.mark.parametrize(
    ("sealed", "read"), [case[1:] for case in GOLDEN], ids=[case[0] for case in GOLDEN]
)


def taken(read: Read, data: bytes) -> bool:
    """Return whether the bytes are read as a document; anything raised but a refusal fails the test."""
    try:
        read(data)
    except Refused:
        return False
    return True


@pytest.mark.refusal(24, 26)
@pytest.mark.refusal_twin(24, 26)
@pytest.mark.parametrize("bits", [0x01, 0x80], ids=["lowest bit", "highest bit"])
@each
def test_no_changed_byte_is_obeyed(sealed: bytes, read: Read, bits: int) -> None:
    """With a bit of any one byte turned a golden document is refused; as it is, it is obeyed."""
    damaged = bytearray(sealed)
    survivors = []
    for place in range(len(sealed)):
        damaged[place] ^= bits
        if taken(read, bytes(damaged)):
            survivors.append(place)
        damaged[place] ^= bits
    assert not survivors
    assert taken(read, bytes(damaged))


@each
def test_no_cut_is_obeyed(sealed: bytes, read: Read) -> None:
    """Cut at any place, at either end, a golden document is refused; whole, it is obeyed."""
    assert not [at for at in range(len(sealed)) if taken(read, sealed[:at])]
    assert not [at for at in range(1, len(sealed) + 1) if taken(read, sealed[at:])]
    assert taken(read, sealed)


@each
def test_no_added_and_no_doubled_byte_is_obeyed(sealed: bytes, read: Read) -> None:
    """One byte put in, taken out or said twice, anywhere, and the document is refused."""
    for place in range(len(sealed)):
        head, tail = sealed[:place], sealed[place:]
        assert not taken(read, head + b" " + tail)
        assert not taken(read, head + tail[:1] + tail)
        assert not taken(read, head + tail[1:])
    assert taken(read, sealed)
