"""What was typed at the pole and what the card says: which of the two holds."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.site import Mobile, Network, Pins, Site, Wifi
from edge.core.arrival import Entries
from edge.site.typed import Typed, kept, merged

WIFI = Wifi(name="Nhà văn hóa", password="tam-chu-so")
NEWER = Wifi(name="Router mới", password="tam-chu-khac")
CARD = Site(central="https://loa.dongthap.gov.vn")


def test_what_the_card_leaves_empty_is_as_typed() -> None:
    """An empty claim code and no network: both come from the pole."""
    typed = kept(Typed(), Entries(wifi=WIFI, claim_code="ABCDE-12345"), CARD)
    site = merged(CARD, typed)
    assert (site.network.wifi, site.claim_code) == (WIFI, "ABCDE-12345")
    assert site.central == CARD.central


def test_what_was_typed_over_the_card_holds_while_the_card_says_the_same() -> None:
    """A router changed after the card was written: the pole knows better."""
    card = msgspec.structs.replace(CARD, network=Network(wifi=WIFI))
    assert merged(card, kept(Typed(), Entries(wifi=NEWER), card)).network.wifi == NEWER


def test_a_card_written_anew_is_the_newer_word_part_by_part() -> None:
    """Another network on the card is obeyed; other pins take no password away."""
    card = msgspec.structs.replace(CARD, network=Network(wifi=WIFI))
    typed = kept(Typed(), Entries(wifi=NEWER), card)
    pins = msgspec.structs.replace(card, pins=Pins(on_high=(17,)))
    assert merged(pins, typed).network.wifi == NEWER
    mended = Wifi(name="Nhà văn hóa", password="da-sua-roi")
    rewritten = msgspec.structs.replace(card, network=Network(wifi=mended))
    assert merged(rewritten, typed).network.wifi == mended


def test_parts_typed_one_after_the_other_stay() -> None:
    """First the wireless network, then the modem: both are known."""
    typed = kept(Typed(), Entries(wifi=WIFI), CARD)
    typed = kept(typed, Entries(mobile=Mobile(apn="v-internet")), CARD)
    site = merged(CARD, typed)
    assert (site.network.wifi, site.network.mobile) == (WIFI, Mobile(apn="v-internet"))


WIFIS = st.sampled_from([None, WIFI, NEWER])
CODES = st.sampled_from(["", "ABCDE-12345", "12345-ABCDE"])


@given(WIFIS, CODES, WIFIS, CODES, WIFIS, CODES)
def test_the_card_is_never_overruled_by_what_was_typed_before_it_changed(
    wifi: Wifi | None,
    code: str,
    typed_wifi: Wifi | None,
    typed_code: str,
    then: Wifi | None,
    later: str,
) -> None:
    """Where the card says something new, the site says that; where it says nothing or the old, what was typed."""
    card = msgspec.structs.replace(CARD, network=Network(wifi=wifi), claim_code=code)
    typed = kept(Typed(), Entries(wifi=typed_wifi, claim_code=typed_code), card)
    after = msgspec.structs.replace(CARD, network=Network(wifi=then), claim_code=later)
    site = merged(after, typed)
    for said, before, given_, got in (
        (then, wifi, typed_wifi, site.network.wifi),
        (later, code, typed_code, site.claim_code),
    ):
        expected = said if said and said != before else given_ or said
        assert got == expected


@pytest.mark.parametrize("text", [b"{}", b'{"entries":{},"over":{}}'])
def test_an_empty_file_of_what_was_typed_is_nothing(text: bytes) -> None:
    """An older or empty one counts as nothing typed."""
    assert merged(CARD, msgspec.json.decode(text, type=Typed)) == CARD
