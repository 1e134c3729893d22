"""What must be refused of an emergency (38 to 52), at real appliances by real doors, and what is taken beside it.

Two appliances stand in a real network, each with a line of its own to central, each with a stick in it. Whether
anything was refused is heard at their sinks; why, stands in their journals. Told by `make drills`; the gate and the
core are held to the same refusals in every run.
"""

import base64
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from contract import codec, seal
from contract.documents import (
    Announcement,
    AnnouncementInfo,
    Kind,
    MessageType,
    Repeat,
    Role,
    Status,
    Tone,
)
from contract.seal import SigningKey
from edge.adapters.tones import length_ms
from provisioning.ceremony_publish import as_json
from provisioning.rehearsal import evidence
from provisioning.rehearsal.ceremony import change_ring
from provisioning.rehearsal.office import utc_now
from provisioning.rehearsal.province import Appliance, Province, Site
from provisioning.rehearsal.sound import Recorder, SoundServer
from provisioning.trust import role_key
from tests.journeys.network import Network, eventually, place, why_not

pytestmark = [
    pytest.mark.drill,
    pytest.mark.timeout(240),
    pytest.mark.leaves_behind("the network and its recorders live for the whole file"),
]

COMMUNE: Final = "dt/my-phong"
SITES: Final = (
    Site("loa-1", "Cụm loa khu phố 1", "dt/my-phong/kp-1", "loa1"),
    Site("loa-2", "Cụm loa khu phố 2", "dt/my-phong/kp-2", "loa2"),
)
TONE_S: Final = length_ms(Tone.ATTENTION) / 1000
WORDS: Final = "Nước lũ đang lên nhanh, bà con sơ tán."
LOOKED_S: Final = 5.0  # a stick is looked for each three seconds
ONCE: Final = Repeat(quick_rounds=1, quick_gap_s=1, slow_gap_s=None)
replace = msgspec.structs.replace


@dataclass
class Village:
    """The running house, its network and sticks."""

    network: Network
    province: Province
    recorders: dict[str, Recorder]
    folder: Path
    count: int = 0

    @property
    def truc(self) -> SigningKey:
        """Return the key of the one person whose word is enough for a commune."""
        return self.province.keys.emergency[0]

    def events(self, appliance: Appliance, name: str, since_s: float = 0.0) -> list[dict[str, Any]]:
        """Return the journalled events of one name since an instant."""
        found = evidence.turns(appliance.state)
        return [event for at, event in found if event["event"] == name and at >= since_s]

    def warning(self, **changes: Any) -> Announcement:  # noqa: ANN401  fields of a document
        """Return a flood warning for the commune that sounds once, changed as said."""
        self.count += 1
        sent = utc_now()
        info = AnnouncementInfo(language="vi", headline="Cảnh báo lũ", text=WORDS)
        fields: dict[str, Any] = {
            "id": f"dt-pctt:1:{int(sent.timestamp()) * 1_000 + self.count}",
            "message": MessageType.ALERT,
            "status": Status.ACTUAL,
            "sent": sent,
            "expires": sent + timedelta(hours=1),
            "areas": (COMMUNE,),
            "event": "Lũ",
            "repeat": ONCE,
            "infos": (info,),
        }
        return Announcement(**(fields | changes))

    def cancel(self, *of: str, **changes: Any) -> Announcement:  # noqa: ANN401  fields of a document
        """Return a cancel of these, without words."""
        fields = {"message": MessageType.CANCEL, "references": of, "infos": ()}
        return self.warning(**(fields | changes))

    def announce(self, paper: Announcement, *keys: SigningKey) -> None:
        """Hand it in at central."""
        by = list(keys or (self.truc,))
        self.network.at_central(lambda: self.province.office("truc").announce(paper, by))

    def plug_in(self, appliance: Appliance, *papers: bytes) -> None:
        """Put a stick with these papers into an appliance."""
        self.count += 1
        stick = self.folder / "sticks" / appliance.site.name / f"stick-{self.count}" / "tienglang"
        (stick / "part").mkdir(parents=True)
        for number, paper in enumerate(papers):
            (stick / "part" / f"{number:04}.json").write_bytes(paper)
        (stick / "part").rename(stick / "papers")

    def level_dbfs(self, appliance: Appliance, since_s: float) -> float:
        """Return how loud it has been at an appliance's sink since an instant."""
        return self.recorders[appliance.site.sink].so_far().level_dbfs(since_s, time.monotonic())


def sealed(paper: Announcement, *keys: SigningKey) -> bytes:
    """Return a paper in its envelope."""
    return seal.seal(Kind.ANNOUNCEMENT, codec.encode(paper), list(keys))


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    """Start the whole house in its network, once for this file."""
    if reason := why_not():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("village")
    with ExitStack() as stack:
        network = stack.enter_context(Network())
        sound = stack.enter_context(SoundServer(tuple(site.sink for site in SITES)))
        recorders = {s.sink: stack.enter_context(sound.recorder(s.sink)) for s in SITES}
        province = Province(folder, SITES, dict(sound.environment), sound.server, neighbours=True)
        stack.callback(province.stop)
        province.make()
        place(province, network)
        for appliance in province.appliances:
            sticks = folder / "sticks" / appliance.site.name
            sticks.mkdir(parents=True)
            config = province.root / appliance.site.name / "edge.toml"
            text = config.read_text(encoding="utf-8").replace("sync_s = 20.0", "sync_s = 1.0")
            config.write_text(f'{text}side_load_roots = ["{sticks}"]\n', encoding="utf-8")
        province.start_central()
        now = utc_now()
        for appliance in province.appliances:
            network.at_central(partial(province.assign, appliance, now))
            appliance.child.start()
        for appliance in province.appliances:
            eventually(partial(_sees_its_neighbour, appliance))
        yield Village(network, province, recorders, folder)


def _sees_its_neighbour(appliance: Appliance) -> bool:
    return any(event["event"] == "neighbours-seen" for _, event in evidence.turns(appliance.state))


def rounds_heard(village: Village, appliance: Appliance, since_s: float) -> list[float]:
    """Return how long each stretch of sound since an instant was, in s; a round is one, pauses of speech within."""
    recording = village.recorders[appliance.site.sink].so_far()
    found = recording.segments(evidence.SOUND_DBFS, 0.8)
    return [s.length_s for s in found if s.onset_mono_s >= since_s]


@pytest.mark.refusal(51)
@pytest.mark.refusal_twin(51)
@pytest.mark.parametrize("first", ["central", "stick"])
def test_by_four_doors_at_once_a_warning_sounds_once_and_only_once(
    village: Village, first: str
) -> None:
    """Stream, poll, neighbour and stick bring the same paper to both: one tone, its words, and nothing more."""
    paper = village.warning()
    envelope = sealed(paper, village.truc)
    begun_s = time.monotonic()
    if first == "stick":
        for appliance in village.province.appliances:
            village.plug_in(appliance, envelope)
        time.sleep(1.0)
    village.announce(paper)
    if first == "central":
        for appliance in village.province.appliances:
            village.plug_in(appliance, envelope)
    time.sleep(14.0)
    for appliance in village.province.appliances:
        admitted = village.events(appliance, "announcement-accepted", begun_s)
        assert len(admitted) == 1
        played = village.events(appliance, "player-started", begun_s)
        assert [p["key"] for p in played] == [f"alert/{paper.id}/0/{n}" for n in (0, 1)]
        spoken = village.events(appliance, "voice-ready", begun_s)
        whole_s = TONE_S + spoken[-1]["duration_ms"] / 1000
        (heard_s,) = rounds_heard(village, appliance, begun_s)
        assert whole_s - 1.0 < heard_s < whole_s + 0.3
    village.announce(village.cancel(paper.id))
    time.sleep(2.0)


@pytest.mark.refusal(38, 40, 41, 42, 43, 44, 45)
@pytest.mark.refusal_twin(38, 40, 41, 42, 43, 44, 45)
def test_nothing_that_must_be_refused_of_a_stick_is_heard(village: Village) -> None:
    """Replayed, over, from the future, for others, forged, relabelled, by too few: silence, and each by its name."""
    near, _ = village.province.appliances
    truc, pho = village.province.keys.emergency
    online = village.folder / "trust" / "online"
    server = SigningKey.from_pem((online / "schedule.pem").read_bytes(), None)
    stranger = SigningKey.generate()
    now = utc_now()
    old = village.warning()
    village.announce(old)
    time.sleep(3.0)
    village.announce(village.cancel(old.id))
    time.sleep(2.0)
    before = village.warning()  # its cancel comes first
    first, fork, late = village.warning(), village.warning(), village.warning()
    update: dict[str, Any] = {"message": MessageType.UPDATE}
    fork, late = (
        replace(p, **update, references=(of,)) for p, of in ((fork, first.id), (late, old.id))
    )
    exercise = seal.read_envelope(sealed(village.warning(status=Status.EXERCISE), truc))
    relabelled = exercise.payload.replace(b'"Exercise"', b'"Actual"')
    bare = msgspec.json.decode(codec.encode(village.warning()))
    bare.pop("status")
    hour = timedelta(hours=1)
    past, coming = village.warning(), village.warning()
    attacks = {
        "replayed, after its cancel": sealed(old, truc),
        "an update that revives": sealed(late, truc),
        "over": sealed(replace(past, sent=now - 2 * hour, expires=now - hour), truc),
        "from the future": sealed(replace(coming, sent=now + hour, expires=now + 2 * hour), truc),
        "another commune": sealed(village.warning(areas=("dt/cao-lanh",)), truc),
        "a name that begins alike": sealed(village.warning(areas=("dt/my-phon",)), truc),
        "the province by one person": sealed(village.warning(areas=("dt",)), truc),
        "the same person twice": _twice(sealed(village.warning(areas=("dt",)), truc)),
        "a server's key": sealed(village.warning(), server),
        "nobody's key": sealed(village.warning(), stranger),
        "without a status": seal.seal(Kind.ANNOUNCEMENT, msgspec.json.encode(bare), [truc]),
        "relabelled": _with_payload(sealed(village.warning(), truc), relabelled),
        "cancel before": sealed(village.cancel(before.id), truc),
        "the cancelled alert": sealed(before, truc),
    }
    begun_s = time.monotonic()
    village.plug_in(near, *attacks.values())
    time.sleep(LOOKED_S + 3.0)
    assert village.level_dbfs(near, begun_s) < -80
    refused = village.events(near, "document-refused", begun_s)
    codes = {event["code"] for event in refused if event["door"] == "usb"}
    wanted = {"cancelled", "expired", "from-future", "wrong-audience", "threshold", "unknown-key"}
    assert wanted | {"malformed", "bad-signature"} <= codes
    assert not village.events(near, "announcement-accepted", begun_s)[1:], (
        "only the cancel was taken"
    )
    village.announce(first)
    village.announce(village.warning(message=MessageType.UPDATE, references=(first.id,)))
    time.sleep(3.0)
    foreign = village.cancel(first.id, id=f"khac:1:{int(time.time())}")
    forked_s = time.monotonic()
    village.plug_in(near, sealed(fork, truc), sealed(foreign, truc))
    time.sleep(LOOKED_S)
    codes = {e["code"] for e in village.events(near, "document-refused", forked_s)}
    assert (
        "wrong-issuer" in codes
    )  # the fork's code was told before: of many alike only the first few are
    assert not village.events(near, "announcement-accepted", forked_s)
    time.sleep(3.0)
    heard_s = time.monotonic()
    village.plug_in(near, sealed(village.warning(areas=("dt",)), truc, pho))
    time.sleep(LOOKED_S + 2.0)
    assert village.level_dbfs(near, heard_s) > -50, (
        "the same by the same door, signed as it ought to be"
    )
    time.sleep(4.0)


@pytest.mark.refusal(46, 47)
@pytest.mark.refusal_twin(46, 47)
def test_two_keys_of_one_person_are_one_and_a_revoked_key_is_nobody_s(village: Village) -> None:
    """A second key beside the first does not speak for the province; it warns a commune until it leaves the keyring."""
    near, _ = village.province.appliances
    second, trust_folder = SigningKey.generate(), village.folder / "trust"
    entry = role_key(second, "Trực khẩn cấp", Role.EMERGENCY, "dt", utc_now())

    def kept(**change: Any) -> None:  # noqa: ANN401  what enters or leaves
        since_s = time.monotonic()
        bundle = as_json(change_ring(trust_folder, utc_now(), **change))
        province = village.province
        village.network.at_central(
            lambda: province.office("quantri").call("POST", "/trust", json=bundle)
        )
        eventually(lambda: bool(village.events(near, "keyring-renewed", since_s)))

    kept(enters=[entry])
    begun_s = time.monotonic()
    village.plug_in(near, sealed(village.warning(areas=("dt",)), village.truc, second))
    time.sleep(LOOKED_S)
    assert not village.events(near, "announcement-accepted", begun_s)
    assert village.level_dbfs(near, begun_s) < -80
    village.plug_in(near, sealed(village.warning(), second))
    time.sleep(LOOKED_S + 3.0)
    assert village.level_dbfs(near, begun_s) > -50, "the same key, for a commune"
    time.sleep(4.0)
    kept(leaves=second.public)
    gone_s = time.monotonic()
    village.plug_in(near, sealed(village.warning(), second))
    time.sleep(LOOKED_S)
    assert not village.events(near, "announcement-accepted", gone_s)
    assert village.level_dbfs(near, gone_s) < -80


def _twice(envelope: bytes) -> bytes:
    """Return an envelope with its one signature standing in it twice."""
    fields = msgspec.json.decode(envelope)
    fields["signatures"] *= 2
    return msgspec.json.encode(fields)


def _with_payload(envelope: bytes, payload: bytes) -> bytes:
    """Return an envelope that holds another payload under the signatures it had."""
    fields = msgspec.json.decode(envelope)
    fields["payload"] = base64.b64encode(payload).decode()
    return msgspec.json.encode(fields)


@pytest.mark.refusal(38)
@pytest.mark.refusal_twin(38)
def test_after_a_power_cut_a_warning_heard_once_is_not_heard_again(village: Village) -> None:
    """Killed after its one round, and again offered by stick, poll and neighbour: silence; a new one sounds."""
    near, _ = village.province.appliances
    paper = village.warning()
    village.announce(paper)
    time.sleep(8.0)
    near.child.kill()
    near.child.start()
    begun_s = time.monotonic()
    village.plug_in(near, sealed(paper, village.truc))
    time.sleep(LOOKED_S + 3.0)
    assert village.level_dbfs(near, begun_s) < -80
    again_s = time.monotonic()
    village.announce(village.warning())
    time.sleep(3.0)
    assert village.level_dbfs(near, again_s) > -50
    time.sleep(4.0)


@pytest.mark.refusal(38)
@pytest.mark.refusal_twin(38)
def test_a_round_that_a_kill_cut_is_heard_again_and_the_others_where_they_were(
    village: Village,
) -> None:
    """Killed in the words: tone and words again after the start, once; then the pause, as if nothing had been."""
    near, _ = village.province.appliances
    paper = village.warning(repeat=Repeat(quick_rounds=3, quick_gap_s=12, slow_gap_s=60))
    begun_s = time.monotonic()
    village.announce(paper)
    time.sleep(3.0)
    near.child.kill()
    near.child.start()
    time.sleep(24.0)
    keys = [p["key"] for p in village.events(near, "player-started", begun_s)]
    name = f"alert/{paper.id}"
    assert keys[:6] == [
        f"{name}/0/0",
        f"{name}/0/1",
        f"{name}/0/0",
        f"{name}/0/1",
        f"{name}/1/0",
        f"{name}/1/1",
    ]
    village.announce(village.cancel(paper.id))
    time.sleep(2.0)


@pytest.mark.refusal(48, 42)
@pytest.mark.refusal_twin(48, 42)
def test_a_cancel_that_the_stream_lost_is_fetched_and_ends_the_warning(village: Village) -> None:
    """With its line cut an appliance learns of the cancel from its neighbour and is silent."""
    near, far = village.province.appliances
    paper = village.warning(repeat=Repeat(quick_rounds=50, quick_gap_s=1, slow_gap_s=60))
    village.announce(paper)
    time.sleep(3.0)
    village.network.cut(1)
    village.announce(village.cancel(paper.id))
    ended_s = time.monotonic()
    time.sleep(8.0)
    assert village.level_dbfs(near, ended_s + 3.0) < -80
    assert village.level_dbfs(far, ended_s + 6.0) < -80
    doors = [e["door"] for e in village.events(far, "announcement-accepted", ended_s)]
    assert doors == ["neighbour"]


@pytest.mark.refusal(50)
@pytest.mark.refusal_twin(50)
def test_a_flood_of_tests_sounds_nothing_and_hides_no_warning(village: Village) -> None:
    """Two hundred valid Tests on a stick: silence; the real warning after them sounds in time."""
    near, _ = village.province.appliances
    flood = [sealed(village.warning(status=Status.TEST), village.truc) for _ in range(200)]
    begun_s = time.monotonic()
    village.plug_in(near, *flood)
    time.sleep(LOOKED_S + 4.0)
    assert village.level_dbfs(near, begun_s) < -80
    sent_s = time.monotonic()
    village.announce(village.warning())
    time.sleep(3.0)
    recording = village.recorders[near.site.sink].so_far()
    onset_s = evidence.sounding_now(recording, sent_s)[0].onset_mono_s
    assert onset_s - sent_s < 1.5
