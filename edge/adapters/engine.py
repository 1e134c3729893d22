"""The engine: a child process that plays one file at a time with libVLC (`python -m edge.adapters.engine`).

Law of the room: libVLC is spoken to from the main thread only, never from its callbacks; truth is
progress (buffers handed on, media time), not the word "playing", which libVLC also says of garbage.
The engine keeps no secrets and no files: it ends when its standard input closes, and may be killed at
any instant. It knows nothing of the edge but `engine_talk`.
"""

import ctypes
import os
import select
import signal
import sys
import threading
import time
from typing import Final, assert_never

import msgspec
import vlc

from edge.adapters import engine_talk as talk
from edge.adapters.engine_parts import (
    Ramp,
    is_wav,
    open_sockets,
    silent_mp3,
    silent_wav,
    volume_of,
)
from edge.adapters.pulse_streams import mute_streams

INSTANCE_ARGUMENTS: Final = (
    "--ignore-config",
    "--quiet",
    "--aout=pulse,none",  # no other output in secret: a silent one would look like success
    "--file-caching=120",  # with the usual 300 ms every second sound of under a second is lost
    "--no-video",
    "--no-spu",
    "--no-volume-save",
    "--no-audio-time-stretch",
    "--no-sub-autodetect-file",
    "--no-metadata-network-access",
)
# Exact lengths, seeking and progress in MP3 and Opus, where VLC's own readers fail; but it takes some
# pure tones in WAV for something else. What it does not know, VLC's own may try.
AVFORMAT: Final = ":demux=avformat"
POLL_S: Final = 0.02
RAMP_POLL_S: Final = 0.01
STOP_LIMIT_S: Final = 0.015  # a stop takes 2 to 4 ms, or else up to a second
ALIVE_EVERY_S: Final = 0.5
STALL_S: Final = 3.0
STATS_LATE_S: Final = 0.1  # libVLC says "ended" before it has counted the last buffers
WARM_UP_LIMIT_S: Final = 5.0
OUTPUT_LIMIT_MS: Final = 1_000  # so much media time without one buffer handed on: no output
SHORTFALL_MS: Final = 500  # ends this much before the file's own length: fell short
PR_SET_PDEATHSIG: Final = 1
OVER: Final = frozenset({vlc.State.Ended, vlc.State.Error})


class Sounding:
    """One play in libVLC: its media and the progress seen of it."""

    def __init__(
        self, play: talk.Play, player: vlc.MediaPlayer, media: vlc.Media, now_s: float
    ) -> None:
        self.play = play
        self.may_try_again = False  # by VLC's own readers
        self.player = player
        self.media = media
        self.stats = vlc.MediaStats()
        self.began = False
        self.sockets: frozenset[str] = frozenset()
        self.media_ms = play.from_ms
        self.seen_s = now_s  # when the play was at media_ms
        self.moved_s = now_s  # when anything was last seen to move
        self.over_s: float | None = None  # when libVLC was first seen to be done
        self.length_ms = 0
        self.buffers = 0

    def look(self, now_s: float) -> None:
        """Take in what libVLC says now; its figures move about four times a second."""
        self.media.get_stats(self.stats)
        time_ms = self.player.get_time()
        self.length_ms = max(self.player.get_length(), 0) or self.length_ms
        if self.stats.played_abuffers > self.buffers or time_ms > self.media_ms:
            self.buffers = max(self.buffers, self.stats.played_abuffers)
            self.moved_s = now_s
        if time_ms > self.media_ms:
            self.media_ms = time_ms
            self.seen_s = now_s

    def bury(self) -> None:
        """Stop and forget it; nothing else may be asked of it afterwards."""
        self.player.stop()
        self.player.release()
        self.media.release()

    def played_ms(self, now_s: float) -> int:
        """Return the media time that sounded, from where the play began."""
        if not self.buffers:
            return 0
        reached_ms = self.media_ms + min(now_s - self.seen_s, STALL_S) * 1000
        if self.length_ms:
            reached_ms = min(reached_ms, self.length_ms)
        return max(0, round(reached_ms) - self.play.from_ms)


class Engine:
    """What sounds and what is to sound next; `turn` is called again and again.

    Each play gets a libVLC player of its own: one used again plays at 100 %, whatever volume is set.
    """

    def __init__(self) -> None:
        instance = vlc.Instance(list(INSTANCE_ARGUMENTS))
        if instance is None:
            raise OSError("libVLC không khởi động: kiểm tra gói vlc-plugin-base")
        self._instance = instance
        self._sounding: Sounding | None = None
        self._next: talk.Play | None = None
        self._ramp: Ramp | None = None
        self._volume = 100
        self._alive_s = 0.0
        self.fit = True

    @property
    def nap_s(self) -> float | None:
        """How long nothing needs a look: None means until the next command."""
        if self._sounding is None:
            return None
        return RAMP_POLL_S if self._ramp else POLL_S

    def warm_up(self) -> bool:
        """Play silence as WAV and as MP3, so that no later play is the first; tell whether it sounded."""
        return self._warm_up(silent_wav(), "") and self._warm_up(silent_mp3(), AVFORMAT)

    def _warm_up(self, sound: bytes, option: str) -> bool:
        with os.fdopen(os.memfd_create("silence"), "wb") as file:
            file.write(sound)
            file.flush()
            file.seek(0)
            player = self._instance.media_player_new()
            media = self._instance.media_new_fd(file.fileno())
            if option:
                media.add_option(option)
            stats = vlc.MediaStats()
            player.set_media(media)
            player.play()
            limit_s = time.monotonic() + WARM_UP_LIMIT_S
            while time.monotonic() < limit_s and not stats.played_abuffers:
                if player.get_state() in OVER:
                    limit_s = min(limit_s, time.monotonic() + STATS_LATE_S)
                time.sleep(POLL_S)
                media.get_stats(stats)
            player.stop()
            player.release()
            media.release()
            return bool(stats.played_abuffers)

    def obey(self, command: talk.Command, now_s: float) -> None:
        """Begin what the command asks; the rest is done by later turns."""
        say(talk.Alive())
        match command:
            case talk.Play():
                if self._next is not None:
                    say(talk.Done(self._next.key, "stopped", 0, 0))
                self._next = command
                self._fade_out(command.fade_ms, now_s)
            case talk.Stop():
                if self._next is not None:
                    say(talk.Done(self._next.key, "stopped", 0, 0))
                    self._next = None
                self._fade_out(command.fade_ms, now_s)
            case talk.SetAmplitude():
                if self._sounding is not None and not (self._ramp and self._ramp.then_stop):
                    volume = volume_of(command.amplitude)
                    self._ramp_to(volume, command.glide_ms, now_s, then_stop=False)
            case _:
                assert_never(command)
        self.turn(now_s)

    def turn(self, now_s: float) -> None:
        """Look at what sounds, move the ramp, and begin the next play when it may."""
        self._look(now_s)
        self._move_ramp(now_s)
        if self._sounding is None and self._next is not None:
            self._begin(self._next, now_s, by_avformat=not is_wav(self._next.path))
            self._next = None

    def _begin(self, play: talk.Play, now_s: float, *, by_avformat: bool) -> None:
        media = self._instance.media_new_path(play.path)
        if by_avformat:
            media.add_option(AVFORMAT)
        if play.from_ms:
            media.add_option(f":start-time={play.from_ms / 1000:.3f}")
        player = self._instance.media_player_new()
        player.set_media(media)
        self._sounding = Sounding(play, player, media, now_s)
        self._sounding.may_try_again = by_avformat
        self._set_volume(volume_of(play.amplitude))
        self._alive_s = now_s
        player.play()

    def _look(self, now_s: float) -> None:
        sounding = self._sounding
        if sounding is None:
            return
        state = sounding.player.get_state()
        sounding.look(now_s)
        if sounding.buffers and not sounding.began:
            sounding.began = True
            sounding.sockets = open_sockets()
            say(talk.Began(sounding.play.key))
        if state in OVER:
            self._end_by_itself(sounding, now_s)
        elif not sounding.began and sounding.media_ms - sounding.play.from_ms > OUTPUT_LIMIT_MS:
            self._end("failed", talk.Cause.NO_OUTPUT, now_s)
        elif now_s - sounding.moved_s > STALL_S:
            self._end("failed", talk.Cause.STALLED, now_s)
        elif now_s - self._alive_s > ALIVE_EVERY_S:
            self._alive_s = now_s
            say(talk.Alive())
            # libVLC plays on into nothing when the sound server dies: only its connection tells.
            if sounding.sockets and not sounding.sockets & open_sockets():
                self._end("failed", talk.Cause.NO_OUTPUT, now_s)

    def _end_by_itself(self, sounding: Sounding, now_s: float) -> None:
        if sounding.over_s is None:
            sounding.over_s = now_s
        if not sounding.buffers:
            if now_s - sounding.over_s < STATS_LATE_S:
                return
            if sounding.may_try_again:
                sounding.bury()
                self._begin(sounding.play, now_s, by_avformat=False)
            else:
                self._end("failed", talk.Cause.NOTHING_PLAYED, now_s)
            return
        reached_ms = sounding.play.from_ms + sounding.played_ms(now_s)
        if sounding.length_ms and sounding.play.from_ms >= sounding.length_ms:
            self._end("failed", talk.Cause.NOTHING_PLAYED, now_s)
            return
        short = reached_ms < sounding.length_ms - SHORTFALL_MS
        self._end("finished", talk.Cause.SHORT if short else talk.Cause.NONE, now_s)

    def _end(self, ending: str, cause: talk.Cause, now_s: float) -> None:
        sounding, self._sounding, self._ramp = self._sounding, None, None
        if sounding is None:
            return
        played_ms = sounding.played_ms(now_s)
        # libVLC cannot stop a file in its last second, when all of it lies in the sound server's buffer:
        # the call waits for the end. So that one waits elsewhere, and the sound server mutes it.
        burial = threading.Thread(target=sounding.bury, daemon=True)
        burial.start()
        burial.join(STOP_LIMIT_S)
        if burial.is_alive():
            mute_streams(os.getpid())
        say(talk.Done(sounding.play.key, ending, played_ms, sounding.length_ms, cause))
        if cause is talk.Cause.NO_OUTPUT:
            self.fit = False

    def _fade_out(self, fade_ms: int, now_s: float) -> None:
        if self._sounding is None:
            return
        end_s = now_s + fade_ms / 1000
        if self._ramp and self._ramp.then_stop and self._ramp.end_s <= end_s:
            return  # it falls silent sooner than asked
        self._ramp_to(0, fade_ms, now_s, then_stop=True)

    def _ramp_to(self, volume: int, over_ms: int, now_s: float, *, then_stop: bool) -> None:
        self._ramp = Ramp(now_s, now_s + over_ms / 1000, self._volume, volume, then_stop)

    def _move_ramp(self, now_s: float) -> None:
        ramp = self._ramp
        if ramp is None:
            return
        self._set_volume(ramp.volume_at(now_s))
        if now_s >= ramp.end_s:
            self._ramp = None
            if ramp.then_stop:
                self._end("stopped", talk.Cause.NONE, now_s)

    def _set_volume(self, volume: int) -> None:
        self._volume = volume
        if self._sounding is not None:
            self._sounding.player.audio_set_volume(volume)


def say(word: talk.Word) -> None:
    """Write one word to the player, at once."""
    sys.stdout.buffer.write(msgspec.json.encode(word) + b"\n")
    sys.stdout.buffer.flush()


def main() -> int:
    """Warm up, then obey until standard input closes; return the exit code."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    started_s = time.monotonic()
    try:
        engine = Engine()
    except OSError as error:
        say(talk.Unfit(str(error)))
        return 1
    if not engine.warm_up():
        server = os.environ.get("PULSE_SERVER", "chỗ mặc định")
        say(talk.Unfit(f"máy chủ âm thanh ở {server} không nhận tiếng: kiểm tra nó có chạy"))
        return 1
    say(talk.Ready(round((time.monotonic() - started_s) * 1000)))
    decoder = msgspec.json.Decoder(talk.Command)
    rest = b""
    while engine.fit:
        if select.select([0], [], [], engine.nap_s)[0]:
            received = os.read(0, 65_536)
            if not received:
                return 0
            *lines, rest = (rest + received).split(b"\n")
            for line in lines:
                engine.obey(decoder.decode(line), time.monotonic())
        engine.turn(time.monotonic())
    say(talk.Unfit("máy chủ âm thanh mất khi đang phát: kiểm tra nó có chạy"))
    return 1


if __name__ == "__main__":
    sys.exit(main())
