"""What a site file becomes: connections, the sound server's start, settings and the firmware's pins."""

from pathlib import Path

import pytest

from contract.site import Ethernet, Mobile, Network, Pins, Site, Sound, Wifi
from contract.site.boot_pins import boot_lines
from edge.config import load
from edge.site.cards import Card, meant, read_cards
from edge.site.connections import connections_of, hotspot
from edge.site.plan import Place, Plan, plan_of

CENTRAL = "https://loa.dongthap.gov.vn"
PI = """\
 0 [vc4hdmi        ]: vc4-hdmi - vc4-hdmi
                      vc4-hdmi
 1 [Headphones     ]: bcm2835_headpho - bcm2835 Headphones
                      bcm2835 Headphones
 2 [Device         ]: USB-Audio - USB Audio Device
                      C-Media Electronics Inc. USB Audio Device at usb-3f980000.usb-1.3, full speed
"""
CARDS = read_cards(PI)


def plan(site: Site, cards: tuple[Card, ...] = CARDS, *, has_authority: bool = False) -> Plan:
    return plan_of(
        site, cards, has_authority=has_authority, trust_dir="/t/trust", ca_file="/t/ca.pem"
    )


def text(made: Plan, name: str) -> str:
    (file,) = [file for file in made.files if file.name == name]
    return file.text


def test_the_kernel_s_list_of_cards_is_read() -> None:
    """Each card has the id by which it is opened and all its names in one line; no list is no card."""
    assert [card.id for card in CARDS] == ["vc4hdmi", "Headphones", "Device"]
    assert "C-Media" in CARDS[2].title
    assert read_cards("--- no soundcards ---\n") == ()


@pytest.mark.parametrize(
    ("name", "found"), [("Device", 2), ("c-media", 2), ("headphones", 1), ("USB AUDIO", 2)]
)
def test_a_card_is_found_by_its_id_or_any_part_of_its_names(name: str, found: int) -> None:
    """Capital letters do not matter, for the installer copies what `aplay -l` printed."""
    assert meant(name, CARDS) is CARDS[found]
    assert meant("HiFiBerry", CARDS) is None


def test_the_named_card_is_opened_and_kept_open() -> None:
    """The sound server is started with that very card as the appliance's sink; the first one without a name."""
    assert "device=plughw:CARD=Device sink_name=tienglang" in text(
        plan(Site(central=CENTRAL, sound=Sound(card="C-Media"))), "pulse.pa"
    )
    assert "CARD=vc4hdmi" in text(plan(Site(central=CENTRAL)), "pulse.pa")


def test_a_card_that_is_not_there_is_told_with_those_that_are() -> None:
    """The first card sounds meanwhile, and the fault names each card by id and title."""
    made = plan(Site(central=CENTRAL, sound=Sound(card="HiFiBerry")))
    (fault,) = made.faults
    assert (fault.key, "Headphones (bcm2835_headpho" in fault.vi) == ("sound.card", True)
    assert "CARD=vc4hdmi" in text(made, "pulse.pa")


def test_without_any_card_the_appliance_still_runs_and_says_so() -> None:
    """A null sink keeps the program's feet on the ground; silence is measured and reported."""
    made = plan(Site(central=CENTRAL), ())
    assert "module-null-sink sink_name=tienglang" in text(made, "pulse.pa")
    assert [fault.key for fault in made.faults] == ["sound.card"]


def test_the_settings_are_what_the_appliance_reads(tmp_path: Path) -> None:
    """The written settings load without a fault, claim code and sources included."""
    site = Site(
        central=CENTRAL,
        claim_code="ABCDE-12345",
        sound=Sound(line_in="Device", microphone="Device"),
    )
    file = tmp_path / "edge.toml"
    file.write_text(text(plan(site), "edge.toml"))
    settings = load(file)
    assert (settings.central, settings.claim_code, settings.sink) == (
        CENTRAL,
        "ABCDE-12345",
        "tienglang",
    )
    assert (settings.line_in, settings.microphone) == ("tienglang_line_in", "tienglang_microphone")
    assert settings.ca_file == ""
    assert 'ca_file = "/t/ca.pem"' in text(plan(site, has_authority=True), "edge.toml")


def test_the_firmware_holds_every_relay_off() -> None:
    """A relay that closes on a high level is driven low, one that closes on a low level high."""
    lines = boot_lines(Pins(on_high=(27, 17), on_low=(22,))).splitlines()[1:]
    assert lines == ["gpio=17,27=op,dl", "gpio=22=op,dh"]
    assert boot_lines(Pins()).count("\n") == 1


def test_a_cable_with_dhcp_is_always_tried() -> None:
    """Without any network in the file there is one connection, by cable, that asks for its address."""
    (cable,) = connections_of(Site(central=CENTRAL))
    assert "type=ethernet" in cable.text
    assert cable.text.count("method=auto") == 2


def test_a_fixed_address_keeps_its_gateway_and_names() -> None:
    """Version 4 goes to version 4 and version 6 to version 6."""
    ethernet = Ethernet(
        address="192.168.1.20/24", gateway="192.168.1.1", dns=("192.168.1.1", "2001:db8::1")
    )
    (cable,) = connections_of(Site(central=CENTRAL, network=Network(ethernet=ethernet)))
    four, six = cable.text.split("[ipv4]")[1].split("[ipv6]")
    assert "address1=192.168.1.20/24,192.168.1.1" in four
    assert "dns=192.168.1.1;" in four
    assert "dns=2001:db8::1;" in six
    assert "method=manual" not in six


def test_a_wireless_name_can_hold_no_second_key() -> None:
    """A name with semicolons, quotes or new lines in any script is written byte by byte."""
    site = Site(
        central=CENTRAL, network=Network(wifi=Wifi(name="Xã; psk=x", password="a\\b cdef "))
    )
    wifi = connections_of(site)[1].text
    assert f"ssid={''.join(f'{byte};' for byte in 'Xã; psk=x'.encode())}\n" in wifi
    assert "psk=a\\\\b cdef\\s\n" in wifi
    assert wifi.count("psk=") == 1


def test_an_open_network_has_no_key_and_a_hidden_one_says_so() -> None:
    """What has no password gets no security section."""
    site = Site(central=CENTRAL, network=Network(wifi=Wifi(name="x", hidden=True)))
    wifi = connections_of(site)[1].text
    assert "wifi-security" not in wifi
    assert "hidden=true" in wifi


def test_the_cheapest_way_is_gone_first() -> None:
    """Cable before wireless before bought megabytes."""
    network = Network(wifi=Wifi(name="x"), mobile=Mobile(apn="v-internet", pin="1234"))
    metrics = [
        int(each.text.split("route-metric=")[1].split("\n")[0])
        for each in connections_of(Site(central=CENTRAL, network=network))
    ]
    assert metrics == sorted(metrics)


def test_the_own_network_waits_to_be_called() -> None:
    """An appliance opens its own wireless network only when somebody decides so."""
    own = hotspot("TiengLang-1A2B", "mat-khau-1")
    assert "autoconnect=false" in own.text
    assert "mode=ap" in own.text


def test_secrets_are_written_where_root_alone_reads() -> None:
    """Passwords stand in connections only, never in the settings or on the card's other files."""
    wifi = Wifi(name="x", password="mat-khau-dai")
    made = plan(Site(central=CENTRAL, network=Network(wifi=wifi)))
    assert {file.place for file in made.files if "mat-khau-dai" in file.text} == {Place.CONNECTION}
