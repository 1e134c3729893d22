"""Orders as forms say them, for one appliance and for many.

Law of the room: pure; what is no order is refused in words.
"""

from central.console.words import Words
from central.domain.errors import Unacceptable
from contract.documents import (
    Action,
    Reload,
    Restart,
    SendLogs,
    SetVolume,
    Silence,
    StopSound,
    TestYourself,
)


def read_order(do: str, value: str, words: Words) -> Action:
    """Return the order that a form says: volume in percent, stop in minutes, or a bare one."""
    number = int(value) if value.isdecimal() and len(value) < 6 else -1
    match do:
        case "volume" if 0 <= number <= 100:
            return SetVolume(volume_pct=number)
        case "stop" if 1 <= number <= 1_440:
            return StopSound(for_s=number * 60)
        case "silence-on":
            return Silence(on=True)
        case "silence-off":
            return Silence(on=False)
        case "reload":
            return Reload()
        case "restart":
            return Restart()
        case "logs":
            return SendLogs()
        case "self-test":
            return TestYourself()
        case _:
            raise Unacceptable(words("Lệnh này chưa đúng, hãy chọn lại."), "bad-command")
