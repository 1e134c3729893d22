"""The hand over a real NetworkManager: what the likeness says of a cable is what the real one says."""

import pytest

from edge.core.arrival import Outcome
from tests.edge.arrival import netns


@pytest.mark.drill
@pytest.mark.skipif(bool(netns.missing()), reason=f"lacks {', '.join(netns.missing())}")
def test_a_cable_without_signal_without_address_and_with_one() -> None:
    """Each is told by its own outcome, an address counts as a way, and what this machine has not is said."""
    told = netns.seen_inside()
    assert told["no-carrier"] == Outcome.NO_CARRIER.value
    assert told["no-address"] == Outcome.NO_ADDRESS.value
    nothing = {"ways": [], "has_wireless": False, "has_modem": False, "own_is_up": False}
    assert told["without"] == nothing
    assert told["joined"] == Outcome.JOINED.value
    assert told["with"] == nothing | {"ways": ["cable"]}
    assert told["spots"] == []
    assert told["no-modem"] == Outcome.NO_MODEM.value
    assert told["own"] == Outcome.NO_CARRIER.value  # no wireless card here; see the decision record
