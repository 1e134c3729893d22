"""The site file: what an installer may write, and how every mistake is told."""

import contextlib
import string

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.site import BadSite, Site, Wifi, read_site
from contract.site.rules import RULES

LEAST = 'central = "https://loa.dongthap.gov.vn"\n'
WHOLE = """\
central = "https://loa.dongthap.gov.vn:8443"
claim_code = "abcde-12345"
kind = "board"
language = "en"
name = "loa-ap-1"
country = "VN"
time_servers = ["time.dongthap.gov.vn"]
ssh_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAzcyLDLkPR9p3Yo9pDBs4I8WxXHJFzGNyZ4A9uj0d7a an"

[network.wifi]
name = "Ủy ban xã"
password = "mat-khau-dai"
hidden = true

[network.ethernet]
address = "192.168.1.20/24"
gateway = "192.168.1.1"
dns = ["192.168.1.1", "2001:db8::1"]

[network.mobile]
apn = "v-internet"
pin = "1234"

[sound]
card = "USB Audio"

[pins]
on_high = [17, 27]
on_low = [22]
"""


def faults(text: str) -> list[tuple[str, int]]:
    with pytest.raises(BadSite) as bad:
        read_site(text)
    assert all(fault.vi and fault.en for fault in bad.value.faults)
    return [(fault.key, fault.line) for fault in bad.value.faults]


def test_the_province_s_address_is_enough() -> None:
    """All else has a default: a cluster, in Vietnamese, on a cable with DHCP, with the first sound card."""
    site = read_site(LEAST)
    assert site == Site(central="https://loa.dongthap.gov.vn")
    assert (site.kind, site.language, site.country, site.network.wifi) == (
        "cluster",
        "vi",
        "VN",
        None,
    )


def test_everything_that_can_be_written_is_read() -> None:
    """The whole sample is taken, value by value."""
    site = read_site(WHOLE)
    assert site.network.wifi == Wifi(name="Ủy ban xã", password="mat-khau-dai", hidden=True)
    assert site.network.ethernet is not None
    assert site.network.ethernet.dns == ("192.168.1.1", "2001:db8::1")
    assert (site.pins.on_high, site.pins.on_low) == ((17, 27), (22,))


def test_the_mark_that_notepad_puts_first_does_no_harm() -> None:
    """A file saved on Windows begins with a byte order mark and has other line ends."""
    assert read_site("\ufeff" + WHOLE.replace("\n", "\r\n")) == read_site(WHOLE)


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('central = "loa.dongthap.gov.vn"', "central"),
        ('central = "https://loa.dongthap.gov.vn/console"', "central"),
        ('central = "http://loa.dongthap.gov.vn"', "central"),
        ('central = "https://loa.dongthap.gov.vn:99999"', "central"),
    ],
)
def test_an_address_that_leads_nowhere_is_told(line: str, key: str) -> None:
    """A missing https, a path, plain http without leave and a port that cannot be are faults of that line."""
    assert faults(line + "\n") == [(key, 1)]


def test_plain_http_needs_leave() -> None:
    """On a bench without TLS the installer says so in the file."""
    assert read_site('central = "http://10.0.2.2:8000"\nallow_plain_http = true\n').allow_plain_http


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('claim_code = "ABCDE-1234"', "claim_code"),
        ('claim_code = "ABCDE-1234U"', "claim_code"),
        ('kind = "loa"', "kind"),
        ('language = "fr"', "language"),
        ('name = "Loa Ấp 1"', "name"),
        ('name = "-loa"', "name"),
        ('country = "vn"', "country"),
        ('time_servers = "time.vn"', "time_servers"),
        ('ssh_key = "mat khau"', "ssh_key"),
        ('ssh_key = "ssh-ed25519 AAAAB3NzaC1yc2EAAAADAQABAAABgQ an"', "ssh_key"),
        ("allow_plain_http = 1", "allow_plain_http"),
        ("pins = 17", "pins"),
        ("pins.on_high = [1]", "pins.on_high"),
        ("pins.on_high = [28]", "pins.on_high"),
        ("pins.on_high = [17.5]", "pins.on_high"),
        ("pins.on_high = [true]", "pins.on_high"),
        ('network.wifi.name = "x"\nnetwork.wifi.password = "ngan"', "network.wifi.password"),
        ('network.wifi.name = "ầầầầầầầầầầầ"', "network.wifi.name"),
        ('network.mobile.apn = "v internet"', "network.mobile.apn"),
        ('network.mobile.apn = "v"\nnetwork.mobile.pin = 1234', "network.mobile.pin"),
        ('network.ethernet.address = "192.168.1.20"', "network.ethernet.address"),
        ('network.ethernet.address = "192.168.1.300/24"', "network.ethernet.address"),
        (
            'network.ethernet.address = "192.168.1.20/24"\nnetwork.ethernet.gateway = "192.168.2.1"',
            "network.ethernet.gateway",
        ),
        (
            'network.ethernet.address = "192.168.1.20/24"\nnetwork.ethernet.gateway = "192.168.1.20"',
            "network.ethernet.gateway",
        ),
        (
            'network.ethernet.address = "192.168.1.20/24"\nnetwork.ethernet.dns = ["router"]',
            "network.ethernet.dns",
        ),
    ],
)
def test_a_value_that_does_not_fit_is_told_with_its_line(line: str, key: str) -> None:
    """The fault names the key, the line it stands on, and what is wanted there."""
    number = 1 + len(line.splitlines())
    assert faults(LEAST + line + "\n") == [(key, number)]


def test_the_value_itself_is_never_told() -> None:
    """What was typed for a password may nearly be the password; it is in no message."""
    text = LEAST + '[network.wifi]\nname = "x"\npassword = "bimat\\u0007"\n'
    with pytest.raises(BadSite) as bad:
        read_site(text)
    assert "bimat" not in str(bad.value)
    assert all("bimat" not in fault.vi + fault.en for fault in bad.value.faults)


def test_all_faults_are_told_at_once_in_the_file_s_order() -> None:
    """Somebody who walks back to the ladder once should not have to walk twice."""
    text = 'kind = "loa"\nlanguage = "fr"\n[network.wifi]\npasword = "12345678"\n'
    assert faults(text) == [
        ("central", 0),
        ("kind", 1),
        ("language", 2),
        ("network.wifi.name", 3),
        ("network.wifi.pasword", 4),
    ]


def test_a_mistyped_key_is_answered_with_the_nearest() -> None:
    """`pasword` is asked whether `password` is meant; what resembles nothing is answered with all there are."""
    with pytest.raises(BadSite) as bad:
        read_site(LEAST + '[network.wifi]\nname = "x"\npasword = "12345678"\n')
    assert "password?" in bad.value.faults[0].vi
    with pytest.raises(BadSite) as bad:
        read_site(LEAST + "[sound]\nzzzz = 1\n")
    assert "card, line_in, microphone" in bad.value.faults[0].en


def test_a_pin_is_a_relay_of_one_kind() -> None:
    """A pin that stands twice is refused, for it would be held off at one level and on at the other."""
    assert faults(LEAST + "[pins]\non_high = [17]\non_low = [17]\n") == [("pins", 2)]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("central = https://loa.vn\n", 1),
        (LEAST + "claim_code = “ABCDE-12345”\n", 2),
        (LEAST + LEAST, 2),
        (LEAST + "[network.wifi\n", 2),
    ],
)
def test_what_is_no_toml_is_told_with_its_line(text: str, line: int) -> None:
    """Missing or curly quotes, a key twice, a bracket too few: the line is named."""
    assert faults(text) == [("", line)]


def test_a_file_that_is_far_too_long_is_not_read() -> None:
    """More than 64,000 characters are something else that was copied there."""
    assert faults("#" * 64_001) == [("", 0)]


def test_every_key_has_its_sentence() -> None:
    """What the installer may write is explained key by key, in both languages, and nothing else is."""

    def keys(kind: type[msgspec.Struct], above: str = "") -> set[str]:
        found: set[str] = set()
        for field in msgspec.structs.fields(kind):
            kinds = [field.type, *getattr(field.type, "__args__", ())]
            tables = [t for t in kinds if isinstance(t, type) and issubclass(t, msgspec.Struct)]
            found |= keys(tables[0], f"{above}{field.name}.") if tables else {above + field.name}
        return found

    tables = {"network.wifi", "network.ethernet", "network.mobile"}
    assert set(RULES) - tables == keys(Site)


@given(
    st.dictionaries(
        st.text(string.ascii_lowercase + "._", min_size=1, max_size=12),
        st.text() | st.integers() | st.booleans(),
    )
)
def test_any_toml_is_a_site_or_a_list_of_faults(raw: dict[str, object]) -> None:
    """Whatever somebody writes is taken or refused in words; nothing else is raised."""
    lines = [
        f"{msgspec.json.encode(key).decode()} = {msgspec.json.encode(value).decode()}"
        for key, value in raw.items()
    ]
    with contextlib.suppress(BadSite):
        read_site("\n".join(lines))
