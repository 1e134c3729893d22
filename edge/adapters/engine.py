"""The engine: a child process that plays one source at a time with libVLC (`python -m edge.adapters.engine`).

Law of the room: libVLC is spoken to from the main thread only, never from its callbacks; truth is
progress (buffers handed on, media time), not the word "playing", which libVLC also says of garbage and
of a stream that has stalled.
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

from edge.adapters import engine_sources as sources
from edge.adapters import engine_talk as talk
from edge.adapters.engine_parts import (
    Ramp,
    Rise,
    open_sockets,
    silent_mp3,
    silent_wav,
    sound_server_sockets,
    volume_of,
)
from edge.adapters.engine_plays import OVER, STATS_LATE_S, Silence, Sounding, Tap, tap_of
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
POLL_S: Final = 0.02
RAMP_POLL_S: Final = 0.002  # 25 steps in a fade of 50 ms: none is louder than what fades
RISE_MS: Final = 16
RISE_LIMIT_S: Final = 0.1  # a file that begins later begins at full volume
STOP_LIMIT_S: Final = 0.015  # a stop takes 2 to 4 ms, or else up to a second
ALIVE_EVERY_S: Final = 0.5
WARM_UP_LIMIT_S: Final = 5.0
OUTPUT_LIMIT_MS: Final = 1_000  # so much media time without one buffer handed on: no output
SHORTFALL_MS: Final = 500  # ends this much before the file's own length: fell short
PR_SET_PDEATHSIG: Final = 1


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
        self._amplitude = 1.0
        self._volume = -1
        self._rise: Rise | None = None
        self._alive_s = 0.0
        self.fit = True

    @property
    def nap_s(self) -> float | None:
        """How long nothing needs a look: None means until the next command."""
        if self._sounding is None:
            return None
        waits = self._rise is not None and not self._sounding.live
        return RAMP_POLL_S if self._ramp or waits else POLL_S

    def warm_up(self) -> bool:
        """Play silence as WAV and MP3 at once, so that no later play is the first; tell whether it sounded."""
        tries = (Silence(self._instance, silent_wav()), Silence(self._instance, silent_mp3()))
        limit_s = time.monotonic() + WARM_UP_LIMIT_S
        while time.monotonic() < limit_s and not all(silence.settled() for silence in tries):
            time.sleep(POLL_S)
        sounded = [silence.end() for silence in tries]
        return all(sounded)

    def obey(self, command: talk.Command, now_s: float) -> None:
        """Begin what the command asks; the rest is done by later turns."""
        self._say_alive(now_s)
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
                if self._rise is not None:
                    self._rise = Rise(command.amplitude, self._rise.until_s)
                elif self._sounding is not None and not (self._ramp and self._ramp.then_stop):
                    self._ramp_to(command.amplitude, command.glide_ms, now_s, then_stop=False)
            case _:
                assert_never(command)
        self.turn(now_s)

    def turn(self, now_s: float) -> None:
        """Look at what sounds, move the ramp, and begin the next play when it may."""
        self._look(now_s)
        self._rise_from_silence(now_s)
        self._move_ramp(now_s)
        if self._sounding is None and self._next is not None:
            play, self._next = self._next, None
            by_avformat = sources.wants_avformat(play.way, play.place)
            self._begin(play, now_s, by_avformat=by_avformat)

    def _begin(self, play: talk.Play, now_s: float, *, by_avformat: bool) -> None:
        try:
            tap = tap_of(play)
        except OSError:
            say(talk.Done(play.key, "failed", 0, 0, talk.Cause.NOTHING_PLAYED))
            return
        media = self._open(play, tap)
        if by_avformat:
            media.add_option(sources.AVFORMAT)
        if play.from_ms and not sources.is_live(play.way):
            media.add_option(f":start-time={play.from_ms / 1000:.3f}")
        player = self._instance.media_player_new()
        player.set_media(media)
        self._sounding = Sounding(play, player, media, now_s, tap)
        self._sounding.may_try_again = by_avformat
        self._volume = -1  # of this player nothing is known yet
        self._set_amplitude(0.0)
        limit_s = sources.BEGIN_LIMIT_S if self._sounding.live else RISE_LIMIT_S
        self._rise = Rise(play.amplitude, now_s + limit_s)
        self._alive_s = now_s
        player.play()

    def _open(self, play: talk.Play, tap: Tap | None) -> vlc.Media:
        if play.way is talk.Way.FILE:
            return self._instance.media_new_path(play.place)
        address = play.place
        if tap is not None:
            address = tap.address
        elif play.way is talk.Way.PHONE:
            address = sources.pipe_address(play.place)
        media = self._instance.media_new_location(address)
        for option in sources.options(play.way):
            media.add_option(option)
        return media

    def _look(self, now_s: float) -> None:
        sounding = self._sounding
        if sounding is None:
            return
        state = sounding.player.get_state()
        sounding.look(now_s)
        if sounding.buffers and not sounding.began:
            sounding.began = True
            sounding.sockets = sound_server_sockets()
            say(talk.Began(sounding.play.key))
        if state in OVER:
            self._end_by_itself(sounding, now_s)
        elif cause := self._stuck(sounding, now_s):
            self._end("failed", cause, now_s)
        elif now_s - self._alive_s > ALIVE_EVERY_S:
            self._say_alive(now_s)
            # libVLC plays on into nothing when the sound server dies: only its connection tells.
            if sounding.sockets and not sounding.sockets & open_sockets():
                self._end("failed", talk.Cause.NO_OUTPUT, now_s)

    def _stuck(self, sounding: Sounding, now_s: float) -> talk.Cause:
        way = sounding.play.way
        if sounding.live and not sounding.began:
            late = now_s - sounding.asked_s > sources.BEGIN_LIMIT_S
            return talk.Cause.SILENT if late else talk.Cause.NONE
        if not sounding.began and sounding.media_ms - sounding.play.from_ms > OUTPUT_LIMIT_MS:
            return talk.Cause.NO_OUTPUT
        if now_s - sounding.moved_s > sources.stall_limit_s(way):
            return talk.Cause.STALLED
        return talk.Cause.NONE

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
        if sounding.live:
            self._end("failed", talk.Cause.ENDED, now_s)
            return
        reached_ms = sounding.play.from_ms + sounding.played_ms(now_s)
        if sounding.length_ms and sounding.play.from_ms >= sounding.length_ms:
            self._end("failed", talk.Cause.NOTHING_PLAYED, now_s)
            return
        short = reached_ms < sounding.length_ms - SHORTFALL_MS
        self._end("finished", talk.Cause.SHORT if short else talk.Cause.NONE, now_s)

    def _end(self, ending: str, cause: talk.Cause, now_s: float) -> None:
        sounding, self._sounding = self._sounding, None
        self._ramp = self._rise = None
        if sounding is None:
            return
        played_ms = sounding.played_ms(now_s)
        # libVLC cannot stop a file in its last second, when all of it lies in the sound server's buffer:
        # the call waits for the end; some stops of a live source wait too. So that one waits elsewhere,
        # and the sound server mutes it.
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
        self._rise = None
        self._ramp_to(0.0, fade_ms, now_s, then_stop=True)

    def _ramp_to(self, amplitude: float, over_ms: int, now_s: float, *, then_stop: bool) -> None:
        end_s = now_s + over_ms / 1000
        self._ramp = Ramp(now_s, end_s, self._amplitude, amplitude, then_stop)

    def _rise_from_silence(self, now_s: float) -> None:
        rise, sounding = self._rise, self._sounding
        if rise is None or sounding is None:
            return
        if sounding.reaches_sound_server or sounding.began or now_s >= rise.until_s:
            self._rise = None
            self._ramp_to(rise.amplitude, RISE_MS, now_s, then_stop=False)

    def _move_ramp(self, now_s: float) -> None:
        ramp = self._ramp
        if ramp is None:
            return
        self._set_amplitude(ramp.amplitude_at(now_s))
        if now_s >= ramp.end_s:
            self._ramp = None
            if ramp.then_stop:
                self._end("stopped", talk.Cause.NONE, now_s)

    def _set_amplitude(self, amplitude: float) -> None:
        self._amplitude = amplitude
        volume = volume_of(amplitude)
        if self._sounding is not None and volume != self._volume:
            self._sounding.player.audio_set_volume(volume)
            self._volume = volume

    def _say_alive(self, now_s: float) -> None:
        self._alive_s = now_s
        if self._sounding is None:
            say(talk.Alive())
        else:
            say(talk.Alive(self._sounding.play.key, self._sounding.played_ms(now_s)))


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
