"""One private sound server for the sounding hands, one warm player for most of them, and a folder in memory."""

import os
import tempfile
import time
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.adapters.fake import FakePlayer
from edge.adapters.player import Player
from edge.core.events import Happening
from provisioning.rehearsal.sound import SoundServer
from tests.edge.adapters.rig import Heard, Rig, SoundFiles

SINK = "loa"


@pytest.fixture
def memory_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: thousands of writes, and no disk is tested by them."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else tmp_path
    with tempfile.TemporaryDirectory(dir=memory) as name:
        yield Path(name)


@pytest.fixture(scope="session")
def sound() -> Iterator[SoundServer]:
    """A sound server with two sinks; the hands use the second, so that no default helps them.

    One recorder listens all the time, as the listener of an appliance does: others then begin at once.
    """
    with SoundServer(("khac", SINK)) as server, server.recorder(SINK):
        yield server


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> SoundFiles:
    """Good and bad sound files."""
    made = SoundFiles(tmp_path_factory.mktemp("sounds"))
    made.wav("la.wav", 440, 2)
    made.wav("si.wav", 880, 2)
    made.wav("ngan.wav", 660, 0.4)
    made.wav("dai.wav", 440, 12)
    for ending in ("mp3", "opus", "flac", "m4a"):
        made.coded(f"la.{ending}", 440, 2)
    made.cut("cut.mp3", "la.mp3", (made.folder / "la.mp3").stat().st_size // 2)
    made.cut("cut.opus", "la.opus", 300)
    made.cut("cut.m4a", "la.m4a", (made.folder / "la.m4a").stat().st_size // 2)
    made.cut("head-only.wav", "la.wav", 44)
    (made.folder / "empty.mp3").touch()
    (made.folder / "random.mp3").write_bytes(
        bytes((i * i * 31 + 7 * i) % 251 for i in range(50_000))
    )
    (made.folder / "text.mp3").write_text("Xin chào bà con. " * 2_000, encoding="utf-8")
    (made.folder / "folder.mp3").mkdir()
    return made


@pytest.fixture(scope="session")
def warm_player(sound: SoundServer, files: SoundFiles) -> Iterator[tuple[Player, list[Heard]]]:
    """A real player that lives through all tests; it posts to the last listener of the list."""
    ears = [Heard()]

    def post(event: Happening) -> None:
        ears[-1].post(event)

    player = Player(post, files.locate, SINK, sound.server)
    player.start()
    yield player, ears
    player.close()


@pytest.fixture
def real(warm_player: tuple[Player, list[Heard]]) -> Iterator[Rig]:
    """The real player, silent before and after each test."""
    player, ears = warm_player
    heard = Heard()
    ears.append(heard)
    rig = Rig(player, heard, time.sleep)
    yield rig
    rig.stop("whatever sounds")
    rig.let(0.1)


@pytest.fixture
def fake(files: SoundFiles) -> Rig:
    """The fake player in time of its own."""
    heard = Heard()
    player = FakePlayer(heard.post, files.locate, wav_length_ms)
    now = [0.0]

    def let(seconds: float) -> None:
        now[0] += seconds
        player.pass_time(now[0])

    return Rig(player, heard, let)


@pytest.fixture(params=["fake", "real"])
def rig(request: pytest.FixtureRequest, fake: Rig, real: Rig) -> Rig:
    """Fake and real by turns: the same suite for both."""
    return fake if request.param == "fake" else real


def wav_length_ms(path: Path) -> int:
    """Return the length of a WAV file, 0 for anything else."""
    try:
        with wave.open(str(path), "rb") as file:
            frames = len(file.readframes(file.getnframes())) / file.getsampwidth()
            return round(frames / file.getnchannels() / file.getframerate() * 1000)
    except (wave.Error, EOFError):
        return 0
