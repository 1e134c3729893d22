"""Bytes to documents and back: what is refused, where, and that writing is deterministic."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contract import codec, seal
from contract.documents import (
    Announcement,
    Approval,
    Command,
    Content,
    Daily,
    Keyring,
    Kind,
    Programme,
    SetVolume,
    Slot,
    Weekdays,
)
from contract.errors import Misuse, RefusalCode, Refused
from contract.testing import NOW, Authority, device_key, report
from tests.contract.test_commissioning import KEY as COMMISSIONED
from tests.contract.test_commissioning import report as commissioning
from tests.contract.test_commissioning import sealed as sealed_commissioning

DEVICE = seal.device_id(device_key().public)
NONCE = base64.b64encode(bytes(range(32))).decode()
Change = Callable[[dict[str, object]], None]


def slot(**changes: object) -> Slot:
    """Return a slot that plays one content every workday morning."""
    plain = Slot(
        id="sang",
        title="Bản tin sáng",
        recurrence=Weekdays(days=frozenset({5, 1, 3})),
        start=time(5, 30),
        window_s=900,
        items=(content().sha256,),
        except_dates=frozenset({date(2027, 2, 6), date(2026, 12, 25)}),
    )
    return msgspec.structs.replace(plain, **changes)


def content() -> Content:
    """Return one content."""
    return Content(
        sha256=seal.sha256(b"x"), size_bytes=1, duration_ms=1, mime="audio/ogg", title="Tiếng"
    )


def samples() -> dict[Kind, bytes]:
    """Return the payload of one document of every kind."""
    authority, key = Authority.make(seed="codec"), device_key()
    alert = authority.announce(content=content())
    sealed = [
        authority.assign(key.public),
        authority.programme(DEVICE, [slot()], [content()]),
        authority.approve(content().sha256),
        alert,
        authority.activeset([alert]),
        authority.command(DEVICE, SetVolume(volume_pct=40)),
        authority.time(DEVICE, NONCE),
        report(key, 1, seal.sha256(b"")),
        sealed_commissioning(commissioning(), COMMISSIONED),
    ]
    read = [seal.read_envelope(data) for data in sealed]
    return {envelope.kind: envelope.payload for envelope in read}


SAMPLES = samples()
COMMAND = SAMPLES[Kind.COMMAND]


def refused(kind: Kind, payload: bytes) -> Refused:
    """Return the refusal of a payload."""
    with pytest.raises(Refused) as caught:
        codec.decode(kind, payload)
    return caught.value


def changed(payload: bytes, old: bytes, new: bytes) -> bytes:
    """Return the payload with one place changed; the place must be there."""
    assert old in payload
    return payload.replace(old, new, 1)


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_survives_the_wire(kind: Kind) -> None:
    """Decoding and encoding again gives the same document and the same bytes."""
    document = codec.decode(kind, SAMPLES[kind])
    assert codec.kind_of(document) is kind
    assert codec.encode(document) == SAMPLES[kind]
    assert codec.decode(kind, codec.encode(document)) == document


@pytest.mark.parametrize("kind", Kind)
def test_a_payload_of_one_kind_is_no_other_kind(kind: Kind) -> None:
    """Bytes of one kind are refused as every other kind: unknown fields are not ignored."""
    for other in Kind:
        if other is not kind:
            assert refused(other, SAMPLES[kind]).code is RefusalCode.MALFORMED


@pytest.mark.parametrize("kind", Kind)
def test_no_prefix_of_a_payload_is_a_document(kind: Kind) -> None:
    """A document cut short anywhere is refused, never half understood."""
    payload = SAMPLES[kind]
    for length in range(len(payload)):
        assert refused(kind, payload[:length]).code is RefusalCode.MALFORMED


def test_writing_is_deterministic() -> None:
    """Equal documents give equal bytes, in whatever order sets were filled and zones written."""
    hanoi = timezone(timedelta(hours=7))
    one = Approval(sha256=content().sha256, title="Tin", area="dt", issued=NOW, not_after=NOW)
    other = msgspec.structs.replace(one, issued=NOW.astimezone(hanoi))
    assert one == other
    assert codec.encode(one) == codec.encode(other)
    assert b'"issued":"2026-11-22T03:00:00Z"' in codec.encode(one)
    payload = SAMPLES[Kind.PROGRAMME]
    assert b'"days":[1,3,5]' in payload
    assert b'"except_dates":["2026-12-25","2027-02-06"]' in payload
    assert "Bản tin sáng".encode() in payload


def test_an_instant_may_come_with_any_offset_but_never_without() -> None:
    """A reader takes `+07:00` for the same instant; a time without offset is refused."""
    approval = SAMPLES[Kind.APPROVAL]
    moved = changed(approval, b"2026-11-22T03:00:00Z", b"2026-11-22T10:00:00+07:00")
    assert codec.decode(Kind.APPROVAL, moved) == codec.decode(Kind.APPROVAL, approval)
    naive = changed(approval, b"2026-11-22T03:00:00Z", b"2026-11-22T03:00:00")
    assert "$.issued" in refused(Kind.APPROVAL, naive).why


@pytest.mark.refusal_twin(21)
@pytest.mark.refusal(21)
@pytest.mark.parametrize(
    ("number", "accepted"),
    [
        (b"1", True),
        (b"9007199254740992", True),
        (b"9007199254740993", False),
        (b"-1", False),
        (b"1.0", False),
        (b"1e3", False),
        (b"true", False),
        (b'"1"', False),
        (b"null", False),
        (b"NaN", False),
        (b"Infinity", False),
        (b"-Infinity", False),
        (b"1e999", False),
        (b"01", False),
        (b"+1", False),
        (b"0x1", False),
        (b"9" * 5_000, False),
        (b"-" + b"9" * 5_000, False),
        (b"0." + b"1" * 5_000, False),
        ("١".encode(), False),
    ],
)
def test_a_counter_is_a_plain_integer_up_to_2_53(number: bytes, *, accepted: bool) -> None:
    """No float, bool, text, NaN or giant stands where an integer is due."""
    payload = changed(COMMAND, b'"counter":1', b'"counter":' + number)
    if accepted:
        decoded = codec.decode(Kind.COMMAND, payload)
        assert isinstance(decoded, Command)
        assert decoded.counter == int(number)
    else:
        assert refused(Kind.COMMAND, payload).code is RefusalCode.MALFORMED


@pytest.mark.parametrize(
    ("number", "accepted"),
    [(b"10.5", True), (b"10", True), (b"1e999", False), (b"NaN", False), (b"true", False)],
)
def test_a_measure_is_a_finite_number(number: bytes, *, accepted: bool) -> None:
    """Where a float is due an integer serves, but no infinity and no bool."""
    payload = changed(SAMPLES[Kind.ASSIGNMENT], b'"latitude_deg":null', b'"latitude_deg":' + number)
    if accepted:
        codec.decode(Kind.ASSIGNMENT, payload)
    else:
        assert refused(Kind.ASSIGNMENT, payload).code is RefusalCode.MALFORMED


@pytest.mark.refusal_twin(20)
@pytest.mark.refusal(20)
@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        (b'"counter":1', b'"counter":1,"counter":2', "counter"),
        (b'"counter":1', b'"counter":1,"c\\u006funter":2', "counter"),
        (b'"volume_pct":40', b'"volume_pct":40,"volume_pct":40', "volume_pct"),
        (b'"counter":1', b'"counter":1,"extra":2', "extra"),
        (b'"counter":1,', b"", "counter"),
        (b'"volume_pct":40', b'"volume_pct":101', "$.action.volume_pct"),
        (b'"do":"volume"', b'"do":"explode"', "$.action.do"),
        (b'"volume_pct":40', b'"volume_pct":[[[[[[[[[[[[[[[[40]]]]]]]]]]]]]]]]', "deeper"),
    ],
)
def test_a_refusal_names_the_place(old: bytes, new: bytes, place: str) -> None:
    """A key given twice, unknown or missing, a value out of bounds: the sentence says which."""
    codec.decode(Kind.COMMAND, COMMAND)
    refusal = refused(Kind.COMMAND, changed(COMMAND, old, new))
    assert refusal.code is RefusalCode.MALFORMED
    assert place in refusal.why


@pytest.mark.refusal_twin(23, 28)
@pytest.mark.refusal(23, 28)
@pytest.mark.parametrize(
    ("old", "new", "accepted"),
    [
        (b"Tin", b"Tin", True),
        (b"Tin", "Lũ 🌊".encode(), True),
        (b"Tin", b"\\ud83c\\udf0a", True),
        (b"Tin", b"one\\ntwo\\tthree", True),
        (b"Tin", b"\\ud800", False),
        (b"Tin", b"\\udfff", False),
        (b"Tin", b"\\udf0a\\ud83c", False),
        (b"Tin", b"\xed\xa0\x80", False),
        (b"Tin", b"\xff", False),
        (b"Tin", b"\\u0000", False),
        (b"Tin", b"\\u001b[2J", False),
        (b"Tin", b"\\u007f", False),
        (b"Tin", b"a\nb", False),
        (b"Tin", b"line\\n", False),
        (b"Tin", b"", False),
        (b'"dt"', b'"dt\\n"', False),
        (b'"dt"', '"đt"'.encode(), False),
        (b'"dt"', b'"dt/"', False),
        (b'"dt"', b'"*"', False),
        (b'"dt"', '"dt\u200b"'.encode(), False),
    ],
)
def test_text_is_whole_characters(old: bytes, new: bytes, *, accepted: bool) -> None:
    """Half characters, control characters and a final line break are refused; ids are ASCII."""
    approval = Approval(sha256=content().sha256, title="Tin", area="dt", issued=NOW, not_after=NOW)
    payload = changed(codec.encode(approval), old, new)
    if accepted:
        codec.decode(Kind.APPROVAL, payload)
    else:
        assert refused(Kind.APPROVAL, payload).code is RefusalCode.MALFORMED


@pytest.mark.refusal_twin(27)
@pytest.mark.refusal(27)
@pytest.mark.parametrize("kind", Kind)
def test_size_is_judged_before_anything_else(kind: Kind) -> None:
    """One byte over the cap is refused as too large without being parsed; at the cap it is read."""
    cap = codec.MAX_BYTES[kind]
    full = SAMPLES[kind] + b" " * (cap - len(SAMPLES[kind]))
    assert codec.kind_of(codec.decode(kind, full)) is kind
    assert refused(kind, full + b" ").code is RefusalCode.TOO_LARGE
    assert refused(kind, b"\xff" * (cap + 1)).code is RefusalCode.TOO_LARGE


@pytest.mark.refusal(22)
@pytest.mark.timeout(30)  # reading in square time would take hours
@pytest.mark.parametrize(
    "hostile",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'"\\' * 900_000,
        b'"' + b'\\"' * 900_000,
        b"[]" * 900_000,
        b'""' * 900_000,
        b"\\" * 1_900_000,
        b"[" * 17 + b"]" * 17,
    ],
)
def test_hostile_shapes_are_refused_in_time(hostile: bytes) -> None:
    """Deep nesting reaches no recursion, and no shape makes reading slow beyond its size."""
    assert refused(Kind.PROGRAMME, hostile).code is RefusalCode.MALFORMED


@pytest.mark.refusal_twin(22)
@pytest.mark.refusal(22)
def test_brackets_inside_text_are_not_depth() -> None:
    """Depth counts brackets of the structure only: a text may hold as many as it likes."""
    text = '[{"\\' * 20
    assert codec.strict_json(json.dumps([text]).encode(), 1_000, 1) == [text]
    with pytest.raises(Refused):
        codec.strict_json(b"[[]]", 1_000, 1)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"-9007199254740992", -(2**53)),
        (b"9007199254740993", None),
        (b"-9007199254740993", None),
        (b"0." + b"1" * 38, 0.1111111111111111),
        (b"0." + b"1" * 39, None),
        (b"1e308", 1e308),
        (b"-1e309", None),
        (b"NaN", None),
        (b"[-Infinity]", None),
        (b'["a","b\\u0007"]', None),
        (b'{"a\\u0007":1}', None),
        (b'{"a\\ud800":1}', None),
        (b"[" + b"[]," * 99 + b"[]]", [[]] * 100),
        (b"[]]", None),
        (b"", None),
    ],
)
def test_any_json_is_read_as_strictly(text: bytes, value: object) -> None:
    """The rules hold for every number, key and list, whatever document they stand in."""
    if value is None:
        with pytest.raises(Refused, match="malformed"):
            codec.strict_json(text, 1_000, 2)
    else:
        assert codec.strict_json(text, 1_000, 2) == value


@given(st.binary(max_size=300))
def test_any_bytes_are_a_document_or_refused(data: bytes) -> None:
    """No bytes at all raise anything but a refusal."""
    for kind in Kind:
        with pytest.raises(Refused):
            codec.decode(kind, data)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(st.sampled_from(sorted(Kind)), st.data())
def test_any_value_in_any_field_is_read_or_refused(kind: Kind, data: st.DataObject) -> None:
    """With one field replaced by anything, the document is refused or survives the wire."""
    tree = json.loads(SAMPLES[kind])
    tree[data.draw(st.sampled_from(sorted(tree)))] = data.draw(JSON_VALUES)
    payload = json.dumps(tree).encode()
    try:
        document = codec.decode(kind, payload)
    except Refused:
        return
    again = codec.encode(document)
    assert codec.decode(kind, again) == document
    assert codec.encode(codec.decode(kind, again)) == again


def test_nothing_is_written_that_no_reader_obeys() -> None:
    """A value out of bounds (built in memory, where nothing checks) is refused when encoded."""
    bad = slot(id="Không phải ASCII", recurrence=Daily())
    programme = codec.decode(Kind.PROGRAMME, SAMPLES[Kind.PROGRAMME])
    assert isinstance(programme, Programme)
    codec.encode(msgspec.structs.replace(programme, slots=(slot(recurrence=Daily()),)))
    with pytest.raises(Refused, match=r"\$\.slots"):
        codec.encode(msgspec.structs.replace(programme, slots=(bad,)))


@pytest.mark.parametrize(
    "change",
    [
        {"issued": datetime(2026, 1, 1)},  # noqa: DTZ001  a naive instant is the point
        {"title": "\ud800"},
        {"title": "Tin\n"},
        {"issued": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=7)))},
        {"title": float("nan")},
        {"title": object()},
    ],
)
def test_values_that_cannot_be_written_are_refused(change: dict[str, object]) -> None:
    """Naive instants, half characters and foreign values never reach the wire."""
    approval = Approval(sha256=content().sha256, title="Tin", area="dt", issued=NOW, not_after=NOW)
    codec.encode(approval)
    with pytest.raises(Refused):
        codec.encode(msgspec.structs.replace(approval, **change))


def test_a_keyring_is_read_as_strictly() -> None:
    """The keyring survives the wire, and is refused with a doubled key or beyond its cap."""
    keyring = Authority.make(seed="codec").keyring
    data = codec.encode_keyring(keyring)
    assert codec.decode_keyring(data) == keyring
    assert codec.encode_keyring(codec.decode_keyring(data)) == data
    with pytest.raises(Refused, match="scope"):
        codec.encode_keyring(
            msgspec.structs.replace(
                keyring, keys=(msgspec.structs.replace(keyring.keys[0], scope="Đồng Tháp"),)
            )
        )
    with pytest.raises(Refused, match="twice"):
        codec.decode_keyring(changed(data, b'"epoch":1', b'"epoch":1,"epoch":2'))
    with pytest.raises(Refused, match="too-large"):
        codec.decode_keyring(data + b" " * codec.MAX_KEYRING_BYTES)


def test_only_documents_have_a_kind() -> None:
    """A keyring is no document: asking for its kind is the caller's mistake."""
    keyring = Keyring(epoch=1, issued=NOW, expires=NOW, keys=())
    with pytest.raises(Misuse, match="Keyring"):
        codec.kind_of(keyring)  # type: ignore[arg-type]  # the mistake is the point


def test_the_years_of_the_calendar_survive() -> None:
    """The first and last instants Python knows are read, and written again, as UTC."""
    approval = SAMPLES[Kind.APPROVAL]
    for instant in (b"0001-01-01T00:00:00Z", b"9999-12-31T23:59:59.999999Z"):
        payload = changed(approval, b"2026-11-22T03:00:00Z", instant)
        assert codec.encode(codec.decode(Kind.APPROVAL, payload)) == payload
    announcement = codec.decode(Kind.ANNOUNCEMENT, SAMPLES[Kind.ANNOUNCEMENT])
    assert isinstance(announcement, Announcement)
    assert announcement.sent.utcoffset() == UTC.utcoffset(None)


@pytest.mark.parametrize("name", ["Foo/Bar", "Europe", "Asia/Ho"])
def test_an_unknown_time_zone_is_refused_and_a_known_one_taken(name: str) -> None:
    """A programme in a zone that no calendar knows is malformed; the same in a known zone is read."""
    key = device_key().public
    good = seal.read_envelope(Authority.make().programme(seal.device_id(key))).payload
    assert isinstance(codec.decode(Kind.PROGRAMME, good), Programme)
    with pytest.raises(Refused, match="time zone") as refused:
        codec.decode(Kind.PROGRAMME, good.replace(b"Asia/Ho_Chi_Minh", name.encode()))
    assert refused.value.code is RefusalCode.MALFORMED


ODD = st.text(st.sampled_from('aế{}[],:"\\/\t\n\r\x7f\x1f\x00\u2028\ud800\U0001f30a'), max_size=6)


@example(tree={"a": "\x7f"}, ascii_only=False)
@example(tree={"a": "\n"}, ascii_only=True)
@given(
    tree=st.dictionaries(ODD, ODD | st.lists(ODD, max_size=3), max_size=4), ascii_only=st.booleans()
)
def test_a_text_is_judged_as_its_strings_are(tree: dict[str, object], ascii_only: bool) -> None:
    """However strings are written, escaped or bare, they are refused exactly where one of them would be by itself."""
    text = json.dumps(tree, ensure_ascii=ascii_only)
    data = text.encode("utf-8", "surrogatepass")
    refused = False
    try:
        codec._check_strings(tree, "$")
    except Refused:
        refused = True
    if refused:
        with pytest.raises(Refused):
            codec.strict_json(data, 10_000, 5)
    else:
        assert codec.strict_json(data, 10_000, 5) == tree
