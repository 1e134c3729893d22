"""What kind of place a source has, whether it can be tried, and why what was tried fell short.

Law of the room: words for a staff page and facts about places; nothing is played, nothing is changed.
"""

from pathlib import Path
from typing import assert_never

from edge.adapters import engine_talk as talk
from edge.adapters.live_sources import cannot_listen, cannot_relay, cannot_take, live_failure
from edge.adapters.sound_files import cannot_open, nothing_played
from edge.core.sound import FromLineIn, FromOperator, FromPhone, FromStream, Source


def way_of(source: Source) -> talk.Way:
    """Return what kind of place a source has."""
    match source:
        case FromStream():
            return talk.Way.STREAM
        case FromLineIn():
            return talk.Way.LINE_IN
        case FromPhone() | FromOperator(live=True):
            return talk.Way.PHONE  # a pipe of the same samples, at its own pace
        case _:
            return talk.Way.FILE


def cannot_play(way: talk.Way, place: Path | str) -> str:
    """Return why this place cannot even be tried, or "" where it can."""
    match way:
        case talk.Way.FILE:
            return cannot_open(Path(place))
        case talk.Way.STREAM:
            return cannot_relay(str(place))
        case talk.Way.LINE_IN:
            return cannot_listen(str(place))
        case talk.Way.PHONE:
            return cannot_take(Path(place))
        case _:
            assert_never(way)


def failure(done: talk.Done, command: talk.Play) -> str:
    """Return what went wrong with a play, and what to do; "" where nothing did."""
    if done.cause is talk.Cause.NONE:
        return ""
    played_s, length_s = done.played_ms / 1000, done.length_ms / 1000
    way, place = command.way, command.place
    if way is not talk.Way.FILE:
        return live_failure(way, place, done.cause, played_s)
    name = Path(place).name
    match done.cause:
        case talk.Cause.NOTHING_PLAYED | talk.Cause.SILENT:
            from_s = command.from_ms / 1000
            if from_s and from_s >= length_s > 0:
                return (
                    f"{name} dài {length_s:.1f} giây mà phải phát từ giây {from_s:.1f}: "
                    "hãy phát từ chỗ sớm hơn"
                )
            return nothing_played(Path(place))
        case talk.Cause.STALLED | talk.Cause.ENDED:
            return f"{name} đứng lại sau {played_s:.1f} giây: kiểm tra thẻ nhớ và máy chủ âm thanh"
        case talk.Cause.SHORT:
            return (
                f"{name} dừng ở {played_s:.1f} trên {length_s:.1f} giây: "
                "tệp hỏng hoặc bị cắt; hãy gửi lại"
            )
        case talk.Cause.NO_OUTPUT:
            return f"không nghe được {name}: máy chủ âm thanh không nhận tiếng; kiểm tra nó có chạy"
        case _:
            assert_never(done.cause)
