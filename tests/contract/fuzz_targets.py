"""The readers that strangers reach, each with genuine seeds and with what must hold whatever is made of them."""

import base64
import random
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Final

import msgspec

from contract import chain_rules, codec, enrolment, keyring, requests, seal, trust, voice
from contract.documents import Command, Kind, MessageType, PublicKey, Role, SetVolume, Status
from contract.errors import Misuse, Refused, Stale
from contract.testing import NOW, Authority, device_key, report
from contract.testing_chain import Repository
from edge.adapters import chain_screen
from edge.adapters.chain_faults import ChainRefused
from tests.contract.fuzzing import Broken, Target, bent_bytes, bent_json

KEY: Final = device_key()
DEVICE: Final = seal.device_id(KEY.public)
NONCE: Final = base64.b64encode(bytes(range(32))).decode()
CLOCKS: Final = ("trusted", "floor-only", "unknown")
DOORS: Final = ("push", "poll", "store", "usb", "neighbour")


def refused_or(read: Callable[[], object], *documented: type[Exception]) -> object | None:
    """Return what was read, None when it was refused as documented; whatever else is raised breaks the case."""
    try:
        return read()
    except documented:
        return None


def hold(what: bool, law: str) -> None:
    """Break the case unless the law holds."""
    if not what:
        raise Broken(law)


class House:
    """One appliance that has obeyed a day's papers, and every genuine paper for it."""

    def __init__(self) -> None:
        """Seal one or two of each kind, always the same."""
        self.authority = Authority.make(seed="fuzz")
        commune = self.authority.add_key(Role.EMERGENCY, "dt/my-phong", key=device_key("commune"))
        a = self.authority
        alert = a.announce(["dt"])
        first = [a.assign(KEY.public), a.programme(DEVICE), a.command(DEVICE), alert]
        self.state = trust.TrustState.fresh(a.keyring, KEY.public, NOW - timedelta(days=30))
        for sealed in first:
            self.state = trust.admit(self.state, sealed, trust.TrustedNow(NOW, "trusted")).state
        self.sealed = (
            *first,
            a.assign(KEY.public, "dt/my-phong/ap-2"),
            a.programme(DEVICE),
            a.approve(seal.sha256(b"content"), "dt/my-phong"),
            a.announce(["dt/my-phong"], id="my-phong:1:1", by=[commune]),
            a.announce(["dt"], "Nước rút.", message=MessageType.UPDATE, references=["dt:1:1"]),
            a.announce(["dt"], status=Status.TEST),
            a.cancel("dt:1:1"),
            a.activeset([alert]),
            a.command(DEVICE, SetVolume(volume_pct=40)),
            a.time(DEVICE, NONCE),
            report(KEY, 1, seal.sha256(b"")),
        )
        self.genuine = frozenset(
            seal.read_envelope(sealed).payload_sha256 for sealed in self.sealed
        )
        self.keyring = codec.encode_keyring(a.keyring)
        self.stored = trust.state_to_json(self.state).encode()

    def is_genuine(self, data: bytes) -> bool:
        """Return whether the envelope holds words that were really signed; it may have gained signatures."""
        return seal.read_envelope(data).payload_sha256 in self.genuine

    def moment(self, draw: random.Random) -> trust.TrustedNow:
        """Return an arrival near the papers' own time."""
        wall = NOW + draw.choice((-1, 0, 0, 0, 1)) * timedelta(hours=draw.randrange(30))
        return trust.TrustedNow(wall, draw.choice(CLOCKS), draw.choice(DOORS))


HOUSE: Final = House()


def envelopes(draw: random.Random) -> str:
    """Damage an envelope in its bytes or its fields: never obeyed unless the words are still those that were signed."""
    chosen = draw.choice(HOUSE.sealed)
    by_field = draw.random() < 0.3
    data = bent_json(draw, chosen) if by_field else bent_bytes(draw, chosen, HOUSE.sealed)
    now = HOUSE.moment(draw)
    told = refused_or(lambda: trust.admit(HOUSE.state, data, now), Refused, Stale)
    hold(told is None or HOUSE.is_genuine(data), f"a damaged envelope was obeyed: {data!r}")
    if draw.random() < 0.2:
        told = refused_or(lambda: trust.verify_time(HOUSE.state, data, NONCE), Refused)
        hold(told is None or HOUSE.is_genuine(data), f"a damaged time was believed: {data!r}")
        told = refused_or(lambda: trust.verify_report(data, KEY.public), Refused)
        hold(told is None or HOUSE.is_genuine(data), f"a damaged report was taken: {data!r}")
    return "refused" if told is None else "taken"


def signed_anew(draw: random.Random) -> str:
    """Damage a payload and have the right key sign it: refused, or a document that survives the wire and the store."""
    envelope = seal.read_envelope(draw.choice(HOUSE.sealed))
    payload = bent_json(draw, envelope.payload)
    if draw.random() < 0.2:
        payload = bent_bytes(draw, envelope.payload, [payload])
    if envelope.kind is Kind.REPORT:
        sealed = seal.seal(envelope.kind, payload, [KEY])
        told = refused_or(lambda: trust.verify_report(sealed, KEY.public), Refused)
        return "refused" if told is None else "taken"
    sealed = HOUSE.authority.seal_bytes(envelope.kind, payload)
    now = HOUSE.moment(draw)
    admitted = refused_or(lambda: trust.admit(HOUSE.state, sealed, now), Refused, Stale)
    if not isinstance(admitted, trust.Admitted):
        return "refused"
    again = codec.decode(envelope.kind, codec.encode(admitted.document))
    hold(
        again == admitted.document,
        f"a document is another one after writing and reading: {payload!r}",
    )
    kept = trust.state_from_json(trust.state_to_json(admitted.state))
    hold(kept == admitted.state, f"the state is another one after writing and reading: {payload!r}")
    hold(kept.time_floor >= HOUSE.state.time_floor, f"the time floor fell: {payload!r}")
    if isinstance(admitted.document, Command):
        hold(kept.command_counter > HOUSE.state.command_counter, f"an old command: {payload!r}")
    return "taken"


def keyrings(draw: random.Random) -> str:
    """Damage a keyring: refused, or one that survives the wire, and that is fit or refused by its check."""
    data = (
        bent_json(draw, HOUSE.keyring)
        if draw.random() < 0.6
        else bent_bytes(draw, HOUSE.keyring, HOUSE.sealed)
    )
    read = refused_or(lambda: codec.decode_keyring(data), Refused)
    if read is None:
        return "refused"
    ring = codec.decode_keyring(data)
    hold(
        codec.decode_keyring(codec.encode_keyring(ring)) == ring,
        f"not the same keyring again: {data!r}",
    )
    after = refused_or(lambda: trust.renew_keyring(HOUSE.state, ring), Refused, Stale)
    if isinstance(after, trust.TrustState):
        keyring.check(ring)
        hold(ring.epoch > HOUSE.state.keyring.epoch, f"an old keyring was taken: {data!r}")
    return "refused" if after is None else "taken"


def stored_states(draw: random.Random) -> str:
    """Damage the state on the card: refused, or a state that is the same when written and read again."""
    data = (
        bent_json(draw, HOUSE.stored)
        if draw.random() < 0.6
        else bent_bytes(draw, HOUSE.stored, HOUSE.sealed)
    )
    state = refused_or(lambda: trust.state_from_json(data), Refused)
    if not isinstance(state, trust.TrustState):
        return "refused"
    hold(
        trust.state_from_json(trust.state_to_json(state)) == state, f"not the same state: {data!r}"
    )
    return "taken"


REQUESTS: Final = tuple(
    requests.Request(method="POST", authority=where, path=path, query=query, body=body)
    for where, path, query, body in (
        ("central.example", "/device/v1/reports", "", b"{}"),
        ("127.0.0.1:8000", "/device/v1/enrolment", "a=1&b=2", HOUSE.sealed[0]),
    )
)


def _lines(request: requests.Request) -> tuple[tuple[str, str], ...]:
    signed = requests.sign(
        request, keyid=DEVICE, created=1_795_000_000, nonce=NONCE, signature_of=KEY.sign
    )
    return tuple(signed.items())


SIGNED: Final = tuple((request, _lines(request)) for request in REQUESTS)


def _bent_text(draw: random.Random, text: str, others: Iterable[str]) -> str:
    data = bent_bytes(draw, text.encode(), [other.encode() for other in others])
    return data.decode("utf-8", draw.choice(("replace", "ignore", "surrogateescape")))


def signed_requests(draw: random.Random) -> str:
    """Damage a signed request or its headers: it proves nothing unless nothing that is signed was changed."""
    request, headers = draw.choice(SIGNED)
    lines = list(headers)
    match draw.randrange(7):
        case 0 | 1 | 2:
            at = draw.randrange(len(lines))
            lines[at] = (lines[at][0], _bent_text(draw, lines[at][1], [v for _, v in headers]))
        case 3:
            at = draw.randrange(len(lines))
            odd = (_bent_text(draw, lines[at][0], ["x"]), lines[at][1])
            lines = draw.choice(
                ([*lines, odd], [*lines, lines[at]], lines[:at] + lines[at + 1 :], lines[::-1])
            )
        case 4:
            request = msgspec.structs.replace(
                request, body=bent_bytes(draw, request.body, HOUSE.sealed)
            )
        case 5:
            name = draw.choice(("method", "authority", "path", "query"))
            bent = _bent_text(draw, getattr(request, name), ["GET", "evil.example", "/"])
            request = msgspec.structs.replace(request, **{name: bent})
        case _:
            request, _ = draw.choice(SIGNED)
    now_s = draw.choice((None, 1_795_000_000))
    keys: dict[str, PublicKey] = {DEVICE: KEY.public}
    proven = refused_or(
        lambda: requests.verify(request, lines, keys.get, now_s=now_s), requests.RequestRefused
    )
    same = any(request == r and _proof(lines) == _proof(h) for r, h in SIGNED)
    hold(proven is None or same, f"a damaged request proved something: {request} {lines}")
    return "refused" if proven is None else "taken"


def _proof(lines: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the headers that carry the proof; names of headers have no case."""
    names = {"content-digest", "signature-input", "signature"}
    return sorted((name.lower(), value) for name, value in lines if name.lower() in names)


QR: Final = enrolment.qr_text(KEY.public)
CLAIM: Final = enrolment.claim_code(bytes(range(7)))
ASKED: Final = msgspec.json.encode(
    enrolment.EnrolmentAsked(
        device_key=KEY.public, commitment=enrolment.commitment_to(NONCE), nonce=NONCE, claim=CLAIM
    )
)


def enrolments(draw: random.Random) -> str:
    """Damage a QR code, a claim code, a nonce and a request to be enrolled: words for people, or the one spelling."""
    scanned = _bent_text(draw, QR, [CLAIM, NONCE])
    read = refused_or(lambda: enrolment.read_qr(scanned), ValueError)
    if read is not None:
        device, public = enrolment.read_qr(scanned)
        same = seal.device_id(public) == device and enrolment.qr_text(public) == scanned.strip()
        hold(
            same, f"a QR code in a second spelling, or of another device than its key: {scanned!r}"
        )
    typed = _bent_text(draw, CLAIM, [QR])
    code = refused_or(lambda: enrolment.read_claim(typed), ValueError)
    if isinstance(code, str):
        hold(
            len(code) == enrolment.CLAIM_CHARS and set(code) <= set(enrolment.ALPHABET),
            f"{typed!r}",
        )
        hold(
            enrolment.read_claim(code) == code, f"a claim code is another one read twice: {typed!r}"
        )
    nonce = _bent_text(draw, NONCE, [QR])
    refused_or(lambda: enrolment.commitment_to(nonce), Refused, Misuse)
    refused_or(lambda: enrolment.compare_code(KEY.public, nonce, NONCE), Refused, Misuse)
    refused_or(lambda: seal.check_public_key(nonce), Refused)
    asked = (
        bent_json(draw, ASKED) if draw.random() < 0.6 else bent_bytes(draw, ASKED, [QR.encode()])
    )
    taken = refused_or(
        lambda: msgspec.json.decode(asked, type=enrolment.EnrolmentAsked),
        msgspec.DecodeError,
        UnicodeError,
    )
    return "refused" if read is None and code is None and taken is None else "taken"


CHAIN: Final = Repository.make(HOUSE.authority.keyring, seed="fuzz")
BUNDLE: Final = chain_rules.Bundle(
    roots=(CHAIN.files["metadata/1.root.json"],),
    targets=CHAIN.files["metadata/1.targets.json"],
    keyring=HOUSE.keyring,
)


def chains(draw: random.Random) -> str:
    """Damage a ceremony's bundle: refused, unless what was signed and the keyring are still the same."""
    parts = {"roots": BUNDLE.roots[0], "targets": BUNDLE.targets, "keyring": BUNDLE.keyring}
    name = draw.choice(sorted(parts))
    bend = draw.random() < 0.5
    bent = (
        bent_json(draw, parts[name]) if bend else bent_bytes(draw, parts[name], [*parts.values()])
    )
    refused_or(lambda: chain_screen.screen(f"{name}.json", bent), ChainRefused)
    bundle = msgspec.structs.replace(BUNDLE, **{name: (bent,) if name == "roots" else bent})
    chain = refused_or(lambda: chain_rules.judge(bundle), Refused)
    if not isinstance(chain, chain_rules.Chain):
        return "refused"
    genuine = chain_rules.judge(BUNDLE)
    same = (chain.root, chain.targets, chain.keyring) == (
        genuine.root,
        genuine.targets,
        genuine.keyring,
    )
    hold(same, f"a damaged chain was taken: {name} {bent!r}")
    return "taken"


SPOKEN: Final = tuple(
    voice.write_piece(KEY, "dt:1:1", 0, None, (b"\x48sound",) * count, last=count == 0)
    for count in (3, 15, 0)
)
UNHEARD: Final = voice.Heard(announcement="dt:1:1", key=KEY.public)


def voices(draw: random.Random) -> str:
    """Damage a piece of an operator's voice, alone or in a parcel: nothing is believed that was not said."""
    if draw.random() < 0.3:
        parcel = bent_bytes(draw, voice.write_pieces(SPOKEN), SPOKEN)
        pieces = refused_or(lambda: voice.read_pieces(parcel), Refused)
        if isinstance(pieces, tuple):
            hold(voice.write_pieces(pieces) == parcel, f"not the same parcel: {parcel!r}")
        return "refused" if pieces is None else "taken"
    data = bent_bytes(draw, draw.choice(SPOKEN), SPOKEN)
    believed = refused_or(lambda: voice.follow(UNHEARD, data), Refused)
    hold(believed is None or data in SPOKEN, f"a damaged piece was believed: {data!r}")
    return "refused" if believed is None else "taken"


TARGETS: Final = (
    Target("envelopes", 40, envelopes),
    Target("signed anew", 20, signed_anew),
    Target("keyrings", 10, keyrings),
    Target("stored states", 5, stored_states),
    Target("signed requests", 15, signed_requests),
    Target("enrolment", 10, enrolments),
    Target("chains", 5, chains),
    Target("voices", 5, voices),
)
