"""CAP 1.2 is read strictly, refused by name, and written so that it reads back the same."""

import hashlib
from datetime import UTC, datetime, timedelta
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central.domain.cap import (
    CATEGORIES,
    CERTAINTIES,
    RESPONSES,
    SEVERITIES,
    URGENCIES,
    CapAlert,
    CapArea,
    CapCircle,
    CapInfo,
    CapMessage,
    CapPair,
    CapReference,
    CapRefused,
    CapResource,
    CapStatus,
)
from central.domain.cap_feeds import read_feed
from central.domain.cap_reading import read_cap
from central.domain.cap_writing import (
    NOTES,
    Listed,
    Place,
    Surroundings,
    cap_of,
    write_cap,
    write_feed,
)
from contract.documents import (
    Announcement,
    AnnouncementInfo,
    Content,
    MessageType,
    Sha256,
    Status,
)
from tests.central.capping import NS, REFERENCE, alert, info

CIRCLE = "<area><areaDesc>x</areaDesc><circle>{}</circle></area>"
POLYGON = "<area><areaDesc>x</areaDesc><polygon>{}</polygon></area>"


def refused(data: bytes) -> CapRefused:
    """Return the refusal of a file."""
    with pytest.raises(CapRefused) as caught:
        read_cap(data)
    return caught.value


@pytest.mark.refusal_twin(59)
def test_a_message_is_read_whole() -> None:
    """Words, times, codes and areas of every language come out as they stand."""
    english = info(language="en-US", event="Flood", headline="Flood on the river", areas="")
    found = read_cap(alert(info(), english))
    assert (found.identifier, found.sender) == ("KTTV-2026-0701", "canhbao@kttv.example")
    assert found.sent == datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
    assert (found.status, found.message, found.scope) == ("Actual", "Alert", "Public")
    first, second = found.infos
    assert (first.language, second.language) == ("vi-VN", "en-US")
    assert (first.event, first.severity, first.categories) == ("Lũ", "Extreme", ("Met",))
    assert first.instruction == "Đến điểm tập trung của ấp."
    assert first.areas[0].geocodes == (CapPair("tienglang:area", "dt/my-phong"),)
    assert not found.signed


def test_shapes_are_numbers() -> None:
    """Polygons are closed lines of points, circles a point and kilometres; an empty one is none."""
    shapes = (
        "<area><areaDesc>x</areaDesc><polygon>10.1,105.2 10.2,105.2\n10.2,105.3 10.1,105.2</polygon>"
        "<polygon> </polygon><circle>10.5,105.5 12.5</circle><circle/></area>"
    )
    area = read_cap(alert(info(areas=shapes))).infos[0].areas[0]
    assert area.polygons == (((10.1, 105.2), (10.2, 105.2), (10.2, 105.3), (10.1, 105.2)),)
    assert area.circles == (CapCircle((10.5, 105.5), 12.5),)


def test_a_signature_is_seen_and_not_believed() -> None:
    """An XML signature may follow, and is only mentioned."""
    mark = '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><x/></Signature>'
    assert read_cap(alert(after=mark)).signed


BOMB = '<!DOCTYPE a [<!ENTITY a "{}">{}]>'.format(
    "b" * 1_000,
    "".join(f'<!ENTITY a{n} "{f"&a{n - 1 or str()};" * 20}">' for n in range(1, 8)),
)


@pytest.mark.refusal(59)
@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1/x">]>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1/x.dtd">',
        '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1/x"> %p;]>',
        "<!DOCTYPE a>",
        BOMB,
    ],
    ids=["file", "address", "dtd", "parameter", "bare", "bomb"],
)
def test_entities_and_document_types_are_refused_by_name(doctype: str) -> None:
    """No file, address or bomb comes in through the head of a message."""
    data = alert(info(event="&x;") if "x" in doctype else info(), head=doctype)
    assert refused(data).code == "xml-doctype"
    assert refused(data.decode().encode("utf-16")).code == "xml-doctype"


@pytest.mark.refusal(59)
@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<alert>" + b" " * 4_000_000, "xml-too-large"),
        (b"<a>" * 30, "xml-too-large"),
        (b"<a>" + b"<b/>" * 70_000 + b"</a>", "xml-too-large"),
        (b"", "xml-broken"),
        (b"PK\x03\x04 no xml", "xml-broken"),
        (b"<alert><b></alert>", "xml-broken"),
        (alert()[:-9], "xml-broken"),
        (b"<?xml version='1.0' encoding='x-none'?><a/>", "xml-encoding"),
        (b"<?xml version='1.0' encoding='utf-8'?><a>\xff</a>", "xml-broken"),
        (alert(info(event="a\x01b")), "xml-broken"),
        (alert(info(event="&x;")), "xml-broken"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_xml_or_too_much_is_refused_by_name(data: bytes, code: str) -> None:
    """Size, number and depth are bounded before anything is looked at."""
    assert refused(data).code == code


@pytest.mark.parametrize(
    ("data", "code", "element"),
    [
        (alert(namespace=NS.replace("1.2", "1.1")), "cap-version", "alert"),
        (alert(namespace=""), "cap-version", "alert"),
        (b"<alert/>", "cap-version", "alert"),
        (b'<feed xmlns="http://www.w3.org/2005/Atom"/>', "cap-is-feed", "feed"),
        (
            b'<EDXLDistribution xmlns="urn:oasis:names:tc:emergency:EDXL:DE:1.0"/>',
            "cap-edxl",
            "EDXLDistribution",
        ),
        (b"<kml/>", "cap-no-alert", "kml"),
        (alert(identifier=""), "cap-empty", "alert/identifier"),
        (alert(identifier="a b"), "cap-name", "alert/identifier"),
        (alert(sender="a,b"), "cap-name", "alert/sender"),
        (alert(sent="2026-11-22T02:00:00Z"), "cap-time", "alert/sent"),
        (alert(sent="2026-13-22T02:00:00+07:00"), "cap-time", "alert/sent"),
        (alert(sent="2026-11-22T02:00:00"), "cap-time", "alert/sent"),
        (alert(status="actual"), "cap-word", "alert/status"),
        (alert(message="Tell"), "cap-word", "alert/msgType"),
        (alert(message="Update"), "cap-missing", "alert/references"),
        (alert(message="Cancel"), "cap-missing", "alert/references"),
        (alert(references=["a,b"]), "cap-reference", "alert/references"),
        (alert(references=["a,b,2026-11-22"]), "cap-time", "alert/references"),
        (alert().replace(b"<scope>Public</scope>", b""), "cap-missing", "alert/scope"),
        (alert().replace(b">Public<", b">Restricted<"), "cap-missing", "alert/restriction"),
        (alert().replace(b">Public<", b">Private<"), "cap-missing", "alert/addresses"),
        (alert(after="<extra/>"), "cap-unknown", "alert/extra"),
        (alert(after='<x xmlns="urn:other"/>'), "cap-unknown", "alert/x"),
        (alert(after="text"), "cap-text", "alert"),
        (alert().replace(b"<status>", b'<status x="1">'), "cap-attribute", "alert/status"),
        (alert(info(), info(event="")), "cap-empty", "alert/info[2]/event"),
        (alert(info(event="a<b/>")), "cap-unknown", "alert/info[1]/event/b"),
        (alert(info(language="tiếng Việt")), "cap-word", "alert/info[1]/language"),
        (alert(info(expires="2026-11-22T09:00:00+07:00")), "cap-time", "alert/info[1]/expires"),
        (
            alert(info().replace("<category>Met</category>", "")),
            "cap-missing",
            "alert/info[1]/category",
        ),
        (alert(info().replace(">Met<", ">Weather<")), "cap-word", "alert/info[1]/category[1]"),
        (alert(info().replace(">Extreme<", ">High<")), "cap-word", "alert/info[1]/severity"),
        (
            alert(info().replace("<urgency>Immediate</urgency>", "")),
            "cap-missing",
            "alert/info[1]/urgency",
        ),
        (
            alert(info(areas="<area/>")),
            "cap-missing",
            "alert/info[1]/area[1]/areaDesc",
        ),
        (
            alert(info(areas=POLYGON.format("1,2 3,4 1,2"))),
            "cap-shape",
            "alert/info[1]/area[1]/polygon[1]",
        ),
        (
            alert(info(areas=POLYGON.format("1,2 3,4 5,6 7,8"))),
            "cap-shape",
            "alert/info[1]/area[1]/polygon[1]",
        ),
        (
            alert(info(areas=POLYGON.format("1,2 91,4 5,6 1,2"))),
            "cap-shape",
            "alert/info[1]/area[1]/polygon[1]",
        ),
        (
            alert(info(areas=CIRCLE.format("1,2"))),
            "cap-shape",
            "alert/info[1]/area[1]/circle[1]",
        ),
        (
            alert(info(areas=CIRCLE.format("1,nan 3"))),
            "cap-number",
            "alert/info[1]/area[1]/circle[1]",
        ),
        (
            alert(info(areas=CIRCLE.format("1,2 -3"))),
            "cap-shape",
            "alert/info[1]/area[1]/circle[1]",
        ),
        (
            alert(
                info(
                    extra="<resource><resourceDesc>a</resourceDesc><mimeType>audio/mpeg</mimeType>"
                    "<derefUri>@@@</derefUri></resource>"
                )
            ),
            "cap-base64",
            "alert/info[1]/resource[1]/derefUri",
        ),
        (
            alert(info(extra="<parameter><valueName>a</valueName></parameter>")),
            "cap-missing",
            "alert/info[1]/parameter[1]/value",
        ),
    ],
)
def test_what_breaks_the_standard_is_refused_with_its_element(
    data: bytes, code: str, element: str
) -> None:
    """The sentence names the element, so that whoever sent it can mend it."""
    found = refused(data)
    assert (found.code, found.element) == (code, element)
    assert len(found.why) > 20


# --- written and read again -----------------------------------------------------------------------

WORDS = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "Zs"), include_characters="\n<&>\"'"),
    max_size=40,
).map(lambda text: " ".join(text.split()))
SAID = WORDS.filter(bool)
NAMES = st.from_regex(r"[A-Za-z0-9:@._-]{1,40}", fullmatch=True)
MOMENTS = st.integers(1_600_000_000, 2_200_000_000).map(
    lambda second: datetime.fromtimestamp(second, UTC)
)
DEGREES = st.integers(-89_000_000, 89_000_000).map(lambda n: n / 1_000_000)
POINTS = st.tuples(DEGREES, DEGREES)
PAIRS = st.builds(CapPair, SAID, WORDS)
POLYGONS = st.lists(POINTS, min_size=3, max_size=6).map(lambda p: (*p, p[0]))
AREAS = st.builds(
    CapArea,
    description=WORDS,
    polygons=st.lists(POLYGONS, max_size=2).map(tuple),
    circles=st.lists(
        st.builds(CapCircle, POINTS, st.integers(0, 20_000).map(float)), max_size=2
    ).map(tuple),
    geocodes=st.lists(PAIRS, max_size=3).map(tuple),
)
RESOURCES = st.builds(
    CapResource,
    description=WORDS,
    mime=st.just("audio/mpeg"),
    size_bytes=st.none() | st.integers(0, 10**9),
    uri=st.just("https://example.org/a.mp3"),
    inline=st.binary(max_size=20),
    digest=st.sampled_from(["", "a" * 40]),
)
LIMIT = datetime(2050, 1, 1, tzinfo=UTC)
INFOS = st.builds(
    CapInfo,
    language=st.sampled_from(["vi-VN", "en", "km"]),
    categories=st.lists(st.sampled_from(CATEGORIES), min_size=1, max_size=3).map(tuple),
    event=SAID,
    responses=st.lists(st.sampled_from(RESPONSES), max_size=2).map(tuple),
    urgency=st.sampled_from(URGENCIES),
    severity=st.sampled_from(SEVERITIES),
    certainty=st.sampled_from(CERTAINTIES),
    audience=WORDS,
    event_codes=st.lists(PAIRS, max_size=2).map(tuple),
    effective=st.none() | MOMENTS,
    onset=st.none() | MOMENTS,
    expires=st.none() | st.just(LIMIT),
    sender_name=WORDS,
    headline=WORDS,
    description=WORDS,
    instruction=WORDS,
    web=st.just(""),
    contact=WORDS,
    parameters=st.lists(PAIRS, max_size=2).map(tuple),
    resources=st.lists(RESOURCES, max_size=2).map(tuple),
    areas=st.lists(AREAS, max_size=2).map(tuple),
)
REFERENCES = st.builds(CapReference, NAMES, NAMES, MOMENTS)
ALERTS = st.builds(
    CapAlert,
    identifier=NAMES,
    sender=NAMES,
    sent=MOMENTS,
    status=st.sampled_from(CapStatus),
    message=st.sampled_from(CapMessage),
    source=WORDS,
    scope=st.just("Public"),
    codes=st.lists(WORDS, max_size=2).map(tuple),
    note=WORDS,
    references=st.lists(REFERENCES, min_size=1, max_size=3).map(tuple),
    incidents=WORDS,
    infos=st.lists(INFOS, max_size=3).map(tuple),
)


@settings(max_examples=60, deadline=None)
@given(ALERTS)
def test_what_is_written_reads_back_the_same(message: CapAlert) -> None:
    """Whatever a message holds, no word, shape or byte of it is lost on the way through XML."""
    assert read_cap(write_cap(message)) == message


# --- our announcements ----------------------------------------------------------------------------

SENT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
AROUND = Surroundings(
    sender="tienglang@loa.example",
    sender_name="Tỉnh Đồng Tháp",
    base_url="https://loa.example",
    places={"dt/my-phong": Place("Xã Mỹ Phong", "29869"), "dt": Place("Tỉnh Đồng Tháp")},
    earlier={"dt:1:1": SENT - timedelta(hours=1)},
)


def said(**changes: object) -> Announcement:
    """Return an announcement of ours."""
    fields: dict[str, object] = {
        "id": "dt:1:2",
        "message": MessageType.ALERT,
        "status": Status.ACTUAL,
        "sent": SENT,
        "expires": SENT + timedelta(hours=6),
        "areas": ("dt/my-phong", "dt/tan-hoi"),
        "event": "Lũ",
        "infos": (
            AnnouncementInfo(language="vi", headline="Cảnh báo lũ", text="Nước lên.\x0b Đi ngay."),
            AnnouncementInfo(language="en", headline="Flood", text="Water rises."),
        ),
        **changes,
    }
    return Announcement(**fields)  # type: ignore[arg-type]  # a table of fields


def test_an_announcement_goes_out_as_what_it_is() -> None:
    """Who, when, where, how bad and until when are told in the words of the standard, in every language."""
    found = read_cap(write_cap(cap_of(said(), AROUND)))
    assert (found.identifier, found.sender) == ("dt:1:2", "tienglang@loa.example")
    assert (found.status, found.message, found.note) == ("Actual", "Alert", "")
    assert found.sent == SENT
    assert [i.language for i in found.infos] == ["vi", "en"]
    first = found.infos[0]
    assert (first.headline, first.description) == ("Cảnh báo lũ", "Nước lên. Đi ngay.")
    assert first.expires == SENT + timedelta(hours=6)
    assert first.areas[0].description == "Xã Mỹ Phong"
    assert first.areas[0].geocodes == (
        CapPair("tienglang:area", "dt/my-phong"),
        CapPair("VN-MDVHC", "29869"),
    )
    assert first.areas[1].geocodes == (CapPair("tienglang:area", "dt/tan-hoi"),)


@pytest.mark.parametrize("status", [Status.EXERCISE, Status.TEST])
def test_a_drill_says_twice_that_it_is_none(status: Status) -> None:
    """Status and note both tell an exercise and a test from the real thing, and so does the feed's title."""
    found = read_cap(write_cap(cap_of(said(status=status), AROUND)))
    assert found.status.value == status.value
    assert "not a real warning" in found.note == NOTES[status]
    listed = Listed(
        announcement=said(status=status), headline="Lũ", summary="", places="", changed=SENT
    )
    feed = write_feed([listed], title="t", author="a", base_url="u", self_url="s").decode()
    assert "[DIỄN TẬP] Lũ" in feed or "[KIỂM TRA] Lũ" in feed


def test_an_update_and_a_cancel_name_what_they_change() -> None:
    """References carry sender, identifier and instant; a cancel without words says all clear in one block."""
    update = said(message=MessageType.UPDATE, references=("dt:1:1",))
    found = read_cap(write_cap(cap_of(update, AROUND)))
    assert found.references == (
        CapReference("tienglang@loa.example", "dt:1:1", SENT - timedelta(hours=1)),
    )
    cancel = said(message=MessageType.CANCEL, references=("dt:1:1",), infos=())
    found = read_cap(write_cap(cap_of(cancel, AROUND)))
    assert found.message is CapMessage.CANCEL
    assert (found.infos[0].responses, found.infos[0].urgency) == (("AllClear",), "Past")


def test_a_recording_goes_out_with_its_hash() -> None:
    """Whoever fetches a recording knows by SHA-256 whether it is the one."""
    digest = Sha256(hashlib.sha256(b"x").hexdigest())
    content = Content(
        sha256=digest, size_bytes=9, duration_ms=1_000, mime="audio/mpeg", title="Lời ghi"
    )
    spoken = AnnouncementInfo(language="vi", headline="Lũ", text="Lũ", content=content)
    found = read_cap(write_cap(cap_of(said(infos=(spoken,)), AROUND))).infos[0]
    assert found.resources[0].uri == f"https://loa.example/cap/v1/contents/{digest}"
    assert CapPair("tienglang:sha256", digest) in found.parameters


def test_the_feed_is_read_by_our_own_reader() -> None:
    """Each entry of our feed points at its message, and carries what a list shows."""
    one = Listed(
        announcement=said(), headline="Cảnh báo lũ", summary="Đi", places="Mỹ Phong", changed=SENT
    )
    data = write_feed(
        [one], title="t", author="a", base_url="https://loa.example", self_url="https://loa/f"
    )
    entries = read_feed(data)
    assert entries is not None
    assert [entry.href for entry in entries] == ["https://loa.example/cap/v1/dt:1:2.xml"]
    assert fromstring(data).tag == "{http://www.w3.org/2005/Atom}feed"


ENTRY = "<entry><id>{id}</id><updated>2026</updated>{inner}</entry>"


def test_feeds_of_others_are_read_in_their_ways() -> None:
    """A link said to be CAP is preferred, a message inside is taken as it is, a picture or a page is passed over."""
    cap = alert().decode().partition("?>")[2]
    to_cap = '<link href="https://a/1.cap" type="application/cap+xml"/>'
    inner = [
        f'<link href="https://a/page.html" type="text/html"/>{to_cap}',
        f'<content type="text/xml">{cap}</content>',
        '<link href="https://a/x.png" type="image/png"/>',
        '<link href="ftp://a/x.cap"/>',
        '<link href="https://a/2"/>',
    ]
    body = "".join(ENTRY.format(id=n, inner=one) for n, one in enumerate(inner))
    found = read_feed(f'<feed xmlns="http://www.w3.org/2005/Atom">{body}</feed>'.encode())
    assert found is not None
    assert [entry.href for entry in found] == ["https://a/1.cap", "", "https://a/2"]
    assert read_cap(found[1].body) == read_cap(alert())
    rss = b"<rss><channel><item><guid>g</guid><link>https://a/3.xml</link></item></channel></rss>"
    (item,) = read_feed(rss) or ()
    assert (item.href, item.key) == ("https://a/3.xml", "g|")
    assert read_feed(alert()) is None


def test_a_reference_is_an_instant_whatever_its_zone() -> None:
    """The same instant in another zone is the same reference."""
    (one,) = read_cap(alert(message="Update", references=[REFERENCE])).references
    assert one.sent == datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
