"""NetworkManager's command line: what it prints is read by fields, why it failed by number or words."""

import pytest

from edge.arrival.hand import HandBroken
from edge.arrival.nmcli import NetworkManager, fields_of, outcome_of
from edge.core.arrival import Outcome


def test_a_field_may_hold_colons_and_backslashes() -> None:
    """Names of networks hold what people like."""
    assert fields_of(r"Quán \: cà phê\\:70:WPA2") == ["Quán : cà phê\\", "70", "WPA2"]
    assert fields_of("a::") == ["a", "", ""]


@pytest.mark.parametrize(
    ("code", "said", "outcome"),
    [
        (4, "Failed: (7) Secrets were required, but not provided.", Outcome.WRONG_PASSWORD),
        (4, "Failed: (11) supplicant took too long to authenticate", Outcome.WRONG_PASSWORD),
        (4, "Failed: (53) The Wi-Fi network could not be found", Outcome.NOT_FOUND),
        (4, "Failed: IP configuration could not be reserved (no address)", Outcome.NO_ADDRESS),
        (4, "Failed: (45) SIM card not inserted?", Outcome.NO_SIM),
        (4, "Failed: No suitable device found for this connection", Outcome.NO_CARRIER),
        (4, "Error: something new", Outcome.FAILED),
    ],
)  # fmt: skip
def test_why_it_did_not_come_up(code: int, said: str, outcome: Outcome) -> None:
    """By NMDeviceStateReason's number where it is printed, by words where it is not."""
    assert outcome_of(code, said) is outcome


def test_without_networkmanager_it_says_so() -> None:
    """The next step is the package."""
    with pytest.raises(HandBroken, match="network-manager"):
        NetworkManager(("no-such-nmcli-here",)).look()
