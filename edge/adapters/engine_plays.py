"""One play in libVLC, and the silence that warms it up: what was asked, and the progress seen of it.

Law of the room: called from the engine's main thread only, `bury` apart; it observes, the engine decides.
"""

import os
import time
from typing import Final, Protocol, assert_never

import vlc

from edge.adapters import engine_sources as sources
from edge.adapters import engine_talk as talk
from edge.adapters.engine_parts import WAV_HEAD

STATS_LATE_S: Final = 0.1  # libVLC says "ended" before it has counted the last buffers
OVER: Final = frozenset({vlc.State.Ended, vlc.State.Error})


class Tap(Protocol):
    """What brings a live source to libVLC."""

    @property
    def address(self) -> str:
        """What libVLC opens instead of the source."""

    def end(self) -> None:
        """Let go of the source at once; afterwards nothing more comes."""


def tap_of(play: talk.Play) -> Tap | None:
    """Return what brings this play to libVLC, None where libVLC opens it by itself; raises `OSError`."""
    match play.way:
        case talk.Way.LINE_IN:
            return sources.LineTap(play.place)
        case talk.Way.STREAM:
            # 5 MB and 25 ms that an engine without streams does without
            from edge.adapters.engine_streams import StreamTap  # noqa: PLC0415

            return StreamTap(play.place)
        case talk.Way.FILE | talk.Way.PHONE:
            return None
        case _:
            assert_never(play.way)


class Sounding:
    """One play in libVLC: its media and the progress seen of it."""

    def __init__(
        self,
        play: talk.Play,
        player: vlc.MediaPlayer,
        media: vlc.Media,
        now_s: float,
        tap: Tap | None = None,
    ) -> None:
        self.play = play
        self.live = sources.is_live(play.way)
        self.may_try_again = False  # by VLC's own readers
        self.player = player
        self.media = media
        self.tap = tap
        self.asked_s = now_s
        self.stats = vlc.MediaStats()
        self.began = False
        self.sockets: frozenset[str] = frozenset()
        self.media_ms = 0 if self.live else play.from_ms
        self.seen_s = now_s  # when the play was at media_ms
        self.moved_s = now_s  # when anything was last seen to move
        self.over_s: float | None = None  # when libVLC was first seen to be done
        self.length_ms = 0
        self.buffers = 0
        self.began_s = now_s

    @property
    def reaches_sound_server(self) -> bool:
        """Whether this play has a stream in the sound server."""
        return self.player.audio_output_device_get() is not None

    def look(self, now_s: float) -> None:
        """Take in what libVLC says now; its figures move about four times a second."""
        self.media.get_stats(self.stats)
        time_ms = self.player.get_time()
        self.length_ms = max(self.player.get_length(), 0) or self.length_ms
        got_more = self.stats.played_abuffers > self.buffers
        # The time of a live source runs on for a while when nothing comes any more.
        if got_more or (time_ms > self.media_ms and not self.live):
            self.began_s = self.began_s if self.buffers else now_s
            self.buffers = max(self.buffers, self.stats.played_abuffers)
            self.moved_s = now_s
        if time_ms > self.media_ms:
            self.media_ms = time_ms
            self.seen_s = now_s

    def bury(self) -> None:
        """Stop and forget it; nothing else may be asked of it afterwards."""
        if self.tap is not None:
            self.tap.end()
        self.player.stop()
        self.player.release()
        self.media.release()

    def played_ms(self, now_s: float) -> int:
        """Return the media time that sounded, from where the play began."""
        if not self.buffers:
            return 0
        if self.live:
            until_s = min(now_s, self.moved_s + sources.cache_s(self.play.way))
            return round((until_s - self.began_s) * 1000)
        reached_ms = self.media_ms + min(now_s - self.seen_s, sources.STALL_S) * 1000
        if self.length_ms:
            reached_ms = min(reached_ms, self.length_ms)
        return max(0, round(reached_ms) - self.play.from_ms)


class Silence:
    """A short silence in a libVLC player, to warm both up; it tells whether it reached the sound server."""

    def __init__(self, instance: vlc.Instance, sound: bytes) -> None:
        with os.fdopen(os.memfd_create("silence"), "wb") as file:
            file.write(sound)
            file.flush()
            file.seek(0)
            self._handle = os.dup(file.fileno())
        self._player = instance.media_player_new()
        self._media = instance.media_new_fd(self._handle)
        if not sound.startswith(WAV_HEAD):
            self._media.add_option(sources.AVFORMAT)
        self._stats = vlc.MediaStats()
        self._over_s: float | None = None
        self._player.set_media(self._media)
        self._player.play()

    def settled(self) -> bool:
        """Return whether it has sounded, or ended without a sound."""
        now_s = time.monotonic()
        self._media.get_stats(self._stats)
        if self._over_s is None and self._player.get_state() in OVER:
            self._over_s = now_s
        over = self._over_s is not None and now_s - self._over_s > STATS_LATE_S
        return over or bool(self._stats.played_abuffers)

    def end(self) -> bool:
        """Forget it; return whether it sounded."""
        self._player.stop()
        self._player.release()
        self._media.release()
        os.close(self._handle)
        return bool(self._stats.played_abuffers)
