"""The relays' pins as the firmware holds them from power-on, before any program runs.

Law of the room: pure. Off is the level at which the relay stays open (config.txt, `gpio=`: output, driven low or high).
"""

from contract.site.values import Pins


def boot_lines(pins: Pins) -> str:
    """Return the lines for the firmware's configuration that hold every relay off."""
    lines = ["# Made from tienglang.toml: every relay is off until the appliance switches it."]
    for numbers, level in ((pins.on_high, "dl"), (pins.on_low, "dh")):
        if numbers:
            lines.append(f"gpio={','.join(map(str, sorted(numbers)))}=op,{level}")
    return "".join(f"{line}\n" for line in lines)
