"""Until when a certificate of ours holds, read from its file.

Law of the room: only the two dates are read (X.509's validity, RFC 5280 §4.1.2.5); nothing is believed by it.
"""

import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

_SEQUENCE, _CONTEXT_0, _UTC_TIME, _GENERALIZED_TIME = 0x30, 0xA0, 0x17, 0x18
_END: Final = "-----END CERTIFICATE-----"


def expires(path: Path) -> datetime:
    """Return when the first certificate of a PEM file runs out; raises `ValueError` for what is none, `OSError`."""
    text = path.read_text("ascii", "replace")
    begin = text.find("-----BEGIN CERTIFICATE-----")
    if begin < 0:
        msg = f"{path} holds no certificate"
        raise ValueError(msg)
    der = ssl.PEM_cert_to_DER_cert(text[begin : text.index(_END, begin) + len(_END)])
    try:
        return _not_after(der)
    except IndexError as fault:
        msg = f"{path} holds a broken certificate"
        raise ValueError(msg) from fault


def _not_after(der: bytes) -> datetime:
    _, certificate, _ = _part(der)
    _, body, _ = _part(certificate)
    kind, _, rest = _part(body)
    if kind == _CONTEXT_0:  # the version; the first certificates had none
        _, _, rest = _part(rest)
    for _ in range(2):  # how it is signed, and by whom
        _, _, rest = _part(rest)
    kind, validity, _ = _part(rest)
    if kind != _SEQUENCE:
        msg = "no validity where it belongs"
        raise ValueError(msg)
    _, _, rest = _part(validity)
    kind, written, _ = _part(rest)
    form = {_UTC_TIME: "%y%m%d%H%M%SZ", _GENERALIZED_TIME: "%Y%m%d%H%M%SZ"}[kind]
    return datetime.strptime(written.decode("ascii"), form).replace(tzinfo=UTC)


def _part(data: bytes) -> tuple[int, bytes, bytes]:
    """Return the kind and the content of the first part, and what follows it."""
    kind, length, at = data[0], data[1], 2
    if length & 0x80:
        count = length & 0x7F
        length, at = int.from_bytes(data[2 : 2 + count], "big"), 2 + count
    if at + length > len(data):
        raise IndexError(length)
    return kind, data[at : at + length], data[at + length :]
