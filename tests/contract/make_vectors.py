"""Makes the golden documents under tests/vectors; run it only when a changed byte is a decision.

    python -m tests.contract.make_vectors

Every key comes from a named seed and Ed25519 is deterministic, so the same code writes the same bytes.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final

from contract import codec, seal
from contract.documents import (
    Content,
    Daily,
    Kind,
    LateRule,
    Level,
    Lunar,
    MessageType,
    Once,
    Policy,
    Role,
    SetVolume,
    Sha256,
    Slot,
    Status,
    Threshold,
    Weekdays,
)
from contract.seal import SigningKey
from contract.testing import NOW, Authority, device_key, report

FOLDER: Final = Path(__file__).resolve().parent.parent / "vectors"
SEED: Final = "tienglang vectors"
DEVICE_SEED: Final = f"{SEED}:device"
NONCE: Final = base64.b64encode(hashlib.sha256(f"{SEED}:nonce".encode()).digest()).decode()
HERE: Final = "dt/my-phong/ap-1"
DAY: Final = timedelta(days=1)
Good = dict[str, bytes]
Bad = dict[str, tuple[str, bytes]]


def device() -> SigningKey:
    """Return the key of the appliance that all vectors speak of."""
    return device_key(DEVICE_SEED)


def make_authority() -> tuple[Authority, SigningKey, SigningKey]:
    """Return the authority, the province's second duty officer, and our commune's officer."""
    rule = Threshold(role=Role.EMERGENCY, area="dt", count=2)
    authority = Authority.make(seed=SEED, thresholds=[rule])
    second, commune = device_key(f"{SEED}:second"), device_key(f"{SEED}:commune")
    authority.add_key(Role.EMERGENCY, key=second, holder="Trực ban 2")
    authority.add_key(Role.EMERGENCY, "dt/my-phong", key=commune, holder="Xã Mỹ Phong")
    return authority, second, commune


def content() -> Content:
    """Return a content of known bytes."""
    data = "Tiếng Làng".encode()
    return Content(
        sha256=seal.sha256(data),
        size_bytes=len(data),
        duration_ms=61_500,
        mime="audio/ogg",
        title="Bản tin sáng",
        gain_db=-2.5,
    )


def slots() -> list[Slot]:
    """Return slots of several recurrences."""
    morning = Slot(
        id="sang",
        title="Bản tin sáng",
        recurrence=Weekdays(days=frozenset({1, 2, 3, 4, 5})),
        start=time(5, 30),
        window_s=900,
        items=(content().sha256,),
        except_dates=frozenset({date(2027, 2, 6), date(2026, 12, 25)}),
        repeat_count=2,
        gap_s=30,
    )
    full_moon = Slot(
        id="ram",
        title="Ngày rằm",
        recurrence=Lunar(days=frozenset({1, 15})),
        start=time(17, 0),
        window_s=600,
        items=(content().sha256,),
        level=Level.PRIORITY,
        order=1,
        late=LateRule.SKIP,
    )
    once = Slot(
        id="hop-dan",
        title="Mời họp dân",
        recurrence=Once(on=date(2026, 11, 25)),
        start=time(23, 55),
        window_s=600,
        items=(content().sha256,),
        zones=("san",),
        volume_pct=70,
    )
    music = Slot(
        id="nhac",
        title="Nhạc nền",
        recurrence=Daily(),
        start=time(6, 0),
        window_s=3_600,
        items=(content().sha256,),
        loop=True,
    )
    return [morning, full_moon, once, music]


def make_good() -> tuple[Authority, Good]:
    """Return documents that an appliance obeys when they come in this order at `NOW`."""
    authority, second, commune = make_authority()
    us, both = seal.device_id(device().public), (Role.EMERGENCY, second)
    alert = authority.announce(["dt"], content=content(), by=both)
    local = authority.announce(["dt/my-phong"], id="my-phong:1:1", by=[commune])
    return authority, {
        "assignment": authority.assign(device().public, HERE, policy=Policy(exercises=False)),
        "programme": authority.programme(us, slots(), [content()], filler=content().sha256),
        "approval": authority.approve(content().sha256, "dt/my-phong"),
        "alert-two-people": alert,
        "alert-commune": local,
        "update": authority.announce(
            ["dt"], "Nước rút.", message=MessageType.UPDATE, references=["dt:1:1"], by=both
        ),
        "activeset": authority.activeset([alert, local]),
        "cancel": authority.cancel("my-phong:1:1", areas=["dt/my-phong"]),
        "command": authority.command(us, SetVolume(volume_pct=40)),
    }


def respelled(sealed: bytes, **changes: object) -> bytes:
    """Return an envelope with fields replaced, in the one spelling."""
    tree = {**json.loads(sealed), **changes}
    return json.dumps(tree, separators=(",", ":")).encode()


def patched(payload: bytes, old: str, new: str) -> bytes:
    """Return a payload with one place changed, which must be there."""
    changed = payload.replace(old.encode(), new.encode(), 1)
    if changed == payload:
        msg = f"{old} is not in the payload"
        raise ValueError(msg)
    return changed


def make_bad(authority: Authority, good: Good) -> Bad:
    """Return code and bytes of documents that are refused after all the good ones were obeyed."""
    _, second, commune = make_authority()
    us, both = seal.device_id(device().public), (Role.EMERGENCY, second)
    command, alert = authority.command(us), authority.announce(["dt"], by=both)
    payload = seal.read_envelope(command).payload
    text = base64.b64encode(payload).decode()
    bare = base64.b64encode(authority.keys[Role.COMMAND].sign(payload)).decode()
    keyid = authority.keys[Role.COMMAND].keyid

    def crooked(old: str, new: str) -> bytes:
        return authority.seal_bytes(Kind.COMMAND, patched(payload, old, new))

    def presented(kind: Kind) -> bytes:
        return respelled(command, payloadType=codec.payload_type(kind))

    return {
        "space-in-envelope": ("malformed", command.replace(b",", b", ", 1)),
        "field-added-to-envelope": ("malformed", respelled(command, more=1)),
        "payload-base64-loose-bits": ("malformed", respelled(command, payload=loosened(text))),
        "no-signature": ("malformed", respelled(command, signatures=[])),
        "signature-of-63-bytes": (
            "malformed",
            respelled(command, signatures=[{"keyid": keyid, "sig": "A" * 84}]),
        ),
        "unknown-payload-type": (
            "wrong-kind",
            respelled(command, payloadType="application/vnd.tienglang.command.v2+json"),
        ),
        "command-presented-as-activeset": ("unknown-key", presented(Kind.ACTIVE_SET)),
        "payload-changed": (
            "bad-signature",
            respelled(command, payload=base64.b64encode(payload.replace(b":2", b":3")).decode()),
        ),
        "signed-without-encoding": (
            "bad-signature",
            respelled(command, signatures=[{"keyid": keyid, "sig": bare}]),
        ),
        "key-id-of-nobody": (
            "unknown-key",
            command.replace(keyid.encode(), b"0123456789abcdef"),
        ),
        "signed-by-another-role": ("unknown-key", authority.command(us, by=[Role.SCHEDULE])),
        "key-given-twice": ("malformed", crooked('"counter":2', '"counter":2,"counter":3')),
        "unknown-field": ("malformed", crooked('"counter":2', '"counter":2,"more":3')),
        "float-for-integer": ("malformed", crooked('"counter":2', '"counter":2.0')),
        "bool-for-integer": ("malformed", crooked('"counter":2', '"counter":true')),
        "integer-beyond-2-53": ("malformed", crooked('"counter":2', '"counter":9007199254740993')),
        "not-a-number": ("malformed", crooked('"counter":2', '"counter":NaN')),
        "line-break-after-id": ("malformed", crooked(us, us + "\\n")),
        "half-a-character": ("malformed", crooked('"reload"', '"\\ud800"')),
        "nested-too-deep": ("malformed", crooked('"counter":2', '"counter":' + "[" * 17)),
        "one-of-two-people": ("threshold", authority.announce(["dt"])),
        "commune-speaks-to-province": ("out-of-scope", authority.announce(["dt"], by=[commune])),
        "neighbour-commune": ("wrong-audience", authority.announce(["dt/tan-hoi"])),
        "name-that-begins-alike": (
            "wrong-audience",
            authority.announce(["dt/my-phong/ap-10"], by=[commune]),
        ),
        "another-appliance": (
            "wrong-device",
            authority.programme(seal.device_id(device_key("other").public)),
        ),
        "another-assignment": ("wrong-epoch", authority.programme(us, assignment_epoch=2)),
        "same-version-other-bytes": (
            "same-version-other-bytes",
            authority.programme(us, version=1),
        ),
        "version-leaps": ("version-jump", authority.programme(us, version=1_000_002)),
        "older-version": ("old-version", authority.activeset(version=0)),
        "programme-over": (
            "expired",
            authority.programme(us, version=2, expires=NOW - timedelta(minutes=1)),
        ),
        "command-lives-too-long": (
            "life-too-long",
            authority.command(us, expires=NOW + timedelta(minutes=6)),
        ),
        "alert-from-future": (
            "from-future",
            authority.announce(["dt"], sent=NOW + timedelta(minutes=6), by=both),
        ),
        "drill": ("not-actual", authority.announce(["dt"], status=Status.EXERCISE, by=both)),
        "id-used-again": ("replayed", authority.announce(["dt"], "Khác", id="dt:1:2", by=both)),
        "alert-after-its-cancel": ("cancelled", good["alert-commune"]),
        "update-of-the-cancelled": (
            "cancelled",
            authority.announce(
                ["dt/my-phong"],
                message=MessageType.UPDATE,
                references=["my-phong:1:1"],
                id="my-phong:1:3",
                by=[commune],
            ),
        ),
        "commune-cancels-province": (
            "wrong-issuer",
            authority.cancel("dt:1:2", areas=["dt/my-phong"], id="dt:1:99", by=[commune]),
        ),
        "report-to-an-appliance": ("wrong-kind", report(device(), 1, seal.sha256(b""))),
        "time-nobody-asked-for": ("wrong-kind", authority.time(us, NONCE)),
        "approval-over": ("expired", authority.approve(content().sha256, not_after=NOW)),
        "cut-in-half": ("malformed", alert[: len(alert) // 2]),
    }


def loosened(text: str) -> str:
    """Return base64 whose unused last bits are set: the same bytes in a second spelling."""
    body, pads = text.rstrip("="), text.count("=")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    if not pads:
        msg = "this payload leaves no loose bits; change it by a letter"
        raise ValueError(msg)
    return body[:-1] + alphabet[alphabet.index(body[-1]) + 1] + "=" * pads


def make_seal_vector(sealed: bytes, key: SigningKey, seed: str) -> dict[str, str]:
    """Return every step from seed to envelope, for who writes a signer from nothing."""
    envelope = seal.read_envelope(sealed)
    payload_type = codec.payload_type(envelope.kind)
    return {
        "seed_sha256_of_text": seed,
        "seed_hex": hashlib.sha256(seed.encode()).hexdigest(),
        "public_key": key.public,
        "keyid": key.keyid,
        "device_id": seal.device_id(key.public),
        "payload_type": payload_type,
        "payload_utf8": envelope.payload.decode(),
        "payload_sha256": envelope.payload_sha256,
        "pre_authentication_encoding_base64": base64.b64encode(
            seal.pae(payload_type, envelope.payload)
        ).decode(),
        "signature_base64": base64.b64encode(envelope.signatures[0].sig).decode(),
        "envelope": sealed.decode(),
    }


def make_all() -> Mapping[str, str]:
    """Return the text of every vector file by its path under tests/vectors."""
    authority, good = make_good()
    bad = make_bad(authority, good)
    setting = {
        "now": instant(NOW),
        "time_floor": instant(NOW - 30 * DAY),
        "clock": "trusted",
        "door": "poll",
        "device_public_key": device().public,
        "device": seal.device_id(device().public),
        "nonce": NONCE,
        "order": list(good),
    }
    refused = [
        {"name": name, "code": code, "envelope": sealed.decode("utf-8", "surrogateescape")}
        for name, (code, sealed) in bad.items()
    ]
    first_report = report(device(), 1, Sha256("0" * 64))
    steps = make_seal_vector(first_report, device(), DEVICE_SEED)
    return {
        "keyring.json": codec.encode_keyring(authority.keyring).decode(),
        "setting.json": pretty(setting),
        "seal.json": pretty(steps),
        "refused.json": pretty(refused),
        "report.dsse.json": first_report.decode(),
        "time.dsse.json": authority.time(seal.device_id(device().public), NONCE).decode(),
        **{f"obeyed/{name}.dsse.json": sealed.decode() for name, sealed in good.items()},
    }


def instant(moment: datetime) -> str:
    """Return an instant as documents spell it."""
    return moment.isoformat().replace("+00:00", "Z")


def pretty(value: object) -> str:
    """Return JSON for people."""
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    for path, text in make_all().items():
        (FOLDER / path).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / path).write_text(text, encoding="utf-8")
