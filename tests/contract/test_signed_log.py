"""The line of the log: one spelling, bound to the one before, and nothing it says that the paper does not."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest

from contract import codec, seal, signed_log
from contract.coverage import name_of
from contract.documents import MAX_COUNTER, Kind, LineIn, Programme, Reload, Sha256, StreamRelay
from contract.errors import Misuse, RefusalCode, Refused
from contract.signed_log import NOTHING_BEFORE, Line
from contract.testing import NOW, Authority, device_key

DEVICE = seal.device_id(device_key().public)
LINE = Line(
    number=7,
    at=NOW,
    kind="programme",
    subject="3",
    device=DEVICE,
    areas=(),
    epoch=1,
    keyids=("0123456789abcdef",),
    payload_sha256="a" * 64,
    envelope_sha256="b" * 64,
    previous=NOTHING_BEFORE,
)
SPELLED = (
    f"tienglang-log-v1 7 2026-11-22T03:00:00Z programme 3 {DEVICE} - 1 0123456789abcdef "
    f"{'a' * 64} {'b' * 64} {'0' * 64}"
)


def test_a_line_has_one_spelling_and_its_hash_is_that_of_the_text() -> None:
    """What docs/transparency.md shows is what is hashed, and `sha256sum` gives the same."""
    assert signed_log.spelled(LINE) == SPELLED
    assert signed_log.read_line(SPELLED) == LINE
    assert signed_log.digest(SPELLED) == hashlib.sha256(SPELLED.encode()).hexdigest()


def test_instants_are_spelled_in_utc_with_a_fraction_only_where_there_is_one() -> None:
    """The same moment in another zone gives the same line."""
    hanoi = timezone(timedelta(hours=7))
    at = datetime(2026, 11, 22, 10, 0, 0, 250_000, tzinfo=hanoi)
    text = signed_log.spelled(msgspec.structs.replace(LINE, at=at))
    assert " 2026-11-22T03:00:00.250000Z " in text
    assert signed_log.read_line(text).at == at.astimezone(UTC)


def test_what_a_line_does_not_say_is_a_dash() -> None:
    """A paper for areas names no appliance, one for an appliance no areas, and a paper may have no keys to name."""
    for_areas = msgspec.structs.replace(LINE, device="", areas=("dt/a", "dt/b"), keyids=())
    text = signed_log.spelled(for_areas)
    assert text.split(" ")[5:9] == ["-", "dt/a,dt/b", "1", "-"]
    assert signed_log.read_line(text) == for_areas


@pytest.mark.parametrize("count", [0, MAX_COUNTER])
def test_counters_reach_from_nothing_to_what_every_language_counts(count: int) -> None:
    """The first line is number 0; a number or epoch beyond 2^53 is refused."""
    line = msgspec.structs.replace(LINE, number=count, epoch=count)
    assert signed_log.read_line(signed_log.spelled(line)) == line
    for beyond in ({"number": MAX_COUNTER + 1}, {"epoch": MAX_COUNTER + 1}, {"epoch": -1}):
        text = signed_log.spelled(msgspec.structs.replace(line, **beyond))
        with pytest.raises(Refused):
            signed_log.read_line(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        SPELLED + " ",
        SPELLED + "\n",
        SPELLED.replace("log-v1", "log-v2"),
        SPELLED.replace(" 7 ", " 07 "),
        SPELLED.replace(" 7 ", " -7 "),
        SPELLED.replace(" 7 ", " 99999999999999999 "),
        SPELLED.replace("03:00:00Z", "03:00:00+00:00"),
        SPELLED.replace("03:00:00Z", "03:00:00"),
        SPELLED.replace("2026-11-22T03:00:00Z", "0001-01-01T00:00:00"),
        SPELLED.replace("2026-11-22T03:00:00Z", "0001-01-01T00:00:00+07:00"),
        SPELLED.replace("2026-11-22T03:00:00Z", "9999-12-31T23:59:59-07:00"),
        SPELLED.replace("2026-11-22T", "2026-13-22T"),
        SPELLED.replace("programme", "report"),
        SPELLED.replace("a" * 64, "A" * 64),
        SPELLED.replace("b" * 64, "b" * 63),
        SPELLED.replace(" - ", "  "),
        SPELLED.replace(" 3 ", " \u0663 "),
    ],
)
def test_any_other_spelling_is_refused(text: str) -> None:
    """A line that would read the same and hash otherwise is no line."""
    with pytest.raises(Refused) as caught:
        signed_log.read_line(text)
    assert caught.value.code is RefusalCode.MALFORMED


@pytest.mark.parametrize("subject", ["", "hai từ", "a b", "\n"])
def test_a_word_that_would_break_the_line_is_refused_by_the_writer(subject: str) -> None:
    """No name can add a word to the line or take one away."""
    with pytest.raises(Misuse):
        signed_log.spelled(msgspec.structs.replace(LINE, subject=subject))


def test_what_a_line_says_can_be_told_from_the_paper() -> None:
    """Subject, appliance and areas of each kind are those of the document."""
    authority = Authority.make(seed="log")
    told = {}
    for sealed in (
        authority.assign(device_key().public),
        authority.programme(DEVICE),
        authority.approve(Sha256("c" * 64)),
        authority.announce(["dt/a", "dt/b"]),
        authority.activeset(),
        authority.command(DEVICE, Reload()),
    ):
        read = seal.read_envelope(sealed)
        about = signed_log.about(codec.decode(read.kind, read.payload))
        told[read.kind] = (about.subject, about.device, about.areas)
    assert told[Kind.ASSIGNMENT] == ("1", DEVICE, ("dt/my-phong/ap-1",))
    assert told[Kind.PROGRAMME] == ("1", DEVICE, ())
    assert told[Kind.APPROVAL][::2] == ("c" * 64, ("dt",))
    assert told[Kind.ANNOUNCEMENT][2] == ("dt/a", "dt/b")
    assert told[Kind.ACTIVE_SET] == ("1", "", ("dt",))
    assert told[Kind.COMMAND] == ("1", DEVICE, ())


def test_times_and_reports_have_no_line_of_their_own() -> None:
    """A signed time goes by its hash among many; a report is the appliance's word, not ours."""
    sealed = Authority.make(seed="log").time(DEVICE, "q" * 42 + "A=")
    document = codec.decode(Kind.TIME, seal.read_envelope(sealed).payload)
    with pytest.raises(Misuse):
        signed_log.about(document)


def test_a_programme_is_taken_apart_and_put_together_byte_for_byte() -> None:
    """Two appliances with the same slots share a body; each envelope comes back exactly."""
    authority = Authority.make(seed="log")
    other = seal.device_id(device_key("other").public)
    sealed = [authority.programme(DEVICE), authority.programme(other)]
    parts = [signed_log.take_apart(envelope) for envelope in sealed]
    assert parts[0].body == parts[1].body
    assert parts[0].opening != parts[1].opening
    assert [signed_log.put_together(part) for part in parts] == sealed
    payload = seal.read_envelope(sealed[0]).payload
    assert parts[0].opening + parts[0].body == payload
    assert isinstance(codec.decode(Kind.PROGRAMME, payload), Programme)


def test_only_a_sealed_programme_is_taken_apart() -> None:
    """Another kind, and another spelling, are the caller's mistake."""
    authority = Authority.make(seed="log")
    programme = authority.programme(DEVICE)
    unsigned = programme.partition(b'","signatures":')[0] + b'"}'
    for envelope in (authority.activeset(), b"", programme[:-1], b" " + programme, unsigned):
        with pytest.raises(Misuse):
            signed_log.take_apart(envelope)


def test_live_sources_are_named_as_reports_name_them() -> None:
    """A slot that relays a stream or the line input covers a play of that name."""
    assert name_of(LineIn()) == "line-in"
    assert name_of(StreamRelay(url="http://a.vn/x")) == "stream:http://a.vn/x"
    assert len(name_of(StreamRelay(url="http://a.vn/" + "x" * 400))) == 200
